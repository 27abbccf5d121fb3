import fc from 'fast-check';
import type { Outcome } from '../../src/gradebook/outcome.ts';
import { Breaker, type Bad, type BreakerParts, type LaneStop } from '../../src/passback/breaker.ts';

const start = Date.UTC(2026, 10, 20);
const retry = (code: Bad['code'], more: Partial<Extract<Outcome, { kind: 'retry' }>> = {}): Bad => ({
  kind: 'retry',
  code,
  ambiguous: false,
  said: { status: 500 },
  ...more,
});
const broken = (code: Bad['code'], status: number | null = 401): Bad => ({
  kind: 'broken',
  code,
  said: status === null ? {} : { status },
});

/** A breaker on a clock of its own, and a way to begin the next run with what it saved. */
function breaker(saved: unknown = {}, more: Partial<BreakerParts> = {}) {
  const time = { now: start };
  const parts = { now: () => new Date(time.now), random: () => 0.5, limit: 8, stops: 0, ...more };
  return {
    time,
    b: new Breaker(saved, parts),
    again: (of: Breaker, stops = 0) => new Breaker(of.saved(), { ...parts, stops }),
  };
}
const seconds = (stop: LaneStop | string, now = start) =>
  typeof stop === 'string' ? stop : (stop.until.getTime() - now) / 1000;
const fail = (b: Breaker, who = 'r1') => seconds(b.after(retry('CONN_TIMEOUT', { ambiguous: true }), who));

describe('what stops the lane', () => {
  test.each([
    'AUTH_TOKEN_REFUSED',
    'CONN_REDIRECT',
    'CONN_NOT_ONEROSTER',
    'CONN_TLS',
    'CONN_REFUSED',
    'AUTH_LICENSE',
  ] as const)('%s at once, and it says why', (code) => {
    expect(breaker().b.after(broken(code), 'r1')).toEqual({
      reason: { code, params: { status: 401 } },
      broken: true,
      until: new Date(start + 5_000),
    });
  });

  test('a broken connection is asked less and less often: 5 s, growing to 5 min', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 9].map((stops) =>
      seconds(breaker({}, { stops }).b.after(broken('CONN_REFUSED', null), 'r1')),
    );
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  test('A09: an SIS that asks for a rest gets it, as long as it said and longer if it repeats itself', () => {
    const after = (stops: number, retryAfterMs: number) =>
      seconds(
        breaker({}, { stops, random: () => 0 }).b.after(retry('SIS_RATE_LIMIT', { retryAfterMs }), 'r1'),
      );
    expect([after(0, 7_000), after(0, 0), after(0, 1e12), after(4, 7_000)]).toEqual([7, 1, 3600, 16]);
    expect(seconds(breaker().b.after(retry('SIS_RATE_LIMIT'), 'r1'))).toBe(5);
    // 503 with Retry-After is about the SIS, not about this row
    expect(after(0, 30_000)).toBe(30);
  });

  test('failures of rows only if a probe fails too: at first, after five in a row, at seven of ten', () => {
    const { b } = breaker();
    expect(fail(b)).toBe('doubt');
    b.taken('r2');
    expect([1, 2, 3, 4, 5].map(() => fail(b))).toEqual(['row', 'row', 'row', 'row', 'doubt']);
    // the probe answered: these rows fail by themselves, however many they are
    b.answered();
    expect([1, 2, 3].map(() => fail(b))).toEqual(['row', 'row', 'row']);
    const mixed = breaker().b;
    const heard: (string | number)[] = [];
    for (let i = 0; i < 10; i++) {
      if (i % 4 === 0) mixed.taken('good');
      else heard.push(fail(mixed, `r${i}`));
    }
    expect(heard.indexOf('doubt')).toBe(-1 + heard.length);
    expect(heard.slice(0, -1).every((one) => one === 'row')).toBe(true);
  });

  test('a write that is taken begins the waits anew, a probe that answers does not', () => {
    const { b } = breaker({}, { stops: 4 });
    b.answered();
    expect(seconds(b.afterProbe(broken('CONN_URL', 404)))).toBe(80);
    b.taken('r1');
    expect(seconds(b.afterProbe(broken('CONN_URL', 404)))).toBe(5);
  });

  test('twenty rows in vain: an SIS that reads and does not write is not asked with all the others', () => {
    const { b, again } = breaker();
    const heard = Array.from({ length: 20 }, (_, i) => {
      const verdict = fail(b, `r${i}`);
      if (verdict === 'doubt') b.answered();
      return verdict;
    });
    expect(heard[19]).toBe(5);
    const next = again(b, 1);
    expect(next.halfOpen()).toBe('row');
    expect(seconds(next.after(retry('SIS_INTERNAL', { ambiguous: true }), 'r1'))).toBe(10);
    const later = again(next, 2);
    later.halfOpen();
    later.taken('r7');
    expect([later.tryingRow, again(later).halfOpen()]).toEqual([false, 'probe']);
  });

  test('the same few rows failing again and again do not', () => {
    const { b } = breaker();
    for (let i = 0; i < 200; i++) {
      const verdict = fail(b, `r${i % 12}`);
      expect(['row', 'doubt']).toContain(verdict);
      if (verdict === 'doubt') b.answered();
    }
  });
});

