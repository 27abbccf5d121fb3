/** What a lane reads from its SIS: what rows need to be decided about, and what somebody waits for at a screen. */
import type { Reason } from '../gradebook/decision.ts';
import { NotSent } from './in-turn.ts';
import type { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import type { ClassWork, Fence, LaneRead } from './ports/lanes.ts';
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

  /** The reads that somebody waits for and that this run has not begun yet. */
  async asked(): Promise<LaneRead[]> {
    const reads = await this.parts.lanes.reads(this.fence);
    const fresh = reads.filter((read) => !this.begun.has(read.id));
    for (const read of fresh) this.begun.add(read.id);
    return fresh;
  }

  /** A read that is not made now stays unanswered: the next run finds it. */
  async answer(read: LaneRead): Promise<void> {
    try {
      const cls = await this.parts.lanes.classFacts(read.classId);
      const failed = cls ? await this.categories(cls, 0) : noClass;
      await this.parts.lanes.answer(read, failed ? { ok: false, reason: why(failed) } : { ok: true });
    } catch (error) {
      if (error instanceof NotSent) return;
      this.parts.log.warn('a read failed', { connection: this.fence.connectionId, error: String(error) });
    }
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

const noClass: Sent = { how: 'blocked', reason: { code: 'MAP_CLASS' } };
function why(sent: Sent): Reason {
  return 'reason' in sent ? sent.reason : { code: 'CONNECTION_BROKEN' };
}
