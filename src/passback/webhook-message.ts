/**
 * What a webhook says, and how it is signed (Standard Webhooks 1.0.0). Thin on purpose: ids, codes and counts, never a
 * name, a score or a student's id; whoever wants to know more asks the API, which knows who may.
 */
import { createHmac } from 'node:crypto';
import type { EventType } from '../gradebook/webhook.ts';
import type { FixBy } from '../gradebook/dictionary/entry.ts';
import type { SyncCounts, SyncStatus, SyncView } from './ports/syncs.ts';

/** Where it happened: ids of the LMS, `tenantId` the top-level domain. */
interface Where {
  tenantId: string;
  domainId: string;
}
export type Happening = { timestamp: string } & (
  | {
      type: 'sync.finished';
      data: Where & {
        syncId: string;
        classId: string;
        trigger: SyncView['trigger'];
        status: SyncStatus;
        counts: SyncCounts;
      };
    }
  | {
      type: 'problems.appeared';
      /** `count`: lineItems and results of the class for which it is so now */
      data: Where & { classId: string; problems: { code: string; count: number; fixBy: FixBy }[] };
    }
  | { type: 'connection.broken' | 'connection.recovered'; data: Where & { code: string; since: string } }
  | {
      type: 'credentials.expiring';
      data: Where & { credential: 'accessToken' | 'caCertificate'; expiresAt: string };
    }
  | { type: 'webhook.test'; data: Where & { webhookId: string } }
);
/** Every type has its words here, or this does not compile. */
type _Complete = EventType extends Happening['type'] ? true : never;
const _complete: _Complete = true;
void _complete;

/** The text that is signed, sent and, on a repeat, sent again to the letter. */
export const bodyOf = ({ type, timestamp, data }: Happening): string =>
  JSON.stringify({ type, timestamp, data });

export const SECRET_PREFIX = 'whsec_';
/** Bytes of a new secret; the specification asks for 24 to 64. */
export const SECRET_BYTES = 32;

/** The headers of one attempt; while a secret is being exchanged both sign, and the receiver takes either. */
export function signedHeaders(
  secrets: readonly string[],
  message: { id: string; body: string },
  now: Date,
): Record<string, string> {
  const seconds = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    const signed = `${message.id}.${seconds}.${message.body}`;
    return `v1,${createHmac('sha256', key).update(signed, 'utf8').digest('base64')}`;
  });
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  };
}
