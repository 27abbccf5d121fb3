/**
 * The error dictionary: everything that people may read about a score that is not (yet) in the SIS.
 * One table, longer than other files by its nature: texts, no logic. docs/errors.md is generated from it
 * (`scripts/errors-doc.ts`). The words are for teachers: no protocol terms where a plain one exists.
 */

/** Who can put it right. `nobody`: nothing has to be done. */
export type FixBy = 'teacher' | 'admin' | 'sis' | 'vendor' | 'nobody';
/** auto: tried again by itself · manual: sent once the cause is fixed, or asked for again · never: stays unsent by choice */
export type Retry = 'auto' | 'manual' | 'never';
export type ErrorGroup =
  | 'matching'
  | 'assignment'
  | 'score'
  | 'answer of the SIS'
  | 'connection'
  | 'sign-in to the SIS'
  | 'not sent by choice'
  | 'this service';

export interface DictionaryEntry {
  group: ErrorGroup;
  /** what happened; a part in [brackets] is dropped when one of its {placeholders} is not known */
  message: string;
  /** what it means for the grade book, and what was or was not sent */
  means: string;
  /** what to do about it */
  fix: string;
  fixBy: FixBy;
  retry: Retry;
}

/** A code with the facts that its message is filled with (a title's length, the SIS's words); no student names. */
export interface Reason {
  code: ErrorCode;
  params?: Record<string, string | number>;
}

export type ErrorCode = keyof typeof entries;

