/**
 * What callers of the API may ask of what we remember. Implemented by src/store, used by src/http, wired by main.
 * Every method takes a Scope: nothing outside of it is ever read, changed or told to exist.
 * Methods throw `Refusal` for the caller's faults; anything else thrown is our own fault.
 * Long, for it is the one list of what the edge can ask; a noun is an interface, and its implementation a file.
 */
import type { Capabilities } from '../../gradebook/capabilities.ts';
import type { CopiedMapping } from '../../gradebook/copy-mapping.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { BadIdRow, IdOutcome, IdRow } from '../../gradebook/id-mappings.ts';
import type {
  CategoryMapping,
  ClassInput,
  DomainInput,
  LineItemInput,
  OverridesInput,
  RestoreRequest,
  ResultInput,
  RosterInput,
  StudentInput,
  SyncRequest,
  SyncSettingsInput,
} from '../../gradebook/local.ts';
import type { Finding } from '../../gradebook/preflight/finding.ts';
import type { SettingsInput } from '../../gradebook/settings.ts';
import type { Attempt } from '../attempts.ts';
import type { AuditAction } from '../audit-actions.ts';
import type { CellState } from '../state.ts';
import type { StoryEvent } from '../timeline.ts';
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
  tenantsHolding(what: 'domain' | 'class' | 'sync' | 'snapshot' | 'conflict', key: string): Promise<string[]>;
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
  /** what its test found out; null: there is no connection */
  capabilities: Capabilities | null;
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
    input: {
      settings?: SettingsInput | undefined;
      classId?: string | undefined;
      /** an assignment is written into the class and removed again; scores only of this student */
      writes?: { studentId?: string | undefined } | null;
    },
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
  /** as read today, else read now through the lane; each local category with what it maps to and how */
  sisCategories(scope: Scope, key: string, refresh: boolean): Promise<SisCategoriesView>;
  /** before copying: reads those of `others` that were not read today; what cannot be read stays unread */
  readCategories(scope: Scope, key: string, others: string[]): Promise<void>;
  /** its mapping for these classes too, by title where ids differ */
  copyMapping(scope: Scope, key: string, to: string[]): Promise<MappingCopy[]>;
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
export interface MappingCopy extends Omit<CopiedMapping, 'mapping'> {
  classId: string;
}
export interface SisCategoriesView {
  /** formerly: what it was called when somebody last saved the mapping; null: the same */
  items: { sourcedId: string; title: string; formerly: string | null }[];
  readAt: string;
  suggestions: {
    categoryId: string;
    title: string;
    sourcedId: string | null;
    how: 'mapped' | 'domain' | 'sameName' | 'default' | null;
    /** why it maps to none */
    reason: ReasonText | null;
    /** others whose names are like it, the likeliest first */
    similar: { sourcedId: string; title: string }[];
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
  /** readSis: the SIS is read first, through the lane */
  plan(scope: Scope, classKey: string, how: { mode: 'changes' | 'all'; readSis: boolean }): Promise<PlanView>;
}
export type PlanAction = 'create' | 'update' | 'unchanged' | 'skip' | 'blocked' | 'conflict';
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
    /** what would be sent */
    body: Record<string, unknown> | null;
    /** what is known before it is sent; what blocks or skips is why it is not */
    findings: Finding[];
    acknowledged: Record<string, unknown> | null;
    /** what the SIS holds now; null: nothing; absent: it was not read, or did not show it */
    sis?: Record<string, unknown> | null;
  }[];
}

/** awaitingConfirmation: nothing is sent before somebody confirms it; after a day it is cancelled */
export type SyncStatus =
  'awaitingConfirmation' | 'processing' | 'complete' | 'completeWithProblems' | 'failed' | 'cancelled';
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
  /** the reading of the class from the SIS before rows were taken in; null: none was wanted */
  sisRead: { state: 'waiting' | 'read' | 'failed'; at: string | null; reason: ReasonText | null } | null;
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
  /** confirmed false: it would do something else by now, and says what; with `evenIfChanged` it does that */
  confirm(
    scope: Scope,
    id: string,
    evenIfChanged: boolean,
    by: Principal,
  ): Promise<{ sync: SyncView; confirmed: boolean }>;
  retry(scope: Scope, id: string, by: Principal): Promise<{ sync: SyncView; joined: boolean }>;
}

/** What the SIS held before a sync wrote there; it has the sync's id. */
export interface SnapshotView {
  id: string;
  syncId: string;
  classId: string;
  trigger: SyncView['trigger'];
  startedBy: string;
  /** of the sync's first write */
  at: string;
  cells: number;
}
export interface SnapshotCellView {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  /** null: nothing, as far as we knew */
  held: Record<string, unknown> | null;
  /** the version that went over it */
  version: number;
}
/** A cell with the names that people know it by; null: deleted here since. */
export interface SnapshotLine extends SnapshotCellView {
  title: string | null;
  givenName: string | null;
  familyName: string | null;
}
export interface RestoreEntry {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  action: PlanAction;
  /**
   * value: as it was · of what was not there before: blank (without a score), tobedeleted, delete ·
   * stays: not there before and not ours to take away, or deleted here since
   */
  how: 'value' | 'blank' | 'tobedeleted' | 'delete' | 'stays';
  /** in the SIS now, as far as we know */
  from: Record<string, unknown> | null;
  to: Record<string, unknown> | null;
  reason: ReasonText | null;
}
export interface RestorePlan {
  counts: Record<PlanAction, number>;
  entries: RestoreEntry[];
}
/** A dry run answers its plan, a restore the sync that it is. */
export type RestoreAnswer = { plan: RestorePlan } | { sync: SyncView };
export interface Snapshots {
  list(scope: Scope, classKey: string, page: Page): Promise<Items<SnapshotView>>;
  get(scope: Scope, id: string, page: Page): Promise<SnapshotView & Items<SnapshotCellView>>;
  /** all of it, for people */
  table(scope: Scope, id: string): Promise<SnapshotLine[]>;
  restore(scope: Scope, id: string, request: RestoreRequest, by: Principal): Promise<RestoreAnswer>;
  /** what is held from a snapshot is not any more: of one student, or (null) of a lineItem and all its results */
  release(
    scope: Scope,
    classKey: string,
    lineItemKey: string,
    studentKey: string | null,
  ): Promise<{ released: number }>;
}

