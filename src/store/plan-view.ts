/** The plan of a class as people see it, with what the SIS holds where it was read for it. */
import type { PlannedClass } from './cells.ts';
import type { Database } from './database.ts';
import { askLane } from './lane-reads.ts';
import type { Listener } from './listen.ts';
import type { ClassRef } from './scope.ts';
import { actionOf, numbersOf, type PressPlan } from './sync-plan.ts';
import { planIdOf } from './sync-planned.ts';
import { explain } from '../gradebook/dictionary.ts';
import { wireLineItem, wireResult } from '../gradebook/wire.ts';
import type { PlanMode } from '../passback/planner.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import type { PlanAction, PlanView } from '../passback/ports/plan.ts';

/** Has the lane read the class, and answers when that began. */
export async function readNow(db: Database, listener: Listener, cls: ClassRef): Promise<Date> {
  if (!cls.connection_id) throw new Refusal('NO_CONNECTION', 'No SIS is set up for this class');
  const [linked] = await db.rows<{ linked: boolean }>(
    `SELECT CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL AS linked
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`,
    [cls.id],
  );
  if (!linked?.linked) throw new Refusal('MAP_CLASS', explain({ code: 'MAP_CLASS' }).message);
  await askLane(db, listener, { connectionId: cls.connection_id, kind: 'class', classId: cls.id });
  const [read] = await db.rows<{ at: Date | null }>(`SELECT read_at AS at FROM class WHERE id = $1`, [
    cls.id,
  ]);
  if (!read?.at) throw notFound('class');
  return read.at;
}

const written = { lineItem: wireLineItem, result: wireResult };

export function planView(
  plan: PlannedClass & Pick<PressPlan, 'deletions'>,
  mode: PlanMode,
  readAt: Date | null,
): PlanView {
  const entry = (
    kind: 'lineItem' | 'result',
    lineItemId: string,
    studentId: string | null,
    planned: PlannedClass['lineItems'][number] | PlannedClass['results'][number],
  ) => {
    const { row, decision } = planned;
    const body = 'body' in decision ? decision.body : 'ours' in decision ? decision.ours : null;
    const isSeen = readAt && row.seen && row.seen_at && row.seen_at >= readAt;
    return {
      kind,
      lineItemId,
      studentId,
      action: actionOf(planned),
      reason: 'reason' in decision ? explain(decision.reason) : null,
      body: body ? written[kind](body as Record<string, unknown>, plan.form) : null,
      findings: plan.findingsOf(planned),
      acknowledged: row.acked,
      ...(isSeen && { sis: Object.keys(row.seen ?? {}).length > 0 ? (row.seen ?? null) : null }),
    };
  };
  const entries = [
    ...plan.lineItems.map((l) => entry('lineItem', l.row.key, null, l)),
    ...plan.results.map((r) => entry('result', r.lineItemKey, r.row.student_key, r)),
    ...plan.deletions.map(
      ({ kind, lineItemKey: lineItemId, studentKey: studentId, acked: acknowledged }) => ({
        ...{ kind, lineItemId, studentId, action: 'delete' as const, reason: null, body: null },
        ...{ findings: [], acknowledged },
      }),
    ),
  ];
  const byKind = numbersOf(plan);
  const counts = { ...byKind.lineItems };
  for (const action of Object.keys(counts) as PlanAction[]) counts[action] += byKind.results[action];
  const planId = planIdOf(plan, mode);
  return { planId, readAt: readAt?.toISOString() ?? null, counts, byKind, entries };
}