describe('A16: suspicion stays with the row', () => {
  const html = broken('CONN_NOT_ONEROSTER', 200);

  test('it stops the lane once; when others were taken since, it waits alone', () => {
    const { b, again } = breaker();
    b.taken('r2');
    expect(seconds(b.after(html, 'sick'))).toBe(5);
    const next = again(b, 1);
    next.answered();
    next.taken('r3');
    expect(next.after(html, 'sick')).toBe('row');
    const later = again(next);
    expect(later.after(html, 'sick')).toBe('row');
    // another row's is the connection's until the opposite is known
    expect(seconds(later.after(html, 'r4'))).toBe(5);
  });

  test('as long as nothing is taken it is the connection', () => {
    const { b: first, again } = breaker();
    let b = first;
    for (let stops = 0; stops < 6; stops++) {
      const verdict = b.after(html, stops % 2 ? 'a' : 'b');
      expect(typeof verdict).toBe('object');
      b = again(b, stops + 1);
      b.answered();
    }
  });

  test('where no others wait, it is the row after three stops, if others were taken right before', () => {
    for (const others of [true, false]) {
      const { b: first, again } = breaker();
      let b = first;
      if (others) b.taken('r2');
      const heard: string[] = [];
      for (let stops = 1; stops <= 5; stops++) {
        const verdict = b.after(html, 'sick');
        heard.push(typeof verdict === 'string' ? verdict : 'stop');
        b = again(b, stops);
        b.answered();
      }
      expect(heard).toEqual(['stop', 'stop', 'stop', ...(others ? ['row', 'row'] : ['stop', 'stop'])]);
    }
  });

  test('a row that is taken is above suspicion', () => {
    const { b } = breaker();
    b.after(html, 'sick');
    b.taken('other');
    b.taken('sick');
    expect(seconds(b.after(html, 'sick'))).toBe(5);
  });

  test.each([
    broken('CONN_REFUSED', null),
    broken('AUTH_INVALID_CLIENT', null),
    retry('SIS_RATE_LIMIT', { retryAfterMs: 5_000 }),
  ])('$code is never a row’s own', (outcome) => {
    const { b } = breaker({ alone: ['sick'] });
    expect(typeof b.after(outcome, 'sick')).toBe('object');
  });
});

