/**
 * Three days without an SIS in virtual time: the policies alone (breaker.ts, retry.ts), driven as a lane drives them,
 * against an SIS that answers after 50 ms when it is there. The same with the real lane, database and SIS, for three
 * hours and on a faster clock, is bench/outage.ts.
 */
import type { Outcome } from '../../src/gradebook/outcome.ts';
import { Breaker, type Bad } from '../../src/passback/breaker.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const LATENCY = 50;
const START = Date.UTC(2026, 10, 20);

type Kind = 'refused' | '503' | 'a web page' | 'a hang' | 'reads without writes';
const answers: Record<Kind, { outcome: Bad; ms: number; probeAnswers?: true }> = {
  refused: { outcome: { kind: 'broken', code: 'CONN_REFUSED', said: {} }, ms: 1 },
  '503': {
    outcome: { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true, said: { status: 503 } },
    ms: LATENCY,
  },
  'a web page': {
    outcome: { kind: 'broken', code: 'CONN_NOT_ONEROSTER', said: { status: 200 }, ambiguous: true },
    ms: LATENCY,
  },
  'a hang': { outcome: { kind: 'retry', code: 'CONN_TIMEOUT', ambiguous: true, said: {} }, ms: 30_000 },
  'reads without writes': {
    outcome: { kind: 'retry', code: 'SIS_INTERNAL', ambiguous: true, said: { status: 500 } },
    ms: LATENCY,
    probeAnswers: true,
  } satisfies { outcome: Extract<Outcome, { kind: 'retry' }>; ms: number; probeAnswers: true },
};

/** One lane with `rows` waiting, and an SIS that goes away in the middle of the first of them for `hours`. */
function outage(kind: Kind, hours: number, rows: number, limit: number, seed: number) {
  let [now, chance, stops] = [START, seed, 0];
  const down = { from: START + 2_000, to: START + 2_000 + hours * HOUR };
  const random = () => (chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const make = (saved: unknown) => new Breaker(saved, { now: () => new Date(now), random, limit, stops });
  const events: { at: number; act: () => void }[] = [];
  const later = (at: number, act: () => void) => {
    const place = events.findIndex((event) => event.at > at);
    events.splice(place < 0 ? events.length : place, 0, { at, act });
  };
  const waiting = Array.from({ length: rows }, (_, i) => ({ who: `r${i}`, at: START, attempts: 0 }));
  const sent: { at: number; until: number }[] = [];
  let delivered = 0;
  let running = 0;
  let paused = false;
  let b = make({});

  const ask = (then: (there: boolean) => void, probe = false) => {
    const away = now >= down.from && now < down.to;
    const there = !away || (probe && answers[kind].probeAnswers === true);
    const until = now + (there ? LATENCY : answers[kind].ms);
    sent.push({ at: now, until });
    later(until, () => then(there));
  };
  const stop = (until: Date) => {
    paused = true;
    stops++;
    later(until.getTime(), begin);
  };
  const begin = () => {
    paused = false;
    b = make(JSON.parse(JSON.stringify(b.saved())));
    if (b.halfOpen() === 'row') return feed();
    ask((there) => {
      if (!there) return stop(b.afterProbe(answers[kind].outcome).until);
      b.answered();
      feed();
    }, true);
  };
  /** What waits for the probe that is under way; null: none is. */
  let probing: (() => void)[] | null = null;
  const failed = (row: (typeof waiting)[number], end: () => void) => {
    const { outcome } = answers[kind];
    const judged = () => {
      if (!paused) row.at = b.rowAgainAt(row.attempts++, outcome).getTime();
      waiting.push(row);
      end();
    };
    if (paused) return void judged();
    const verdict = b.after(outcome, row.who);
    if (verdict !== 'row' && verdict !== 'doubt') {
      stop(verdict.until);
      return void judged();
    }
    if (probing) return void probing.push(judged);
    if (verdict === 'row') return void judged();
    probing = [judged];
    ask((there) => {
      const waited = probing!;
      probing = null;
      if (there) b.answered();
      else if (!paused) stop(b.afterProbe(outcome).until);
      for (const judge of waited) judge();
    }, true);
  };
  const feed = () => {
    while (!paused && running < b.slots) {
      const next = waiting.findIndex((row) => row.at <= now);
      if (next < 0) {
        const first = waiting.reduce((least, row) => Math.min(least, row.at), Infinity);
        if (first < Infinity) later(first, feed);
        return;
      }
      const [row] = waiting.splice(next, 1);
      running++;
      const end = () => {
        running--;
        feed();
      };
      ask((there) => {
        if (!there) return failed(row!, end);
        delivered++;
        stops = 0;
        b.taken(row!.who);
        end();
      });
    }
  };
  feed();
  while (delivered < rows && events.length > 0) {
    const event = events.shift()!;
    now = Math.max(now, event.at);
    event.act();
  }
  const during = sent.filter((one) => one.at >= down.from && one.at < down.to).map((one) => one.at);
  const after = sent.filter((one) => one.at >= down.to);
  const late = during.filter((at) => at >= down.from + HOUR);
  return {
    delivered,
    requests: during.length,
    gaps: late.slice(1).map((at, i) => at - late[i]!),
    recoveredAfter: now - down.to,
    peak: widest(after),
    firstSecond: widest(after.filter((one) => one.at < after[0]!.at + 900)),
    everAtOnce: widest(sent),
  };
}

/** Most requests under way at one moment; one that ends as another begins is not. */
function widest(of: { at: number; until: number }[]): number {
  const steps = of.flatMap(({ at, until }) => [[at, 1] as const, [until, -1] as const]);
  steps.sort(([a, up], [b, down]) => a - b || up - down);
  let [now, most] = [0, 0];
  for (const [, step] of steps) most = Math.max(most, (now += step));
  return most;
}

test.each<Kind>(['refused', '503', 'a web page', 'a hang', 'reads without writes'])(
  'A10: 72 hours of %s with 5,000 rows waiting: few probes, a ramp, and all is delivered',
  (kind) => {
    for (const seed of [1, 20, 300]) {
      const seen = outage(kind, 72, 5_000, 8, seed);
      expect(seen.delivered).toBe(5_000);
      expect(seen.requests).toBeLessThanOrEqual(900);
      // after an hour, no more than one in five minutes
      expect(seen.gaps.length).toBeGreaterThan(700);
      expect(Math.min(...seen.gaps)).toBeGreaterThanOrEqual(5 * MINUTE);
      expect(Math.max(...seen.gaps)).toBeLessThan(6 * MINUTE);
      expect([seen.firstSecond, seen.peak]).toEqual([1, 8]);
      expect(seen.everAtOnce).toBeLessThanOrEqual(8);
      // five minutes until it is noticed, then what 5,000 requests take
      expect(seen.recoveredAfter).toBeLessThan(6 * MINUTE + (5_000 * LATENCY) / 8 + 30_000);
    }
  },
);

test('a short one is noticed in seconds', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const seen = outage('503', 1 / 60, 500, 4, seed);
    expect(seen.delivered).toBe(500);
    expect(seen.requests).toBeLessThan(30);
    expect(seen.recoveredAfter).toBeLessThan(90_000);
  }
});
