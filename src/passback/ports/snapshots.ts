/** What the SIS held before a sync wrote there, and how it comes back. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { RestoreRequest } from '../../gradebook/local.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';
import type { PlanAction } from './plan.ts';
import type { SyncView } from './syncs.ts';

/** What the SIS held before a sync wrote there; it has the sync's id. */
export interface SnapshotView {
  id: string;
  syncId: string;
  classId: string;
  trigger: SyncView['trigger'];
  startedBy: string;
  /** of the sync's first write */
  at: string;
  cells: number;
}

export interface SnapshotCellView {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  /** null: nothing, as far as we knew */
  held: Record<string, unknown> | null;
  /** the version that went over it */
  version: number;
}

/** A cell with the names that people know it by; null: deleted here since. */
export interface SnapshotLine extends SnapshotCellView {
  title: string | null;
  givenName: string | null;
  familyName: string | null;
}

export interface RestoreEntry {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  action: PlanAction;
  /**
   * value: as it was · of what was not there before: blank (without a score), tobedeleted, delete ·
   * stays: not there before and not ours to take away, or deleted here since
   */
  how: 'value' | 'blank' | 'tobedeleted' | 'delete' | 'stays';
  /** in the SIS now, as far as we know */
  from: Record<string, unknown> | null;
  to: Record<string, unknown> | null;
  reason: ReasonText | null;
}

export interface RestorePlan {
  /** for the restore that is to do exactly this */
  planId: string;
  counts: Record<PlanAction, number>;
  entries: RestoreEntry[];
}

/** A dry run answers its plan, a restore the sync that it is. */
export type RestoreAnswer = { plan: RestorePlan } | { sync: SyncView };

export interface Snapshots {
  list(scope: Scope, classKey: string, page: Page): Promise<Items<SnapshotView>>;
  get(scope: Scope, id: string, page: Page): Promise<SnapshotView & Items<SnapshotCellView>>;
  /** all of it, for people */
  table(scope: Scope, id: string): Promise<SnapshotLine[]>;
  /** has the class of a snapshot read from the SIS now, through the lane */
  read(scope: Scope, id: string): Promise<void>;
  restore(scope: Scope, id: string, request: RestoreRequest, by: Principal): Promise<RestoreAnswer>;
  /** what is held from a snapshot is not any more: of one student, or (null) of a lineItem and all its results */
  release(
    scope: Scope,
    classKey: string,
    lineItemKey: string,
    studentKey: string | null,
  ): Promise<{ released: number }>;
}
