/**
 * When a schedule runs: an expression of cron on the wall clock of a time zone.
 *
 * A time of day that the clock leaps over in spring runs when it has leapt; one that it shows twice in autumn runs at
 * its first showing. Who asks for every hour asks for no time of day: that goes on hour by hour, leap or not.
 */
import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import cron from 'node-cron';
import { clockChanges } from './wall-clock.ts';

export interface Timing {
  cron: string;
  timeZone: string;
}

/** More often than this, one run would begin before the former has ended. */
export const LEAST_MINUTES = 15;
const DAY_MINUTES = 24 * 60;
const YEAR = 366 * 86_400_000;

/** What is wrong with the expression, in words for whoever wrote it; null: nothing. */
export function flawOf(expression: string): string | null {
  const fields = expression.split(' ');
  if (fields.length !== 5)
    return 'must have five fields: minute, hour, day of the month, month, day of the week (0 18 * * 1-5)';
  const times = timesOfDay(expression);
  const flaw = 'is not a cron expression of five fields, such as 0 18 * * 1-5';
  if (!times) return flaw;
  try {
    if (new Cron(onTheWall(expression), { ...RULES, timezone: 'UTC' }).nextRun(FIRST) === null)
      return 'never runs: there is no such day';
  } catch {
    return flaw;
  }
  if (!cron.validate(expression)) return flaw;
  const apart = times.map((time, i) => (times[i + 1] ?? (times[0] ?? 0) + DAY_MINUTES) - time);
  return Math.min(...apart) < LEAST_MINUTES
    ? `runs more often than every ${LEAST_MINUTES} minutes: a run would begin before the former has ended; switch autoSync on if grades shall go at once`
    : null;
}

/** The first run after that instant; null: never again. */
export function nextRun(timing: Timing, after: Date): Date | null {
  return cronOf(timing).nextRun(after);
}
export function nextRuns(timing: Timing, after: Date, n: number): Date[] {
  return cronOf(timing).nextRuns(n, after);
}

/** The interval for people: "At 06:00 PM, Monday through Friday". */
export const inWords = (expression: string): string => cronstrue.toString(expression, { verbose: false });

/** A time that the clock leaps over, and when it runs instead. */
export interface Leapt {
  date: string;
  time: string;
  runsAt: Date;
}
/** Those of the year ahead. */
export function leaptOver({ cron: expression, timeZone }: Timing, from: Date): Leapt[] {
  if (everyHour(expression)) return [];
  const wall = new Cron(onTheWall(expression), { ...RULES, timezone: 'UTC' });
  return clockChanges(timeZone, from.getTime(), from.getTime() + YEAR).flatMap(({ at, before, after }) => {
    const missing = after > before ? wall.nextRun(new Date(before - 1)) : null;
    if (!missing || missing.getTime() >= after) return [];
    const [date = '', time = ''] = missing.toISOString().split('T');
    return [{ date, time: time.slice(0, 5), runsAt: new Date(at) }];
  });
}

const FIRST = new Date(0);
/** A list of hours, and not only a single one, is a list of times of day. */
const RULES = { paused: true, mode: '5-part', fixedTimeRule: 'no-wildcard' } as const;

const cronOf = ({ cron: expression, timeZone }: Timing) =>
  new Cron(onTheWall(expression), { ...RULES, timezone: timeZone });

const everyHour = (expression: string) => valuesOf(expression.split(' ')[1] ?? '', 23)?.length === 24;

/** Steps of minutes and hours as the times that they are: an interval would skip those that the clock leaps over. */
function onTheWall(expression: string): string {
  const [minute = '', hour = '', ...days] = expression.split(' ');
  const minutes = valuesOf(minute, 59)?.join(',') ?? minute;
  const hours = everyHour(expression) ? '*' : (valuesOf(hour, 23)?.join(',') ?? hour);
  return [minutes, hours, ...days].join(' ');
}

/** In minutes since midnight, in order. */
function timesOfDay(expression: string): number[] | null {
  const [minute = '', hour = ''] = expression.split(' ');
  const minutes = valuesOf(minute, 59);
  const hours = valuesOf(hour, 23);
  return minutes && hours && hours.flatMap((h) => minutes.map((m) => h * 60 + m));
}

/** Of a field such as `5`, `1-5`, `0,30`, `*`, with or without a step; null: it is none. */
function valuesOf(field: string, max: number): number[] | null {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (!match) return null;
    const [, first, last, by] = match;
    const from = Number(first ?? 0);
    const to = first === undefined ? max : Number(last ?? first);
    const step = Number(by ?? 1);
    if (step < 1 || to > max || from > to || (by !== undefined && first !== undefined && last === undefined))
      return null;
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}
