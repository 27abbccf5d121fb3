/** What passback asks of an SIS. Implemented by src/sis; answers are outcomes, never exceptions. */
import type { ErrorCode } from '../../gradebook/dictionary.ts';
import type { OneRosterLineItem, OneRosterResult, ReadCategory } from '../../gradebook/oneroster.ts';
import type { Outcome, SisSaid } from '../../gradebook/outcome.ts';

/** A connection ready to be used: settings with secrets opened. Never logged. */
export interface SisConnection {
  /** identity for caches; changes with every saved change of the group (`id:revision`) */
  cacheKey: string;
  /** the gradebook root, normalised, without trailing slash */
  gradebookUrl: string;
  rosteringUrl: string;
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
}
export type ClientAuthMethod = 'basic' | 'basicRaw' | 'body';
export interface Learned {
  tokenUrl?: string;
  clientAuthMethod?: ClientAuthMethod;
}

/** partial: the SIS has more than it gave; what is not in the list may be there all the same */
export type ReadOutcome<T> =
  { kind: 'read'; value: T; partial?: true } | Exclude<Outcome, { kind: 'acknowledged' }>;

export interface SisClient {
  putLineItem(sourcedId: string, body: OneRosterLineItem): Promise<Outcome>;
  putResult(sourcedId: string, body: OneRosterResult): Promise<Outcome>;
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
}
export interface TestStep {
  name: 'address' | 'tls' | 'token' | 'scopes' | 'categories' | 'class' | 'students' | 'classCategories';
  status: 'ok' | 'failed' | 'warning' | 'skipped';
  /** one plain sentence; never a secret */
  detail: string;
  code?: ErrorCode;
  said?: SisSaid;
}
export interface TestReport {
  ok: boolean;
  steps: TestStep[];
  capabilities: {
    readCategories: boolean | null;
    readClass: boolean | null;
    grantedScopes: string[] | null;
    tokenUrl: string | null;
    clientAuthMethod: ClientAuthMethod | null;
  };
}
