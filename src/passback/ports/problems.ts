/** What needs somebody in a domain and below, by cause, as it stood when the classes were last looked at. */
import type { Retry } from '../../gradebook/dictionary/entry.ts';
import type { ReasonText } from '../../gradebook/dictionary.ts';
import type { Items, Page, Principal, Scope } from './callers.ts';

export interface ProblemCause {
  reason: ReasonText;
  /** auto: goes on by itself; manual: once the cause is gone, by the next sync or a retry */
  retry: Retry;
  /** lineItems and results that it holds up */
  rows: number;
  classes: number;
  /** since when, in the class that has had it longest */
  since: string;
}

export interface ProblemClass {
  classId: string;
  title: string;
  domainId: string;
  rows: number;
  since: string;
}

/** What a retry over many classes came to. */
export interface ProblemRetry {
  /** classes in which something of it is tried again */
  classes: number;
  /** lineItems and results that are */
  rows: number;
  /** lineItems and results that can still not go */
  held: number;
  /** where nothing was begun: why, and in how many classes */
  leftOut: { reason: ReasonText; classes: number }[];
  /** give it with the next request: there are more classes than one request takes; null: that was all */
  nextCursor: string | null;
}

export interface Problems {
  /** the most frequent first; there are no more than the dictionary has codes */
  list(scope: Scope, domainKey: string): Promise<ProblemCause[]>;
  /** the classes that have it */
  classes(scope: Scope, domainKey: string, code: string, page: Page): Promise<Items<ProblemClass>>;
  /** tries again, class by class, what this cause holds up, and nothing else */
  retry(
    scope: Scope,
    domainKey: string,
    code: string,
    by: Principal,
    cursor: string | null,
  ): Promise<ProblemRetry>;
}