describe('an SIS that offers no reading', () => {
  const notHere = broken('CONN_URL', 404);

  test('after three probes that prove nothing one row is tried, and goes on being', () => {
    const { b: first, again } = breaker();
    let b = first;
    for (let probes = 0; probes < 3; probes++) {
      expect(b.halfOpen()).toBe('probe');
      b.afterProbe(notHere);
      b = again(b, probes + 1);
    }
    expect([b.halfOpen(), b.tryingRow, b.slots]).toEqual(['row', true, 1]);
    const stop = b.refusedToo({ reason: { code: 'CONN_URL' }, broken: true });
    expect([stop.reason.code, seconds(stop)]).toEqual(['CONN_URL', 40]);
    b = again(b, 4);
    expect(b.halfOpen()).toBe('row');
    b.taken('r1');
    // what is known is that a read proves nothing here: the row's failure is its own, until they fail on and on
    const next = again(b);
    expect([fail(next, 'r2'), next.provesNothing(notHere)]).toEqual(['doubt', true]);
    expect(next.provesNothing(broken('CONN_REFUSED', null))).toBe(false);
    for (let i = 0; i < 4; i++) fail(next, `r${i}`);
    expect(next.provesNothing(notHere)).toBe(false);
    // and when a read is answered after all, it is as with any other
    next.answered();
    expect(again(next).halfOpen()).toBe('probe');
  });

  test('a probe that fails otherwise begins the count anew', () => {
    const { b: first, again } = breaker();
    let b = first;
    for (const outcome of [notHere, notHere, broken('CONN_REFUSED', null), notHere, notHere]) {
      b.afterProbe(outcome);
      b = again(b, 1);
    }
    expect(b.halfOpen()).toBe('probe');
  });
});

