/** The ending of a sync that only wants to know: its plan as entries and numbers, nothing taken in. */
import type { PlannedClass } from './cells.ts';
import type { Sql } from './database.ts';
import { actionOf, numbersOf, type PressPlan } from './sync-plan.ts';
import { addEntries, addPlanned, statusSql, type Entry, type EntryAction } from './sync-row.ts';
import type { PlanAction } from '../passback/ports/plan.ts';

const entryOf: Record<PlanAction, EntryAction> = {
  create: 'created',
  update: 'updated',
  unchanged: 'unchanged',
  skip: 'skipped',
  blocked: 'failed',
  conflict: 'conflict',
  delete: 'deleted',
};

export async function recordDryRun(sql: Sql, id: string, plan: PressPlan): Promise<void> {
  type Row = PlannedClass['lineItems'][number] | PlannedClass['results'][number];
  const entry = (row: Row, of: Pick<Entry, 'kind' | 'lineItemKey' | 'studentKey'>): Entry => ({
    syncId: id,
    ...of,
    action: entryOf[actionOf(row)],
    reason: 'reason' in row.decision ? row.decision.reason : null,
    version: row.row.version,
  });
  await addEntries(sql, [
    ...plan.lineItems.map((l) => entry(l, { kind: 'lineItem', lineItemKey: l.row.key, studentKey: null })),
    ...plan.results.map((r) =>
      entry(r, { kind: 'result', lineItemKey: r.lineItemKey, studentKey: r.row.student_key }),
    ),
    ...plan.deletions.map(({ kind, lineItemKey, studentKey }) => ({
      ...{ syncId: id, kind, lineItemKey, studentKey, action: 'deleted' as const, reason: null, version: 0 },
    })),
  ]);
  await addPlanned(sql, id, numbersOf(plan));
  await sql.rows(`UPDATE sync s SET finished_at = now(), status = ${statusSql} WHERE id = $1`, [id]);
}
