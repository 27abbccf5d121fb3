/** What syncs did, or are about to do, with one lineItem or one result. */
import type { Sql } from './database.ts';
import type { ClassRef } from './scope.ts';
import type { Press } from './sync-plan.ts';
import type { SyncStep } from '../passback/explain.ts';

/** Further back nobody looks, and a class whose grades go by themselves has a sync every quarter of an hour. */
const MOST_SYNCS = 100;
const MOST_STEPS = 30;

interface About {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  /** the sync that has it in its hands */
  syncId: string | null;
}

/** Needs $1 (class). */
const lastSyncs = `(SELECT * FROM sync WHERE class_id = $1 AND NOT dry_run ORDER BY started_at DESC LIMIT ${MOST_SYNCS})`;

/** What the class's last syncs did with it; the one that has it in its hands, and those that may take it in. */
export async function stepsOf(
  sql: Sql,
  cls: ClassRef,
  { kind, syncId, lineItemId, studentId }: About,
): Promise<SyncStep[]> {
  const columns = `y.id AS "syncId", y.trigger, y.started_by AS "startedBy"`;
  const done = await sql.rows<SyncStep>(
    // a sync's own entries, one sync after the other: never the whole history for the sake of a hundred of them
    `SELECT ${columns}, e.at, e.action, e.reason, e.version FROM ${lastSyncs} y CROSS JOIN LATERAL (
       SELECT * FROM sync_entry WHERE sync_id = y.id AND kind = $2 AND line_item_key = $3 AND student_key IS NOT DISTINCT FROM $4 OFFSET 0) e
      ORDER BY e.id DESC LIMIT ${MOST_STEPS}`,
    [cls.id, kind, lineItemId, studentId],
  );
  const waiting = await sql.rows<SyncStep & { presses: Press[] | null }>(
    `SELECT ${columns}, y.started_at AS at, NULL AS reason, NULL::int AS version,
            CASE WHEN y.status = 'processing' THEN 'reads' ELSE 'awaitsConfirmation' END AS action,
            CASE WHEN y.status = 'processing' THEN y.reading->'presses' ELSE jsonb_build_array(y.request) END AS presses
       FROM ${lastSyncs} y WHERE y.status = 'awaitingConfirmation' OR (y.status = 'processing' AND y.reading_due IS NOT NULL)`,
    [cls.id],
  );
  const named = (names: string[] | undefined, name: string | null) =>
    names === undefined || (name !== null && names.includes(name));
  const asked = waiting.filter(
    ({ presses }) =>
      presses === null ||
      presses.some(({ request: r }) => named(r.lineItemIds, lineItemId) && named(r.studentIds, studentId)),
  );
  const underWay = await sql.rows<SyncStep>(
    `SELECT ${columns}, y.started_at AS at, 'takenIn' AS action, NULL AS reason, NULL::int AS version FROM sync y WHERE y.id = $1`,
    [syncId],
  );
  return [...asked, ...underWay, ...done];
}
