/** Our result → the OneRoster 1.2 result that the SIS should hold, or why there is none. */
import type { Reason } from './dictionary.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from './facts.ts';
import { pointsOf, type Built } from './line-item.ts';
import { localDate, utcText } from './local-dates.ts';
import type { OneRosterResult, ScoreStatus } from './oneroster.ts';
import { reference, rootsOf, sisIdOf } from './references.ts';
import type { EffectiveSettings } from './settings.ts';
import { resultSourcedId } from './source-ids.ts';

/**
 * The result's body. `lineItemSourcedId` is the id under which the SIS has, or gets, the lineItem; `r` stands as it is
 * linked to that (links.ts).
 */
export function buildResult(
  cls: ClassFacts,
  li: LineItemFacts,
  lineItemSourcedId: string,
  r: ResultFacts,
): Built<OneRosterResult> {
  const { settings } = cls;
  if (!r.student.active) return stop('skip', 'SKIP_STUDENT_INACTIVE');
  if (!r.posted) return stop('skip', 'SKIP_HELD_BACK');
  const grade = gradeOf(r, settings);
  if ('action' in grade) return grade;

  const roots = rootsOf(cls);
  if (roots === null) return stop('blocked', 'NO_CONNECTION');
  const classId = sisIdOf(cls, settings);
  if (classId === null) return stop('blocked', 'MAP_CLASS');
  const studentId = sisIdOf(r.student, settings);
  if (studentId === null) return stop('blocked', 'MAP_STUDENT');
  if (settings.useCustomIds ? r.student.customIdShared : r.student.sourcedIdShared)
    return stop('blocked', 'MAP_STUDENT_TWICE', { id: studentId });
  const fitted = withinPoints(grade.score, li, settings);
  if ('action' in fitted) return fitted;

  const body: OneRosterResult = {
    sourcedId: r.sourcedId ?? resultSourcedId(lineItemSourcedId, studentId),
    status: 'active',
    dateLastModified: utcText(r.versionAt),
    lineItem: reference(roots, 'lineItem', lineItemSourcedId),
    student: reference(roots, 'user', studentId),
    class: reference(roots, 'class', classId),
    scoreStatus: grade.scoreStatus,
    ...(fitted.score !== null && { score: fitted.score }),
    scoreDate: scoreDateOf(r, cls.timeZone),
    ...(settings.sendComments && r.comment && { comment: r.comment }),
    ...(settings.sendLate && r.late && { late: 'true' }),
    ...(r.status === 'missing' && { missing: 'true' }),
  };
  return { action: 'body', body, warnings: fitted.warnings };
}

interface Grade {
  scoreStatus: ScoreStatus;
  score: number | null;
}
type Stop = { action: 'skip' | 'blocked'; reason: Reason };

/** What the local status means in the SIS's words, by the settings of the domain. */
function gradeOf(r: ResultFacts, settings: EffectiveSettings): Grade | Stop {
  // An exact decimal of at most 17 digits, so the JSON number is the same one; + 0 turns -0 into 0.
  const score = r.score === null ? null : Number(r.score) + 0;
  switch (r.status) {
    case 'missing':
      if (score !== null || settings.missingScore === 'zero')
        return { scoreStatus: 'fully graded', score: score ?? 0 };
      return { scoreStatus: 'not submitted', score: null };
    case 'excused':
      return settings.excused === 'block'
        ? stop('blocked', 'STATUS_UNSUPPORTED', { status: 'excused' })
        : { scoreStatus: 'exempt', score: null };
    case 'incomplete':
      return stop('skip', 'SKIP_INCOMPLETE');
    case 'submitted':
      return { scoreStatus: 'submitted', score: null };
    case 'notSubmitted':
      return { scoreStatus: 'not submitted', score: null };
    case 'partiallyGraded':
      return { scoreStatus: 'partially graded', score };
    case 'graded':
    case null:
      if (score !== null) return { scoreStatus: 'fully graded', score };
      if (r.ackedVersion === 0) return stop('skip', 'SKIP_UNGRADED');
      return settings.blank === 'keep'
        ? stop('skip', 'SKIP_CLEARED')
        : { scoreStatus: 'not submitted', score: null };
  }
}

/** Scores outside the points: many SISs store them (extra credit), some refuse; the setting says which this is. */
function withinPoints(
  score: number | null,
  li: LineItemFacts,
  settings: EffectiveSettings,
): { score: number | null; warnings: Reason[] } | Stop {
  const points = pointsOf(li);
  if (score === null || points === null || settings.overMax === 'send') return { score, warnings: [] };
  const outside: Reason | null =
    score > points.max
      ? { code: 'SCORE_ABOVE_MAX', params: { score, max: points.max } }
      : score < points.min
        ? { code: 'SCORE_BELOW_MIN', params: { score, min: points.min } }
        : null;
  if (outside === null) return { score, warnings: [] };
  if (settings.overMax === 'block') return { action: 'blocked', reason: outside };
  return { score: Math.min(points.max, Math.max(points.min, score)), warnings: [outside] };
}

/** The day of the grade, not of the send: as given, else the local day on which this version came. */
function scoreDateOf(r: ResultFacts, zone: string): string {
  if (r.scoreDate === null) return localDate(r.versionAt, zone);
  return r.scoreDate.length === 10 ? r.scoreDate : localDate(new Date(r.scoreDate), zone);
}

function stop(action: 'skip' | 'blocked', code: Reason['code'], params?: Reason['params']): Stop {
  return { action, reason: params ? { code, params } : { code } };
}
