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
  timeZone: string | null;
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
  dueDate: string | null;
  resultValueMax: number | null;
  published: boolean;
  syncToSis: boolean;
  overrides: Overrides;
  state: CellState;
  reason: Reason | null;
  lastSentAt: string | null;
  nextAttemptAt: string | null;
  cells: Partial<Record<CellState, number>>;
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
  unchanged: number;
  skipped: number;
  failed: number;
  conflicts: number;
}
export interface Sync {
  id: string;
  trigger: 'manual' | 'automatic' | 'schedule' | 'api';
  startedBy: string;
  dryRun: boolean;
  status:
    'awaitingConfirmation' | 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';
  counts: SyncCounts;
  byKind: { lineItems: SyncCounts; results: SyncCounts };
  sisRead: { state: 'waiting' | 'read' | 'failed' } | null;
  pending: number;
  waitingFor: { code: string; message: string; since: string | null; nextAttemptAt: string | null } | null;
  startedAt: string;
  finishedAt: string | null;
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
  waiting: { rows: number; oldestSeconds: number | null };
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
}
