/** Due dates against grading periods, where the clocks are: the school's local day decides, whatever UTC calls it. */
import fc from 'fast-check';
import { buildLineItem } from '../../../src/gradebook/line-item.ts';
import { endOfDay, localDate } from '../../../src/gradebook/local-dates.ts';
import { preflightLineItem } from '../../../src/gradebook/preflight/preflight.ts';
import type { EffectiveSettings } from '../../../src/gradebook/settings.ts';
import { aClass, aLineItem, zone } from '../facts.ts';

const q1 = { sourcedId: 'q1', title: 'Q1', startDate: '2026-08-20', endDate: '2026-10-23' };
const q2 = { sourcedId: 'q2', title: 'Q2', startDate: '2026-10-26', endDate: '2026-12-18' };
const periods = [q1, q2];
const dateCodes = /^(DUE|ASSIGN|PERIOD)_/;

function found(
  timeZone: string,
  dueDate: string | null,
  settings: Partial<EffectiveSettings> = {},
  cls: Partial<Parameters<typeof aClass>[0]> = {},
  li: Partial<Parameters<typeof aLineItem>[0]> = {},
) {
  const of = aClass({ timeZone, gradingPeriods: periods, ...cls }, settings);
  const assigned = new Date('2026-09-01T15:00:00Z');
  const item = aLineItem({
    assignDate: assigned,
    dueDate: dueDate === null ? null : new Date(dueDate),
    ...li,
  });
  const findings = preflightLineItem(of, item).filter(({ code }) => dateCodes.test(code));
  const built = buildLineItem(of, item);
  return {
    codes: findings.map(({ code, severity }) => `${severity} ${code}`),
    findings,
    due: built.action === 'body' ? built.body.dueDate : null,
    assign: built.action === 'body' ? built.body.assignDate : null,
  };
}

test.each<[string, string, string, string[]]>([
  // 23:59 on the last day of Q1, as each clock has it
  ['New York, still on daylight time', 'America/New_York', '2026-10-24T03:59:00Z', ['warns DUE_TZ_EDGE']],
  ['Chicago', 'America/Chicago', '2026-10-24T04:59:00Z', ['warns DUE_TZ_EDGE']],
  ['Denver', 'America/Denver', '2026-10-24T05:59:00Z', ['warns DUE_TZ_EDGE']],
  ['Arizona knows no daylight time', 'America/Phoenix', '2026-10-24T06:59:00Z', ['warns DUE_TZ_EDGE']],
  ['Los Angeles', 'America/Los_Angeles', '2026-10-24T06:59:00Z', ['warns DUE_TZ_EDGE']],
  ['Hawaii', 'Pacific/Honolulu', '2026-10-24T09:59:00Z', ['warns DUE_TZ_EDGE']],
  ['American Samoa', 'Pacific/Pago_Pago', '2026-10-24T10:59:00Z', ['warns DUE_TZ_EDGE']],
  ['Guam is ahead of UTC', 'Pacific/Guam', '2026-10-23T13:59:00Z', []],
  ['London on summer time', 'Europe/London', '2026-10-23T22:59:00Z', []],
  // one minute later it is the next day there, and no period holds it
  ['Chicago, a minute later', 'America/Chicago', '2026-10-24T05:00:00Z', ['warns DUE_OUTSIDE_PERIOD']],
  ['Arizona, a minute later', 'America/Phoenix', '2026-10-24T07:00:00Z', ['warns DUE_OUTSIDE_PERIOD']],
  ['Hawaii, a minute later', 'Pacific/Honolulu', '2026-10-24T10:00:00Z', ['warns DUE_OUTSIDE_PERIOD']],
  // the same instant is the 23rd in Hawaii and the 24th in Chicago
  ['one instant, Hawaii', 'Pacific/Honolulu', '2026-10-24T08:00:00Z', ['warns DUE_TZ_EDGE']],
  ['one instant, Chicago', 'America/Chicago', '2026-10-24T08:00:00Z', ['warns DUE_OUTSIDE_PERIOD']],
  // the first morning of a period, east of Greenwich, is the day before in UTC
  ['Guam, the first morning of Q2', 'Pacific/Guam', '2026-10-25T22:00:00Z', ['warns DUE_TZ_EDGE']],
  ['in the middle nothing is to be said', 'America/Chicago', '2026-10-09T04:59:00Z', []],
])('%s', (_, timeZone, due, codes) => {
  expect(found(timeZone, due).codes.filter((code) => !code.includes('ASSIGN'))).toEqual(codes);
});

