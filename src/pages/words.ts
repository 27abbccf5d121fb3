/** The states of the API in the words of the screens. One vocabulary everywhere. */
import type { Cell, CellState, Connection, LineItem, Reason, Sync } from './answers.ts';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'plain';
export interface StateWord {
  tone: Tone;
  word: string;
}

/** What a cell's or an assignment's state is called; `sent` tells a changed score from one that was never sent. */
export function stateWord(state: CellState, sent: boolean): StateWord {
  switch (state) {
    case 'acknowledged':
    case 'verified':
      return { tone: 'good', word: 'Up to date' };
    case 'unsent':
      return { tone: 'plain', word: sent ? 'Changed' : 'Not synced' };
    case 'queued':
      return { tone: 'busy', word: 'Queued' };
    case 'sending':
      return { tone: 'busy', word: 'Sending' };
    case 'retrying':
      return { tone: 'warn', word: 'Retrying' };
    case 'needsAttention':
    case 'conflict':
      return { tone: 'bad', word: 'Needs attention' };
    case 'skipped':
      return { tone: 'plain', word: 'Skipped' };
    case 'suppressed':
      return { tone: 'plain', word: 'Not synced' };
  }
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
  if (wanted + skipped === 0) return 'No scores yet';
  const parts = wanted > 0 ? [`${sum(isUpToDate)} of ${wanted} up to date`] : [];
  const underWay = sum(isUnderWay);
  const attention = sum(needsSomeone);
  const unsent = sum((s) => s === 'unsent');
  const kept = sum((s) => s === 'suppressed');
  if (underWay) parts.push(`${underWay} under way`);
  if (attention) parts.push(`${attention} ${attention === 1 ? 'needs' : 'need'} attention`);
  if (unsent) parts.push(`${unsent} to send`);
  if (kept) parts.push(`${kept} kept here`);
  if (skipped) parts.push(`${skipped} skipped`);
  return parts.join(' · ');
}

export const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

const statusWords: Record<string, string> = {
  missing: 'Missing',
  excused: 'Excused',
  incomplete: 'Incomplete',
  submitted: 'Submitted',
  notSubmitted: 'Not submitted',
  partiallyGraded: 'Partially graded',
};

/** The score as it stands in the LMS. */
export function localScore(cell: Cell): string {
  const { score, status, late, posted } = cell.desired;
  const words = [score === null ? null : number(score), status ? (statusWords[status] ?? null) : null];
  if (late) words.push('late');
  if (!posted) words.push('held back');
  return words.filter((word) => word !== null).join(' · ') || 'No score';
}

/** The score as the SIS acknowledged it. */
export function sisScore(cell: Cell): string {
  const held = cell.acknowledged;
  if (!held) return 'Nothing yet';
  const is = (flag: unknown) => flag === true || flag === 'true';
  const words: string[] = [];
  if (typeof held['score'] === 'number') words.push(number(held['score']));
  else words.push(sisStatusWords[String(held['scoreStatus'])] ?? 'No score');
  if (is(held['missing'])) words.push('Missing');
  if (is(held['late'])) words.push('late');
  return words.join(' · ');
}
const sisStatusWords: Record<string, string> = {
  exempt: 'Exempt',
  submitted: 'Submitted',
  'not submitted': 'Not submitted',
  'partially graded': 'Partially graded',
};

const number = (n: number) => new Intl.NumberFormat('en', { maximumFractionDigits: 10 }).format(n);

/** A reason's detail for "retrying": when it is tried again. */
export function nextTry(iso: string | null): string {
  return iso ? `next try ${clock(iso)}` : 'tried again soon';
}

const day = (date: Date) => date.toLocaleDateString('en-CA');
const clock = (iso: string) =>
  new Date(iso).toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' });

