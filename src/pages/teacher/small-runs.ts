/** Who has seen enough reviews may have small runs go without; kept in this browser, where it may keep anything. */
import { sumOf, type ClassData } from './class-data.ts';

const KEY = 'passback-small-runs';
export const SMALL_RUN = 30;

export function skipsSmallRuns(): boolean {
  try {
    return localStorage.getItem(KEY) === 'skip';
  } catch {
    return chosen;
  }
}
/** where nothing can be kept, for as long as the page is open */
let chosen = false;

/** Without being shown first; never what removes something in the SIS. */
export function goesUnseen({
  assignments,
  deletions,
}: Pick<ClassData, 'assignments' | 'deletions'>): boolean {
  const waits = assignments.reduce((n, item) => n + sumOf(item, (state) => state === 'unsent'), 0);
  const removes = deletions.some(({ state }) => state === 'planned');
  return skipsSmallRuns() && waits <= SMALL_RUN && !removes;
}

export function skipSmallRuns(on: boolean): void {
  chosen = on;
  try {
    if (on) localStorage.setItem(KEY, 'skip');
    else localStorage.removeItem(KEY);
  } catch {
    // a frame of another site keeps nothing
  }
}
