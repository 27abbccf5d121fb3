/**
 * Runs of schedules, as workers make them: a due one is claimed by one worker of all, and its classes are started one
 * by one while only a few of their syncs are under way, so that a district's night leaves room for whoever presses.
 */
import { v7 as newId } from 'uuid';
import { sqlState, type Database, type Sql } from './database.ts';
import { askForReadings } from './drift.ts';
import { startPull } from './schedule-pull.ts';
import { circumstances, type LeftOut, type RunRow, type ScheduleRow } from './schedule-row.ts';
import { startClass } from './schedule-start.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { quietUntil } from '../passback/quiet-hours.ts';
import { nextRun } from '../passback/schedule-times.ts';
import { Refusal } from '../passback/refusal.ts';
import type {
  Advanced,
  ScheduleRunStatus,
  ScheduleRunView,
  ScheduleWork,
} from '../passback/ports/schedules.ts';

/** Enough to keep a lane busy; the others wait their turn, and take nothing of a teacher's. */
const UNDER_WAY = 10;
/** Of those that were left out, so many are named. */
const NAMED = 50;

export function createScheduleWork(db: Database): ScheduleWork {
  return {
    claimDue: () => db.transaction(claimDue),

    async openRuns() {
      const rows = await db.rows<{ id: string }>(
        `SELECT id FROM schedule_run WHERE finished_at IS NULL ORDER BY started_at, id`,
      );
      return rows.map((row) => row.id);
    },

    async advance(runId) {
      const hand: { cls?: NextClass } = {};
      try {
        return await db.transaction((sql) => advance(sql, runId, (cls) => (hand.cls = cls)));
      } catch (error) {
        const { cls } = hand;
        // without a database nothing can be said of the class
        if (!cls || sqlState(error)?.startsWith('08')) throw error;
        await db.transaction(async (sql) => {
          const run = await lockRun(sql, runId);
          if (run && BigInt(run.after_class_id) < BigInt(cls.id))
            await passOn(sql, run, cls, { leftOut: 'DEFECT' });
        });
        return { how: 'started', defect: error instanceof Error ? error : new Error(String(error)) };
      }
    },
  };
}

/** By the database's clock; who was away for long runs once, and not for each time that was missed. */
async function claimDue(sql: Sql): Promise<number> {
  const due = await sql.rows<ScheduleRow & { next_run_at: Date }>(
    `SELECT s.*, ${circumstances} FROM schedule s JOIN domain d ON d.id = s.domain_id
      WHERE s.next_run_at <= now() AND d.sending <> 'paused' ORDER BY s.next_run_at, s.id FOR UPDATE OF s SKIP LOCKED`,
  );
  let begun = 0;
  for (const row of due) {
    if (quietUntil(row.now, row.quiet, row.zone)) continue;
    const id = await beginRun(sql, row, { dueAt: row.next_run_at, startedBy: row.posted_by, byHand: false });
    if (id === null)
      await sql.rows(
        `INSERT INTO schedule_run (id, schedule_id, due_at, started_by, status, reason, finished_at) VALUES ($1, $2, $3, $4, 'skipped', '{"code":"SCHEDULE_OVERLAP"}', now())`,
        [newId(), row.id, row.next_run_at, row.posted_by],
      );
    else begun++;
    await sql.rows(`UPDATE schedule SET next_run_at = $2 WHERE id = $1`, [
      row.id,
      nextRun({ cron: row.cron, timeZone: row.time_zone }, row.now),
    ]);
  }
  return begun;
}

/** null: one is under way. The caller holds the schedule. */
export async function beginRun(
  sql: Sql,
  schedule: Pick<ScheduleRow, 'id' | 'type' | 'domain_id' | 'class_keys'>,
  run: { dueAt: Date; startedBy: string; byHand: boolean },
): Promise<string | null> {
  // which classes a roster pull comes upon, it says itself
  const keys = schedule.type === 'rosterPull' ? [] : schedule.class_keys;
  const [row] = await sql.rows<{ id: string }>(
    `INSERT INTO schedule_run (id, schedule_id, due_at, started_by, by_hand, classes)
     SELECT $1, $2, $3, $4, $5, count(*) FROM ${classes('$6', '$7')}
     ON CONFLICT (schedule_id) WHERE finished_at IS NULL DO NOTHING RETURNING id`,
    [newId(), schedule.id, run.dueAt, run.startedBy, run.byHand, schedule.domain_id, keys],
  );
  if (!row) return null;
  await sql.rows(`UPDATE schedule SET first_run_at = coalesce(first_run_at, now()) WHERE id = $1`, [
    schedule.id,
  ]);
  return row.id;
}

/** Of a domain and below, or some of them, as `c` and `d`. */
const classes = (domain: string, keys: string) =>
  `class c JOIN domain d ON d.id = c.domain_id WHERE d.path @> ARRAY[${domain}::bigint] AND (${keys}::text[] IS NULL OR c.key = ANY(${keys}))`;

/** A run with what its schedule says. */
export type OpenRun = RunRow &
  Pick<
    ScheduleRow,
    'tenant_id' | 'domain_id' | 'domain_key' | 'type' | 'class_keys' | 'now' | 'sending' | 'quiet' | 'zone'
  > & {
    schedule_id: string;
    after_class_id: string;
  };

async function lockRun(sql: Sql, id: string): Promise<OpenRun | null> {
  const [run] = await sql.rows<OpenRun>(
    `SELECT r.*, s.tenant_id, s.domain_id, d.key AS domain_key, s.type, s.class_keys, ${circumstances}
       FROM schedule_run r JOIN schedule s ON s.id = r.schedule_id JOIN domain d ON d.id = s.domain_id
      WHERE r.id = $1 AND r.finished_at IS NULL FOR UPDATE OF r SKIP LOCKED`,
    [id],
  );
  return run ?? null;
}

