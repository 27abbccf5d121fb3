/** Addresses that are told what happens in a domain, and how each telling went. */
import type { EventType, WebhookInput } from '../../gradebook/webhook.ts';
import type { Posted, Verdict, WebhookAttempt } from '../webhook-attempt.ts';
import type { Items, Page, Scope } from './callers.ts';

export interface WebhookView {
  webhookId: string;
  domainId: string;
  url: string;
  /** null: all */
  events: EventType[] | null;
  description: string | null;
  enabled: boolean;
  /** why it was switched off by itself */
  disabledBecause: 'gone' | 'failing' | null;
  /** first failure since the last success; null: the last one was none */
  failingSince: string | null;
  /** until when the secret before the present one signs too */
  oldSecretUntil: string | null;
  createdAt: string;
}
export interface DeliveryView {
  deliveryId: string;
  /** the header webhook-id: the same for every address and every repeat */
  eventId: string;
  type: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: WebhookAttempt[];
  nextAttemptAt: string | null;
  createdAt: string;
  doneAt: string | null;
}

export interface Webhooks {
  list(scope: Scope, domainKey: string, page: Page): Promise<Items<WebhookView>>;
  get(scope: Scope, domainKey: string, id: string): Promise<WebhookView>;
  create(
    scope: Scope,
    domainKey: string,
    input: WebhookInput,
  ): Promise<{ webhook: WebhookView; secret: string }>;
  put(scope: Scope, domainKey: string, id: string, input: WebhookInput): Promise<WebhookView>;
  remove(scope: Scope, domainKey: string, id: string): Promise<void>;
  /** a new secret; the one before signs too for a day */
  rotateSecret(
    scope: Scope,
    domainKey: string,
    id: string,
  ): Promise<{ secret: string; oldSecretUntil: string }>;
  /** sends it an event of type webhook.test */
  test(scope: Scope, domainKey: string, id: string): Promise<DeliveryView>;
  /** newest first */
  deliveries(
    scope: Scope,
    domainKey: string,
    id: string,
    filter: { state?: DeliveryView['state'] | undefined },
    page: Page,
  ): Promise<Items<DeliveryView>>;
  /** sends one again now, whatever came of it before */
  redeliver(scope: Scope, domainKey: string, id: string, deliveryId: string): Promise<DeliveryView>;
}

/** A delivery that is ours to try now. */
export interface ClaimedDelivery {
  id: string;
  webhookId: string;
  eventId: string;
  url: string;
  body: string;
  /** the present one first; none: SECRET_KEYS opens it no longer */
  secrets: string[];
  attempts: number;
  failingSince: Date | null;
}
/** What a worker asks of what we remember, to deliver one. */
export interface Deliveries {
  /** null: it is done, or another worker has it, or its time has not come */
  claim(id: string): Promise<ClaimedDelivery | null>;
  /** it was not tried after all */
  giveBack(delivery: ClaimedDelivery): Promise<void>;
  settle(delivery: ClaimedDelivery, attempt: WebhookAttempt, verdict: Verdict): Promise<void>;
}
/** The way out to an address that somebody has entered; guarded like the way to an SIS. */
export type Post = (
  request: { url: string; headers: Record<string, string>; body: string },
  signal: AbortSignal,
) => Promise<Posted>;
