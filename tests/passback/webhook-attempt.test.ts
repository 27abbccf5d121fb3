import fc from 'fast-check';
import {
  FAILING_TOO_LONG_MS,
  MOST_ATTEMPTS,
  verdict,
  type Posted,
} from '../../src/passback/webhook-attempt.ts';

const now = new Date('2026-03-02T10:00:00Z');
const at = (attempts: number, more: { failingSince?: Date; chance?: number } = {}) => ({
  attempts,
  failingSince: now,
  now,
  chance: 0.5,
  ...more,
});
const answer = (status: number, retryAfter?: string): Posted => ({ kind: 'response', status, retryAfter });
const silence: Posted = { kind: 'silence', reason: 'timeout' };

test('any 2xx is taken, whatever was before', () => {
  for (const status of [200, 202, 204, 299])
    expect(verdict(answer(status), at(7, { failingSince: new Date(0) }))).toEqual({
      state: 'delivered',
      waitMs: null,
      disable: null,
    });
});

test('410 switches the address off at the first try', () => {
  expect(verdict(answer(410), at(1))).toEqual({ state: 'failed', waitMs: null, disable: 'gone' });
});

test('everything else is tried again for about three days, and then given up', () => {
  let waited = 0;
  for (let attempts = 1; attempts < MOST_ATTEMPTS; attempts++) {
    const { state, waitMs } = verdict(
      [silence, answer(302), answer(404), answer(500)][attempts % 4]!,
      at(attempts),
    );
    expect(state).toBe('pending');
    waited += waitMs ?? 0;
  }
  expect(waited / 3_600_000).toBeGreaterThan(72);
  expect(waited / 3_600_000).toBeLessThan(84);
  expect(verdict(silence, at(MOST_ATTEMPTS))).toEqual({ state: 'failed', waitMs: null, disable: null });
});

test('waits differ by a fifth at most, and never undercut what the receiver asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: MOST_ATTEMPTS - 1 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 3_600 }),
      (attempts, chance, seconds) => {
        const middle = verdict(silence, at(attempts)).waitMs!;
        const wait = verdict(silence, at(attempts, { chance })).waitMs!;
        expect(Math.abs(wait - middle)).toBeLessThanOrEqual(middle * 0.2 + 1);
        const asked = verdict(answer(503, String(seconds)), at(attempts, { chance })).waitMs!;
        expect(asked).toBe(Math.max(wait, seconds * 1_000));
      },
    ),
  );
});

test('an address that has failed for five days is switched off, one that has just begun is not', () => {
  const since = (ms: number) => at(3, { failingSince: new Date(now.getTime() - ms) });
  expect(verdict(silence, since(FAILING_TOO_LONG_MS)).disable).toBe('failing');
  expect(verdict(silence, since(FAILING_TOO_LONG_MS - 1)).disable).toBeNull();
});
