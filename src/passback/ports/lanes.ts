/**
 * What a lane asks of what we remember (DESIGN §3.2, §4). Implemented by src/store.
 * Every write carries the lane's epoch and does nothing once the lane has moved on.
 */
import type { Reason } from '../../gradebook/decision.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from '../../gradebook/facts.ts';
import type { Values } from '../../gradebook/values.ts';
import type { SavedBreaker } from '../breaker.ts';
import type { Learned, SisConnection } from './sis.ts';

/** One claim of one lane: proof that we are still the only one who talks to this SIS. */
export interface Fence {
  connectionId: string;
  epoch: string;
  owner: string;
}

/** A lane as it was when claimed. */
export interface OpenLane {
  connection: SisConnection;
  /** raised by every change of the connection: the lane opens a new client when it moves */
  revision: number;
  maxConcurrentRequests: number;
  requestsPerSecond: number | null;
  /** why nothing but a probe may be sent now; null: healthy */
  cause: { reason: Reason; broken: boolean; probes: number } | null;
  /** what the breaker's policy remembers of earlier runs, in whatever release they were */
  breaker: unknown;
}

/** Rows of one class that a lane has taken, with all that is needed to decide about them. */
export interface ClassWork {
  cls: ClassFacts;
  /** due ones, and those that the due results stand on (taken = false) */
  lineItems: (LineItemFacts & Urgent & LineItemWay)[];
  results: (ResultFacts & Urgent)[];
}
interface Urgent {
  /** the smaller, the sooner */
  priority: number;
  /** failed tries since the last success */
  attempts: number;
  /** never acknowledged, but these earlier tries may have been stored: perhaps under an id of the SIS's own */
  unheard: Values[] | null;
}
interface LineItemWay {
  taken: boolean;
  /** it failed and is tried again at `nextAttemptAt`: nothing that stands on it can go before */
  waiting: boolean;
  nextAttemptAt: Date;
  lastReason: Reason | null;
  /** the SIS refused it as it is now; nobody has asked to try again */
  parked: Reason | null;
}

/** How one row came out; `n` is its dirtyN when it was taken, `version` what was sent. */
export type Settlement = {
  kind: 'lineItem' | 'result';
  id: string;
  classId: string;
  n: number;
  version: number;
} & (
  | {
      how: 'acknowledged';
      created: boolean;
      hash: string;
      acked: Record<string, unknown>;
      sourcedId: string;
      /** whose `sourcedId` is in the SIS (gradebook/links.ts) */
      linkedTo?: string;
      frozenDueDate?: Date;
    }
  /** the hash is the acknowledged one: clean without a request */
  | { how: 'unchanged' }
  /** by choice or for want of something: its release is withdrawn, what brings it back is the change itself */
  | { how: 'skipped' | 'blocked' | 'conflict'; reason: Reason }
  /** its lineItem failed `attempts` times and is tried again then, and the result with it */
  | { how: 'waits'; reason: Reason; nextAttemptAt: Date; attempts: number }
  /** the SIS refused this very version: parked until it changes or someone presses retry */
  | { how: 'refused'; reason: Reason }
  /** again later; `ambiguous`: the SIS may have stored it, so the dirty counter rises */
  | { how: 'retry'; reason: Reason; nextAttemptAt: Date; ambiguous: boolean; counts: boolean }
  /** taken but not tried: put back as it was */
  | { how: 'untried'; nextAttemptAt?: Date }
);

export interface LaneRead {
  id: string;
  kind: 'categories';
  classId: string;
}

/** LineItems of one class whose time to be read back has come. */
export interface ReadingDue {
  cls: ClassFacts;
  /** the SIS's id of the class; null: not linked any more */
  classSourcedId: string | null;
  /** when the reading begins, by the database's clock */
  at: Date;
  lineItems: { id: string; sourcedId: string; resultIds: string[] }[];
}
/** What the SIS was found to hold for one lineItem. */
export interface Reading {
  classId: string;
  lineItemId: string;
  /** when it began: what was written since, or not long before, is left for the next one */
  at: Date;
  /** null: the complete list of the class does not have it */
  lineItem: Record<string, unknown> | null;
  results: Record<string, unknown>[];
  /** there may be more results than these */
  partial: boolean;
  /** when it is read again if all is well */
  againInMs: number;
}

export interface Lanes {
  /** at most `slots` lanes that are due: owner, epoch + 1 and a lease of 15 s, by the database's clock */
  claim(owner: string, slots: number): Promise<Fence[]>;
  /** the fences that are still ours, their leases renewed */
  renew(fences: Fence[]): Promise<Fence[]>;
  /** gives the lane back and lets it wake when its next row is due, not before `restMs` */
  release(fence: Fence, restMs: number): Promise<void>;
  /** null: there is nothing to talk to (its secret cannot be opened: the lane is stopped and says so) */
  open(fence: Fence): Promise<OpenLane | null>;
  /** takes up to `limit` due rows, most urgent first, and marks them as being sent by this epoch */
  take(fence: Fence, limit: number): Promise<ClassWork[]>;
  /** false: the lane has moved on (the rows' dirty counters were raised instead) */
  settle(fence: Fence, settlements: Settlement[]): Promise<boolean>;
  /** nothing at all for `restMs`, then a probe; a changed `reason` keeps the first moment as "since" */
  stop(
    fence: Fence,
    stop: { reason: Reason; broken: boolean; restMs: number; breaker: SavedBreaker },
  ): Promise<void>;
  /** the SIS took something (or, after a trouble, answered a probe): whatever was wrong is over */
  succeeded(fence: Fence, breaker: SavedBreaker): Promise<void>;
  learn(fence: Fence, learned: Learned): Promise<void>;
  /** what was read from the SIS for a class, for this and every later plan */
  keepCategories(classId: string, categories: { sourcedId: string; title: string }[]): Promise<void>;
  /** null: the SIS has no class of this id */
  keepClass(classId: string, found: { schoolSourcedId: string | null } | null): Promise<void>;
  classFacts(classId: string): Promise<ClassFacts | null>;
  /** null: nothing is to be read back now, or this SIS cannot be read */
  readingDue(fence: Fence): Promise<ReadingDue | null>;
  /** confirms, repairs, or notes what somebody changed there; false: the lane has moved on */
  keepReading(fence: Fence, reading: Reading): Promise<boolean>;
  /** these cannot be read now; null: this SIS does not let itself be read at all */
  putOffReading(fence: Fence, lineItemIds: string[] | null, ms: number): Promise<void>;
  /** the SIS does not have this lineItem any more: it is made again, and its results follow */
  lineItemGone(fence: Fence, classId: string, lineItemId: string): Promise<void>;
  /** the ids by which the SIS knows the lineItems of a class, by our key */
  lineItemIds(classId: string): Promise<{ key: string; sourcedId: string }[]>;
  /** reads that someone waits for */
  reads(fence: Fence): Promise<LaneRead[]>;
  answer(read: LaneRead, answer: { ok: true } | { ok: false; reason: Reason }): Promise<void>;
}
