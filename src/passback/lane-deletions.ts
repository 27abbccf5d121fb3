/**
 * What was deleted here is deleted in the SIS, when nothing more urgent is due: results before their lineItem (which is
 * not due before). One that the SIS forbids is somebody's to do by hand; what is gone already is deleted.
 */
import type { Outcome } from '../gradebook/outcome.ts';
import { shownBy } from '../gradebook/values.ts';
import { wireForm, wireLineItem, wireResult } from '../gradebook/wire.ts';
import { hasAnswered, Moment } from './moment.ts';
import { compare } from './read-back.ts';
import { NotSent } from './in-turn.ts';
import type { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import type { Pace } from './pace.ts';
import type { Deleted, DeletionDue, Fence } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';

/** Behind every row, before what is read back. */
const LATE = 99;
/** A look for what is due costs a statement: while the lane is busy, this often. */
const LOOK_EVERY_MS = 1_000;
/** A list that cannot be read holds nothing up for longer than this. */
const MOST_LOOKS = 3;

export class LaneDeletions {
  private readonly run: {
    parts: LaneParts;
    fence: Fence;
    client: SisClient;
    health: LaneHealth;
    pace: Pace;
  };
  private readonly stopped: () => boolean;
  private readonly moment: Moment;
  private lookedAt = -Infinity;

  constructor(run: LaneDeletions['run'], stopped: () => boolean) {
    this.run = run;
    this.moment = new Moment(() => run.parts.uptimeMs());
    this.stopped = stopped;
  }

  /** Begins what is due; answers whether there was anything. `idle`: nothing else is under way. */
  async begin(idle: boolean): Promise<boolean> {
    const { parts, fence, pace } = this.run;
    const now = parts.uptimeMs();
    if (!idle && now - this.lookedAt < LOOK_EVERY_MS) return false;
    this.lookedAt = now;
    const due = await parts.lanes.deletionsDue(fence);
    for (const deletion of due)
      pace.start(async () => {
        await parts.lanes.keepDeletion(fence, deletion, await this.one(deletion));
      }, LATE);
    return due.length > 0;
  }

  private async one(deletion: DeletionDue): Promise<Deleted> {
    if (this.stopped()) return { how: 'untried' };
    const { parts, fence, health } = this.run;
    try {
      const kept = await this.kept(deletion);
      if (kept) return kept;
      const asked = this.send(deletion);
      if (asked === null) return { how: 'refused', reason: { code: 'STILL_IN_SIS' } };
      const outcome = await asked;
      const who = `deletion ${deletion.id}`;
      if (outcome.kind !== 'acknowledged') return ofRow(await health.judge(outcome, deletion.attempts, who));
      await health.acknowledged(who);
      return { how: 'done' };
    } catch (error) {
      if (error instanceof NotSent) return { how: 'untried' };
      parts.log.warn('a deletion could not be worked on', {
        connection: fence.connectionId,
        error: String(error),
      });
      const nextAttemptAt = health.rowAgainAt(deletion.attempts);
      return { how: 'retry', reason: { code: 'DEFECT' }, nextAttemptAt, counts: true, ambiguous: true };
    }
  }

  /** What somebody typed there since is his: also where nobody has read the class since. null: it is ours to delete. */
  private async kept({ id, cls, sourcedId, over, attempts }: DeletionDue): Promise<Deleted | null> {
    if (over === null) return null;
    const { client, health } = this.run;
    const list = await this.moment.list(over.lineItemId, () =>
      client.readResults(over.classId, over.lineItemId),
    );
    if (list === null) return null;
    if (list.kind !== 'read')
      return hasAnswered(list) || attempts >= MOST_LOOKS
        ? null
        : ofRow(await health.judge(list, attempts, `deletion ${id}`));
    const shown = shownBy(
      'result',
      list.value.find((item) => item.sourcedId === sourcedId),
    );
    if (!shown || compare(over.acked, [over.acked], shown, cls.timeZone) !== 'foreign') return null;
    return { how: 'refused', reason: { code: 'STILL_IN_SIS' }, theirs: true };
  }

  /** null: it cannot be said in the way that this SIS wants it said. */
  private send({ cls, kind, sourcedId, how, tombstone }: DeletionDue): Promise<Outcome> | null {
    const { client } = this.run;
    if (how === 'delete')
      return kind === 'lineItem' ? client.deleteLineItem(sourcedId) : client.deleteResult(sourcedId);
    if (tombstone === null) return null;
    const form = wireForm(cls);
    return kind === 'lineItem'
      ? client.putLineItem(sourcedId, wireLineItem(tombstone, form))
      : client.putResult(sourcedId, wireResult(tombstone, form));
  }
}

function ofRow(sent: Awaited<ReturnType<LaneHealth['judge']>>): Deleted {
  switch (sent.how) {
    case 'retry':
    case 'refused':
    case 'untried':
      return sent;
    default:
      throw new Error(`a refusal or silence was judged as ${sent.how}`);
  }
}
