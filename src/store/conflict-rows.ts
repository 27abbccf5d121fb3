/** Which rows stand against what the SIS holds, and by which id people speak of each. */
import { createHash } from 'node:crypto';
import { order, planned, type PlannedClass } from './cells.ts';
import type { DutyRow } from './row-facts.ts';
import type { Sql } from './database.ts';
import { rowId } from './pages.ts';
import type { ClassRef } from './scope.ts';
import type { CellName } from './sync-plan.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { explain } from '../gradebook/dictionary.ts';
import type { Found } from '../gradebook/facts.ts';
import { notFound, Refusal } from '../passback/refusal.ts';

type Row = PlannedClass['lineItems'][number] | PlannedClass['results'][number];
export interface Conflict {
  id: string;
  rowId: string;
  table: 'line_item' | 'result';
  cell: CellName;
  found: Found;
  row: Row;
}

/** What the plan holds back for what was read in the SIS; by lineItem, itself before its results. */
export async function conflictsOf(sql: Sql, cls: ClassRef): Promise<Conflict[]> {
  const plan = await planned(sql, cls);
  const of = (row: Row, table: Conflict['table'], cell: CellName): Conflict[] => {
    const { found, id } = row.row;
    if (!found || !isHeld(row, found)) return [];
    return [{ id: conflictId(table, row.row, found), rowId: id, table, cell, found, row }];
  };
  return [
    ...plan.lineItems.flatMap((l) => of(l, 'line_item', [l.row.key, null])),
    ...plan.results.flatMap((r) => of(r, 'result', [r.lineItemKey, r.row.student_key])),
  ].sort((a, b) => order(a.cell[0], b.cell[0]) || order(a.cell[1] ?? '', b.cell[1] ?? ''));
}

/** A lineItem that somebody deletes there again and again is no value to be kept. */
function isHeld({ decision }: Row, found: Found): boolean {
  if (decision.action === 'conflict') return true;
  if (decision.action !== 'blocked' || decision.reason.code !== found.code) return false;
  return found.how === 'owned' || (found.how === 'insists' && found.shown !== null);
}

/** Which row, and what was seen of it: a conflict that has changed has another id. */
function conflictId(table: Conflict['table'], row: DutyRow, found: Found): string {
  const is = { how: found.how, shown: found.shown, version: row.version, acked: row.acked };
  const digest = createHash('sha256').update(canonicalHash(is)).digest('base64url').slice(0, 16);
  return `${table === 'result' ? 'r' : 'l'}${row.id}-${digest}`;
}
const shape = /^([rl])(\d{1,18})-[\w-]{16}$/;
const rowOf = (id: string): { table: Conflict['table']; rowId: string } | null => {
  const [, kind, row] = shape.exec(id) ?? [];
  return kind && row && rowId.test(row) ? { table: kind === 'r' ? 'result' : 'line_item', rowId: row } : null;
};

/** How to find the class that a conflict of this id is in; null: that is no such id. */
export const conflictClass = (id: string): { text: string; params: unknown[] } | null => {
  const row = rowOf(id);
  if (!row) return null;
  const of = row.table === 'result' ? 'result t JOIN line_item l ON l.id = t.line_item_id' : 'line_item l';
  const where = row.table === 'result' ? 't.id' : 'l.id';
  return {
    text: `SELECT c.key, c.tenant_id AS id FROM ${of} JOIN class c ON c.id = l.class_id WHERE ${where} = $1`,
    params: [row.rowId],
  };
};

/** Those of these ids; refused when one is unknown, or another one by now. */
export function named(all: Conflict[], ids: string[]): Conflict[] {
  return [...new Set(ids)].map((id) => {
    const found = all.find((one) => one.id === id);
    if (found) return found;
    const row = rowOf(id);
    const now = row && all.find((one) => one.table === row.table && one.rowId === row.rowId);
    if (!row) throw notFound('conflict');
    throw new Refusal(
      'CONFLICT_CHANGED',
      now
        ? `It is another one now: ${explain(now.found).message}`
        : 'There is no conflict here any more: it was decided, or the two are equal now.',
      now ? { errors: [{ pointer: '{conflictId}', detail: now.id }] } : {},
    );
  });
}
