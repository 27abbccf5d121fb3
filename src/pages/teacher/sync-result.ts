/** What came of a press, as it is told when the sync has ended; and of the last sync, as it is told ever after. */
import type { Sync } from '../answers.ts';
import { teacherWords } from '../messages/teacher.ts';
import { logWords } from '../messages/teacher-log.ts';
import { syncSentence, triggerWords, when, type Tone } from '../words.ts';
import type { Remark } from './remark.ts';

export interface Asked {
  /** the sync was begun for the score of this one alone */
  student: string | null;
  /** of a press for the whole class: how many scores the SIS has now */
  scoresInSis: number | null;
}

export function resultOf(done: Sync, sis: string, { student, scoresInSis }: Asked): Remark {
  const text =
    student !== null && sentThatOne(done)
      ? teacherWords().sentOf(student, sis)
      : syncSentence(done, sis, scoresInSis);
  return { tone: toneOf(done), text };
}

/** When and by whom; and where it did not send all that it was to send, what it came to. */
export function lastSyncWords(last: Sync): string {
  const said = teacherWords().lastSync(when(last.finishedAt ?? last.startedAt), triggerWords(last));
  const isFine = last.status === 'complete' || last.status === 'processing';
  return isFine ? said : `${said} – ${logWords().statuses[last.status]}`;
}

/** Others may have joined it since. */
function sentThatOne({ status, byKind: { results } }: Sync): boolean {
  const { created, updated, deleted, unchanged, skipped, failed, conflicts } = results;
  const others = deleted + unchanged + skipped + failed + conflicts;
  return status === 'complete' && created + updated === 1 && others === 0;
}

function toneOf({ status, counts }: Sync): Tone {
  if (status === 'cancelled') return 'plain';
  if (status === 'awaitingConfirmation') return 'warn';
  if (status !== 'failed' && counts.failed + counts.conflicts === 0) return 'good';
  return counts.created + counts.updated + counts.deleted > 0 ? 'warn' : 'bad';
}
