/** Reading classes and rosters from the SIS: what callers ask for, and what the lane does a page at a time. */
import type { Reason, ReasonText } from '../../gradebook/dictionary.ts';
import type { RosterList, RosterSecret } from '../../gradebook/roster/items.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';

export interface RosterPullRequest {
  /** everything, not only what changed since the last time */
  full: boolean;
  /** only find out what it would do */
  dryRun: boolean;
  /** also if more than a fifth would leave */
  confirm: boolean;
}

export interface RosterCounts {
  /** what the SIS listed, and in how many answers */
  read: Record<RosterList, number> & { pages: number };
  /** linked: to one of the SIS's · filled: something was filled in · created: made here */
  classes: Record<'linked' | 'filled' | 'created' | 'unmatched', number>;
  students: Record<'linked' | 'filled' | 'created' | 'deactivated' | 'unmatched', number>;
}

export interface RosterPullView {
  id: string;
  domainId: string;
  startedBy: string;
  status: 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';
  /** full: everything was asked for; null: not begun */
  mode: 'full' | 'changes' | null;
  dryRun: boolean;
  /** what is done now; null: it has ended */
  phase: RosterPhase | null;
  counts: RosterCounts;
  /** lists that the SIS did not give whole: what is missing in them is not taken as gone */
  partialLists: string[];
  /** why it waits, has failed, or left something */
  reason: ReasonText | null;
  nextAttemptAt: string | null;
  startedAt: string;
  finishedAt: string | null;
}
export type RosterPhase = RosterList | 'matching' | 'creating';

export interface UnmatchedView {
  kind: 'class' | 'student';
  /** the SIS's id */
  sourcedId: string | null;
  classId: string | null;
  studentId: string | null;
  reason: ReasonText;
  /** how many it could be */
  candidates: number;
}

export interface RosterPulls {
  /** joined: one of this domain was processing, and is answered; ROSTER_PULL_OFF where settings do not allow it */
  start(
    scope: Scope,
    domainKey: string,
    request: RosterPullRequest,
    by: Principal,
  ): Promise<{ pull: RosterPullView; joined: boolean }>;
  list(scope: Scope, domainKey: string, page: Page): Promise<Items<RosterPullView>>;
  get(scope: Scope, id: string): Promise<RosterPullView>;
  unmatched(scope: Scope, id: string, page: Page): Promise<Items<UnmatchedView>>;
  /** one that has ended stays as it is */
  cancel(scope: Scope, id: string): Promise<RosterPullView>;
}

/** The next thing to do for a pull. */
export type RosterStep =
  | {
      do: 'read';
      pullId: string;
      list: RosterList;
      offset: number;
      since: Date | null;
      lastPage: number | null;
      /** of this copy: what identifies somebody is kept hashed with it */
      secret: RosterSecret;
    }
  | { do: 'match'; pullId: string };
/** Why a step could not be done; `refused`: and will not be, however often it is tried. */
export interface RosterFailure {
  reason: Reason;
  refused: boolean;
  status: number | null;
  waitMs: number;
}
