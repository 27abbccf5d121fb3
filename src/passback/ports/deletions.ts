/** What was deleted here and is, or was, in the SIS. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';

/** What was deleted here and is, or was, in the SIS. */
export interface DeletionView {
  id: string;
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  /** of the lineItem */
  title: string;
  sourcedId: string;
  /** planned: it is sent · refused: the SIS does not allow it · toDoByHand: by the settings nothing is sent */
  state: 'planned' | 'done' | 'refused' | 'toDoByHand';
  /** of a lineItem: scores that went with it */
  results: number;
  /** sending is not automatic: the next sync of the class takes it along */
  waitsForSync: boolean;
  nextAttemptAt: string | null;
  reason: ReasonText | null;
  createdAt: string;
  doneAt: string | null;
  doneBy: string | null;
}

export interface Deletions {
  list(
    scope: Scope,
    classKey: string,
    filter: { state?: DeletionView['state'] | undefined },
    page: Page,
  ): Promise<Items<DeletionView>>;
  /** somebody has removed it by hand */
  done(scope: Scope, classKey: string, id: string, by: Principal): Promise<DeletionView>;
}
