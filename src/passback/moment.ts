/** What the SIS listed a moment ago, shared by all rows of a run that want to know it. */
import type { ReadOutcome } from './ports/sis.ts';

type Listed = Promise<ReadOutcome<Record<string, unknown>[]>>;

/** Longer than a lineItem's results take to be sent, shorter than it takes to type a score after looking. */
const FRESH_MS = 10_000;

export class Moment {
  private readonly lists = new Map<string, { at: number; list: Listed }>();
  private readonly uptimeMs: () => number;
  /** this SIS has no such lists: it is not asked for another one in this run */
  private none = false;

  constructor(uptimeMs: () => number) {
    this.uptimeMs = uptimeMs;
  }

  /** null: this SIS has none. */
  list(of: string, read: () => Listed): Listed | null {
    if (this.none) return null;
    const known = this.lists.get(of);
    if (known && this.uptimeMs() - known.at < FRESH_MS) return known.list;
    const list = read();
    this.lists.set(of, { at: this.uptimeMs(), list });
    list
      .then((answer) => {
        if (answer.kind === 'refused') this.none ||= hasNoRoute.has(answer.said.status ?? 0);
        // a trouble is told to those who wait for it now, and is not the next one's
        else if (answer.kind !== 'read') this.lists.delete(of);
      })
      // whoever asked for it is told
      .catch(() => this.lists.delete(of));
    return list;
  }

  /** It was made a moment ago: nothing can be there yet. */
  isEmpty(of: string): void {
    this.lists.set(of, { at: this.uptimeMs(), list: Promise.resolve({ kind: 'read', value: [] }) });
  }
}

const hasNoRoute = new Set([405, 501]);
