/** Between instants and the dates on a school's wall calendar. Zones are IANA names, valid by `TimeZone`. */
import { DateTime } from 'luxon';

const EARLIEST = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** W3C ISO 8601 in UTC; years that the format cannot write are moved to its first or last instant. */
export function utcText(instant: Date): string {
  return new Date(Math.min(LATEST, Math.max(EARLIEST, instant.getTime()))).toISOString();
}

/** The date (`YYYY-MM-DD`) on the calendar of `zone` at that instant. */
export function localDate(instant: Date, zone: string): string {
  const local = DateTime.fromJSDate(instant, { zone });
  // Within a day of the first and last year that the format can write, the zone's date may be outside of it.
  return local.isValid && local.year >= 0 && local.year <= 9999
    ? local.toISODate()
    : utcText(instant).slice(0, 10);
}

/** The first instant of the date on the calendar of `zone` (not always 00:00: some clocks change at midnight). */
export function startOfDay(date: string, zone: string): Date {
  return DateTime.fromISO(date, { zone }).startOf('day').toJSDate();
}

/**
 * 23:59 of the date in `zone`, as an instant. SISs compare due dates by the local date, so the answer must never
 * fall on the next one: where clocks jump over 23:59 (America/Nuuk, last Saturday of March) it is the last
 * minute that the date has.
 */
export function endOfDay(date: string, zone: string): Date {
  const day = DateTime.fromISO(date, { zone });
  const end = day.set({ hour: 23, minute: 59 });
  if (end.toISODate() === date) return end.toJSDate();
  return day.plus({ days: 1 }).startOf('day').minus({ minutes: 1 }).toJSDate();
}
