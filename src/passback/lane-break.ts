/**
 * When a whole lane stops, and for how long; when only a row waits. One policy per lane run; what must outlive the
 * run (cause, probes) is in the lane's row.
 *
 * - broken (credentials, wrong root, TLS, a redirect, HTML): at once, nobody's attempts are burnt;
 * - nothing can have been sent (DNS, refused, blocked), or the SIS asks for a rest (429): at once as well;
 * - other transient answers: the row's own business, until five in a row say that it is not the rows.
 */
import type { Reason } from '../gradebook/decision.ts';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import { reasonOf, type Outcome } from '../gradebook/outcome.ts';
import { nextAttemptAt, nextProbeAt } from './retry.ts';

export interface LaneStop {
  reason: Reason;
  broken: boolean;
  until: Date;
}
type Bad = Extract<Outcome, { kind: 'retry' | 'broken' }>;

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
  after(outcome: Bad): LaneStop | null;
  afterProbe(outcome: Bad): LaneStop;
  success(): void;
  rowAgainAt(attempts: number, outcome: Bad | null): Date;
}

/**
 * `probes`: how often this trouble has stopped the lane before this run. A probe that succeeds does not set it back,
 * only a write does: a connection may read well and refuse every PUT.
 */
export function laneBreak(by: { now(): Date; random(): number }, probes: number): LaneBreak {
  let failures = 0;
  const stop = (outcome: Bad, failedProbes: number): LaneStop => ({
    reason: reasonOf(outcome),
    broken: outcome.kind === 'broken',
    until: nextProbeAt(by.now(), failedProbes, outcome.retryAfterMs),
  });
  return {
    after(outcome) {
      failures++;
      const whole = outcome.kind === 'broken' || wholeConnection.has(outcome.code);
      return whole || failures >= FAILURES_IN_A_ROW ? stop(outcome, probes) : null;
    },
    afterProbe: (outcome) => stop(outcome, probes),
    success() {
      failures = 0;
      probes = 0;
    },
    rowAgainAt: (attempts, outcome) =>
      nextAttemptAt(by.now(), attempts + 1, by.random(), outcome?.retryAfterMs),
  };
}
