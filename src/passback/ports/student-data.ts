/** All that is kept of one student, and its erasure. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Attempt } from '../attempts.ts';
import type { Scope } from './callers.ts';
import type { StudentView } from './classes.ts';
import type { CellView } from './gradebook.ts';
import type { SyncEntryView } from './syncs.ts';

/** One student, as the LMS or the SIS names him: an id holds in every class of the subtree. */
export type StudentName = { studentId: string } | { sourcedId: string };

export interface StudentData {
  studentId: string | null;
  sourcedId: string | null;
  enrollments: {
    classId: string;
    domainId: string;
    classTitle: string;
    student: StudentView;
    results: (Omit<CellView, 'state' | 'reason' | 'nextAttemptAt' | 'studentId'> & {
      lineItemTitle: string;
      /** what the SIS held when it was last read; null: nothing, or never read */
      seen: Record<string, unknown> | null;
      seenAt: string | null;
      resultSourcedId: string | null;
      acknowledgedAt: string | null;
      verifiedAt: string | null;
      /** what the SIS answered lately (attempts.ts) */
      tries: {
        at: string;
        times: number;
        version: number;
        outcome: Attempt['how'];
        code: string | null;
      }[];
    })[];
  }[];
  /** what a roster pull read of him: the names, and the classes that he is in there */
  inRosterCopy: {
    sourcedId: string;
    givenName: string | null;
    familyName: string | null;
    classSourcedIds: string[];
  }[];
  /** what the SIS held of him before syncs wrote there */
  beforeSyncs: {
    classId: string;
    snapshotId: string;
    lineItemId: string;
    held: Record<string, unknown> | null;
    at: string;
  }[];
  /** results that were deleted here, and what the SIS had of them */
  deleted: {
    classId: string;
    lineItemId: string;
    resultSourcedId: string | null;
    held: Record<string, unknown> | null;
    at: string;
  }[];
  /** what syncs did with his results */
  history: {
    classId: string;
    syncId: string;
    lineItemId: string;
    action: SyncEntryView['action'];
    reason: ReasonText | null;
    version: number;
    at: string;
  }[];
}

export interface Erased {
  erased: { enrollments: number; results: number; historyEntries: number };
  /** what we sent and did not delete there */
  remainsInSis: {
    classId: string;
    lineItemId: string;
    lineItemSourcedId: string | null;
    resultSourcedId: string | null;
    lastSentAt: string | null;
  }[];
}

export interface StudentRecords {
  /** everything held about him in this domain's subtree */
  data(scope: Scope, domainKey: string, who: StudentName): Promise<StudentData>;
  /** forgets it; CONFIRM_NEEDED without `confirm` */
  erase(scope: Scope, domainKey: string, who: StudentName, confirm: boolean): Promise<Erased>;
}
