/**
 * One run of one lane: everything that is due for one SIS connection, lineItems before their results, most urgent
 * first, never more requests at once than the connection allows. It knows no HTTP and no SQL.
 *
 * A lane is alone with its SIS (see ports/lanes.ts), so pacing and the memory of a run live here in the process;
 * what must survive it (cause, pause, attempts) is in the rows.
 */
import type { Reason } from '../gradebook/decision.ts';
import { reasonOf, type Outcome } from '../gradebook/outcome.ts';
import { laneBreak, type LaneBreak, type LaneStop } from './lane-break.ts';
import type { ClassWork, Fence, Lanes, OpenLane, Settlement } from './ports/lanes.ts';
import type { Sis, SisClient } from './ports/sis.ts';
import { sendLineItem, sendResult, type Answered, type SendParts, type Sent } from './send.ts';
import { because } from './planner.ts';
import { PARKED_AFTER_DEFECTS } from './retry.ts';
import { Settler } from './settler.ts';
import { Pace } from './pace.ts';

export interface LaneParts {
  lanes: Lanes;
  sis: Sis;
  now(): Date;
  random(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  log: { info(message: string, fields?: Record<string, string | number>): void; warn(message: string, fields?: Record<string, string | number>): void };
}

type LineItem = ClassWork['lineItems'][number];
type Result = ClassWork['results'][number];

/**
 * Runs until nothing is due, the connection breaks, the fence is lost, or `signal` says stop.
 * `nudges` tells of new work for this connection while it runs.
 */
export async function runLane(parts: LaneParts, fence: Fence, signal: AbortSignal, nudges: EventTarget): Promise<void> {
  const open = await parts.lanes.open(fence);
  if (!open) return;
  const run = new LaneRun(parts, fence, open, signal, nudges);
  try {
    await run.go();
  } finally {
    run.close();
  }
}

class LaneRun {
  private readonly parts: LaneParts;
  private readonly fence: Fence;
  private readonly open: OpenLane;
  private readonly client: SisClient;
  private readonly settler: Settler;
  private readonly pace: Pace;
  /** stops taking and sending; what is in flight ends by itself */
  private stopped = false;
  /** someone may wait for a read */
  private asked = true;
  private readonly leaving: AbortController;
  /** lineItems that this run puts or has put: results of the same lineItem wait for one request */
  private readonly lineItems = new Map<string, Promise<Sent>>();
  private readonly breaks: LaneBreak;
  private probed: { at: number; stop: LaneStop | null } | null = null;

  constructor(parts: LaneParts, fence: Fence, open: OpenLane, signal: AbortSignal, nudges: EventTarget) {
    this.parts = parts;
    this.fence = fence;
    this.open = open;
    this.leaving = new AbortController();
    signal.addEventListener('abort', () => (this.stopped = true), { once: true });
    if (signal.aborted) this.stopped = true;
    nudges.addEventListener('nudge', () => {
      this.asked = true;
      this.pace.wake();
    });
    this.client = parts.sis.open(open.connection, this.leaving.signal);
    this.pace = new Pace(open.maxConcurrentRequests, open.requestsPerSecond, parts);
    this.breaks = laneBreak(parts, open.cause?.probes ?? 0);
    this.settler = new Settler(parts.lanes, fence, () => {
      // someone else has the lane: what we still hold must not be sent any more
      this.stopped = true;
      this.leaving.abort();
    });
  }

  async go(): Promise<void> {
    if (this.open.cause && !(await this.recover())) return;
    while (!this.stopped) {
      await this.answerReads();
      const limit = this.pace.appetite();
      const work = await this.parts.lanes.take(this.fence, limit);
      this.begin(work);
      const taken = work.reduce((sum, part) => sum + part.results.length + part.lineItems.filter((l) => l.taken).length, 0);
      if (taken === 0 && this.pace.idle()) {
        // what was settled may have made more due: results behind their lineItem
        if (!(await this.settler.drain())) break;
      } else await this.pace.hunger(taken < limit);
    }
    await this.pace.empty();
    await this.settler.drain();
    // the probe answered and nothing was there to be written: that is all the proof there is
    if (this.open.cause && !this.stopped && !this.noted) await this.parts.lanes.succeeded(this.fence);
  }

  close(): void {
    this.leaving.abort();
    this.client.close();
  }

  /** While the connection is broken one probe, not the waiting rows, finds out whether it works again. */
  private async recover(): Promise<boolean> {
    const answer = await this.client.probe();
    await this.parts.lanes.learn(this.fence, this.client.learned());
    if (answer.kind === 'read' || answer.kind === 'refused') return true;
    await this.stop(this.breaks.afterProbe(answer));
    return false;
  }

