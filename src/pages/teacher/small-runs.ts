/** Who has seen enough reviews may have small runs go without; kept in this browser, where it may keep anything. */
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

export function skipSmallRuns(on: boolean): void {
  chosen = on;
  try {
    if (on) localStorage.setItem(KEY, 'skip');
    else localStorage.removeItem(KEY);
  } catch {
    // a frame of another site keeps nothing
  }
}
