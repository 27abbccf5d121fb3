/**
 * Reads back what the SIS holds (DESIGN §3.4), when there is nothing more urgent: once per class and round its
 * lineItems, and the results of each that is due. One request at a time, so that whatever falls due goes between.
 */
import type { ClassFacts } from '../gradebook/facts.ts';
import { sisIdOf } from '../gradebook/references.ts';
import type { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import { NotSent } from './in-turn.ts';
import type { Pace } from './pace.ts';
import type { Fence, ReadingDue } from './ports/lanes.ts';
import type { ReadOutcome, SisClient } from './ports/sis.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 300_000;
/** Behind every row. */
const LAST = 100;
/** A look for what is due costs a statement: while the lane is busy, this often. */
const LOOK_EVERY_MS = 1_000;

type Item = ReadingDue['lineItems'][number];
type Listed = Map<unknown, Record<string, unknown>>;
type Failed = Exclude<ReadOutcome<unknown>, { kind: 'read' }>;

export class LaneReadings {
  private readonly parts: LaneParts;
  private readonly fence: Fence;
  private readonly client: SisClient;
  private readonly health: LaneHealth;
  private readonly pace: Pace;
  private readonly stopped: () => boolean;
  /** ids of lineItems that were listed in this run beside those that were looked for */
  private readonly told = new Set<string>();
  private running = false;
  private lookedAt = -Infinity;

  constructor(
    run: { parts: LaneParts; fence: Fence; client: SisClient; health: LaneHealth; pace: Pace },
    stopped: () => boolean,
  ) {
    this.parts = run.parts;
    this.fence = run.fence;
    this.client = run.client;
    this.health = run.health;
    this.pace = run.pace;
    this.stopped = stopped;
  }

  /** Begins what is due, unless one is running. Answers whether there was anything. `idle`: nothing else is under way. */
  async begin(idle: boolean): Promise<boolean> {
    const now = this.parts.uptimeMs();
    if (this.running || (!idle && now - this.lookedAt < LOOK_EVERY_MS)) return false;
    this.lookedAt = now;
    const due = await this.parts.lanes.readingDue(this.fence);
    if (!due) return false;
    if (due.lineItems.length > 0) this.next(due.lineItems, () => this.list(due));
    return true;
  }

  private next(items: Item[], read: () => Promise<void>): void {
    this.running = true;
    this.pace.start(async () => {
      this.running = false;
      if (this.stopped()) return;
      try {
        await read();
      } catch (error) {
        // what is due stays due: the next run reads it
        if (error instanceof NotSent) return;
        const { connectionId } = this.fence;
        this.parts.log.warn('a reading failed', { connection: connectionId, error: String(error) });
        await this.putOff(items, SOON_MS).catch(() => undefined);
      }
    }, LAST);
  }

  private async list(due: ReadingDue): Promise<void> {
    if (due.classSourcedId === null) return this.putOff(due.lineItems, DAY_MS);
    const wanted = new Set(due.lineItems.map((item) => item.sourcedId));
    const answer = await this.client.readLineItems(due.classSourcedId, wanted);
    if (answer.kind !== 'read') return this.failed(due.lineItems, answer, 'class');
    await this.others(due.cls.id, wanted, answer.value, answer.partial !== true);
    const listed: Listed = new Map(answer.value.map((item) => [item.sourcedId, item]));
    this.each(due, due.classSourcedId, listed, due.lineItems, this.day());
  }

  /** What the class has besides is kept too: a new lineItem of ours must not be made beside its namesake there. */
  private async others(
    classId: string,
    wanted: ReadonlySet<string>,
    items: Record<string, unknown>[],
    whole: boolean,
  ): Promise<void> {
    const fresh = items
      .map(({ sourcedId }) => String(sourcedId))
      .filter((id) => !wanted.has(id) && !this.told.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) this.told.add(id);
    await this.parts.lanes.keepLineItems(this.fence, classId, { items, whole });
  }

  /** The rest of the round, one lineItem after the other. */
  private each(due: ReadingDue, classId: string, listed: Listed, rest: Item[], againInMs: number): void {
    const [item, ...others] = rest;
    if (!item) return;
    this.next([item], async () => {
      await this.one(due, classId, listed.get(item.sourcedId), item, againInMs);
      this.each(due, classId, listed, others, againInMs);
    });
  }

  private async one(
    due: ReadingDue,
    classId: string,
    listed: Record<string, unknown> | undefined,
    item: Item,
    againInMs: number,
  ): Promise<void> {
    const about = { classId: due.cls.id, lineItemId: item.id, at: due.at, againInMs };
    if (!listed) {
      // a list may be cut short or shift while it is read: only the lineItem itself proves that it is gone
      if (await lineItemIsGone(this.client, item.sourcedId))
        await this.keep({ ...about, lineItem: null, results: [], partial: true });
      else await this.putOff([item], this.day());
      return;
    }
    const answer = await this.client.readResults(classId, item.sourcedId, new Set(item.resultIds));
    if (answer.kind !== 'read') return this.failed([item], answer, 'lineItem');
    await this.keep({
      ...about,
      lineItem: listed,
      results: answer.value,
      partial: answer.partial === true,
    });
  }

  private async keep(reading: Parameters<LaneParts['lanes']['keepReading']>[1]): Promise<void> {
    await this.parts.lanes.keepReading(this.fence, reading);
  }

  /** Nothing is known and nothing changes; whether the connection is at fault is judged as for any other request. */
  private async failed(items: Item[], answer: Failed, listOf: 'class' | 'lineItem'): Promise<void> {
    if (answer.kind !== 'refused') {
      const sent = await this.health.judge(answer, 0);
      const until = 'nextAttemptAt' in sent ? sent.nextAttemptAt : undefined;
      const wait = until ? until.getTime() - this.parts.now().getTime() : 0;
      return this.putOff(items, Math.max(wait, SOON_MS * (0.5 + this.parts.random())));
    }
    // no such list; a 403, or a 404 in the words of the specification, may be about this class alone
    const { status, codeMinor } = answer.said;
    const never = status === 405 || status === 501;
    const noList = status === 404 && codeMinor === undefined && listOf === 'class';
    if (never || noList) await this.parts.lanes.putOffReading(this.fence, null, DAY_MS);
    else await this.putOff(items, this.day());
  }

  private async putOff(items: Item[], ms: number): Promise<void> {
    await this.parts.lanes.putOffReading(
      this.fence,
      items.map((item) => item.id),
      ms,
    );
  }

  /** About a day, spread so that what was sent together is not read together for ever. */
  private day(): number {
    return DAY_MS * (0.9 + 0.2 * this.parts.random());
  }
}

/** Only a clear answer counts: the SIS, asked for this very lineItem, has none or means to delete it. */
export async function lineItemIsGone(client: SisClient, sourcedId: string): Promise<boolean> {
  const answer = await client.readLineItem(sourcedId);
  if (answer.kind === 'read') return answer.value.status === 'tobedeleted';
  return answer.kind === 'refused' && (answer.said.status === 404 || answer.said.status === 410);
}

/**
 * A score was refused as if its lineItem were not there. An SIS in trouble may say 404 to everything, so its list of the
 * class must be there without it, or the refusal must have `named` what is missing.
 */
export async function isLost(
  client: SisClient,
  cls: ClassFacts,
  sourcedId: string,
  named: boolean,
): Promise<boolean> {
  const classId = sisIdOf(cls, cls.settings);
  if (classId === null || !(await lineItemIsGone(client, sourcedId))) return false;
  const list = await client.readLineItems(classId, new Set([sourcedId]));
  if (list.kind !== 'read') return named && list.kind === 'refused';
  return !list.value.some((item) => item.sourcedId === sourcedId && item.status !== 'tobedeleted');
}
