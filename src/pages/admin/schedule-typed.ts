/** A schedule as it is typed into the form, and what two who change it at once make of it. Pure. */
import type { Every, Schedule, ScheduleType } from './admin-answers.ts';
import { same } from './merge.ts';

export type Unit = Every['unit'] | 'cron';
export interface Typed {
  type: ScheduleType;
  unit: Unit;
  at: string;
  hours: string;
  minute: string;
  cron: string;
  timeZone: string;
}
export const blank: Typed = {
  ...{ type: 'gradePassback', unit: 'weekday', at: '18:00', hours: '2', minute: '0', cron: '', timeZone: '' },
};

export function asTyped({ type, every, cron, timeZone }: Schedule): Typed {
  const typed = { ...blank, type, cron, timeZone, unit: every?.unit ?? ('cron' as const) };
  if (every?.unit === 'hours') return { ...typed, hours: String(every.hours), minute: String(every.minute) };
  return every ? { ...typed, at: every.at } : typed;
}

/** The part of the body that says when: only what belongs to the chosen unit. */
export function timesOf({ unit, at, hours, minute, cron }: Typed): { cron: string } | { every: Every } {
  if (unit === 'cron') return { cron };
  return { every: unit === 'hours' ? { unit, hours: Number(hours), minute: Number(minute) } : { unit, at } };
}

/** What of a schedule is changed as one: a time of day means nothing without how often, nor the other way round. */
const parts = {
  type: ({ type }: Typed) => ({ type }),
  when: ({ unit, at, hours, minute, cron }: Typed) => ({ unit, at, hours, minute, cron }),
  timeZone: ({ timeZone }: Typed) => ({ timeZone }),
};
export type Part = keyof typeof parts;

/** `mine`, typed into `base`, on top of `theirs`; and what both have changed to something else: mine is shown. */
export function onTop(base: Typed, mine: Typed, theirs: Typed): { typed: Typed; clashing: Part[] } {
  const typed = { ...theirs };
  const clashing: Part[] = [];
  // what does not belong to the chosen unit stands in the form, and says nothing
  const compared = (part: Part, one: Typed) => (part === 'when' ? timesOf(one) : parts[part](one));
  for (const part of Object.keys(parts) as Part[]) {
    const [was, is, has] = [base, mine, theirs].map((one) => compared(part, one));
    if (same(is, was) || same(is, has)) continue;
    Object.assign(typed, parts[part](mine));
    if (!same(was, has)) clashing.push(part);
  }
  return { typed, clashing };
}
