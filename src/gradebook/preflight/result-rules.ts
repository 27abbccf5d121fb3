/** What is said about one student's result. Choices stand before needs, as with lineItems. */
import type { ErrorCode } from '../dictionary.ts';
import type { Grade, ResultDraft } from '../result-draft.ts';
import type { SettingName } from '../settings.ts';
import type { Hit, Rule } from './finding.ts';

const result = { about: 'result', field: null, decidedBy: [] } as const;

/** The status has no meaning in the SIS, or none that should be sent. */
const byStatus = (code: ErrorCode, decidedBy: SettingName[], severity: 'skips' | 'blocks') => ({
  ...result,
  code,
  field: 'scoreStatus',
  decidedBy,
  ...(severity === 'skips' && { ends: true as const }),
  find: ({ grade }: ResultDraft): Hit | null => {
    if (!('action' in grade) || grade.reason.code !== code) return null;
    return { severity, ...(grade.reason.params && { params: grade.reason.params }) };
  },
});

const whenGraded =
  (find: (grade: Grade, draft: ResultDraft) => Hit | null) =>
  (draft: ResultDraft): Hit | null =>
    'action' in draft.grade ? null : find(draft.grade, draft);

const outside = (code: 'SCORE_ABOVE_MAX' | 'SCORE_BELOW_MIN', bound: 'max' | 'min'): Rule<ResultDraft> => ({
  ...result,
  code,
  field: 'score',
  decidedBy: ['overMax'],
  find: whenGraded(({ given: score }, { points, cls: { settings } }) => {
    if (score === null || points === null) return null;
    const limit = points[bound];
    if (bound === 'max' ? score <= limit : score >= limit) return null;
    const applied = settings.overMax === 'cap';
    return {
      severity: settings.overMax === 'block' ? 'blocks' : 'warns',
      params: bound === 'max' ? { score, max: limit } : { score, min: limit },
      automatic: { field: 'score', gives: limit, setting: 'overMax', value: 'cap', applied },
    };
  }),
});

/** The first one that keeps it here is the reason. */
export const resultRules: readonly Rule<ResultDraft>[] = [
  {
    ...result,
    code: 'SKIP_STUDENT_INACTIVE',
    ends: true,
    find: ({ r }) => (r.student.active ? null : { severity: 'skips' }),
  },
  { ...result, code: 'SKIP_HELD_BACK', find: ({ r }) => (r.posted ? null : { severity: 'skips' }) },
  byStatus('STATUS_UNSUPPORTED', ['excused'], 'blocks'),
  byStatus('SKIP_INCOMPLETE', [], 'skips'),
  byStatus('SKIP_STATUS', ['submitted', 'notSubmitted', 'partiallyGraded'], 'skips'),
  byStatus('SKIP_UNGRADED', [], 'skips'),
  byStatus('SKIP_CLEARED', ['blank'], 'skips'),
  { ...result, code: 'NO_CONNECTION', find: ({ roots }) => (roots === null ? { severity: 'blocks' } : null) },
  {
    ...result,
    code: 'MAP_CLASS',
    field: 'class',
    decidedBy: ['useCustomIds'],
    find: ({ classId }) => (classId === null ? { severity: 'blocks' } : null),
  },
  {
    ...result,
    code: 'MAP_STUDENT',
    field: 'student',
    decidedBy: ['useCustomIds'],
    find: ({ studentId }) => (studentId === null ? { severity: 'blocks' } : null),
  },
  {
    ...result,
    code: 'MAP_STUDENT_TWICE',
    field: 'student',
    decidedBy: ['useCustomIds'],
    find: ({ r: { student }, studentId, cls: { settings } }) =>
      studentId !== null && (settings.useCustomIds ? student.customIdShared : student.sourcedIdShared)
        ? { severity: 'blocks', params: { id: studentId } }
        : null,
  },
  {
    // No more than a warning: the list is some hours old, and a student who joined since must not wait for the next one.
    ...result,
    code: 'ENROLL_NOT_IN_CLASS',
    field: 'student',
    find: ({ studentId, cls: { sisStudents } }) =>
      studentId !== null && sisStudents !== null && !sisStudents.includes(studentId)
        ? { severity: 'warns' }
        : null,
  },
  byStatus('BLANK_POLICY', ['withoutScore'], 'blocks'),
  byStatus('SKIP_NO_SCORE', ['withoutScore'], 'skips'),
  outside('SCORE_ABOVE_MAX', 'max'),
  outside('SCORE_BELOW_MIN', 'min'),
  {
    ...result,
    code: 'EXEMPT_SHOWN_AS_ZERO',
    field: 'score',
    decidedBy: ['exemptScore'],
    find: whenGraded(({ scoreStatus, score }) =>
      scoreStatus === 'exempt' && score !== null ? { severity: 'warns' } : null,
    ),
  },
  {
    ...result,
    code: 'STATUS_NOT_TOLD',
    field: 'scoreStatus',
    find: ({ untold }) =>
      untold.length > 0 ? { severity: 'warns', params: { status: untold.join(', ') } } : null,
  },
];
