/** openapi.yaml as a fuzzer reads it: every operation, what it takes and what it may answer. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
}
interface Parameter {
  $ref?: string;
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
}
interface Media {
  content?: Record<string, { schema: Schema }>;
}
interface Described {
  operationId: string;
  description?: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: Media & { required?: boolean };
  responses: Record<string, Media>;
}
export interface Operation {
  id: string;
  method: string;
  path: string;
  /** who may call it, as its description says; empty: anybody */
  roles: string[];
  params: string[];
  query: { name: string; schema: Schema }[];
  headers: string[];
  body: Schema | null;
  /** the body is a CSV text instead */
  csv: boolean;
  bodyRequired: boolean;
  /** what is wrong with a body; null: nothing */
  faultOfBody(value: unknown): string | null;
  /** what is wrong with an answer's status, type and body; null: nothing */
  faultOfAnswer(status: number, type: string, body: unknown): string | null;
}
export interface Api {
  operations: Operation[];
  resolve(schema: Schema): Schema;
  /** the rows of a batch are checked one by one by the service, so that their schema stands apart */
  faultOf(component: string, value: unknown): string | null;
}

/** Read when the fuzzer runs: a route that was added today is fuzzed today. */
export function readApi(file = new URL('../../openapi.yaml', import.meta.url)): Api {
  const document = parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, Described>>;
  };
  // Lengths are counted in characters here, in UTF-16 units by the service: what is too long here is too long there.
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  formats.default(ajv);
  ajv.addSchema({ $id: 'api', ...document });
  const compiled = new Map<string, ValidateFunction>();
  const fault = (pointer: string, value: unknown): string | null => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `api#${pointer}` });
    compiled.set(pointer, validate);
    if (validate(value)) return null;
    const [first] = validate.errors ?? [];
    return `${first?.instancePath ?? ''} ${first?.message ?? ''} ${JSON.stringify(first?.params)}`;
  };
  const at = (ref: string): unknown =>
    ref
      .slice(2)
      .split('/')
      .reduce<unknown>((value, part) => (value as Record<string, unknown>)[unescaped(part)], document);
  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : { ...resolve(at(schema.$ref) as Schema), ...without$ref(schema) };

  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]): Operation => {
      const root = `/paths/${pointerPart(path)}/${method}`;
      const parameters = (described.parameters ?? []).map((p) =>
        p.$ref === undefined ? p : (at(p.$ref) as Parameter),
      );
      const named = (place: Parameter['in']) => parameters.filter((p) => p.in === place);
      return {
        id: described.operationId,
        method: method.toUpperCase(),
        path,
        roles: (/Roles: ([a-z, ]+)/.exec(described.description ?? '')?.[1] ?? '')
          .split(', ')
          .map((role) => role.trim())
          .filter((role) => role !== ''),
        params: named('path').map((p) => p.name),
        query: named('query').map(({ name, schema }) => ({ name, schema })),
        headers: named('header').map((p) => p.name),
        body: described.requestBody?.content?.['application/json']?.schema ?? null,
        csv: described.requestBody?.content?.['text/csv'] !== undefined,
        bodyRequired: described.requestBody?.required ?? false,
        faultOfBody: (value) => fault(`${root}/requestBody/content/application~1json/schema`, value),
        faultOfAnswer(status, type, body) {
          const documented = described.responses[status] ? String(status) : status >= 400 ? 'default' : null;
          if (documented === null) return `the status ${status} is not described`;
          const content = described.responses[documented]?.content ?? {};
          if (Object.keys(content).length === 0) return body === undefined ? null : 'no body is described';
          if (!(type in content)) return `${type || 'no content type'} is not described`;
          return type.endsWith('json')
            ? fault(
                `${root}/responses/${documented}/content/${pointerPart(type)}/schema`,
                body === undefined ? null : body,
              )
            : null;
        },
      };
    }),
  );
  return { operations, resolve, faultOf: (name, value) => fault(`/components/schemas/${name}`, value) };
}

const without$ref = ({ $ref: _ref, ...rest }: Schema): Schema => rest;
const unescaped = (part: string) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
const pointerPart = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
