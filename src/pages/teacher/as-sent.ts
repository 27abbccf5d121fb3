/** An assignment as the SIS has it or would get it, and what is otherwise here. */
import type { SchoolClass } from '../answers.ts';
import type { Assignment } from './class-data.ts';

export interface Told {
  /** null: none is known */
  there: string | null;
  /** what it is here, where that is something else */
  here: string | null;
}

/** Nobody has chosen one for it, and its name does not say which. */
const uncategorized = new Set(['CAT_NONE', 'CAT_MISSING', 'CAT_NOT_FOUND', 'CAT_INACTIVE']);

/** It has one here, and which one that is in the SIS shows when its names are read for the first time. */
export const findsItsCategory = ({ asSent, categoryId, reason, findings }: Assignment): boolean =>
  asSent.categorySourcedId === null &&
  categoryId !== null &&
  ![reason, ...findings].some((told) => told && uncategorized.has(told.code));

/** Its category in the SIS; and as it is called here. */
export function categoryTold(item: Assignment, { categories }: Pick<SchoolClass, 'categories'>): Told {
  const there = item.asSent.categoryTitle ?? item.asSent.categorySourcedId;
  const here = categories?.find(({ id }) => id === item.categoryId)?.title ?? null;
  return { there, here: sameName(there, here) ? null : here };
}

/** Both as instants. */
export function dueTold(item: Assignment, sameDay: (a: string, b: string) => boolean): Told {
  const there = item.asSent.dueDate;
  const here = item.dueDate;
  return { there, here: there !== null && here !== null && sameDay(there, here) ? null : here };
}

const sameName = (a: string | null, b: string | null) =>
  a !== null && b !== null && a.trim().toLowerCase() === b.trim().toLowerCase();
