/**
 * A restore begins: each cell is given the value that the SIS held before, bound to a version of its own, and the sync
 * takes the rows in.
 */
import { planned } from './cells.ts';
import type { LineItemRow, ResultRow } from './row-facts.ts';
import { readClassFacts } from './class-facts.ts';
import { lineItemFacts, readLineItems, readResults, resultFacts } from './row-facts.ts';
import type { Sql } from './database.ts';
import { haltLanes, laterThan, lockOrder } from './duty.ts';
import type { ClassRef } from './scope.ts';
import { goesAlong, type PressPlan, type Restoring } from './sync-plan.ts';
import { takeInFirst } from './sync-take-in.ts';
import type { ClassFacts, ResultFacts } from '../gradebook/facts.ts';
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { resultAsLinked } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { resultSourcedId } from '../gradebook/source-ids.ts';
import type { Shown } from '../gradebook/values.ts';
import { notFound } from '../passback/refusal.ts';

/** A cell of the snapshot with the row of ours that it is about; null: deleted, or linked to something else, since. */
export interface Cell {
  line_item_key: string;
  student_key: string;
  sourced_id: string | null;
  held: Shown | null;
  line_item_id: string | null;
  result_id: string | null;
}

/** What was chosen is held, and sent. The caller holds the class. */
export async function beginRestore(sql: Sql, syncId: string, cls: ClassRef, what: Restoring): Promise<void> {
  const cells = await cellsOf(sql, cls, what);
  await hold(sql, cls, what.snapshotId, cells);
  const plan = await planOf(sql, cls, what.snapshotId, cells, false);
  await takeInFirst(sql, syncId, cls, plan, { mode: 'changes', dryRun: false });
}

/** The cells that are meant; of what was named and is not there (any more), none. */
export async function cellsOf(sql: Sql, cls: ClassRef, what: Restoring): Promise<Cell[]> {
  const { snapshotId: id, lineItemIds = null, studentIds = null } = what;
  const cells = await sql.rows<Cell>(
    `SELECT x.line_item_key, x.student_key, x.sourced_id, x.held, l.id AS line_item_id, r.id AS result_id
       FROM snapshot_cell x LEFT JOIN line_item l ON l.class_id = $2 AND l.key = x.line_item_key
       LEFT JOIN student s ON s.class_id = $2 AND s.key = x.student_key AND x.student_key <> ''
       LEFT JOIN result r ON r.line_item_id = l.id AND r.student_id = s.id
      WHERE x.snapshot_id = $1 AND ($3::text[] IS NULL OR x.line_item_key = ANY($3)) AND ($4::text[] IS NULL OR x.student_key = ANY($4))
      ORDER BY x.line_item_key, x.student_key`,
    [id, cls.id, lineItemIds, studentIds],
  );
  return ofTheSame(sql, cls, cells);
}

/** What the SIS held of one student is nobody else's: a cell whose row is linked to another one there now is left alone. */
async function ofTheSame(sql: Sql, cls: ClassRef, cells: Cell[]): Promise<Cell[]> {
  const facts = (await readClassFacts(sql, [cls.id], { titles: 'never' })).get(cls.id);
  if (!facts) throw notFound('class');
  const items = (await readLineItems(sql, cls.id)).map(lineItemFacts);
  const lineItemIds = new Map(items.map((item) => [item.id, lineItemIdOf(facts, item)]));
  const results = (await readResults(sql, [...lineItemIds.keys()])).map(resultFacts);
  const resultIds = new Map(
    results.map((r) => [r.id, resultIdOf(facts, lineItemIds.get(r.lineItemId) ?? '', r)]),
  );
  return cells.map((cell) => {
    const now = isLineItem(cell)
      ? lineItemIds.get(cell.line_item_id ?? '')
      : resultIds.get(cell.result_id ?? '');
    const same = cell.sourced_id === null || now === undefined || now === cell.sourced_id;
    return same ? cell : { ...cell, ...(isLineItem(cell) ? { line_item_id: null } : { result_id: null }) };
  });
}

