/**
 * Roster pulls, behind everything else that a lane does: one page at a time, so that whatever falls due goes between.
 * Where a pull stands is in its row, so that the next run of the lane, here or elsewhere, goes on with the next page. A
 * pull that fails is its own trouble: it never stops the lane, for grades may go all the same.
 */
import { reasonOf } from '../gradebook/outcome.ts';
import { NotSent } from './in-turn.ts';
import type { LaneParts } from './lane-parts.ts';
import type { Pace } from './pace.ts';
import type { Fence } from './ports/lanes.ts';
import type { RosterStep } from './ports/roster-pulls.ts';
import type { SisClient } from './ports/sis.ts';

/** Behind every row, deletion and reading. */
const LAST = 101;
/** A look for what is due costs a statement: while the lane is busy, this often. */
const LOOK_EVERY_MS = 1_000;
const FIRST_WAIT_MS = 1_000;

export class LaneRoster {
  private readonly run: { parts: LaneParts; fence: Fence; client: SisClient; pace: Pace };
  private readonly stopped: () => boolean;
  private running = false;
  private lookedAt = -Infinity;

  constructor(run: LaneRoster['run'], stopped: () => boolean) {
    this.run = run;
    this.stopped = stopped;
  }

  /** Begins the next step, unless one is running; answers whether there was any. `idle`: nothing else is under way. */
  async begin(idle: boolean): Promise<boolean> {
    const { parts, fence, pace } = this.run;
    const now = parts.uptimeMs();
    if (this.running || (!idle && now - this.lookedAt < LOOK_EVERY_MS)) return false;
    this.lookedAt = now;
    const step = await parts.lanes.rosterDue(fence).catch((error: unknown) => {
      parts.log.warn('a roster pull was not found', {
        connection: fence.connectionId,
        error: String(error),
      });
      return null;
    });
    if (!step) return false;
    this.running = true;
    pace.start(async () => {
      try {
        if (!this.stopped()) await this.do(step);
      } catch (error) {
        if (error instanceof NotSent) return;
        parts.log.warn('a step of a roster pull failed', {
          connection: fence.connectionId,
          error: String(error),
        });
        await this.failed(step).catch(() => undefined);
      } finally {
        this.running = false;
      }
    }, LAST);
    return true;
  }

  private async do(step: RosterStep): Promise<void> {
    const { parts, fence, client } = this.run;
    if (step.do === 'match') return parts.lanes.matchRoster(fence, step.pullId);
    const answer = await client.readRosterPage(step.list, step);
    if (answer.kind === 'read') return parts.lanes.keepRosterPage(fence, step, answer.value);
    // the lane stops or is another's: that says nothing of the SIS
    if (answer.code === 'INTERRUPTED') return;
    await parts.lanes.rosterUnread(fence, step, {
      reason: reasonOf(answer),
      refused: answer.kind === 'refused',
      status: answer.said.status ?? null,
      waitMs: Math.max(this.wait(), ('retryAfterMs' in answer && answer.retryAfterMs) || 0),
    });
  }

  /** A defect of ours ends in a failed pull, not in a circle. */
  private async failed(step: RosterStep): Promise<void> {
    const { parts, fence } = this.run;
    await parts.lanes.rosterUnread(fence, step, {
      ...{ reason: { code: 'DEFECT' }, refused: false, status: null, waitMs: this.wait() },
    });
  }

  private wait(): number {
    return FIRST_WAIT_MS * (0.5 + this.run.parts.random());
  }
}
