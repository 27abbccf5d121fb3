/** What a lane's run does with each row that it has taken: what is sent for it, and what it is told afterwards. */
import type { Outcome } from '../gradebook/outcome.ts';
import { behind, waits } from './behind.ts';
import { inGroups, sendTogether } from './bulk.ts';
import type { ClassRun, LineItem, Result } from './class-run.ts';
import { NotSent } from './in-turn.ts';
import { isLost } from './lane-readings.ts';
import type { LaneReads } from './lane-reads.ts';
import { Places, type PlaceParts } from './places.ts';
import type { Fence, Settlement } from './ports/lanes.ts';
import { PARKED_AFTER_DEFECTS } from './retry.ts';
import { sendLineItem, sendResult, type Answered, type SendParts, type Sent } from './send.ts';
import type { Settler } from './settler.ts';

/** What the rows of one run share. */
export interface RowParts extends PlaceParts {
  fence: Fence;
  reads: LaneReads;
  settler: Settler;
  /** nothing more may be sent */
  hasStopped(): boolean;
}

export class LaneRows {
  private readonly run: RowParts;
  /** refused with a 403 or 404 and nothing taken since: the connection may be at fault after all */
  private doubtful: Settlement[] = [];
  /** the last PUT of each lineItem in this run: results of the same lineItem wait for one request */
  private readonly puts = new Map<string, { n: number; attempts: number; sent: Promise<Sent> }>();
  /** lineItems, as they were taken, of which the SIS has lost what it acknowledged */
  private readonly lost = new Map<string, Promise<boolean>>();
  private readonly places: Places;
  private bulkOffered = true;

  constructor(run: RowParts) {
    this.run = run;
    this.places = new Places(run);
  }

  /** Puts a lineItem once per try, however many of its results ask for it. */
  lineItem(facts: ClassRun, lineItem: LineItem): Promise<Sent> {
    const { dirtyN: n, attempts } = lineItem;
    const last = this.puts.get(lineItem.id);
    // a later edit, or the next try after a failure, is new work; facts from before it are not
    if (last && (last.n > n || (last.n === n && last.attempts >= attempts))) return last.sent;
    // one after the other: an older write must not land after a newer one
    const sent = (last?.sent ?? Promise.resolve())
      .then(() => this.oneLineItem(facts, lineItem))
      .catch((error: unknown) => this.defect(error, attempts))
      .then((sent) => {
        this.settle(facts, 'lineItem', lineItem, sent);
        const isNew = lineItem.unheard === null && lineItem.acked === null;
        if (sent.how === 'acknowledged' && sent.created && isNew) this.places.made(sent.sourcedId);
        return sent;
      });
    this.puts.set(lineItem.id, { n, attempts, sent });
    return sent;
  }

  async result(facts: ClassRun, result: Result): Promise<void> {
    const sent = await this.oneResult(facts, result).catch((error: unknown) =>
      this.defect(error, result.attempts),
    );
    this.settle(facts, 'result', result, sent);
  }

  /** What of these goes in one request; the others are alone in theirs. */
  groups(results: Result[]): Result[][] {
    return this.run.bulk && this.bulkOffered ? inGroups(results) : results.map((result) => [result]);
  }

  /** A group in one request; answers those that have to go by themselves all the same. */
  async together(facts: ClassRun, group: Result[]): Promise<Result[]> {
    const [first] = group;
    const { health } = this.run;
    const each = (sent: (result: Result) => Sent) => {
      for (const result of group) this.settle(facts, 'result', result, sent(result));
      return [];
    };
    try {
      const on = await this.ground(facts, first!.lineItemId);
      if ('how' in on) return each(() => on);
      // what the SIS has there of a student has to be looked at first
      if (on.taken.handLinked) return group;
      const alone = await this.places.standing(facts, on.lineItem, group);
      const fresh = group.filter((result) => !alone.has(result));
      if (fresh.length === 0) return group;
      const done = await sendTogether(fresh, on, { ...this.sendParts(facts, on.taken, null), health });
      if (done.notOffered) this.bulkOffered = false;
      for (const { result, sent } of done.sent) this.settle(facts, 'result', result, sent);
      return [...alone, ...done.rest];
    } catch (error) {
      return each(({ attempts }) => this.defect(error, attempts));
    }
  }

  /** Settles the refusals that were held back because the connection might be at fault. */
  decide(how: (s: Settlement) => Settlement): void {
    for (const settlement of this.doubtful.splice(0)) this.run.settler.add(how(settlement));
  }

  private async oneLineItem(facts: ClassRun, lineItem: LineItem): Promise<Sent> {
    if (this.run.hasStopped()) return untried;
    return this.after(
      await sendLineItem(lineItem, this.sendParts(facts, lineItem, null)),
      lineItem.attempts,
      `lineItem ${lineItem.id}`,
    );
  }

  /** What results of this lineItem stand on, put first where the SIS does not have it; `how`: they end with it. */
  private async ground(facts: ClassRun, lineItemId: string): Promise<Ground | Sent> {
    const lineItem = facts.lineItem(lineItemId);
    // the lineItem's row can be gone only if the LMS deleted it a moment ago; the result's row then is too
    if (this.run.hasStopped() || !lineItem) return untried;
    if (await this.lost.get(asTaken(lineItem))) return untried;
    const on: Ground = { taken: lineItem, lineItem, parked: null };
    const parked = lineItem.taken ? null : lineItem.parked;
    if (lineItem.ackedVersion === 0 && !parked) {
      if (lineItem.waiting)
        return waits(lineItem.lastReason ?? { code: 'DEFECT' }, lineItem.nextAttemptAt, lineItem.attempts);
      const sent = await this.lineItem(facts, lineItem);
      const ends = behind(sent, lineItem.attempts);
      if (ends) return ends;
      if (this.run.hasStopped()) return untried;
      if (sent.how === 'acknowledged') on.lineItem = facts.put(lineItem, sent.sourcedId);
    }
    // nobody is certain that it is still there: its own request tells, or makes it again
    else if (lineItem.ackedHash === null && !parked)
      await (lineItem.taken ? this.lineItem(facts, lineItem) : this.puts.get(lineItem.id)?.sent);
    return { ...on, parked };
  }

