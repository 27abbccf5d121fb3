/** One attempt at one delivery: signed, sent, judged, written down. At least once; a receiver knows a repeat by its id. */
import type { Deliveries, Post } from './ports/webhooks.ts';
import { verdict, type Posted } from './webhook-attempt.ts';
import { signedHeaders } from './webhook-message.ts';

export interface DeliverParts {
  deliveries: Deliveries;
  post: Post;
  now(): Date;
  random(): number;
}

export async function deliver(parts: DeliverParts, deliveryId: string, signal: AbortSignal): Promise<void> {
  const delivery = await parts.deliveries.claim(deliveryId);
  if (!delivery) return;
  const { eventId: id, body, url, secrets } = delivery;
  const at = parts.now();
  const headers = { 'content-type': 'application/json', ...signedHeaders(secrets, { id, body }, at) };
  const posted: Posted =
    secrets.length === 0
      ? { kind: 'silence', reason: 'secretUnreadable' }
      : await parts.post({ url, body, headers }, signal);
  if (signal.aborted && posted.kind === 'silence') {
    await parts.deliveries.giveBack(delivery);
    throw new Error('the service stops');
  }
  const now = parts.now();
  await parts.deliveries.settle(
    delivery,
    {
      at: at.toISOString(),
      status: posted.kind === 'response' ? posted.status : null,
      error: posted.kind === 'silence' ? posted.reason : null,
      ms: now.getTime() - at.getTime(),
    },
    verdict(posted, {
      attempts: delivery.attempts,
      failingSince: delivery.failingSince ?? now,
      now,
      chance: parts.random(),
    }),
  );
}
