/** What a restore would do, as far as it does anything. */
import type { RestorePlan } from './teacher-answers.ts';

export type RestoreEntry = RestorePlan['entries'][number];

export const doingIn = ({ entries }: Pick<RestorePlan, 'entries'>): RestoreEntry[] =>
  entries.filter(({ action }) => action === 'create' || action === 'update' || action === 'delete');

/** It was refused for its age alone: nothing is otherwise. */
export const isSameRestore = (a: Pick<RestorePlan, 'entries'>, b: Pick<RestorePlan, 'entries'>): boolean =>
  JSON.stringify(doingIn(a)) === JSON.stringify(doingIn(b));
