/**
 * SISs in memory whose every write waits until somebody says what becomes of it: answered, lost, swallowed, refused,
 * or given up and applied late. Reads are answered at once, from what they hold. One per gradebook address.
 */
import type { OneRosterLineItem, OneRosterResult } from '../../src/gradebook/oneroster.ts';
import type { Outcome } from '../../src/gradebook/outcome.ts';
import type { Sis, SisAddresses, SisClient } from '../../src/passback/ports/sis.ts';

export const answers = [
  'stored',
  'storedInSilence',
  'silence',
  'late',
  'swallowed',
  'internal',
  'busy',
  'refused',
  'credentials',
] as const;
export type Answer = (typeof answers)[number];

interface Write {
  sis: Held;
  kind: 'lineItem' | 'result';
  id: string;
  body: OneRosterLineItem | OneRosterResult;
}
interface Waiting extends Write {
  answer(outcome: Outcome): void;
}
/** What one SIS holds, and the values that it ever held, by sourcedId. */
export interface Held {
  lineItems: Map<string, OneRosterLineItem>;
  results: Map<string, OneRosterResult>;
  ever: Map<string, Set<string>>;
}

export class HandSis {
  /** in the order in which they were sent */
  waiting: Waiting[] = [];
  /** given up by whoever sent them, and perhaps still on their way */
  adrift: Write[] = [];
  /** what was acknowledged need not have been stored */
  swallows = false;
  private readonly byUrl = new Map<string, Held>();

  at(gradebookUrl: string): Held {
    const known = this.byUrl.get(gradebookUrl) ?? {
      lineItems: new Map(),
      results: new Map(),
      ever: new Map(),
    };
    this.byUrl.set(gradebookUrl, known);
    return known;
  }

  /** What becomes of the write that has waited `nth`. */
  answer(nth: number, how: Answer): void {
    const [write] = this.waiting.splice(nth % Math.max(1, this.waiting.length), 1);
    if (write) write.answer(this.outcome(write, how));
  }

  apply(write: Write): boolean {
    const { sis, kind, id, body } = write;
    if (kind === 'lineItem') sis.lineItems.set(id, body as OneRosterLineItem);
    else {
      const result = body as OneRosterResult;
      if (!sis.lineItems.has(result.lineItem.sourcedId)) return false;
      sis.results.set(id, result);
    }
    const ever = sis.ever.get(id) ?? new Set();
    sis.ever.set(id, ever.add(facts(body)));
    return true;
  }

  /** A process's way to it. `through` holds up whatever the process does while it is stopped; a dead one hears nothing. */
  openFor(through: <T>(act: () => Promise<T>) => Promise<T>): Sis & SisAddresses {
    return {
      open: (connection, signal, mayLeave) => {
        const sis = this.at(connection.gradebookUrl);
        const write = (kind: Write['kind']) => (id: string, body: OneRosterLineItem | OneRosterResult) =>
          through(() =>
            mayLeave?.() === false ? Promise.resolve(notMade) : this.send({ sis, kind, id, body }, signal),
          );
        const read = <T>(value: () => T) =>
          through(() => Promise.resolve({ kind: 'read' as const, value: value() }));
        const results = () => [...sis.results.values()];
        const client: SisClient = {
          putLineItem: write('lineItem'),
          putResult: write('result'),
          postResults: () => Promise.reject(new Error('nothing is posted')),
          deleteLineItem: () => Promise.reject(new Error('nothing is deleted')),
          deleteResult: () => Promise.reject(new Error('nothing is deleted')),
          readCategories: () =>
            read(() => ['hw', 'tests'].map((id) => ({ sourcedId: `sis-${id}`, title: id }))),
          readClassSchool: () => read(() => 'sis-school'),
          readClassStudents: () => read(() => []),
          readLineItem: (id) => {
            const item = sis.lineItems.get(id);
            return item
              ? read(() => item as unknown as Record<string, unknown>)
              : through(() => Promise.resolve(unknown));
          },
          readLineItems: () => read(() => [...sis.lineItems.values()]),
          readResults: (_, lineItemId) =>
            read(
              () =>
                results().filter((r) => r.lineItem.sourcedId === lineItemId) as unknown as Record<
                  string,
                  unknown
                >[],
            ),
          readResultsOfClass: () => read(() => results() as unknown as Record<string, unknown>[]),
          readRosterPage: () => Promise.reject(new Error('no roster is read')),
          probe: () => read(() => null),
          learned: () => ({}),
          close: () => undefined,
        };
        return client;
      },
      test: () => Promise.reject(new Error('nothing is tested')),
      refusal: () => null,
    };
  }

  private send(write: Write, signal: AbortSignal): Promise<Outcome> {
    return new Promise((answer) => {
      const waiting: Waiting = { ...write, answer };
      this.waiting.push(waiting);
      const giveUp = () => {
        const at = this.waiting.indexOf(waiting);
        if (at < 0) return;
        this.waiting.splice(at, 1);
        this.adrift.push(write);
        answer({ ...again('INTERRUPTED'), ambiguous: true });
      };
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  private outcome(write: Write, how: Answer): Outcome {
    switch (how) {
      case 'stored':
        return this.apply(write) ? { kind: 'acknowledged' } : unknown;
      case 'storedInSilence':
        this.apply(write);
        return { ...again('CONN_TIMEOUT'), ambiguous: true };
      case 'silence':
        return { ...again('CONN_TIMEOUT'), ambiguous: true };
      case 'late':
        this.adrift.push(write);
        return { ...again('CONN_RESET'), ambiguous: true };
      case 'swallowed':
        this.swallows = true;
        return { kind: 'acknowledged' };
      case 'internal':
        return { ...again('SIS_INTERNAL', 500), ambiguous: true };
      case 'busy':
        return { ...again('SIS_RATE_LIMIT', 429), retryAfterMs: 1000 };
      case 'refused':
        return { kind: 'refused', code: 'SIS_REFUSED', said: { status: 422 } };
      case 'credentials':
        return { kind: 'broken', code: 'AUTH_INVALID_CLIENT', said: { status: 401 } };
    }
  }
}

type Again = Extract<Outcome, { kind: 'retry' }>;
const again = (code: Again['code'], status?: number): Again => ({
  kind: 'retry',
  code,
  ambiguous: false,
  said: status === undefined ? {} : { status },
});
const notMade: Outcome = again('INTERRUPTED');
const unknown = {
  kind: 'refused',
  code: 'SIS_UNKNOWN_OBJECT',
  said: { status: 404, codeMinor: 'unknownobject' },
} as const;

/** What of a body counts for whether it was ever there. */
export function facts(body: OneRosterLineItem | OneRosterResult): string {
  return 'title' in body ? body.title : `${body.scoreStatus} ${body.score ?? ''}`;
}
