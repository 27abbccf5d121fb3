/**
 * What an answer to a webhook means, and when it is tried again: pure policy. About three days of tries, for a receiver
 * may be away over a weekend; after that the event is lost to it until somebody presses redeliver.
 */
import { retryAfterMs } from '../gradebook/retry-after.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Waits after the first failed try, the second, …: 3.2 days in all. */
const WAITS = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];
export const MOST_ATTEMPTS = WAITS.length + 1;
/** An address that has taken nothing for so long is not tried any more. */
export const FAILING_TOO_LONG_MS = 5 * 24 * HOUR;

/** What came of one request. */
export type Posted =
  | { kind: 'response'; status: number; retryAfter?: string | undefined }
  /** `reason`: why there was no answer, such as timeout or refused */
  | { kind: 'silence'; reason: string };

/** As it stands in the log of tries. */
export interface WebhookAttempt {
  at: string;
  status: number | null;
  error: string | null;
  ms: number;
}

export interface Verdict {
  state: 'delivered' | 'pending' | 'failed';
  /** pending: when it is tried again */
  waitMs: number | null;
  /** the address is not tried any more: it said that it is gone, or has failed for days */
  disable: 'gone' | 'failing' | null;
}

export interface Circumstances {
  /** tries so far, this one too */
  attempts: number;
  /** first failure of the address since its last success, this one if there was none */
  failingSince: Date;
  now: Date;
  /** in [0, 1) */
  chance: number;
}

export function verdict(posted: Posted, { attempts, failingSince, now, chance }: Circumstances): Verdict {
  if (posted.kind === 'response' && posted.status >= 200 && posted.status < 300)
    return { state: 'delivered', waitMs: null, disable: null };
  if (posted.kind === 'response' && posted.status === 410)
    return { state: 'failed', waitMs: null, disable: 'gone' };
  const disable = now.getTime() - failingSince.getTime() >= FAILING_TOO_LONG_MS ? 'failing' : null;
  const wait = WAITS[attempts - 1];
  if (disable || wait === undefined) return { state: 'failed', waitMs: null, disable };
  // a fifth more or less, so that what failed together does not come back together
  const spread = wait * (0.8 + chance * 0.4);
  const asked = posted.kind === 'response' ? (retryAfterMs(posted.retryAfter, now) ?? 0) : 0;
  return { state: 'pending', waitMs: Math.max(spread, asked), disable: null };
}
