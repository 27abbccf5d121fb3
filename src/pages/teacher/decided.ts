/** A decision about what differs in the SIS: what it is about, and whether ours goes now, or waits with everything else. */
import type { Sync } from '../answers.ts';
import { teacherWords } from '../messages/teacher.ts';
import type { ClassSending, Conflict, Resolved } from './teacher-answers.ts';

export type Keep = 'lms' | 'sis';

/** Of all that differs: over what the SIS keeps to itself nothing can be sent. */
export const meantBy = (keep: Keep, conflicts: Conflict[]): Conflict[] =>
  conflicts.filter(({ cause }) => keep === 'sis' || cause !== 'owned');

export function decidedWords(
  { resolved, left }: Resolved,
  /** that is to send ours; null: what the SIS has is kept */
  sync: Pick<Sync, 'status' | 'waitingFor'> | null,
  { sending }: Pick<ClassSending, 'sending'>,
  sis: string,
): string {
  const words = teacherWords().conflicts;
  const held = sync?.status === 'awaitingConfirmation' || sync?.waitingFor != null || sending !== 'on';
  const first =
    sync === null ? words.kept(resolved, sis) : held ? words.waiting(resolved) : words.sending(resolved);
  return left > 0 ? `${first} ${words.left(left)}` : first;
}
