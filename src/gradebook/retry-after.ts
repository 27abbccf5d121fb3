import { DateTime } from 'luxon';

const LONGEST_MS = 3_600_000;

/**
 * Retry-After (RFC 9110 §10.2.3: seconds or an HTTP date) as milliseconds from `now`, at most an hour.
 * Anything else is ignored; `Date.parse` would take "-5" for a day in 2001.
 */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : DateTime.fromHTTP(text).toMillis() - now.getTime();
  return ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}
