/** How an assignment stands together with its scores, in one word and in counts. */
import type { CellState } from '../answers.ts';
import { teacherWords } from '../messages/teacher.ts';
import { isUpToDate, needsSomeone, standing, stateWord, type StateWord } from '../words.ts';
import { sumOf, type Assignment } from './class-data.ts';

/** An assignment stands as the least of its scores does: in the SIS only with all of them. */
export function assignmentState(item: Assignment): CellState {
  if (!isUpToDate(item.state)) return item.state;
  const has = (state: CellState) => sumOf(item, (one) => one === state) > 0;
  if (sumOf(item, needsSomeone) > 0) return 'needsAttention';
  const least = (['retrying', 'sending', 'queued', 'unsent', 'suppressed', 'acknowledged'] as const).find(
    has,
  );
  return least ?? item.state;
}

export function assignmentWord(item: Assignment): StateWord {
  const state = assignmentState(item);
  const sent = item.lastSentAt !== null;
  return stateWord(sent && state === 'suppressed' && isUpToDate(item.state) ? 'unsent' : state, sent);
}

/** Said of the whole only where it is so of all of it; null: {@link threeWords} counts. */
export function wholeStanding(item: Assignment, sis: string): string | null {
  const state = assignmentState(item);
  return isUpToDate(state) ? standing(state, sis) : null;
}

/** Which of three its scores are: confirmed by reading them back, stored by the SIS, waiting here. */
export function threeWords(item: Pick<Assignment, 'cells'>): string {
  const verified = sumOf(item, (state) => state === 'verified');
  const stored = sumOf(item, (state) => state === 'acknowledged');
  const here = sumOf(item, (state) => !isUpToDate(state) && state !== 'skipped');
  return teacherWords().three(verified, stored, here);
}
