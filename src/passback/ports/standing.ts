/** How a class, or a part of it, stands in numbers: what a button shows before anybody presses it. */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { CellState } from '../state.ts';
import type { Scope } from './callers.ts';
import type { SyncView } from './syncs.ts';

export type StateCounts = Partial<Record<CellState, number>>;

export interface ClassStanding {
  /** why nothing of the class can be sent, or not now */
  reason: ReasonText | null;
  lineItems: StateCounts;
  results: StateCounts;
  /** what a press would take in: lineItems and results together */
  changes: number;
  /** what needs somebody, each thing once: scores that only wait for their lineItem are not counted */
  attention: number;
  /** under way, or waiting for a confirmation */
  sync: SyncView | null;
  /** the last that has ended; null also where a part of the class is asked for: no sync is of that alone */
  lastSync: SyncView | null;
  /** when something of what is asked for was sent last */
  lastSentAt: string | null;
}

export interface Standings {
  of(
    scope: Scope,
    classKey: string,
    of: { lineItemId?: string | undefined; studentId?: string | undefined },
  ): Promise<ClassStanding>;
}
