/** Tells what has happened: a delivery for every webhook that hears of the domain, a mail for every address that does. */
import { v7 as newId } from 'uuid';
import type { Background } from './background.ts';
import { hot, type Sql } from './database.ts';
import type { Named, Notice } from '../passback/notices.ts';
import { bodyOf, type Happening } from '../passback/webhook-message.ts';

/** Where it happened, and who of its people is told. */
export interface Place extends Named {
  id: string;
  key: string;
  tenantKey: string;
  emails: string[];
}
interface PlaceRow {
  id: string;
  key: string;
  tenant_key: string;
  name: string;
  sis_name: string | null;
  time_zone: string;
  emails: string[] | null;
}

export async function placeOf(sql: Sql, domainId: string): Promise<Place | null> {
  const [row] = await sql.rows<PlaceRow>(
    hot(`SELECT d.id, d.key, t.key AS tenant_key, d.name, d.effective->>'sisName' AS sis_name, d.effective_time_zone AS time_zone,
            d.effective->'noticeEmails' AS emails
       FROM domain d JOIN domain t ON t.id = d.tenant_id WHERE d.id = $1`),
    [domainId],
  );
  if (!row) return null;
  return {
    id: row.id,
    key: row.key,
    tenantKey: row.tenant_key,
    name: row.name,
    sisName: row.sis_name,
    timeZone: row.time_zone,
    emails: row.emails ?? [],
  };
}

/** Every switched-on webhook of the domain and of those above it that wants to hear of this. */
export async function publish(
  sql: Sql,
  background: Pick<Background, 'add'>,
  domainId: string,
  happening: Happening,
): Promise<void> {
  const hear = await sql.rows<{ id: string; tenant_id: string }>(
    hot(`SELECT w.id, w.tenant_id FROM domain d JOIN webhook w ON w.domain_id = ANY(d.path)
      WHERE d.id = $1 AND w.enabled AND (w.events IS NULL OR w.events = 'null' OR w.events ? $2) ORDER BY w.id`),
    [domainId, happening.type],
  );
  if (hear.length === 0) return;
  const deliveries = hear.map(({ tenant_id }): DeliveryRow => ({ id: newId(), tenant_id }));
  await sql.rows(
    `INSERT INTO webhook_delivery (id, webhook_id, event_id, type, body, next_attempt_at)
     SELECT v.id, v.webhook_id, $3, $4, $5, now() FROM unnest($1::uuid[], $2::uuid[]) AS v(id, webhook_id)`,
    [deliveries.map((v) => v.id), hear.map(({ id }) => id), newId(), happening.type, bodyOf(happening)],
  );
  await deliverNow(sql, background, deliveries);
}

export interface DeliveryRow {
  id: string;
  tenant_id: string;
}
/** So that they are made; those of one tenant are one group, of which few are under way at once: it may have many addresses at one host that is down. */
export const deliverNow = (
  sql: Sql,
  background: Pick<Background, 'add'>,
  deliveries: readonly DeliveryRow[],
  /** they seem to be left over, and may only wait for their turn */
  left = false,
): Promise<void> =>
  background.add(
    sql,
    'webhook',
    deliveries.map((v) => ({
      ...{ task: { deliveryId: v.id }, group: v.tenant_id },
      ...(left ? { hourly: v.id } : {}),
    })),
  );

/** One mail to each address, once. */
export async function mail(
  sql: Sql,
  background: Pick<Background, 'add'>,
  emails: readonly string[],
  notice: Notice,
): Promise<void> {
  const addresses = [...new Set(emails.map((email) => email.toLowerCase()))];
  await background.add(
    sql,
    'mail',
    addresses.map((to) => ({ task: { to, ...notice } })),
  );
}