  private async oneResult(facts: ClassRun, result: Result): Promise<Sent> {
    const on = await this.ground(facts, result.lineItemId);
    if ('how' in on) return on;
    const lineItem = on.taken;
    const sent = await sendResult(result, on.lineItem, on.parked, this.sendParts(facts, lineItem, result));
    if (sent.how === 'outcome' && lineItem.ackedVersion > 0 && blamesLineItem(sent.outcome))
      if (await this.hasLost(facts, lineItem, sent.outcome)) return untried;
    return this.after(sent, result.attempts, `result ${result.id}`);
  }

  /** Asked once, however many results are refused: it is made again, and they follow when they are taken next. */
  private hasLost(facts: ClassRun, lineItem: LineItem, refused: Outcome): Promise<boolean> {
    const known = this.lost.get(asTaken(lineItem));
    if (known) return known;
    const { parts, fence, client } = this.run;
    const named = refused.kind === 'refused' && refused.code === 'ITEM_DELETED_IN_SIS';
    const lost = isLost(client, facts.cls, lineItem.sourcedId ?? '', named).then(async (is) => {
      if (is) await parts.lanes.lineItemGone(fence, facts.cls.id, lineItem.id);
      return is;
    });
    this.lost.set(asTaken(lineItem), lost);
    return lost;
  }

  private sendParts(facts: ClassRun, lineItem: LineItem, result: Result | null): SendParts {
    const { parts, client, reads, readable } = this.run;
    const { attempts } = result ?? lineItem;
    const lists = readable && attempts < MOST_LISTS && lineItem.unheard === null;
    return {
      placeOfLineItem: this.places.ofLineItem(facts, lineItem),
      placeOfResult: result && this.places.ofResult(facts, lineItem, result),
      cls: () => facts.current(parts.lanes),
      planLineItem: (cls, lineItem) => facts.plan(cls, lineItem),
      client,
      readCategories: () => facts.once('categories', () => reads.categories(facts.cls, attempts)),
      readSchool: () => facts.once('school', () => reads.school(facts.cls, attempts)),
      ...(lists &&
        !facts.cls.lineItemsListed && {
          listLineItems: () => facts.once('lineItems', () => reads.listLineItems(facts.cls, attempts)),
        }),
    };
  }

  private async after(sent: Answered, attempts: number, who: string): Promise<Sent> {
    if (sent.how === 'outcome') return this.judged(sent, attempts, who);
    if (sent.how === 'acknowledged') await this.run.health.acknowledged(who);
    return sent;
  }

  /** Where it may have been stored, it is told to whom it was written. */
  private async judged(
    { outcome, linkedTo }: Extract<Answered, { how: 'outcome' }>,
    attempts: number,
    who: string,
  ): Promise<Sent> {
    const judged = await this.run.health.judge(outcome, attempts, who);
    return judged.how === 'retry' && judged.ambiguous && linkedTo !== undefined
      ? { ...judged, linkedTo }
      : judged;
  }

  /** A defect of ours counts as a try, so that a poisoned row ends parked instead of circling. */
  private defect(error: unknown, attempts: number): Sent {
    if (error instanceof NotSent) return untried;
    const { parts, fence, health } = this.run;
    parts.log.warn('a row could not be worked on', {
      connection: fence.connectionId,
      error: String(error),
    });
    if (attempts + 1 >= PARKED_AFTER_DEFECTS) return { how: 'refused', reason: { code: 'DEFECT' } };
    return {
      how: 'retry',
      reason: { code: 'DEFECT' },
      nextAttemptAt: health.rowAgainAt(attempts),
      ambiguous: true,
      counts: true,
    };
  }

  private settle(
    facts: ClassRun,
    kind: 'lineItem' | 'result',
    row: { id: string; dirtyN: number; version: number },
    sent: Sent,
  ): void {
    const about = { kind, id: row.id, classId: facts.cls.id, n: row.dirtyN, version: row.version };
    const settlement = { ...about, ...sent };
    if (sent.how === 'refused' && this.run.health.inDoubt) this.doubtful.push(settlement);
    else this.run.settler.add(settlement);
  }
}

/** `taken`: the lineItem as it was taken; `lineItem`: as it stands in the SIS now; `parked`: why it does not. */
interface Ground {
  taken: LineItem;
  lineItem: LineItem;
  parked: LineItem['parked'];
}

const untried: Sent = { how: 'untried' };
/** A list that cannot be read keeps no lineItem from being made for longer than this. */
const MOST_LISTS = 3;
const asTaken = ({ id, dirtyN }: LineItem) => `${id} ${dirtyN}`;

/** Refused as unknown: perhaps not the student but what the score stands on. */
function blamesLineItem(outcome: Outcome): boolean {
  if (outcome.kind !== 'refused' || outcome.code === 'ENROLL_NOT_IN_CLASS') return false;
  const { status } = outcome.said;
  return outcome.code === 'ITEM_DELETED_IN_SIS' || status === 404 || status === 410;
}
