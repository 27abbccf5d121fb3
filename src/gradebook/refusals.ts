/**
 * Why an SIS refused one item: a guess for people, from the status and its words. Refused it is either way; which row
 * fits only chooses the explanation, so that a wrong guess never loses or stops anything.
 * `like`: what SISs were seen to say (PowerSchool, Infinite Campus, Aeries, Focus, Aspen, Pinnacle, Blackbaud, Clever).
 */
import type { ErrorCode } from './dictionary.ts';
import { NotJson } from './outcome.ts';
import type { Case } from './outcome-table.ts';
import { isCode } from './status-info.ts';

export interface RefusalRow {
  code: ErrorCode;
  when: string;
  like?: string[];
  fits: (c: Case) => boolean;
}

const lineItem = (c: Case) => c.asked.about === 'lineItem';
const result = (c: Case) => c.asked.about === 'result';
const unknown = (c: Case) =>
  c.status === 404 || c.status === 410 || isCode(c.info.codeMinor, 'unknownobject');
const says = (c: Case, ...patterns: RegExp[]) => patterns.every((pattern) => pattern.test(c.words));
const absent = /not (be )?found|does not exist|no longer exists|no such|unknown|invalid|cannot find/i;

/** The first row that fits is the reason. */
export const refusals: RefusalRow[] = [
  { code: 'ITEM_DELETE_REFUSED', when: 'any DELETE', fits: (c) => c.asked.method === 'DELETE' },
  { code: 'AUTH_LICENSE', when: '402', fits: (c) => c.status === 402 },
  {
    code: 'AUTH_SCOPE_MISSING',
    when: '`insufficient_scope`',
    fits: (c) => c.info.oauthError === 'insufficient_scope',
  },
  {
    code: 'SIS_CONFLICT_STALE',
    when: '412',
    like: ['Assignment Update is Missing Record'],
    fits: (c) => c.status === 412,
  },
  { code: 'SIS_ITEM_TOO_LARGE', when: '413', fits: (c) => c.status === 413 },
  {
    code: 'SIS_FILTERED',
    when: 'a web page, not with 404 or 410',
    fits: (c) => c.body === NotJson && c.html && !unknown(c),
  },
  {
    code: 'PERIOD_CLOSED',
    when: 'words of a closed grading period or window',
    like: ['Grading window is not open', 'The grading period is closed', 'Grades are posted'],
    fits: (c) =>
      says(c, /(window|period|term|quarter|semester) (is |has been |was )?(closed|locked|not open)/i) ||
      says(c, /closed (grading )?(period|window)|grades? (are|were|have been) (posted|finali[sz]ed)/i),
  },
  {
    code: 'ITEM_LOCKED',
    when: '423, or words of a lock',
    like: ['Assignment is Locked'],
    fits: (c) => c.status === 423 || says(c, /\block(ed)?\b/i),
  },
  {
    code: 'SCORE_SCALE_CONFLICT',
    when: 'a result: words of a scale',
    like: ['PutResult: LineItemHasGradingScale', 'Actual Score Grade Scale ID'],
    fits: (c) => result(c) && says(c, /(grad(e|ing)|score|letter) ?scale/i),
  },
  {
    code: 'SCORE_OWNED_BY_SIS',
    when: 'a result: words of a score entered by hand',
    like: [
      'A grade was entered manually',
      'Student already has a grade',
      'Score was overridden by the teacher',
    ],
    fits: (c) =>
      result(c) &&
      (says(
        c,
        /(entered|typed|graded|changed|overridden) (manually|by hand|by (a|the) (teacher|user)|in the )/i,
      ) ||
        says(c, /manual(ly)? (entered|override|grade)|already (graded|has a|exists)|read.?only/i)),
  },
  {
    code: 'SCORE_DATE',
    when: 'a result: words of the date of the score',
    like: ['scoreDate is before assignDate'],
    fits: (c) => result(c) && says(c, /score ?date/i),
  },
  {
    code: 'SCORE_ABOVE_MAX',
    when: 'a result: words of more than the points',
    like: ['Score exceeds the maximum points', 'score is greater than resultValueMax'],
    fits: (c) => result(c) && says(c, /above|exceed|greater|more than|higher/i, /max|possible|points/i),
  },
  {
    code: 'SCORE_BELOW_MIN',
    when: 'a result: words of less than the minimum',
    like: ['score is below resultValueMin'],
    fits: (c) => result(c) && says(c, /below|less than|lower/i, /min/i),
  },
  {
    code: 'SCORE_NOT_NUMERIC',
    when: 'a result: words of a number',
    like: ['Unable to Process Score', 'score must be numeric'],
    fits: (c) =>
      result(c) && says(c, /unable to process score|must be (a )?num|not (a )?(valid )?num|numeric only/i),
  },
  {
    code: 'POINTS_INVALID',
    when: 'words of the points of the assignment',
    like: ['Score Entry Point Required', 'resultValueMax is required'],
    fits: (c) =>
      says(
        c,
        /score entry point|resultValueM(ax|in)|points (possible )?(is |are )?(required|missing|invalid)/i,
      ),
  },
  {
    code: 'MAP_TEACHER',
    when: 'words of the teacher of the class',
    like: ['User Does Not Teach Section'],
    fits: (c) => says(c, /not teach|not (the|a) teacher|teacher (was )?not found|unknown teacher/i),
  },
  {
    code: 'ENROLL_NOT_IN_CLASS',
    when: 'words of a student who is not in the class; of a result, also of an unknown student',
    like: ['Student Does Not Belong', 'Student ID', 'User not found', "Unknown Object: student 'x'"],
    fits: (c) =>
      says(c, /not enrol|not in (this|the) class|does not belong|inactive|withdrawn/i, /student|user/i) ||
      (result(c) &&
        says(c, /student|\buser|enrol/i) &&
        (unknown(c) || says(c, absent) || says(c, /student id/i))),
  },
  {
    code: 'CAT_INACTIVE',
    when: 'a lineItem: words of a category that is not in use',
    like: ['Teacher Category ID', 'Category is inactive'],
    fits: (c) => lineItem(c) && says(c, /categor/i, /teacher category|inactive|not active|disabled/i),
  },
  {
    code: 'CAT_MISSING',
    when: 'a lineItem: words of a category that is missing',
    like: ['category is required'],
    fits: (c) => lineItem(c) && says(c, /categor/i, /required|missing/i),
  },
  {
    code: 'CAT_NOT_FOUND',
    when: 'a lineItem: words of an unknown category',
    like: [
      'Grading Category Not Found',
      'Grading category [x] not found. Available grading categories are: Quiz',
    ],
    fits: (c) => lineItem(c) && says(c, /categor/i) && (unknown(c) || says(c, absent)),
  },
  {
    code: 'TITLE_DUPLICATE',
    when: 'a lineItem: words of another one of its name',
    like: ['Assignment Already Exists', 'Multiple Matches Found'],
    fits: (c) =>
      lineItem(c) &&
      says(c, /already exist|duplicate|multiple matches|same (name|title)|(must be|not) unique/i),
  },
  {
    code: 'TITLE_TOO_LONG',
    when: 'a lineItem: words of a long title',
    like: ['title is too long', 'Name may have at most 30 characters'],
    fits: (c) => lineItem(c) && says(c, /title|name/i, /too long|length|exceed|at most|characters/i),
  },
  {
    code: 'DUE_MISSING',
    when: 'a lineItem: words of a missing due date',
    like: ['Cannot Find Due Date', 'missing required field(s): title, description, due_date'],
    fits: (c) => lineItem(c) && says(c, /due.?date/i, /cannot find|missing|required/i),
  },
  {
    code: 'DUE_OUTSIDE_PERIOD',
    when: 'a lineItem: words of its due date or grading period',
    like: [
      'Invalid Due Date',
      'Due Date Error',
      'due_date must be in the future',
      'Could Not Determine Class or Grading Period',
    ],
    fits: (c) => lineItem(c) && !unknown(c) && says(c, /due.?date|grading ?period/i),
  },
  {
    code: 'ASSIGN_OUTSIDE_PERIOD',
    when: 'a lineItem: words of its other dates',
    like: ['Assignment Dates Error', 'assignDate is outside of the term'],
    fits: (c) => lineItem(c) && says(c, /assign(ed|ment)? ?dates?\b|start ?date|dates? error/i),
  },
  {
    code: 'ITEM_LINK_BROKEN',
    when: 'words of the number of the gradebook; a lineItem: of its own id',
    like: ['Gradebook Number Does Not Match', 'Invalid assignment ID (lineItem sourcedId is invalid)'],
    fits: (c) =>
      says(c, /gradebook number/i) ||
      (lineItem(c) &&
        (says(c, /invalid assignment id/i) || (unknown(c) && says(c, /line ?item|assignment/i)))),
  },
  {
    code: 'ITEM_DELETED_IN_SIS',
    when: 'a result: words of an unknown lineItem',
    like: ["Unknown Object: lineItem 'x'", 'Assignment Not Found', 'Assignment does not exist'],
    fits: (c) =>
      result(c) &&
      says(c, /line ?item|assignment/i) &&
      (unknown(c) ||
        says(c, /(line ?item|assignment)( id)? (was )?(not found|does not exist|no longer exists)/i)),
  },
  {
    code: 'MAP_CLASS',
    when: 'words of an unknown class',
    like: ['Gradebook Section Not Found', "Unknown Object: class 'x'"],
    fits: (c) =>
      (lineItem(c) || result(c)) && says(c, /class|section/i) && (unknown(c) || says(c, /not found/i)),
  },
  {
    code: 'CONN_URL',
    when: 'words of an unknown route',
    like: ['API Route Not Found'],
    fits: (c) => unknown(c) && says(c, /route/i),
  },
  {
    code: 'SIS_UNKNOWN_OBJECT',
    when: '404, 410, `unknownobject`',
    like: ['Rest Easy: Could Not Find Resource', 'Not Found'],
    fits: unknown,
  },
  {
    code: 'SIS_EMPTY_REASON',
    when: 'no words at all',
    fits: (c) => c.info.description === undefined,
  },
];

/** The code that people read. */
export function refusalCode(c: Case): ErrorCode {
  return refusals.find((row) => row.fits(c))?.code ?? 'SIS_REFUSED';
}