test.each<[string, string, string, string]>([
  ['spring, the clocks go forward', 'America/Chicago', '2027-03-14', '2027-03-15T04:59:00Z'],
  ['autumn, the clocks go back', 'America/Chicago', '2026-11-01', '2026-11-02T05:59:00Z'],
  ['autumn, in Arizona', 'America/Phoenix', '2026-11-01', '2026-11-02T06:59:00Z'],
  ['spring, in Nuuk, where 23:59 does not exist', 'America/Nuuk', '2026-03-28', '2026-03-29T00:59:00Z'],
])('on a day when clocks change the last minute is in its period: %s', (_, timeZone, endDate, due) => {
  const period = { sourcedId: 'p', title: 'P', startDate: '2026-01-01', endDate };
  expect(endOfDay(endDate, timeZone).toISOString()).toBe(new Date(due).toISOString());
  const { codes } = found(timeZone, due, {}, { gradingPeriods: [period] });
  expect(codes).toEqual(['warns DUE_TZ_EDGE']);
  const next = new Date(Date.parse(due) + 60_000).toISOString();
  expect(found(timeZone, next, {}, { gradingPeriods: [period] }).codes).toEqual(['warns DUE_OUTSIDE_PERIOD']);
});

test('at the edge the form of dates is the way out, and is offered', () => {
  const edge = '2026-10-24T04:59:00Z';
  const asInstant = found('America/Chicago', edge);
  expect(asInstant.due).toBe('2026-10-24T04:59:00.000Z');
  expect(asInstant.findings[0]?.automatic).toEqual({
    field: 'dueDate',
    gives: '2026-10-23T12:00:00.000Z',
    setting: 'dueDateForm',
    value: 'noonUtc',
    applied: false,
  });
  const asDay = found('America/Chicago', edge, { dueDateForm: 'noonUtc' });
  expect(asDay.due).toBe('2026-10-23T12:00:00.000Z');
  expect(asDay.findings[0]?.automatic).toMatchObject({ applied: true });
  // midnight of Guam is the day before in UTC: that form does not help there
  const guam = found('Pacific/Guam', '2026-10-25T22:00:00Z', { dueDateForm: 'localMidnight' });
  expect(guam.findings[0]?.automatic).toMatchObject({ value: 'noonUtc', applied: false });
});

describe('outside of every period', () => {
  const outside = '2026-10-25T17:00:00Z';
  test('it is sent with a warning, moved, or stopped, as the setting says', () => {
    expect(found('America/Chicago', outside)).toMatchObject({
      codes: ['warns DUE_OUTSIDE_PERIOD'],
      due: '2026-10-25T17:00:00.000Z',
    });
    const moved = found('America/Chicago', outside, { dueDateOutside: 'moveIntoPeriod' });
    expect(moved.due).toBe('2026-10-27T04:59:00.000Z');
    expect(moved.findings.find(({ code }) => code === 'DUE_OUTSIDE_PERIOD')).toMatchObject({
      severity: 'warns',
      automatic: { field: 'dueDate', gives: '2026-10-26', applied: true },
    });
    expect(found('America/Chicago', outside, { dueDateOutside: 'block' })).toMatchObject({
      codes: expect.arrayContaining(['blocks DUE_OUTSIDE_PERIOD']),
      due: null,
    });
  });
  test('the nearest day is taken, of two equally near the one before; of a named period its own', () => {
    const move = { dueDateOutside: 'moveIntoPeriod' } as const;
    const day = (due: string, li = {}) =>
      found('America/Chicago', due, move, {}, li).findings.find(({ code }) => code === 'DUE_OUTSIDE_PERIOD')
        ?.automatic?.gives;
    expect(day('2026-10-24T17:00:00Z')).toBe('2026-10-23');
    expect(day('2026-07-01T17:00:00Z')).toBe('2026-08-20');
    expect(day('2027-01-05T17:00:00Z')).toBe('2026-12-18');
    expect(day('2026-10-20T17:00:00Z', { gradingPeriodSourcedId: 'q2' })).toBe('2026-10-26');
    expect(day('2026-10-20T17:00:00Z', { gradingPeriodSourcedId: 'unknown here' })).toBeUndefined();
  });
  test('a class without periods has no outside', () => {
    expect(found('America/Chicago', outside, {}, { gradingPeriods: [] }).codes).toEqual([]);
  });
});

