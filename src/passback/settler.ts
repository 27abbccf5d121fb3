/** Acknowledges in batches: while one batch is being written, the next gathers. */
import type { Fence, Lanes, Settlement } from './ports/lanes.ts';

const AT_ONCE = 500;

export class Settler {
  private readonly lanes: Pick<Lanes, 'settle'>;
  private readonly fence: Fence;
  private readonly lost: () => void;
  private waiting: Settlement[] = [];
  private writing: Promise<void> | null = null;
  private failure: Error | null = null;
  private added = false;

  /** `lost` is called when the lane has moved on: nothing of ours counts any more */
  constructor(lanes: Pick<Lanes, 'settle'>, fence: Fence, lost: () => void) {
    this.lanes = lanes;
    this.fence = fence;
    this.lost = lost;
  }

  add(settlement: Settlement): void {
    this.waiting.push(settlement);
    this.added = true;
    this.writing ??= this.write();
  }

  /** Resolves when all that was added is written: whether anything was, since the last drain. */
  async drain(): Promise<boolean> {
    while (this.writing) await this.writing;
    if (this.failure) throw this.failure;
    const any = this.added;
    this.added = false;
    return any;
  }

  private async write(): Promise<void> {
    // lets the answers that arrive in the same turn join one statement
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.waiting.length > 0)
        if (!(await this.lanes.settle(this.fence, this.waiting.splice(0, this.together())))) this.lost();
    } catch (error) {
      // unsettled rows stay marked with our epoch; the next claim of the lane sends them again (PUT: harmless)
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.waiting = [];
      this.lost();
    } finally {
      this.writing = null;
    }
  }

  /** How many of those that wait go in one statement, which may touch a row once: a second answer goes with the next. */
  private together(): number {
    const seen = new Set<string>();
    for (const { kind, id } of this.waiting) {
      if (seen.size >= AT_ONCE || seen.has(`${kind} ${id}`)) break;
      seen.add(`${kind} ${id}`);
    }
    return seen.size;
  }
}
