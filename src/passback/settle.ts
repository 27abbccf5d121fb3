/**
 * What an outcome does to a row: pure. The row is locked by whoever asks, so "as it is now" may differ from "as it
 * was taken": a newer edit has a greater dirtyN, and an answer about the older one never settles it.
 */
import type { Reason } from '../gradebook/dictionary.ts';
import type { Settlement } from './ports/lanes.ts';
import { FAILS_SYNC_AFTER } from './retry.ts';

export interface DutyNow {
  version: number;
  dirtyN: number;
  cleanN: number;
  releaseN: number;
  attempts: number;
  nextAttemptAt: Date;
  sourcedId: string | null;
  ackedVersion: number;
  ackedHash: string | null;
  acked: Record<string, unknown> | null;
  parkedN: number | null;
  lastReason: Reason | null;
  /** the sync that took it in */
  syncId: string | null;
}
export interface Settled extends DutyNow {
  /** the SIS was asked (whatever it answered) */
  sent: boolean;
  /** what its sync is told, when this was the row's end for it */
  entry: 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed' | null;
}

export function settled(now: DutyNow, s: Settlement): Settled {
  switch (s.how) {
    case 'acknowledged':
      return {
        ...clean(now, s.n),
        ackedVersion: s.version,
        ackedHash: s.hash,
        acked: s.acked,
        sourcedId: s.sourcedId,
        sent: true,
        entry: s.created ? 'created' : 'updated',
      };
    case 'unchanged':
      // the same facts under a newer version: the SIS has them
      return { ...clean(now, s.n), ackedVersion: s.version, sent: false, entry: 'unchanged' };
    case 'skipped':
      return { ...withdrawn(now, s.n), parkedN: null, lastReason: null, sent: false, entry: 'skipped' };
    case 'blocked':
    case 'refused':
      return { ...withdrawn(now, s.n), parkedN: s.n, lastReason: s.reason, sent: s.how === 'refused', entry: 'failed' };
    case 'retry':
      return retried(now, s);
    case 'untried':
      return { ...now, nextAttemptAt: later(now, s.n, s.nextAttemptAt), sent: false, entry: null };
  }
}

function clean(now: DutyNow, n: number): DutyNow {
  return { ...now, cleanN: n, attempts: 0, parkedN: null, lastReason: null, syncId: null };
}

/** Its release up to `n` is taken back; one for a newer edit stands. */
function withdrawn(now: DutyNow, n: number): DutyNow {
  return { ...now, releaseN: now.releaseN > n ? now.releaseN : now.cleanN, attempts: 0, syncId: null };
}

function retried(now: DutyNow, s: Settlement & { how: 'retry' }): Settled {
  const attempts = s.counts ? now.attempts + 1 : now.attempts;
  // with the connection healthy, a row counts as failed for its sync after some tries, and goes on by itself
  const givesUp = s.counts && attempts >= FAILS_SYNC_AFTER && now.syncId !== null;
  return {
    ...now,
    attempts,
    nextAttemptAt: later(now, s.n, s.nextAttemptAt),
    lastReason: s.reason,
    // the SIS may hold what we cannot know: a mark would be wiped by the next acknowledgement, a counter is not,
    // and no hash may settle the row without a request
    ...(s.ambiguous ? { dirtyN: now.dirtyN + 1, ackedHash: null } : {}),
    ...(givesUp ? { syncId: null } : {}),
    sent: true,
    entry: givesUp ? 'failed' : null,
  };
}

/** A newer edit has a time of its own. */
function later(now: DutyNow, n: number, at: Date | undefined): Date {
  return at && now.dirtyN === n ? at : now.nextAttemptAt;
}
