/** Runs with their history. */
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
  unchanged: number;
  skipped: number;
  failed: number;
  conflicts: number;
}

export interface SyncView {
  id: string;
  classId: string;
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
  action: 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed' | 'conflict';
  reason: ReasonText | null;
  version: number;
  at: string;
}

export interface Syncs {
  /** joined: a sync of the class was processing and took this press in */
  start(
    scope: Scope,
    classKey: string,
    request: SyncRequest,
    by: Principal,
  ): Promise<{ sync: SyncView; joined: boolean }>;
  list(
    scope: Scope,
    filter: {
      domainId?: string | undefined;
      classId?: string | undefined;
      status?: SyncStatus | undefined;
      since?: string | undefined;
    },
    page: Page,
  ): Promise<Items<SyncView>>;
  get(scope: Scope, id: string): Promise<SyncView>;
  entries(scope: Scope, id: string, page: Page): Promise<Items<SyncEntryView>>;
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
