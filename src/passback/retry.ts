/**
 * When to try again, and when to give a row up: pure policy. Chance and time come in as arguments; the waits are kept
 * in the database. Full jitter, because rows that failed together must not come back together.
 */

/** With the connection healthy, a row counts as failed for its sync after so many tries, and goes on trying. */
export const FAILS_SYNC_AFTER = 5;
/** A row that makes our own code fail is parked after so many tries instead of circling for ever. */
export const PARKED_AFTER_DEFECTS = 5;

/** A row that has failed for less than this is not given up … */
const GIVES_UP_AFTER_MS = 72 * 3_600_000;
/**
 * … nor one that was tried less often. Only tries on a healthy connection count, and from the twelfth on they are half
 * an hour apart on average: as many as this take about three days, so that an outage of a week in the middle of a row's
 * trouble, or a pause over the holidays, does not use up its time.
 */
const GIVES_UP_AFTER_TRIES = 144;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_600_000;
const FIRST_PROBE_MS = 5_000;
const SHORTEST_REST_MS = 1_000;
const LONGEST_PROBE_MS = 300_000;
/** Lanes of one vendor that were told the same come back one after the other. */
const LONGEST_STRAGGLE_MS = 30_000;
/**
 * Refused credentials do not mend by themselves in seconds, and an SIS may lock out a client that keeps knocking with
 * them: no more than twice in five minutes. Who enters a secret is not kept waiting, for that probes at once.
 */
const REFUSED_CREDENTIALS = 30;

/** Wait before the next try after `attempts` failed ones (1 = the first has just failed); `chance` in [0, 1). */
export function retryDelayMs(attempts: number, chance: number, retryAfterMs?: number): number {
  return Math.max(chance * doubled(FIRST_WAIT_MS, attempts, LONGEST_WAIT_MS), believed(retryAfterMs));
}

/** The instant of a row's next try; what the SIS asked for (Retry-After) is never undercut. */
export function nextAttemptAt(now: Date, attempts: number, chance: number, retryAfterMs?: number): Date {
  return new Date(now.getTime() + retryDelayMs(attempts, chance, retryAfterMs));
}

/** Whether a row that has just failed again is not tried any more by itself. */
export function givesUp(attempts: number, failingSince: Date, now: Date): boolean {
  return attempts >= GIVES_UP_AFTER_TRIES && now.getTime() - failingSince.getTime() >= GIVES_UP_AFTER_MS;
}

export interface ProbeWait {
  /** the policy's own where it is left out */
  firstMs?: number | undefined;
  refusedCredentials?: boolean;
  retryAfterMs?: number | undefined;
}

/**
 * The rest before a broken connection is probed after `stops` stops in a row: 5 s, growing to 5 min. On the way each
 * wait is a quarter more or less, so that lanes which broke together drift apart; the last one is exact.
 */
export function probeDelayMs(stops: number, chance: number, by: ProbeWait = {}): number {
  const first = (by.firstMs ?? FIRST_PROBE_MS) * (by.refusedCredentials ? REFUSED_CREDENTIALS : 1);
  const wait = doubled(first, stops, LONGEST_PROBE_MS);
  const spread = wait < LONGEST_PROBE_MS ? wait * (0.75 + chance / 2) : wait;
  return Math.max(spread, believed(by.retryAfterMs));
}

/** How long an SIS that asked for a rest is left alone: as long as it said, longer if it repeats itself. */
export function restMs(repeated: number, chance: number, retryAfterMs: number): number {
  const wait = Math.max(doubled(SHORTEST_REST_MS, repeated, LONGEST_PROBE_MS), believed(retryAfterMs));
  return Math.min(wait + chance * Math.min(wait / 10, LONGEST_STRAGGLE_MS), LONGEST_WAIT_MS);
}

function doubled(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.max(0, times));
}

/** An SIS that says "in a week" would silence a whole district; an hour is the most we believe. */
function believed(retryAfterMs: number | undefined): number {
  return retryAfterMs !== undefined && retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_WAIT_MS) : 0;
}
