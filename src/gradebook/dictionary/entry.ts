/** What the error dictionary says about one code. */

/** Who can put it right. `nobody`: nothing has to be done. */
export type FixBy = 'teacher' | 'admin' | 'sis' | 'vendor' | 'nobody';
/**
 * auto: tried again by itself · manual: sent once the cause is fixed, or asked for again ·
 * never: stays unsent by choice · none: it was sent, and this is what to know about it
 */
export type Retry = 'auto' | 'manual' | 'never' | 'none';

export interface Entry {
  /** what happened; a part in [brackets] is dropped when one of its {placeholders} is not known */
  message: string;
  /** what it means for the grade book, and what was or was not sent */
  means: string;
  /** what to do about it */
  fix: string;
  fixBy: FixBy;
  retry: Retry;
}
export type Entries = Record<string, Entry>;
