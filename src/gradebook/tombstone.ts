/**
 * What an SIS that keeps deleted objects is told (`tobedeleted`): the object as it was acknowledged, with that status.
 * A PUT replaces, so a complete body is needed although the row behind it is gone.
 */
import type { ClassFacts } from './facts.ts';
import { placeOf } from './grading-periods.ts';
import { localDate, utcText } from './local-dates.ts';
import { ScoreStatus, type OneRosterLineItem, type OneRosterResult } from './oneroster.ts';
import { reference, rootsOf, sisIdOf } from './references.ts';

/** What is known of a deleted row. */
export interface Gone {
  sourcedId: string;
  /** as in links.ts: the class of a lineItem, the lineItem and the student of a result */
  linkedTo: string | null;
  acked: Record<string, unknown> | null;
  at: Date;
}

/** null: too little is known of it. */
export function lineItemTombstone(cls: ClassFacts, gone: Gone): OneRosterLineItem | null {
  const roots = rootsOf(cls);
  const classId = gone.linkedTo ?? sisIdOf(cls, cls.settings);
  const { title, dueDate, assignDate, categorySourcedId, resultValueMax } = gone.acked ?? {};
  if (!roots || classId === null || typeof title !== 'string') return null;
  if (typeof dueDate !== 'string' || typeof categorySourcedId !== 'string') return null;
  const is1p1 = cls.oneRosterVersion === '1.1';
  if (!is1p1 && cls.schoolSourcedId === null) return null;
  // 1.1 takes no lineItem without one, and which one it named is not kept
  const { period } = placeOf(cls.gradingPeriods, null, localDate(new Date(dueDate), cls.timeZone));
  if (is1p1 && period === null) return null;
  return {
    sourcedId: gone.sourcedId,
    status: 'tobedeleted',
    dateLastModified: utcText(gone.at),
    title,
    assignDate: typeof assignDate === 'string' ? assignDate : dueDate,
    dueDate,
    class: reference(roots, 'class', classId),
    ...(cls.schoolSourcedId !== null && { school: reference(roots, 'org', cls.schoolSourcedId) }),
    category: reference(roots, 'category', categorySourcedId),
    ...(is1p1 && period && { gradingPeriod: reference(roots, 'academicSession', period.sourcedId) }),
    resultValueMin: 0,
    ...(typeof resultValueMax === 'number' && { resultValueMax }),
  };
}

/** null: too little is known of it. */
export function resultTombstone(cls: ClassFacts, gone: Gone): OneRosterResult | null {
  const roots = rootsOf(cls);
  const classId = sisIdOf(cls, cls.settings);
  const [lineItemId, studentId] = gone.linkedTo === null ? [] : (JSON.parse(gone.linkedTo) as unknown[]);
  if (!roots || classId === null || typeof lineItemId !== 'string' || typeof studentId !== 'string')
    return null;
  const { scoreStatus, score, scoreDate } = gone.acked ?? {};
  const known = ScoreStatus.safeParse(scoreStatus);
  return {
    sourcedId: gone.sourcedId,
    status: 'tobedeleted',
    dateLastModified: utcText(gone.at),
    lineItem: reference(roots, 'lineItem', lineItemId),
    student: reference(roots, 'user', studentId),
    class: reference(roots, 'class', classId),
    scoreStatus: known.success ? known.data : 'not submitted',
    ...(typeof score === 'number' && { score }),
    scoreDate: typeof scoreDate === 'string' ? scoreDate.slice(0, 10) : utcText(gone.at).slice(0, 10),
  };
}
