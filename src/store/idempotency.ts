/** A POST with an Idempotency-Key is answered again, not done again, for 24 h. */
import { createHash } from 'node:crypto';
import type { Sql } from './database.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Principal } from '../passback/ports/store.ts';

export const bodyHashOf = (body: unknown): string =>
  createHash('sha256').update(JSON.stringify(body)).digest('base64url');

/** A key names one person's or program's repeats, nobody else's. */
const principalOf = (by: Principal) => `${by.kind}:${by.keyId}:${by.name}`;

/** The sync that this key was used for, with the same body; null: not used. Holds the key until the transaction ends. */
export async function repeated(
  sql: Sql,
  by: Principal,
  key: string,
  bodyHash: string,
): Promise<string | null> {
  // two at once: the second waits here for the first one's commit
  await sql.rows(`SELECT pg_advisory_xact_lock(7271, hashtext($1))`, [`${principalOf(by)} ${key}`]);
  const [row] = await sql.rows<{ body_hash: string; sync_id: string }>(
    `SELECT body_hash, sync_id FROM idempotency_key WHERE principal = $1 AND key = $2 AND created_at > now() - interval '24 hours'`,
    [principalOf(by), key],
  );
  if (!row) {
    await sql.rows(`DELETE FROM idempotency_key WHERE principal = $1 AND key = $2`, [principalOf(by), key]);
    return null;
  }
  if (row.body_hash !== bodyHash)
    throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another request');
  return row.sync_id;
}

export async function remember(
  sql: Sql,
  by: Principal,
  key: string,
  bodyHash: string,
  syncId: string,
): Promise<void> {
  await sql.rows(`INSERT INTO idempotency_key (principal, key, body_hash, sync_id) VALUES ($1, $2, $3, $4)`, [
    principalOf(by),
    key,
    bodyHash,
    syncId,
  ]);
}
