/** What the SIS listed a moment ago, shared by all rows of a run that want to know it. */
import type { ReadOutcome } from './ports/sis.ts';

type Listed = Promise<ReadOutcome<Record<string, unknown>[]>>;

interface Entry {
  at: number;
  list: Listed;
  passed: Map<string, number>;
}

/** About as long as the results of a lineItem take to be sent to a slow SIS; any look leaves some gap. */
const FRESH_MS = 30_000;

export class Moment {
  private readonly lists = new Map<string, Entry>();
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
    const entry: Entry = { at: Infinity, list, passed: new Map() };
    this.keep(of, entry);
    list
      .then((answer) => {
        // what is asked for behind others may wait for its turn
        entry.at = this.uptimeMs();
        if (answer.kind === 'refused') this.none ||= hasNoRoute.has(answer.said.status ?? 0);
        // a trouble is told to those who wait for it now, and is not the next one's
        else if (answer.kind !== 'read' && !hasAnswered(answer)) this.lists.delete(of);
      })
      // whoever asked for it is told
      .catch(() => this.lists.delete(of));
    return list;
  }

  /** It was made a moment ago: nothing can be there yet. */
  isEmpty(of: string): void {
    const list: Listed = Promise.resolve({ kind: 'read', value: [] });
    this.keep(of, { at: this.uptimeMs(), list, passed: new Map() });
  }

  /** In the order of their age, so that what is too old to be asked for goes: a run may be about a million results. */
  private keep(of: string, entry: Entry): void {
    this.lists.delete(of);
    this.lists.set(of, entry);
    for (const [old, { at }] of this.lists) {
      if (this.uptimeMs() - at < FRESH_MS) break;
      this.lists.delete(old);
    }
  }

  /** Those whom the list of this moment has let through, each with the version in which it first did; to be added to. */
  passedBy(of: string): Map<string, number> {
    return this.lists.get(of)?.passed ?? new Map<string, number>();
  }
}

const hasNoRoute = new Set([405, 501]);

/** No list, or none for us (a web page, a redirect, no right to it): what is sent may be taken all the same. */
export const hasAnswered = ({ kind, code, said }: Exclude<Awaited<Listed>, { kind: 'read' }>): boolean =>
  kind === 'refused' || (kind === 'broken' && said.status !== undefined && !aboutUs.has(code));
const aboutUs: ReadonlySet<string> = new Set([
  'AUTH_INVALID_CLIENT',
  'AUTH_SECRET_EXPIRED',
  'AUTH_TOKEN_ENDPOINT',
  'AUTH_UNAVAILABLE',
]);
