/** The rows of webhooks and their deliveries, as the API shows them. */
import type { DeliveryView, WebhookView } from '../passback/ports/webhooks.ts';
import type { WebhookAttempt } from '../passback/webhook-attempt.ts';

/** Where the secret belongs: the additional data that its ciphertext is tied to. */
export const secretPlace = (webhookId: string): string[] => ['webhook', webhookId];

export interface WebhookRow {
  id: string;
  domain_key: string;
  url: string;
  events: WebhookView['events'];
  description: string | null;
  enabled: boolean;
  disabled_because: WebhookView['disabledBecause'];
  failing_since: Date | null;
  old_secret_until: Date | null;
  created_at: Date;
}
/** Needs `w` (webhook) and `d` (its domain). */
export const webhookColumns = `w.id, d.key AS domain_key, w.url, w.events, w.description, w.enabled, w.disabled_because, w.failing_since,
  CASE WHEN w.old_secret_until > now() THEN w.old_secret_until END AS old_secret_until, w.created_at`;

export const webhookView = (row: WebhookRow): WebhookView => ({
  webhookId: row.id,
  domainId: row.domain_key,
  url: row.url,
  events: row.events,
  description: row.description,
  enabled: row.enabled,
  disabledBecause: row.disabled_because,
  failingSince: row.failing_since?.toISOString() ?? null,
  oldSecretUntil: row.old_secret_until?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});

export interface DeliveryRow {
  id: string;
  event_id: string;
  type: string;
  state: DeliveryView['state'];
  attempt_log: WebhookAttempt[];
  next_attempt_at: Date | null;
  created_at: Date;
  done_at: Date | null;
}
export const deliveryColumns = `v.id, v.event_id, v.type, v.state, v.attempt_log, v.next_attempt_at, v.created_at, v.done_at`;

export const deliveryView = (row: DeliveryRow): DeliveryView => ({
  deliveryId: row.id,
  eventId: row.event_id,
  type: row.type,
  state: row.state,
  attempts: row.attempt_log,
  nextAttemptAt: row.state === 'pending' ? (row.next_attempt_at?.toISOString() ?? null) : null,
  createdAt: row.created_at.toISOString(),
  doneAt: row.done_at?.toISOString() ?? null,
});
