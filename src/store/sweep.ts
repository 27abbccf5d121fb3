/**
 * What a lost wake-up, a crash between two statements or a race leaves behind is found here, once a minute by any
 * replica; two at once do no harm.
 */
import type { Database } from './database.ts';
import { deletionIsDue } from './deletion-lane.ts';
import { readable } from './readings.ts';
import { rosterIsDue } from './roster-lane.ts';
import { expireUnconfirmed } from './sync-guard.ts';
import { finishSyncs } from './sync-row.ts';

export async function sweep(db: Database): Promise<void> {
  await db.transaction(async (sql) => {
    await sql.rows(`INSERT INTO lane (connection_id) SELECT id FROM connection ON CONFLICT DO NOTHING`);
    await sql.rows(
      `WITH woken AS (
         UPDATE lane l SET wake_at = now()
          WHERE (wake_at IS NULL OR wake_at > now()) AND owner IS NULL AND (paused_until IS NULL OR paused_until <= now()) AND EXISTS (
            SELECT 1 FROM domain d CROSS JOIN (VALUES (0), (1), (2), (3)) AS p(priority)
             WHERE d.connection_id = l.connection_id AND d.sending = 'on' AND (
               EXISTS (SELECT 1 FROM result WHERE domain_id = d.id AND priority = p.priority AND release_n > clean_n AND next_attempt_at <= now())
               OR EXISTS (SELECT 1 FROM line_item WHERE domain_id = d.id AND priority = p.priority AND release_n > clean_n AND next_attempt_at <= now())
               OR EXISTS (SELECT 1 FROM line_item WHERE domain_id = d.id AND verify_at <= now() AND ${readable('l.connection_id')})
               OR EXISTS (SELECT 1 FROM class WHERE domain_id = d.id AND read_due <= now() AND ${readable('l.connection_id')})
               OR EXISTS (SELECT 1 FROM sync y JOIN class c ON c.id = y.class_id
                           WHERE c.domain_id = d.id AND y.reading_due <= now() AND y.status = 'processing'))
            UNION ALL SELECT 1 WHERE ${deletionIsDue}
            UNION ALL SELECT 1 WHERE ${rosterIsDue})
         RETURNING connection_id)
       SELECT pg_notify('lane', connection_id::text) FROM woken`,
    );
    // rows that the LMS deleted; locked first, and none that a press is joining now (see finishSyncs)
    const open = await sql.rows<{ id: string }>(
      `SELECT id FROM sync WHERE status = 'processing' AND trigger <> 'automatic' AND NOT dry_run FOR UPDATE SKIP LOCKED`,
    );
    await finishSyncs(
      sql,
      open.map((row) => row.id),
    );
    await sql.rows(expireUnconfirmed);
    await sql.rows(`DELETE FROM user_token WHERE expires_at < now() - interval '1 hour'`);
    await sql.rows(`DELETE FROM sign_in_session WHERE least(idle_at, expires_at) < now()`);
    await sql.rows(`DELETE FROM sign_in_used WHERE expires_at < now()`);
    await sql.rows(`DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours'`);
    await sql.rows(`DELETE FROM lane_request WHERE created_at < now() - interval '10 minutes'`);
  });
}

/** On the embedded database nobody else can be alive: lanes of a killed process move on at once. */
export async function breakLeases(db: Database): Promise<void> {
  await db.rows(`UPDATE lane SET lease_until = NULL WHERE owner IS NOT NULL`);
}
