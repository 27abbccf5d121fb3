/** When a lineItem was assigned and is due, with the defaults for what the LMS did not say. */
import type { ClassFacts, LineItemFacts } from './facts.ts';
import { holds, placeOf, shorterFirst, type Place } from './grading-periods.ts';
import { endOfDay, localDate, startOfDay, utcText } from './local-dates.ts';
import type { GradingPeriod } from './local.ts';
import type { EffectiveSettings } from './settings.ts';

export interface LineItemDates {
  /** as they stand in the SIS */
  assignDate: Date;
  dueDate: Date;
  /** what was given, or is the default, before anything was moved for the SIS */
  wanted: { assignDate: Date; dueDate: Date };
  /** the due date is ours, from a grading period: it is frozen at first send, lest it move with the calendar */
  byDefault: boolean;
  /** where the wanted due date lies, by the school's calendar */
  place: Place;
  /** the period that it is sent into; null: none */
  period: GradingPeriod | null;
  /** it begins before that, in none of the class's or not in the one that the SIS is told */
  assignOutside: boolean;
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
  const due = given ?? li.frozenDueDate ?? defaultDueDate(cls, li, localDate(assigned, zone));
  if (due === null) return null;

  const place = placeOf(cls.gradingPeriods, li.gradingPeriodSourcedId, localDate(due, zone));
  const moves = cls.settings.dueDateOutside === 'moveIntoPeriod';
  const into = moves ? place.nearest : null;
  const period = into?.period ?? place.period;
  const moved = into ? endOfDay(into.day, zone) : due;
  const assignOutside = period !== null && beginsOutside(cls, li, localDate(assigned, zone), period);
  const begins = moves && assignOutside ? startOfDay(period.startDate, zone) : assigned;
  return {
    assignDate: begins <= moved ? begins : dayOf(moved, zone),
    dueDate: moved,
    wanted: { assignDate: assigned, dueDate: due },
    byDefault: given === null,
    place,
    period,
    assignOutside,
  };
}

/**
 * Work that is given in one period and due in the next is no fault, unless the SIS is told the period: then it wants
 * both dates in that one.
 */
function beginsOutside(cls: ClassFacts, li: LineItemFacts, day: string, period: GradingPeriod): boolean {
  if (day >= period.startDate) return false;
  const told = sentPeriod(cls, li, period) === period.sourcedId;
  return told || !cls.gradingPeriods.some((p) => holds(p, day));
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
  const around = cls.gradingPeriods.filter((p) => holds(p, assignedOn)).sort(shorterFirst)[0];
  const period = named ?? around;
  return period ? endOfDay(period.endDate, cls.timeZone) : null;
}

/** The grading period that goes with the lineItem: as the LMS names it, else the one that its local due date is in. */
export const gradingPeriodOf = (cls: ClassFacts, li: LineItemFacts, dates: LineItemDates): string | null =>
  sentPeriod(cls, li, dates.period);

function sentPeriod(cls: ClassFacts, li: LineItemFacts, around: GradingPeriod | null): string | null {
  if (li.gradingPeriodSourcedId !== null) return li.gradingPeriodSourcedId;
  const wanted = cls.settings.gradingPeriod === 'fromDueDate' || cls.oneRosterVersion === '1.1';
  return wanted ? (around?.sourcedId ?? null) : null;
}

/**
 * The instant that stands for it in the SIS. 23:59 in America is the next day in UTC, and an SIS that keeps the day of
 * UTC files the work under it: in the next grading period, or refuses it. Noon UTC is one day from UTC−12 to UTC+11.
 */
export function sentDate(instant: Date, form: EffectiveSettings['dueDateForm'], zone: string): string {
  switch (form) {
    case 'instant':
      return utcText(instant);
    case 'localMidnight':
      return utcText(startOfDay(localDate(instant, zone), zone));
    case 'noonUtc':
      return `${localDate(instant, zone)}T12:00:00.000Z`;
  }
}
