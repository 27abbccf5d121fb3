/**
 * What a lane asks of what we remember (DESIGN §3.2, §4). Implemented by src/store.
 * Every write carries the lane's epoch and does nothing once the lane has moved on.
 */
import type { Reason } from '../../gradebook/decision.ts';
import type { ClassFacts, Found, LineItemFacts, ResultFacts } from '../../gradebook/facts.ts';
import type { OneRosterLineItem, OneRosterResult } from '../../gradebook/oneroster.ts';
import type { RosterPage } from '../../gradebook/roster/items.ts';
import type { Values } from '../../gradebook/values.ts';
import type { SavedBreaker } from '../breaker.ts';
import type { RosterFailure, RosterStep } from './roster-pulls.ts';
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
  /** proved by the connection test: many new results in one request */
  bulk: boolean;
  /** it lets itself be read, as far as we know */
  readable: boolean;
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
  /** what the SIS acknowledged last; null: nothing */
  acked: Values | null;
  /** all that was sent or may have been; made when it is asked for, for most rows are never asked */
  tried(): Values[];
  /** the sync that it goes with has had the class read a moment ago, and this row with it */
  justRead: boolean;
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
  | { how: 'blocked'; reason: Reason }
  /** the same; `found`: what was seen in the SIS a moment ago */
  | { how: 'skipped' | 'conflict'; reason: Reason; found?: Found }
  /** its lineItem failed `attempts` times and is tried again then, and the result with it */
  | { how: 'waits'; reason: Reason; nextAttemptAt: Date; attempts: number }
  /** the SIS refused this very version: parked until it changes or someone presses retry */
  | { how: 'refused'; reason: Reason }
  /** again later; `ambiguous`: the SIS may have stored it, so the dirty counter rises */
  | {
      how: 'retry';
      reason: Reason;
      nextAttemptAt: Date;
      ambiguous: boolean;
      counts: boolean;
      /** to whom it was written, where it may have been stored */
      linkedTo?: string;
    }
  /** taken but not tried: put back as it was */
  | { how: 'untried'; nextAttemptAt?: Date }
);

/** Something deleted here that is to be deleted in the SIS, by the policy of now. */
export interface DeletionDue {
  id: string;
  cls: ClassFacts;
  kind: 'lineItem' | 'result';
  sourcedId: string;
  how: 'delete' | 'tobedeleted';
  /** what is sent where it is only said there to be deleted; null: too little is known of it, or it is not wanted */
  tombstone: OneRosterLineItem | OneRosterResult | null;
  /** of a score: where it is looked at before it is deleted, and what it was; null: nothing is to be spared there */
  over: { classId: string; lineItemId: string; acked: Values } | null;
  attempts: number;
}
/** What came of it; like Settlement's. */
export type Deleted =
  | { how: 'done' }
  /** `theirs`: somebody has typed another value there, which is not ours to delete, nor what it stands on */
  | { how: 'refused'; reason: Reason; theirs?: true }
  | { how: 'retry'; reason: Reason; nextAttemptAt: Date; ambiguous: boolean; counts: boolean }
  | { how: 'untried'; nextAttemptAt?: Date };

