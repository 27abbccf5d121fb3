import { retryAfterMs } from '../../src/gradebook/retry-after.ts';

const now = new Date('2026-11-20T12:00:00Z');

test.each([
  ['7', 7_000],
  [' 120 ', 120_000],
  ['86400', 3_600_000],
  ['999999999999999999999999', 3_600_000],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
  ['Friday, 20-Nov-26 12:00:30 GMT', 30_000],
  ['Fri Nov 20 12:00:30 2026', 30_000],
  ['Sat, 21 Nov 2026 12:00:00 GMT', 3_600_000],
  ['Fri, 20 Nov 2026 11:00:00 GMT', undefined],
  ['0', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['1e9', undefined],
  ['1000000000', 3_600_000],
  ['', undefined],
  [undefined, undefined],
])('A09: Retry-After %j is a wait of %j ms', (value, ms) => {
  expect(retryAfterMs(value, now)).toBe(ms);
});
