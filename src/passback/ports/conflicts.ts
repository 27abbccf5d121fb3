/** Where the SIS holds what was never sent from here. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';

export interface ConflictView {
  id: string;
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  /** altered: the SIS puts it there whatever is sent · owned: it lets nobody else change it */
  cause: 'changed' | 'altered' | 'owned';
  acknowledged: Record<string, unknown> | null;
  sis: Record<string, unknown> | null;
  lms: Record<string, unknown> | null;
  since: string | null;
  reason: ReasonText;
}

export interface Resolved {
  classId: string;
  keep: 'lms' | 'sis';
  resolved: number;
  /** not to be decided so: the SIS owns them */
  left: number;
  /** the sync that sends them */
  syncId: string | null;
}

export interface Conflicts {
  list(scope: Scope, classKey: string, page: Page): Promise<Items<ConflictView>>;
  /** CONFLICT_CHANGED when it is another one by now */
  resolve(scope: Scope, id: string, keep: 'lms' | 'sis', by: Principal): Promise<Resolved>;
  /** ids left out: all of the class that can be decided so */
  resolveMany(
    scope: Scope,
    classKey: string,
    what: { keep: 'lms' | 'sis'; ids?: string[] | undefined },
    by: Principal,
  ): Promise<Resolved>;
}
