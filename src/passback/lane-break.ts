/**
 * When a whole lane stops, and for how long; when only a row waits. One policy per lane run; what must outlive the
 * run (cause, probes) is in the lane's row.
 *
 * - broken (credentials, wrong root, TLS, a redirect, HTML): at once, nobody's attempts are burnt;
 * - nothing can have been sent (DNS, refused, blocked), or the SIS asks for a rest (429, Retry-After): at once as well;
 * - other transient answers: the row's own business if the connection is known to work. A probe tells, unless something
 *   was taken in this run, and again after five failures in a row.
 */
import type { Reason } from '../gradebook/decision.ts';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import { reasonOf, type Outcome } from '../gradebook/outcome.ts';
import { nextAttemptAt, nextProbeAt, restUntil } from './retry.ts';

export interface LaneStop {
  reason: Reason;
  broken: boolean;
  until: Date;
}
export type Bad = Extract<Outcome, { kind: 'retry' | 'broken' }>;

/** Answers that speak of the connection or of the SIS as a whole, whatever row they were about. */
const wholeConnection: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONN_DNS',
  'CONN_REFUSED',
  'CONN_BLOCKED_ADDRESS',
  'CONN_TLS',
  'SIS_RATE_LIMIT',
  'AUTH_TOKEN_ENDPOINT',
]);
const FAILURES_IN_A_ROW = 5;

export interface LaneBreak {
  /** stop: the lane rests · doubt: ask a probe · row: only this row waits */
  after(outcome: Bad): LaneStop | 'doubt' | 'row';
  afterProbe(outcome: Bad): LaneStop;
  /** the SIS took something */
  success(): void;
  /** the probe answered: the failures were the rows' own */
  cleared(): void;
  rowAgainAt(attempts: number, outcome: Bad | null): Date;
}

/**
 * `probes`: how often this trouble has stopped the lane before this run. A probe that succeeds does not set it back,
 * only a write does: a connection may read well and refuse every PUT.
 */
export function laneBreak(
  by: { now(): Date; random(): number; firstProbeMs?: number },
  probes: number,
): LaneBreak {
  let failures = 0;
  let works = false;
  const stop = (outcome: Bad): LaneStop => ({
    reason: reasonOf(outcome),
    broken: outcome.kind === 'broken',
    until:
      outcome.kind === 'retry' && outcome.retryAfterMs !== undefined
        ? restUntil(by.now(), probes, outcome.retryAfterMs)
        : nextProbeAt(by.now(), probes, outcome.retryAfterMs, by.firstProbeMs),
  });
  return {
    after(outcome) {
      failures++;
      const whole =
        outcome.kind === 'broken' ||
        wholeConnection.has(outcome.code) ||
        // 503 with a Retry-After: the SIS says how long it is away, not what it thinks of this row
        outcome.retryAfterMs !== undefined;
      if (whole) return stop(outcome);
      return works && failures < FAILURES_IN_A_ROW ? 'row' : 'doubt';
    },
    afterProbe: stop,
    success() {
      failures = 0;
      probes = 0;
      works = true;
    },
    cleared() {
      failures = 0;
      works = true;
    },
    rowAgainAt: (attempts, outcome) =>
      nextAttemptAt(by.now(), attempts + 1, by.random(), outcome?.retryAfterMs),
  };
}
