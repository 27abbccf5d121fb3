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
}
/** a run that fails at once (the database, a defect) must not be started again in a hot loop */
const FAILED_RUN_RESTS_MS = 2_000;
/** A lease of 15 s that could not be renewed for so long may be another process's in a moment. */
const UNRENEWED_MS = 12_000;
const GRACE_MS = 10_000;

interface Running {
  fence: Fence;
  stop: AbortController;
  leave: AbortController;
  nudges: EventTarget;
  renewedAt: number;
  ended: Promise<void>;
}

export class Pump {
  private readonly parts: LaneParts;
  private readonly options: PumpOptions;
  private readonly running = new Map<string, Running>();
  private timers: NodeJS.Timeout[] = [];
  private claiming: Promise<void> | null = null;
  private again = false;
  private stopped = false;

  constructor(parts: LaneParts, options: PumpOptions) {
    this.parts = parts;
    this.options = options;
  }

  start(): void {
    this.timers.push(setInterval(() => this.tick(), this.options.tickMs ?? 1000));
    this.timers.push(setInterval(() => void this.renew(), this.options.renewMs ?? 5000));
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
   * What this connection may send, or where to, has changed: its run ends after the requests in flight, and the next
   * one begins with what holds now. Without an id: any may have.
   */
  halt(connectionId?: string): void {
    for (const [id, { stop }] of this.running)
      if (connectionId === undefined || id === connectionId) stop.abort();
  }

  /** Lets the requests in flight finish, gives the lanes back. A request that takes too long is given up. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.claiming;
    this.halt();
    const late = setTimeout(() => {
      for (const { leave } of this.running.values()) leave.abort();
    }, this.options.graceMs ?? GRACE_MS);
    await Promise.all([...this.running.values()].map((lane) => lane.ended));
    clearTimeout(late);
  }

  /** Whatever a lost notification told: lanes that are due, and rows that fell due while a lane waits for its SIS. */
  private tick(): void {
    for (const lane of this.running.values()) nudge(lane);
    this.wake();
  }

  private async claim(): Promise<void> {
    const free = this.options.slots - this.running.size;
    if (free <= 0) return;
    try {
      for (const fence of await this.parts.lanes.claim(this.options.owner, free)) this.begin(fence);
    } catch (error) {
      // the database is away: the tick tries again
      this.parts.log.warn('lanes could not be claimed', { error: String(error) });
    }
  }

  private begin(fence: Fence): void {
    const stop = new AbortController();
    const leave = new AbortController();
    const nudges = new EventTarget();
    // an earlier run of ours on this connection lost its lease (a paused process): it must end before we begin
    const before = this.running.get(fence.connectionId);
    before?.leave.abort();
    const ended = (before?.ended ?? Promise.resolve())
      .then(() => runLane(this.parts, fence, { stop: stop.signal, leave: leave.signal, nudges }))
      .then(() => 0)
      .catch((error: unknown) => {
        this.parts.log.warn('a lane run failed', { connection: fence.connectionId, error: String(error) });
        return FAILED_RUN_RESTS_MS;
      })
      .then((rest) => this.parts.lanes.release(fence, rest))
      .catch(() => {
        // the lease runs out by itself
      })
      .finally(() => {
        if (this.running.get(fence.connectionId)?.fence === fence) this.running.delete(fence.connectionId);
        this.wake();
      });
    this.running.set(fence.connectionId, { fence, stop, leave, nudges, renewedAt: this.now(), ended });
  }

  private async renew(): Promise<void> {
    const lanes = [...this.running.values()];
    if (lanes.length === 0) return;
    const asked = this.now();
    try {
      const ours = await this.parts.lanes.renew(lanes.map((lane) => lane.fence));
      const alive = new Set(ours.map((fence) => `${fence.connectionId}:${fence.epoch}`));
      for (const lane of lanes)
        if (alive.has(`${lane.fence.connectionId}:${lane.fence.epoch}`)) lane.renewedAt = asked;
        else lane.leave.abort();
    } catch (error) {
      this.parts.log.warn('leases could not be renewed', { error: String(error) });
      for (const lane of lanes) if (this.now() - lane.renewedAt > UNRENEWED_MS) lane.leave.abort();
    }
  }

  private now(): number {
    return this.parts.now().getTime();
  }
}

function nudge(lane: Running | undefined): void {
  lane?.nudges.dispatchEvent(new Event('nudge'));
}
