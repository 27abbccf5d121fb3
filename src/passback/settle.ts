/**
 * What an outcome does to a row: pure. The row is locked by whoever asks, so "as it is now" may differ from "as it
 * was taken": a newer edit has a greater dirtyN, and an answer about the older one never settles it.
 */
import type { Reason } from '../gradebook/dictionary.ts';
import type { Settlement } from './ports/lanes.ts';
import { because } from './planner.ts';
import { FAILS_SYNC_AFTER, givesUp } from './retry.ts';

export interface DutyNow {
  version: number;
  dirtyN: number;
  cleanN: number;
  releaseN: number;
  /** failed tries since the last success, and since when there are any */
  attempts: number;
  failingSince: Date | null;
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
  entry: 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed' | 'conflict' | null;
}

/** `at`: the instant of settling, by the database's clock. */
export function settled(now: DutyNow, s: Settlement, at: Date): Settled {
  // only two runs at once (a process that was paused, a lease that ran out) can answer about less than is settled
  if (s.n < now.cleanN) return superseded(now, s);
  switch (s.how) {
    case 'acknowledged':
      return {
        ...clean(now, s),
        ackedVersion: s.version,
        // a doubt that came up during this request stays one: this answer must not let a hash settle what it raised
        ackedHash: s.n < now.dirtyN && now.ackedHash === null ? null : s.hash,
        acked: s.acked,
        sourcedId: s.sourcedId,
        sent: true,
        entry: s.created ? 'created' : 'updated',
      };
    case 'unchanged':
      // the same facts under a newer version: the SIS has them
      return { ...clean(now, s), ackedVersion: s.version, sent: false, entry: 'unchanged' };
    case 'skipped':
    case 'blocked':
    case 'conflict':
    case 'refused':
      // parked, also by choice: what is automatic must not take it up again and again for the same answer
      return {
        ...withdrawn(now, s),
        parkedN: s.n,
        lastReason: s.reason,
        sent: s.how === 'refused',
        entry: s.how === 'skipped' || s.how === 'conflict' ? s.how : 'failed',
      };
    case 'retry': {
      const after = {
        ...failed(now, s, now.attempts + (s.counts ? 1 : 0), at),
        ...(s.ambiguous ? uncertain(now) : {}),
        sent: true,
      };
      return s.counts && s.n === now.dirtyN && givesUp(after.attempts, after.failingSince ?? at, at)
        ? givenUp(after, s.reason, at)
        : after;
    }
    case 'waits':
      // given up is the lineItem; then this one is blocked by it, and freed with it
      return failed(now, s, s.attempts, at);
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

/** From a run that another has followed: it settles nothing, and tells no more than that there was another write. */
export function superseded(now: DutyNow, s: Settlement): Settled {
  return mayHaveWritten(s) ? overtaken(now) : { ...now, sent: false, entry: null };
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

function clean(now: DutyNow, s: Settlement): DutyNow {
  return { ...now, cleanN: s.n, ...noFailures, parkedN: null, lastReason: null, syncId: syncAfter(now, s) };
}

/** Its release up to `n` is taken back; one for a newer edit stands. */
function withdrawn(now: DutyNow, s: Pick<Settlement, 'n' | 'version'>): DutyNow {
  const releaseN = now.releaseN > s.n ? now.releaseN : now.cleanN;
  return { ...now, releaseN, ...noFailures, syncId: syncAfter(now, s) };
}

/**
 * A newer version that was released meanwhile, perhaps by a press that joined the sync, is still the sync's to send.
 * What raised the counter alone (a setting, a switch) is not: its sync has been told of the row.
 */
function syncAfter(now: DutyNow, s: Pick<Settlement, 'n' | 'version'>): string | null {
  return now.releaseN > s.n && now.version > s.version ? now.syncId : null;
}

/** Cancelled while it was held: nothing of it goes on, so no sync waits for it. */
function stillWanted(now: DutyNow): DutyNow {
  return now.releaseN > now.cleanN ? now : { ...now, syncId: null };
}

const noFailures = { attempts: 0, failingSince: null };

function failed(
  now: DutyNow,
  s: Settlement & { how: 'retry' | 'waits' },
  attempts: number,
  at: Date,
): Settled {
  // with the connection healthy, a row counts as failed after some tries, and goes on by itself; told once
  const fails = attempts >= FAILS_SYNC_AFTER && (now.syncId !== null || now.attempts < FAILS_SYNC_AFTER);
  return {
    ...stillWanted(now),
    attempts,
    // of the tries that are counted now: whatever sets those to nothing begins the time anew
    failingSince: attempts === 0 ? null : now.attempts === 0 ? at : (now.failingSince ?? at),
    nextAttemptAt: later(now, s.n, s.nextAttemptAt),
    lastReason: s.reason,
    ...(fails ? { syncId: null } : {}),
    sent: false,
    entry: fails ? 'failed' : null,
  };
}

/** Not tried any more until it changes or somebody asks for it. */
function givenUp(after: Settled, reason: Reason, at: Date): Settled {
  const hours = Math.floor((at.getTime() - (after.failingSince ?? at).getTime()) / 3_600_000);
  const why = because('GIVEN_UP', reason);
  return {
    ...withdrawn(after, { n: after.dirtyN, version: after.version }),
    parkedN: after.dirtyN,
    lastReason: { ...why, params: { ...why.params, hours } },
    sent: true,
    entry: 'failed',
  };
}

/** A newer edit has a time of its own. */
function later(now: DutyNow, n: number, at: Date | undefined): Date {
  return at && now.dirtyN === n ? at : now.nextAttemptAt;
}
