/** All that is to be known of a result before it is decided whether, and as what, it is sent. */
import type { Reason } from './dictionary.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from './facts.ts';
import type { ScoreStatus } from './oneroster.ts';
import { pointsOf, type PointsRange } from './points.ts';
import { rootsOf, sisIdOf, type Roots } from './references.ts';
import type { EffectiveSettings } from './settings.ts';

/** Why there is nothing to send. */
export interface Stop {
  action: 'skip' | 'blocked';
  reason: Reason;
}
export interface Grade {
  scoreStatus: ScoreStatus;
  /** as it is sent */
  score: number | null;
  /** before it was fitted into the points */
  given: number | null;
}
export interface ResultDraft {
  cls: ClassFacts;
  r: Scored;
  roots: Roots | null;
  classId: string | null;
  studentId: string | null;
  points: PointsRange | null;
  /** what the local status means in the SIS's words */
  grade: Grade | Stop;
  /** 1.1 knows no such remarks; said once here, they are no change that would ever be sent */
  late: boolean;
  missing: boolean;
  untold: string[];
}

/** What of a result has a say in it. */
export type Scored = Pick<
  ResultFacts,
  'student' | 'score' | 'status' | 'late' | 'posted' | 'ackedVersion' | 'linkedTo'
>;

/** `r` stands as it is linked to its lineItem (links.ts). */
export function draftResult(
  cls: ClassFacts,
  li: Pick<LineItemFacts, 'resultValueMin' | 'resultValueMax'>,
  r: Scored,
): ResultDraft {
  const { settings } = cls;
  const points = pointsOf(li, settings);
  const late = settings.sendLate && r.late;
  const missing = r.status === 'missing';
  const told = cls.oneRosterVersion === '1.2';
  return {
    cls,
    r,
    roots: rootsOf(cls),
    classId: sisIdOf(cls, settings),
    studentId: sisIdOf(r.student, settings),
    points,
    grade: gradeOf(cls, points, r),
    late: told && late,
    missing: told && missing,
    untold: told ? [] : [...(late ? ['late'] : []), ...(missing ? ['missing'] : [])],
  };
}

function gradeOf(cls: ClassFacts, points: PointsRange | null, r: Scored): Grade | Stop {
  const meant = meaningOf(r, cls.settings);
  if ('action' in meant) return meant;
  const { scoreStatus, score: given } = meant;
  if (given !== null) return { scoreStatus, given, score: fitted(given, points, cls.settings) };
  const score = scoreInstead(scoreStatus, cls, points, r);
  return score !== null && typeof score === 'object' ? score : { scoreStatus, given, score };
}

/** What the local status means in the SIS's words, by the settings of the domain. */
function meaningOf(
  r: Scored,
  settings: EffectiveSettings,
): { scoreStatus: ScoreStatus; score: number | null } | Stop {
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
      return settings.submitted === 'skip'
        ? unwanted('submitted')
        : { scoreStatus: 'submitted', score: null };
    case 'notSubmitted':
      return settings.notSubmitted === 'skip'
        ? unwanted('not submitted')
        : { scoreStatus: 'not submitted', score: null };
    case 'partiallyGraded':
      return settings.partiallyGraded === 'skip'
        ? unwanted('partially graded')
        : { scoreStatus: 'partially graded', score };
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
function fitted(score: number, points: PointsRange | null, { overMax }: EffectiveSettings): number {
  return points === null || overMax !== 'cap' ? score : Math.min(points.max, Math.max(points.min, score));
}

const unwanted = (status: ScoreStatus): Stop => stop('skip', 'SKIP_STATUS', { status });

/**
 * What stands for a score where there is none: nothing, a 0 that does not count, or no result at all. OneRoster 1.1
 * has no result without a score, and a 0 for work that is merely submitted would be a lie unless somebody chose it.
 */
function scoreInstead(
  scoreStatus: ScoreStatus,
  { settings, oneRosterVersion }: ClassFacts,
  points: PointsRange | null,
  r: Scored,
): number | null | Stop {
  const needed = oneRosterVersion === '1.1';
  const zero = Math.max(0, points?.min ?? 0);
  if (scoreStatus === 'exempt') return needed || settings.exemptScore === 'zero' ? zero : null;
  if (settings.withoutScore === 'zero') return zero;
  if (settings.withoutScore === 'send' && !needed) return null;
  // the SIS goes on showing the score that it has, which only somebody there can clear
  return r.ackedVersion > 0
    ? stop('blocked', 'BLANK_POLICY')
    : stop('skip', 'SKIP_NO_SCORE', { status: scoreStatus });
}

function stop(action: Stop['action'], code: Reason['code'], params?: Reason['params']): Stop {
  return { action, reason: params ? { code, params } : { code } };
}
