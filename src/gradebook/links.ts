/**
 * Whose an id in the SIS is. A lineItem belongs to one class of the SIS, a result to one lineItem and one student of
 * the SIS, and neither can move. When the LMS links a class or a student to another one, what was acknowledged before
 * says nothing of the new one: its score goes there under an id of its own, and the former stays where it is. What a
 * reading has found of the new one holds it back all the same: somebody may have been there before us.
 */
import type { ClassFacts, Duty, LineItemFacts, ResultFacts } from './facts.ts';
import { sisIdOf } from './references.ts';

/** What a lineItem's id is bound to. */
export const lineItemLink = (classSourcedId: string): string => classSourcedId;
/** What a result's id is bound to. */
export const resultLink = (lineItemSourcedId: string, studentSourcedId: string): string =>
  JSON.stringify([lineItemSourcedId, studentSourcedId]);

/** The lineItem as it stands towards the class that is meant now. */
export function lineItemAsLinked<L extends Pick<LineItemFacts, 'linkedTo'>>(cls: ClassFacts, li: L): L {
  const classId = sisIdOf(cls, cls.settings);
  return classId === null ? li : asLinked(li, lineItemLink(classId));
}

/** The result as it stands towards the student, and the lineItem, that are meant now. */
export function resultAsLinked<R extends Pick<ResultFacts, 'linkedTo' | 'student'>>(
  cls: ClassFacts,
  lineItemSourcedId: string,
  r: R,
): R {
  // never sent: there is nothing that a link could be held against, and thousands of rows are asked about at once
  if (r.linkedTo === null && !('found' in r && r.found)) return r;
  const studentId = sisIdOf(r.student, cls.settings);
  return studentId === null ? r : asLinked(r, resultLink(lineItemSourcedId, studentId));
}

/** Whether two links of results name different students (of different lineItems only, the lineItem tells it). */
export function otherStudent(before: string, now: string): boolean {
  const student = (link: string): unknown => (JSON.parse(link) as unknown[])[1];
  return student(before) !== student(now);
}

/** A link that nobody wrote down (an earlier release, a hand) is taken for the one that is meant. */
function asLinked<D extends Pick<Duty, 'linkedTo'> & Partial<Pick<Duty, 'found' | 'seenOf'>>>(
  row: D,
  to: string,
): D {
  const found = foundOf(row, to);
  if (row.linkedTo === null || row.linkedTo === to)
    return found === (row.found ?? null) ? row : { ...row, found };
  return {
    ...row,
    ackedVersion: 0,
    ackedHash: null,
    sourcedId: row.seenOf?.linkedTo === to ? row.seenOf.sourcedId : null,
    linkedTo: to,
    found,
    restored: null,
  };
}

/** What a reading found of that one; of another one it says nothing. */
function foundOf({ found, linkedTo }: Pick<Duty, 'linkedTo'> & Partial<Pick<Duty, 'found'>>, to: string) {
  const of = found?.linkedTo ?? linkedTo;
  return found && (of === null || of === to) ? found : null;
}
