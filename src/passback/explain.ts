/**
 * "Why isn't this grade in the SIS?", answered in a sentence or two. Pure: from the row as it stands and from what was
 * written down about it. What happened, one by one, is told by timeline.ts.
 */
import { DateTime } from 'luxon';
import { explain, type Reason, type ReasonText } from '../gradebook/dictionary.ts';
import type { Found } from '../gradebook/facts.ts';
import { timesOf, type Attempt } from './attempts.ts';
import type { CellState } from './state.ts';

/** What a sync did with the row. */
export interface SyncStep {
  at: Date;
  syncId: string;
  trigger: 'manual' | 'automatic' | 'schedule' | 'api';
  startedBy: string;
  /** reads: before it takes in what it was asked for · awaitsConfirmation: somebody's · takenIn: it is under way */
  action:
    | 'reads'
    | 'awaitsConfirmation'
    | 'takenIn'
    | 'created'
    | 'updated'
    | 'unchanged'
    | 'skipped'
    | 'failed'
    | 'conflict';
  reason: Reason | null;
  version: number | null;
}

/** All that is known about a lineItem or a result. */
export interface Story {
  kind: 'lineItem' | 'result';
  state: CellState;
  reason: ReasonText | null;
  version: number;
  versionAt: Date;
  ackedVersion: number;
  ackedAt: Date | null;
  verifiedAt: Date | null;
  nextAttemptAt: Date | null;
  attempts: readonly Attempt[];
  syncs: readonly SyncStep[];
  found: Found | null;
  foundAt: Date | null;
  /** why the connection as a whole does not work, since when, and when it is tried next */
  connection: { cause: ReasonText; since: Date | null; nextProbeAt: Date | null } | null;
  /** the school's, for times in sentences */
  timeZone: string;
}

/** One sentence or two, for whoever asked. */
export function answerOf(story: Story): string {
  const { state, reason, connection } = story;
  const on = (at: Date | null) => (at === null ? '' : ` ${moment(at, story.timeZone)}`);
  const since = (at: Date | null) => (at === null ? '' : ` since${on(at)}`);
  const it = story.kind === 'result' ? 'This score' : 'This assignment';
  const earlier = story.ackedVersion > 0 && story.ackedVersion < story.version;
  const older = earlier ? ' The SIS still has the one from before.' : '';
  const cause = reason === null ? '' : ` ${reason.message} ${reason.fix}`;
  const because = reason === null ? '.' : `:${cause}`;
  const broken = connection
    ? ` Nothing can be sent there${since(connection.since)}: ${connection.cause.message}${next('That is tried again', connection.nextProbeAt, story)} ${connection.cause.fix}`
    : '';
  switch (state) {
    case 'verified':
      return `${it} is in the SIS${since(story.ackedAt)}; it was read there and found right${on(story.verifiedAt)}.${cause}`;
    case 'acknowledged':
      return `${it} is in the SIS${since(story.ackedAt)}; the SIS has confirmed it, and it is read there once more later.${cause}`;
    case 'sending':
      return `${it} is being sent at this moment.`;
    case 'queued':
    case 'retrying': {
      if (reason?.code === 'DOMAIN_PAUSED') return `${it} waits: ${reason.message} ${reason.fix}${older}`;
      if (connection) return `${it} waits for the SIS.${broken}${older}`;
      if (state === 'queued')
        return `${it} goes to the SIS by itself${story.nextAttemptAt ? `, from${on(story.nextAttemptAt)} on` : ' soon'}.${reason ? ` ${reason.message}` : ''} Nothing has to be done.${older}`;
      const times = triesOf(story);
      return `${it} could not be sent yet${times > 1 ? ` (${times} tries)` : ''}: ${reason?.message ?? 'The SIS did not take it.'}${next('It is tried again by itself', story.nextAttemptAt, story)}${reason ? ` ${reason.fix}` : ''}${older}`;
    }
    case 'unsent': {
      const sync = story.syncs.find((s) => s.action === 'reads' || s.action === 'awaitsConfirmation');
      if (sync?.action === 'reads')
        return `${it} goes with the sync of ${sync.startedBy}, which reads the class from the SIS first.${broken}${older}`;
      if (sync)
        return `${it} goes with the sync of ${sync.startedBy}, which waits for somebody to confirm it.${older}`;
      return `${it} was not sent yet: it waits for somebody to press Sync.${cause}${older}`;
    }
    case 'needsAttention':
      return `${it} is not in the SIS as it is here${because}${older}`;
    case 'conflict':
      return `${it} is not sent over what the SIS shows${because}`;
    case 'skipped':
      return `${it} is not sent${because}${older}`;
    case 'suppressed':
      return `${it} is not sent, like all others here${because}${older}`;
  }
}

/** There is no score, so there is nothing to send and nothing that happened. */
export function neverEntered() {
  const reason = explain({ code: 'SKIP_UNGRADED' });
  return {
    answer: `Nothing is sent for this student: ${reason.message} ${reason.fix}`,
    state: 'skipped' as const,
    reason,
    fixBy: reason.fixBy,
    ...{
      here: null,
      acknowledged: null,
      seen: null,
      verifiedAt: null,
      lastSentAt: null,
      nextAttemptAt: null,
    },
    ...{ tries: 0, timeline: [] },
  };
}

function next(what: string, at: Date | null, { timeZone }: Story): string {
  return at === null ? '' : ` ${what} ${moment(at, timeZone)}.`;
}

/** Failed tries of the version that waits now. */
const triesOf = ({ attempts, version }: Story) =>
  attempts.filter((a) => a.how === 'retry' && a.version === version).reduce((n, a) => n + timesOf(a), 0);

/** As people read it at that school. */
export const moment = (at: Date, zone: string): string =>
  DateTime.fromJSDate(at, { zone }).setLocale('en').toFormat('d LLL yyyy, HH:mm');
