/**
 * A OneRoster 1.2 CSV package of what the SIS should hold: the planner's decisions with another ending. Its files are
 * `delta`, never `bulk`: a bulk file is the full set of the SIS, and whatever it does not name is marked to be deleted.
 * The lineItems and results of one class as bulk would take away those of every other class; and bulk must be
 * referentially complete, while courses, users and enrollments are the SIS's own records, of which we know but the
 * ids. A delta names what is new or changed, and refers to what the SIS has.
 */
import type { LineItemDecision, ResultDecision } from '../decision.ts';
import { explain, type Reason } from '../dictionary.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from '../facts.ts';
import { utcText } from '../local-dates.ts';
import type { OneRosterLineItem, OneRosterResult } from '../oneroster.ts';
import { lineItemRow, resultRow } from './rows.ts';
import { columns, manifestFiles, tables, type Row, type Table } from './tables.ts';
import { csvText } from './text.ts';

/** What the planner said, as it says it (passback/planner.ts). */
export interface Planned {
  lineItems: { facts: LineItemFacts; decision: LineItemDecision }[];
  results: { facts: ResultFacts; lineItem: LineItemFacts; decision: ResultDecision }[];
}
/** Not in the package, and why. */
export interface LeftOut {
  kind: 'lineItem' | 'result';
  lineItemKey: string;
  studentKey: string | null;
  reason: Reason;
}
export interface CsvPackage {
  /** manifest.csv first */
  files: { name: string; text: string }[];
  rows: Record<Table, number>;
  leftOut: LeftOut[];
}

/** The same facts give the same bytes, in whatever order they come. */
export function csvPackage(cls: ClassFacts, plan: Planned): CsvPackage {
  const leftOut: LeftOut[] = [];
  const lineItems: Row<'lineItems'>[] = [];
  const referring: LineItemFacts[] = [];
  /** lineItems that neither the package nor the SIS has: their results would refer to nothing */
  const missing = new Map<string, Reason>();
  for (const { facts, decision } of sorted(plan.lineItems, (l) => [l.facts.key])) {
    const body = bodyOf<OneRosterLineItem>(decision);
    const row = body === null ? null : 'code' in body ? body : lineItemRow(cls, facts, body);
    if (row === null) continue;
    if ('code' in row) {
      leftOut.push({ kind: 'lineItem', lineItemKey: facts.key, studentKey: null, reason: row });
      if (decision.action === 'create') missing.set(facts.id, row);
    } else {
      lineItems.push(row);
      referring.push(facts);
    }
  }
  const results: Row<'results'>[] = [];
  const cells = sorted(plan.results, (r) => [r.lineItem.key, r.facts.student.key]);
  for (const { facts, lineItem, decision } of cells) {
    const absent = missing.get(lineItem.id);
    const body = bodyOf<OneRosterResult>(decision);
    if (body === null) continue;
    const reason = 'code' in body ? body : absent && because(absent);
    if (reason)
      leftOut.push({ kind: 'result', lineItemKey: lineItem.key, studentKey: facts.student.key, reason });
    else if (!('code' in body)) results.push(resultRow(body));
  }
  const rows = { categories: categoryRows(cls, lineItems, referring), lineItems, results };
  const filled = tables.filter((table) => rows[table].length > 0);
  return {
    // a file with a header and no record is not allowed: it is absent
    files: [
      { name: 'manifest.csv', text: manifest(filled) },
      ...filled.map((table) => ({ name: `${table}.csv`, text: csvText(columns[table], rows[table]) })),
    ],
    rows: { categories: rows.categories.length, lineItems: lineItems.length, results: results.length },
    leftOut,
  };
}

const because = (cause: Reason): Reason => ({
  code: 'LINE_ITEM_WAITS',
  params: { cause: cause.code, because: explain(cause).message },
});

/** null: the SIS has it, and there is nothing to tell. */
function bodyOf<Body>(decision: LineItemDecision | ResultDecision): Body | Reason | null {
  switch (decision.action) {
    case 'create':
    case 'update':
      return decision.body as Body;
    case 'unchanged':
      return null;
    case 'skip':
    case 'blocked':
    case 'conflict':
      return decision.reason;
    case 'needsRead':
      return { code: 'SIS_NOT_READ' };
  }
}

/**
 * The categories that the lineItems refer to, by the titles that the SIS was read with. They are the SIS's own: so
 * that no title of an older reading goes over a newer one there, they are dated as early as we knew of them.
 */
function categoryRows(
  cls: ClassFacts,
  lineItems: Row<'lineItems'>[],
  facts: LineItemFacts[],
): Row<'categories'>[] {
  const since = new Map<string, Date>();
  lineItems.forEach(({ categorySourcedId: id }, index) => {
    const at = facts[index]?.createdAt;
    const before = since.get(id);
    if (at && (!before || at < before)) since.set(id, at);
  });
  return sorted(cls.sisCategories ?? [], (c) => [c.sourcedId, c.title]).flatMap(({ sourcedId, title }) => {
    const at = since.get(sourcedId);
    // some SISs list one twice
    since.delete(sourcedId);
    const known = { sourcedId, status: 'active', title, weight: '' };
    return at && title !== '' ? [{ ...known, dateLastModified: utcText(at) }] : [];
  });
}

function manifest(filled: Table[]): string {
  const has = new Set<string>(filled);
  const rows = [
    ['manifest.version', '1.0'],
    ['oneroster.version', '1.2'],
    ...manifestFiles.map((file) => [`file.${file}`, has.has(file) ? 'delta' : 'absent']),
    ['source.systemName', 'oneroster-passback'],
  ];
  return csvText(
    ['propertyName', 'value'],
    rows.map(([propertyName = '', value = '']) => ({ propertyName, value })),
  );
}

/** By code units, which no locale changes. */
function sorted<T>(items: readonly T[], by: (item: T) => string[]): T[] {
  const less = (a: string[], b: string[]) => {
    const at = a.findIndex((part, i) => part !== b[i]);
    return at < 0 ? 0 : (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
  };
  return [...items].sort((a, b) => less(by(a), by(b)));
}
