/** The states of the API in the words of the screens. One vocabulary everywhere; its words are in messages/common.ts. */
import type { Cell, CellState, Connection, LineItem, Reason, Sync } from './answers.ts';
import { count, locale } from './language.ts';
import { commonWords, wordOf } from './messages/common.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'plain';
export interface StateWord {
  tone: Tone;
  word: string;
}

const tones: Record<CellState, Tone> = {
  acknowledged: 'good',
  verified: 'good',
  unsent: 'plain',
  queued: 'busy',
  sending: 'busy',
  retrying: 'warn',
  needsAttention: 'bad',
  conflict: 'bad',
  skipped: 'plain',
  suppressed: 'plain',
};

/** What a cell's or an assignment's state is called; `sent` tells a changed score from one that was never sent. */
export function stateWord(state: CellState, sent: boolean): StateWord {
  const { states } = commonWords();
  const word = state === 'unsent' && sent ? states.changed : states[wordOf[state]];
  return { tone: tones[state], word };
}

/** Which of three: it waits here, the SIS has said that it stored it, or it was seen there. Nothing: by choice it goes nowhere. */
export function standing(state: CellState, sis: string): string | null {
  const words = commonWords().standing;
  if (state === 'verified') return words.confirmed(sis);
  if (state === 'acknowledged') return words.stored(sis);
  return state === 'skipped' ? null : words.here;
}

export const isUpToDate = (state: CellState) => state === 'acknowledged' || state === 'verified';
/** Not sent because somebody decided so: switched off, unpublished, excluded … */
export const isByChoice = (state: CellState) => state === 'skipped' || state === 'suppressed';
export const needsSomeone = (state: CellState) => state === 'needsAttention' || state === 'conflict';
const isUnderWay = (state: CellState) => state === 'queued' || state === 'sending' || state === 'retrying';

/** "28 of 30 up to date", and what the rest is. Skipped ones are not waited for, so they do not count as missing. */
export function countWords(cells: LineItem['cells']): string {
  const sum = (test: (state: CellState) => boolean) =>
    Object.entries(cells).reduce((all, [state, n]) => all + (test(state as CellState) ? n : 0), 0);
  const skipped = sum((s) => s === 'skipped');
  const wanted = sum((s) => s !== 'skipped');
  const words = commonWords().counts;
  if (wanted + skipped === 0) return words.none;
  const parts = wanted > 0 ? [words.upToDate(sum(isUpToDate), wanted)] : [];
  const also = (n: number, say: (n: number) => string) => n > 0 && parts.push(say(n));
  also(sum(isUnderWay), words.underWay);
  also(sum(needsSomeone), words.attention);
  also(
    sum((s) => s === 'unsent'),
    words.unsent,
  );
  also(
    sum((s) => s === 'suppressed'),
    words.kept,
  );
  also(skipped, words.skipped);
  return parts.join(' · ');
}

/** English plurals, for screens that speak nothing else yet. */
export const plural = (n: number, one: string, many = `${one}s`) => count(n, one, many);

/** The score as it stands in the LMS. */
export function localScore(cell: Pick<Cell, 'desired'>): string {
  const { score, status, late, posted } = cell.desired;
  const say = commonWords();
  const words = [score === null ? null : number(score), status ? (say.statuses[status] ?? null) : null];
  if (late) words.push(say.late);
  if (!posted) words.push(say.heldBack);
  return words.filter((word) => word !== null).join(' · ') || say.noScore;
}

/** A score as the SIS holds it, or would be sent it: a OneRoster result. */
export function sisScore(held: Record<string, unknown> | null): string {
  const say = commonWords();
  if (!held) return say.nothingYet;
  const is = (flag: unknown) => flag === true || flag === 'true';
  const words: string[] = [];
  if (typeof held['score'] === 'number') words.push(number(held['score']));
  else words.push(say.sisStatuses[String(held['scoreStatus'])] ?? say.noScore);
  if (is(held['missing'])) words.push(say.missing);
  if (is(held['late'])) words.push(say.late);
  return words.join(' · ');
}

export const number = (n: number) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 10 }).format(n);

/** A reason's detail for "retrying": when it is tried again. */
export function nextTry(iso: string | null): string {
  return iso ? commonWords().nextTry(clock(iso)) : commonWords().triedSoon;
}

