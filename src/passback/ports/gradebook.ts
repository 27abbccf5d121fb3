/** LineItems, results and their cells. */
import type { AsSent } from '../../gradebook/as-sent.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { LineItemInput, OverridesInput, ResultInput } from '../../gradebook/local.ts';
import type { Finding } from '../../gradebook/preflight/finding.ts';
import type { CellState } from '../state.ts';
import type { Items, Page, Put, Scope } from './callers.ts';
import type { PlanView } from './plan.ts';

export interface LineItemView extends Required<LineItemInput> {
  lineItemId: string;
  /** what a teacher decided, stronger than the LMS's values above */
  overrides: OverridesInput;
  state: CellState;
  reason: ReasonText | null;
  sourcedId: string | null;
  /** as the SIS has it or would get it */
  asSent: AsSent;
  lastSentAt: string | null;
  nextAttemptAt: string | null;
  /** results of this lineItem by state */
  cells: Partial<Record<CellState, number>>;
  /** what is known before it is sent */
  findings: Finding[];
}

export interface CellView {
  lineItemId: string;
  studentId: string;
  desired: {
    score: number | null;
    status: string | null;
    late: boolean;
    posted: boolean;
    comment: string | null;
    scoreDate: string | null;
    version: number;
    revision: number | null;
  };
  acknowledged: Record<string, unknown> | null;
  state: CellState;
  reason: ReasonText | null;
  nextAttemptAt: string | null;
  lastSentAt: string | null;
}

export interface PutResultAnswer {
  state: CellState;
  version: number;
  /** an older or equal revision: nothing was changed */
  ignored?: 'olderRevision';
  /** what is known of this score before it is sent; what its assignment waits for, the plan says */
  findings: Finding[];
}

/** Rows of one request, already valid in form; the same index comes back for each that cannot be kept. */
export interface ResultRow extends ResultInput {
  lineItemId: string;
  studentId: string;
}

export interface KeptRows {
  accepted: number;
  rejected: { index: number; code: string; detail: string }[];
  findings: { index: number; findings: Finding[] }[];
}

export interface Gradebook {
  lineItems(scope: Scope, classKey: string, page: Page): Promise<Items<LineItemView>>;
  lineItem(scope: Scope, classKey: string, key: string): Promise<LineItemView>;
  putLineItem(scope: Scope, classKey: string, key: string, input: LineItemInput): Promise<Put<LineItemView>>;
  removeLineItem(scope: Scope, classKey: string, key: string): Promise<void>;
  overrides(scope: Scope, classKey: string, key: string): Promise<OverridesInput>;
  /** `ifTag`: STALE when what stands there is not what was read (contentTag); null: not asked for */
  putOverrides(
    scope: Scope,
    classKey: string,
    key: string,
    input: OverridesInput,
    ifTag: string | null,
  ): Promise<OverridesInput>;
  putResult(scope: Scope, classKey: string, row: ResultRow): Promise<PutResultAnswer>;
  /** each cell at most once; `findings` of those rows of which there are any */
  putResults(scope: Scope, classKey: string, rows: ResultRow[]): Promise<KeptRows>;
  result(scope: Scope, classKey: string, lineItemKey: string, studentKey: string): Promise<CellView>;
  removeResult(scope: Scope, classKey: string, lineItemKey: string, studentKey: string): Promise<void>;
  results(
    scope: Scope,
    classKey: string,
    filter: { lineItemId?: string | undefined; state?: CellState | undefined },
    page: Page,
  ): Promise<Items<CellView>>;
  /** readSis: the SIS is read first, through the lane */
  plan(scope: Scope, classKey: string, how: { mode: 'changes' | 'all'; readSis: boolean }): Promise<PlanView>;
}
