/**
 * What a school's clock on the wall shows, and when: the hours that it leaps over in spring, and those that it shows
 * twice in autumn. A wall time is kept as the milliseconds that it would be in UTC.
 */
import { IANAZone } from 'luxon';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const offsetAt = (zone: string, at: number): number => IANAZone.create(zone).offset(at) * MINUTE;
/** What the clock shows then. */
export const wallTimeAt = (zone: string, at: number): number => at + offsetAt(zone, at);

export interface ClockChange {
  at: number;
  /** wall times: what it showed up to then, and shows from then on */
  before: number;
  after: number;
}

/** Each time that the clock is put forward or back; at most one a day, as everywhere so far. */
export function clockChanges(zone: string, from: number, to: number): ClockChange[] {
  const found: ClockChange[] = [];
  for (let day = from; day < to; day += DAY) {
    const offset = offsetAt(zone, day);
    if (offsetAt(zone, day + DAY) === offset) continue;
    let [still, changed] = [day, day + DAY];
    while (changed - still > 1) {
      const middle = Math.floor((still + changed) / 2);
      if (offsetAt(zone, middle) === offset) still = middle;
      else changed = middle;
    }
    found.push({ at: changed, before: changed + offset, after: wallTimeAt(zone, changed) });
  }
  return found.filter(({ at }) => at < to);
}

/** The first instant at which the clock shows this wall time, or, where it leaps over it, has leapt. */
export function instantOf(zone: string, wall: number): number {
  const offsets = [offsetAt(zone, wall - DAY), offsetAt(zone, wall + DAY)];
  const shown = offsets.map((offset) => wall - offset).filter((at) => wallTimeAt(zone, at) === wall);
  if (shown.length > 0) return Math.min(...shown);
  const leap = clockChanges(zone, wall - 2 * DAY, wall + 2 * DAY).find(
    ({ before, after }) => before <= wall && wall < after,
  );
  return leap?.at ?? wall - Math.min(...offsets);
}