const day = (date: Date) => date.toLocaleDateString('en-CA');
const clock = (iso: string) =>
  new Date(iso).toLocaleTimeString(locale(), { hour: 'numeric', minute: '2-digit' });

/** "today 10:42 AM", "yesterday 6:00 PM", "Nov 3, 10:42 AM". */
export function when(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const words = commonWords();
  const near = (days: number) => {
    const other = new Date(now);
    other.setDate(now.getDate() + days);
    return day(date) === day(other);
  };
  if (near(0)) return words.today(clock(iso));
  if (near(-1)) return words.yesterday(clock(iso));
  if (near(1)) return words.tomorrow(clock(iso));
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
  return words.onDay(
    date.toLocaleDateString(locale(), { month: 'short', day: 'numeric', ...year }),
    clock(iso),
  );
}

/** A due date as the school sees it: in the class's zone. */
export function dueDate(iso: string, timeZone: string | null): string {
  return new Date(iso).toLocaleDateString(locale(), {
    month: 'short',
    day: 'numeric',
    year: 'numeric',
    ...(timeZone ? { timeZone } : {}),
  });
}

export function duration(seconds: number): string {
  const words = commonWords().duration;
  if (seconds < 90) return words.seconds(Math.round(seconds));
  if (seconds < 5400) return words.minutes(Math.round(seconds / 60));
  if (seconds < 129_600) return words.hours(Math.round(seconds / 3600));
  return words.days(Math.round(seconds / 86_400));
}

/** What a finished sync did, in one sentence. `scoresInSis`: of one for the whole class, how many are there now. */
export function syncSentence(sync: Sync, sis: string, scoresInSis: number | null): string {
  const words = commonWords();
  if (sync.status === 'awaitingConfirmation') return words.sync.waits;
  const { created, updated, deleted, unchanged, failed, conflicts } = sync.counts;
  if (sync.status === 'cancelled')
    return created + updated + deleted === 0
      ? words.sync.cancelled
      : words.sync.thenCancelled(syncSentence({ ...sync, status: 'complete' }, sis, scoresInSis));
  const sent = (kind: 'lineItems' | 'results') => sync.byKind[kind].created + sync.byKind[kind].updated;
  const scores = sent('results');
  const assignments = sent('lineItems');
  const problems = failed + conflicts;
  const attention = problems > 0 ? [words.counts.attention(problems)] : [];
  if (scores + assignments === 0) {
    if (deleted > 0) return words.sync.removed(deleted, sis, attention);
    if (problems > 0) return words.sync.nothingBut(words.counts.attention(problems));
    if (scoresInSis === null) return unchanged > 0 ? words.sync.alreadyThere(sis) : words.sync.nothing;
    return scoresInSis === 0 ? words.sync.nothing : words.sync.already(scoresInSis, sis);
  }
  const what = [
    scores > 0 ? words.scores(scores) : null,
    assignments > 0 ? words.assignments(assignments) : null,
  ]
    .filter((part) => part !== null)
    .join(words.sync.and);
  const removed = deleted > 0 ? [words.sync.removedToo(deleted)] : [];
  return words.sync.sent(what, sis, [...removed, ...attention]);
}

export function triggerWords(sync: Pick<Sync, 'trigger' | 'startedBy'>): string {
  const words = commonWords().trigger;
  return sync.trigger === 'automatic' || sync.trigger === 'schedule'
    ? words[sync.trigger]
    : words.by(sync.startedBy);
}

/** Who can put it right, as a lead-in for the fix. */
export function whoFixes(reason: Reason, sis: string): string {
  // many fixes of this kind say so themselves
  if (reason.fixBy === 'admin' && reason.fix.startsWith('Ask ')) return '';
  return commonWords().fixBy[reason.fixBy](sis);
}

const connectionTones: Record<Connection['state'], Tone> = {
  working: 'good',
  untried: 'plain',
  broken: 'bad',
  waiting: 'warn',
  paused: 'warn',
  off: 'plain',
  excluded: 'plain',
  none: 'plain',
};
export const connectionWord = (state: Connection['state']): StateWord => ({
  tone: connectionTones[state],
  word: commonWords().connection[state],
});

/** Refusals of a sync in the words of a teacher; others speak for themselves. */
export const refusalWord = (code: string): string | undefined => commonWords().refusals[code];
