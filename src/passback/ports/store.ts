/**
 * What callers of the API may ask of what we remember. Implemented by src/store, used by src/http, wired by main.
 * Every method takes a Scope: nothing outside of it is ever read, changed or told to exist.
 * Methods throw `Refusal` for the caller's faults; anything else thrown is our own fault.
 * Long, for it is the one list of what the edge can ask; a noun is an interface, and its implementation a file.
 */
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type {
  CategoryMapping,
  ClassInput,
  DomainInput,
  LineItemInput,
  OverridesInput,
  ResultInput,
  RosterInput,
  StudentInput,
  SyncRequest,
  SyncSettingsInput,
} from '../../gradebook/local.ts';
import type { SettingsInput } from '../../gradebook/settings.ts';
import type { AuditAction } from '../audit-actions.ts';
import type { CellState } from '../state.ts';
import type { TestReport } from './sis.ts';

export type Role = 'root' | 'admin' | 'lms' | 'teacher';

/** Who is calling: an API key, or a person's token made with one. */
export interface Principal {
  kind: 'key' | 'token';
  role: Role;
  keyId: string;
  /** null: root, all tenants */
  tenantId: string | null;
  /** our id of the domain that it is bound to; null: all of the tenant(s) */
  domainId: string | null;
  /** tokens of teachers: these classes and no other; null: every class of the subtree */
  classKeys: string[] | null;
  /** who is named in history: the person's display name, or the key's name */
  name: string;
  /** whose token it is, in the LMS; null: a key is nobody's */
  subject: string | null;
}

/** One tenant, and within it a subtree and perhaps only some classes. */
export interface Scope {
  tenantId: string;
  domainId: string | null;
  classKeys: string[] | null;
}
export interface Page {
  cursor: string | null;
  limit: number;
}
export interface Items<T> {
  items: T[];
  nextCursor: string | null;
}
export interface Put<T> {
  created: boolean;
  value: T;
}

export interface Access {
  /** by the SHA-256 of what stands in the Authorization header; null: unknown or expired */
  authenticate(hash: Buffer): Promise<Principal | null>;
  createKey(
    scope: Scope,
    domainKey: string,
    input: { role: 'lms' | 'admin' | 'root'; name: string },
    by: Principal,
  ): Promise<{ id: string; key: string }>;
  listKeys(scope: Scope, domainKey: string, page: Page): Promise<Items<KeyView>>;
  /** its user tokens die with it; scope null: a root key, any tenant; domainKey null: wherever in the scope it is bound */
  deleteKey(scope: Scope | null, domainKey: string | null, id: string, by: Principal): Promise<void>;
  createToken(
    scope: Scope,
    input: TokenInput,
    by: Principal,
  ): Promise<{ token: string; expiresAt: string; linkCode: string }>;
  /** a one-time link's code becomes a token of its own; null: used, expired or never made */
  openLink(code: string): Promise<OpenedLink | null>;
  /** the tenant named `key` (its top-level domain) */
  tenantByKey(key: string): Promise<string | null>;
  /** which tenants hold this id: how a root key without ?tenant= is understood */
  tenantsHolding(what: 'domain' | 'class' | 'sync', key: string): Promise<string[]>;
}
export interface OpenedLink {
  token: string;
  expiresAt: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds: string[] | null;
  displayName: string;
  sisName: string | null;
  /** whom the token makes of its holder */
  principal: Principal;
}
export interface KeyView {
  id: string;
  role: Role;
  name: string;
  domainId: string | null;
  createdAt: string;
  lastUsedAt: string | null;
}
export interface TokenInput {
  subject: string;
  displayName: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds?: string[] | undefined;
  expiresInSeconds: number;
}

