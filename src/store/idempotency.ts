/**
 * A POST with an Idempotency-Key is answered again, not done again, for 24 h. Claim, effect and answer share one
 * transaction: after a crash there is all of it or nothing, so no half-done request has to be taken over.
 */
import type { Database } from './database.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Principal } from '../passback/ports/callers.ts';
import type { KeptAnswer, Once } from '../passback/ports/once.ts';

/** A key names one person's or program's repeats, nobody else's. */
const principalOf = (by: Principal) => JSON.stringify([by.kind, by.keyId, by.subject]);

interface Row {
  body_hash: string;
  status: number | null;
  answer: KeptAnswer['answer'];
}

/** For the inside of one transaction: what is claimed is held until it ends. */
export function createOnce(db: Database): Once {
  return {
    async claim(by, key, request) {
      // a try, not a wait: who repeats because the first answer is slow shall not hold a connection as well
      const [lock] = await db.rows<{ held: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7271)) AS held`,
        [`${principalOf(by)} ${key}`],
      );
      if (!lock?.held)
        throw new Refusal(
          'IDEMPOTENCY_KEY_BUSY',
          'The first request with this Idempotency-Key is not done yet',
          {
            retryAfterSeconds: 1,
          },
        );
      const [row] = await db.rows<Row>(
        `SELECT body_hash, status, answer FROM idempotency_key
          WHERE principal = $1 AND key = $2 AND created_at > now() - interval '24 hours'`,
        [principalOf(by), key],
      );
      // one without status was written by the release before, which kept no answers
      if (!row || row.status === null) return null;
      if (row.body_hash !== request)
        throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another request');
      return { status: row.status, answer: row.answer };
    },

    async keep(by, key, request, tenantId, { status, answer }) {
      // one that is older than a day may still stand there until the sweep comes by
      await db.rows(
        `INSERT INTO idempotency_key (principal, key, body_hash, tenant_id, status, answer) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (principal, key) DO UPDATE SET body_hash = excluded.body_hash, tenant_id = excluded.tenant_id,
           status = excluded.status, answer = excluded.answer, sync_id = NULL, created_at = now()`,
        [principalOf(by), key, request, tenantId, status, answer && JSON.stringify(answer)],
      );
    },
  };
}
