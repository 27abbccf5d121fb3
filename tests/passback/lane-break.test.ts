import type { Outcome } from '../../src/gradebook/outcome.ts';
import { laneBreak, type Bad, type LaneStop } from '../../src/passback/lane-break.ts';

const start = Date.UTC(2026, 10, 20);
const clock = { now: () => new Date(start), random: () => 0.5 };
const retry = (code: Bad['code'], more: Partial<Extract<Outcome, { kind: 'retry' }>> = {}): Bad => ({
  kind: 'retry',
  code,
  ambiguous: false,
  said: {},
  ...more,
});
const broken = (code: Bad['code']): Bad => ({ kind: 'broken', code, said: { status: 401 } });
const seconds = (stop: LaneStop | string) =>
  typeof stop === 'string' ? stop : (stop.until.getTime() - start) / 1000;

test.each(['AUTH_TOKEN_REFUSED', 'CONN_REDIRECT', 'CONN_NOT_ONEROSTER', 'CONN_TLS', 'CONN_REFUSED'] as const)(
  '%s stops the lane at once and says why',
  (code) => {
    expect(laneBreak(clock, 0).after(broken(code))).toEqual({
      reason: { code, params: { status: 401 } },
      broken: true,
      until: new Date(start + 5_000),
    });
  },
);

test('a broken connection is asked less and less often: 5 s, growing to 5 min', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 9].map((probes) =>
    seconds(laneBreak(clock, probes).after(broken('CONN_REFUSED'))),
  );
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
});

test('an SIS that asks for a rest gets it, as long as it said and longer if it repeats itself', () => {
  const after = (probes: number, retryAfterMs: number) =>
    seconds(laneBreak(clock, probes).after(retry('SIS_RATE_LIMIT', { retryAfterMs })));
  expect([after(0, 7_000), after(0, 0), after(0, 1e12), after(4, 7_000)]).toEqual([7, 1, 3600, 16]);
  expect(seconds(laneBreak(clock, 0).after(retry('SIS_RATE_LIMIT')))).toBe(5);
  // 503 with Retry-After is about the SIS, not about this row
  expect(seconds(laneBreak(clock, 0).after(retry('SIS_INTERNAL', { retryAfterMs: 30_000 })))).toBe(30);
});

test('other trouble is the row’s where the connection works, which is asked first and after five in a row', () => {
  const breaks = laneBreak(clock, 0);
  const fail = () => seconds(breaks.after(retry('CONN_TIMEOUT', { ambiguous: true })));
  expect(fail()).toBe('doubt');
  breaks.success();
  expect([fail(), fail(), fail(), fail(), fail()]).toEqual(['row', 'row', 'row', 'row', 'doubt']);
  // the probe answered: these rows fail by themselves, however many they are
  breaks.cleared();
  expect([fail(), fail(), fail(), fail()]).toEqual(['row', 'row', 'row', 'row']);
  breaks.success();
  expect(fail()).toBe('row');
});

test('a write that is taken begins the waits anew, a probe that answers does not', () => {
  const breaks = laneBreak(clock, 4);
  breaks.cleared();
  expect(seconds(breaks.afterProbe(broken('CONN_URL')))).toBe(80);
  breaks.success();
  expect(seconds(breaks.afterProbe(broken('CONN_URL')))).toBe(5);
});

test('a row comes back after a jittered wait that grows, never before the SIS said', () => {
  const breaks = laneBreak(clock, 0);
  const wait = (attempts: number, retryAfterMs?: number) =>
    breaks
      .rowAgainAt(attempts, retry('SIS_INTERNAL', retryAfterMs === undefined ? {} : { retryAfterMs }))
      .getTime() - start;
  expect([wait(0), wait(1), wait(4), wait(20)]).toEqual([1_000, 2_000, 16_000, 1_800_000]);
  expect(wait(0, 60_000)).toBe(60_000);
});
