/** Group "answer of the SIS" of the error dictionary. */
import type { Entries } from './entry.ts';

export const answers = {
  SIS_REFUSED: {
    message: 'The SIS did not accept this[ (answer {status})][: {description}].',
    means: 'It was not stored there; other assignments and students are not affected.',
    fix: 'Correct what the SIS complains about, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_EMPTY_REASON: {
    message: 'The SIS did not accept this and gave no reason[ (answer {status})].',
    means:
      'Usual causes: the student is not in the class there, a date is outside the grading period, the grade was entered there by hand, the score is outside its points.',
    fix: 'Check these in the SIS, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_UNKNOWN_OBJECT: {
    message: 'The SIS does not know something that this needs[: {description}].',
    means:
      'The class, its category, the assignment or the student does not exist there under the id that we have.',
    fix: 'Ask the administrator to check the SIS ids of the class, its category and the student.',
    fixBy: 'admin',
    retry: 'manual',
  },
  SIS_CONFLICT_STALE: {
    message: 'The SIS has changed this record since we last wrote it[: {description}].',
    means: 'The change was not taken.',
    fix: 'Look at it in the SIS, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_RATE_LIMIT: {
    message: 'The SIS asks us to go slower.',
    means: 'Everything is kept and sent a little later.',
    fix: 'Nothing has to be done. If it lasts, the administrator can lower the number of requests.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  SIS_INTERNAL: {
    message: 'The SIS has a problem of its own[ (answer {status})][: {description}].',
    means: 'Whether it stored the change is not certain; the same is sent again until it is.',
    fix: 'Nothing has to be done. If it lasts, tell the support of the SIS.',
    fixBy: 'sis',
    retry: 'auto',
  },
  SIS_NOT_JSON: {
    message: 'The answer of the SIS could not be read.',
    means: 'It was cut short or in another format; the same is sent again.',
    fix: 'Nothing has to be done. If it lasts, tell the support of the SIS.',
    fixBy: 'sis',
    retry: 'auto',
  },
  SIS_ANSWER_TOO_LARGE: {
    message: 'The answer of the SIS was too large to be read.',
    means: 'It was cut off for safety; the same is tried again.',
    fix: 'If it lasts, tell the support of the SIS.',
    fixBy: 'sis',
    retry: 'auto',
  },
  SIS_ITEM_TOO_LARGE: {
    message: 'This is too long for the SIS[: {description}].',
    means: 'It was not stored there; other assignments and students are not affected.',
    fix: 'Shorten the title, the description or the comment, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_FILTERED: {
    message: 'A filter in front of the SIS did not let this through[ (answer {status})].',
    means: 'The SIS itself never saw it; other assignments and students are not affected.',
    fix: 'Ask the operator of the SIS. Unusual signs in a title or a comment can be the cause.',
    fixBy: 'sis',
    retry: 'manual',
  },
} satisfies Entries;