export interface ConflictView {
  id: string;
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  /** altered: the SIS puts it there whatever is sent · owned: it lets nobody else change it */
  cause: 'changed' | 'altered' | 'owned';
  acknowledged: Record<string, unknown> | null;
  sis: Record<string, unknown> | null;
  lms: Record<string, unknown> | null;
  since: string | null;
  reason: ReasonText;
}
export interface Resolved {
  classId: string;
  keep: 'lms' | 'sis';
  resolved: number;
  /** not to be decided so: the SIS owns them */
  left: number;
  /** the sync that sends them */
  syncId: string | null;
}
export interface Conflicts {
  list(scope: Scope, classKey: string, page: Page): Promise<Items<ConflictView>>;
  /** CONFLICT_CHANGED when it is another one by now */
  resolve(scope: Scope, id: string, keep: 'lms' | 'sis', by: Principal): Promise<Resolved>;
  /** ids left out: all of the class that can be decided so */
  resolveMany(
    scope: Scope,
    classKey: string,
    what: { keep: 'lms' | 'sis'; ids?: string[] | undefined },
    by: Principal,
  ): Promise<Resolved>;
}

export interface DriftCounts {
  same: number;
  ownForm: number;
  changed: number;
  missing: number;
  notRead: number;
}
export interface DriftView {
  classId: string;
  title: string;
  readAt: string | null;
  /** it is about to be read */
  reading: boolean;
  counts: DriftCounts;
}
export interface Drift {
  /** every class of the subtree is read soon; leftOut: where nothing may be sent, or that are not linked */
  audit(scope: Scope, domainKey: string): Promise<{ classes: number; leftOut: number }>;
  report(scope: Scope, domainKey: string, page: Page): Promise<Items<DriftView>>;
}

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
      /** what the SIS held when it was last read; null: nothing, or never read */
      seen: Record<string, unknown> | null;
      seenAt: string | null;
      resultSourcedId: string | null;
      acknowledgedAt: string | null;
      verifiedAt: string | null;
      /** what the SIS answered lately (attempts.ts) */
      tries: {
        at: string;
        times: number;
        version: number;
        outcome: Attempt['how'];
        code: string | null;
      }[];
    })[];
  }[];
  /** what the SIS held of him before syncs wrote there */
  beforeSyncs: {
    classId: string;
    snapshotId: string;
    lineItemId: string;
    held: Record<string, unknown> | null;
    at: string;
  }[];
  /** results that were deleted here, and what the SIS had of them */
  deleted: {
    classId: string;
    lineItemId: string;
    resultSourcedId: string | null;
    held: Record<string, unknown> | null;
    at: string;
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

export interface ClassExport {
  /** a OneRoster CSV package, manifest.csv first */
  files: { name: string; text: string }[];
  counts: { categories: number; lineItems: number; results: number };
  leftOut: {
    kind: 'lineItem' | 'result';
    lineItemId: string;
    studentId: string | null;
    reason: ReasonText;
  }[];
}
export interface IdMappingsReport {
  dryRun: boolean;
  counts: Record<IdOutcome, number>;
  rows: {
    line: number;
    outcome: IdOutcome;
    detail: string | null;
    changes: {
      classId: string;
      studentId: string | null;
      field: 'sourcedId' | 'customId';
      from: string | null;
      to: string;
    }[];
    sharedIn: string[];
  }[];
}
export interface IdMappings {
  /** ids of the SIS for classes and students of the subtree; VALIDATION while a line is wrong, unless `partial` */
  put(
    scope: Scope,
    domainKey: string,
    rows: (IdRow | BadIdRow)[],
    how: { dryRun: boolean; partial: boolean },
  ): Promise<IdMappingsReport>;
}
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
export interface Exports {
  /** what the SIS should hold of this class; failed: what it does not have as it is here */
  csv(scope: Scope, classKey: string, only: 'failed' | null): Promise<ClassExport>;
}

export interface SisLineItemsView {
  readAt: string;
  items: { sourcedId: string; title: string; sameTitle: string[] }[];
}
export interface Links {
  /** the SIS is asked through the lane what lineItems it has in this class */
  look(scope: Scope, classKey: string): Promise<void>;
  /** as they were seen last */
  sisLineItems(scope: Scope, classKey: string): Promise<SisLineItemsView>;
  /** null: none */
  link(
    scope: Scope,
    classKey: string,
    lineItemKey: string,
    sourcedId: string | null,
  ): Promise<{ sourcedId: string | null }>;
}

/** All that the HTTP edge asks for. */
export interface Store {
  access: Access;
  domains: Domains;
  settings: Settings;
  classes: Classes;
  gradebook: Gradebook;
  links: Links;
  syncs: Syncs;
  conflicts: Conflicts;
  drift: Drift;
  snapshots: Snapshots;
  deletions: Deletions;
  students: StudentRecords;
  exports: Exports;
  explanations: Explanations;
  idMappings: IdMappings;
  audit: Audit;
  once: Once;
  /** The same store within one transaction: all of `work` happens, or nothing. It may be done again after a deadlock. */
  transact<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** database answers and is migrated */
  ready(): Promise<boolean>;
}
