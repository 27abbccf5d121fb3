/**
 * How many requests run at once, and how fast: a pool of slots with a token per request when the connection has a
 * limit per second. The lane keeps it fed with little more than it can send at once, so that an urgent row that
 * arrives later is not behind a long queue of taken ones.
 */
export class Pace {
  private readonly slots: number;
  private readonly perSecond: number | null;
  private readonly clock: { now(): Date; sleep(ms: number, signal: AbortSignal): Promise<void> };
  private running = 0;
  private readonly queue: (() => Promise<void>)[] = [];
  private waiters: (() => void)[] = [];
  private nextAt = 0;
  /** ends per second lately: the base of the appetite */
  private rate = 0;
  private ended = 0;
  private since = 0;

  constructor(slots: number, perSecond: number | null, clock: { now(): Date; sleep(ms: number, signal: AbortSignal): Promise<void> }) {
    this.slots = slots;
    this.perSecond = perSecond;
    this.clock = clock;
  }

  /** How many rows to take next: about 100 ms of work, at least two rounds of the slots. */
  appetite(): number {
    return Math.min(500, Math.max(this.slots * 2, Math.ceil(this.rate / 10)));
  }

  idle(): boolean {
    return this.running === 0 && this.queue.length === 0;
  }

  /** Queues work that begins when a slot is free. Results that wait for their lineItem hold no slot twice. */
  start(work: () => Promise<void>): void {
    this.queue.push(work);
    this.next();
  }

  /** Runs a read besides the queue, at the same speed limit. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.turn();
    return work();
  }

  /** Resolves when it is time to take more: soon after the last slot is fed, or (`nothingMore`) when something ends. */
  async hunger(nothingMore: boolean): Promise<void> {
    if (nothingMore) await this.event();
    else while (this.queue.length >= Math.max(this.slots, this.appetite() / 2)) await this.event();
  }

  /** New work is known: whoever waits for hunger looks again. */
  wake(): void {
    const woken = this.waiters;
    this.waiters = [];
    for (const wake of woken) wake();
  }

  private event(): Promise<void> {
    return new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  async empty(): Promise<void> {
    while (!this.idle()) await this.event();
  }

  private next(): void {
    while (this.running < this.slots && this.queue.length > 0) {
      const work = this.queue.shift()!;
      this.running++;
      void this.turn()
        .then(work)
        .finally(() => {
          this.running--;
          this.count();
          this.next();
          this.wake();
        });
    }
  }

  private async turn(): Promise<void> {
    if (!this.perSecond) return;
    const now = this.clock.now().getTime();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + 1000 / this.perSecond;
    if (at > now) await this.clock.sleep(at - now, new AbortController().signal);
  }

  private count(): void {
    const now = this.clock.now().getTime();
    if (now - this.since > 1000) {
      this.rate = this.since === 0 ? 0 : (this.ended * 1000) / (now - this.since);
      this.since = now;
      this.ended = 0;
    }
    this.ended++;
  }
}
