/** What a real SIS checks of a lineItem beyond the shape of a body: that the references exist and fit together. */
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';
import type { LineItem } from './schemas.ts';
import { invalidData, lockedItem, unknownObject } from './status-info.ts';
import type { Refusal } from './status-info.ts';

export function refuseLineItem(records: Records, rules: Rules, item: LineItem): Refusal | undefined {
  if (records.get('locks', item.sourcedId)) return lockedItem;
  const schoolClass = records.get('classes', item.class.sourcedId);
  if (!schoolClass) return unknownObject('class', item.class.sourcedId);
  if (item.school && !records.get('schools', item.school.sourcedId))
    return unknownObject('school', item.school.sourcedId);
  if (item.school && schoolClass.schoolSourcedId !== item.school.sourcedId)
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
  const points = [item.resultValueMin, item.resultValueMax];
  if (rules.wholePoints && points.some((value) => value !== undefined && !Number.isInteger(value)))
    return invalidData('resultValueMax must be a whole number of points');
  const cuts = rules.titleTooLong === 'cut';
  if (!cuts && rules.titleLimit !== null && item.title.length > rules.titleLimit) {
    return invalidData(`title is longer than ${rules.titleLimit} characters`);
  }
  const namesake = records
    .lineItemsOfClass(schoolClass.sourcedId)
    .some((one) => one.title === item.title && one.sourcedId !== item.sourcedId && one.status === 'active');
  if (rules.uniqueTitles && namesake)
    return { status: 409, codeMinor: 'invaliddata', description: 'Assignment Already Exists' };
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
