/** What a real SIS checks beyond the shape of a body: that the references exist and fit together. */
import type { Records } from './records.ts';
import type { Category, LineItem, Result } from './schemas.ts';
import { invalidData, unknownObject } from './status-info.ts';
import type { Refusal } from './status-info.ts';

/** How this SIS departs from the default; changeable while it runs. */
export interface Rules {
  /** what a result of a student outside the class gets */
  studentNotInClass: 404 | 422;
  /** refuse a score outside resultValueMin..resultValueMax; by default extra credit is stored */
  scoreInRange: boolean;
  /** refuse a due date outside the named grading period */
  dueDateInGradingPeriod: boolean;
  /** longest title that is accepted; null: any */
  titleLimit: number | null;
  /** most objects in one page, whatever `limit` asks for; null: no cap */
  pageCap: number | null;
  /** send X-Total-Count with collections */
  totalCount: boolean;
  /**
   * give new lineItems and results ids of its own and tell them in the answer; `remembers`: the supplied id goes on to
   * mean the same object, `forgets`: a second PUT under it makes a second one
   */
  allocatesIds: 'never' | 'remembers' | 'forgets';
}

export const DEFAULT_RULES: Rules = {
  studentNotInClass: 422,
  scoreInRange: false,
  dueDateInGradingPeriod: false,
  titleLimit: null,
  pageCap: null,
  totalCount: true,
  allocatesIds: 'never',
};

const locked: Refusal = { status: 409, codeMinor: 'forbidden', description: 'Assignment is locked' };

export function refuseLineItem(records: Records, rules: Rules, item: LineItem): Refusal | undefined {
  if (records.get('locks', item.sourcedId)) return locked;
  const schoolClass = records.get('classes', item.class.sourcedId);
  if (!schoolClass) return unknownObject('class', item.class.sourcedId);
  if (!records.get('schools', item.school.sourcedId)) return unknownObject('school', item.school.sourcedId);
  if (schoolClass.schoolSourcedId !== item.school.sourcedId)
    return invalidData('school is not the school of the class');
  const category = records.get('categories', item.category.sourcedId);
  if (!category) return unknownObject('category', item.category.sourcedId);
  if (category.classSourcedIds && !category.classSourcedIds.includes(schoolClass.sourcedId)) {
    return invalidData('category does not belong to the class');
  }
  const stored = records.get('lineItems', item.sourcedId);
  if (stored && stored.class.sourcedId !== item.class.sourcedId) {
    return invalidData('a lineItem cannot move to another class');
  }
  if (item.scoreScale) return unknownObject('scoreScale', item.scoreScale.sourcedId);
  if (Date.parse(item.dueDate) < Date.parse(item.assignDate))
    return invalidData('dueDate is before assignDate');
  if ((item.resultValueMin ?? 0) > (item.resultValueMax ?? Infinity)) {
    return invalidData('resultValueMin is greater than resultValueMax');
  }
  if (rules.titleLimit !== null && item.title.length > rules.titleLimit) {
    return invalidData(`title is longer than ${rules.titleLimit} characters`);
  }
  return refuseSessions(records, rules, item, schoolClass.termSourcedIds);
}

function refuseSessions(
  records: Records,
  rules: Rules,
  item: LineItem,
  terms: string[],
): Refusal | undefined {
  for (const ref of [item.gradingPeriod, item.academicSession]) {
    if (ref && !records.get('academicSessions', ref.sourcedId)) {
      return unknownObject('academicSession', ref.sourcedId);
    }
  }
  const period = item.gradingPeriod && records.get('academicSessions', item.gradingPeriod.sourcedId);
  if (!period) return undefined;
  if (period.type !== 'gradingPeriod') return invalidData('gradingPeriod is not a grading period');
  if (period.parentSourcedId !== undefined && !terms.includes(period.parentSourcedId)) {
    return invalidData('gradingPeriod is not one of the term of the class');
  }
  const due = item.dueDate.slice(0, 10);
  if (rules.dueDateInGradingPeriod && (due < period.startDate || due > period.endDate)) {
    return invalidData('Invalid Due Date: outside the grading period');
  }
  return undefined;
}

export function refuseResult(records: Records, rules: Rules, result: Result): Refusal | undefined {
  const lineItem = records.get('lineItems', result.lineItem.sourcedId);
  if (!lineItem || lineItem.status !== 'active') return unknownObject('lineItem', result.lineItem.sourcedId);
  if (records.get('locks', lineItem.sourcedId)) return locked;
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
  return undefined;
}

export function refuseCategory(records: Records, category: Category): Refusal | undefined {
  const namesake = records.list('categories').find((c) => c.title === category.title && !c.classSourcedIds);
  return namesake && namesake.sourcedId !== category.sourcedId
    ? invalidData('a category with this title exists already')
    : undefined;
}

/** An SIS does not lose a category under the assignments that count by it. */
export function refuseCategoryDelete(records: Records, id: string): Refusal | undefined {
  const used = records.list('lineItems').some((item) => item.category.sourcedId === id);
  return used ? { status: 422, codeMinor: 'deletefailure', description: 'category is in use' } : undefined;
}
