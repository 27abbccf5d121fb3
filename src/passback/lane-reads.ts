/** What a lane reads from its SIS: what rows need to be decided about, and what somebody waits for at a screen. */
import type { Reason } from '../gradebook/decision.ts';
import { reasonOf } from '../gradebook/outcome.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { hasNoSuchList, isUnread, readClass, type Unread } from './class-reading.ts';
import { NotSent } from './in-turn.ts';
import { hasAnswered } from './moment.ts';
import type { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import type { ClassToRead, ClassWork, Fence, LaneRead } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';
import type { Sent } from './send.ts';

export class LaneReads {
  private readonly parts: LaneParts;
  private readonly fence: Fence;
  private readonly client: SisClient;
  private readonly health: LaneHealth;
  private readonly begun = new Set<string>();

  constructor(parts: LaneParts, fence: Fence, client: SisClient, health: LaneHealth) {
    this.parts = parts;
    this.fence = fence;
    this.client = client;
    this.health = health;
  }

  /** The reads that somebody waits for and that this run has not begun yet; of one class those that one reading answers. */
  async asked(): Promise<LaneRead[][]> {
    const reads = await this.parts.lanes.reads(this.fence);
    const fresh = reads.filter((read) => !this.begun.has(read.id));
    const together = new Map<string, LaneRead[]>();
    for (const read of fresh) {
      this.begun.add(read.id);
      const name = ofClass.has(read.kind) ? read.classId : read.id;
      together.set(name, [...(together.get(name) ?? []), read]);
    }
    return [...together.values()];
  }

  /** A read that is not made now stays unanswered: the next run finds it. */
  async answer(reads: LaneRead[]): Promise<void> {
    const [read] = reads;
    try {
      if (read && ofClass.has(read.kind)) await this.wholeClass(read.classId, reads);
      else if (read?.kind === 'lineItems') await this.lineItems(read);
      else if (read) await this.onlyCategories(read);
    } catch (error) {
      if (error instanceof NotSent) return;
      this.parts.log.warn('a read failed', { connection: this.fence.connectionId, error: String(error) });
    }
  }

  private async onlyCategories(read: LaneRead): Promise<void> {
    const cls = await this.parts.lanes.classFacts(read.classId);
    const failed = cls ? await this.categories(cls, 0) : noClass;
    await this.parts.lanes.answer(read, failed ? { ok: false, reason: why(failed) } : { ok: true });
  }

  /** Somebody wants to see them. */
  private async lineItems(read: LaneRead): Promise<void> {
    const { lanes } = this.parts;
    const cls = await lanes.classFacts(read.classId);
    const classId = cls && sisIdOf(cls, cls.settings);
    if (!classId) return lanes.answer(read, { ok: false, reason: { code: 'MAP_CLASS' } });
    const listed = await this.keepLineItems(read.classId, classId, false);
    if (listed.kind === 'read') return listed.kept ? lanes.answer(read, { ok: true }) : undefined;
    const failed = await this.health.judge(listed, 0, `lineItems ${read.classId}`);
    const reason = listed.kind === 'refused' ? reasonOf(listed) : why(failed);
    await lanes.answer(read, { ok: false, reason });
  }

  /** What a class has already, before a new one is made in it; null when it is known, or cannot be. */
  async listLineItems(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const classId = sisIdOf(cls, cls.settings);
    if (!classId) return noClass;
    const listed = await this.keepLineItems(cls.id, classId, true);
    if (listed.kind === 'read' || listed.kind === 'refused') return null;
    return this.health.judge(listed, attempts, `lineItems ${cls.id}`);
  }

  /** All of them, for a part says nothing of what is not in it. */
  private async keepLineItems(
    id: string,
    classId: string,
    ahead: boolean,
  ): Promise<Unread | { kind: 'read'; kept: boolean }> {
    const listed = await this.client.readLineItems(classId);
    if (listed.kind !== 'read') return listed;
    const all = { items: listed.value, whole: listed.partial !== true, ahead };
    return { kind: 'read', kept: await this.parts.lanes.keepLineItems(this.fence, id, all) };
  }

  private async wholeClass(classId: string, reads: LaneRead[]): Promise<void> {
    const { lanes } = this.parts;
    const asked = reads.filter((read) => read.kind === 'class');
    const due = await lanes.classToRead(classId);
    const { classSourcedId = null } = due ?? {};
    if (!due || classSourcedId === null) return this.unread(classId, asked, { code: 'MAP_CLASS' }, null);
    const read = await readClass(
      this.client,
      { ...due, classSourcedId },
      { lineItems: reads.some((one) => one.kind !== 'sync'), students: asked.length > 0 },
    );
    if (isUnread(read)) return this.failed(classId, asked, read);
    await this.needed(due);
    if (!(await lanes.keepClassReading(this.fence, read))) return;
    for (const one of asked) await lanes.answer(one, { ok: true });
  }

  /** What the plan is to say of new lineItems hangs on it; where it cannot be read, they will say so. */
  private async needed({ cls, needs }: ClassToRead): Promise<void> {
    if (needs.categories) await this.categories(cls, 0);
    if (needs.school) await this.school(cls, 0);
  }

  private async failed(classId: string, asked: LaneRead[], outcome: Unread): Promise<void> {
    const sent = await this.health.judge(outcome, 0, `class ${classId}`);
    if (outcome.kind === 'refused' && sent.how === 'refused') {
      // an SIS that has no such list is not asked again for a day; a 403 may be about this class alone
      if (hasNoSuchList(outcome) && outcome.said.status !== 403)
        await this.parts.lanes.putOffReading(this.fence, null, DAY_MS);
      await this.unread(classId, asked, reasonOf(outcome), null);
    } else if (sent.how === 'retry' && sent.counts) {
      const soon = this.parts.now().getTime() + SOON_MS;
      const again = new Date(Math.max(sent.nextAttemptAt.getTime(), soon));
      await this.unread(classId, asked, sent.reason, again);
    } else if (hasAnswered(outcome))
      // a probe finds out about the connection; where that works time and again, it is this list alone
      await this.unread(classId, asked, reasonOf(outcome), new Date(this.parts.now().getTime() + SOON_MS));
    // else the connection as a whole is at fault, or the run ends: whoever waits, waits for that
  }

  private async unread(
    classId: string,
    asked: LaneRead[],
    reason: Reason,
    again: Date | null,
  ): Promise<void> {
    await this.parts.lanes.classUnread(this.fence, classId, reason, again);
    for (const one of asked) await this.parts.lanes.answer(one, { ok: false, reason });
  }

  /** Reads and keeps the SIS's categories of a class; null when it has, else what becomes of who asked. */
  async categories(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const sourcedId = cls.settings.useCustomIds ? cls.customId : cls.sourcedId;
    if (!sourcedId) return noClass;
    const answer = await this.client.readCategories(sourcedId);
    if (answer.kind !== 'read') return this.health.judge(answer, attempts, `categories ${cls.id}`);
    await this.parts.lanes.keepCategories(cls.id, answer.value);
    return null;
  }

  /** Reads and keeps the school of a class; an SIS that will not say has none for us (MAP_SCHOOL). */
  async school(cls: ClassWork['cls'], attempts: number): Promise<Sent | null> {
    const sourcedId = cls.settings.useCustomIds ? cls.customId : cls.sourcedId;
    if (!sourcedId) return noClass;
    const answer = await this.client.readClassSchool(sourcedId);
    if (answer.kind === 'retry' || answer.kind === 'broken')
      return this.health.judge(answer, attempts, `school ${cls.id}`);
    // a 404 without the specification's word may only mean that there is no rostering service
    const unknown = answer.kind === 'refused' && answer.code === 'SIS_UNKNOWN_OBJECT';
    const schoolSourcedId = answer.kind === 'read' ? answer.value : null;
    await this.parts.lanes.keepClass(cls.id, unknown ? null : { schoolSourcedId });
    return null;
  }
}

const DAY_MS = 86_400_000;
const SOON_MS = 500;
const ofClass: ReadonlySet<LaneRead['kind']> = new Set(['class', 'sync', 'drift']);
const noClass: Sent = { how: 'blocked', reason: { code: 'MAP_CLASS' } };
function why(sent: Sent): Reason {
  return 'reason' in sent ? sent.reason : { code: 'CONNECTION_BROKEN' };
}
