/** What the button shows: one of a few faces, decided from what is known. */
import type { CellState, Standing, Sync } from '../answers.ts';
import { locale } from '../language.ts';
import { embedWords } from '../messages/embed.ts';

export interface Known {
  /** a press has not been answered yet */
  pressing: boolean;
  standing: Standing | null;
  run: {
    running: boolean;
    reading: boolean;
    lost: boolean;
    progress: { done: number; total: number };
    sync: Sync | null;
  };
  /** a sync ended a moment ago: what it did */
  result: Sync | null;
  /** code of what went wrong last */
  trouble: string | null;
}
export interface Face {
  name: 'loading' | 'ready' | 'syncing' | 'done' | 'problems' | 'off' | 'notLinked' | 'offline' | 'refused';
  label: string;
  badge?: string;
  below: string;
  /** what needs somebody; pressing it opens the page */
  more?: string;
  /** pressing does nothing but say why */
  disabled: boolean;
}

export function faceOf({ pressing, standing, run, result, trouble }: Known): Face {
  const words = embedWords();
  const label = words.sync;
  if (run.running) {
    const { done, total } = run.progress;
    const waits = run.sync?.waitingFor;
    return {
      name: 'syncing',
      label: run.reading ? words.reading : words.syncing(done, total),
      below: waits ? (heldUp[waits.code]?.say() ?? words.waits) : run.lost ? words.lost : words.canLeave,
      disabled: false,
    };
  }
  if (pressing) return { name: 'syncing', label: words.starting, below: '', disabled: false };
  if (trouble !== null) return { ...troubled(trouble), label };
  if (!standing) return { name: 'loading', label, below: words.loading, disabled: true };
  const { reason, sync, attention } = standing;
  const held = reason ? heldUp[reason.code] : undefined;
  if (held && held.name !== 'ready') return { ...held, label, below: held.say(), disabled: true };
  if (sync?.status === 'awaitingConfirmation')
    return { name: 'problems', label, below: '', more: words.confirm, disabled: false };
  const more = attention > 0 ? { more: words.attention(attention) } : {};
  const badge = standing.changes > 0 ? { badge: words.changes(standing.changes) } : {};
  const name = attention > 0 ? 'problems' : 'ready';
  if (result?.status === 'complete' && attention === 0)
    return { name: 'done', label, below: doneWords(result), disabled: false, ...badge };
  return {
    name,
    label,
    below: held?.say() ?? (result ? doneWords(result) : restWords(standing)),
    disabled: false,
    ...more,
    ...badge,
  };
}

/** Said once for the class; nothing that a press could change, but for a pause, which keeps what is pressed. */
const heldUp: Partial<Record<string, { name: 'off' | 'notLinked' | 'ready'; say: () => string }>> = {
  PASSBACK_OFF: { name: 'off', say: () => embedWords().off },
  DOMAIN_EXCLUDED: { name: 'off', say: () => embedWords().excluded },
  NO_CONNECTION: { name: 'off', say: () => embedWords().noSis },
  MAP_CLASS: { name: 'notLinked', say: () => embedWords().notLinked },
  DOMAIN_PAUSED: { name: 'ready', say: () => embedWords().paused },
};

/** What to tell a person about a failure. */
export function troubled(code: string): Pick<Face, 'name' | 'below' | 'disabled'> {
  const words = embedWords();
  switch (code) {
    case 'UNREACHABLE':
    case 'UNAVAILABLE':
      return { name: 'offline', below: words.offline, disabled: false };
    case 'NOT_FOUND':
      return { name: 'notLinked', below: words.unknown, disabled: false };
    case 'ORIGIN_NOT_ALLOWED':
      return { name: 'refused', below: words.notHere, disabled: true };
    case 'NO_TOKEN':
    case 'UNAUTHENTICATED':
      return { name: 'refused', below: words.signedOut, disabled: false };
    case 'POPUP_BLOCKED':
      return { name: 'refused', below: words.blocked, disabled: false };
    case 'TOO_MANY_REQUESTS':
      return { name: 'refused', below: words.busy, disabled: false };
    default:
      return { name: 'refused', below: words.failed(code), disabled: false };
  }
}

export const sentBy = ({ counts }: Sync): number => counts.created + counts.updated + counts.deleted;

/** What did not get there is said also where nothing of it is left to do for anybody. */
export function doneWords(sync: Sync): string {
  const words = embedWords();
  const sent = sentBy(sync);
  if (sync.status === 'cancelled') return sent > 0 ? words.cancelledAfter(sent) : words.cancelled;
  const notSent = sync.counts.failed + sync.counts.conflicts;
  if (notSent === 0) return words.done(sent);
  return sent === 0 ? words.notSent(notSent) : `${words.done(sent)}, ${words.notSent(notSent)}`;
}

/** It will stand otherwise soon, without a press here: it is worth another look. */
export const isMoving = ({ sync, lineItems, results }: Standing): boolean =>
  sync !== null || onTheWay(lineItems) + onTheWay(results) > 0;
const onTheWay = (counts: Standing['results']): number =>
  (counts.queued ?? 0) + (counts.sending ?? 0) + (counts.retrying ?? 0);

/** When it was synced last; and where nothing is left to do, which of two: the SIS said so, or it was seen there. */
function restWords(standing: Standing): string {
  const words = embedWords();
  const { lineItems, results, changes, attention } = standing;
  const sum = (...states: CellState[]) =>
    states.reduce((all, state) => all + (lineItems[state] ?? 0) + (results[state] ?? 0), 0);
  const going = onTheWay(lineItems) + onTheWay(results);
  if (going > 0) return words.onTheWay(going);
  const last = lastWords(standing);
  if (changes + attention > 0 || sum('acknowledged', 'verified') === 0) return last ?? words.never;
  const held = sum('acknowledged') > 0 ? words.stored : words.confirmed;
  return last === null ? held : `${held} · ${last}`;
}

/** A class is synced also when nothing was to be sent; of a part, or after a failure, only what was sent tells. */
function lastWords({ lastSync, lastSentAt }: Standing): string | null {
  const words = embedWords();
  const last =
    lastSync && lastSync.status !== 'failed' ? (lastSync.finishedAt ?? lastSync.startedAt) : lastSentAt;
  if (last === null) return null;
  const at = new Date(last);
  const clock = at.toLocaleTimeString(locale(), { hour: 'numeric', minute: '2-digit' });
  if (at.toDateString() === new Date().toDateString()) return words.last(words.today(clock));
  return words.last(`${at.toLocaleDateString(locale(), { month: 'short', day: 'numeric' })}, ${clock}`);
}
