/** When a lineItem was assigned and is due, with the defaults for what the LMS did not say. */
import type { ClassFacts, LineItemFacts } from './facts.ts';
import { endOfDay, localDate, startOfDay } from './local-dates.ts';
import type { GradingPeriod } from './local.ts';

export interface LineItemDates {
  assignDate: Date;
  dueDate: Date;
  /** the due date is ours, from a grading period: it is frozen at first send, lest it move with the calendar */
  byDefault: boolean;
}

/** null: no due date, and no grading period to take one from. `sisDueDate`: the teacher's, for the SIS alone. */
export function lineItemDates(
  cls: ClassFacts,
  li: LineItemFacts,
  sisDueDate: Date | null,
): LineItemDates | null {
  const zone = cls.timeZone;
  const assigned = li.assignDate ?? startOfDay(localDate(li.createdAt, zone), zone);
  const given = sisDueDate ?? li.dueDate;
  const dueDate = given ?? li.frozenDueDate ?? defaultDueDate(cls, li, localDate(assigned, zone));
  if (dueDate === null) return null;
  return {
    assignDate: assigned <= dueDate ? assigned : dayOf(dueDate, zone),
    dueDate,
    byDefault: given === null,
  };
}

/**
 * SISs refuse an assignment that is assigned after it is due; the day it is due is the nearest true answer.
 * (At the very edge of the calendar the start of that day cannot be written, and the due date itself must do.)
 */
function dayOf(dueDate: Date, zone: string): Date {
  const start = startOfDay(localDate(dueDate, zone), zone);
  return start <= dueDate ? start : dueDate;
}

function defaultDueDate(cls: ClassFacts, li: LineItemFacts, assignedOn: string): Date | null {
  if (cls.settings.dueDateMissing === 'block') return null;
  const named = cls.gradingPeriods.find((p) => p.sourcedId === li.gradingPeriodSourcedId);
  const period = named ?? periodAround(cls.gradingPeriods, assignedOn);
  return period ? endOfDay(period.endDate, cls.timeZone) : null;
}

/** Where periods lie within each other (a quarter in its semester), the one that ends first is meant. */
function periodAround(periods: GradingPeriod[], date: string): GradingPeriod | undefined {
  return periods
    .filter((p) => p.startDate <= date && date <= p.endDate)
    .sort((a, b) => (a.endDate < b.endDate ? -1 : a.endDate > b.endDate ? 1 : 0))[0];
}
