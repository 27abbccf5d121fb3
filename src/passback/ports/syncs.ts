/** Runs with their history. */
import type { Retry } from '../../gradebook/dictionary/entry.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { SyncRequest } from '../../gradebook/local.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';
import type { PlanNumbers } from './plan.ts';

/** awaitingConfirmation: nothing is sent before somebody confirms it; after a day it is cancelled */
export type SyncStatus =
  'awaitingConfirmation' | 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';

export interface SyncCounts {
  created: number;
  updated: number;
  /** in the SIS, for it was deleted here */
  deleted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  conflicts: number;
}

export interface SyncView {
  id: string;
  classId: string;
  classTitle: string;
  domainId: string;
  trigger: 'manual' | 'automatic' | 'schedule' | 'api';
  startedBy: string;
  status: SyncStatus;
  mode: 'changes' | 'all';
  dryRun: boolean;
  counts: SyncCounts;
  byKind: { lineItems: SyncCounts; results: SyncCounts };
  /** what it was to do when it was pressed, with every press that joined; null: automatic, nobody pressed */
  planned: PlanNumbers | null;
  /** the reading of the class from the SIS before rows were taken in; null: none was wanted */
  sisRead: { state: 'waiting' | 'read' | 'failed'; at: string | null; reason: ReasonText | null } | null;
  /** rows still under way */
  pending: number;
  /** rows that the lane has in its hands now; of a cancelled sync too: their answers are still to come */
  inFlight: number;
  waitingFor: { code: string; message: string; since: string | null; nextAttemptAt: string | null } | null;
  startedAt: string;
  finishedAt: string | null;
}

export interface SyncEntryView {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  action: 'created' | 'updated' | 'deleted' | 'unchanged' | 'skipped' | 'failed' | 'conflict';
  reason: ReasonText | null;
  version: number;
  at: string;
}

/** A line of one sync's history; `title`: of the lineItem as it is called now; null: it is gone. */
export interface SyncEntryLine extends SyncEntryView {
  title: string | null;
}

/** Which syncs; every part that is given must hold. */
export interface SyncFilter {
  domainId?: string | undefined;
  classId?: string | undefined;
  status?: SyncStatus | undefined;
  trigger?: SyncView['trigger'] | undefined;
  /** exactly who is named in it */
  startedBy?: string | undefined;
  since?: string | undefined;
  /** started before it */
  until?: string | undefined;
  /** somewhere in the class's title, in who started it, or in the title of a lineItem that it tells of */
  text?: string | undefined;
  /** it tells of this lineItem, this student, of the class */
  lineItemId?: string | undefined;
  studentId?: string | undefined;
}
export interface EntryFilter {
  action?: SyncEntryView['action'] | undefined;
  code?: string | undefined;
  kind?: SyncEntryView['kind'] | undefined;
  lineItemId?: string | undefined;
}

/** What became of the rows that a sync looked at, in one line each and by cause. */
export interface SyncOutcome {
  summary: {
    /** rows that it looked at so far, those that are under way among them */
    extracted: number;
    /** left out by choice; `causes` says why */
    filtered: number;
    unchanged: number;
    sent: number;
    failed: number;
    conflicts: number;
    pending: number;
  };
  /** whom its entries are about */
  affected: { lineItems: number; results: number; students: number };
  causes: SyncCause[];
}
export interface SyncCause {
  /** error: not in the SIS, and somebody wanted it · warning: it is, with something to know · choice: left out by choice */
  severity: 'error' | 'warning' | 'choice';
  action: SyncEntryView['action'];
  reason: ReasonText;
  retry: Retry;
  /** entries of this cause: as many lines as `entries` answers for its code and action */
  count: number;
  lineItems: number;
  results: number;
  /** titles of some of the lineItems */
  examples: string[];
}

/** Where a sync stands, and what came out of it since. */
export interface SyncNews {
  sync: SyncView;
  /** in the order in which they came out; more may be there when there are as many as `FOLLOW_AT_ONCE` */
  entries: { id: string; line: SyncEntryLine }[];
}
export const FOLLOW_AT_ONCE = 500;

export interface Syncs {
  /** joined: a sync of the class was processing and took this press in */
  start(
    scope: Scope,
    classKey: string,
    request: SyncRequest,
    by: Principal,
  ): Promise<{ sync: SyncView; joined: boolean }>;
  /** newest first */
  list(scope: Scope, filter: SyncFilter, page: Page): Promise<Items<SyncView>>;
  get(scope: Scope, id: string): Promise<SyncView>;
  details(scope: Scope, id: string): Promise<SyncView & SyncOutcome>;
  entries(scope: Scope, id: string, filter: EntryFilter, page: Page): Promise<Items<SyncEntryLine>>;
  /** `after`: the entry that was told last, '0' before the first; null: entries are not wanted */
  follow(scope: Scope, id: string, after: string | null): Promise<SyncNews>;
  /** `heard` is called when it may have changed, on whichever replica; answers how to stop that */
  watch(scope: Scope, id: string, heard: () => void): Promise<() => void>;
  cancel(scope: Scope, id: string): Promise<SyncView>;
  /** confirmed false: it would do something else by now, and says what; with `evenIfChanged` it does that */
  confirm(
    scope: Scope,
    id: string,
    evenIfChanged: boolean,
    by: Principal,
  ): Promise<{ sync: SyncView; confirmed: boolean }>;
  retry(scope: Scope, id: string, by: Principal): Promise<{ sync: SyncView; joined: boolean }>;
}
