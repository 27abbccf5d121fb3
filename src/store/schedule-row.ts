/** A schedule and its runs as they are answered. */
import type { Sql } from './database.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import { quietUntil } from '../passback/quiet-hours.ts';
import type { Every } from '../passback/schedule-input.ts';
import { inWords, nextRuns } from '../passback/schedule-times.ts';
import type { ScheduleRunStatus, ScheduleRunView, ScheduleView } from '../passback/ports/schedules.ts';
import type { SyncStatus } from '../passback/ports/syncs.ts';

/** How many runs ahead are told. */
const AHEAD = 5;

export interface RunRow {
  id: string;
  due_at: string | Date;
  started_by: string;
  by_hand: boolean;
  status: ScheduleRunStatus;
  reason: Reason | null;
  classes: number;
  started: number;
  left_out: LeftOut;
  roster_pull_id: string | null;
  syncs: Partial<ScheduleRunView['syncs']>;
  started_at: string | Date;
  finished_at: string | Date | null;
}
export type LeftOut = Partial<Record<Reason['code'], { n: number; classIds: string[] }>>;

export interface ScheduleRow {
  id: string;
  tenant_id: string;
  domain_id: string;
  domain_key: string;
  revision: number;
  type: ScheduleView['type'];
  cron: string;
  every: Every | null;
  time_zone: string;
  class_keys: string[] | null;
  posted_by: string;
  created_at: Date;
  paused_at: Date | null;
  paused_by: string | null;
  first_run_at: Date | null;
  next_run_at: Date | null;
  last_run: RunRow | null;
  last_sync: { id: string; status: SyncStatus; startedAt: string; finishedAt: string | null } | null;
  now: Date;
  sending: string;
  quiet: EffectiveSettings['quietHours'];
  zone: string;
}

/** Needs `s` (schedule) and `d` (its domain). */
export const circumstances = `now() AS now, d.sending, d.effective->'quietHours' AS quiet, d.effective_time_zone AS zone`;
const columns = `s.*, d.key AS domain_key, ${circumstances},
  (SELECT to_jsonb(r) FROM schedule_run r WHERE r.schedule_id = s.id ORDER BY r.started_at DESC, r.id DESC LIMIT 1) AS last_run,
  (SELECT jsonb_build_object('id', y.id, 'status', y.status, 'startedAt', y.started_at, 'finishedAt', y.finished_at)
     FROM schedule_run r JOIN sync y ON y.id = r.last_sync_id WHERE r.schedule_id = s.id ORDER BY r.started_at DESC, r.id DESC LIMIT 1) AS last_sync`;

/** `where` speaks of `s` (schedule) and `d` (its domain). */
export const scheduleRows = (sql: Sql, where: string, params: unknown[]) =>
  sql.rows<ScheduleRow>(
    `SELECT ${columns} FROM schedule s JOIN domain d ON d.id = s.domain_id WHERE ${where}`,
    params,
  );

export function scheduleView(row: ScheduleRow): ScheduleView {
  const ahead = runsAhead(row);
  const [next = null] = ahead;
  return {
    id: row.id,
    domainId: row.domain_key,
    type: row.type,
    cron: row.cron,
    every: row.every,
    interval: inWords(row.cron),
    timeZone: row.time_zone,
    classIds: row.class_keys,
    postedBy: row.posted_by,
    createdAt: row.created_at.toISOString(),
    pausedAt: row.paused_at?.toISOString() ?? null,
    pausedBy: row.paused_by,
    firstRunAt: row.first_run_at?.toISOString() ?? next,
    nextRunAt: next,
    nextRuns: ahead,
    waitingFor: waitingFor(row),
    lastRun: row.last_run && runView(row.last_run),
    lastSync: row.last_sync && {
      ...row.last_sync,
      startedAt: asTime(row.last_sync.startedAt),
      finishedAt: row.last_sync.finishedAt === null ? null : asTime(row.last_sync.finishedAt),
    },
  };
}

/** What falls into quiet hours begins when they end, and once. */
function runsAhead({
  next_run_at: next,
  cron,
  time_zone: timeZone,
  now,
  quiet,
  zone,
}: ScheduleRow): string[] {
  if (!next) return [];
  const due = next < now ? now : next;
  const times = [next, ...nextRuns({ cron, timeZone }, due, AHEAD * 4)].map((at) => {
    const begins = at < now ? now : at;
    return (quietUntil(begins, quiet, zone) ?? at).toISOString();
  });
  return [...new Set(times)].slice(0, AHEAD);
}

function waitingFor(row: ScheduleRow): ScheduleView['waitingFor'] {
  const running = row.last_run?.status === 'running' ? row.last_run : null;
  const due = row.next_run_at !== null && row.next_run_at <= row.now;
  if (!running && !due) return null;
  if (row.sending === 'paused') return explain({ code: 'DOMAIN_PAUSED' });
  const until = running?.by_hand ? null : quietUntil(row.now, row.quiet, row.zone);
  return until && explain({ code: 'QUIET_HOURS', params: { until: row.quiet?.to ?? '' } });
}

const noSyncs = { processing: 0, complete: 0, completeWithProblems: 0, failed: 0, cancelled: 0 };

export function runView(row: RunRow): ScheduleRunView {
  const leftOut = Object.entries(row.left_out).map(([code, { n, classIds }]) => ({
    reason: explain({ code: code as Reason['code'] }),
    classes: n,
    classIds,
  }));
  return {
    id: row.id,
    status: row.status,
    trigger: row.by_hand ? 'manual' : 'schedule',
    startedBy: row.started_by,
    dueAt: asTime(row.due_at),
    startedAt: asTime(row.started_at),
    finishedAt: row.finished_at === null ? null : asTime(row.finished_at),
    reason: row.reason && explain(row.reason),
    classes: {
      all: row.classes,
      started: row.started,
      leftOut: leftOut.reduce((sum, { classes }) => sum + classes, 0),
    },
    leftOut,
    rosterPullId: row.roster_pull_id,
    syncs: { ...noSyncs, ...row.syncs },
  };
}

/** From a column, or from JSON that the database made. */
const asTime = (at: string | Date): string => new Date(at).toISOString();
