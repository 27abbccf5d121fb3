/** Schedules: when the classes of a domain are synced, compared with the SIS, or read from it, by themselves. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Every, ScheduleInput, scheduleTypes } from '../schedule-input.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';
import type { SyncStatus } from './syncs.ts';

export interface ScheduleView {
  id: string;
  domainId: string;
  type: (typeof scheduleTypes)[number];
  cron: string;
  every: Every | null;
  /** in words */
  interval: string;
  timeZone: string;
  /** null: every class of the subtree */
  classIds: string[] | null;
  /** who put it as it stands */
  postedBy: string;
  createdAt: string;
  pausedAt: string | null;
  pausedBy: string | null;
  /** when it ran first, or will */
  firstRunAt: string | null;
  /** null: paused */
  nextRunAt: string | null;
  nextRuns: string[];
  /** why it, or its run, does not get on although it is due */
  waitingFor: ReasonText | null;
  lastRun: ScheduleRunView | null;
  /** the sync that it started last */
  lastSync: { id: string; status: SyncStatus; startedAt: string; finishedAt: string | null } | null;
}

/** skipped: the run before was still under way */
export type ScheduleRunStatus = 'running' | 'complete' | 'completeWithProblems' | 'failed' | 'skipped';
export interface ScheduleRunView {
  id: string;
  status: ScheduleRunStatus;
  trigger: 'schedule' | 'manual';
  startedBy: string;
  dueAt: string;
  startedAt: string;
  finishedAt: string | null;
  /** why it was skipped, or nothing of it could be done */
  reason: ReasonText | null;
  classes: { all: number; started: number; leftOut: number };
  /** why classes were left out, and the first few of them */
  leftOut: { reason: ReasonText; classes: number; classIds: string[] }[];
  /** the pull that it has started, or found under way */
  rosterPullId: string | null;
  syncs: Record<'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled', number>;
}

export interface SchedulePreview {
  cron: string;
  interval: string;
  timeZone: string;
  nextRuns: string[];
  /** times of the year ahead that the clock leaps over */
  warnings: { code: 'CLOCK_LEAPS'; message: string; runsAt: string }[];
}

export interface Schedules {
  /** of the domain and below */
  list(scope: Scope, domainKey: string, page: Page): Promise<Items<ScheduleView>>;
  get(scope: Scope, id: string): Promise<{ schedule: ScheduleView; revision: number }>;
  preview(scope: Scope, domainKey: string, input: ScheduleInput): Promise<SchedulePreview>;
  create(
    scope: Scope,
    domainKey: string,
    input: ScheduleInput,
    by: Principal,
  ): Promise<{ schedule: ScheduleView; revision: number }>;
  /** `ifRevision` null: not asked for; else STALE when it is no longer that */
  put(
    scope: Scope,
    id: string,
    input: ScheduleInput,
    ifRevision: number | null,
    by: Principal,
  ): Promise<{ schedule: ScheduleView; revision: number }>;
  remove(scope: Scope, id: string): Promise<void>;
  pause(scope: Scope, id: string, by: Principal): Promise<ScheduleView>;
  resume(scope: Scope, id: string): Promise<ScheduleView>;
  /** answers how many of the subtree it has changed */
  pauseAll(scope: Scope, domainKey: string, by: Principal): Promise<{ changed: number }>;
  resumeAll(scope: Scope, domainKey: string): Promise<{ changed: number }>;
  /** now, also in quiet hours: somebody wants it */
  run(scope: Scope, id: string, by: Principal): Promise<ScheduleRunView>;
  /** newest first */
  runs(scope: Scope, id: string, page: Page): Promise<Items<ScheduleRunView>>;
}

/** What the workers do with them. */
export interface ScheduleWork {
  /** begins the runs that are due, each by one worker of all; answers how many */
  claimDue(): Promise<number>;
  /** the runs that go on */
  openRuns(): Promise<string[]>;
  /**
   * Starts the next class of a run, or ends it. `full`: as many as may be under way are, or something that it must not
   * meet is; `waits`: its domain is paused
   * or has quiet hours; `elsewhere`: another worker has it in hand, or it has ended.
   */
  advance(runId: string): Promise<Advanced>;
}
export interface Advanced {
  how: 'started' | 'full' | 'waits' | 'ended' | 'elsewhere';
  /** a class that we broke on: it is left out, and the others go on */
  defect?: Error;
}
