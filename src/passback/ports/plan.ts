/** What a sync would do. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Finding } from '../../gradebook/preflight/finding.ts';

/** delete: it was deleted here, and goes there with a sync of the whole class */
export type PlanAction = 'create' | 'update' | 'unchanged' | 'skip' | 'blocked' | 'conflict' | 'delete';

export type PlanNumbers = Record<'lineItems' | 'results', Record<PlanAction, number>>;

export interface PlanView {
  /** names what the plan would do, for the sync that is to do exactly that */
  planId: string;
  /** when the SIS was read for it; null: it was not */
  readAt: string | null;
  counts: Record<PlanAction, number>;
  byKind: PlanNumbers;
  entries: {
    kind: 'lineItem' | 'result';
    lineItemId: string;
    studentId: string | null;
    action: PlanAction;
    reason: ReasonText | null;
    /** what would be sent; of a conflict, what goes if ours is kept; null: nothing, or what must be read first decides */
    body: Record<string, unknown> | null;
    /** what is known before it is sent; what blocks or skips is why it is not */
    findings: Finding[];
    acknowledged: Record<string, unknown> | null;
    /** what the SIS holds now; null: nothing; absent: it was not read, or did not show it */
    sis?: Record<string, unknown> | null;
  }[];
}
