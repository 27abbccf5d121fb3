/** Form of what callers send: zod's findings become field errors, each with a pointer to what it is about. */
import { type z } from 'zod';
import { type FieldError, Refusal } from '../passback/refusal.ts';

const mostErrors = 100;

type Place = 'body' | 'query' | 'path';
const whatIsWrong: Record<Place, string> = {
  body: 'The request body is not valid.',
  query: 'The query is not valid.',
  path: 'An id in the path is not valid.',
};

/** @throws Refusal VALIDATION with one field error per finding */
export function validate<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, place).slice(0, mostErrors);
  throw new Refusal('VALIDATION', whatIsWrong[place], { errors });
}

export function fieldErrors(error: z.ZodError, place: Place = 'body'): FieldError[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: pointer([...issue.path, key], place),
          detail: 'is not known here',
        }))
      : [{ pointer: pointer(issue.path, place), detail: detailOf(issue) }],
  );
}

function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code !== 'invalid_union') return issue.message;
  const each = issue.errors.map((e) => e[0]?.message).filter((m) => m !== undefined);
  return each.length > 0 ? [...new Set(each)].join(', or: ') : issue.message;
}

/** RFC 6901 into the body, `?name` of a query parameter, `{name}` of an id in the path. */
function pointer(path: readonly PropertyKey[], place: Place): string {
  if (place === 'query') return `?${String(path[0] ?? '')}`;
  if (place === 'path') return `{${String(path[0] ?? '')}}`;
  return path.map((p) => `/${String(p).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The query as plain strings; a name given twice or broken percent-encoding is refused, never guessed at. */
export function readQuery(url: string): Record<string, string> {
  const at = url.indexOf('?');
  if (at < 0) return {};
  const raw = url.slice(at + 1);
  try {
    // URLSearchParams replaces what is no UTF-8, silently.
    decodeURIComponent(raw);
  } catch {
    throw new Refusal('VALIDATION', 'The query is not correctly percent-encoded.');
  }
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(raw)) {
    if (query.has(name))
      throw new Refusal('VALIDATION', whatIsWrong.query, {
        errors: [{ pointer: `?${name}`, detail: 'is given more than once' }],
      });
    query.set(name, value);
  }
  // fromEntries defines, it does not assign: a parameter called __proto__ stays a parameter.
  return Object.fromEntries(query);
}