  private async answerReads(): Promise<void> {
    if (!this.asked) return;
    this.asked = false;
    for (const read of await this.parts.lanes.reads(this.fence)) {
      if (this.stopped) return;
      const cls = await this.parts.lanes.classFacts(read.classId);
      const failed = cls ? await this.pace.run(() => this.readCategories(cls, 0)) : noClass;
      await this.parts.lanes.answer(read, failed ? { ok: false, reason: why(failed) } : { ok: true });
    }
  }

  /** Reads and keeps the SIS's categories of a class; null when it has, else what becomes of who asked. */
  private async readCategories(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const sourcedId = cls.settings.useCustomIds ? cls.customId : cls.sourcedId;
    if (!sourcedId) return noClass;
    const answer = await this.client.readCategories(sourcedId);
    if (answer.kind !== 'read') return this.after({ how: 'outcome', outcome: answer }, attempts);
    await this.parts.lanes.keepCategories(cls.id, answer.value);
    return null;
  }

  /** Reads and keeps the school of a class; an SIS that will not say has none for us (MAP_SCHOOL). */
  private async readSchool(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const sourcedId = cls.settings.useCustomIds ? cls.customId : cls.sourcedId;
    if (!sourcedId) return noClass;
    const answer = await this.client.readClassSchool(sourcedId);
    if (answer.kind === 'retry' || answer.kind === 'broken') return this.after({ how: 'outcome', outcome: answer }, attempts);
    await this.parts.lanes.keepSchool(cls.id, answer.kind === 'read' ? answer.value : null);
    return null;
  }

  private begin(work: ClassWork[]): void {
    for (const part of work) {
      const facts = new ClassRun(part);
      for (const lineItem of part.lineItems)
        if (lineItem.taken) this.pace.start(() => this.lineItem(facts, lineItem).then(() => undefined));
      for (const result of part.results) this.pace.start(() => this.result(facts, result));
    }
  }

  /** Puts a lineItem once per try, however many of its results ask for it. */
  private lineItem(facts: ClassRun, lineItem: LineItem): Promise<Sent> {
    // a later edit, or the next try after a failure, is another key: new work with new facts
    const key = `${lineItem.id}:${lineItem.dirtyN}:${lineItem.attempts}`;
    const running = this.lineItems.get(key);
    if (running) return running;
    const sending = this.oneLineItem(facts, lineItem)
      .catch((error: unknown) => this.defect(error, lineItem.attempts))
      .then((sent) => {
        this.settle(facts, 'lineItem', lineItem, sent);
        return sent;
      });
    this.lineItems.set(key, sending);
    return sending;
  }

  private async oneLineItem(facts: ClassRun, lineItem: LineItem): Promise<Sent> {
    if (this.stopped) return { how: 'untried' };
    const sent = await sendLineItem(lineItem, this.sendParts(facts, lineItem.attempts));
    return this.after(sent, lineItem.attempts);
  }

  private async result(facts: ClassRun, result: Result): Promise<void> {
    const sent = await this.oneResult(facts, result).catch((error: unknown) => this.defect(error, result.attempts));
    this.settle(facts, 'result', result, sent);
  }

  private async oneResult(facts: ClassRun, result: Result): Promise<Sent> {
    if (this.stopped) return { how: 'untried' };
    const lineItem = facts.lineItem(result.lineItemId);
    // the lineItem's row can be gone only if the LMS deleted it a moment ago; the result's row then is too
    if (!lineItem) return { how: 'untried' };
    let ready: { sourcedId: string } | null = null;
    if (lineItem.ackedVersion === 0) {
      if (lineItem.waiting) return { how: 'untried', nextAttemptAt: lineItem.nextAttemptAt };
      const sent = await this.lineItem(facts, lineItem);
      if (sent.how === 'acknowledged') ready = { sourcedId: sent.sourcedId };
      else if (sent.how === 'retry') return { how: 'untried', nextAttemptAt: sent.nextAttemptAt };
      else if (sent.how === 'untried') return sent;
      else if (sent.how === 'refused')
        return { how: 'blocked', reason: because('LINE_ITEM_WAITS', sent.reason) };
    }
    if (this.stopped) return { how: 'untried' };
    const sent = await sendResult(result, lineItem, ready, this.sendParts(facts, result.attempts));
    return this.after(sent, result.attempts);
  }

  private sendParts(facts: ClassRun, attempts: number): SendParts {
    return {
      cls: () => facts.current(this.parts.lanes),
      client: this.client,
      readCategories: () => facts.once('categories', () => this.readCategories(facts.cls, attempts)),
      readSchool: () => facts.once('school', () => this.readSchool(facts.cls, attempts)),
    };
  }

