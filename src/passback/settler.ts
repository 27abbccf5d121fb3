/** Acknowledges in batches: while one batch is being written, the next gathers. */
import type { Fence, Lanes, Settlement, Settling } from './ports/lanes.ts';

const AT_ONCE = 500;
/** A batch costs the database about the same whether it holds one answer or fifty. */
const GATHER_MS = 25;
/** What was sent at the same time is answered at about the same time; whoever has nothing else to do does not wait. */
const FIRST_MS = 5;

export interface SettlerParts {
  lanes: Pick<Lanes, 'settle'>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export class Settler {
  private readonly parts: SettlerParts;
  private readonly fence: Fence;
  private readonly settled: (is: Settling) => void;
  private waiting: Settlement[] = [];
  private writing: Promise<void> | null = null;
  private failure: Error | null = null;
  private added = false;
  private hurry = new AbortController();

  /** `settled` is told what came of each batch; one that cannot be written is lost, too */
  constructor(parts: SettlerParts, fence: Fence, settled: (is: Settling) => void) {
    this.parts = parts;
    this.fence = fence;
    this.settled = settled;
  }

  add(settlement: Settlement): void {
    this.waiting.push(settlement);
    this.added = true;
    this.writing ??= this.write();
  }

  /** Resolves when all that was added is written: whether anything was, since the last drain. */
  async drain(): Promise<boolean> {
    while (this.writing) {
      this.hurry.abort();
      await this.writing;
    }
    if (this.failure) throw this.failure;
    const any = this.added;
    this.added = false;
    return any;
  }

  private async write(): Promise<void> {
    this.hurry = new AbortController();
    try {
      await this.parts.sleep(FIRST_MS, this.hurry.signal);
      while (this.waiting.length > 0) {
        const batch = this.waiting.splice(0, this.together());
        this.settled(await this.parts.lanes.settle(this.fence, batch));
        await this.parts.sleep(GATHER_MS, this.hurry.signal);
      }
    } catch (error) {
      // unsettled rows stay marked with our epoch; the next claim of the lane sends them again (PUT: harmless)
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.waiting = [];
      this.settled('lost');
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
