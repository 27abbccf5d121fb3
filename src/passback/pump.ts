/**
 * Starts lanes that are due: on a NOTIFY, on a tick of a second, and whenever a slot frees; renews the leases of those
 * that run. One pump per worker process; many may run on one database.
 */
import { runLane } from './lane.ts';
import type { LaneParts } from './lane-parts.ts';
import type { Fence } from './ports/lanes.ts';

export interface PumpOptions {
  /** names this process in the lane rows */
  owner: string;
  /** lanes at once in this process */
  slots: number;
  tickMs?: number;
  renewMs?: number;
  /** how long a stop lets requests in flight go on; less than the time that operators are promised */
  graceMs?: number;
  /** the same for a halt */
  haltGraceMs?: number;
}
/** a run that fails at once (the database, a defect) must not be started again in a hot loop */
const FAILED_RUN_RESTS_MS = 2_000;
/**
 * A lease of 15 s that could not be renewed for so long may be another process's in a moment: counted from before the
 * database was asked, by a clock that no pause of this process and nobody who sets the time can hold up.
 */
const UNRENEWED_MS = 12_000;
const GRACE_MS = 10_000;
/**
 * A request that hangs when its connection is halted may hang for half a minute, and everything else would wait for it.
 * Given up it is ambiguous, so it is sent again: long enough for an SIS that is only slow.
 */
const HALT_GRACE_MS = 5_000;

interface Running {
  fence: Fence;
  stop: AbortController;
  leave: AbortController;
  nudges: EventTarget;
  /** when the lease was last asked for with success */
  renewedAt: number;
  ended: Promise<void>;
  /** gives up what a halt finds in flight */
  late?: NodeJS.Timeout;
}

export class Pump {
  private readonly parts: LaneParts;
  private readonly options: PumpOptions;
  private readonly running = new Map<string, Running>();
  private ticking: NodeJS.Timeout | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private claiming: Promise<void> | null = null;
  private again = false;
  private renewing = false;
  private stopped = false;

  constructor(parts: LaneParts, options: PumpOptions) {
    this.parts = parts;
    this.options = options;
  }

  start(): void {
    this.ticking = setInterval(() => this.tick(), this.options.tickMs ?? 1000);
    this.renewal = setInterval(() => void this.renew(), this.options.renewMs ?? 5000);
    this.wake();
  }

  /** There may be work; for a connection whose lane runs here, the lane is told directly. */
  wake(connectionId?: string): void {
    const here = connectionId === undefined ? undefined : this.running.get(connectionId);
    nudge(here);
    // a lane that is just ending wakes us when it has: the row says that there is more
    if (this.stopped || here) return;
    if (this.claiming) {
      this.again = true;
      return;
    }
    this.claiming = this.claim().finally(() => {
      this.claiming = null;
      if (this.again) {
        this.again = false;
        this.wake();
      }
    });
  }

  /**
   * What this connection may send, or where to, has changed: its run takes and sends nothing more, and the next one
   * begins with what holds now, when the requests in flight have ended or were given up. Without an id: any may have.
   */
  halt(connectionId?: string): void {
    for (const [id, lane] of this.running) {
      if (connectionId !== undefined && id !== connectionId) continue;
      lane.stop.abort();
      lane.late ??= setTimeout(() => lane.leave.abort(), this.options.haltGraceMs ?? HALT_GRACE_MS);
    }
  }

  /** Lets the requests in flight finish, gives the lanes back. A request that takes too long is given up. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.ticking);
    await this.claiming;
    for (const { stop } of this.running.values()) stop.abort();
    const late = setTimeout(() => {
      for (const { leave } of this.running.values()) leave.abort();
    }, this.options.graceMs ?? GRACE_MS);
    await Promise.all([...this.running.values()].map((lane) => lane.ended));
    // until then: an answer that takes long must still find the lane to be ours
    clearInterval(this.renewal);
    clearTimeout(late);
  }

  /** Whatever a lost notification told: lanes that are due, and rows that fell due while a lane waits for its SIS. */
  private tick(): void {
    for (const lane of this.running.values())
      if (this.holds(lane)) nudge(lane);
      else lane.leave.abort();
    this.wake();
  }

  private async claim(): Promise<void> {
    const free = this.options.slots - this.running.size;
    if (free <= 0) return;
    const asked = this.parts.uptimeMs();
    try {
      const claimed = await this.parts.lanes.claim(this.options.owner, free, [...this.running.keys()]);
      for (const fence of claimed) this.begin(fence, asked);
    } catch (error) {
      // the database is away: the tick tries again
      this.parts.log.warn('lanes could not be claimed', { error: String(error) });
    }
  }

  private begin(fence: Fence, renewedAt: number): void {
    const stop = new AbortController();
    const leave = new AbortController();
    const nudges = new EventTarget();
    // an earlier run of ours on this connection lost its lease (a paused process): it must end before we begin
    const before = this.running.get(fence.connectionId);
    before?.leave.abort();
    const lane: Running = { fence, stop, leave, nudges, renewedAt, ended: Promise.resolve() };
    const signals = { stop: stop.signal, leave: leave.signal, holds: () => this.holds(lane), nudges };
    lane.ended = (before?.ended ?? Promise.resolve())
      .then(() => runLane(this.parts, fence, signals))
      .then(() => 0)
      .catch((error: unknown) => {
        this.parts.log.warn('a lane run failed', { connection: fence.connectionId, error: String(error) });
        return FAILED_RUN_RESTS_MS;
      })
      .then((rest) => this.parts.lanes.release(fence, rest))
      .catch(async (error: unknown) => {
        this.parts.log.warn('a lane could not be given back', {
          connection: fence.connectionId,
          error: String(error),
        });
        // the next claim finds it under our name, and so would one in a hot loop; of a process that ends, the lease ends
        if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, FAILED_RUN_RESTS_MS));
      })
      .finally(() => {
        clearTimeout(lane.late);
        if (this.running.get(fence.connectionId) === lane) this.running.delete(fence.connectionId);
        this.wake();
      });
    this.running.set(fence.connectionId, lane);
  }

  private async renew(): Promise<void> {
    const lanes = [...this.running.values()];
    // of a database that does not answer, one question at a time
    if (lanes.length === 0 || this.renewing) return;
    this.renewing = true;
    const asked = this.parts.uptimeMs();
    try {
      const ours = await this.parts.lanes.renew(lanes.map((lane) => lane.fence));
      const alive = new Set(ours.map((fence) => `${fence.connectionId}:${fence.epoch}`));
      for (const lane of lanes)
        if (alive.has(`${lane.fence.connectionId}:${lane.fence.epoch}`)) lane.renewedAt = asked;
        else lane.leave.abort();
    } catch (error) {
      this.parts.log.warn('leases could not be renewed', { error: String(error) });
    } finally {
      this.renewing = false;
    }
  }

  private holds(lane: Running): boolean {
    return this.parts.uptimeMs() - lane.renewedAt <= UNRENEWED_MS;
  }
}

function nudge(lane: Running | undefined): void {
  lane?.nudges.dispatchEvent(new Event('nudge'));
}
