/** The part of the API's answers that the pages read. The pages import none of the server, so it is written here. */

export interface Items<T> {
  items: T[];
  nextCursor: string | null;
}
export interface Reason {
  code: string;
  message: string;
  fix: string;
  fixBy: 'teacher' | 'admin' | 'sis' | 'vendor' | 'nobody';
}
export type CellState =
  | 'unsent'
  | 'queued'
  | 'sending'
  | 'retrying'
  | 'acknowledged'
  | 'verified'
  | 'needsAttention'
  | 'conflict'
  | 'skipped'
  | 'suppressed';

export interface SchoolClass {
  classId: string;
  domainId: string;
  title: string;
  sourcedId: string | null;
  timeZone: string | null;
  categories: { id: string; title: string }[] | null;
}
export interface Student {
  studentId: string;
  givenName: string | null;
  familyName: string | null;
  active: boolean;
}
export interface LineItem {
  lineItemId: string;
  title: string;
  categoryId: string | null;
  dueDate: string | null;
  resultValueMax: number | null;
  published: boolean;
  syncToSis: boolean;
  overrides: Overrides;
  state: CellState;
  reason: Reason | null;
  lastSentAt: string | null;
  nextAttemptAt: string | null;
  /** of the lineItem in the SIS */
  sourcedId: string | null;
  /** as the SIS has it or would get it */
  asSent: {
    title: string;
    dueDate: string | null;
    categorySourcedId: string | null;
    categoryTitle: string | null;
  };
  cells: Partial<Record<CellState, number>>;
  findings: Finding[];
}
/** What is known before it is sent. */
export interface Finding extends Reason {
  severity: 'blocks' | 'skips' | 'warns';
}
export interface Overrides {
  syncToSis?: boolean | null;
  sisTitle?: string | null;
  sisDueDate?: string | null;
  sisCategorySourcedId?: string | null;
}
export interface Cell {
  lineItemId: string;
  studentId: string;
  desired: { score: number | null; status: string | null; late: boolean; posted: boolean };
  acknowledged: Record<string, unknown> | null;
  state: CellState;
  reason: Reason | null;
  nextAttemptAt: string | null;
  lastSentAt: string | null;
}

export interface SyncCounts {
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  conflicts: number;
}
export interface Sync {
  id: string;
  classId: string;
  classTitle: string;
  mode: 'changes' | 'all';
  trigger: 'manual' | 'automatic' | 'schedule' | 'api';
  startedBy: string;
  dryRun: boolean;
  status:
    'awaitingConfirmation' | 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';
  counts: SyncCounts;
  byKind: { lineItems: SyncCounts; results: SyncCounts };
  planned: { lineItems: PlanCounts; results: PlanCounts } | null;
  sisRead: { state: 'waiting' | 'read' | 'failed' } | null;
  pending: number;
  waitingFor: { code: string; message: string; since: string | null; nextAttemptAt: string | null } | null;
  startedAt: string;
  finishedAt: string | null;
}

export interface SyncCause {
  severity: 'error' | 'warning' | 'choice';
  action: EntryAction;
  reason: Reason;
  retry: 'auto' | 'manual' | 'never' | 'none';
  count: number;
  lineItems: number;
  results: number;
  examples: string[];
}
export interface SyncDetails extends Sync {
  affected: { lineItems: number; results: number; students: number };
  causes: SyncCause[];
}
export type EntryAction = 'created' | 'updated' | 'deleted' | 'unchanged' | 'skipped' | 'failed' | 'conflict';
export interface SyncEntry {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  title: string | null;
  studentId: string | null;
  action: EntryAction;
  reason: Reason | null;
  at: string;
}

export type PlanAction = 'create' | 'update' | 'unchanged' | 'skip' | 'blocked' | 'conflict' | 'delete';
export type PlanCounts = Record<PlanAction, number>;

/** Whose token it is. */
export interface OwnToken {
  expiresAt: string;
  subject: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds: string[] | null;
  displayName: string;
  sisName: string | null;
}
/** How a class, or a part of it, stands. */
export interface Standing {
  reason: Reason | null;
  lineItems: Partial<Record<CellState, number>>;
  results: Partial<Record<CellState, number>>;
  changes: number;
  attention: number;
  sync: Sync | null;
  /** of a whole class */
  lastSync: Sync | null;
  lastSentAt: string | null;
}

export interface Domain {
  domainId: string;
  name: string;
  parentId: string | null;
}
export interface Connection {
  ownedBy: string | null;
  baseUrl: string | null;
  sisName: string | null;
  state: 'working' | 'untried' | 'broken' | 'waiting' | 'paused' | 'off' | 'excluded' | 'none';
  cause: Reason | null;
  since: string | null;
  lastSuccessAt: string | null;
  nextProbeAt: string | null;
  pausedBy: string | null;
  pausedAt: string | null;
  pausedIn: string | null;
  waiting: { rows: number; oldestSeconds: number | null };
  /** what the test of the connection found out; null: there is no connection */
  capabilities: { readCategories: boolean | null } | null;
}

export type Auth =
  | {
      method: 'clientCredentials';
      clientId: string;
      clientSecret?: string;
      clientSecretSet?: boolean;
      tokenUrl?: string | null;
      scopes?: string[] | null;
      clientAuthMethod?: string | null;
    }
  | { method: 'accessToken'; accessToken?: string; accessTokenSet?: boolean };
/** A domain's own settings; what the form does not show is handed back as it came. */
export interface Settings {
  baseUrl?: string | null;
  auth?: Auth;
  sisName?: string | null;
  passbackEnabled?: boolean | null;
  autoSync?: boolean | null;
  gatherSeconds?: number | null;
  useCustomIds?: boolean | null;
  excludedDomainIds?: string[] | null;
  [other: string]: unknown;
}
export type Effective = Record<string, { value: unknown; origin: string } | undefined>;

export interface TestStep {
  name: string;
  status: 'ok' | 'failed' | 'warning' | 'skipped';
  detail: string;
  code?: string;
}
export interface TestReport {
  ok: boolean;
  steps: TestStep[];
  /** where on the same server a gradebook answers, if it does not at the given address */
  suggestedBaseUrl?: string | null;
  /** what the test made in the SIS and could not remove */
  leftBehind?: { title: string; sourcedId: string }[];
}
