/** Group "roster pull" of the error dictionary: why nothing is read; what could not be matched, and was not guessed. */
import type { Entries } from './entry.ts';

export const roster = {
  ROSTER_PULL_OFF: {
    message: 'The settings of this domain do not let classes and rosters be read from the SIS.',
    means: 'Nothing was read; everything stays as the LMS has put it.',
    fix: 'Set rosterPull in the settings of the domain, then ask again.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_CLASS_UNKNOWN: {
    message: 'The SIS has no class of this id or code[: {class}].',
    means: 'Nothing was read for this class; what is here stays as it is.',
    fix: 'Give the class the id that it has in the SIS, or its code there.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_CLASS_AMBIGUOUS: {
    message: 'Several classes go by this code[ ({class})], so nobody could tell which one is meant.',
    means: 'The class was not linked; what is here stays as it is.',
    fix: 'Give the class the id that it has in the SIS.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_ID_TAKEN: {
    message: 'Something else here is already called by this id of the SIS.',
    means: 'Nothing was made for it; what is here stays as it is.',
    fix: 'If it is the same, give it that id of the SIS; if not, have the LMS send it under another id.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_STUDENT_UNKNOWN: {
    message: 'None of the students whom the SIS has in this class is this one.',
    means: 'The student is not linked, and the scores of this student wait.',
    fix: 'Give the student the id used in the SIS, or the number or e-mail address there.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_STUDENT_AMBIGUOUS: {
    message: 'More than one student could be meant by the number or e-mail address of this one.',
    means: 'The student was not linked, for a guess could show grades to somebody else.',
    fix: 'Give the student the id used in the SIS.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_NOT_ENROLLED: {
    message: 'The SIS does not have this student in this class.',
    means: 'The student stays here as the LMS has it; the SIS may not take the scores.',
    fix: 'If the student has left, have the LMS end the enrollment; else have the SIS corrected.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_ONLY_IN_SIS: {
    message: 'The SIS has a student in this class who is not here.',
    means: 'Nothing was made for the student: the LMS decides who is in the class.',
    fix: 'Have the LMS enrol the student, or let roster pulls make students.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_MANY_LEAVE: {
    message: 'According to the SIS a large part of the class has left[ ({leaving} of {active})].',
    means: 'Nobody was made inactive, for it may be a mistake.',
    fix: 'If it is true, pull the roster once more with the confirmation.',
    fixBy: 'admin',
    retry: 'manual',
  },
  ROSTER_SHRUNK: {
    message: 'The SIS listed far less than the time before[ ({list}: {missing} of {known} are missing)].',
    means: 'What is missing was not taken as gone, for it may be a mistake.',
    fix: 'If it is true, pull the roster once more with the confirmation.',
    fixBy: 'admin',
    retry: 'manual',
  },
} satisfies Entries;