export interface DomainView {
  domainId: string;
  name: string;
  parentId: string | null;
  timeZone: string | null;
}
export interface Domains {
  list(scope: Scope | null, page: Page): Promise<Items<DomainView>>;
  get(scope: Scope, key: string): Promise<DomainView>;
  /** scope null: a root key makes or replaces the tenant of that name */
  put(scope: Scope | null, key: string, input: DomainInput): Promise<Put<DomainView>>;
  /** refused (DOMAIN_NOT_EMPTY) while it has sub-domains or classes */
  remove(scope: Scope, key: string): Promise<void>;
  mapping(scope: Scope, key: string): Promise<CategoryMapping>;
  putMapping(scope: Scope, key: string, mapping: CategoryMapping): Promise<CategoryMapping>;
  pause(scope: Scope, key: string, by: string): Promise<void>;
  resume(scope: Scope, key: string): Promise<void>;
  connection(scope: Scope, key: string): Promise<ConnectionView>;
}
export interface ConnectionView {
  /** the domain that owns the connection in force here; null: none */
  ownedBy: string | null;
  baseUrl: string | null;
  sisName: string | null;
  state: 'working' | 'untried' | 'broken' | 'waiting' | 'paused' | 'off' | 'excluded' | 'none';
  cause: ReasonText | null;
  since: string | null;
  lastSuccessAt: string | null;
  nextProbeAt: string | null;
  pausedBy: string | null;
  waiting: { rows: number; oldestSeconds: number | null };
  /** of them, in the hands of the lane now */
  inFlight: number;
}

/** Own settings as GET answers them and PUT takes them back; secrets only as `…Set` / `true`. */
export interface SettingsView {
  settings: SettingsInput;
  revision: number;
  effective?: Record<string, { value: unknown; origin: string }>;
}
export interface Settings {
  get(scope: Scope, key: string, withEffective: boolean): Promise<SettingsView>;
  /** `ifRevision` null: not asked for; else STALE when it is no longer that */
  put(scope: Scope, key: string, input: SettingsInput, ifRevision: number | null): Promise<SettingsView>;
  test(
    scope: Scope,
    key: string,
    input: { settings?: SettingsInput | undefined; classId?: string | undefined },
  ): Promise<TestReport>;
}

export interface ClassView extends Required<ClassInput> {
  classId: string;
}
export interface StudentView extends Required<StudentInput> {
  studentId: string;
}
export interface Classes {
  list(scope: Scope, domainKey: string | null, page: Page): Promise<Items<ClassView>>;
  get(scope: Scope, key: string): Promise<ClassView>;
  put(scope: Scope, key: string, input: ClassInput): Promise<Put<ClassView>>;
  remove(scope: Scope, key: string): Promise<void>;
  mapping(scope: Scope, key: string): Promise<CategoryMapping>;
  putMapping(scope: Scope, key: string, mapping: CategoryMapping): Promise<CategoryMapping>;
  syncSettings(scope: Scope, key: string): Promise<SyncSettingsInput>;
  putSyncSettings(scope: Scope, key: string, input: SyncSettingsInput): Promise<SyncSettingsInput>;
  /** the SIS is asked soon what it holds of this class; how many lineItems that is */
  readBack(scope: Scope, key: string): Promise<{ lineItems: number }>;
  /** read through the lane; each local category with what it maps to and how */
  sisCategories(scope: Scope, key: string): Promise<SisCategoriesView>;
  students(scope: Scope, key: string, page: Page): Promise<Items<StudentView>>;
  student(scope: Scope, key: string, studentKey: string): Promise<StudentView>;
  putStudent(scope: Scope, key: string, studentKey: string, input: StudentInput): Promise<Put<StudentView>>;
  removeStudent(scope: Scope, key: string, studentKey: string): Promise<void>;
  /** the whole roster: absent students become inactive; CONFIRM_NEEDED for more than a fifth (and more than 5) */
  putRoster(
    scope: Scope,
    key: string,
    input: RosterInput,
    confirm: boolean,
  ): Promise<{ active: number; created: number; updated: number; deactivated: number }>;
}
export interface SisCategoriesView {
  items: { sourcedId: string; title: string }[];
  readAt: string;
  suggestions: {
    categoryId: string;
    title: string;
    sourcedId: string | null;
    how: 'mapped' | 'domain' | 'sameName' | 'default' | null;
  }[];
}

