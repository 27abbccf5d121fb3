/** Group "assignment" of the error dictionary. */
import type { Entries } from './entry.ts';

export const assignment = {
  POINTS_INVALID: {
    message: 'This assignment has no usable points[: from {min} to {max}].',
    means: 'The SIS needs a highest score that is above the lowest one.',
    fix: 'Give the assignment its points.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  POINTS_NOT_WHOLE: {
    message: 'The SIS takes whole points only[ ({max} here)].',
    means: 'The points are rounded for the SIS or, where the settings say so, the assignment is not sent.',
    fix: 'Give the assignment a whole number of points.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  PERIOD_UNKNOWN: {
    message: 'No grading period of the class holds the due date[ ({dueDate})].',
    means: 'The SIS takes an assignment only with its grading period; it was not sent.',
    fix: 'Choose a due date within a grading period. If the class has none, ask the administrator to have the LMS send them.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  DUE_MISSING: {
    message: 'This assignment has no due date.',
    means:
      'The SIS needs one: the last day of the grading period is sent, or nothing where the class has none.',
    fix: 'Give the assignment a due date, or one for the SIS only.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  TITLE_TOO_LONG: {
    message: 'The title is longer than the SIS allows[ ({length} of {limit} characters)].',
    means: 'It is shortened for the SIS or, where the administrator chose so, not sent.',
    fix: 'Give the assignment a shorter title, or one for the SIS only.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ITEM_NOT_WHOLE_CLASS: {
    message: 'This assignment is given to single students only.',
    means: 'The SIS takes assignments of a whole class.',
    fix: 'Assign it to everyone or to the section.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ITEM_LOCKED: {
    message: 'The SIS has locked this assignment or its grading period[: {description}].',
    means: 'The change was not taken; it is kept here.',
    fix: 'Have it unlocked in the SIS, then send again.',
    fixBy: 'sis',
    retry: 'manual',
  },
  ITEM_DELETED_IN_SIS: {
    message: 'This assignment is no longer in the SIS[: {description}].',
    means: 'It was sent before and then removed there.',
    fix: 'Nothing has to be done: the next sync makes it again, and its scores follow. Switch off its sync if it should stay away.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  LINE_ITEM_WAITS: {
    message: 'The assignment itself cannot be sent yet[: {because}]',
    means: 'Scores follow their assignment; they are kept and go as soon as it is in the SIS.',
    fix: 'Put the assignment right first; nothing has to be done for the single score.',
    fixBy: 'teacher',
    retry: 'auto',
  },
  TITLE_DUPLICATE: {
    message:
      'There is another assignment of this title in this class[ ({title})][, which the SIS has with the id {sis}][: {description}].',
    means:
      'Some SISs do not take another of the same name; it is sent as it is, with a number or not at all, as the settings say.',
    fix: 'Link it to the one that the SIS has, or give one of the two another title, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  DUE_OUTSIDE_PERIOD: {
    message:
      'The due date lies in no grading period of the class[ ({dueDate}; the nearest day is {nearest})][: {description}].',
    means:
      'Many SISs refuse it or file it in another period; it is sent as it is, moved or not sent, as the settings say.',
    fix: 'Choose a due date within a grading period, or give the assignment one for the SIS only.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  DUE_TZ_EDGE: {
    message:
      'By universal time the due date is another day, outside of its grading period[ ({date}, {period})].',
    means:
      'An SIS that looks at the day alone may file it in another period; the settings can have it sent as the day of the school.',
    fix: 'Nothing has to be done where the SIS shows the right day; else the administrator can choose the form of dates.',
    fixBy: 'nobody',
    retry: 'none',
  },
  ASSIGN_AFTER_DUE: {
    message: 'The assignment begins after it is due[ ({assignDate}, due {dueDate})].',
    means: 'The SIS does not take such dates; the assignment was not sent.',
    fix: 'Correct one of the two dates.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ASSIGN_OUTSIDE_PERIOD: {
    message:
      'The dates of the assignment do not fit its grading period[ (it begins on {assignDate}, before {period})][: {description}].',
    means: 'Some SISs refuse that; it is sent as it is, moved or not sent, as the settings say.',
    fix: 'Correct the two dates, or give the assignment a due date for the SIS only.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  PERIOD_CLOSED: {
    message: 'The grading period is closed in the SIS[ ({period})][: {description}].',
    means: 'The SIS takes no more grades for it; they are kept here.',
    fix: 'Have the grading period opened again in the SIS, then send again.',
    fixBy: 'sis',
    retry: 'manual',
  },
  ITEM_LINK_BROKEN: {
    message: 'The SIS no longer knows this assignment by the id that we have[: {description}].',
    means: 'The gradebook of the class was probably made anew there; this was not taken.',
    fix: 'Ask the administrator to have the whole class sent again.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ITEM_DELETE_REFUSED: {
    message: 'The SIS does not let us remove this[: {description}].',
    means: 'It was removed here and is still in the SIS.',
    fix: 'Remove it in the SIS by hand.',
    fixBy: 'teacher',
    retry: 'none',
  },
} satisfies Entries;