interface NextClass {
  id: string;
  key: string;
}

async function advance(sql: Sql, runId: string, take: (cls: NextClass) => void): Promise<Advanced> {
  const run = await lockRun(sql, runId);
  if (!run) return { how: 'elsewhere' };
  if (run.type === 'rosterPull') return isHeldUp(run) ? { how: 'waits' } : pullRoster(sql, run);
  const [next] = await sql.rows<NextClass>(
    `SELECT c.id, c.key FROM ${classes('$1', '$2')} AND c.id > $3 ORDER BY c.id LIMIT 1`,
    [run.domain_id, run.class_keys, run.after_class_id],
  );
  const [{ n: underWay } = { n: 0 }] = await sql.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM sync WHERE schedule_run_id = $1 AND status = 'processing'`,
    [runId],
  );
  if (!next && underWay === 0) {
    await finish(sql, run);
    return { how: 'ended' };
  }
  if (!next || underWay >= UNDER_WAY) {
    await keepTally(sql, run);
    return { how: 'full' };
  }
  if (isHeldUp(run)) return { how: 'waits' };
  if (run.type === 'driftAudit') {
    await compare(sql, run);
    return { how: 'ended' };
  }
  take(next);
  await passOn(sql, run, next, await startClass(sql, run, next.key).catch(gone));
  return { how: 'started' };
}

const isHeldUp = (run: OpenRun) =>
  run.sending === 'paused' || (!run.by_hand && quietUntil(run.now, run.quiet, run.zone) !== null);

/** Deleted, or moved elsewhere, while we waited for it. */
function gone(error: unknown): null {
  if (error instanceof Refusal && error.code === 'NOT_FOUND') return null;
  throw error;
}

async function passOn(
  sql: Sql,
  run: OpenRun,
  cls: NextClass,
  became: { syncId: string } | { leftOut: keyof LeftOut } | null,
): Promise<void> {
  const leftOut = { ...run.left_out };
  if (became && 'leftOut' in became) {
    const { n, classIds } = leftOut[became.leftOut] ?? { n: 0, classIds: [] };
    leftOut[became.leftOut] = { n: n + 1, classIds: [...classIds, cls.key].slice(0, NAMED) };
  }
  const syncId = became && 'syncId' in became ? became.syncId : null;
  await sql.rows(
    `UPDATE schedule_run SET after_class_id = $2, left_out = $3, started = started + $4, last_sync_id = coalesce($5, last_sync_id) WHERE id = $1`,
    [run.id, cls.id, JSON.stringify(leftOut), syncId === null ? 0 : 1, syncId],
  );
}

/** All of them are asked for at once: a lane reads when there is nothing to send. */
async function compare(sql: Sql, run: OpenRun): Promise<void> {
  const asked = await askForReadings(sql, run.domain_id, run.class_keys);
  const leftOut: LeftOut = asked.leftOut > 0 ? { SIS_NOT_READ: { n: asked.leftOut, classIds: [] } } : {};
  await sql.rows(`UPDATE schedule_run SET started = $2, left_out = $3 WHERE id = $1`, [
    run.id,
    asked.classes,
    JSON.stringify(leftOut),
  ]);
  await finish(sql, { ...run, started: asked.classes, left_out: leftOut });
}

/** It has done its part when the pull is under way; what comes of that is told by the pull. */
async function pullRoster(sql: Sql, run: OpenRun): Promise<Advanced> {
  const began = await startPull(sql, run);
  if (began === 'later') return { how: 'full' };
  const [pullId, refused]: [string | null, Reason | null] =
    'pullId' in began ? [began.pullId, null] : [null, began.refused];
  await sql.rows(
    `UPDATE schedule_run SET status = $2, roster_pull_id = $3, reason = $4, finished_at = now() WHERE id = $1`,
    [run.id, refused ? 'failed' : 'complete', pullId, refused && JSON.stringify(refused)],
  );
  return { how: 'ended' };
}

async function keepTally(sql: Sql, run: OpenRun): Promise<ScheduleRunView['syncs']> {
  const rows = await sql.rows<{ status: keyof ScheduleRunView['syncs']; n: number }>(
    `SELECT status, count(*)::int AS n FROM sync WHERE schedule_run_id = $1 GROUP BY status`,
    [run.id],
  );
  const none = { processing: 0, complete: 0, completeWithProblems: 0, failed: 0, cancelled: 0 };
  const tally = { ...none, ...Object.fromEntries(rows.map(({ status, n }) => [status, n])) };
  await sql.rows(`UPDATE schedule_run SET syncs = $2 WHERE id = $1`, [run.id, JSON.stringify(tally)]);
  return tally;
}

async function finish(sql: Sql, run: OpenRun): Promise<void> {
  const tally = await keepTally(sql, run);
  await sql.rows(`UPDATE schedule_run SET status = $2, finished_at = now() WHERE id = $1`, [
    run.id,
    endOf(run, tally),
  ]);
}

/** failed: nothing of it was done */
function endOf(
  run: Pick<OpenRun, 'started' | 'left_out'>,
  { complete, completeWithProblems, failed, cancelled }: ScheduleRunView['syncs'],
): ScheduleRunStatus {
  if (run.started === 0 && Object.keys(run.left_out).length > 0) return 'failed';
  if (failed > 0 && complete + completeWithProblems === 0) return 'failed';
  return completeWithProblems + failed + cancelled > 0 ? 'completeWithProblems' : 'complete';
}
