/**
 * The last tries of one row, kept beside it so that anybody can be told what happened to a score. Codes and times
 * alone: the SIS's own words may name a student, and what was sent is nobody's business here. An outage makes hundreds
 * of equal tries: they are one entry that counts.
 */
import type { ErrorCode } from '../gradebook/dictionary.ts';
import type { Settlement } from './ports/lanes.ts';

/** Older ones are forgotten. */
export const MOST_ATTEMPTS = 12;

/** As it is kept, a million times: milliseconds for instants, and nothing that says what is so anyway. */
export interface Attempt {
  /** when, of several the last one */
  at: number;
  version: number;
  how: 'created' | 'updated' | 'refused' | 'retry';
  /** how often it was so, and since when; left out: once */
  times?: number;
  first?: number;
  code?: ErrorCode;
  /** HTTP */
  status?: number;
  /** the SIS may have stored it */
  ambiguous?: true;
}

/** The log after one more answer of the SIS; what was not sent is no attempt. */
export function attemptsAfter(log: readonly Attempt[], s: Settlement, at: Date): readonly Attempt[] {
  const attempt = attemptOf(s, at.getTime());
  if (attempt === null) return log;
  const before = log.at(-1);
  if (before && sameAnswer(before, attempt))
    return [
      ...log.slice(0, -1),
      { ...attempt, times: timesOf(before) + 1, first: before.first ?? before.at },
    ];
  return [...log, attempt].slice(-MOST_ATTEMPTS);
}

export const timesOf = (attempt: Attempt): number => attempt.times ?? 1;

function attemptOf(s: Settlement, at: number): Attempt | null {
  const tried = { at, version: s.version };
  switch (s.how) {
    case 'acknowledged':
      return { ...tried, how: s.created ? 'created' : 'updated' };
    case 'refused':
    case 'retry': {
      const { code, params } = s.reason;
      const status = typeof params?.['status'] === 'number' ? { status: params['status'] } : {};
      const ambiguous = s.how === 'retry' && s.ambiguous ? { ambiguous: true as const } : {};
      return { ...tried, how: s.how, code, ...status, ...ambiguous };
    }
    case 'unchanged':
    case 'skipped':
    case 'blocked':
    case 'conflict':
    case 'waits':
    case 'untried':
      return null;
  }
}

/** Two acknowledgements are two writes, and each counts. */
const sameAnswer = (a: Attempt, b: Attempt) =>
  b.code !== undefined &&
  a.how === b.how &&
  a.code === b.code &&
  a.version === b.version &&
  a.status === b.status &&
  a.ambiguous === b.ambiguous;
