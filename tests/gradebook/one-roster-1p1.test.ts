/** What OneRoster 1.1 cannot be told, and what some SISs want otherwise: decided before anything is sent. */
import type { ResultFacts } from '../../src/gradebook/facts.ts';
import { buildLineItem } from '../../src/gradebook/line-item.ts';
import { buildResult } from '../../src/gradebook/result.ts';
import type { EffectiveSettings } from '../../src/gradebook/settings.ts';
import { aClass, aLineItem, aResult } from './facts.ts';

type Settings = Partial<EffectiveSettings>;
const at1p1 = { oneRosterVersion: '1.1' as const };

function sent(r: Partial<ResultFacts>, settings: Settings = {}, over: object = at1p1): unknown {
  const built = buildResult(aClass(over, settings), aLineItem(), 'sis-li', aResult(r));
  if (built.action === 'needsRead') return built;
  if (built.action !== 'body') return `${built.action} ${built.reason.code}`;
  const { scoreStatus, score, late, missing } = built.body;
  const warned = built.warnings.map((w) => [w.code, ...Object.values(w.params ?? {})].join(' '));
  return { scoreStatus, score, late, missing, warned };
}
const none = { score: null };
const full = { scoreStatus: 'fully graded', score: 87.5, warned: [] };

test.each<[string, unknown, unknown]>([
  ['a score is a score', sent({}), full],
  [
    'late cannot be told',
    sent({ late: true }),
    { scoreStatus: 'fully graded', score: 87.5, warned: ['STATUS_NOT_TOLD late'] },
  ],
  [
    'missing is a 0 without a remark',
    sent({ ...none, status: 'missing' }),
    { scoreStatus: 'fully graded', score: 0, warned: ['STATUS_NOT_TOLD missing'] },
  ],
  [
    'an excused one has a number, which does not count',
    sent({ status: 'excused' }),
    { scoreStatus: 'exempt', score: 0, warned: ['EXEMPT_SHOWN_AS_ZERO'] },
  ],
  ['submitted has no number', sent({ ...none, status: 'submitted' }), 'skip SKIP_NO_SCORE'],
  ['nor has not submitted', sent({ ...none, status: 'notSubmitted' }), 'skip SKIP_NO_SCORE'],
  [
    'unless somebody chose a 0 for it',
    sent({ ...none, status: 'notSubmitted' }, { withoutScore: 'zero' }),
    { scoreStatus: 'not submitted', score: 0, warned: [] },
  ],
  [
    'a removed score cannot be removed there',
    sent({ ...none, ackedVersion: 2, ackedHash: 'h' }),
    'blocked BLANK_POLICY',
  ],
])('1.1: %s', (_what, got, wanted) => expect(got).toEqual(wanted));

test('1.2: an excused score carries a 0 where the SIS wants one', () => {
  const zero = sent({ status: 'excused' }, { exemptScore: 'zero' }, {});
  expect(zero).toMatchObject({ scoreStatus: 'exempt', score: 0 });
});

test.each([
  ['submitted', 'submitted', none],
  ['notSubmitted', 'notSubmitted', none],
  ['partiallyGraded', 'partiallyGraded', {}],
] as const)('a status that the SIS would show wrongly is not sent: %s', (status, setting, over) => {
  expect(sent({ status, ...over }, { [setting]: 'skip' }, {})).toBe('skip SKIP_STATUS');
  expect(sent({ status, ...over }, {}, {})).toMatchObject({ scoreStatus: expect.any(String) });
});

const item = (over: Parameters<typeof aLineItem>[0], settings: Settings = {}, cls: object = at1p1) => {
  const built = buildLineItem(aClass(cls, settings), aLineItem(over));
  return built.action === 'body' ? built.body : built;
};

test('1.1: no school is asked for or needed', () => {
  const none = { ...at1p1, schoolSourcedId: null, schoolMissing: true };
  expect(item({}, {}, none)).not.toHaveProperty('school');
  expect(item({}, {}, none)).toMatchObject({ title: 'Essay 1' });
  expect(item({}, {}, { schoolSourcedId: null })).toEqual({ action: 'needsRead', read: 'school' });
});

