/** Quiet hours on six wall clocks, over ten years. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { quietUntil } from '../../src/passback/quiet-hours.ts';
import { instantOf, wallTimeAt } from '../../src/passback/wall-clock.ts';

const zone = fc.constantFrom(
  'America/New_York',
  'America/Phoenix',
  'Pacific/Honolulu',
  'Europe/London',
  'Australia/Lord_Howe',
  'America/St_Johns',
);
const instant = fc
  .integer({ min: Date.parse('2026-01-01T00:00Z'), max: Date.parse('2036-01-01T00:00Z') })
  .map((ms) => new Date(ms));
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((n) => String(n).padStart(2, '0')).join(':'));
const hours = fc.record({ from: time, to: time });
const shown = (at: Date, timeZone: string) => DateTime.fromJSDate(at, { zone: timeZone }).toFormat('HH:mm');

test('it is quiet from the first time to the second, over midnight too, on every day without a change of the clock', () => {
  fc.assert(
    fc.property(
      instant,
      hours,
      fc.constantFrom('America/Phoenix', 'Pacific/Honolulu'),
      (now, quiet, timeZone) => {
        const at = shown(now, timeZone);
        const { from, to } = quiet;
        const is = from < to ? from <= at && at < to : from > to && (at >= from || at < to);
        const until = quietUntil(now, quiet, timeZone);
        expect(until !== null).toBe(is);
        if (until) expect(shown(until, timeZone)).toBe(to);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('they end within a day and an hour, are over when they end, and last until then', () => {
  fc.assert(
    fc.property(
      instant,
      hours,
      zone,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (now, quiet, timeZone, part) => {
        const until = quietUntil(now, quiet, timeZone);
        if (!until) return;
        const lasts = until.getTime() - now.getTime();
        expect(lasts).toBeGreaterThan(0);
        expect(lasts).toBeLessThanOrEqual(25 * 3_600_000);
        expect(quietUntil(until, quiet, timeZone)).toBeNull();
        expect(quietUntil(new Date(now.getTime() + Math.floor((lasts - 1) * part)), quiet, timeZone)).toEqual(
          until,
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

test('no hours, or hours of no length, are never quiet', () => {
  const now = new Date('2026-03-08T07:00:00Z');
  expect(quietUntil(now, null, 'America/New_York')).toBeNull();
  expect(quietUntil(now, { from: '02:00', to: '02:00' }, 'America/New_York')).toBeNull();
});

test('an end that the clock leaps over is when it has leapt, one that it shows twice is the first', () => {
  const until = (now: string, from: string, to: string) =>
    quietUntil(new Date(now), { from, to }, 'America/New_York')?.toISOString();
  expect(until('2026-03-08T05:00:00Z', '22:00', '02:30')).toBe('2026-03-08T07:00:00.000Z');
  expect(until('2026-11-01T05:00:00Z', '22:00', '01:30')).toBe('2026-11-01T05:30:00.000Z');
  expect(until('2026-11-01T06:10:00Z', '22:00', '01:30')).toBeUndefined();
});

test('a wall time is found again at the instant that shows it', () => {
  fc.assert(
    fc.property(instant, zone, (now, timeZone) => {
      const wall = wallTimeAt(timeZone, now.getTime());
      const at = instantOf(timeZone, wall);
      expect(wallTimeAt(timeZone, at)).toBe(wall);
      expect(at).toBeLessThanOrEqual(now.getTime());
    }),
    { numRuns: 1_000 },
  );
});
