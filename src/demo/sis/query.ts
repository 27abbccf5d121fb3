/** limit, offset, sort, orderBy, filter and fields of OneRoster reads; what is not understood is refused with 400. */
import type { Refusal } from './status-info.ts';

export type Wire = Record<string, unknown>;
export type Selection = { refusal: Refusal } | { items: Wire[]; total: number };
type Query = Record<string, unknown>;

const KNOWN = new Set(['limit', 'offset', 'sort', 'orderBy', 'filter', 'fields']);
const CLAUSE = /^\s*([A-Za-z_.]+)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*$/;

/** Applies the query of a collection read; `known` are the field names that may be asked for. */
export function select(all: Wire[], query: Query, known: string[], pageCap: number | null): Selection {
  const stranger = Object.keys(query).find((name) => !KNOWN.has(name));
  if (stranger !== undefined) return bad(`unknown query parameter '${stranger}'`);
  const limit = whole(query['limit'] ?? '100', 1);
  const offset = whole(query['offset'] ?? '0', 0);
  if (limit === undefined) return bad('limit must be a whole number of at least 1');
  if (offset === undefined) return bad('offset must be a whole number of at least 0');
  const matches = filterOf(query['filter'], known);
  if (typeof matches === 'string') return bad(matches, 'invalid_filter_field');
  const sort = query['sort'];
  if (sort !== undefined && !(typeof sort === 'string' && known.includes(sort)))
    return bad('sort: unknown field');
  const orderBy = query['orderBy'] ?? 'asc';
  if (orderBy !== 'asc' && orderBy !== 'desc') return bad("orderBy must be 'asc' or 'desc'");
  const picked = fieldsOf(query['fields'], known);
  if (typeof picked === 'string') return bad(picked);

  const found = matches ? all.filter(matches) : all;
  if (sort !== undefined) {
    const sign = orderBy === 'asc' ? 1 : -1;
    found.sort((a, b) => sign * compare(valueAt(a, sort), valueAt(b, sort)));
  }
  const page = found.slice(offset, offset + Math.min(limit, pageCap ?? Infinity));
  return { items: page.map((item) => pick(item, picked)), total: found.length };
}

/** Applies the query of a read of one object, which knows `fields` only. */
export function selectOne(
  object: Wire,
  query: Query,
  known: string[],
): { refusal: Refusal } | { item: Wire } {
  const stranger = Object.keys(query).find((name) => name !== 'fields');
  if (stranger !== undefined) return bad(`unknown query parameter '${stranger}'`);
  const picked = fieldsOf(query['fields'], known);
  return typeof picked === 'string' ? bad(picked) : { item: pick(object, picked) };
}

function bad(
  description: string,
  codeMinor: 'invalid_selection_field' | 'invalid_filter_field' = 'invalid_selection_field',
): { refusal: Refusal } {
  return { refusal: { status: 400, codeMinor, description } };
}

function whole(value: unknown, least: number): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  return number >= least ? number : undefined;
}

/** Both forms occur: `fields=a,b` (all implementations) and `fields=a&fields=b` (the letter of the OpenAPI file). */
function fieldsOf(value: unknown, known: string[]): string[] | undefined | string {
  if (value === undefined) return undefined;
  const parts = Array.isArray(value) ? value : [value];
  const names = parts.flatMap((part) => (typeof part === 'string' ? part.split(',') : []));
  const unknown = names.find((name) => !known.includes(name));
  return unknown === undefined ? names : `unknown field '${unknown}' in fields`;
}

function pick(item: Wire, names: string[] | undefined): Wire {
  return names ? Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name))) : item;
}

function filterOf(value: unknown, known: string[]): ((item: Wire) => boolean) | undefined | string {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return 'filter may be given once';
  const [, first = value, joint, second] = /^(.*'\s*) (AND|OR) (\s*[A-Za-z].*)$/.exec(value) ?? [];
  const clauses = [first, ...(second === undefined ? [] : [second])].map((text) => clauseOf(text, known));
  const wrong = clauses.find((clause) => typeof clause === 'string');
  if (wrong !== undefined) return wrong;
  const tests = clauses as ((item: Wire) => boolean)[];
  return (item) => (joint === 'OR' ? tests.some((test) => test(item)) : tests.every((test) => test(item)));
}

function clauseOf(text: string, known: string[]): ((item: Wire) => boolean) | string {
  const [, path = '', operator = '', quoted = ''] = CLAUSE.exec(text) ?? [];
  if (path === '') return "filter must read: field operator 'value'";
  if (!known.includes(path.split('.')[0] ?? '')) return `unknown field '${path}' in filter`;
  const wanted = quoted.replaceAll("''", "'");
  return (item) => {
    const value = valueAt(item, path);
    if (value === undefined) return operator === '!=';
    if (operator === '~') return value.toLowerCase().includes(wanted.toLowerCase());
    const order = compare(value, wanted);
    return operator.includes('!') ? order !== 0 : holds(operator, order);
  };
}

function holds(operator: string, order: number): boolean {
  if (order === 0) return operator.includes('=');
  return operator.includes(order < 0 ? '<' : '>');
}

function valueAt(item: Wire, path: string): string | undefined {
  let value: unknown = item;
  for (const name of path.split('.')) value = (value as Wire | undefined)?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Numbers by size, everything else (dates too) by code unit. */
function compare(a = '', b = ''): number {
  const difference = Number(a) - Number(b);
  if (a.trim() !== '' && b.trim() !== '' && !Number.isNaN(difference)) return difference;
  return a < b ? -1 : a > b ? 1 : 0;
}
