/**
 * Starts lanes that are due: on a NOTIFY, on a tick of a second, and whenever a slot frees; renews the leases of those
 * that run. One pump per worker process; many may run on one database.
 */
import { runLane, type LaneParts } from './lane.ts';
import type { Fence } from './ports/lanes.ts';

export interface PumpOptions {
  /** names this process in the lane rows */
  owner: string;
  /** lanes at once in this process */
  slots: number;
  tickMs?: number;
  renewMs?: number;
}
/** a run that fails at once (the database, a defect) must not be started again in a hot loop */
const FAILED_RUN_RESTS_MS = 5_000;

interface Running {
  fence: Fence;
  stop: AbortController;
  nudges: EventTarget;
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
    this.timers.push(setInterval(() => this.wake(), this.options.tickMs ?? 1000));
    this.timers.push(setInterval(() => void this.renew(), this.options.renewMs ?? 5000));
    this.wake();
  }

  /** There may be work; for a connection whose lane runs here, the lane is told directly. */
  wake(connectionId?: string): void {
    const here = connectionId === undefined ? undefined : this.running.get(connectionId);
    if (here) here.nudges.dispatchEvent(new Event('nudge'));
    if (this.stopped) return;
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
    for (const [id, { stop, nudges }] of this.running)
      if (connectionId === undefined || id === connectionId) {
        stop.abort();
        nudges.dispatchEvent(new Event('nudge'));
      }
  }

  /** Lets the requests in flight finish, gives the lanes back. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.claiming;
    this.halt();
    await Promise.all([...this.running.values()].map((lane) => lane.ended));
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
    const nudges = new EventTarget();
    // an earlier run of ours on this connection lost its lease (a paused process): it must end before we begin
    const before = this.running.get(fence.connectionId);
    before?.stop.abort();
    const ended = (before?.ended ?? Promise.resolve())
      .then(() => runLane(this.parts, fence, stop.signal, nudges))
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
    this.running.set(fence.connectionId, { fence, stop, nudges, ended });
  }

  private async renew(): Promise<void> {
    const lanes = [...this.running.values()];
    if (lanes.length === 0) return;
    try {
      const ours = await this.parts.lanes.renew(lanes.map((lane) => lane.fence));
      const alive = new Set(ours.map((fence) => `${fence.connectionId}:${fence.epoch}`));
      for (const lane of lanes)
        if (!alive.has(`${lane.fence.connectionId}:${lane.fence.epoch}`)) lane.stop.abort();
    } catch (error) {
      this.parts.log.warn('leases could not be renewed', { error: String(error) });
    }
  }
}