/** "today 10:42 AM", "yesterday 6:00 PM", "Nov 3, 10:42 AM". */
export function when(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day(date) === day(now)) return `today ${clock(iso)}`;
  if (day(date) === day(yesterday)) return `yesterday ${clock(iso)}`;
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
  return `${date.toLocaleDateString('en-US', { month: 'short', day: 'numeric', ...year })}, ${clock(iso)}`;
}

/** A due date as the school sees it: in the class's zone. */
export function dueDate(iso: string, timeZone: string | null): string {
  return new Date(iso).toLocaleDateString('en-US', {
    month: 'short',
    day: 'numeric',
    year: 'numeric',
    ...(timeZone ? { timeZone } : {}),
  });
}

export function duration(seconds: number): string {
  if (seconds < 90) return plural(Math.round(seconds), 'second');
  if (seconds < 5400) return plural(Math.round(seconds / 60), 'minute');
  if (seconds < 129_600) return plural(Math.round(seconds / 3600), 'hour');
  return plural(Math.round(seconds / 86_400), 'day');
}

/** What a finished sync did, in one sentence. */
export function syncSentence(sync: Sync, sis: string, scoresInSis: number): string {
  if (sync.status === 'awaitingConfirmation') return 'The sync waits until somebody confirms it.';
  if (sync.status === 'cancelled') return 'The sync was cancelled.';
  const sent = (kind: 'lineItems' | 'results') => sync.byKind[kind].created + sync.byKind[kind].updated;
  const scores = sent('results');
  const assignments = sent('lineItems');
  const problems = sync.counts.failed + sync.counts.conflicts;
  const what = [
    scores > 0 || assignments === 0 ? plural(scores, 'score') : null,
    assignments > 0 ? plural(assignments, 'assignment') : null,
  ].filter((part) => part !== null);
  const attention = `${problems} ${problems === 1 ? 'needs' : 'need'} attention`;
  if (scores + assignments === 0) {
    if (problems > 0) return `Nothing new was sent; ${attention}.`;
    if (scoresInSis === 0) return 'Nothing to send yet.';
    return `Nothing new to send – ${scoresInSis === 1 ? 'the score was' : `all ${scoresInSis} scores were`} already in ${sis}.`;
  }
  return problems > 0
    ? `${what.join(' and ')} sent to ${sis}, ${attention}.`
    : `${what.join(' and ')} sent to ${sis}.`;
}

export const triggerWords = (sync: Sync) =>
  sync.trigger === 'automatic'
    ? 'automatically'
    : sync.trigger === 'schedule'
      ? 'by schedule'
      : `by ${sync.startedBy}`;

/** Who can put it right, as a lead-in for the fix. */
export function whoFixes(reason: Reason, sis: string): string {
  switch (reason.fixBy) {
    case 'teacher':
      return 'You can fix this:';
    case 'admin':
      // many fixes of this kind say so themselves
      return reason.fix.startsWith('Ask ') ? '' : 'Your administrator can fix this:';
    case 'sis':
      return `To be fixed in ${sis}:`;
    case 'vendor':
      return 'For the operator of grade sync:';
    case 'nobody':
      return '';
  }
}

export const connectionWords: Record<Connection['state'], StateWord> = {
  working: { tone: 'good', word: 'Working' },
  untried: { tone: 'plain', word: 'Not used yet' },
  broken: { tone: 'bad', word: 'Not working' },
  waiting: { tone: 'warn', word: 'Waiting for the SIS' },
  paused: { tone: 'warn', word: 'Paused' },
  off: { tone: 'plain', word: 'Switched off' },
  excluded: { tone: 'plain', word: 'Excluded' },
  none: { tone: 'plain', word: 'Not set up' },
};

/** Refusals of a sync in the words of a teacher; others speak for themselves. */
export const refusalWords: Record<string, string> = {
  PASSBACK_OFF: 'Your district has not switched on grade sync. Your grades are kept here.',
  DOMAIN_EXCLUDED: 'Your school is excluded from grade sync. Your grades are kept here.',
  NO_CONNECTION: 'No SIS is set up for this class yet. Ask your administrator; your grades are kept here.',
};
