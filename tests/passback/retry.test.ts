import fc from 'fast-check';
import { nextAttemptAt, nextProbeAt, retryDelayMs } from '../../src/passback/retry.ts';

const now = new Date('2026-11-20T12:00:00Z');
const almostOne = 1 - Number.EPSILON;

test('waits grow with full jitter: about a second first, an hour at most', () => {
  expect([1, 2, 3, 11, 12, 5000].map((n) => Math.round(retryDelayMs(n, almostOne)))).toEqual([
    2_000, 4_000, 8_000, 2_048_000, 3_600_000, 3_600_000,
  ]);
  expect(retryDelayMs(5, 0)).toBe(0);
  expect(retryDelayMs(1, 0.5)).toBe(1_000);
});

test('what the SIS asked for is never undercut, and believed up to an hour', () => {
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.double({ min: 0, max: almostOne, noNaN: true }),
      fc.integer(),
      (n, chance, after) => {
        const wait = retryDelayMs(n, chance, after);
        expect(wait).toBeGreaterThanOrEqual(Math.min(Math.max(0, after), 3_600_000));
        expect(wait).toBeLessThanOrEqual(3_600_000);
      },
    ),
  );
});

test('an attempt is an instant after now', () => {
  expect(nextAttemptAt(now, 1, 0.5, 30_000)).toEqual(new Date('2026-11-20T12:00:30Z'));
});

test('a broken connection is probed after 5 s, growing to 5 min', () => {
  const seconds = (failed: number) => (nextProbeAt(now, failed).getTime() - now.getTime()) / 1000;
  expect([0, 1, 2, 3, 4, 5, 6, 7, 2000].map(seconds)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  expect(nextProbeAt(now, 0, 60_000)).toEqual(new Date('2026-11-20T12:01:00Z'));
});