const entries = {
  // --- matching
  MAP_CLASS: {
    group: 'matching',
    message: 'This class is not linked to a class in the SIS[: the SIS has none with the id {class}].',
    means: 'Nothing of this class can be sent until it is linked; all scores are kept.',
    fix: 'Ask the administrator to link the class: its SIS id must come with the class list.',
    fixBy: 'admin',
    retry: 'manual',
  },
  MAP_STUDENT: {
    group: 'matching',
    message: 'This student is not linked to a student in the SIS.',
    means: 'The scores of this student wait; those of the other students are sent.',
    fix: 'Ask the administrator to add the SIS id of the student; the scores then go by themselves.',
    fixBy: 'admin',
    retry: 'manual',
  },
  MAP_SCHOOL: {
    group: 'matching',
    message: 'The school of this class is not known, and the SIS does not name one.',
    means: 'The SIS takes an assignment only together with its school.',
    fix: 'Ask the administrator to give the class the SIS id of its school.',
    fixBy: 'admin',
    retry: 'manual',
  },
  CAT_MISSING: {
    group: 'matching',
    message: 'No SIS category is chosen for this assignment[ (category: {category})].',
    means: 'The SIS takes an assignment only in one of its own categories.',
    fix: 'Choose the SIS category for it, or a default category for the class.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  CAT_NOT_FOUND: {
    group: 'matching',
    message: 'The chosen category does not exist in this class of the SIS[ ({category})][: {description}].',
    means: 'It was renamed, removed or belongs to another class; the assignment was not sent.',
    fix: 'Choose one of the categories that the SIS has for this class.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ENROLL_NOT_IN_CLASS: {
    group: 'matching',
    message: 'The SIS does not have this student in this class[: {description}].',
    means: 'The student left the class, or joined it here first; the score was not taken.',
    fix: 'If the student belongs to the class, have the enrollment corrected in the SIS, then send again.',
    fixBy: 'sis',
    retry: 'manual',
  },

  // --- assignment
  POINTS_INVALID: {
    group: 'assignment',
    message: 'This assignment has no usable points[: from {min} to {max}].',
    means: 'The SIS needs a highest score that is above the lowest one.',
    fix: 'Give the assignment its points.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  DUE_MISSING: {
    group: 'assignment',
    message: 'This assignment has no due date.',
    means: 'The SIS needs one, and no grading period of the class gives a default.',
    fix: 'Give the assignment a due date, or one for the SIS only.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  TITLE_TOO_LONG: {
    group: 'assignment',
    message: 'The title is longer than the SIS allows[ ({length} of {limit} characters)].',
    means: 'It is shortened for the SIS or, where the administrator chose so, not sent.',
    fix: 'Give the assignment a shorter title, or one for the SIS only.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ITEM_NOT_WHOLE_CLASS: {
    group: 'assignment',
    message: 'This assignment is given to single students only.',
    means: 'The SIS takes assignments of a whole class.',
    fix: 'Assign it to everyone or to the section.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  ITEM_LOCKED: {
    group: 'assignment',
    message: 'The SIS has locked this assignment or its grading period[: {description}].',
    means: 'The change was not taken; it is kept here.',
    fix: 'Have it unlocked in the SIS, then send again.',
    fixBy: 'sis',
    retry: 'manual',
  },
  ITEM_DELETED_IN_SIS: {
    group: 'assignment',
    message: 'This assignment is no longer in the SIS[: {description}].',
    means: 'It was sent before and then removed there; its scores have no place to go.',
    fix: 'Send the assignment again to make it anew, or switch off its sync.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  LINE_ITEM_WAITS: {
    group: 'assignment',
    message: 'The assignment itself cannot be sent yet[: {because}]',
    means: 'Scores follow their assignment; they are kept and go as soon as it is in the SIS.',
    fix: 'Put the assignment right first; nothing has to be done for the single score.',
    fixBy: 'teacher',
    retry: 'auto',
  },

  // --- score
  SCORE_ABOVE_MAX: {
    group: 'score',
    message: 'The score is above the points of the assignment[ ({score} of {max})].',
    means: 'By the settings such a score is reduced to the maximum, or not sent.',
    fix: 'Lower the score, or raise the points of the assignment.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SCORE_BELOW_MIN: {
    group: 'score',
    message: 'The score is below the lowest one that the assignment allows[ ({score}, lowest {min})].',
    means: 'By the settings such a score is raised to the minimum, or not sent.',
    fix: 'Raise the score, or lower the minimum of the assignment.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  STATUS_UNSUPPORTED: {
    group: 'score',
    message: 'The SIS cannot store this status[ ({status})].',
    means: 'The administrator chose not to send such scores rather than to send them changed.',
    fix: 'Enter it in the SIS by hand, or give another status here.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SCORE_OWNED_BY_SIS: {
    group: 'score',
    message: 'The SIS keeps its own score for this student[: {description}].',
    means: 'Somebody entered it there, and the SIS lets nobody else change it.',
    fix: 'Clear the score in the SIS and send again, or keep the one that is there.',
    fixBy: 'teacher',
    retry: 'manual',
  },

  // --- answer of the SIS
  SIS_REFUSED: {
    group: 'answer of the SIS',
    message: 'The SIS did not accept this[ (answer {status})][: {description}].',
    means: 'It was not stored there; other assignments and students are not affected.',
    fix: 'Correct what the SIS complains about, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_EMPTY_REASON: {
    group: 'answer of the SIS',
    message: 'The SIS did not accept this and gave no reason[ (answer {status})].',
    means:
      'Usual causes: the student is not in the class there, a date is outside the grading period, the grade was entered there by hand, the score is outside its points.',
    fix: 'Check these in the SIS, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_UNKNOWN_OBJECT: {
    group: 'answer of the SIS',
    message: 'The SIS does not know something that this needs[: {description}].',
    means:
      'The class, its category, the assignment or the student does not exist there under the id that we have.',
    fix: 'Ask the administrator to check the SIS ids of the class, its category and the student.',
    fixBy: 'admin',
    retry: 'manual',
  },
  SIS_CONFLICT_STALE: {
    group: 'answer of the SIS',
    message: 'The SIS has changed this record since we last wrote it[: {description}].',
    means: 'The change was not taken.',
    fix: 'Look at it in the SIS, then send again.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  SIS_RATE_LIMIT: {
    group: 'answer of the SIS',
    message: 'The SIS asks us to go slower.',
    means: 'Everything is kept and sent a little later.',
    fix: 'Nothing has to be done. If it lasts, the administrator can lower the number of requests.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  SIS_INTERNAL: {
    group: 'answer of the SIS',
    message: 'The SIS has a problem of its own[ (answer {status})][: {description}].',
    means: 'Whether it stored the change is not certain; the same is sent again until it is.',
    fix: 'Nothing has to be done. If it lasts, tell the support of the SIS.',
    fixBy: 'sis',
    retry: 'auto',
  },
  SIS_NOT_JSON: {
    group: 'answer of the SIS',
    message: 'The answer of the SIS could not be read.',
    means: 'It was cut short or in another format; the same is sent again.',
    fix: 'Nothing has to be done. If it lasts, tell the support of the SIS.',
    fixBy: 'sis',
    retry: 'auto',
  },
  SIS_ANSWER_TOO_LARGE: {
    group: 'answer of the SIS',
    message: 'The answer of the SIS was too large to be read.',
    means: 'It was cut off for safety; the same is tried again.',
    fix: 'If it lasts, tell the support of the SIS.',
    fixBy: 'sis',
    retry: 'auto',
  },

  // --- connection
  CONN_URL: {
    group: 'connection',
    message: 'There is no OneRoster gradebook at the address of the SIS.',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Correct the address in the SIS settings and test it.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_NOT_ONEROSTER: {
    group: 'connection',
    message: 'The SIS answers with a web page instead of data.',
    means: 'It is under maintenance, or the address leads to another program; everything is kept.',
    fix: 'If it lasts, check the address in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_REDIRECT: {
    group: 'connection',
    message: 'The address of the SIS leads on to another address.',
    means: 'Grades are not sent to an address that nobody entered.',
    fix: 'Enter the final address in the SIS settings and test it.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_DNS: {
    group: 'connection',
    message: 'The name of the SIS server cannot be found.',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Check the address in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_REFUSED: {
    group: 'connection',
    message: 'The SIS server takes no connections.',
    means: 'It is switched off, restarting, or closed to us; everything is kept.',
    fix: 'If it lasts, ask the operator of the SIS whether it is running and open to this service.',
    fixBy: 'sis',
    retry: 'auto',
  },
  CONN_TLS: {
    group: 'connection',
    message: 'The certificate of the SIS server is not trusted.',
    means: 'Grades are not sent to a server that cannot prove who it is.',
    fix: 'Have the certificate renewed, or add the authority of the SIS to the settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONN_TIMEOUT: {
    group: 'connection',
    message: 'The SIS did not answer in time.',
    means: 'Whether it stored the change is not certain; the same is sent again.',
    fix: 'Nothing has to be done. If it lasts, ask the operator of the SIS.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  CONN_RESET: {
    group: 'connection',
    message: 'The connection to the SIS broke off.',
    means: 'Whether it stored the change is not certain; the same is sent again.',
    fix: 'Nothing has to be done. If it lasts, ask the operator of the SIS.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  CONN_BLOCKED_ADDRESS: {
    group: 'connection',
    message: 'The address of the SIS lies in a private network that this service may not reach.',
    means: 'Nothing is sent to private addresses unless the operator has allowed them.',
    fix: 'Ask the operator of this service to allow the network of the SIS.',
    fixBy: 'vendor',
    retry: 'auto',
  },
  NO_CONNECTION: {
    group: 'connection',
    message: 'No SIS is set up for this class.',
    means: 'Scores are kept and go when the administrator has entered the SIS.',
    fix: 'Ask the administrator to enter the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },
  CONNECTION_BROKEN: {
    group: 'connection',
    message: 'The connection to the SIS does not work at the moment[: {because}]',
    means: 'Everything is kept and goes by itself when the connection works again.',
    fix: 'Nothing has to be done here; the administrator sees the cause in the SIS settings.',
    fixBy: 'admin',
    retry: 'auto',
  },

  // --- sign-in to the SIS
  AUTH_INVALID_CLIENT: {
    group: 'sign-in to the SIS',
    message: 'The SIS does not accept the key and secret[: {description}].',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Enter key and secret again; check that they have not expired in the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_TOKEN_ENDPOINT: {
    group: 'sign-in to the SIS',
    message: 'The sign-in address of the SIS does not answer as it should[: {description}].',
    means: 'Without signing in nothing can be sent; everything is kept.',
    fix: 'Check the token address in the SIS settings and test it.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_TOKEN_REFUSED: {
    group: 'sign-in to the SIS',
    message: 'The SIS signed us in, but its gradebook does not accept the sign-in[: {description}].',
    means: 'Nothing can be sent to this SIS; everything is kept.',
    fix: 'Check the access token, or whether the SIS asks for an additional key (header).',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_SCOPE_MISSING: {
    group: 'sign-in to the SIS',
    message: 'The SIS does not let us do this[: {scope} is missing][: {description}].',
    means: 'The key lacks the permission to read or write the gradebook.',
    fix: 'Give the key the permissions for gradebook reading and writing in the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },
  AUTH_LICENSE: {
    group: 'sign-in to the SIS',
    message: 'The gradebook interface of the SIS is not switched on[: {description}].',
    means: 'The SIS answers, but it does not offer its gradebook to us.',
    fix: 'Have the OneRoster gradebook interface licensed and switched on in the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },

  // --- not sent by choice
  CAT_NONE: {
    group: 'not sent by choice',
    message: 'This assignment has no category.',
    means: 'An assignment without a category counts as ungraded and stays here.',
    fix: 'Give it a category, or choose an SIS category for it, if it should be sent.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_SWITCHED_OFF: {
    group: 'not sent by choice',
    message: 'Sync to the SIS is switched off for this assignment.',
    means: 'Neither it nor its scores are sent.',
    fix: 'Switch it on if it should be sent.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_UNPUBLISHED: {
    group: 'not sent by choice',
    message: 'This assignment is not published.',
    means: 'It and its scores are sent once it is published.',
    fix: 'Publish it if it should be sent.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_CLASS_UNPUBLISHED: {
    group: 'not sent by choice',
    message: 'This class is not published.',
    means: 'Its assignments and scores are sent once it is published.',
    fix: 'Publish the class if it should be sent.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_UNGRADED: {
    group: 'not sent by choice',
    message: 'There is no score yet.',
    means: 'Nothing is sent for a student who was never scored.',
    fix: 'Nothing has to be done.',
    fixBy: 'nobody',
    retry: 'never',
  },
  SKIP_CLEARED: {
    group: 'not sent by choice',
    message: 'The score was removed here; by the settings the SIS keeps the one that was sent.',
    means: 'The last score stays in the SIS.',
    fix: 'Clear it in the SIS by hand if it should go.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_HELD_BACK: {
    group: 'not sent by choice',
    message: 'This score is held back.',
    means: 'It is sent once it is posted.',
    fix: 'Post the score if it should be sent.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_INCOMPLETE: {
    group: 'not sent by choice',
    message: 'The work is incomplete.',
    means: 'An incomplete is not sent until it is graded.',
    fix: 'Grade it when it is complete.',
    fixBy: 'teacher',
    retry: 'never',
  },
  SKIP_BEFORE_SEND_FROM: {
    group: 'not sent by choice',
    message: 'This assignment was due before the day from which grades are sent[ ({sendFrom})].',
    means: 'The administrator chose to send newer assignments only.',
    fix: 'Ask the administrator if it should be sent.',
    fixBy: 'admin',
    retry: 'never',
  },
  SKIP_STUDENT_INACTIVE: {
    group: 'not sent by choice',
    message: 'This student is no longer active in the class.',
    means: 'Scores of students who left are not sent.',
    fix: 'Nothing has to be done.',
    fixBy: 'nobody',
    retry: 'never',
  },
  SKIP_LINE_ITEM: {
    group: 'not sent by choice',
    message: 'The assignment is not sent[: {because}]',
    means: 'Scores are sent only together with their assignment.',
    fix: 'Nothing has to be done for the single score; see the assignment.',
    fixBy: 'nobody',
    retry: 'never',
  },
  PASSBACK_OFF: {
    group: 'not sent by choice',
    message: 'Sending grades to the SIS is switched off.',
    means: 'Scores are kept and go when the administrator switches it on.',
    fix: 'Ask the administrator to allow grades to be sent to the SIS.',
    fixBy: 'admin',
    retry: 'auto',
  },
  DOMAIN_EXCLUDED: {
    group: 'not sent by choice',
    message: 'This school is excluded from sending grades to the SIS.',
    means: 'Scores are kept here and not sent.',
    fix: 'Ask the administrator if the school should take part.',
    fixBy: 'admin',
    retry: 'auto',
  },
  DOMAIN_PAUSED: {
    group: 'not sent by choice',
    message: 'Sending grades to the SIS is paused.',
    means: 'Scores are kept and go when it is resumed.',
    fix: 'Nothing has to be done here; the administrator can resume it.',
    fixBy: 'admin',
    retry: 'auto',
  },

  // --- this service
  GIVEN_UP: {
    group: 'this service',
    message: 'It could not be sent for a long time[: {because}]',
    means: 'The SIS refused or failed too often; the score is kept.',
    fix: 'Send it again; if it fails again, tell the administrator.',
    fixBy: 'teacher',
    retry: 'manual',
  },
  INTERRUPTED: {
    group: 'this service',
    message: 'Sending was interrupted because this service restarted.',
    means: 'Nothing is lost; the same is sent again.',
    fix: 'Nothing has to be done.',
    fixBy: 'nobody',
    retry: 'auto',
  },
  DEFECT: {
    group: 'this service',
    message: 'Something went wrong in this service[ (reference {requestId})].',
    means: 'The score is kept; it is tried a few more times.',
    fix: 'If it stays so, tell the administrator.',
    fixBy: 'vendor',
    retry: 'manual',
  },
  SETTINGS_SECRET_UNREADABLE: {
    group: 'this service',
    message: 'The stored key of the SIS cannot be opened.',
    means: 'The encryption key of this service was changed or lost; nothing can be sent until it is back.',
    fix: 'Enter the secret of the SIS again, or bring back the encryption key.',
    fixBy: 'admin',
    retry: 'auto',
  },
} as const satisfies Record<string, DictionaryEntry>;

/** Every code with its texts. */
export const dictionary: Readonly<Record<ErrorCode, DictionaryEntry>> = entries;
export const errorCodes = Object.keys(entries) as ErrorCode[];

/** A reason in words, as the API and the pages show it. */
export interface ReasonText {
  code: ErrorCode;
  message: string;
  fix: string;
  fixBy: FixBy;
}

/** Fills the dictionary's texts with the facts of one case. */
export function explain(reason: Reason): ReasonText {
  const { message, fix, fixBy } = dictionary[reason.code];
  return { code: reason.code, message: filled(message, reason.params ?? {}), fix, fixBy };
}

function filled(message: string, params: Record<string, string | number>): string {
  const known = (name: string) => (Object.hasOwn(params, name) ? oneLine(params[name]) : '');
  const text = message.replace(/\[([^\]]*)\]/g, (_, part: string) => {
    const names = [...part.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '');
    return names.every(known) ? part.replace(/\{(\w+)\}/g, (_all, name: string) => known(name)) : '';
  });
  // The SIS's own words often end in a full stop of theirs.
  return text.replace(/([.!?…])\.$/, '$1').replace(/([^.!?…])$/, '$1.');
}

function oneLine(value: string | number | undefined): string {
  return String(value ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}
