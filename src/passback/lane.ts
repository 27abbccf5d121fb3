/**
 * One run of one lane: everything that is due for one SIS connection, lineItems before their results, most urgent
 * first, never more requests at once than the connection allows. It knows no HTTP and no SQL.
 *
 * A lane is alone with its SIS (see ports/lanes.ts), so pacing and the memory of a run live here in the process;
 * what must survive it (cause, pause, attempts) is in the rows.
 */
import type { Reason } from '../gradebook/decision.ts';
import { behind, waits } from './behind.ts';
import { ClassRun, type LineItem, type Result } from './class-run.ts';
import { inTurn, NotSent } from './in-turn.ts';
import { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import { Pace } from './pace.ts';
import type { ClassWork, Fence, LaneRead, OpenLane, Settlement } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';
import { PARKED_AFTER_DEFECTS } from './retry.ts';
import { sendLineItem, sendResult, type Answered, type SendParts, type Sent } from './send.ts';
import { Settler } from './settler.ts';

/** What a running lane is told from outside. */
export interface LaneSignals {
  /** take and send nothing more; what is in flight ends by itself */
  stop: AbortSignal;
  /** what is in flight is given up too: the lane is no longer ours, or there is no time left */
  leave: AbortSignal;
  /** 'nudge': there may be new work */
  nudges: EventTarget;
}

/** What a run remembers grows with it; after this a new one begins with a clean memory and the settings of now. */
const LONGEST_RUN_MS = 600_000;
/** Someone waits for it at a screen. */
const READS_FIRST = -1;

/** Runs until nothing is due, the connection breaks, the fence is lost, or it is told to stop. */
export async function runLane(parts: LaneParts, fence: Fence, signals: LaneSignals): Promise<void> {
  const open = await parts.lanes.open(fence);
  if (!open) return;
  const run = new LaneRun(parts, fence, open, signals);
  try {
    await run.go();
  } finally {
    run.close();
  }
}

class LaneRun {
  private readonly parts: LaneParts;
  private readonly fence: Fence;
  /** stops taking and sending; what is in flight ends by itself */
  private readonly stopping = new AbortController();
  private readonly leaving = new AbortController();
  private readonly bare: SisClient;
  private readonly client: SisClient;
  private readonly settler: Settler;
  private readonly pace: Pace;
  private readonly health: LaneHealth;
  /** something was heard since the last look */
  private news = true;
  private readonly reading = new Set<string>();
  /** refused with a 403 or 404 and nothing taken since: the connection may be at fault after all */
  private doubtful: Settlement[] = [];
  /** the last PUT of each lineItem in this run: results of the same lineItem wait for one request */
  private readonly puts = new Map<string, { n: number; attempts: number; sent: Promise<Sent> }>();

  constructor(parts: LaneParts, fence: Fence, open: OpenLane, signals: LaneSignals) {
    this.parts = parts;
    this.fence = fence;
    this.pace = new Pace(open.maxConcurrentRequests, open.requestsPerSecond, parts);
    const hear = (signal: AbortSignal, act: () => void) =>
      signal.aborted ? act() : signal.addEventListener('abort', act, { once: true });
    hear(signals.stop, () => this.stop());
    hear(signals.leave, () => this.leave());
    signals.nudges.addEventListener('nudge', () => {
      this.news = true;
      this.pace.wake();
    });
    this.bare = parts.sis.open(open.connection, this.leaving.signal);
    this.client = inTurn(this.bare, async () => {
      await this.pace.turn(this.stopping.signal);
      return !this.hasStopped();
    });
    this.health = new LaneHealth(parts, fence, open, this.client, {
      stopped: ({ until }) => {
        this.stop();
        this.decide((s) => ({ ...s, how: 'untried', nextAttemptAt: until }));
      },
      sure: () => this.decide((s) => s),
    });
    this.settler = new Settler(parts, fence, () => this.leave());
  }

  async go(): Promise<void> {
    if (this.hasStopped()) return;
    try {
      if (await this.health.recovered()) await this.work();
      if (!this.hasStopped()) await this.health.ended();
    } finally {
      // nothing of ours may be under way when the lane is given back
      this.stop();
      await this.pace.empty();
    }
    this.decide((s) => ({ ...s, how: 'untried' }));
    await this.settler.drain();
  }

  close(): void {
    this.leaving.abort();
    this.bare.close();
  }

  private hasStopped(): boolean {
    return this.stopping.signal.aborted;
  }
  private stop(): void {
    this.stopping.abort();
    this.pace.wake();
  }
  private leave(): void {
    this.stop();
    this.leaving.abort();
  }

  private async work(): Promise<void> {
    const until = this.parts.now().getTime() + LONGEST_RUN_MS;
    while (!this.hasStopped() && this.parts.now().getTime() < until) {
      if (this.news) {
        this.news = false;
        await this.beginReads();
      }
      const limit = this.pace.appetite();
      const taken = this.begin(await this.parts.lanes.take(this.fence, limit));
      // what was settled may have made more due: results behind their lineItem, an edit during the request
      if (taken > 0 || !this.pace.idle()) await this.pace.hunger(taken < limit && !this.heard());
      else if (!(await this.settledMore()) && !this.heard()) return;
    }
  }

  /** The last answers are in: whether there were any since the last look. */
  private async settledMore(): Promise<boolean> {
    this.decide((s) => s);
    return this.settler.drain();
  }

  /** A method, for the compiler would believe that nothing changes while we wait. */
  private heard(): boolean {
    return this.news;
  }

  private async beginReads(): Promise<void> {
    for (const read of await this.parts.lanes.reads(this.fence)) {
      if (this.reading.has(read.id)) continue;
      this.reading.add(read.id);
      this.pace.start(() => this.read(read), READS_FIRST);
    }
  }

  /** A read that is not made now stays unanswered: the next run finds it. */
  private async read(read: LaneRead): Promise<void> {
    if (this.hasStopped()) return;
    try {
      const cls = await this.parts.lanes.classFacts(read.classId);
      const failed = cls ? await this.readCategories(cls, 0) : noClass;
      await this.parts.lanes.answer(read, failed ? { ok: false, reason: why(failed) } : { ok: true });
    } catch (error) {
      if (!(error instanceof NotSent)) this.warn('a read failed', error);
    }
  }

  /** Reads and keeps the SIS's categories of a class; null when it has, else what becomes of who asked. */
  private async readCategories(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const sourcedId = cls.settings.useCustomIds ? cls.customId : cls.sourcedId;
    if (!sourcedId) return noClass;
    const answer = await this.client.readCategories(sourcedId);
    if (answer.kind !== 'read') return this.health.judge(answer, attempts);
    await this.parts.lanes.keepCategories(cls.id, answer.value);
    return null;
  }

  /** Reads and keeps the school of a class; an SIS that will not say has none for us (MAP_SCHOOL). */
  private async readSchool(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const sourcedId = cls.settings.useCustomIds ? cls.customId : cls.sourcedId;
    if (!sourcedId) return noClass;
    const answer = await this.client.readClassSchool(sourcedId);
    if (answer.kind === 'retry' || answer.kind === 'broken') return this.health.judge(answer, attempts);
    // a 404 without the specification's word may only mean that there is no rostering service
    const unknown = answer.kind === 'refused' && answer.code === 'SIS_UNKNOWN_OBJECT';
    const schoolSourcedId = answer.kind === 'read' ? answer.value : null;
    await this.parts.lanes.keepClass(cls.id, unknown ? null : { schoolSourcedId });
    return null;
  }

  /** Queues what was taken; answers how many rows that is. */
  private begin(work: ClassWork[]): number {
    let taken = 0;
    for (const part of work) {
      const facts = new ClassRun(part);
      const lineItems = part.lineItems.filter((l) => l.taken);
      for (const lineItem of lineItems)
        this.pace.start(() => this.lineItem(facts, lineItem).then(() => undefined), 2 * lineItem.priority);
      for (const result of part.results)
        this.pace.start(() => this.result(facts, result), 2 * result.priority + 1);
      taken += lineItems.length + part.results.length;
    }
    return taken;
  }

  /** Puts a lineItem once per try, however many of its results ask for it. */
  private lineItem(facts: ClassRun, lineItem: LineItem): Promise<Sent> {
    const { dirtyN: n, attempts } = lineItem;
    const last = this.puts.get(lineItem.id);
    // a later edit, or the next try after a failure, is new work; facts from before it are not
    if (last && (last.n > n || (last.n === n && last.attempts >= attempts))) return last.sent;
    // one after the other: an older write must not land after a newer one
    const sent = (last?.sent ?? Promise.resolve())
      .then(() => this.oneLineItem(facts, lineItem))
      .catch((error: unknown) => this.defect(error, attempts))
      .then((sent) => {
        this.settle(facts, 'lineItem', lineItem, sent);
        return sent;
      });
    this.puts.set(lineItem.id, { n, attempts, sent });
    return sent;
  }

  private async oneLineItem(facts: ClassRun, lineItem: LineItem): Promise<Sent> {
    if (this.hasStopped()) return untried;
    return this.after(
      await sendLineItem(lineItem, this.sendParts(facts, lineItem.attempts)),
      lineItem.attempts,
    );
  }

  private async result(facts: ClassRun, result: Result): Promise<void> {
    const sent = await this.oneResult(facts, result).catch((error: unknown) =>
      this.defect(error, result.attempts),
    );
    this.settle(facts, 'result', result, sent);
  }

  private async oneResult(facts: ClassRun, result: Result): Promise<Sent> {
    const lineItem = facts.lineItem(result.lineItemId);
    // the lineItem's row can be gone only if the LMS deleted it a moment ago; the result's row then is too
    if (this.hasStopped() || !lineItem) return untried;
    let standsOn = lineItem;
    const parked = lineItem.taken ? null : lineItem.parked;
    if (lineItem.ackedVersion === 0 && !parked) {
      if (lineItem.waiting)
        return waits(lineItem.lastReason ?? { code: 'DEFECT' }, lineItem.nextAttemptAt, lineItem.attempts);
      const sent = await this.lineItem(facts, lineItem);
      const ends = behind(sent, lineItem.attempts);
      if (ends) return ends;
      if (this.hasStopped()) return untried;
      if (sent.how === 'acknowledged') standsOn = facts.put(lineItem, sent.sourcedId);
    }
    const parts = this.sendParts(facts, result.attempts);
    return this.after(await sendResult(result, standsOn, parked, parts), result.attempts);
  }

  private sendParts(facts: ClassRun, attempts: number): SendParts {
    return {
      cls: () => facts.current(this.parts.lanes),
      planLineItem: (cls, lineItem) => facts.plan(cls, lineItem),
      client: this.client,
      readCategories: () => facts.once('categories', () => this.readCategories(facts.cls, attempts)),
      readSchool: () => facts.once('school', () => this.readSchool(facts.cls, attempts)),
    };
  }

  private async after(sent: Answered, attempts: number): Promise<Sent> {
    if (sent.how === 'outcome') return this.health.judge(sent.outcome, attempts);
    if (sent.how === 'acknowledged') await this.health.acknowledged();
    return sent;
  }

  /** A defect of ours counts as a try, so that a poisoned row ends parked instead of circling. */
  private defect(error: unknown, attempts: number): Sent {
    if (error instanceof NotSent) return untried;
    this.warn('a row could not be worked on', error);
    if (attempts + 1 >= PARKED_AFTER_DEFECTS) return { how: 'refused', reason: { code: 'DEFECT' } };
    return {
      how: 'retry',
      reason: { code: 'DEFECT' },
      nextAttemptAt: this.health.rowAgainAt(attempts),
      ambiguous: true,
      counts: true,
    };
  }

  private warn(message: string, error: unknown): void {
    this.parts.log.warn(message, { connection: this.fence.connectionId, error: String(error) });
  }

  private settle(
    facts: ClassRun,
    kind: 'lineItem' | 'result',
    row: { id: string; dirtyN: number; version: number },
    sent: Sent,
  ): void {
    const about = { kind, id: row.id, classId: facts.cls.id, n: row.dirtyN, version: row.version };
    const settlement = { ...about, ...sent };
    if (sent.how === 'refused' && this.health.inDoubt) this.doubtful.push(settlement);
    else this.settler.add(settlement);
  }

  private decide(how: (s: Settlement) => Settlement): void {
    for (const settlement of this.doubtful.splice(0)) this.settler.add(how(settlement));
  }
}

const untried: Sent = { how: 'untried' };
const noClass: Sent = { how: 'blocked', reason: { code: 'MAP_CLASS' } };
function why(sent: Sent): Reason {
  return 'reason' in sent ? sent.reason : { code: 'CONNECTION_BROKEN' };
}
