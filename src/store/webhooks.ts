/** Webhooks as admins see them: addresses, secrets (made here, shown once, sealed), deliveries. */
import { randomBytes } from 'node:crypto';
import { v7 as newId } from 'uuid';
import type { Database, Sql } from './database.ts';
import { deliveryDue } from './outbox.ts';
import { decodeCursor, pageOf, rowUuid } from './pages.ts';
import { findDomain, type DomainRow } from './scope.ts';
import type { Seal } from './seal.ts';
import {
  deliveryColumns,
  deliveryView,
  secretPlace,
  webhookColumns,
  webhookView,
  type DeliveryRow,
  type WebhookRow,
} from './webhook-row.ts';
import type { WebhookInput } from '../gradebook/webhook.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import { bodyOf, SECRET_BYTES, SECRET_PREFIX } from '../passback/webhook-message.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { SisAddresses } from '../passback/ports/sis.ts';
import type { Webhooks } from '../passback/ports/webhooks.ts';

/** A district with more of them is told each thing more often than it can want. */
const MOST_PER_DOMAIN = 20;
const BOTH_SIGN_FOR = `interval '24 hours'`;

const newSecret = () => SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');

export function createWebhooks(db: Database, seal: Seal, addresses: SisAddresses): Webhooks {
  const check = (url: string) => {
    const fault = addresses.refusal(url);
    if (fault !== null) throw invalid('/url', fault);
  };
  return {
    async list(scope, domainKey, page) {
      const domain = await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowUuid]);
      const rows = await db.rows<WebhookRow>(
        `SELECT ${webhookColumns} FROM webhook w JOIN domain d ON d.id = w.domain_id
          WHERE w.domain_id = $1 AND ($2::uuid IS NULL OR w.id > $2) ORDER BY w.id LIMIT $3`,
        [domain.id, after?.[0] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, webhookView, (row) => [row.id]);
    },

    get: async (scope, domainKey, id) => webhookView((await find(db, scope, domainKey, id)).row),

    create: (scope, domainKey, input) =>
      db.transaction(async (sql) => {
        check(input.url);
        const domain = await findDomain(sql, scope, domainKey, 'FOR UPDATE OF d');
        const there = await sql.rows(`SELECT 1 FROM webhook WHERE domain_id = $1`, [domain.id]);
        if (there.length >= MOST_PER_DOMAIN)
          throw new Refusal(
            'VALIDATION',
            `A domain has at most ${MOST_PER_DOMAIN} webhooks; delete one first.`,
          );
        const id = newId();
        const secret = newSecret();
        await sql.rows(
          `INSERT INTO webhook (id, tenant_id, domain_id, url, events, description, enabled, secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [id, domain.tenant_id, domain.id, ...values(input), seal.seal(secret, secretPlace(id))],
        );
        return { webhook: webhookView((await find(sql, scope, domainKey, id)).row), secret };
      }),

    put: (scope, domainKey, id, input) =>
      db.transaction(async (sql) => {
        const { row } = await find(sql, scope, domainKey, id, 'FOR UPDATE OF w');
        if (input.url !== row.url) check(input.url);
        // switched on, or sent elsewhere: what it did before is forgiven
        await sql.rows(
          `UPDATE webhook SET url = $2, events = $3, description = $4, enabled = $5,
                  disabled_because = CASE WHEN $5 THEN NULL ELSE disabled_because END,
                  failing_since = CASE WHEN $5 AND (NOT enabled OR url <> $2) THEN NULL ELSE failing_since END WHERE id = $1`,
          [row.id, ...values(input)],
        );
        return webhookView((await find(sql, scope, domainKey, id)).row);
      }),

    remove: (scope, domainKey, id) =>
      db.transaction(async (sql) => {
        const { row } = await find(sql, scope, domainKey, id);
        await sql.rows(`DELETE FROM webhook WHERE id = $1`, [row.id]);
      }),

    rotateSecret: (scope, domainKey, id) =>
      db.transaction(async (sql) => {
        const { row } = await find(sql, scope, domainKey, id, 'FOR UPDATE OF w');
        const secret = newSecret();
        const [rotated] = await sql.rows<{ until: Date }>(
          `UPDATE webhook SET old_secret = secret, old_secret_until = now() + ${BOTH_SIGN_FOR}, secret = $2 WHERE id = $1
            RETURNING old_secret_until AS until`,
          [row.id, seal.seal(secret, secretPlace(row.id))],
        );
        if (!rotated) throw notFound('webhook');
        return { secret, oldSecretUntil: rotated.until.toISOString() };
      }),

    test: (scope, domainKey, id) =>
      db.transaction(async (sql) => {
        const { row, domain } = await find(sql, scope, domainKey, id);
        mustBeEnabled(row);
        const deliveryId = newId();
        const body = bodyOf({
          type: 'webhook.test',
          timestamp: new Date().toISOString(),
          data: { tenantId: await keyOf(sql, domain.tenant_id), domainId: domain.key, webhookId: row.id },
        });
        await sql.rows(
          `INSERT INTO webhook_delivery (id, webhook_id, event_id, type, body, next_attempt_at) VALUES ($1, $2, $3, 'webhook.test', $4, now())`,
          [deliveryId, row.id, newId(), body],
        );
        await deliveryDue(sql, deliveryId);
        return deliveryView(await findDelivery(sql, row.id, deliveryId));
      }),

    async deliveries(scope, domainKey, id, { state }, page) {
      const { row } = await find(db, scope, domainKey, id);
      const after = decodeCursor(page.cursor, [rowUuid]);
      const rows = await db.rows<DeliveryRow>(
        `SELECT ${deliveryColumns} FROM webhook_delivery v
          WHERE v.webhook_id = $1 AND ($2::text IS NULL OR v.state = $2) AND ($3::uuid IS NULL OR v.id < $3) ORDER BY v.id DESC LIMIT $4`,
        [row.id, state ?? null, after?.[0] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, deliveryView, (v) => [v.id]);
    },

    redeliver: (scope, domainKey, id, deliveryId) =>
      db.transaction(async (sql) => {
        const { row } = await find(sql, scope, domainKey, id);
        mustBeEnabled(row);
        const delivery = await findDelivery(sql, row.id, deliveryId, 'FOR UPDATE');
        await sql.rows(
          `UPDATE webhook_delivery SET state = 'pending', attempts = 0, next_attempt_at = now(), done_at = NULL WHERE id = $1`,
          [delivery.id],
        );
        await deliveryDue(sql, delivery.id);
        return deliveryView(await findDelivery(sql, row.id, delivery.id));
      }),
  };
}

const values = (input: WebhookInput) => [
  input.url,
  input.events ? JSON.stringify([...new Set(input.events)]) : null,
  input.description ?? null,
  input.enabled,
];

function mustBeEnabled(row: WebhookRow): void {
  if (row.enabled) return;
  throw new Refusal('WEBHOOK_DISABLED', 'This webhook is switched off: PUT it with enabled: true first.');
}

/** A webhook of this very domain. */
async function find(
  sql: Sql,
  scope: Scope,
  domainKey: string,
  id: string,
  lock: '' | 'FOR UPDATE OF w' = '',
): Promise<{ row: WebhookRow; domain: DomainRow }> {
  const domain = await findDomain(sql, scope, domainKey);
  const [row] = rowUuid.test(id)
    ? await sql.rows<WebhookRow>(
        `SELECT ${webhookColumns} FROM webhook w JOIN domain d ON d.id = w.domain_id WHERE w.id = $1 AND w.domain_id = $2 ${lock}`,
        [id, domain.id],
      )
    : [];
  if (!row) throw notFound('webhook');
  return { row, domain };
}

async function findDelivery(
  sql: Sql,
  webhookId: string,
  id: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<DeliveryRow> {
  const [row] = rowUuid.test(id)
    ? await sql.rows<DeliveryRow>(
        `SELECT ${deliveryColumns} FROM webhook_delivery v WHERE v.id = $1 AND v.webhook_id = $2 ${lock}`,
        [id, webhookId],
      )
    : [];
  if (!row) throw notFound('delivery');
  return row;
}

async function keyOf(sql: Sql, domainId: string): Promise<string> {
  const [row] = await sql.rows<{ key: string }>(`SELECT key FROM domain WHERE id = $1`, [domainId]);
  return row?.key ?? '';
}
