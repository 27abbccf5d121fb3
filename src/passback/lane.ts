/**
 * One run of one lane: everything that is due for one SIS connection, lineItems before their results, most urgent
 * first, never more requests at once than the connection allows. It knows no HTTP and no SQL.
 *
 * A lane is alone with its SIS (see ports/lanes.ts), so pacing and the memory of a run live here in the process;
 * what must survive it (cause, pause, attempts) is in the rows.
 */
import { MOST_TOGETHER } from './bulk.ts';
import { ClassRun, type Result } from './class-run.ts';
import { inTurn } from './in-turn.ts';
import { LaneDeletions } from './lane-deletions.ts';
import { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import { LaneReadings } from './lane-readings.ts';
import { LaneReads } from './lane-reads.ts';
import { LaneRoster } from './lane-roster.ts';
import { LaneRows } from './lane-rows.ts';
import { Pace } from './pace.ts';
import type { ClassWork, Fence, OpenLane } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';
import { Settler } from './settler.ts';

/** What a running lane is told from outside. */
export interface LaneSignals {
  /** take and send nothing more; what is in flight ends by itself */
  stop: AbortSignal;
  /** what is in flight is given up too: the lane is no longer ours, or there is no time left */
  leave: AbortSignal;
  /**
   * Is the lease certainly ours still? Asked at the last moment before each request: of a process that was paused
   * longer than its lease, timers and answers run on at once, and its lane may long be another's.
   */
  holds(): boolean;
  /** 'nudge': there may be new work */
  nudges: EventTarget;
}

/** What a run remembers grows with it; after this a new one begins with a clean memory and the settings of now. */
const LONGEST_RUN_MS = 600_000;
/** Someone waits for it at a screen. */
const READS_FIRST = -1;
/** Nobody waits for a comparison alone. */
const WHEN_IDLE = 100;

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
  private readonly settler: Settler;
  private readonly pace: Pace;
  private readonly health: LaneHealth;
  private readonly reads: LaneReads;
  private readonly rows: LaneRows;
  private readonly readings: LaneReadings;
  private readonly deletions: LaneDeletions;
  private readonly roster: LaneRoster;
  private readonly bulk: boolean;
  /** something was heard since the last look */
  private news = true;

  constructor(parts: LaneParts, fence: Fence, open: OpenLane, signals: LaneSignals) {
    this.parts = parts;
    this.fence = fence;
    this.bulk = open.bulk;
    this.pace = new Pace(open.maxConcurrentRequests, open.requestsPerSecond, parts);
    const hear = (signal: AbortSignal, act: () => void) =>
      signal.aborted ? act() : signal.addEventListener('abort', act, { once: true });
    hear(signals.stop, () => this.stop());
    hear(signals.leave, () => this.leave());
    signals.nudges.addEventListener('nudge', () => this.lookAgain());
    this.bare = parts.sis.open(open.connection, this.leaving.signal, () => {
      if (!signals.holds()) this.leave();
      return !this.leaving.signal.aborted;
    });
    const client = inTurn(this.bare, async () => {
      await this.pace.turn(this.stopping.signal);
      if (!signals.holds()) this.leave();
      return !this.hasStopped();
    });
    this.health = new LaneHealth(parts, fence, open, client, {
      stopped: ({ until }) => {
        this.stop();
        this.rows.decide((s) => ({ ...s, how: 'untried', nextAttemptAt: until }));
      },
      sure: () => this.rows.decide((s) => s),
      slots: (n) => this.pace.setSlots(n),
    });
    this.pace.setSlots(this.health.slots);
    this.settler = new Settler(parts, fence, (settling) => {
      if (settling === 'lost') this.leave();
      // while another request hangs nothing else ends the wait, and an edit would wait for the next second
      if (settling === 'moreDue') this.lookAgain();
    });
    this.reads = new LaneReads(parts, fence, client, this.health);
    const { health, reads, settler, pace } = this;
    const shared = { parts, fence, client, health, pace };
    this.readings = new LaneReadings(shared, () => this.hasStopped());
    this.deletions = new LaneDeletions(shared, () => this.hasStopped());
    this.roster = new LaneRoster(shared, () => this.hasStopped());
    this.rows = new LaneRows({
      parts,
      fence,
      client,
      health,
      reads,
      settler,
      bulk: open.bulk,
      readable: open.readable,
      hasStopped: () => this.hasStopped(),
    });
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
    this.rows.decide((s) => ({ ...s, how: 'untried' }));
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
      const trying = this.health.tryingRow;
      if (this.news && !trying) {
        this.news = false;
        await this.beginReads();
      }
      const limit = trying ? 1 : this.pace.appetite();
      const together = trying || !this.bulk ? 0 : MOST_TOGETHER;
      const taken = this.begin(await this.parts.lanes.take(this.fence, limit, together));
      // nothing more is due: while what was taken is under way, there may be time to read
      if (taken < limit && !trying && !this.pace.idle()) await this.beginLate(false);
      // what was settled may have made more due: results behind their lineItem, an edit during the request
      if (taken > 0 || !this.pace.idle()) await this.pace.hunger(trying || (taken < limit && !this.heard()));
      else if (this.health.tryingRow) return;
      else if (!(await this.settledMore()) && !this.heard() && !(await this.beginIdle())) return;
    }
  }

  /** Nothing is due and nothing is under way: what else there is to do with this SIS. Answers whether any was begun. */
  private async beginIdle(): Promise<boolean> {
    return this.beginLate(true);
  }

  /** What was deleted here, then what is to be read back, then whose class it is. */
  private async beginLate(idle: boolean): Promise<boolean> {
    return (await this.deletions.begin(idle)) || (await this.readings.begin(idle)) || this.roster.begin(idle);
  }

  /** The last answers are in: whether there were any since the last look. */
  private async settledMore(): Promise<boolean> {
    this.rows.decide((s) => s);
    return this.settler.drain();
  }

  private lookAgain(): void {
    this.news = true;
    this.pace.wake();
  }

  /** A method, for the compiler would believe that nothing changes while we wait. */
  private heard(): boolean {
    return this.news;
  }

  private async beginReads(): Promise<void> {
    for (const reads of await this.reads.asked())
      this.pace.start(
        async () => {
          if (!this.hasStopped()) await this.reads.answer(reads);
        },
        reads.every((read) => read.kind === 'drift') ? WHEN_IDLE : READS_FIRST,
      );
  }

  private send(facts: ClassRun, group: Result[]): void {
    const rank = 2 * Math.min(...group.map(({ priority }) => priority)) + 1;
    this.pace.start(async () => {
      const [first, ...more] = group;
      if (first && more.length === 0) return this.rows.result(facts, first);
      for (const alone of await this.rows.together(facts, group)) this.send(facts, [alone]);
    }, rank);
  }

  /** Queues what was taken; answers how many rows that is. */
  private begin(work: ClassWork[]): number {
    let taken = 0;
    for (const part of work) {
      const facts = new ClassRun(part);
      const lineItems = part.lineItems.filter((l) => l.taken);
      for (const lineItem of lineItems)
        this.pace.start(
          () => this.rows.lineItem(facts, lineItem).then(() => undefined),
          2 * lineItem.priority,
        );
      for (const group of this.rows.groups(part.results)) this.send(facts, group);
      taken += lineItems.length + part.results.length;
    }
    return taken;
  }
}
