/** What a real SIS checks of a result beyond the shape of a body. */
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';
import type { Result } from './schemas.ts';
import { invalidData, lockedItem, unknownObject } from './status-info.ts';
import type { Refusal } from './status-info.ts';

export function refuseResult(records: Records, rules: Rules, result: Result): Refusal | undefined {
  const lineItem = records.get('lineItems', result.lineItem.sourcedId);
  if (!lineItem || lineItem.status !== 'active') return unknownObject('lineItem', result.lineItem.sourcedId);
  if (records.get('locks', lineItem.sourcedId)) return lockedItem;
  if (records.get('locks', result.sourcedId))
    return { status: 409, codeMinor: 'forbidden', description: 'A grade was entered manually' };
  const studentId = result.student.sourcedId;
  if (!records.get('students', studentId)) return unknownObject('student', studentId);
  const classId = lineItem.class.sourcedId;
  if (!records.get('classes', classId)?.studentSourcedIds.includes(studentId)) {
    if (rules.studentNotInClass === 404) return unknownObject('student of the class', studentId);
    return invalidData('student is not enrolled in the class of the lineItem');
  }
  if (result.class && result.class.sourcedId !== classId)
    return invalidData('class is not the class of the lineItem');
  if (result.scoreScale) return unknownObject('scoreScale', result.scoreScale.sourcedId);
  const stored = records.get('results', result.sourcedId);
  if (
    stored &&
    (stored.lineItem.sourcedId !== lineItem.sourcedId || stored.student.sourcedId !== studentId)
  ) {
    return invalidData('a result cannot move to another lineItem or student');
  }
  const rival = records.resultOf(lineItem.sourcedId, studentId);
  if (rival && rival.sourcedId !== result.sourcedId && result.status === 'active') {
    return invalidData('the student already has a result for this lineItem under another sourcedId');
  }
  const { resultValueMin = -Infinity, resultValueMax = Infinity } = lineItem;
  const score = result.score ?? resultValueMin;
  if (rules.scoreInRange && (score < resultValueMin || score > resultValueMax)) {
    return invalidData('score is outside resultValueMin..resultValueMax');
  }
  if (rules.scoreDateAfterAssigned && result.scoreDate.slice(0, 10) < lineItem.assignDate.slice(0, 10))
    return invalidData('scoreDate is before assignDate');
  return undefined;
}
