/**
 * When to try again: pure policy. Chance and time come in as arguments; the waits are kept in the database.
 * Full jitter, because rows that failed together must not come back together.
 */

/** With the connection healthy, a row counts as failed for its sync after so many tries, and goes on trying. */
export const FAILS_SYNC_AFTER = 5;
/** A row that makes our own code fail is parked after so many tries instead of circling for ever. */
export const PARKED_AFTER_DEFECTS = 5;

const LONGEST_WAIT_MS = 3_600_000;
const FIRST_PROBE_MS = 5_000;
const SHORTEST_REST_MS = 1_000;
const LONGEST_PROBE_MS = 300_000;

/** Wait before the next try after `attempts` failed ones (1 = the first has just failed); `chance` in [0, 1). */
export function retryDelayMs(attempts: number, chance: number, retryAfterMs?: number): number {
  return Math.max(chance * doubled(1_000, attempts, LONGEST_WAIT_MS), floor(retryAfterMs));
}

/** The instant of a row's next try; what the SIS asked for (Retry-After) is never undercut. */
export function nextAttemptAt(now: Date, attempts: number, chance: number, retryAfterMs?: number): Date {
  return new Date(now.getTime() + retryDelayMs(attempts, chance, retryAfterMs));
}

/** The instant at which a broken connection is tried again after `failedProbes` probes: 5 s, growing to 5 min. */
export function nextProbeAt(
  now: Date,
  failedProbes: number,
  retryAfterMs?: number,
  firstMs = FIRST_PROBE_MS,
): Date {
  const wait = doubled(firstMs, failedProbes, LONGEST_PROBE_MS);
  return new Date(now.getTime() + Math.max(wait, floor(retryAfterMs)));
}

/** The instant until which an SIS that asked for a rest is left alone: as long as it said, longer if it repeats itself. */
export function restUntil(now: Date, repeated: number, retryAfterMs: number): Date {
  const wait = doubled(SHORTEST_REST_MS, repeated, LONGEST_PROBE_MS);
  return new Date(now.getTime() + Math.max(wait, floor(retryAfterMs)));
}

function doubled(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.max(0, times));
}

/** An SIS that says "in a week" would silence a whole district; an hour is the most we believe. */
function floor(retryAfterMs: number | undefined): number {
  return retryAfterMs !== undefined && retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_WAIT_MS) : 0;
}
