/** What passback asks of an SIS. Implemented by src/sis; answers are outcomes, never exceptions. */
import type { Capabilities } from '../../gradebook/capabilities.ts';
import type { ErrorCode } from '../../gradebook/dictionary.ts';
import type { ClassFacts } from '../../gradebook/facts.ts';
import type { ReadCategory } from '../../gradebook/oneroster.ts';
import type { Outcome, SisSaid } from '../../gradebook/outcome.ts';
import type { RosterList, RosterPage, RosterSecret } from '../../gradebook/roster/items.ts';
import type { EffectiveSettings, OneRosterVersion } from '../../gradebook/settings.ts';

/** A connection ready to be used: settings with secrets opened. Never logged. */
export interface SisConnection {
  /** identity for caches; changes with every saved change of the group (`id:revision`) */
  cacheKey: string;
  /** the gradebook root, normalised, without trailing slash */
  gradebookUrl: string;
  rosteringUrl: string;
  oneRosterVersion: OneRosterVersion;
  /** which SIS this is said to be */
  profile: EffectiveSettings['profile'];
  auth:
    | {
        method: 'clientCredentials';
        clientId: string;
        clientSecret: string;
        tokenUrl: string | null;
        scopes: string[] | null;
        clientAuthMethod: ClientAuthMethod | null;
      }
    | { method: 'accessToken'; accessToken: string };
  extraHeaders: Record<string, string>;
  caCertificates: string | null;
  /** what an earlier run learned (DESIGN §8); given back through `learned` */
  learned: Learned;
  /** rights to ask for where the settings name none */
  beyond?: readonly Beyond[];
  /** what its pages have shown: proof is paid once */
  pages?: PageSizes | null;
}
/** What the pages of one SIS have shown about its own page limit. */
export interface PageSizes {
  /** a page of this size came: smaller ones were not cut */
  largest: number;
  /** a list of this size came in one page, with an empty page after it */
  complete: number;
}
/** Rights beyond those that sending needs: one more word in a request for a token can be what an SIS refuses. */
export type Beyond = 'post' | 'delete';
export type ClientAuthMethod = 'basic' | 'basicRaw' | 'body';
export interface Learned {
  tokenUrl?: string;
  clientAuthMethod?: ClientAuthMethod;
}

/** partial: the SIS has more than it gave; what is not in the list may be there all the same */
export type ReadOutcome<T> =
  { kind: 'read'; value: T; partial?: true } | Exclude<Outcome, { kind: 'acknowledged' }>;

/** One request for many: which id each row that was told of has there, by the id that it was sent under. */
export type ManyOutcome =
  { kind: 'stored'; ids: ReadonlyMap<string, string> } | Exclude<Outcome, { kind: 'acknowledged' }>;

export interface SisClient {
  /** the body as it goes on the wire (gradebook/wire.ts) */
  putLineItem(sourcedId: string, body: Record<string, unknown>): Promise<Outcome>;
  putResult(sourcedId: string, body: Record<string, unknown>): Promise<Outcome>;
  /** new results of one lineItem in one request; `stored` may tell of fewer than were sent */
  postResults(lineItemSourcedId: string, bodies: Record<string, unknown>[]): Promise<ManyOutcome>;
  deleteLineItem(sourcedId: string): Promise<Outcome>;
  deleteResult(sourcedId: string): Promise<Outcome>;
  /** the class's categories; falls back to all categories where the SIS has no class-scoped list */
  readCategories(classSourcedId: string): Promise<ReadOutcome<ReadCategory[]>>;
  /** sourcedId of the class's school; null: the class is there but names none */
  readClassSchool(classSourcedId: string): Promise<ReadOutcome<string | null>>;
  readClassStudents(classSourcedId: string): Promise<ReadOutcome<{ sourcedId: string }[]>>;
  /** refused with a 404: the SIS does not have it */
  readLineItem(sourcedId: string): Promise<ReadOutcome<Record<string, unknown>>>;
  /** `enough`: when all of these were seen, the rest of the list is left */
  readLineItems(
    classSourcedId: string,
    enough?: ReadonlySet<string>,
  ): Promise<ReadOutcome<Record<string, unknown>[]>>;
  readResults(
    classSourcedId: string,
    lineItemSourcedId: string,
    enough?: ReadonlySet<string>,
  ): Promise<ReadOutcome<Record<string, unknown>[]>>;
  /** every result of the class, of lineItems that are not ours too; refused where the SIS has no such list */
  readResultsOfClass(
    classSourcedId: string,
    enough?: ReadonlySet<string>,
  ): Promise<ReadOutcome<Record<string, unknown>[]>>;
  /** one answer to a list of the rostering service; `since`: only what changed after it */
  readRosterPage(
    list: RosterList,
    at: { offset: number; since: Date | null; lastPage: number | null; secret: RosterSecret },
  ): Promise<ReadOutcome<RosterPage>>;
  /** the cheapest authorised request: is the connection as a whole working? */
  probe(): Promise<ReadOutcome<null>>;
  /** what this client learned and the next one should start with */
  learned(): Learned;
  close(): void;
}

/**
 * Opens clients and tests connections. `signal` aborts whatever is in flight; `mayLeave` is asked at the last moment
 * before a request leaves, and when it says no the request was not made (INTERRUPTED).
 */
export interface Sis {
  open(connection: SisConnection, signal: AbortSignal, mayLeave?: () => boolean): SisClient;
  test(connection: SisConnection, expected: TestExpectation | null, signal: AbortSignal): Promise<TestReport>;
}
/** Asked when an address is entered. */
export interface SisAddresses {
  /** why this address can never be connected to, as far as it shows by itself; null: it may be tried */
  refusal(url: string): string | null;
}
/** One class of ours to compare with the SIS's. */
export interface TestExpectation {
  classSourcedId: string;
  studentSourcedIds: string[];
  categories: { id: string; title: string; mappedTo: string | null }[];
  /** what is written into the class to find out more; null: nothing is written */
  probe: WriteProbe | null;
}
export interface WriteProbe {
  cls: ClassFacts;
  /** a student for tests; null: nothing about scores is tried, for a child must not get one by a test */
  studentSourcedId: string | null;
}
/** What the test made in the SIS and could not remove. */
export interface LeftBehind {
  kind: 'lineItem' | 'result';
  sourcedId: string;
  title: string;
}
export const testStepNames = [
  'address',
  'tls',
  'token',
  'scopes',
  'categories',
  'class',
  'students',
  'classCategories',
  'reading',
  // only when something may be written
  'writing',
  'titles',
  'bulk',
  'overMax',
  'exempt',
  'deleting',
  'speed',
  'cleanUp',
] as const;
export interface TestStep {
  name: (typeof testStepNames)[number];
  status: 'ok' | 'failed' | 'warning' | 'skipped';
  /** one plain sentence; never a secret */
  detail: string;
  code?: ErrorCode;
  said?: SisSaid;
}
export interface TestReport {
  ok: boolean;
  steps: TestStep[];
  capabilities: Capabilities;
  /** where on the same server a gradebook answers, when it does not at the address that was given */
  suggestedBaseUrl: string | null;
  leftBehind: LeftBehind[];
}
