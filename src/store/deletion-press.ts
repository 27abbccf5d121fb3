/** What a press for a whole class takes along beside its rows: what was deleted here and is to be deleted in the SIS. */
import { hot, type Sql } from './database.ts';
import type { ClassRef } from './scope.ts';

/** What would be deleted there. */
export interface PlannedDeletion {
  kind: 'lineItem' | 'result';
  lineItemKey: string;
  /** null: the lineItem */
  studentKey: string | null;
  sourcedId: string;
  /** what the SIS acknowledged last; null: it may have got something */
  acked: Record<string, unknown> | null;
  /** the sync that has taken it along already */
  syncId: string | null;
}

/** Nothing is deleted where the settings have come to say so since. Needs `d` (domain). */
const wanted = `x.state = 'planned' AND coalesce(d.effective->>'deletePropagation', 'none') <> 'none'`;
const ofClass = `deletion x JOIN class c ON c.id = x.class_id JOIN domain d ON d.id = c.domain_id`;

export async function plannedDeletions(sql: Sql, cls: ClassRef): Promise<PlannedDeletion[]> {
  return sql.rows<PlannedDeletion>(
    hot(`SELECT x.kind, x.line_item_key AS "lineItemKey", nullif(x.student_key, '') AS "studentKey", x.sourced_id AS "sourcedId", x.acked, x.sync_id AS "syncId"
       FROM ${ofClass} WHERE x.class_id = $1 AND ${wanted} ORDER BY x.line_item_key COLLATE "C", x.student_key COLLATE "C", x.id`),
    [cls.id],
  );
}

/** They go now, and what comes of them is told in that sync. The caller holds the class. */
export async function releaseDeletions(sql: Sql, cls: ClassRef, syncId: string): Promise<void> {
  await sql.rows(
    hot(`UPDATE deletion t SET released = true, next_attempt_at = now(), sync_id = $2
       FROM (SELECT x.id FROM ${ofClass} WHERE x.class_id = $1 AND ${wanted} ORDER BY x.id FOR UPDATE OF x) o WHERE o.id = t.id`),
    [cls.id, syncId],
  );
}

/** Its sync is cancelled: they wait for the next one, or go by themselves; what is on its way is still told in it. */
export async function withdrawDeletions(sql: Sql, syncId: string): Promise<void> {
  await sql.rows(
    `UPDATE deletion SET released = false, sync_id = CASE WHEN sending_epoch IS NOT NULL THEN sync_id END WHERE sync_id = $1 AND state = 'planned'`,
    [syncId],
  );
}

/** The sync `s` waits for one of these. */
export const deletionWaits = `EXISTS (SELECT 1 FROM ${ofClass} WHERE x.sync_id = s.id AND ${wanted})`;
/** How many it waits for. */
export const deletionsWaiting = `(SELECT count(*)::int FROM ${ofClass} WHERE x.sync_id = s.id AND ${wanted})`;
