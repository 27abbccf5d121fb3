import fc from 'fast-check';
import { endOfDay, localDate, startOfDay, utcText } from '../../src/gradebook/local-dates.ts';
import { zone } from './facts.ts';

const date = fc
  .date({ min: new Date('2015-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10));

test.each([
  ['America/Chicago', '2026-07-01', '2026-07-02T04:59:00.000Z'],
  ['America/Chicago', '2026-12-18', '2026-12-19T05:59:00.000Z'],
  // the day of the change itself, in spring and in autumn
  ['America/New_York', '2026-03-08', '2026-03-09T03:59:00.000Z'],
  ['America/New_York', '2026-11-01', '2026-11-02T04:59:00.000Z'],
  ['Asia/Kolkata', '2026-05-05', '2026-05-05T18:29:00.000Z'],
  ['UTC', '2026-05-05', '2026-05-05T23:59:00.000Z'],
])('the end of a day in %s, %s, is %s', (where, day, instant) => {
  expect(endOfDay(day, where).toISOString()).toBe(instant);
});

test('A19: where clocks jump over 23:59 the end is still on that day', () => {
  const end = endOfDay('2024-03-30', 'America/Nuuk');
  expect(localDate(end, 'America/Nuuk')).toBe('2024-03-30');
  expect(localDate(new Date(end.getTime() + 60_000), 'America/Nuuk')).toBe('2024-03-31');
});

test('start and end of a day lie on that day, in every zone', () => {
  fc.assert(
    fc.property(date, zone, (day, where) => {
      expect(localDate(startOfDay(day, where), where)).toBe(day);
      expect(localDate(endOfDay(day, where), where)).toBe(day);
      expect(startOfDay(day, where).getTime()).toBeLessThan(endOfDay(day, where).getTime());
    }),
    { numRuns: 150 },
  );
});

test('the first and last years that can be written stay writable', () => {
  expect(localDate(new Date('0000-01-01T00:00:00Z'), 'America/Chicago')).toBe('0000-01-01');
  expect(localDate(new Date('9999-12-31T23:59:00Z'), 'Asia/Tokyo')).toBe('9999-12-31');
  expect(utcText(endOfDay('9999-12-31', 'America/Chicago'))).toBe('9999-12-31T23:59:59.999Z');
});
