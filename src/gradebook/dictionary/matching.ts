/** Group "matching" of the error dictionary. */
import type { Entries } from './entry.ts';

export const matching = {
  MAP_CLASS: {
    message: 'This class is not linked to a class in the SIS[: the SIS has none with the id {class}].',
    means: 'Nothing of this class can be sent until it is linked; all scores are kept.',
    fix: 'Ask the administrator to link the class: its SIS id must come with the class list.',
    fixBy: 'admin',
    retry: 'manual',
  },
  MAP_STUDENT: {
    message: 'This student is not linked to a student in the SIS.',
    means: 'The scores of this student wait; those of the other students are sent.',
    fix: 'Ask the administrator to add the SIS id of the student; the scores then go by themselves.',
    fixBy: 'admin',
    retry: 'manual',
  },
  MAP_STUDENT_TWICE: {
    message: 'Another student of this class is linked to the same student in the SIS[ ({id})].',
    means: 'The SIS has one score for both, so nobody could tell whose it is; the scores of both wait.',
    fix: 'Ask the administrator to give each of them the right SIS id; the scores then go by themselves.',
    fixBy: 'admin',
    retry: 'manual',
  },
  LEFT_WITH_FORMER_STUDENT: {
    message: 'This student had another SIS id before, and the SIS may still show the score there.',
    means:
      'The score is in the SIS for the right student now; what was sent for the former id was not deleted.',
    fix: 'Have the score of the former student checked in the SIS, and removed if it is not that student’s own.',
    fixBy: 'admin',
    retry: 'none',
  },
  LEFT_IN_FORMER_CLASS: {
    message: 'This class was linked to another class in the SIS before, which still has this assignment.',
    means: 'The assignment and its scores are in the right class now; what was sent before was not deleted.',
    fix: 'Have the assignment removed from the former class in the SIS.',
    fixBy: 'admin',
    retry: 'none',
  },
  MAP_SCHOOL: {
    message: 'The school of this class is not known, and the SIS does not name one.',
    means: 'The SIS takes an assignment only together with its school.',
    fix: 'Ask the administrator to give the class the SIS id of its school.',
    fixBy: 'admin',
    retry: 'manual',
  },
  CAT_MISSING: {
    message: 'No SIS category is chosen for this assignment[ (category: {category})].',
    means: 'The SIS takes an assignment only in one of its own categories.',
    fix: 'Choose the SIS category for it, or a default category for the class.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  CAT_NOT_FOUND: {
    message:
      'The chosen category does not exist in this class of the SIS[ ({category})][; there are: {available}][: {description}].',
    means: 'It was renamed, removed or belongs to another class; the assignment was not sent.',
    fix: 'Choose one of the categories that the SIS has for this class.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ENROLL_NOT_IN_CLASS: {
    message: 'The SIS does not have this student in this class[: {description}].',
    means: 'The student left the class, or joined it here first; the SIS may not take the score.',
    fix: 'If the student belongs to the class, have the enrollment corrected in the SIS, then send again.',
    fixBy: 'sis',
    retry: 'manual',
  },
  MAP_TEACHER: {
    message: 'The SIS does not have the teacher of this class as its teacher[: {description}].',
    means: 'The SIS takes grades of a class only from who teaches it there; this was not taken.',
    fix: 'Ask the administrator to have the teacher entered as the teacher of the class in the SIS.',
    fixBy: 'admin',
    retry: 'manual',
  },
  CAT_INACTIVE: {
    message: 'The chosen category is not in use in this class of the SIS[ ({category})][: {description}].',
    means: 'The SIS has it, but takes no assignments in it; the assignment was not sent.',
    fix: 'Switch the category on in the SIS, or choose another one.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  CAT_RENAMED: {
    message: 'The chosen category has another name in the SIS now[: {category}, formerly {was}].',
    means: 'It is still the same category, and the assignment is in it.',
    fix: 'Nothing has to be done. Save the categories of the class again to confirm it, or choose another one.',
    fixBy: 'nobody',
    retry: 'none',
  },
  CAT_UNCATEGORIZED: {
    message: 'The SIS has filed this assignment without a category.',
    means: 'It is in the SIS, but may not count there until it has one.',
    fix: 'Give the assignment its category in the SIS.',
    fixBy: 'teacher',
    retry: 'none',
  },
  ENROLL_TRANSFERRED: {
    message: 'This student is in another class now[: {class}].',
    means: 'The class that the student left takes the score no longer; it was not sent.',
    fix: 'Enter the score in the new class if it counts there too.',
    fixBy: 'teacher',
    retry: 'manual',
  },
} satisfies Entries;
