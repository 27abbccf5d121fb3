/** The part of the API's answers that only the console reads (see answers.ts). */
import type { Connection, Domain, Reason, Sync } from '../answers.ts';

export interface DomainLine extends Domain {
  timeZone: string | null;
  /** that lie in it, and not below */
  classes: number;
}

export interface SisProfile {
  name: string;
  title: string;
  addresses: string[];
  tokenUrl: string | null;
  requiredHeaders: { name: string; what: string }[];
  /** its defaults, where they are not the usual ones */
  settings: Record<string, unknown>;
  categories: string;
  notes: string[];
}

export interface ProblemCause {
  reason: Reason;
  retry: 'auto' | 'manual' | 'never' | 'none';
  rows: number;
  classes: number;
  since: string;
}
export interface ProblemClass {
  classId: string;
  title: string;
  domainId: string;
  rows: number;
  since: string;
}
export interface ProblemRetry {
  classes: number;
  rows: number;
  /** can still not go */
  held: number;
  leftOut: { reason: Reason; classes: number }[];
  nextCursor: string | null;
}

export interface Overview {
  classes: { all: number; linked: number };
  syncs: { processing: number; awaitingConfirmation: number };
  lastDay: { syncs: number; sent: number; failed: number; conflicts: number };
  schedules: { all: number; paused: number; nextRunAt: string | null };
  problems: ProblemCause[];
  below: { domainId: string; name: string; state: Connection['state'] }[];
}

export interface PastSync extends Sync {
  classId: string;
  classTitle: string;
  domainId: string;
  mode: 'changes' | 'all';
  inFlight: number;
}
export interface SyncCause {
  severity: 'error' | 'warning' | 'choice';
  action: string;
  reason: Reason;
  retry: ProblemCause['retry'];
  count: number;
  lineItems: number;
  results: number;
  examples: string[];
}
export interface SyncDetails extends PastSync {
  summary: {
    extracted: number;
    filtered: number;
    unchanged: number;
    sent: number;
    failed: number;
    conflicts: number;
    pending: number;
  };
  affected: { lineItems: number; results: number; students: number };
  causes: SyncCause[];
}
export interface SyncEntry {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  title: string | null;
  studentId: string | null;
  action: 'created' | 'updated' | 'deleted' | 'unchanged' | 'skipped' | 'failed' | 'conflict';
  reason: Reason | null;
  at: string;
}

export type Every =
  { unit: 'day' | 'weekday'; at: string } | { unit: 'hours'; hours: number; minute: number };
export type ScheduleType = 'gradePassback' | 'driftAudit' | 'rosterPull';
export interface ScheduleRun {
  id: string;
  status: 'running' | 'complete' | 'completeWithProblems' | 'failed' | 'skipped';
  trigger: 'schedule' | 'manual';
  startedBy: string;
  startedAt: string;
  finishedAt: string | null;
  reason: Reason | null;
  classes: { all: number; started: number; leftOut: number };
}
export interface Schedule {
  id: string;
  domainId: string;
  type: ScheduleType;
  cron: string;
  every: Every | null;
  interval: string;
  timeZone: string;
  classIds: string[] | null;
  postedBy: string;
  pausedAt: string | null;
  pausedBy: string | null;
  nextRunAt: string | null;
  waitingFor: Reason | null;
  lastRun: ScheduleRun | null;
}
export interface SchedulePreview {
  interval: string;
  timeZone: string;
  nextRuns: string[];
  warnings: { message: string; runsAt: string }[];
}

export interface Plan {
  byKind: Record<'lineItems' | 'results', Record<string, number>>;
  entries: { action: string; reason: Reason | null }[];
}

export interface ApiKey {
  id: string;
  role: 'lms' | 'admin' | 'root' | 'teacher';
  name: string;
  domainId: string | null;
  createdAt: string;
  lastUsedAt: string | null;
}
export interface Webhook {
  webhookId: string;
  url: string;
  events: string[] | null;
  description: string | null;
  enabled: boolean;
  disabledBecause: 'gone' | 'failing' | null;
  failingSince: string | null;
  oldSecretUntil: string | null;
}
export interface WebhookDelivery {
  deliveryId: string;
  type: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: { at: string; status: number | null; error: string | null; ms: number }[];
  nextAttemptAt: string | null;
  createdAt: string;
}
export interface LtiPlatform {
  id: string;
  name: string;
  issuer: string;
  clientId: string;
  authorizationUrl: string;
  jwksUrl: string;
  deploymentIds: string[];
  classParam: string | null;
  roleMap: { teacher?: string[]; admin?: string[] };
  tool: { loginUrl: string; launchUrl: string; jwksUrl: string; canvas: unknown };
}
export interface SignInProvider {
  issuer: string;
  clientId: string;
  scopes: string[];
  roleClaim: string;
  admins: string[];
  domainClaim: string | null;
  domainMap: Record<string, string>;
  redirectUrl: string;
  signInUrl: string;
}
export interface Drift {
  classId: string;
  title: string;
  readAt: string | null;
  reading: boolean;
  counts: Record<'same' | 'ownForm' | 'changed' | 'missing' | 'notRead', number>;
}
export interface CategoryMapping {
  default?: string | null;
  map: Record<string, string>;
}
export interface SisCategories {
  items: { sourcedId: string; title: string }[];
}
export interface RosterPull {
  id: string;
  domainId: string;
  startedBy: string;
  status: 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';
  dryRun: boolean;
  phase: string | null;
  counts: {
    read: Record<string, number>;
    classes: Record<'linked' | 'filled' | 'created' | 'unmatched', number>;
    students: Record<'linked' | 'filled' | 'created' | 'deactivated' | 'unmatched', number>;
  };
  reason: Reason | null;
  startedAt: string;
  finishedAt: string | null;
}
export interface Unmatched {
  kind: 'class' | 'student';
  sourcedId: string | null;
  classId: string | null;
  studentId: string | null;
  reason: Reason;
}
export interface IdReport {
  dryRun: boolean;
  counts: Record<'changed' | 'unchanged' | 'unknown' | 'duplicate' | 'invalid', number>;
  rows: {
    line: number;
    outcome: keyof IdReport['counts'];
    detail: string | null;
    changes: { classId: string; studentId: string | null; field: string; from: string | null; to: string }[];
    sharedIn: string[];
  }[];
}
export interface AuditEntry {
  id: string;
  at: string;
  domainId: string | null;
  actor: string;
  actorKind: 'key' | 'token' | 'system' | 'nobody';
  action: string;
  subject: Record<string, string>;
  detail: Record<string, unknown>;
}