export interface LaneRead {
  id: string;
  /** class, sync, drift: the whole class, for a plan, before a sync takes rows in, and for a comparison alone */
  kind: 'categories' | 'lineItems' | 'class' | 'sync' | 'drift';
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

/** What is to be found out about a class as a whole. */
export interface ClassToRead {
  cls: ClassFacts;
  /** the SIS's id of the class; null: not linked */
  classSourcedId: string | null;
  /** when the reading begins, by the database's clock */
  at: Date;
  /** those that the SIS has, as far as we know (`known`), and those that it is to get */
  lineItems: { id: string; sourcedId: string; known: boolean; resultIds: string[] }[];
  /** some scores were never acknowledged: only the whole list shows what stands in their place */
  whole: boolean;
  /** facts of the class that a plan of it wants first */
  needs: { categories: boolean; school: boolean };
}
/** What the SIS was found to hold for a class. */
export interface ClassReading {
  classId: string;
  at: Date;
  /** null: they were not listed; `whole`: what is not in it is not there */
  lineItems: { items: Record<string, unknown>[]; whole: boolean } | null;
  results: { items: Record<string, unknown>[]; whole: boolean };
  /** our ids of the lineItems that the SIS, asked for each, does not have any more */
  gone: string[];
  /** the students whom the SIS has in the class; null: not asked, or no answer */
  students: string[] | null;
}

/**
 * What settling has come to. lost: the lane has moved on (the rows' dirty counters were raised instead); moreDue: what could
 * not be taken before is due, or is within a second: an edit that came during its request, results behind their lineItem.
 */
export type Settling = 'lost' | 'settled' | 'moreDue';

export interface Lanes {
  /**
   * At most `slots` lanes that are due: owner, epoch + 1 and a lease of 15 s, by the database's clock. `running`: the
   * connections whose lanes this owner knows to have; what else stands under its name was taken or given back by a
   * statement whose answer was lost, and is due.
   */
  claim(owner: string, slots: number, running: string[]): Promise<Fence[]>;
  /** the fences that are still ours, their leases renewed */
  renew(fences: Fence[]): Promise<Fence[]>;
  /** gives the lane back and lets it wake when its next row is due, not before `restMs` */
  release(fence: Fence, restMs: number): Promise<void>;
  /** null: there is nothing to talk to (its secret cannot be opened: the lane is stopped and says so) */
  open(fence: Fence): Promise<OpenLane | null>;
  /**
   * takes up to `limit` due rows, most urgent first, and marks them as being sent by this epoch; and with them up to
   * `together` due results of the same lineItems that the SIS does not have yet, for they share a request
   */
  take(fence: Fence, limit: number, together?: number): Promise<ClassWork[]>;
  settle(fence: Fence, settlements: Settlement[]): Promise<Settling>;
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
  /**
   * of the class in the SIS; `whole`: what is not among them is not there; `ahead`: those of ours that this run is to
   * make were not sent yet, so none of these can be one of them. false: the lane has moved on
   */
  keepLineItems(
    fence: Fence,
    classId: string,
    listed: { items: Record<string, unknown>[]; whole: boolean; ahead?: boolean },
  ): Promise<boolean>;
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
  /**
   * what other results of ours had for the one in the SIS that this result is linked to now: of two students who were
   * mixed up, each finds the other's there
   */
  triedByOthers(resultId: string, linkedTo: string): Promise<Values[]>;
  /** null: the class is gone */
  classToRead(classId: string): Promise<ClassToRead | null>;
  /** what `keepReading` does, for a whole class; syncs that waited for it take their rows in. false: the lane has moved on */
  keepClassReading(fence: Fence, reading: ClassReading): Promise<boolean>;
  /** it could not be read: whoever waits for it waits on, or (`again` null, or too often) goes on without */
  classUnread(fence: Fence, classId: string, reason: Reason, again: Date | null): Promise<void>;
  /** takes up to some that are due, results before their lineItems, and marks them as being sent by this epoch */
  deletionsDue(fence: Fence): Promise<DeletionDue[]>;
  /** false: the lane has moved on */
  keepDeletion(fence: Fence, deletion: Pick<DeletionDue, 'id' | 'cls'>, done: Deleted): Promise<boolean>;
  /** the next step of a roster pull; null: nothing is to be done now */
  rosterDue(fence: Fence): Promise<RosterStep | null>;
  keepRosterPage(fence: Fence, step: Extract<RosterStep, { do: 'read' }>, page: RosterPage): Promise<void>;
  rosterUnread(fence: Fence, step: RosterStep, failed: RosterFailure): Promise<void>;
  /** goes through some more classes */
  matchRoster(fence: Fence, pullId: string): Promise<void>;
  /** reads that someone waits for */
  reads(fence: Fence): Promise<LaneRead[]>;
  answer(read: LaneRead, answer: { ok: true } | { ok: false; reason: Reason }): Promise<void>;
}
