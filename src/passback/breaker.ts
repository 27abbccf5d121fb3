/**
 * When a whole lane stops, for how long, and how gently it begins again: policy, without a clock or chance of its own.
 *
 *   closed ──trouble──▶ open ──the rest is over──▶ half-open ──it works──▶ ramp ──at full width──▶ closed
 *                        ▲                              │                   │
 *                        └───────────trouble────────────┴───────────────────┘
 *
 * open: the lane has a cause and rests; nobody's tries are counted. What opens it:
 * - certain: no connection, no token, or the SIS asks for a rest (429): at once;
 * - an answer that should not come from a gradebook (HTML, a redirect, 401, 405), or 503 with a Retry-After: at once;
 *   but where the SIS took other rows after this one had stopped the lane, the second time it is the row's own;
 * - failures of rows, 5 in a row or 70 % of 10: only if a probe fails too; or rows fail one after the other and nothing is
 *   taken, whatever the probe says (an SIS in maintenance often reads and does not write).
 *
 * half-open: one probe tells, a read. Where a read proves nothing (an SIS may offer writing alone), one waiting row.
 *
 * ramp: one request at once, doubling as it goes well; after a 429 half as many, then one more at a time (AIMD).
 *
 * What outlives the run is a small value in the lane's row (`saved`): another replica goes on with it.
 */
import { z } from 'zod';
import type { Reason } from '../gradebook/decision.ts';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import { reasonOf, type Outcome } from '../gradebook/outcome.ts';
import { FailureRate } from './failure-rate.ts';
import { nextAttemptAt, probeDelayMs, restMs, type ProbeWait } from './retry.ts';
import { Accused, Suspects } from './suspects.ts';
import { Width } from './width.ts';

export interface LaneStop {
  reason: Reason;
  broken: boolean;
  until: Date;
}
export type Bad = Extract<Outcome, { kind: 'retry' | 'broken' }>;

const Saved = z
  .object({
    /** requests at once, and up to where that doubles: the ramp (Width) */
    allowed: z.int().positive(),
    doublesTo: z.int().positive(),
    /** probes in a row that say nothing about writing (403, 404, 405 to a read) */
    fruitless: z.int().nonnegative(),
    /** rows failed although the probe answered: a row has to tell when it is over */
    writesFail: z.boolean(),
    /** rows that stopped the lane: last of all, or with others taken after them (Suspects) */
    accused: z.array(Accused),
    alone: z.array(z.string()),
  })
  .partial();
/** As it stands in the lane's row; {}: all is well. */
export type SavedBreaker = z.infer<typeof Saved>;

export interface BreakerParts {
  now(): Date;
  random(): number;
  /** the most requests at once that the connection's settings allow */
  limit: number;
  /** how often this trouble has stopped the lane already; a probe that answers does not set it back, a write does */
  stops: number;
  firstProbeMs?: number | undefined;
}

/** Answers that cannot be about one row, whatever row they were given to. */
const certain: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONN_DNS',
  'CONN_REFUSED',
  'CONN_BLOCKED_ADDRESS',
  'CONN_TLS',
  'SIS_RATE_LIMIT',
  'AUTH_INVALID_CLIENT',
  'AUTH_SECRET_EXPIRED',
  'AUTH_TOKEN_ENDPOINT',
  'AUTH_UNAVAILABLE',
]);
/** Asked again and again with wrong credentials, many servers lock them. */
const credentials: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AUTH_INVALID_CLIENT',
  'AUTH_SECRET_EXPIRED',
]);
/** After so many probes that prove nothing, a row is asked. */
const FRUITLESS_PROBES = 3;
/** So many different rows, one after the other and none taken: it is not the rows. */
const ROWS_IN_VAIN = 20;

export class Breaker {
  private readonly by: BreakerParts;
  private readonly width: Width;
  private readonly suspects: Suspects;
  private readonly rate = new FailureRate();
  private readonly inVain = new Set<string>();
  private stops: number;
  private fruitless: number;
  private writesFail: boolean;
  private works = false;
  private took = false;
  private trying = false;

  /** `saved` may be of another release: what cannot be read is as if all were well. */
  constructor(saved: unknown, by: BreakerParts) {
    const { data = {} } = Saved.safeParse(saved);
    this.by = by;
    this.stops = by.stops;
    this.fruitless = data.fruitless ?? 0;
    this.writesFail = data.writesFail ?? false;
    this.suspects = new Suspects(data.accused ?? [], data.alone ?? []);
    this.width = new Width(by.limit, data.allowed, data.doublesTo, by.now().getTime());
  }

  saved(): SavedBreaker {
    return {
      ...this.width.saved(),
      ...(this.fruitless > 0 ? { fruitless: this.fruitless } : {}),
      ...(this.writesFail ? { writesFail: true } : {}),
      ...this.suspects.saved(),
    };
  }

