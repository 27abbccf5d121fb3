/** Examples for the page of the API: a body that its schema takes, and the request as a line for curl. */
import { type Schema, schemaName } from './docs-schema.ts';

export type Schemas = Readonly<Record<string, Schema>>;

/** Its own example where it has one, else the least that is valid. */
export function exampleOf(schema: Schema, named: Schemas): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) return exampleOf(named[schemaName(schema.$ref)] ?? {}, named);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [variant] = schema.anyOf ?? schema.oneOf ?? [];
  if (variant) return exampleOf(variant, named);
  if (schema.properties) {
    const needed = Object.entries(schema.properties).filter(([name]) => schema.required?.includes(name));
    return Object.fromEntries(needed.map(([name, field]) => [name, exampleOf(field, named)]));
  }
  switch ([schema.type].flat()[0]) {
    case 'array':
      return schema.items ? [exampleOf(schema.items, named)] : [];
    case 'object':
      return {};
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return text(schema);
  }
}

function text({ format }: Schema): string {
  if (format === 'uri') return 'https://sis.example.org/gradebook';
  if (format === 'date-time') return '2026-11-20T23:59:00-06:00';
  if (format === 'date') return '2026-11-20';
  return 'text';
}

/** Ids as an LMS might have them; what only an answer tells is a variable of the shell. */
const ids: Readonly<Record<string, string>> = {
  domainId: 'lakeside',
  classId: 'algebra-1',
  lineItemId: 'quiz-1',
  studentId: 'ada',
};

export interface ExampleRequest {
  method: string;
  path: string;
  /** sent as it is where it is text; undefined: no body */
  body?: unknown;
  bodyType?: string;
  anonymous: boolean;
  /** names of query parameters that must be given */
  query: readonly string[];
  /** the answer is a file */
  keeps: boolean;
  /** the answer comes bit by bit */
  streams: boolean;
}

/** Lines that can be pasted where `$URL` and `$KEY` are set. */
export function curlOf({
  method,
  path,
  body,
  bodyType,
  anonymous,
  query,
  keeps,
  streams,
}: ExampleRequest): string {
  const variable = (name: string) => `$${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  const target = path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? variable(name));
  const asked = query.length > 0 ? `?${query.map((name) => `${name}=${variable(name)}`).join('&')}` : '';
  const lines = [`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$URL${target}${asked}"`];
  if (!anonymous) lines.push(`-H "Authorization: Bearer $KEY"`);
  if (body !== undefined) lines.push(`-H "Content-Type: ${bodyType}"`, `-d ${quoted(body)}`);
  if (keeps) lines.push('-OJ');
  if (streams) lines.push('-N');
  return lines.join(' \\\n  ');
}

/** For a POSIX shell: in single quotes, in which nothing but the quote itself means anything. */
function quoted(body: unknown): string {
  const said = typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  return `'${said.replaceAll(`'`, `'\\''`)}'`;
}
