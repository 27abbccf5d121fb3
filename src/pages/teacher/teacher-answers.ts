/** The part of the API's answers that only the teacher's page reads. */
import type { Finding, PlanAction, PlanCounts, Reason } from '../answers.ts';

/** A OneRoster object, as it is sent or was read. */
export type Held = Record<string, unknown> | null;

export interface PlanEntry {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  action: PlanAction;
  reason: Reason | null;
  body: Held;
  findings: Finding[];
  acknowledged: Held;
  /** absent: it was not read, or not shown */
  sis?: Held;
}

export interface Plan {
  planId: string;
  /** null: the SIS was not read for it */
  readAt: string | null;
  counts: PlanCounts;
  byKind: { lineItems: PlanCounts; results: PlanCounts };
  entries: PlanEntry[];
}

export interface Conflict {
  id: string;
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  cause: 'changed' | 'altered' | 'owned';
  acknowledged: Held;
  sis: Held;
  lms: Held;
  since: string | null;
  reason: Reason;
}

export interface Resolved {
  resolved: number;
  left: number;
  syncId: string | null;
}

export interface Snapshot {
  id: string;
  syncId: string;
  at: string;
  cells: number;
}

export interface RestorePlan {
  planId: string;
  counts: PlanCounts;
  entries: {
    kind: 'lineItem' | 'result';
    lineItemId: string;
    studentId: string | null;
    action: PlanAction;
    how: 'value' | 'blank' | 'tobedeleted' | 'delete' | 'stays';
    from: Held;
    to: Held;
    reason: Reason | null;
  }[];
}

export interface Explanation {
  answer: string;
  timeline: { at: string; text: string }[];
  acknowledged: { at: string | null } | null;
  verifiedAt: string | null;
}

export interface Deletion {
  id: string;
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  title: string;
  state: 'planned' | 'done' | 'refused' | 'toDoByHand';
  reason: Reason | null;
}

export interface ClassSending {
  sending: 'on' | 'off' | 'excluded' | 'paused' | 'noConnection';
  linked: boolean;
  timeZone: string;
  automatic: { on: boolean; byDomain: boolean; gatherSeconds: number; firstWaits: boolean };
  nextScheduledAt: string | null;
  conflictPolicy: 'ask' | 'lmsWins' | 'keepSis';
  titleLimit: number | null;
}

export interface SyncSettings {
  autoSync: 'inherit' | 'on' | 'off';
  conflictPolicy: 'inherit' | 'ask' | 'lmsWins' | 'keepSis';
}

export interface CategoryMapping {
  default?: string | null;
  map: Record<string, string>;
}

export interface SisCategories {
  items: { sourcedId: string; title: string; formerly: string | null }[];
  readAt: string;
  suggestions: {
    categoryId: string;
    title: string;
    sourcedId: string | null;
    how: 'mapped' | 'domain' | 'sameName' | 'default' | null;
    reason: Reason | null;
    similar: { sourcedId: string; title: string }[];
  }[];
}

export interface MappingCopy {
  classes: { classId: string; copied: unknown[]; leftOut: { title: string | null; why: string }[] }[];
}

export interface SisLineItems {
  readAt: string;
  items: { sourcedId: string; title: string; sameTitle: string[] }[];
}
