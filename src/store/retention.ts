/**
 * History does not stay for ever: syncs with their entries, what the SIS held before them, and the audit trail, each
 * after a time of its own; and what was deleted long ago, with the syncs. In small transactions, so that nobody waits;
 * by one replica at a time. A sync that is processing stays however old it is.
 */
import type { Database, Sql } from './database.ts';
import { retireRoster } from './roster-forget.ts';

export interface Retention {
  /** syncs and their entries, runs of schedules, and deletions that are done */
  days: number;
  auditDays: number;
  /** what the SIS held before a sync; it never outlives its sync */
  snapshotDays: number;
}
/** Rows of one transaction, and transactions of one run: what is left waits for the next one. */
const BATCH = 5_000;
const MOST_BATCHES = 200;

/** What was taken away. */
export interface Retired {
  syncs: number;
  entries: number;
  audit: number;
  /** cells of snapshots */
  snapshots: number;
  deletions: number;
  /** objects of copies of rosters that nobody lets us read any more */
  rosters: number;
  /** of webhooks */
  deliveries: number;
  /** of schedules */
  runs: number;
}

export async function retire(db: Database, { days, auditDays, snapshotDays }: Retention): Promise<Retired> {
  const retired: Retired = { ...nothing };
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const now = await db.transaction(async (sql) => {
      const [lock] = await sql.rows<{ held: boolean }>(`SELECT pg_try_advisory_xact_lock(7273, 0) AS held`);
      if (!lock?.held) return null;
      // before the syncs, which would take them along however many they are
      const snapshots = await retireSnapshots(sql, Math.min(days, snapshotDays));
      if (snapshots === BATCH) return { ...nothing, snapshots };
      return {
        ...(await retireSyncs(sql, days)),
        audit: await retireAudit(sql, auditDays),
        snapshots,
        deletions: await retireDeletions(sql, days),
        runs: await retireScheduleRuns(sql, days),
        rosters: await retireRoster(sql, days),
        deliveries: await retireDeliveries(sql),
      };
    });
    if (now === null) break;
    for (const what of Object.keys(nothing) as (keyof Retired)[]) retired[what] += now[what];
    if (Object.values(now).every((n) => n === 0)) break;
  }
  return retired;
}

const nothing: Retired = {
  ...{ syncs: 0, entries: 0, audit: 0, snapshots: 0, deletions: 0, rosters: 0, deliveries: 0, runs: 0 },
};

async function retireSnapshots(sql: Sql, days: number): Promise<number> {
  const old = await sql.rows<{ id: string }>(
    `SELECT id FROM snapshot WHERE at < now() - $1 * interval '1 day' ORDER BY at LIMIT 500`,
    [days],
  );
  if (old.length === 0) return 0;
  const ids = old.map((row) => row.id);
  const cells = await sql.rows(
    `DELETE FROM snapshot_cell x USING (SELECT snapshot_id, line_item_key, student_key FROM snapshot_cell WHERE snapshot_id = ANY($1::uuid[]) LIMIT $2) o
      WHERE (x.snapshot_id, x.line_item_key, x.student_key) = (o.snapshot_id, o.line_item_key, o.student_key) RETURNING 1`,
    [ids, BATCH],
  );
  await sql.rows(
    `DELETE FROM snapshot x WHERE id = ANY($1::uuid[]) AND NOT EXISTS (SELECT 1 FROM snapshot_cell WHERE snapshot_id = x.id)`,
    [ids],
  );
  return cells.length;
}

/** What somebody is still to do by hand stays. */
async function retireDeletions(sql: Sql, days: number): Promise<number> {
  const gone = await sql.rows(
    `DELETE FROM deletion WHERE id IN (SELECT id FROM deletion WHERE state = 'done' AND done_at < now() - $1 * interval '1 day' LIMIT $2) RETURNING 1`,
    [days, BATCH],
  );
  return gone.length;
}

/** What a webhook was told can be asked for again for a month, whatever came of it. */
const DELIVERY_DAYS = 30;
async function retireDeliveries(sql: Sql): Promise<number> {
  const gone = await sql.rows(
    `DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery WHERE created_at < now() - $1 * interval '1 day' ORDER BY created_at LIMIT $2) RETURNING 1`,
    [DELIVERY_DAYS, BATCH],
  );
  // where nobody announces (a role that may not make the tables for it), what is old is no news any more
  await sql.rows(`DELETE FROM outbox WHERE at < now() - interval '7 days'`);
  return gone.length;
}

async function retireScheduleRuns(sql: Sql, days: number): Promise<number> {
  const gone = await sql.rows(
    `DELETE FROM schedule_run WHERE id IN (SELECT id FROM schedule_run WHERE started_at < now() - $1 * interval '1 day' AND finished_at IS NOT NULL ORDER BY started_at LIMIT $2) RETURNING 1`,
    [days, BATCH],
  );
  return gone.length;
}

/** Entries first, as many as fit; a sync goes when it has none left, so that no deletion is as large as a class's year. */
async function retireSyncs(sql: Sql, days: number): Promise<{ syncs: number; entries: number }> {
  const old = await sql.rows<{ id: string }>(
    `SELECT id FROM sync WHERE started_at < now() - $1 * interval '1 day' AND status <> 'processing'
      ORDER BY started_at LIMIT 500 FOR UPDATE SKIP LOCKED`,
    [days],
  );
  if (old.length === 0) return { syncs: 0, entries: 0 };
  const ids = old.map((row) => row.id);
  const entries = await sql.rows(
    `DELETE FROM sync_entry WHERE id IN (SELECT id FROM sync_entry WHERE sync_id = ANY($1::uuid[]) LIMIT $2) RETURNING 1`,
    [ids, BATCH],
  );
  const syncs = await sql.rows(
    `DELETE FROM sync y WHERE id = ANY($1::uuid[]) AND NOT EXISTS (SELECT 1 FROM sync_entry WHERE sync_id = y.id) RETURNING 1`,
    [ids],
  );
  return { syncs: syncs.length, entries: entries.length };
}

/** The one thing that may shorten the trail: its trigger lets this setting through, which ends with the transaction. */
async function retireAudit(sql: Sql, days: number): Promise<number> {
  await sql.rows(`SELECT set_config('passback.retention', 'on', true)`);
  const gone = await sql.rows(
    `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < now() - $1 * interval '1 day' ORDER BY at LIMIT $2) RETURNING 1`,
    [days, BATCH],
  );
  return gone.length;
}
