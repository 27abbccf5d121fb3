/** The grading periods of a class, out of the SIS's academic sessions. */
import type { GradingPeriod } from '../local.ts';
import type { SisSession } from './items.ts';

/** More than these no class has; an SIS that goes round in circles comes to an end. */
const MOST = 100;

/**
 * Those below the terms of a class. By the specification the end date of a session is excluded from it; ours is the last
 * day. An SIS in which one session begins on the day after another's end date means it otherwise, whatever it should.
 */
export function periodsOf(
  terms: readonly string[],
  sessions: ReadonlyMap<string, SisSession>,
): GradingPeriod[] {
  const within = new Set<string>();
  const add = (id: string) => {
    if (within.size >= MOST || within.has(id) || !sessions.has(id)) return;
    within.add(id);
    for (const child of childrenOf(id, sessions)) add(child);
  };
  for (const term of terms) add(term);
  const found = [...within].flatMap((sourcedId) => {
    const session = sessions.get(sourcedId);
    return session?.type === 'gradingPeriod' ? [{ sourcedId, ...session }] : [];
  });
  const inclusive = saysLastDays([...sessions.values()]);
  return found
    .map(({ sourcedId, title, startDate, endDate }) => ({
      ...{ sourcedId, title, startDate },
      endDate: inclusive || endDate <= startDate ? endDate : dayBefore(endDate),
    }))
    .filter((p) => p.startDate <= p.endDate)
    .sort((a, b) => (a.startDate < b.startDate ? -1 : a.startDate > b.startDate ? 1 : 0));
}

function childrenOf(id: string, sessions: ReadonlyMap<string, SisSession>): string[] {
  const told = sessions.get(id)?.children ?? [];
  const telling = [...sessions].filter(([, session]) => session.parent === id).map(([child]) => child);
  return [...new Set([...told, ...telling])];
}

/** Of sessions of one kind that follow each other: does the next begin on the day after, or on the day itself? */
function saysLastDays(sessions: SisSession[]): boolean {
  const starts = new Set(sessions.map((s) => `${s.type} ${s.parent} ${s.startDate}`));
  const next = (of: (day: string) => string) =>
    sessions.filter((s) => starts.has(`${s.type} ${s.parent} ${of(s.endDate)}`)).length;
  return next(dayAfter) > next((day) => day);
}

const moved = (day: string, by: number): string => {
  const at = new Date(`${day}T00:00:00Z`);
  // a day that there is not (2026-02-30) stays as it was said
  return Number.isNaN(at.getTime())
    ? day
    : new Date(at.getTime() + by * 86_400_000).toISOString().slice(0, 10);
};
const dayAfter = (day: string) => moved(day, 1);
const dayBefore = (day: string) => moved(day, -1);
