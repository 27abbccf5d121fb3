/** Our key pairs as an LTI tool: platforms read the public halves, the private ones are sealed. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { v4 as randomId } from 'uuid';
import type { Database, Sql } from './database.ts';
import type { Seal } from './seal.ts';

/** A platform keeps what it read for a day or so; a month later nobody needs the former key. */
const PUBLISHED_DAYS = 30;
/** What its ciphertext is tied to. */
export const place = (kid: string) => ['toolKey', kid];

/** The newest first; a pair is made when there is none. */
export async function toolKeys(db: Database, seal: Seal): Promise<Record<string, unknown>[]> {
  const found = await published(db);
  if (found.length > 0) return found;
  return db.transaction(async (sql) => {
    // two who ask at once make one pair
    await sql.rows(`SELECT pg_advisory_xact_lock(7281, 0)`);
    if ((await published(sql)).length === 0) await make(sql, seal);
    return published(sql);
  });
}

export async function newToolKey(db: Database, seal: Seal): Promise<{ kid: string }> {
  return db.transaction(async (sql) => {
    await sql.rows(`SELECT pg_advisory_xact_lock(7281, 0)`);
    const kid = await make(sql, seal);
    await sql.rows(
      `DELETE FROM tool_key WHERE kid <> $1 AND created_at < now() - $2 * interval '1 day'
          AND kid <> (SELECT kid FROM tool_key WHERE kid <> $1 ORDER BY created_at DESC LIMIT 1)`,
      [kid, PUBLISHED_DAYS],
    );
    return { kid };
  });
}

async function published(sql: Sql): Promise<Record<string, unknown>[]> {
  const rows = await sql.rows<{ public_jwk: Record<string, unknown> }>(
    `SELECT public_jwk FROM tool_key ORDER BY created_at DESC, kid`,
  );
  return rows.map((row) => row.public_jwk);
}

async function make(sql: Sql, seal: Seal): Promise<string> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const kid = randomId();
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await sql.rows(`INSERT INTO tool_key (kid, public_jwk, private) VALUES ($1, $2, $3)`, [
    kid,
    JSON.stringify(publicJwk),
    seal.seal(pem, place(kid)),
  ]);
  return kid;
}
