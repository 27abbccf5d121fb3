/** What one press is about: the plan of the class, narrowed to the rows that were named, and its numbers. */
import { planned, type PlannedClass } from './cells.ts';
import type { Sql } from './database.ts';
import { plannedDeletions, type PlannedDeletion } from './deletion-press.ts';
import type { ClassRef } from './scope.ts';
import type { SyncRequest } from '../gradebook/local.ts';
import { invalid } from '../passback/refusal.ts';
import type { PlanAction, PlanNumbers } from '../passback/ports/plan.ts';

/** A lineItem (null), or one student's result in it. */
export type CellName = [lineItemKey: string, studentKey: string | null];
/** What was pressed. `cells` narrows it to some rows: what a retry sends again, a conflict that was decided. */
export interface Press {
  request: SyncRequest;
  cells?: CellName[];
  /** no press at all, but a restore that waits for the class to be read */
  restore?: Restoring;
  /** nobody waits for it: it goes behind whatever somebody presses */
  yields?: true;
}
/** What of a snapshot is brought back. */
export interface Restoring {
  snapshotId: string;
  lineItemIds?: string[] | undefined;
  studentIds?: string[] | undefined;
}
/** What a press, or a dry run of it, is about. */
export type PressPlan = Pick<PlannedClass, 'lineItems' | 'results'> & { deletions: PlannedDeletion[] };
type Row = PlannedClass['lineItems'][number] | PlannedClass['results'][number];

/** It is for all of the class: what was deleted here goes along. */
export const isWhole = ({ request, cells }: Press): boolean =>
  !cells && !request.lineItemIds && !request.studentIds;

/** Plans what was named. A press that is no dry run forgets fruitless reads first, so that the SIS is asked again. */
export async function planPress(sql: Sql, cls: ClassRef, press: Press): Promise<PressPlan> {
  const { request, cells } = press;
  const studentIds = await studentsOf(sql, cls, request.studentIds);
  await checkLineItems(sql, cls, request.lineItemIds);
  const only = cells && onlyThese(cells);
  const scope = { lineItemKeys: request.lineItemIds, studentIds };
  let plan = await planned(sql, cls, scope, request.mode);
  if (!request.dryRun && (await forgetFruitlessReads(sql, cls, plan)))
    plan = await planned(sql, cls, scope, request.mode);
  const results = plan.results.filter((r) => !only || only.result(r.lineItemKey, r.row.student_key));
  const goes = goesAlong(results);
  return {
    results,
    lineItems: plan.lineItems.filter((l) => goes(l) || (!studentIds && (!only || only.lineItem(l.row.key)))),
    deletions: isWhole(press) ? await plannedDeletions(sql, cls) : [],
  };
}

/** A score can only follow its lineItem: one that the SIS does not have yet goes with it, asked for or not. */
export function goesAlong(results: PressPlan['results']): (l: PressPlan['lineItems'][number]) => boolean {
  const needed = new Set(results.filter(sends).map((r) => r.row.line_item_id));
  return (l) => needed.has(l.row.id) && actionOf(l) === 'create';
}

/** Refuses what names lineItems or students that the class does not have. */
export async function checkNamed(sql: Sql, cls: ClassRef, request: SyncRequest): Promise<void> {
  await studentsOf(sql, cls, request.studentIds);
  await checkLineItems(sql, cls, request.lineItemIds);
}

function onlyThese(cells: CellName[]) {
  const names = new Set(cells.map((cell) => JSON.stringify(cell)));
  return {
    lineItem: (key: string) => names.has(JSON.stringify([key, null])),
    result: (lineItemKey: string, studentKey: string) => names.has(JSON.stringify([lineItemKey, studentKey])),
  };
}

/** What would be done with a row, as people are told. */
export function actionOf({ row, decision }: Row): Exclude<PlanAction, 'delete'> {
  if (decision.action !== 'needsRead') return decision.action;
  // a read from the SIS stands before the decision; as far as we know now, it would be sent
  return row.acked_version === 0 ? 'create' : 'update';
}
export const sends = (row: Row): boolean => ['create', 'update'].includes(actionOf(row));
/** How many rows of the SIS it would write or delete. */
export const sizeOf = (plan: PressPlan): number =>
  [...plan.lineItems, ...plan.results].filter(sends).length + plan.deletions.length;

export const noActions = (): Record<PlanAction, number> => ({
  ...{ create: 0, update: 0, unchanged: 0, skip: 0, blocked: 0, conflict: 0, delete: 0 },
});

/** The numbers of a plan: the same for a press, its dry run and GET …/plan. */
export function numbersOf(plan: PressPlan): PlanNumbers {
  const count = (rows: Row[], kind: PlannedDeletion['kind']) => {
    const counts = noActions();
    for (const row of rows) counts[actionOf(row)]++;
    counts.delete = plan.deletions.filter((one) => one.kind === kind).length;
    return counts;
  };
  return { lineItems: count(plan.lineItems, 'lineItem'), results: count(plan.results, 'result') };
}

/**
 * What the SIS did not have when the class was last read, somebody may have made there since: a press looks again.
 * (A mapping to a category that is gone stays: only a person can choose another one.)
 */
async function forgetFruitlessReads(sql: Sql, cls: ClassRef, plan: PlannedClass): Promise<boolean> {
  const fruitless = new Set<string>(['CAT_MISSING', 'MAP_SCHOOL', 'MAP_CLASS']);
  const any = plan.lineItems.some(
    ({ decision }) => decision.action === 'blocked' && fruitless.has(decision.reason.code),
  );
  if (!any) return false;
  const forgotten = await sql.rows(
    `UPDATE class SET sis_categories = NULL, sis_categories_read_at = NULL, sis_class_missing = false,
            read_school_sourced_id = nullif(read_school_sourced_id, '')
      WHERE id = $1 AND (sis_categories IS NOT NULL OR sis_class_missing OR read_school_sourced_id = '') RETURNING 1`,
    [cls.id],
  );
  return forgotten.length > 0;
}

async function studentsOf(
  sql: Sql,
  cls: ClassRef,
  keys: string[] | undefined,
): Promise<string[] | undefined> {
  if (!keys) return undefined;
  const rows = await sql.rows<{ id: string; key: string }>(
    `SELECT id, key FROM student WHERE class_id = $1 AND key = ANY($2)`,
    [cls.id, keys],
  );
  const found = new Set(rows.map((s) => s.key));
  const missing = keys.findIndex((key) => !found.has(key));
  if (missing >= 0) throw invalid(`/studentIds/${missing}`, 'is not the id of a student of this class');
  return rows.map((s) => s.id);
}

async function checkLineItems(sql: Sql, cls: ClassRef, keys: string[] | undefined): Promise<void> {
  if (!keys) return;
  const rows = await sql.rows<{ key: string }>(
    `SELECT key FROM line_item WHERE class_id = $1 AND key = ANY($2)`,
    [cls.id, keys],
  );
  const found = new Set(rows.map((l) => l.key));
  const missing = keys.findIndex((key) => !found.has(key));
  if (missing >= 0) throw invalid(`/lineItemIds/${missing}`, 'is not the id of a lineItem of this class');
}
