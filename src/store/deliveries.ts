/** Deliveries of webhooks on their way: claimed by one worker, judged, tried again or done. */
import { addAudit, bySystem } from './audit.ts';
import type { Background } from './background.ts';
import type { Database, Sql } from './database.ts';
import { SealError, type Seal } from './seal.ts';
import { nowRounded } from './take.ts';
import { secretPlace } from './webhook-row.ts';
import type { ClaimedDelivery, Deliveries } from '../passback/ports/webhooks.ts';

/** Longer than a request may take; who claims and dies holds it up for so long. */
const LEASE = `interval '2 minutes'`;
const TRIES_KEPT = 20;

interface ClaimedRow {
  id: string;
  webhook_id: string;
  event_id: string;
  url: string;
  body: string;
  attempts: number;
  failing_since: Date | null;
  secret: string;
  old_secret: string | null;
}
/** Told when a webhook was switched off by itself, within the transaction that did it. */
export type Disabled = (sql: Sql, webhookId: string) => Promise<void>;

export function createDeliveries(
  db: Database,
  seal: Seal,
  background: Pick<Background, 'add'>,
  disabled: Disabled,
): Deliveries {
  return {
    async claim(id) {
      const [row] = await db.rows<ClaimedRow>(
        `UPDATE webhook_delivery v SET attempts = v.attempts + 1, next_attempt_at = now() + ${LEASE} FROM webhook w
          WHERE v.id = $1 AND w.id = v.webhook_id AND v.state = 'pending' AND v.next_attempt_at <= ${nowRounded} AND w.enabled
          RETURNING v.id, v.webhook_id, v.event_id, w.url, v.body, v.attempts, w.failing_since, w.secret,
            CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS old_secret`,
        [id],
      );
      if (row) return claimed(row, seal);
      await db.rows(
        `UPDATE webhook_delivery v SET state = 'failed', done_at = now() FROM webhook w
          WHERE v.id = $1 AND w.id = v.webhook_id AND v.state = 'pending' AND NOT w.enabled`,
        [id],
      );
      return null;
    },

    async giveBack(delivery) {
      await db.rows(
        `UPDATE webhook_delivery SET attempts = attempts - 1, next_attempt_at = now() WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
        [delivery.id, delivery.attempts],
      );
    },

    settle: (delivery, attempt, { state, waitMs, disable }) =>
      db.transaction(async (sql) => {
        // fenced by the attempt: a redelivery that was asked for meanwhile begins anew
        const [settled] = await sql.rows<{ tenant_id: string }>(
          `UPDATE webhook_delivery v SET state = $3, next_attempt_at = now() + $4 * interval '1 millisecond',
                  done_at = CASE WHEN $3 <> 'pending' THEN now() END,
                  attempt_log = (SELECT coalesce(jsonb_agg(a ORDER BY i), '[]') FROM jsonb_array_elements(v.attempt_log || $5::jsonb) WITH ORDINALITY AS l(a, i)
                                  WHERE i > jsonb_array_length(v.attempt_log) + 1 - ${TRIES_KEPT})
            WHERE id = $1 AND attempts = $2 AND state = 'pending' RETURNING (SELECT tenant_id FROM webhook WHERE id = v.webhook_id)`,
          [delivery.id, delivery.attempts, state, waitMs, JSON.stringify([attempt])],
        );
        if (!settled) return;
        if (waitMs !== null)
          await background.add(sql, 'webhook', [
            {
              task: { deliveryId: delivery.id },
              group: settled.tenant_id,
              afterSeconds: Math.ceil(waitMs / 1000),
            },
          ]);
        await sql.rows(
          state === 'delivered'
            ? `UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL`
            : `UPDATE webhook SET failing_since = now() WHERE id = $1 AND failing_since IS NULL`,
          [delivery.webhookId],
        );
        if (disable) await switchOff(sql, delivery, disable, disabled);
      }),
  };
}

async function switchOff(
  sql: Sql,
  { webhookId }: ClaimedDelivery,
  because: string,
  disabled: Disabled,
): Promise<void> {
  const [off] = await sql.rows<{ tenant_id: string; domain_id: string; key: string }>(
    `UPDATE webhook w SET enabled = false, disabled_because = $2 FROM domain d WHERE w.id = $1 AND w.enabled AND d.id = w.domain_id
      RETURNING w.tenant_id, w.domain_id, d.key`,
    [webhookId, because],
  );
  if (!off) return;
  await addAudit(sql, {
    ...bySystem('webhooks'),
    action: 'webhook.disable',
    place: { tenantId: off.tenant_id, domainId: off.domain_id },
    subject: { domainId: off.key, webhookId },
    detail: { because },
  });
  await disabled(sql, webhookId);
}

function claimed(row: ClaimedRow, seal: Seal): ClaimedDelivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    url: row.url,
    body: row.body,
    secrets: opened(row, seal),
    attempts: row.attempts,
    failingSince: row.failing_since,
  };
}

function opened(row: ClaimedRow, seal: Seal): string[] {
  try {
    const sealed = [row.secret, ...(row.old_secret === null ? [] : [row.old_secret])];
    return sealed.map((secret) => seal.open(secret, secretPlace(row.webhook_id)));
  } catch (error) {
    if (error instanceof SealError) return [];
    throw error;
  }
}
