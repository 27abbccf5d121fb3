/** A press that names a plan does exactly that, or is told what has changed in between. */
import type { PlannedClass } from './cells.ts';
import type { Sql } from './database.ts';
import type { ClassRef } from './scope.ts';
import { actionOf, planPress, type Press, type PressPlan } from './sync-plan.ts';
import { changedSince, planId, type PlannedRow } from '../passback/plan-id.ts';
import { invalid, Refusal } from '../passback/refusal.ts';
import type { PlanAction } from '../passback/ports/plan.ts';
import type { SyncRequest } from '../gradebook/local.ts';

/** What the SIS held when the plan was made may be another thing by then. */
const FRESH_MINUTES = 10;
const MOST_NAMED = 20;

type Row = PlannedClass['lineItems'][number] | PlannedClass['results'][number];
interface Named extends PlannedRow {
  action: PlanAction;
}

/** What a plan is of: a press in one of its modes, or a restore. */
type Planned = SyncRequest['mode'] | 'restore';

export const planIdOf = (plan: PressPlan, of: Planned): string => planId(of, rowsOf(plan));

/** `reads`: without the plan, the class would be read from the SIS first. The caller holds the class. */
export async function refuseIfChanged(sql: Sql, cls: ClassRef, press: Press, reads: boolean): Promise<void> {
  const { planId: id = '', mode } = press.request;
  if (reads) await refuseUnlessFresh(sql, cls);
  const plan = await planPress(sql, cls, { ...press, request: { ...press.request, dryRun: true } });
  refuseIfOther(id, mode, plan);
}

/** What was planned was planned with what the SIS holds now, as near as can be. */
export async function refuseUnlessFresh(sql: Sql, cls: ClassRef): Promise<void> {
  const [row] = await sql.rows<{ fresh: boolean }>(
    `SELECT coalesce(read_at > now() - interval '${FRESH_MINUTES} minutes', false) AS fresh FROM class WHERE id = $1`,
    [cls.id],
  );
  if (!row?.fresh)
    throw new Refusal(
      'PLAN_CHANGED',
      `The SIS was not read in the last ${FRESH_MINUTES} minutes: get the plan anew with readSis.`,
    );
}

/** `now`: what would be done at this moment. */
export function refuseIfOther(id: string, of: Planned, now: PressPlan): void {
  const changed = changedSince(id, of, rowsOf(now));
  if (!changed)
    throw invalid(
      '/planId',
      `is not the planId of ${of === 'restore' ? 'a dry run of a restore' : `a plan in the mode ${of}`}`,
    );
  if (changed.length === 0) return;
  throw new Refusal(
    'PLAN_CHANGED',
    `${changed.length} ${changed.length === 1 ? 'row has' : 'rows have'} changed since that plan was made.`,
    {
      errors: changed.slice(0, MOST_NAMED).map(({ lineItemKey, studentKey, action }) => ({
        pointer: '/planId',
        detail: `lineItem ${lineItemKey}${studentKey === null ? '' : `, student ${studentKey}`}: now ${action}`,
      })),
    },
  );
}

function rowsOf(plan: PressPlan): Named[] {
  const of = (row: Row, lineItemKey: string, studentKey: string | null): Named => ({
    lineItemKey,
    studentKey,
    version: row.row.version,
    decision: row.decision,
    action: actionOf(row),
  });
  return [
    ...plan.lineItems.map((l) => of(l, l.row.key, null)),
    ...plan.results.map((r) => of(r, r.lineItemKey, r.row.student_key)),
    ...plan.deletions.map(({ lineItemKey, studentKey, sourcedId }) => ({
      ...{ lineItemKey, studentKey, version: 0, action: 'delete' as const },
      decision: { action: 'delete' as const, hash: sourcedId },
    })),
  ];
}
