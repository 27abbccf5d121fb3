/** Days on the school's calendar, whatever the teacher's device thinks. */

/** "2026-11-20" of an instant. */
export function dayOf(iso: string, timeZone: string): string {
  return new Date(iso).toLocaleDateString('sv-SE', { timeZone });
}

/** The last minute of a day there: work is due until the day is over. */
export function atEndOfDay(day: string, timeZone: string): string {
  const wall = Date.parse(`${day}T23:59:00Z`);
  // twice, for the first guess may lie on the other side of a change of the clocks
  let at = wall;
  for (let i = 0; i < 2; i++) at = wall - offsetAt(at, timeZone);
  return new Date(at).toISOString();
}

/** How far the clocks there are ahead of UTC. */
function offsetAt(at: number, timeZone: string): number {
  const there = new Date(at).toLocaleString('sv-SE', { timeZone });
  return Date.parse(`${there.replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
}
