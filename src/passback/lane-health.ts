/**
 * What the answers of one run say about the connection as a whole: it judges what becomes of a row that was not
 * acknowledged, stops the lane when the trouble is not the row's, and notes that the SIS takes what it is sent.
 */
import type { ErrorCode } from '../gradebook/dictionary.ts';
import { reasonOf, type Outcome } from '../gradebook/outcome.ts';
import { Breaker, type Bad, type LaneStop } from './breaker.ts';
import { NotSent } from './in-turn.ts';
import type { LaneParts } from './lane-parts.ts';
import type { Fence, OpenLane } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';
import type { Sent } from './send.ts';

/** A probe that answered a moment ago need not be repeated for each student that the SIS does not know … */
const PROBE_HOLDS_MS = 30_000;
/** … unless nothing but refusals comes: then the right to write may have gone since. */
const REFUSALS_IN_A_ROW = 5;
const NOTE_EVERY_MS = 30_000;

export interface LaneNews {
  /** nothing more may be sent */
  stopped(stop: LaneStop): void;
  /** the SIS took something after it had refused: what it refused was those items */
  sure(): void;
  /** so many requests may be under way at once from now on */
  slots(n: number): void;
}

export class LaneHealth {
  private readonly parts: LaneParts;
  private readonly fence: Fence;
  private readonly client: SisClient;
  private readonly cause: OpenLane['cause'];
  private readonly tell: LaneNews;
  private readonly breaker: Breaker;
  private stopped: LaneStop | null = null;
  private probed: { at: number; running: boolean; stop: Promise<LaneStop | null> } | null = null;
  private refusals = 0;
  private notedAt: number | null = null;
  private noted: string;

  constructor(parts: LaneParts, fence: Fence, open: OpenLane, client: SisClient, tell: LaneNews) {
    this.parts = parts;
    this.fence = fence;
    this.client = client;
    this.cause = open.cause;
    this.tell = tell;
    this.breaker = new Breaker(open.breaker, {
      now: () => parts.now(),
      random: () => parts.random(),
      limit: open.maxConcurrentRequests,
      stops: open.cause?.probes ?? 0,
      firstProbeMs: parts.firstProbeMs,
    });
    this.noted = this.toKeep();
  }

  /** How many requests may be under way at once. */
  get slots(): number {
    return this.breaker.slots;
  }

  /** One waiting row is being tried, in place of a probe that would prove nothing. */
  get tryingRow(): boolean {
    return this.breaker.tryingRow;
  }

  /** While the connection is broken one probe, not the waiting rows, finds out whether it works again. */
  async recovered(): Promise<boolean> {
    if (!this.cause) return true;
    const by = this.breaker.halfOpen();
    this.tell.slots(this.slots);
    if (by === 'row') return true;
    const stop = await this.probe(0).catch(unasked);
    await this.parts.lanes.learn(this.fence, this.client.learned());
    return stop === null;
  }

  /** The run ends well. The probe answered and nothing was there to be written: that is all the proof there is. */
  async ended(): Promise<void> {
    // there was no row to try it with
    if (this.tryingRow && (await this.probe(0).catch(unasked))) return;
    if (this.stopped || this.tryingRow) return;
    if (this.notedAt === null ? this.cause : this.noted !== this.toKeep()) await this.note();
  }

  /** The SIS took what was sent (for `who`), or refused it for what it says. */
  async acknowledged(who: string | null = null): Promise<void> {
    // a request that was in flight when the SIS asked for a rest is no reason to disturb it
    if (this.stopped) return;
    this.breaker.taken(who);
    this.tell.slots(this.slots);
    if (this.refusals > 0) this.tell.sure();
    this.refusals = 0;
    const now = this.parts.now().getTime();
    const fresh = this.notedAt !== null && now - this.notedAt < NOTE_EVERY_MS;
    if (fresh && this.noted === this.toKeep()) return;
    const first = this.notedAt === null;
    this.notedAt = now;
    await this.note();
    if (first) await this.parts.lanes.learn(this.fence, this.client.learned());
  }

  /** Turns an SIS's answer about one row (`who`; null: nobody's) into what becomes of the row, and of the lane. */
  async judge(
    outcome: Exclude<Outcome, { kind: 'acknowledged' }>,
    attempts: number,
    who: string | null = null,
  ): Promise<Sent> {
    if (outcome.kind === 'refused') return this.refused(outcome, who);
    const ambiguous = outcome.ambiguous === true;
    const reason = reasonOf(outcome);
    // we gave it up ourselves, to stop or because the lane is another's: that says nothing of the SIS or the row
    if (outcome.code === 'INTERRUPTED')
      return ambiguous
        ? { how: 'retry', reason, nextAttemptAt: this.parts.now(), ambiguous, counts: false }
        : { how: 'untried' };
    const tried = this.tryingRow;
    const stop = this.stopped ?? (await this.stopAfter(outcome, who, attempts > 0).catch(unasked));
    if (!stop)
      return {
        how: 'retry',
        reason,
        nextAttemptAt: this.breaker.rowAgainAt(attempts, outcome),
        ambiguous,
        counts: true,
      };
    const nextAttemptAt = tried ? this.afterOthers(stop) : stop.until;
    return ambiguous
      ? { how: 'retry', reason, nextAttemptAt, ambiguous, counts: false }
      : { how: 'untried', nextAttemptAt };
  }

