/**
 * History does not stay for ever: syncs with their entries, and the audit trail, each after a time of its own. In
 * small transactions, so that nobody waits; by one replica at a time. A sync that is processing stays however old it is.
 */
import type { Database, Sql } from './database.ts';

export interface Retention {
  /** syncs and their entries */
  days: number;
  auditDays: number;
}
/** Rows of one transaction, and transactions of one run: what is left waits for the next one. */
const BATCH = 5_000;
const MOST_BATCHES = 200;

/** What was taken away. */
export interface Retired {
  syncs: number;
  entries: number;
  audit: number;
}

export async function retire(db: Database, { days, auditDays }: Retention): Promise<Retired> {
  const retired: Retired = { syncs: 0, entries: 0, audit: 0 };
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const now = await db.transaction(async (sql) => {
      const [lock] = await sql.rows<{ held: boolean }>(`SELECT pg_try_advisory_xact_lock(7273, 0) AS held`);
      if (!lock?.held) return null;
      return { ...(await retireSyncs(sql, days)), audit: await retireAudit(sql, auditDays) };
    });
    if (now === null) break;
    for (const what of ['syncs', 'entries', 'audit'] as const) retired[what] += now[what];
    if (now.syncs + now.entries + now.audit === 0) break;
  }
  return retired;
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