  /** How many requests may be under way at once now. */
  get slots(): number {
    return this.trying ? 1 : this.width.slots;
  }

  /** One row is being tried: whatever goes wrong with it is the connection's. */
  get tryingRow(): boolean {
    return this.trying;
  }

  /** The rest is over: what finds out whether it works again. */
  halfOpen(): 'probe' | 'row' {
    this.trying = this.fruitless >= FRUITLESS_PROBES || this.writesFail;
    return this.trying ? 'row' : 'probe';
  }

  /**
   * A row (`who`; null: nobody's) was not taken. stop: the lane rests · doubt: ask a probe · row: only this row waits.
   * `again`: it has failed before, so that it does so once more says little of the SIS.
   */
  after(outcome: Bad, who: string | null, again = false): LaneStop | 'doubt' | 'row' {
    if (this.trying || isCertain(outcome)) return this.stop(outcome);
    this.rate.count(false, this.by.now().getTime());
    const whole = outcome.kind === 'broken' || outcome.retryAfterMs !== undefined;
    if (whole && !this.suspects.isAlone(who)) {
      this.suspects.accuse(who, this.took);
      return this.stop(outcome);
    }
    if (whole) return 'row';
    if (!again) this.width.back(this.by.now().getTime());
    if (who !== null) this.inVain.add(who);
    if (this.inVain.size >= ROWS_IN_VAIN) {
      this.writesFail = true;
      return this.stop(outcome);
    }
    return this.works && !this.rate.high ? 'row' : 'doubt';
  }

  /** A probe failed. One that is told "not here" or "not you" may only mean that reading is not offered. */
  afterProbe(outcome: Bad): LaneStop {
    this.fruitless = isMute(outcome) ? this.fruitless + 1 : 0;
    return this.stop(outcome);
  }

  /** So it was answered all the time, also while the SIS took rows: nothing is known by it, unless rows fail on and on. */
  provesNothing(probe: Bad): boolean {
    return isMute(probe) && this.fruitless >= FRUITLESS_PROBES && !this.trying && !this.rate.high;
  }

  /** Something has proved in this run that it works. */
  get hasWorked(): boolean {
    return this.works;
  }

  /** The row that was tried was refused as if nothing were there: what was wrong still is. */
  refusedToo(cause: Pick<LaneStop, 'reason' | 'broken'>): LaneStop {
    return this.rest(cause, {});
  }

  /** The probe answered: failures were the rows' own. */
  answered(): void {
    this.trying = false;
    this.works = true;
    this.fruitless = 0;
    this.rate.forget();
  }

  /** The SIS took a row, or refused it for what it says: it works. */
  taken(who: string | null): void {
    const now = this.by.now().getTime();
    this.stops = 0;
    this.trying = false;
    this.works = true;
    this.took = true;
    this.writesFail = false;
    this.inVain.clear();
    this.rate.count(true, now);
    this.suspects.taken(who);
    this.width.taken(now);
  }

  rowAgainAt(attempts: number, outcome: Bad | null): Date {
    return nextAttemptAt(this.by.now(), attempts + 1, this.by.random(), outcome?.retryAfterMs);
  }

  private stop(outcome: Bad): LaneStop {
    const { code, kind, retryAfterMs } = outcome;
    return this.rest(
      { reason: reasonOf(outcome), broken: kind === 'broken' },
      kind === 'retry' && retryAfterMs !== undefined
        ? { asked: retryAfterMs }
        : { retryAfterMs, refusedCredentials: credentials.has(code) },
    );
  }

  private rest(why: Pick<LaneStop, 'reason' | 'broken'>, wait: ProbeWait & { asked?: number }): LaneStop {
    const chance = this.by.random();
    const ms =
      wait.asked === undefined
        ? probeDelayMs(this.stops, chance, { ...wait, firstMs: this.by.firstProbeMs })
        : restMs(this.stops, chance, wait.asked);
    if (why.reason.code === 'SIS_RATE_LIMIT') this.width.halve();
    else this.width.one(this.stops === 0);
    this.stops++;
    this.trying = false;
    return { reason: why.reason, broken: why.broken, until: new Date(this.by.now().getTime() + ms) };
  }
}

/** To a read, where perhaps only writing is offered. */
function isMute(probe: Bad): boolean {
  return [403, 404, 405, 501].includes(probe.said.status ?? 0);
}

/** Nothing was sent (no connection, no token), or the SIS speaks of all our requests. */
function isCertain(outcome: Bad): boolean {
  return certain.has(outcome.code) || (outcome.kind === 'broken' && outcome.said.status === undefined);
}
