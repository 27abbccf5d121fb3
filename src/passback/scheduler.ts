/**
 * Drives the schedules of this worker: begins what is due, and starts the classes of runs as room for them becomes free.
 * What is to be done is in the database, where any worker finds it; nothing is remembered here.
 */
import type { ScheduleWork } from './ports/schedules.ts';

export interface SchedulerParts {
  schedules: ScheduleWork;
  /** ends early, without an error, when the signal is aborted */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  log: { warn(text: string, fields?: Record<string, unknown>): void };
}

/** While a run's classes are under way it is looked at again and again: soon, and less often while nothing moves. */
const SOON_MS = 500;
const LATE_MS = 2_000;

export class Scheduler {
  private readonly parts: SchedulerParts;
  private readonly stopping = new AbortController();
  private going: Promise<void> | null = null;
  private asked = false;
  private rest = new AbortController();

  constructor(parts: SchedulerParts) {
    this.parts = parts;
  }

  /** Something may be due. Never fails: what could not be done now is done by the next look, here or elsewhere. */
  look(): void {
    this.asked = true;
    this.rest.abort();
    if (this.stopping.signal.aborted) return;
    this.going ??= this.go().finally(() => {
      this.going = null;
      // asked in the moment in which it ended
      if (this.asked && !this.stopping.signal.aborted) this.look();
    });
  }

  /** Starts nothing more; waits for what it has in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.going;
  }

  private async go(): Promise<void> {
    let restMs = SOON_MS;
    while (!this.stopping.signal.aborted) {
      const busy = await this.round().catch((error: unknown) => {
        this.parts.log.warn('the schedules could not be looked at; they are again', { error: String(error) });
        return 'idle' as const;
      });
      if (this.asked) continue;
      if (busy === 'idle') return;
      restMs = busy === 'moved' ? SOON_MS : Math.min(2 * restMs, LATE_MS);
      this.rest = new AbortController();
      await this.parts.sleep(restMs, AbortSignal.any([this.rest.signal, this.stopping.signal]));
    }
  }

  private async round(): Promise<'moved' | 'full' | 'idle'> {
    const { schedules } = this.parts;
    if (this.asked) {
      this.asked = false;
      await schedules.claimDue();
    }
    let found: 'moved' | 'full' | 'idle' = 'idle';
    for (const id of await schedules.openRuns()) {
      const how = await this.drive(id).catch((error: unknown) => {
        // the others have nothing to do with it; this one is looked at again like one that waits
        this.parts.log.warn('a run of a schedule could not go on; it is tried again', {
          run: id,
          error: String(error),
        });
        return 'idle' as const;
      });
      if (how === 'moved' || found === 'idle') found = how;
    }
    return found;
  }

  /** Starts classes of a run as long as there is room for them. */
  private async drive(id: string): Promise<'moved' | 'full' | 'idle'> {
    let found: 'moved' | 'full' | 'idle' = 'idle';
    while (!this.stopping.signal.aborted) {
      const { how, defect } = await this.parts.schedules.advance(id);
      if (defect)
        this.parts.log.warn('a class could not be started by its schedule', {
          run: id,
          error: String(defect),
        });
      if (how === 'started' || how === 'ended') found = 'moved';
      else if (how === 'full' && found === 'idle') found = 'full';
      if (how !== 'started') return found;
    }
    return found;
  }
}
