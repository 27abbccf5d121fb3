/** Ten years of six wall clocks: leaps, repeated hours, half-hour changes, and zones that never change. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { cronOf, ScheduleInput } from '../../src/passback/schedule-input.ts';
import { flawOf, inWords, leaptOver, nextRun, nextRuns } from '../../src/passback/schedule-times.ts';

const zones = [
  'America/New_York',
  'America/Phoenix',
  'Pacific/Honolulu',
  'Europe/London',
  'Australia/Lord_Howe',
  'America/St_Johns',
];
const zone = fc.constantFrom(...zones);
const from = Date.parse('2026-01-01T00:00:00Z');
const to = Date.parse('2036-01-01T00:00:00Z');
const instant = fc.integer({ min: from, max: to }).map((ms) => new Date(ms));
const minute = fc.integer({ min: 0, max: 59 });
const hour = fc.integer({ min: 0, max: 23 });
const local = (at: Date, timeZone: string) => DateTime.fromJSDate(at, { zone: timeZone });

/** Every run from one instant to another. */
function runsOf(cron: string, timeZone: string, start: number, end: number): Date[] {
  const most = Math.ceil((end - start) / 3_600_000) + 1;
  return nextRuns({ cron, timeZone }, new Date(start), most).filter((at) => at.getTime() < end);
}

test.each(zones)(
  '%s: a daily schedule runs once on every day of ten years, at its time or right after a leap',
  (timeZone) => {
    // what some clocks leap over, and what some show twice
    for (const wanted of ['02:30', '01:30']) {
      const [hour, minute] = wanted.split(':').map(Number);
      const runs = nextRuns({ cron: `${minute} ${hour} * * *`, timeZone }, new Date(from), 3_652);
      const shown = runs.map((at) => local(at, timeZone));
      const days = shown.map((at) => at.toISODate());
      const first = DateTime.fromISO(days[0] ?? '', { zone: 'utc' });
      expect(days).toEqual(days.map((_, i) => first.plus({ days: i }).toISODate()));
      for (const at of shown) {
        if (at.hour === hour && at.minute === minute) continue;
        // leapt over: a millisecond before, the clock showed an earlier time than the wanted one
        expect(at.toFormat('HH:mm') > wanted).toBe(true);
        expect(at.minus(1).toFormat('HH:mm') < wanted).toBe(true);
      }
    }
  },
);

const hours = fc.oneof(
  hour.map(String),
  fc.uniqueArray(hour, { minLength: 1, maxLength: 6 }).map((list) => list.join(',')),
  fc.constantFrom('*/2', '*/3', '*/4', '*/6', '*/8', '*/12', '0-6', '1-3'),
);
const timed = fc
  .tuple(minute, hours, fc.constantFrom('*', '1-5', '0,6'))
  .map(([m, h, d]) => `${m} ${h} * * ${d}`);

test('times of day: each later than the former, and no time of a day twice', () => {
  fc.assert(
    fc.property(timed, zone, instant, (cron, timeZone, start) => {
      const runs = nextRuns({ cron, timeZone }, start, 30);
      expect(runs).toHaveLength(30);
      const shown = new Set<string>();
      let before = start.getTime();
      for (const at of runs) {
        expect(at.getTime()).toBeGreaterThan(before);
        before = at.getTime();
        shown.add(local(at, timeZone).toFormat("yyyy-MM-dd'T'HH:mm"));
      }
      expect(shown.size).toBe(runs.length);
    }),
    { numRuns: 150 },
  );
});

test('the next run does not depend on when it is asked for', () => {
  fc.assert(
    fc.property(
      timed,
      zone,
      instant,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (cron, timeZone, start, part) => {
        const next = nextRun({ cron, timeZone }, start)!;
        const later = new Date(start.getTime() + Math.floor((next.getTime() - start.getTime() - 1) * part));
        expect(nextRun({ cron, timeZone }, later)).toEqual(next);
        expect(nextRun({ cron, timeZone }, next)!.getTime()).toBeGreaterThan(next.getTime());
      },
    ),
    { numRuns: 150 },
  );
});

test('every hour goes on hour by hour, also through the hour that is shown twice and the one that is not', () => {
  const apart = (timeZone: string, around: string) => {
    const change = Date.parse(around);
    const runs = runsOf('20 * * * *', timeZone, change - 86_400_000, change + 86_400_000);
    return new Set(runs.slice(1).map((at, i) => (at.getTime() - runs[i]!.getTime()) / 60_000));
  };
  expect(apart('America/New_York', '2026-03-08T07:00:00Z')).toEqual(new Set([60]));
  expect(apart('America/New_York', '2026-11-01T06:00:00Z')).toEqual(new Set([60]));
  expect(apart('Europe/London', '2031-10-26T01:00:00Z')).toEqual(new Set([60]));
  // whose clock changes by half an hour
  expect(apart('Australia/Lord_Howe', '2026-10-03T15:30:00Z')).toEqual(new Set([60, 90]));
});

