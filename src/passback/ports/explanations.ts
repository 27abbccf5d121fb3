/** Why a grade is, or is not, in the SIS. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { CellState } from '../state.ts';
import type { StoryEvent } from '../timeline.ts';
import type { Scope } from './callers.ts';
import type { ConnectionView } from './domains.ts';

export interface ExplanationView {
  answer: string;
  state: CellState;
  reason: ReasonText | null;
  fixBy: ReasonText['fixBy'];
  lineItemId: string;
  studentId: string | null;
  here: { version: number; at: string; values: Record<string, unknown> } | null;
  acknowledged: { version: number; at: string | null; values: Record<string, unknown> } | null;
  seen: { at: string | null; values: Record<string, unknown> } | null;
  verifiedAt: string | null;
  lastSentAt: string | null;
  nextAttemptAt: string | null;
  tries: number;
  /** of a result: how its lineItem stands */
  lineItem: { state: CellState; reason: ReasonText | null } | null;
  connection: Pick<ConnectionView, 'state' | 'cause' | 'since' | 'lastSuccessAt' | 'nextProbeAt'>;
  timeZone: string;
  timeline: StoryEvent[];
}

export interface Explanations {
  /** of a lineItem (studentKey null), or of one student's result in it */
  of(
    scope: Scope,
    classKey: string,
    lineItemKey: string,
    studentKey: string | null,
  ): Promise<ExplanationView>;
}