export interface LineItemView extends Required<LineItemInput> {
  lineItemId: string;
  /** what a teacher decided, stronger than the LMS's values above */
  overrides: OverridesInput;
  state: CellState;
  reason: ReasonText | null;
  sourcedId: string | null;
  lastSentAt: string | null;
  nextAttemptAt: string | null;
  /** results of this lineItem by state */
  cells: Partial<Record<CellState, number>>;
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
}
/** Rows of one request, already valid in form; the same index comes back for each that cannot be kept. */
export interface ResultRow extends ResultInput {
  lineItemId: string;
  studentId: string;
}
export interface Gradebook {
  lineItems(scope: Scope, classKey: string, page: Page): Promise<Items<LineItemView>>;
  lineItem(scope: Scope, classKey: string, key: string): Promise<LineItemView>;
  putLineItem(scope: Scope, classKey: string, key: string, input: LineItemInput): Promise<Put<LineItemView>>;
  removeLineItem(scope: Scope, classKey: string, key: string): Promise<void>;
  overrides(scope: Scope, classKey: string, key: string): Promise<OverridesInput>;
  putOverrides(scope: Scope, classKey: string, key: string, input: OverridesInput): Promise<OverridesInput>;
  putResult(scope: Scope, classKey: string, row: ResultRow): Promise<PutResultAnswer>;
  /** each cell at most once */
  putResults(
    scope: Scope,
    classKey: string,
    rows: ResultRow[],
  ): Promise<{ accepted: number; rejected: { index: number; code: string; detail: string }[] }>;
  result(scope: Scope, classKey: string, lineItemKey: string, studentKey: string): Promise<CellView>;
  removeResult(scope: Scope, classKey: string, lineItemKey: string, studentKey: string): Promise<void>;
  results(
    scope: Scope,
    classKey: string,
    filter: { lineItemId?: string | undefined; state?: CellState | undefined },
    page: Page,
  ): Promise<Items<CellView>>;
  plan(scope: Scope, classKey: string, mode: 'changes' | 'all'): Promise<PlanView>;
}
export type PlanAction = 'create' | 'update' | 'unchanged' | 'skip' | 'blocked' | 'conflict';
export type PlanNumbers = Record<'lineItems' | 'results', Record<PlanAction, number>>;
export interface PlanView {
  counts: Record<PlanAction, number>;
  byKind: PlanNumbers;
  entries: {
    kind: 'lineItem' | 'result';
    lineItemId: string;
    studentId: string | null;
    action: PlanAction;
    reason: ReasonText | null;
    /** what would be sent */
    body: Record<string, unknown> | null;
    acknowledged: Record<string, unknown> | null;
  }[];
}

export type SyncStatus = 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';
export interface SyncCounts {
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  failed: number;
  conflicts: number;
}
export interface SyncView {
  id: string;
  classId: string;
  domainId: string;
  trigger: 'manual' | 'automatic' | 'schedule' | 'api';
  startedBy: string;
  status: SyncStatus;
  mode: 'changes' | 'all';
  dryRun: boolean;
  counts: SyncCounts;
  byKind: { lineItems: SyncCounts; results: SyncCounts };
  /** what it was to do when it was pressed, with every press that joined; null: automatic, nobody pressed */
  planned: PlanNumbers | null;
  /** rows still under way */
  pending: number;
  /** rows that the lane has in its hands now; of a cancelled sync too: their answers are still to come */
  inFlight: number;
  waitingFor: { code: string; message: string; since: string | null; nextAttemptAt: string | null } | null;
  startedAt: string;
  finishedAt: string | null;
}
export interface SyncEntryView {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  action: 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed' | 'conflict';
  reason: ReasonText | null;
  version: number;
  at: string;
}
export interface Syncs {
  /** joined: a sync of the class was processing and took this press in */
  start(
    scope: Scope,
    classKey: string,
    request: SyncRequest,
    by: Principal,
  ): Promise<{ sync: SyncView; joined: boolean }>;
  list(
    scope: Scope,
    filter: {
      domainId?: string | undefined;
      classId?: string | undefined;
      status?: SyncStatus | undefined;
      since?: string | undefined;
    },
    page: Page,
  ): Promise<Items<SyncView>>;
  get(scope: Scope, id: string): Promise<SyncView>;
  entries(scope: Scope, id: string, page: Page): Promise<Items<SyncEntryView>>;
  cancel(scope: Scope, id: string): Promise<SyncView>;
  retry(scope: Scope, id: string, by: Principal): Promise<{ sync: SyncView; joined: boolean }>;
}