test('1.1: the grading period is that of the local due date, or the one that the LMS names', () => {
  // 23:59 of the last day of the quarter in Chicago is the next quarter's first day in UTC
  const dueDate = new Date('2026-10-24T04:59:00Z');
  expect(item({ dueDate })).toMatchObject({ gradingPeriod: { sourcedId: 'q1' } });
  expect(item({ dueDate, gradingPeriodSourcedId: 's1' })).toMatchObject({
    gradingPeriod: { sourcedId: 's1' },
  });
  expect(item({ dueDate }, { gradingPeriod: 'fromDueDate' }, {})).toMatchObject({
    gradingPeriod: { sourcedId: 'q1' },
  });
  expect(item({ dueDate }, {}, {})).not.toHaveProperty('gradingPeriod');
});

test('1.1: without a grading period nothing can be sent, and it says so', () => {
  expect(item({}, {}, { ...at1p1, gradingPeriods: [] })).toMatchObject({
    action: 'blocked',
    reason: { code: 'PERIOD_UNKNOWN' },
  });
});

const chicago = { dueDate: new Date('2026-12-19T05:59:00Z'), assignDate: new Date('2026-12-01T15:00:00Z') };
test.each<[EffectiveSettings['dueDateForm'], string, string]>([
  ['instant', '2026-12-19T05:59:00.000Z', '2026-12-01T15:00:00.000Z'],
  ['localMidnight', '2026-12-18T06:00:00.000Z', '2026-12-01T06:00:00.000Z'],
  ['noonUtc', '2026-12-18T12:00:00.000Z', '2026-12-01T12:00:00.000Z'],
])('23:59 on December 18 in Chicago, as %s', (dueDateForm, dueDate, assignDate) => {
  expect(item(chicago, { dueDateForm }, {})).toMatchObject({ dueDate, assignDate });
});

test.each([
  ['Pacific/Honolulu', '2026-12-19T09:59:00Z', '2026-12-18T12:00:00.000Z'],
  ['America/Phoenix', '2026-12-19T06:59:00Z', '2026-12-18T12:00:00.000Z'],
  // the night in which clocks go back, and the one in which they go forward
  ['America/New_York', '2026-11-02T04:59:00Z', '2026-11-01T12:00:00.000Z'],
  ['America/New_York', '2027-03-15T03:59:00Z', '2027-03-14T12:00:00.000Z'],
])('23:59 in %s (%s) stays on its day at noon of UTC', (timeZone, dueDate, wanted) => {
  const cls = { timeZone, gradingPeriods: [] };
  expect(item({ dueDate: new Date(dueDate) }, { dueDateForm: 'noonUtc' }, cls)).toMatchObject({
    dueDate: wanted,
  });
});

test('points that are no whole number are sent, rounded or held, as the SIS takes them', () => {
  const half = { resultValueMax: 12.5 };
  expect(item(half, {}, {})).toMatchObject({ resultValueMax: 12.5 });
  expect(item(half, { wholePoints: 'round' }, {})).toMatchObject({ resultValueMax: 13 });
  expect(item(half, { wholePoints: 'block' }, {})).toMatchObject({
    action: 'blocked',
    reason: { code: 'POINTS_NOT_WHOLE' },
  });
  expect(item({ resultValueMax: 12 }, { wholePoints: 'block' }, {})).toMatchObject({ resultValueMax: 12 });
});

test('a score that is dated before its assignment gets the day of the assignment where the SIS wants that', () => {
  const built = (scoreDateBeforeAssigned: EffectiveSettings['scoreDateBeforeAssigned']) =>
    buildResult(
      aClass({}, { scoreDateBeforeAssigned }),
      aLineItem(),
      'sis-li',
      aResult({ scoreDate: '2026-09-15' }),
    );
  expect(built('send')).toMatchObject({ body: { scoreDate: '2026-09-15' } });
  expect(built('assignDate')).toMatchObject({ body: { scoreDate: '2026-10-01' } });
});