describe('in a closed period', () => {
  const closed = { gradingPeriods: [{ ...q1, open: false }, q2] };
  const due = '2026-10-09T17:00:00Z';
  test('no setting moves it into another one, for that would be another term’s grade', () => {
    expect(found('America/Chicago', due, {}, closed)).toMatchObject({ codes: ['warns PERIOD_CLOSED'] });
    for (const dueDateOutside of ['moveIntoPeriod', 'block'] as const)
      expect(found('America/Chicago', due, { dueDateOutside }, closed)).toMatchObject({
        codes: ['blocks PERIOD_CLOSED'],
        due: null,
      });
  });
  test('nothing is moved into it either', () => {
    const move = { dueDateOutside: 'moveIntoPeriod' } as const;
    expect(found('America/Chicago', '2026-10-24T17:00:00Z', move, closed).due).toBe(
      '2026-10-27T04:59:00.000Z',
    );
    const all = { gradingPeriods: periods.map((p) => ({ ...p, open: false })) };
    expect(found('America/Chicago', '2026-10-24T17:00:00Z', move, all).codes).toEqual([
      'blocks DUE_OUTSIDE_PERIOD',
    ]);
  });
  test('a quarter that is closed counts although its semester is open', () => {
    const semester = { sourcedId: 's1', title: 'S1', startDate: '2026-08-20', endDate: '2026-12-18' };
    const nested = { gradingPeriods: [semester, { ...q1, open: false }] };
    expect(found('America/Chicago', due, {}, nested).codes).toEqual(['warns PERIOD_CLOSED']);
  });
});

describe('assigned before its period', () => {
  const due = '2026-11-09T17:00:00Z';
  const inBreak = { assignDate: new Date('2026-10-24T17:00:00Z') };
  const told = { gradingPeriod: 'fromDueDate' } as const;
  test('is no fault where it was in the one before, unless the SIS is told the period', () => {
    expect(found('America/Chicago', due).codes).toEqual([]);
    expect(found('America/Chicago', due, told).codes).toEqual(['warns ASSIGN_OUTSIDE_PERIOD']);
    expect(found('America/Chicago', due, {}, {}, { gradingPeriodSourcedId: 'q2' }).codes).toHaveLength(1);
    expect(found('America/Chicago', due, {}, {}, inBreak).codes).toEqual(['warns ASSIGN_OUTSIDE_PERIOD']);
  });
  test('is told, moved to the first day, or stopped', () => {
    const moved = found('America/Chicago', due, { ...told, dueDateOutside: 'moveIntoPeriod' });
    expect(moved.assign).toBe('2026-10-26T05:00:00.000Z');
    expect(moved.findings[0]).toMatchObject({
      severity: 'warns',
      automatic: { field: 'assignDate', gives: '2026-10-26', applied: true },
    });
    const stopped = found('America/Chicago', due, { dueDateOutside: 'block' }, {}, inBreak);
    expect(stopped.codes).toEqual(['blocks ASSIGN_OUTSIDE_PERIOD']);
  });
});

test('a due date that is ours is told as such', () => {
  const { findings } = found(
    'America/Chicago',
    null,
    {},
    {},
    { assignDate: new Date('2026-09-01T15:00:00Z') },
  );
  expect(findings[0]).toMatchObject({
    code: 'DUE_MISSING',
    severity: 'warns',
    automatic: { field: 'dueDate', gives: '2026-10-23', setting: 'dueDateMissing', applied: true },
    seenIn: { where: 'sis', of: 'lineItem', field: 'dueDate' },
  });
});

test('in every zone, on every day of a period: as the day of the school it is in its period by UTC too', () => {
  const minutes = Date.parse('2027-03-31') - Date.parse('2026-02-01');
  const instant = fc
    .integer({ min: 0, max: minutes / 60_000 })
    .map((m) => new Date(Date.parse('2026-02-01') + m * 60_000));
  // noon UTC is the next day where clocks are more than eleven hours ahead: no school of such an SIS is known there
  const ofAmerica = zone.filter((z) => /^(America|US|Pacific\/(Honolulu|Guam|Pago_Pago))/.test(z));
  fc.assert(
    fc.property(ofAmerica, instant, (timeZone, dueDate) => {
      const day = localDate(dueDate, timeZone);
      const period = { sourcedId: 'p', title: 'P', startDate: day, endDate: day };
      const sent = found(
        timeZone,
        dueDate.toISOString(),
        { dueDateForm: 'noonUtc' },
        { gradingPeriods: [period] },
      );
      expect(
        sent.codes.filter((code) => code.startsWith('blocks') || code.includes('OUTSIDE_PERIOD')),
      ).toEqual(sent.codes.filter((code) => code.includes('ASSIGN_OUTSIDE')));
      expect(sent.due?.slice(0, 10)).toBe(day);
      expect(localDate(new Date(sent.due ?? 0), timeZone)).toBe(day);
    }),
    { numRuns: 1000 },
  );
});