describe('the ramp', () => {
  const well = (b: Breaker, time: { now: number }, n = 1_000, everyMs = 50) => {
    const steps = [b.slots];
    for (let i = 0; i < n; i++) {
      time.now += everyMs;
      b.taken(`r${i}`);
      if (b.slots !== steps.at(-1)) steps.push(b.slots);
    }
    return steps;
  };

  test('one request at once after an outage, doubling as it goes well', () => {
    const { b, time, again } = breaker();
    b.after(broken('CONN_REFUSED', null), 'r1');
    expect(well(again(b, 1), time)).toEqual([1, 2, 4, 8]);
    expect(again(b, 1).saved()).toEqual(b.saved());
  });

  test('however fast the answers come, a second for each step', () => {
    const { b, time } = breaker();
    b.after(broken('CONN_REFUSED', null), 'r1');
    well(b, time, 999, 1);
    expect(b.slots).toBe(1);
    well(b, time, 2, 1);
    expect(b.slots).toBe(2);
  });

  test('“too many” halves it, and it grows one by one from there', () => {
    const { b, time } = breaker();
    b.after(retry('SIS_RATE_LIMIT', { retryAfterMs: 1_000 }), 'r1');
    expect(well(b, time)).toEqual([4, 5, 6, 7, 8]);
    expect(b.saved()).toEqual({});
  });

  test('a failure on the way is a step back, an outage on the way begins anew and aims lower', () => {
    const { b, time } = breaker({ allowed: 4, doublesTo: 8 });
    b.taken('r0');
    fail(b);
    expect(b.slots).toBe(2);
    b.after(broken('CONN_REFUSED', null), 'r1');
    expect(well(b, time)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a row that has failed before and does so again holds up nobody', () => {
    const { b } = breaker({ allowed: 4, doublesTo: 8, alone: ['sick'] });
    b.taken('r0');
    for (let i = 0; i < 4; i++) b.after(retry('SIS_INTERNAL'), 'r1', true);
    b.after(broken('CONN_NOT_ONEROSTER', 200), 'sick');
    expect(b.slots).toBe(4);
  });

  test('probes that fail on and on do not make it slower than it was', () => {
    const { b: first, time, again } = breaker();
    let b = first;
    for (let stops = 0; stops < 10; stops++) {
      b.afterProbe(broken('CONN_REFUSED', null));
      b = again(b, stops + 1);
    }
    expect(well(b, time)).toEqual([1, 2, 4, 8]);
  });
});

test('what another release has saved, or somebody has written by hand, is read as far as it makes sense', () => {
  for (const saved of [null, 7, 'x', [], { allowed: -3 }, { allowed: 'all', alone: 5 }, { later: true }])
    expect(breaker(saved).b.slots).toBe(8);
  // the settings allow fewer than they did
  expect(breaker({ allowed: 6, doublesTo: 8 }, { limit: 2 }).b.slots).toBe(2);
});

/** Anything that can happen to a lane, in any order, over any number of runs. */
const events = fc.array(
  fc.oneof(
    fc.record({ is: fc.constant('taken' as const), who: fc.nat(40) }),
    fc.record({
      is: fc.constant('bad' as const),
      who: fc.nat(40),
      outcome: fc.constantFrom(
        retry('CONN_TIMEOUT', { ambiguous: true }),
        retry('SIS_INTERNAL', { retryAfterMs: 20_000 }),
        retry('SIS_RATE_LIMIT'),
        broken('CONN_NOT_ONEROSTER', 200),
        broken('CONN_URL', 404),
        broken('CONN_REFUSED', null),
      ),
    }),
    fc.record({ is: fc.constant('run' as const), limit: fc.integer({ min: 1, max: 20 }) }),
  ),
  { maxLength: 300 },
);

describe('whatever happens', () => {
  const play = (
    happenings: typeof events extends fc.Arbitrary<infer E> ? E : never,
    look: (b: Breaker, limit: number, stop: LaneStop | null, now: number) => void,
  ) => {
    const time = { now: start };
    let [limit, stops, open] = [4, 0, false];
    const make = (saved: unknown) =>
      new Breaker(saved, { now: () => new Date(time.now), random: () => 0.3, limit, stops });
    let b = make({});
    for (const event of happenings) {
      time.now += 400;
      let stop: LaneStop | null = null;
      if (event.is === 'run') {
        limit = event.limit;
        b = make(JSON.parse(JSON.stringify(b.saved())));
      } else if (event.is === 'taken') {
        if (open) b.halfOpen();
        b.taken(`r${event.who}`);
        [stops, open] = [0, false];
      } else {
        const probed = open && b.halfOpen() === 'probe';
        let verdict = probed ? b.afterProbe(event.outcome) : b.after(event.outcome, `r${event.who}`);
        if (verdict === 'doubt') verdict = b.afterProbe(event.outcome);
        if (verdict !== 'row') {
          stop = verdict;
          stops++;
          open = true;
          b = make(b.saved());
        }
      }
      look(b, limit, stop, time.now);
    }
    return { b, time };
  };

  test('never more at once than the settings allow, never none', () => {
    fc.assert(
      fc.property(events, (happenings) => {
        play(happenings, (b, limit) => {
          expect(b.slots).toBeGreaterThanOrEqual(1);
          expect(b.slots).toBeLessThanOrEqual(limit);
        });
      }),
    );
  });

  test('every stop ends: there is always a next try, within five minutes or what the SIS asked for', () => {
    fc.assert(
      fc.property(events, (happenings) => {
        play(happenings, (b, _limit, stop, now) => {
          if (!stop) return;
          expect(stop.until.getTime()).toBeGreaterThan(now);
          expect(stop.until.getTime() - now).toBeLessThanOrEqual(300_000);
          expect(['probe', 'row']).toContain(b.halfOpen());
        });
      }),
    );
  });

  test('once all goes well, it climbs to all that the settings allow', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 20 }), (happenings, limit) => {
        const { b, time } = play([...happenings, { is: 'run', limit }], () => undefined);
        for (let i = 0; i < 2_500; i++) {
          time.now += 100;
          b.taken('r');
        }
        expect(b.slots).toBe(limit);
      }),
    );
  });

  test('what is saved stays small', () => {
    fc.assert(
      fc.property(events, (happenings) => {
        play(happenings, (b) => expect(JSON.stringify(b.saved()).length).toBeLessThan(2_000));
      }),
    );
  });
});