  /** Turns an SIS's answer about one row into what becomes of the row, and of the lane. */
  private async after(sent: Answered, attempts: number): Promise<Sent> {
    if (sent.how !== 'outcome') {
      if (sent.how === 'acknowledged') await this.healthy();
      return sent;
    }
    const { outcome } = sent;
    if (outcome.kind === 'refused') {
      // a 403 or 404 about one item is that item's, unless a probe of the connection fails too
      const status = outcome.said.status;
      if ((status === 403 || status === 404) && (await this.probe())) return { how: 'untried' };
      await this.healthy();
      return { how: 'refused', reason: reasonOf(outcome) };
    }
    const stop = await this.notice(outcome);
    const reason = reasonOf(outcome);
    const ambiguous = outcome.ambiguous === true;
    if (outcome.kind === 'broken' || stop)
      return ambiguous
        ? { how: 'retry', reason, nextAttemptAt: stop?.until ?? this.parts.now(), ambiguous: true, counts: false }
        : { how: 'untried', ...(stop ? { nextAttemptAt: stop.until } : {}) };
    return { how: 'retry', reason, nextAttemptAt: this.breaks.rowAgainAt(attempts, outcome), ambiguous, counts: true };
  }

  /** Lets the breaks policy see an answer; stops the lane when it says so. */
  private async notice(outcome: Exclude<Outcome, { kind: 'acknowledged' }>): Promise<LaneStop | null> {
    if (outcome.kind === 'refused') return null;
    const stop = this.breaks.after(outcome);
    if (stop) await this.stop(stop);
    return stop;
  }

  private async probe(): Promise<LaneStop | null> {
    const now = this.parts.now().getTime();
    if (!this.probed || now - this.probed.at > 30_000) {
      const answer = await this.client.probe();
      this.probed = { at: now, stop: answer.kind === 'read' || answer.kind === 'refused' ? null : this.breaks.afterProbe(answer) };
    }
    if (this.probed.stop) await this.stop(this.probed.stop);
    return this.probed.stop;
  }

  private async stop(stop: LaneStop): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.parts.log.warn('lane stopped', { connection: this.fence.connectionId, cause: stop.reason.code });
    await this.parts.lanes.stop(this.fence, stop);
  }

  private noted = false;
  private async healthy(): Promise<void> {
    this.breaks.success();
    if (this.noted) return;
    this.noted = true;
    await this.parts.lanes.succeeded(this.fence);
    await this.parts.lanes.learn(this.fence, this.client.learned());
  }

  /** A defect of ours counts as a try, so that a poisoned row ends parked instead of circling. */
  private defect(error: unknown, attempts: number): Sent {
    this.parts.log.warn('a row could not be worked on', { connection: this.fence.connectionId, error: String(error) });
    if (attempts + 1 >= PARKED_AFTER_DEFECTS) return { how: 'refused', reason: { code: 'DEFECT' } };
    return { how: 'retry', reason: { code: 'DEFECT' }, nextAttemptAt: this.breaks.rowAgainAt(attempts, null), ambiguous: true, counts: true };
  }

  private settle(facts: ClassRun, kind: 'lineItem' | 'result', row: { id: string; dirtyN: number; version: number }, sent: Sent): void {
    this.settler.add({ kind, id: row.id, classId: facts.cls.id, n: row.dirtyN, version: row.version, ...sent } as Settlement);
  }
}

const noClass: Sent = { how: 'blocked', reason: { code: 'MAP_CLASS' } };
function why(sent: Sent): Reason {
  return 'reason' in sent ? sent.reason : { code: 'CONNECTION_BROKEN' };
}

/** What one batch knows of one class; reads from the SIS are shared and make the facts stale. */
class ClassRun {
  cls: ClassWork['cls'];
  private stale = false;
  private readonly byId: Map<string, LineItem>;
  private readonly reading = new Map<string, Promise<Sent | null>>();

  constructor(work: ClassWork) {
    this.cls = work.cls;
    this.byId = new Map(work.lineItems.map((l) => [l.id, l]));
  }
  lineItem(id: string): LineItem | undefined {
    return this.byId.get(id);
  }
  async current(lanes: Lanes): Promise<ClassWork['cls']> {
    if (this.stale) {
      this.stale = false;
      this.cls = (await lanes.classFacts(this.cls.id)) ?? this.cls;
    }
    return this.cls;
  }
  once(what: string, read: () => Promise<Sent | null>): Promise<Sent | null> {
    const running =
      this.reading.get(what) ??
      read().then((failed) => {
        if (!failed) this.stale = true;
        return failed;
      });
    this.reading.set(what, running);
    return running;
  }
}
