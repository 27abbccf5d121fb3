/**
 * Brings back what the SIS held before a sync: each cell is given the former value, bound to a version of its own, and
 * a sync sends them. It is planned like any other, so a preview is that plan without the writing; and as a sync it has
 * a snapshot of its own, by which it is undone. A person's restore has the class read from the SIS before, so that this
 * snapshot tells what is there now.
 */
import type { PlannedClass } from './cells.ts';
import type { Sql } from './database.ts';
import { beginRestore, cellsOf, isLineItem, planOf, type Cell } from './restore-begin.ts';
import { findClass, type ClassRef } from './scope.ts';
import { findSnapshot } from './snapshot-row.ts';
import { awaitReading, readingFor, tellUnread } from './sync-awaited.ts';
import { actionOf, noActions, type PressPlan } from './sync-plan.ts';
import { planIdOf, refuseIfOther, refuseUnlessFresh } from './sync-planned.ts';
import { readSync } from './sync-row.ts';
import { insertSync, processingSync, refuseUnlessMay } from './sync-start.ts';
import { explain } from '../gradebook/dictionary.ts';
import type { RestoreRequest } from '../gradebook/local.ts';
import { restoredIn, toNothing } from '../gradebook/restored.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import { invalid, Refusal } from '../passback/refusal.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { RestoreAnswer, RestoreEntry, RestorePlan } from '../passback/ports/snapshots.ts';
import { heldBefore } from '../passback/snapshot.ts';

export async function restoreSnapshot(
  sql: Sql,
  scope: Scope,
  id: string,
  request: RestoreRequest,
  by: Principal,
): Promise<RestoreAnswer> {
  if (!request.dryRun) return restore(sql, scope, id, request, by);
  const { cls, cells } = await chosen(sql, scope, id, request, by);
  const plan = await planOf(sql, cls, id, cells, true);
  return { plan: { planId: planIdOf(plan, 'restore'), ...(await preview(sql, cls, cells, plan)) } };
}

async function restore(
  sql: Sql,
  scope: Scope,
  id: string,
  request: RestoreRequest,
  by: Principal,
): Promise<RestoreAnswer> {
  const { cls, cells } = await chosen(sql, scope, id, request, by);
  // what another one sends meanwhile could not be told apart when this is undone
  if (await processingSync(sql, cls.id))
    throw new Refusal('SYNC_UNDER_WAY', 'A sync of this class is under way');
  const { lineItemIds, studentIds, readSis, planId } = request;
  const press = { mode: 'changes' as const, dryRun: false, ...(readSis !== undefined && { readSis }) };
  const what = { snapshotId: id, ...(lineItemIds && { lineItemIds }), ...(studentIds && { studentIds }) };
  const reading = await readingFor(sql, cls, press, by);
  if (planId !== undefined) {
    if (reading === 'wanted') await refuseUnlessFresh(sql, cls);
    refuseIfOther(planId, 'restore', await planOf(sql, cls, id, cells, true));
  }
  const sync = await insertSync(sql, cls, press, by);
  // what was looked at was read a moment ago
  if (reading === 'wanted' && planId === undefined)
    await awaitReading(sql, sync.id, cls, { request: press, restore: what });
  else {
    if (reading === 'muted') await tellUnread(sql, sync.id);
    await beginRestore(sql, sync.id, cls, what);
  }
  return { sync: await readSync(sql, scope, sync.id) };
}

/** What of the snapshot is meant; refuses what it does not have. */
async function chosen(
  sql: Sql,
  scope: Scope,
  id: string,
  request: RestoreRequest,
  by: Principal,
): Promise<{ cls: ClassRef; cells: Cell[] }> {
  const snapshot = await findSnapshot(sql, scope, id);
  const cls = await findClass(sql, scope, snapshot.class_key, 'FOR NO KEY UPDATE');
  await refuseUnlessMay(sql, cls, by);
  const { lineItemIds, studentIds } = request;
  const cells = await cellsOf(sql, cls, { snapshotId: id, lineItemIds, studentIds });
  const missing = (names: string[] | undefined, of: (cell: Cell) => string) =>
    names?.findIndex((name) => !cells.some((cell) => of(cell) === name)) ?? -1;
  const lineItem = missing(lineItemIds, (cell) => cell.line_item_key);
  if (lineItem >= 0) throw invalid(`/lineItemIds/${lineItem}`, 'is not in this snapshot');
  const student = missing(studentIds, (cell) => cell.student_key);
  if (student >= 0) throw invalid(`/studentIds/${student}`, 'is not in this snapshot');
  return { cls, cells };
}

async function preview(
  sql: Sql,
  cls: ClassRef,
  cells: Cell[],
  plan: PressPlan,
): Promise<Omit<RestorePlan, 'planId'>> {
  const [settings] = await sql.rows<Pick<EffectiveSettings, 'deletePropagation'>>(
    `SELECT coalesce(effective->>'deletePropagation', 'none') AS "deletePropagation" FROM domain WHERE id = $1`,
    [cls.domain_id],
  );
  const where = settings ? toNothing(settings) : 'blank';
  const lineItems = new Map(plan.lineItems.map((l) => [l.row.id, l]));
  const results = new Map(plan.results.map((r) => [r.row.id, r]));
  const entries = cells.map((cell): RestoreEntry => {
    const about = {
      kind: isLineItem(cell) ? ('lineItem' as const) : ('result' as const),
      lineItemId: cell.line_item_key,
      studentId: isLineItem(cell) ? null : cell.student_key,
      to: cell.held,
    };
    const row = isLineItem(cell) ? lineItems.get(cell.line_item_id ?? '') : results.get(cell.result_id ?? '');
    if (!row || !restoredIn(factsOf(row)))
      return { ...about, action: 'skip', how: 'stays', from: row?.row.acked ?? null, reason: null };
    const { decision } = row;
    return {
      ...about,
      action: actionOf(row),
      how: cell.held ? 'value' : where,
      from: lastKnown(row),
      reason: 'reason' in decision ? explain(decision.reason) : null,
    };
  });
  const counts = noActions();
  for (const { action } of entries) counts[action]++;
  return { counts, entries };
}
type Row = PlannedClass['lineItems'][number] | PlannedClass['results'][number];
const factsOf = ({ row }: Row) => ({ version: row.version, restored: row.restored });

/** What the SIS holds now, as far as we know. */
function lastKnown({ row }: Row): Record<string, unknown> | null {
  const { seen = null, seen_at: seenAt = null, acked, last_sent_at: ackedAt, linked_to: linkedTo } = row;
  const known = { ackedVersion: row.acked_version, acked, ackedAt, linkedTo, seen, seenAt };
  return heldBefore({ ...known, seenOf: row.seen_of?.linkedTo ?? null }, row.seen_of?.linkedTo ?? linkedTo);
}
