/** The requests of the writing part of the connection test: each measured, and what they make remembered. */
import { classify } from '../gradebook/classify.ts';
import type { Asked } from '../gradebook/outcome-table.ts';
import type { Outcome } from '../gradebook/outcome.ts';
import { type Channel, createSend, segment, type Send } from './request.ts';

export interface Answered {
  /** null: no answer */
  status: number | null;
  outcome: Outcome;
  body: unknown;
}
/** The time for the test is over, or whoever asked for it has gone: what was made is removed, nothing more is tried. */
export class TestStopped extends Error {}

export class Trial {
  /** our id and, where the SIS gave one of its own, that */
  readonly lineItems = new Set<string>();
  readonly results = new Set<string>();
  private readonly took: number[] = [];
  private readonly channel: Channel;
  private readonly send: Send;

  constructor(channel: Channel) {
    this.channel = channel;
    this.send = createSend(channel);
  }

  /** The same work with a time of its own, for what has to be done even when the test is stopped. */
  within(signal: AbortSignal): Trial {
    const trial = new Trial({ ...this.channel, signal });
    for (const id of this.lineItems) trial.lineItems.add(id);
    for (const id of this.results) trial.results.add(id);
    return trial;
  }

  async put(
    kind: 'lineItem' | 'result',
    sourcedId: string,
    body: Record<string, unknown>,
  ): Promise<Answered> {
    const made = kind === 'lineItem' ? this.lineItems : this.results;
    // before the answer, which may never come
    made.add(sourcedId);
    const answered = await this.ask({ method: 'PUT', about: kind }, `${kind}s/${segment(sourcedId)}`, {
      [kind]: body,
    });
    const { outcome } = answered;
    if (outcome.kind === 'acknowledged' && outcome.allocatedSourcedId) made.add(outcome.allocatedSourcedId);
    return answered;
  }

  post(lineItem: string, results: Record<string, unknown>[]): Promise<Answered> {
    const path = `lineItems/${segment(lineItem)}/results`;
    return this.ask({ method: 'POST', about: 'results' }, path, { results });
  }

  remove(kind: 'lineItem' | 'result', sourcedId: string): Promise<Answered> {
    return this.ask({ method: 'DELETE', about: kind }, `${kind}s/${segment(sourcedId)}`);
  }

  get count(): number {
    return this.took.length;
  }
  /** null: nothing was answered */
  get medianMs(): number | null {
    const sorted = this.took.toSorted((a, b) => a - b);
    return sorted.length > 0 ? Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0) : null;
  }

  private async ask(asked: Asked, path: string, body?: object): Promise<Answered> {
    const { connection, signal } = this.channel;
    const began = performance.now();
    const { answer } = await this.send(asked, `${connection.gradebookUrl}/${path}`, body);
    if (signal.aborted) throw new TestStopped();
    if (answer.kind !== 'response')
      return { status: null, outcome: classify(asked, answer, new Date()), body: undefined };
    this.took.push(performance.now() - began);
    return { status: answer.status, outcome: classify(asked, answer, new Date()), body: answer.body };
  }
}
