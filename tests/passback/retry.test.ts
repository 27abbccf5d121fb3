import fc from 'fast-check';
import { givesUp, nextAttemptAt, probeDelayMs, restMs, retryDelayMs } from '../../src/passback/retry.ts';

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

test('a broken connection is probed after 5 s, growing to 5 min, give or take a quarter on the way', () => {
  const seconds = (chance: number) =>
    [0, 1, 2, 3, 4, 5, 6, 7, 2000].map((stops) => probeDelayMs(stops, chance) / 1000);
  expect(seconds(0.5)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  expect(seconds(0)).toEqual([3.75, 7.5, 15, 30, 60, 120, 300, 300, 300]);
  expect(probeDelayMs(0, 0.5, { retryAfterMs: 60_000 })).toBe(60_000);
  expect(probeDelayMs(2, 0.5, { firstMs: 100 })).toBe(400);
});

test('A11: with refused credentials it knocks no more than twice in five minutes', () => {
  const at = [0];
  for (let stops = 0; stops < 50; stops++)
    at.push(at[stops]! + probeDelayMs(stops, 0, { refusedCredentials: true }));
  for (const from of at)
    expect(at.filter((one) => one >= from && one < from + 300_000).length).toBeLessThanOrEqual(
      2 + Number(from === 0),
    );
  expect(at.filter((one) => one >= 300_000 && one < 3_900_000).length).toBeLessThanOrEqual(12);
});

test('A09: an SIS that asks for a rest is never asked sooner, and believed up to an hour', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.double({ min: 0, max: almostOne, noNaN: true }),
      fc.nat(1e9),
      (n, chance, asked) => {
        const rest = restMs(n, chance, asked);
        expect(rest).toBeGreaterThanOrEqual(Math.min(asked, 3_600_000));
        expect(rest).toBeLessThanOrEqual(3_600_000);
      },
    ),
  );
  // lanes that were told the same come back one after the other
  expect([restMs(0, 0, 120_000), restMs(0, 0.5, 120_000)]).toEqual([120_000, 126_000]);
});

describe('a row is given up', () => {
  const hour = 3_600_000;
  const after = (hours: number, tries: number) => givesUp(tries, now, new Date(now.getTime() + hours * hour));

  test('after 72 hours of tries, not before', () => {
    expect([after(71.9, 1_000), after(72, 144), after(500, 143)]).toEqual([false, true, false]);
  });

  test('only when there were as many tries as need about three days: an outage in between uses up nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: almostOne, noNaN: true }), { minLength: 200, maxLength: 200 }),
        (chances) => {
          // chance itself may be unlucky once in a while; on the average of a few tries it is not
          const fair = chances.map((chance, i) =>
            i % 2 === 0 ? chance : 1 - chances[i - 1]! - Number.EPSILON,
          );
          let at = 0;
          for (let tries = 1; tries <= 200; tries++) {
            at += retryDelayMs(tries, Math.max(0, fair[tries - 1]!));
            if (after(at / hour + 120, tries + 1)) break;
          }
          expect(at / hour).toBeGreaterThan(60);
          expect(at / hour).toBeLessThan(80);
        },
      ),
      { numRuns: 30 },
    );
  });
});
