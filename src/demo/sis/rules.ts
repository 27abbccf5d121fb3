/** How an SIS may be: every departure from the specification that this one can be told to make, and its opposite. */

/** Changeable while it runs, but for the version, whose paths stand from the start. */
export interface Rules {
  /** what it speaks; 1.1 has one root, fewer fields and other errors */
  oneRosterVersion: '1.1' | '1.2';
  /** the least that a reference must hold */
  references: 'full' | 'idAndType' | 'idOnly';
  scoreDateForm: 'date' | 'dateTime';
  /** a header without which every request is answered with 401 */
  requiredHeader: { name: string; value: string } | null;
  /** more requests than these under way at once get this status */
  atOnce: { most: number; status: 403 | 429 } | null;
  /** whether a refusal says why */
  reasons: 'told' | 'none';
  /** whether the categories of a class can be listed, or only all of them */
  classCategories: boolean;
  /** whether lineItems and results may be deleted */
  deletes: boolean;
  /** what a result of a student outside the class gets */
  studentNotInClass: 404 | 422;
  /** refuse a score outside resultValueMin..resultValueMax; by default extra credit is stored */
  scoreInRange: boolean;
  /** refuse a score that is dated before its assignment */
  scoreDateAfterAssigned: boolean;
  /** refuse points that are no whole number */
  wholePoints: boolean;
  /** refuse a due date outside the named grading period; the day is that of UTC, as many SISs have it */
  dueDateInGradingPeriod: boolean;
  /** longest title that is accepted; null: any */
  titleLimit: number | null;
  titleTooLong: 'refuse' | 'cut';
  /** refuse a second lineItem of the same title in a class */
  uniqueTitles: boolean;
  /** store a 0 for an exempt score */
  exemptAsZero: boolean;
  /** `gradedOrExempt`: what is submitted or partially graded is stored as fully graded */
  statuses: 'all' | 'gradedOrExempt';
  /** most objects in one page, whatever `limit` asks for; null: no cap */
  pageCap: number | null;
  /** send X-Total-Count with collections */
  totalCount: boolean;
  /** whether lists can be filtered; else a filter is refused */
  filters: boolean;
  /**
   * give new lineItems and results ids of its own and tell them in the answer; `remembers`: the supplied id goes on to
   * mean the same object, `forgets`: a second PUT under it makes a second one
   */
  allocatesIds: 'never' | 'remembers' | 'forgets';
  /** take the POST of many results, and how it tells their ids: pairs in a list, or a single pair without one */
  bulkPost: 'off' | 'array' | 'object';
}

export const DEFAULT_RULES: Rules = {
  oneRosterVersion: '1.2',
  references: 'full',
  scoreDateForm: 'date',
  requiredHeader: null,
  atOnce: null,
  reasons: 'told',
  classCategories: true,
  deletes: true,
  studentNotInClass: 422,
  scoreInRange: false,
  scoreDateAfterAssigned: false,
  wholePoints: false,
  dueDateInGradingPeriod: false,
  titleLimit: null,
  titleTooLong: 'refuse',
  uniqueTitles: false,
  exemptAsZero: false,
  statuses: 'all',
  pageCap: null,
  totalCount: true,
  filters: true,
  allocatesIds: 'never',
  bulkPost: 'off',
};