/** Where something happened: our ids. */
export interface Place {
  tenantId: string;
  domainId: string | null;
}
/** Who did it; `system`: the command line, a start. */
export interface Actor {
  kind: 'key' | 'token' | 'system' | 'nobody';
  name: string;
  keyId: string | null;
}
export interface AuditEntry {
  action: AuditAction;
  by: Actor;
  /** null: in no tenant; only a root key reads it */
  place: Place | null;
  /** the LMS's ids of what it was done to; never a student's, for what is erased must be gone from here too */
  subject: Record<string, string>;
  /** names of fields, counts, roles; never a value that was set, a score or a student's name */
  detail: Record<string, unknown>;
  requestId: string | null;
  /** the caller's network address */
  address: string | null;
}
export interface AuditView {
  id: string;
  at: string;
  tenantId: string | null;
  domainId: string | null;
  actor: string;
  actorKind: Actor['kind'];
  keyId: string | null;
  action: AuditAction;
  subject: Record<string, string>;
  detail: Record<string, unknown>;
  requestId: string | null;
  address: string | null;
}
/** The trail: written once, read by admins, never changed. */
export interface Audit {
  add(entry: AuditEntry): Promise<void>;
  /** where the object of these ids (domainId, classId, syncId, keyId) lies; null: nowhere in this scope (null: all tenants) */
  place(scope: Scope | null, ids: Record<string, string>): Promise<Place | null>;
  /** newest first; scope null: a root key, everything, also what belongs to no tenant */
  list(
    scope: Scope | null,
    domainKey: string | null,
    filter: { since?: string | undefined; action?: AuditAction | undefined },
    page: Page,
  ): Promise<Items<AuditView>>;
}

/** Answers kept for a repeat of the request. Used inside of `transact`. */
export interface Once {
  /**
   * What the key was answered with; null: it was not used, and is held until the transaction ends.
   * Refuses with IDEMPOTENCY_KEY_REUSED (another request) or IDEMPOTENCY_KEY_BUSY (the first one is not done yet).
   */
  claim(by: Principal, key: string, request: string): Promise<KeptAnswer | null>;
  keep(by: Principal, key: string, request: string, tenantId: string | null, kept: KeptAnswer): Promise<void>;
}
export interface KeptAnswer {
  status: number;
  /** null: it held a secret */
  answer: { body: unknown; headers: Record<string, string> } | null;
}

/** One student, as the LMS or the SIS names him: an id holds in every class of the subtree. */
export type StudentName = { studentId: string } | { sourcedId: string };
export interface StudentData {
  studentId: string | null;
  sourcedId: string | null;
  enrollments: {
    classId: string;
    domainId: string;
    classTitle: string;
    student: StudentView;
    results: (Omit<CellView, 'state' | 'reason' | 'nextAttemptAt' | 'studentId'> & {
      lineItemTitle: string;
      resultSourcedId: string | null;
      acknowledgedAt: string | null;
      verifiedAt: string | null;
    })[];
  }[];
  /** what syncs did with his results */
  history: {
    classId: string;
    syncId: string;
    lineItemId: string;
    action: SyncEntryView['action'];
    reason: ReasonText | null;
    version: number;
    at: string;
  }[];
}
export interface Erased {
  erased: { enrollments: number; results: number; historyEntries: number };
  /** what we sent and did not delete there */
  remainsInSis: {
    classId: string;
    lineItemId: string;
    lineItemSourcedId: string | null;
    resultSourcedId: string | null;
    lastSentAt: string | null;
  }[];
}
export interface StudentRecords {
  /** everything held about him in this domain's subtree */
  data(scope: Scope, domainKey: string, who: StudentName): Promise<StudentData>;
  /** forgets it; CONFIRM_NEEDED without `confirm` */
  erase(scope: Scope, domainKey: string, who: StudentName, confirm: boolean): Promise<Erased>;
}

/** All that the HTTP edge asks for. */
export interface Store {
  access: Access;
  domains: Domains;
  settings: Settings;
  classes: Classes;
  gradebook: Gradebook;
  syncs: Syncs;
  students: StudentRecords;
  audit: Audit;
  once: Once;
  /** The same store within one transaction: all of `work` happens, or nothing. It may be done again after a deadlock. */
  transact<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** database answers and is migrated */
  ready(): Promise<boolean>;
}
