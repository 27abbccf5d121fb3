/** Bodies as the SIS would get them over REST → records of the CSV binding, or why there is none. */
import type { Reason } from '../dictionary.ts';
import type { ClassFacts, LineItemFacts } from '../facts.ts';
import { lineItemDates } from '../line-item-dates.ts';
import { localDate } from '../local-dates.ts';
import type { OneRosterLineItem, OneRosterResult } from '../oneroster.ts';
import type { Row } from './tables.ts';

/**
 * Dates are days here, on the school's calendar, in whatever form the SIS wants them over REST; session and school are
 * required, where that can do without.
 */
export function lineItemRow(
  cls: ClassFacts,
  li: LineItemFacts,
  body: OneRosterLineItem,
): Row<'lineItems'> | Reason {
  const dates = lineItemDates(cls, li, li.overrides.sisDueDate);
  if (dates === null) return { code: 'DUE_MISSING' };
  const day = (instant: Date) => localDate(instant, cls.timeZone);
  const [assignDate, dueDate] = [day(dates.assignDate), day(dates.dueDate)];
  const named = body.academicSession?.sourcedId ?? body.gradingPeriod?.sourcedId;
  const session = named ?? dates.period?.sourcedId;
  if (session === undefined) return { code: 'PERIOD_UNKNOWN', params: { dueDate } };
  const school = body.school?.sourcedId ?? cls.schoolSourcedId;
  if (school === null) return { code: 'MAP_SCHOOL' };
  return {
    sourcedId: body.sourcedId,
    status: body.status,
    dateLastModified: body.dateLastModified,
    title: body.title,
    description: body.description ?? '',
    assignDate,
    dueDate,
    classSourcedId: body.class.sourcedId,
    categorySourcedId: body.category.sourcedId,
    academicSessionSourcedId: session,
    resultValueMin: decimal(body.resultValueMin),
    resultValueMax: decimal(body.resultValueMax),
    schoolSourcedId: school,
  };
}

export function resultRow(body: OneRosterResult): Row<'results'> {
  return {
    sourcedId: body.sourcedId,
    status: body.status,
    dateLastModified: body.dateLastModified,
    lineItemSourcedId: body.lineItem.sourcedId,
    studentSourcedId: body.student.sourcedId,
    scoreStatus: body.scoreStatus,
    score: decimal(body.score),
    scoreDate: body.scoreDate,
    comment: body.comment ?? '',
    textScore: '',
    classSourcedId: body.class?.sourcedId ?? '',
    inProgress: body.inProgress ?? '',
    incomplete: body.incomplete ?? '',
    late: body.late ?? '',
    missing: body.missing ?? '',
  };
}

/** Without an exponent, which a column of decimals does not know; the large ones that have one are no scores. */
function decimal(value: number | undefined): string {
  if (value === undefined) return '';
  const [digits = '', exponent] = String(value).split('e-');
  if (exponent === undefined) return digits;
  const sign = digits.startsWith('-') ? '-' : '';
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${digits.replace(/[-.]/g, '')}`;
}