test('every few hours: the hour that is leapt over is made up for at once', () => {
  const runs = runsOf(
    '0 */2 * * *',
    'America/New_York',
    Date.parse('2026-03-08T04:30:00Z'),
    Date.parse('2026-03-08T13:00:00Z'),
  );
  const shown = runs.map((at) => local(at, 'America/New_York').toFormat('HH:mm'));
  expect(shown).toEqual(['00:00', '03:00', '04:00', '06:00', '08:00']);
});

test('a leap and a repeated hour, to the minute', () => {
  const at = (cron: string, timeZone: string, after: string) =>
    nextRun({ cron, timeZone }, new Date(after))?.toISOString();
  expect(at('30 2 * * *', 'America/New_York', '2026-03-08T05:00:00Z')).toBe('2026-03-08T07:00:00.000Z');
  expect(at('30 2,3 * * *', 'America/New_York', '2026-03-08T07:00:00Z')).toBe('2026-03-08T07:30:00.000Z');
  expect(at('30 1 * * *', 'America/New_York', '2026-11-01T04:00:00Z')).toBe('2026-11-01T05:30:00.000Z');
  expect(at('30 1 * * *', 'America/New_York', '2026-11-01T05:30:00Z')).toBe('2026-11-02T06:30:00.000Z');
  expect(at('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z')).toBe('2026-10-03T15:30:00.000Z');
});

test('whoever makes a schedule is told which of its times the clock leaps over in the year ahead', () => {
  const of = (cron: string, timeZone: string) =>
    leaptOver({ cron, timeZone }, new Date('2026-11-22T12:00:00Z'));
  expect(of('30 2 * * *', 'America/New_York')).toEqual([
    { date: '2027-03-14', time: '02:30', runsAt: new Date('2027-03-14T07:00:00Z') },
  ]);
  expect(of('0 18 * * *', 'America/New_York')).toEqual([]);
  // the leap is on a Sunday
  expect(of('30 2 * * 1-5', 'America/New_York')).toEqual([]);
  expect(of('30 2 * * *', 'America/Phoenix')).toEqual([]);
  expect(of('30 * * * *', 'America/New_York')).toEqual([]);
  expect(of('15 2 * * *', 'Australia/Lord_Howe')).toMatchObject([{ time: '02:15' }]);
});

describe('an expression that is refused says why', () => {
  test.each([
    ['* * * * *', /more often than every 15 minutes/],
    ['*/10 * * * *', /more often/],
    ['0,14 * * * *', /more often/],
    ['55,5 * * * *', /more often/],
    ['50 23,0 * * *', null],
    ['*/15 * * * *', null],
    ['0 18 * * 1-5', null],
    ['0 18 1 * MON', null],
    ['0 0 18 * * 1-5', /five fields/],
    ['0 18 * *', /five fields/],
    ['60 18 * * *', /not a cron expression/],
    ['0 24 * * *', /not a cron expression/],
    ['0 18 * 13 *', /not a cron expression/],
    ['0 18 * * someday', /not a cron expression/],
    ['5/10 2 * * *', /not a cron expression/],
    ['@daily', /five fields/],
    ['0 0 31 2 *', /never runs/],
  ])('%s', (cron, flaw) => {
    if (flaw === null) expect(flawOf(cron)).toBeNull();
    else expect(flawOf(cron)).toMatch(flaw);
  });

  test('whatever is written there, it is judged and never breaks', () => {
    const field = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('*', '*/5', '1-5', '0', '?', 'L', '1#2', '5L', '15W'),
    );
    fc.assert(
      fc.property(fc.array(field, { minLength: 4, maxLength: 6 }), (fields) => {
        const cron = fields.join(' ');
        if (flawOf(cron) !== null) return;
        const runs = nextRuns({ cron, timeZone: 'America/New_York' }, new Date(from), 3);
        expect(runs.length).toBeGreaterThan(0);
        expect(inWords(cron)).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });
});

test('the simple form becomes an expression, and has words', () => {
  const made = (every: unknown) => cronOf(ScheduleInput.parse({ every }));
  expect(made({ unit: 'day', at: '18:05' })).toBe('5 18 * * *');
  expect(made({ unit: 'weekday', at: '06:00' })).toBe('0 6 * * 1-5');
  expect(made({ unit: 'hours', hours: 6, minute: 15 })).toBe('15 */6 * * *');
  expect(made({ unit: 'hours', hours: 1 })).toBe('0 * * * *');
  expect(inWords(made({ unit: 'weekday', at: '18:00' }))).toBe('At 06:00 PM, Monday through Friday');
  for (const every of [{ unit: 'hours', hours: 5 }, { unit: 'day', at: '24:00' }, { unit: 'day' }])
    expect(ScheduleInput.safeParse({ every }).success).toBe(false);
  expect(ScheduleInput.safeParse({}).success).toBe(false);
  expect(ScheduleInput.safeParse({ cron: '0 1 * * *', every: { unit: 'day', at: '18:00' } }).success).toBe(
    false,
  );
});
