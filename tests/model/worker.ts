/**
 * A worker process as the lane knows it: the product's own run of a lane, in a process that can die or be stopped
 * between any two of its calls. A dead one never hears again; a stopped one hears all that has come when it wakes.
 */
import { runLane } from '../../src/passback/lane.ts';
import type { Fence, Lanes } from '../../src/passback/ports/lanes.ts';
import type { HandSis } from './hand-sis.ts';

/** How many calls are under way in all workers: when there are none, everybody waits for somebody else. */
export interface Traffic {
  calls: number;
}

class Life {
  dead = false;
  private stopped: Promise<void> | null = null;
  private wakeUp: () => void = () => undefined;
  readonly traffic: Traffic;

  constructor(traffic: Traffic) {
    this.traffic = traffic;
  }
  get isStopped(): boolean {
    return this.stopped !== null;
  }
  stop(): void {
    this.stopped ??= new Promise((resolve) => (this.wakeUp = resolve));
  }
  wake(): void {
    this.stopped = null;
    this.wakeUp();
  }
  async runs(): Promise<void> {
    while (this.stopped) await this.stopped;
    if (this.dead) await new Promise(() => undefined);
  }
  /** `counted`: it ends by itself, so it is worth waiting for */
  through = async <T>(act: () => Promise<T>, counted: boolean): Promise<T> => {
    await this.runs();
    const by = counted ? 1 : 0;
    this.traffic.calls += by;
    try {
      return await act();
    } finally {
      this.traffic.calls -= by;
      await this.runs();
    }
  };
}

export class Worker {
  readonly name: string;
  private readonly world: { lanes: Lanes; sis: HandSis; traffic: Traffic };
  private life: Life;
  private run: { fence: Fence; stop: AbortController; leave: AbortController; nudges: EventTarget } | null =
    null;
  /** what its clock says of its lease */
  private overdue = false;
  private sleptMs = 0;

  constructor(name: string, world: { lanes: Lanes; sis: HandSis; traffic: Traffic }) {
    this.name = name;
    this.world = world;
    this.life = new Life(world.traffic);
  }

  get isRunning(): boolean {
    return this.run !== null;
  }
  get isStopped(): boolean {
    return this.life.isStopped;
  }

  holds(epoch: string): boolean {
    return this.run?.fence.epoch === epoch;
  }

  /** Claims what is due and runs it, as the pump does. */
  async start(): Promise<void> {
    if (this.run || this.life.isStopped) return;
    const { lanes } = this.world;
    const [fence] = await lanes.claim(this.name, 1, []);
    if (!fence) return;
    const life = this.life;
    const run = {
      fence,
      stop: new AbortController(),
      leave: new AbortController(),
      nudges: new EventTarget(),
    };
    this.run = run;
    this.overdue = false;
    const bound = through(lanes, life);
    const parts = {
      lanes: bound,
      sis: this.world.sis.openFor((act) => life.through(act, false)),
      now: () => new Date(),
      uptimeMs: () => performance.now() + this.sleptMs,
      random: () => 0.5,
      sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
      log: { info: () => undefined, warn: () => undefined },
    };
    const signals = {
      stop: run.stop.signal,
      leave: run.leave.signal,
      holds: () => !this.overdue,
      nudges: run.nudges,
    };
    void runLane(parts, fence, signals)
      .then(() => bound.release(fence, 0))
      .catch((error: unknown) => {
        if (this.run === run) this.failure = error;
      })
      .finally(() => {
        if (this.run === run) this.run = null;
      });
  }
  /** a defect: nothing here makes the database fail */
  failure: unknown = null;

  halt(): void {
    if (!this.life.isStopped) this.run?.stop.abort();
  }
  nudge(): void {
    if (!this.life.isStopped) this.run?.nudges.dispatchEvent(new Event('nudge'));
  }
  /** As the pump does every five seconds. */
  async renew(): Promise<void> {
    const { run } = this;
    if (!run || this.life.isStopped) return;
    if ((await this.world.lanes.renew([run.fence])).length === 0) run.leave.abort();
    else this.overdue = false;
  }
  pause(): void {
    if (this.run) this.life.stop();
  }
  /** `overdue`: its clock tells it at once that its lease must be over */
  wake(overdue: boolean): void {
    this.overdue = overdue;
    if (overdue) this.sleptMs += 60_000;
    this.life.wake();
  }
  /** kill -9, and a new process in its place. Its requests may still be on their way. */
  crash(): void {
    const { life } = this;
    life.dead = true;
    if (this.run) this.run.leave.abort();
    this.run = null;
    life.wake();
    this.life = new Life(this.world.traffic);
  }
}

/** Every call of this process to the database, held up while it is stopped. */
function through(lanes: Lanes, life: Life): Lanes {
  const bind =
    (call: (...given: unknown[]) => Promise<unknown>) =>
    (...given: unknown[]) =>
      life.through(() => call(...given), true);
  return Object.fromEntries(
    Object.entries(lanes).map(([name, call]) => [name, bind(call as never)]),
  ) as unknown as Lanes;
}