  /** Whether refusals since the last success may yet turn out to be the connection's. */
  get inDoubt(): boolean {
    return this.refusals > 0;
  }

  rowAgainAt(attempts: number): Date {
    return this.breaker.rowAgainAt(attempts, null);
  }

  /** A 403 or 404 about one item is that item's, unless a probe of the connection fails too. */
  private async refused(outcome: Extract<Outcome, { kind: 'refused' }>, who: string | null): Promise<Sent> {
    const { status } = outcome.said;
    if (this.tryingRow && this.cause && (status === 403 || status === 404) && !readIt.has(outcome.code)) {
      const stop = this.breaker.refusedToo(this.cause);
      await this.stop(stop);
      return { how: 'untried', nextAttemptAt: this.afterOthers(stop) };
    }
    if ((status === 403 || status === 404) && !this.tryingRow) {
      this.refusals++;
      const many = this.refusals % REFUSALS_IN_A_ROW === 0;
      const stop = await this.probe(many ? 0 : PROBE_HOLDS_MS, this.breaker.hasWorked && !many);
      if (stop) return { how: 'untried', nextAttemptAt: stop.until };
    } else await this.acknowledged(who);
    return { how: 'refused', reason: reasonOf(outcome) };
  }

  private async stopAfter(outcome: Bad, who: string | null, again: boolean): Promise<LaneStop | null> {
    const verdict = this.breaker.after(outcome, who, again);
    this.tell.slots(this.slots);
    if (verdict === 'row') return this.probed?.running ? this.probe(0) : null;
    if (verdict === 'doubt') return this.probe(0, true);
    await this.stop(verdict);
    return verdict;
  }

  /**
   * Whether the connection as a whole works: null, or the stop that it does not. One probe at a time. `orUnknown`: null
   * also where a probe proves nothing.
   */
  private async probe(holdsMs: number, orUnknown = false): Promise<LaneStop | null> {
    const now = this.parts.now().getTime();
    if (!this.probed || !(this.probed.running || now - this.probed.at < holdsMs)) {
      const probed = { at: now, running: true, stop: this.ask(orUnknown) };
      this.probed = probed;
      const done = () => (probed.running = false);
      probed.stop.then(done, done);
    }
    const stop = await this.probed.stop;
    if (stop) await this.stop(stop);
    return stop;
  }

  private async ask(orUnknown: boolean): Promise<LaneStop | null> {
    const answer = await this.client.probe();
    if (answer.kind === 'retry' || answer.kind === 'broken') {
      // another answer may have stopped the lane meanwhile: one trouble is counted once
      if (this.stopped) return this.stopped;
      return orUnknown && this.breaker.provesNothing(answer) ? null : this.breaker.afterProbe(answer);
    }
    this.breaker.answered();
    this.tell.slots(this.slots);
    return null;
  }

  private async stop(stop: LaneStop): Promise<void> {
    if (this.stopped) return;
    this.stopped = stop;
    this.tell.stopped(stop);
    const { reason, broken, until } = stop;
    this.parts.log.warn('lane stopped', { connection: this.fence.connectionId, cause: reason.code });
    const restMs = Math.max(0, until.getTime() - this.parts.now().getTime());
    await this.parts.lanes.stop(this.fence, { reason, broken, restMs, breaker: this.breaker.saved() });
  }

  private async note(): Promise<void> {
    this.noted = this.toKeep();
    await this.parts.lanes.succeeded(this.fence, this.breaker.saved());
  }
  private toKeep(): string {
    return JSON.stringify(this.breaker.saved());
  }

  /** A row that was tried in vain lets others be tried first, more urgent or not. */
  private afterOthers({ until }: LaneStop): Date {
    return new Date(2 * until.getTime() - this.parts.now().getTime());
  }
}

/** A refusal that names what it is about: whoever wrote it has read the row. */
const readIt: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ENROLL_NOT_IN_CLASS',
  'ITEM_DELETED_IN_SIS',
  'ITEM_LOCKED',
  'CAT_NOT_FOUND',
]);

/** The run was told to stop before the probe was made: what was learned before stands. */
function unasked(error: unknown): null {
  if (error instanceof NotSent) return null;
  throw error;
}
