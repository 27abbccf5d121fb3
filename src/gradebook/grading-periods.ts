/**
 * Where a day lies among the grading periods of a class. SISs file an assignment by its due date, so all of it is about
 * the date on the school's wall calendar; instants come in and go out elsewhere.
 */
import type { GradingPeriod } from './local.ts';

export interface Place {
  /** the period that the day counts in; null: none, or the class names no periods */
  period: GradingPeriod | null;
  /** closed: its period takes no more grades */
  trouble: 'outside' | 'closed' | null;
  /** for a day outside: the nearest day of an open period; null: there is none */
  nearest: { period: GradingPeriod; day: string } | null;
}

/** `named`: the period that the lineItem names; one that the class does not list says nothing. */
export function placeOf(periods: GradingPeriod[], named: string | null, day: string): Place {
  const own = periods.filter((p) => p.sourcedId === named);
  const candidates = own.length > 0 ? own : periods;
  const period = candidates.filter((p) => holds(p, day)).sort(shorterFirst)[0] ?? null;
  if (period) return { period, trouble: isOpen(period) ? null : 'closed', nearest: null };
  return {
    period: null,
    trouble: candidates.length > 0 ? 'outside' : null,
    nearest: nearestOf(candidates.filter(isOpen), day),
  };
}

export const holds = (period: GradingPeriod, day: string): boolean =>
  period.startDate <= day && day <= period.endDate;

const isOpen = (period: GradingPeriod): boolean => period.open !== false;

/** Where periods lie within each other (a quarter in its semester), the one that ends first is meant. */
export function shorterFirst(a: GradingPeriod, b: GradingPeriod): number {
  return a.endDate < b.endDate ? -1 : a.endDate > b.endDate ? 1 : a.startDate < b.startDate ? 1 : 0;
}

/** Of two that are equally near, the one before: work of a break belongs to what was taught. */
function nearestOf(periods: GradingPeriod[], day: string): Place['nearest'] {
  const near = periods.map((period) => {
    const nearest = day < period.startDate ? period.startDate : period.endDate;
    return { period, day: nearest, away: Math.abs(Date.parse(nearest) - Date.parse(day)) };
  });
  near.sort(
    (a, b) => a.away - b.away || (a.day < b.day ? -1 : a.day > b.day ? 1 : shorterFirst(a.period, b.period)),
  );
  return near[0] ? { period: near[0].period, day: near[0].day } : null;
}