/** The id under which the SIS has, or would get, the score; undefined: nobody there is meant. */
function resultIdOf(cls: ClassFacts, lineItemId: string, r: ResultFacts): string | undefined {
  const studentId = sisIdOf(r.student, cls.settings);
  if (studentId === null) return undefined;
  return resultAsLinked(cls, lineItemId, r).sourcedId ?? resultSourcedId(lineItemId, studentId);
}

export const isLineItem = (cell: Pick<Cell, 'student_key'>) => cell.student_key === '';
/** Ours, by kind and id; an assignment that was not there before stays: its scores are cells of their own. */
function restorable(cells: Cell[]): { lineItems: Map<string, Cell>; results: Map<string, Cell> } {
  const lineItems = cells.filter((cell) => isLineItem(cell) && cell.line_item_id && cell.held);
  const results = cells.filter((cell) => !isLineItem(cell) && cell.result_id);
  return {
    lineItems: new Map(lineItems.map((cell) => [cell.line_item_id!, cell])),
    results: new Map(results.map((cell) => [cell.result_id!, cell])),
  };
}

/** What a reading had kept here is overruled, as by a press for that very cell: somebody has looked at it and chosen. */
const overruled = ['foreign', 'insists', 'kept'];
const isOverruled = `t.found->>'how' IN (${overruled.map((how) => `'${how}'`).join(', ')})`;

async function hold(sql: Sql, cls: ClassRef, id: string, cells: Cell[]): Promise<void> {
  const { lineItems, results } = restorable(cells);
  let inHand = false;
  for (const [table, of] of [
    ['line_item', lineItems],
    ['result', results],
  ] as const) {
    if (of.size === 0) continue;
    const rows = await sql.rows<{ in_hand: boolean }>(
      `UPDATE ${table} t SET restored = jsonb_build_object('version', t.version + 1, 'held', n.held, 'snapshotId', $3::text),
              version = t.version + 1, version_at = ${laterThan('t')}, dirty_n = t.dirty_n + 1, attempts = 0, parked_n = NULL, repairs = 0,
              acked_hash = CASE WHEN ${isOverruled} THEN NULL ELSE t.acked_hash END,
              found = CASE WHEN ${isOverruled} THEN t.found || '{"how":"overwritten"}' ELSE t.found END
         FROM (SELECT t.id FROM ${table} t WHERE t.id = ANY($1::bigint[]) ORDER BY ${lockOrder[table]} FOR UPDATE) o
         JOIN unnest($1::bigint[], $2::jsonb[]) AS n(id, held) ON n.id = o.id
        WHERE o.id = t.id RETURNING t.sending_epoch IS NOT NULL AS in_hand`,
      [[...of.keys()], [...of.values()].map((cell) => (cell.held ? JSON.stringify(cell.held) : null)), id],
    );
    inHand ||= rows.some((row) => row.in_hand);
  }
  // it was taken as it was before, and not all of it is sent
  if (inHand && cls.connection_id) await haltLanes(sql, [cls.connection_id], 'sameSis');
}

/** The rows of the snapshot and nothing else, but for a lineItem that the SIS has lost: scores need it. */
export async function planOf(
  sql: Sql,
  cls: ClassRef,
  id: string,
  cells: Cell[],
  notWritten: boolean,
): Promise<PressPlan> {
  const { lineItems, results } = restorable(cells);
  const as = <R extends LineItemRow | ResultRow>(row: R): R => {
    const cell = ('student_key' in row ? results : lineItems).get(row.id);
    if (!cell) return row;
    const version = row.version + 1;
    const over = row.found !== null && overruled.includes(row.found.how);
    return {
      ...row,
      version,
      restored: { version, held: cell.held, snapshotId: id },
      ...(over && { acked_hash: null, found: { ...row.found, how: 'overwritten' } }),
    };
  };
  const plan = await planned(sql, cls, {
    lineItemKeys: [...new Set(cells.map((cell) => cell.line_item_key))],
    ...(notWritten && { as }),
  });
  const ours = plan.results.filter((r) => results.has(r.row.id));
  const goes = goesAlong(ours);
  return {
    ...plan,
    results: ours,
    deletions: [],
    lineItems: plan.lineItems.filter((l) => lineItems.has(l.row.id) || goes(l)),
  };
}
