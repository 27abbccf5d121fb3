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
  // only two runs at once (a process that was paused, a lease that ran out) can answer about less than is settled
  if (s.n < now.cleanN) return mayHaveWritten(s) ? overtaken(now) : { ...now, sent: false, entry: null };
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
    case 'blocked':
    case 'refused':
      // parked, also by choice: what is automatic must not take it up again and again for the same answer
      return {
        ...withdrawn(now, s.n),
        parkedN: s.n,
        lastReason: s.reason,
        sent: s.how === 'refused',
        entry: s.how === 'skipped' ? 'skipped' : 'failed',
      };
    case 'retry':
      return {
        ...failed(now, s, now.attempts + (s.counts ? 1 : 0)),
        ...(s.ambiguous ? uncertain(now) : {}),
        sent: true,
      };
    case 'waits':
      return failed(now, s, s.attempts);
    case 'untried':
      return {
        ...stillWanted(now),
        nextAttemptAt: later(now, s.n, s.nextAttemptAt),
        sent: false,
        entry: null,
      };
  }
}

/** The SIS has, or may have, stored what was sent. */
export function mayHaveWritten(s: Settlement): boolean {
  return s.how === 'acknowledged' || (s.how === 'retry' && s.ambiguous);
}

/** An older write may have landed after the newer one that was acknowledged: the newest is sent once more. */
export function overtaken(now: DutyNow): Settled {
  return { ...now, ...uncertain(now), releaseN: now.dirtyN + 1, sent: true, entry: null };
}

/**
 * The SIS may hold what we cannot know: a mark would be wiped by the next acknowledgement, a counter is not, and no
 * hash may settle the row without a request.
 */
function uncertain(now: DutyNow): { dirtyN: number; ackedHash: null } {
  return { dirtyN: now.dirtyN + 1, ackedHash: null };
}

function clean(now: DutyNow, n: number): DutyNow {
  return { ...now, cleanN: n, attempts: 0, parkedN: null, lastReason: null, syncId: null };
}

/** Its release up to `n` is taken back; one for a newer edit stands. */
function withdrawn(now: DutyNow, n: number): DutyNow {
  return { ...now, releaseN: now.releaseN > n ? now.releaseN : now.cleanN, attempts: 0, syncId: null };
}

/** Cancelled while it was held: nothing of it goes on, so no sync waits for it. */
function stillWanted(now: DutyNow): DutyNow {
  return now.releaseN > now.cleanN ? now : { ...now, syncId: null };
}

function failed(now: DutyNow, s: Settlement & { how: 'retry' | 'waits' }, attempts: number): Settled {
  // with the connection healthy, a row counts as failed after some tries, and goes on by itself; told once
  const fails = attempts >= FAILS_SYNC_AFTER && (now.syncId !== null || now.attempts < FAILS_SYNC_AFTER);
  return {
    ...stillWanted(now),
    attempts,
    nextAttemptAt: later(now, s.n, s.nextAttemptAt),
    lastReason: s.reason,
    ...(fails ? { syncId: null } : {}),
    sent: false,
    entry: fails ? 'failed' : null,
  };
}

/** A newer edit has a time of its own. */
function later(now: DutyNow, n: number, at: Date | undefined): Date {
  return at && now.dirtyN === n ? at : now.nextAttemptAt;
}
