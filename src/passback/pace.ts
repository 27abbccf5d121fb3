/**
 * How many requests run at once, and how fast: a pool of slots, and a turn per request when the connection has a
 * limit per second. The lane keeps it fed with little more than it can send at once, so that an urgent row that
 * arrives later is not behind a long queue of taken ones.
 */
export class Pace {
  private slots: number;
  private readonly perSecond: number | null;
  private readonly clock: { now(): Date; sleep(ms: number, signal: AbortSignal): Promise<void> };
  private running = 0;
  /** the most urgent first; of equals, the first that came */
  private readonly queue: { rank: number; work: () => Promise<void> }[] = [];
  private waiters: (() => void)[] = [];
  private nextAt = 0;
  /** ends per second lately: the base of the appetite */
  private rate = 0;
  private ended = 0;
  private since: number;

  constructor(
    slots: number,
    perSecond: number | null,
    clock: { now(): Date; sleep(ms: number, signal: AbortSignal): Promise<void> },
  ) {
    this.slots = slots;
    this.perSecond = perSecond;
    this.clock = clock;
    this.since = clock.now().getTime();
  }

  /** So many at once from now on; what is under way beyond that ends by itself. */
  setSlots(slots: number): void {
    this.slots = slots;
    this.next();
  }

  /** How many rows to take next: about 100 ms of work, at least two rounds of the slots. */
  appetite(): number {
    return Math.min(500, Math.max(this.slots * 2, Math.ceil(this.rate / 10)));
  }

  idle(): boolean {
    return this.running === 0 && this.queue.length === 0;
  }

  /** Queues work that begins when a slot is free, the smaller `rank` first. Work answers for its own failures. */
  start(work: () => Promise<void>, rank: number): void {
    const after = this.queue.findLastIndex((queued) => queued.rank <= rank);
    this.queue.splice(after + 1, 0, { rank, work });
    this.next();
  }

  /** Resolves when it is time to take more: soon after the last slot is fed, or (`nothingMore`) when something happens. */
  async hunger(nothingMore: boolean): Promise<void> {
    if (nothingMore) {
      // what needed no request may have ended before anybody waited for it
      if (!this.idle()) await this.event();
    } else while (this.queue.length >= Math.max(this.slots, this.appetite() / 2)) await this.event();
  }

  /** New work is known: whoever waits for hunger looks again. */
  wake(): void {
    const woken = this.waiters;
    this.waiters = [];
    for (const wake of woken) wake();
  }

  async empty(): Promise<void> {
    while (!this.idle()) await this.event();
  }

  /** Waits for the next request's turn, if there is a limit per second; whoever stops the lane ends the wait. */
  async turn(stop: AbortSignal): Promise<void> {
    if (this.perSecond === null) return;
    const now = this.clock.now().getTime();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + 1000 / this.perSecond;
    if (at > now) await this.clock.sleep(at - now, stop);
  }

  private event(): Promise<void> {
    return new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private next(): void {
    while (this.running < this.slots) {
      const first = this.queue.shift();
      if (!first) return;
      this.running++;
      void first.work().finally(() => {
        this.running--;
        this.count();
        this.next();
        this.wake();
      });
    }
  }

  private count(): void {
    this.ended++;
    const now = this.clock.now().getTime();
    if (now - this.since < 250) return;
    this.rate = (this.ended * 1000) / (now - this.since);
    this.since = now;
    this.ended = 0;
  }
}
