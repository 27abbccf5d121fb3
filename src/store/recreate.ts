/**
 * A lineItem that the SIS has lost is made again, under the id that it had, and its results follow: set-wise, for
 * everything that was acknowledged went with it. Not for ever: somebody there may mean it.
 */
import type { Sql } from './database.ts';
import { autoSql, lockOrder } from './duty.ts';
import { hold } from './hold.ts';
import { stillTried } from './tried.ts';
import type { Fence } from '../passback/ports/lanes.ts';
import { MOST_REPAIRS } from '../passback/read-back.ts';

const reason = `'{"code":"ITEM_DELETED_IN_SIS"}'::jsonb`;
const forgotten = `acked_version = 0, acked_hash = NULL, acked = NULL, acked_at = NULL, verified_version = 0, tried = ${stillTried('t')}, seen = '{}', seen_at = now(),
  dirty_n = t.dirty_n + 1, attempts = 0, parked_n = NULL, next_attempt_at = now(), last_reason = ${reason}`;

/**
 * `promised`: a sync met it, which makes it again at once; else it goes by itself only where sending is automatic, and
 * what the SIS has lost is not only told (`heals`).
 * The caller holds the class.
 */
export async function recreate(
  sql: Sql,
  about: { lineItemId: string; promised: boolean; syncId: string | null; heals?: boolean },
): Promise<void> {
  const { lineItemId, promised, syncId, heals = true } = about;
  const auto = `(SELECT ${heals} AND ${autoSql} FROM class c JOIN domain d ON d.id = c.domain_id JOIN line_item li ON li.class_id = c.id WHERE li.id = $1)`;
  const [item] = await sql.rows<{ going: boolean; again: boolean }>(
    `UPDATE line_item t SET ${forgotten}, repairs = t.repairs + 1, verify_at = NULL, verify_asked = false, hand_linked = false, found_at = now(),
            release_n = CASE WHEN t.repairs < ${MOST_REPAIRS} AND (t.release_n > t.clean_n OR $2 OR ${auto}) THEN t.dirty_n + 1 ELSE t.clean_n END,
            found = ${reason} || jsonb_build_object('how', CASE WHEN t.repairs < ${MOST_REPAIRS} THEN 'overwritten' ELSE 'insists' END,
                                                     'shown', NULL, 'version', t.version),
            sync_id = CASE WHEN t.repairs < ${MOST_REPAIRS} THEN coalesce(t.sync_id, $3) ELSE t.sync_id END
      WHERE t.id = $1 AND t.acked_version > 0 RETURNING t.release_n > t.clean_n AS going, t.found->>'how' = 'overwritten' AS again`,
    [lineItemId, promised, syncId],
  );
  if (!item) return;
  // what was in the SIS was promised; an edit that nobody has sent yet still waits for that
  await sql.rows(
    `UPDATE result t SET ${forgotten}, found = NULL, found_at = NULL,
            release_n = CASE WHEN t.release_n > t.clean_n OR ($2 AND (o.clean OR ${auto})) THEN t.dirty_n + 1 ELSE t.clean_n END,
            sync_id = CASE WHEN $2 AND o.clean THEN coalesce(t.sync_id, $3) ELSE t.sync_id END
       FROM (SELECT t.id, t.dirty_n = t.clean_n AS clean FROM result t WHERE t.line_item_id = $1 AND t.acked_version > 0
              ORDER BY ${lockOrder.result} FOR UPDATE) o
      WHERE o.id = t.id`,
    [lineItemId, item.going, syncId],
  );
}

/** The lane met it while sending: what had been acknowledged goes with the sync that found out. */
export async function lineItemGone(
  sql: Sql,
  fence: Fence,
  classId: string,
  lineItemId: string,
): Promise<void> {
  // rows join a sync here: a settlement that ends it must not be under way (see finishSyncs)
  await sql.rows(`SELECT 1 FROM class WHERE id = $1 FOR NO KEY UPDATE`, [classId]);
  if (!(await hold(sql, fence, [classId]))?.has(classId)) return;
  const [row] = await sql.rows<{ sync_id: string }>(
    `SELECT sync_id FROM result WHERE line_item_id = $1 AND sync_id IS NOT NULL LIMIT 1`,
    [lineItemId],
  );
  await recreate(sql, { lineItemId, promised: true, syncId: row?.sync_id ?? null });
}
