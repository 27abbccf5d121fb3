/** What is said before anything is sent, rule by rule; and that it is the same as what is then done. */
import fc from 'fast-check';
import { buildLineItem } from '../../../src/gradebook/line-item.ts';
import { localDate } from '../../../src/gradebook/local-dates.ts';
import { Finding } from '../../../src/gradebook/preflight/finding.ts';
import { lineItemRules } from '../../../src/gradebook/preflight/line-item-rules.ts';
import { asDecided, preflightLineItem, preflightResult } from '../../../src/gradebook/preflight/preflight.ts';
import { resultRules } from '../../../src/gradebook/preflight/result-rules.ts';
import { buildResult } from '../../../src/gradebook/result.ts';
import type { Decision } from '../../../src/gradebook/decision.ts';
import { planLineItem, planResult } from '../../../src/passback/planner.ts';
import { aClass, aLineItem, anyClass, anyLineItem, anyResult, aResult } from '../facts.ts';

type Cls = Parameters<typeof aClass>[0];
type Settings = Parameters<typeof aClass>[1];
const overrides = aLineItem().overrides;
const day = (date: string) => new Date(`${date}T17:00:00Z`);
const gone = { sourcedId: 'q', title: 'Q', startDate: '2025-01-01', endDate: '2025-02-01' };
const now = { ...gone, startDate: '2026-10-05', endDate: '2026-12-18' };
const twins = ['older', 'li1'].map((key, i) => ({
  key,
  title: 'Essay 1',
  createdAt: day(`2026-09-0${i + 1}`),
}));
const renamed = { categoryTitles: { 'sis-hw': 'Home work' } };
const v1p1 = { oneRosterVersion: '1.1' as const };

/** Every rule about a lineItem, with a case in which it finds something: [class, settings, lineItem, finding]. */
const lineItemCases: Record<string, [Cls, Settings, Parameters<typeof aLineItem>[0], string]> = {
  SKIP_SWITCHED_OFF: [{}, {}, { syncToSis: false }, 'skips'],
  CAT_NONE: [{}, {}, { categoryKey: null }, 'skips'],
  SKIP_BEFORE_SEND_FROM: [{}, { sendFrom: '2026-11-01T00:00:00Z' }, {}, 'skips'],
  SKIP_CLASS_UNPUBLISHED: [{ published: false }, {}, {}, 'skips'],
  SKIP_UNPUBLISHED: [{}, {}, { published: false }, 'skips'],
  NO_CONNECTION: [{ gradebookUrl: null }, {}, {}, 'blocks'],
  MAP_CLASS: [{ sourcedId: null }, {}, {}, 'blocks'],
  ITEM_NOT_WHOLE_CLASS: [{}, { requireWholeClass: true }, { assignedTo: 'individuals' }, 'blocks'],
  POINTS_INVALID: [{}, {}, { resultValueMax: null }, 'blocks'],
  POINTS_NOT_WHOLE: [{}, { wholePoints: 'round' }, { resultValueMax: 12.5 }, 'warns resultValueMax 13'],
  DUE_MISSING: [{ gradingPeriods: [] }, {}, { dueDate: null }, 'blocks'],
  DUE_OUTSIDE_PERIOD: [{ gradingPeriods: [gone] }, {}, {}, 'warns dueDate 2025-02-01?'],
  PERIOD_CLOSED: [{ gradingPeriods: [{ ...now, open: false }] }, {}, {}, 'warns'],
  PERIOD_UNKNOWN: [{ ...v1p1, gradingPeriods: [] }, {}, {}, 'blocks'],
  DUE_TZ_EDGE: [
    { gradingPeriods: [{ ...now, endDate: '2026-10-08' }] },
    {},
    {},
    'warns dueDate 2026-10-08T12:00:00.000Z?',
  ],
  ASSIGN_OUTSIDE_PERIOD: [{ gradingPeriods: [now] }, {}, {}, 'warns assignDate 2026-10-05?'],
  TITLE_TOO_LONG: [
    {},
    { titleLimit: 10, titleTooLong: 'block' },
    { title: 'Essay on everything' },
    'blocks title Essay on…?',
  ],
  TITLE_DUPLICATE: [{ titles: twins }, {}, {}, 'warns title Essay 1 (2)?'],
  CAT_MISSING: [{}, {}, { categoryKey: 'tests' }, 'blocks'],
  CAT_NOT_FOUND: [{ mapping: { default: null, map: { hw: 'gone' } } }, {}, {}, 'blocks'],
  CAT_RENAMED: [renamed, {}, {}, 'warns'],
  MAP_SCHOOL: [{ schoolSourcedId: null, schoolMissing: true }, {}, {}, 'blocks'],
};
/** The same for results: [class, settings, result, student, finding]. */
const resultCases: Record<
  string,
  [Cls, Settings, Parameters<typeof aResult>[0], Parameters<typeof aResult>[1], string]
> = {
  SKIP_STUDENT_INACTIVE: [{}, {}, {}, { active: false }, 'skips'],
  SKIP_HELD_BACK: [{}, {}, { posted: false }, {}, 'skips'],
  STATUS_UNSUPPORTED: [{}, { excused: 'block' }, { status: 'excused' }, {}, 'blocks'],
  SKIP_INCOMPLETE: [{}, {}, { status: 'incomplete' }, {}, 'skips'],
  SKIP_STATUS: [{}, { submitted: 'skip' }, { status: 'submitted' }, {}, 'skips'],
  SKIP_UNGRADED: [{}, {}, { score: null }, {}, 'skips'],
  SKIP_CLEARED: [{}, { blank: 'keep' }, { score: null, ackedVersion: 1 }, {}, 'skips'],
  NO_CONNECTION: [{ gradebookUrl: null }, {}, {}, {}, 'blocks'],
  MAP_CLASS: [{ sourcedId: null }, {}, {}, {}, 'blocks'],
  MAP_STUDENT: [{}, {}, {}, { sourcedId: null }, 'blocks'],
  MAP_STUDENT_TWICE: [{}, {}, {}, { sourcedIdShared: true }, 'blocks'],
  ENROLL_NOT_IN_CLASS: [{ sisStudents: ['somebody else'] }, {}, {}, {}, 'warns'],
  BLANK_POLICY: [v1p1, {}, { score: null, ackedVersion: 1 }, {}, 'blocks'],
  SKIP_NO_SCORE: [v1p1, {}, { score: null, status: 'submitted' }, {}, 'skips'],
  SCORE_ABOVE_MAX: [{}, { overMax: 'cap' }, { score: '105' }, {}, 'warns score 100'],
  SCORE_BELOW_MIN: [{}, { overMax: 'block' }, { score: '-1' }, {}, 'blocks score 0?'],
  EXEMPT_SHOWN_AS_ZERO: [{}, { exemptScore: 'zero' }, { status: 'excused' }, {}, 'warns'],
  STATUS_NOT_TOLD: [v1p1, {}, { late: true }, {}, 'warns'],
};

/** severity, and the automatic change: `field value`, with `?` where it is offered and not made */
function told(findings: Finding[], code: string): string | undefined {
  const finding = findings.find((one) => one.code === code);
  if (!finding) return undefined;
  Finding.parse(finding);
  expect(finding.seenIn.where).toBe(finding.severity === 'warns' ? 'sis' : 'here');
  const { automatic, severity } = finding;
  return automatic
    ? `${severity} ${automatic.field} ${automatic.gives}${automatic.applied ? '' : '?'}`
    : severity;
}

test.each(Object.entries(lineItemCases))('about an assignment: %s', (code, [cls, settings, li, expected]) => {
  expect(told(preflightLineItem(aClass(cls, settings), aLineItem(li)), code)).toBe(expected);
  expect(preflightLineItem(aClass(), aLineItem())).toEqual([]);
});
test.each(Object.entries(resultCases))('about a score: %s', (code, [cls, settings, r, student, expected]) => {
  expect(told(preflightResult(aClass(cls, settings), aLineItem(), aResult(r, student)), code)).toBe(expected);
  expect(preflightResult(aClass(), aLineItem(), aResult())).toEqual([]);
});
test('no rule is without a case', () => {
  expect(Object.keys(lineItemCases).sort()).toEqual(lineItemRules.map(({ code }) => code).sort());
  expect(Object.keys(resultCases).sort()).toEqual(resultRules.map(({ code }) => code).sort());
});

test('of what is not for the SIS at all nothing else is said; an unpublished one is prepared with all that is known', () => {
  const wrong = { title: 'Essay on everything', resultValueMax: null };
  const cls = aClass({}, { titleLimit: 10 });
  const codes = (li: object) =>
    preflightLineItem(cls, aLineItem({ ...wrong, ...li })).map(({ code }) => code);
  expect(codes({ syncToSis: false })).toEqual(['SKIP_SWITCHED_OFF']);
  expect(codes({ published: false })).toEqual(['SKIP_UNPUBLISHED', 'POINTS_INVALID', 'TITLE_TOO_LONG']);
});

test('two long titles that cutting would make the same are no copies', () => {
  const titles = ['one', 'two'].map((last, i) => ({
    key: i === 0 ? 'older' : 'li1',
    title: `A title of many words, part ${last}`,
    createdAt: day(`2026-09-0${i + 1}`),
  }));
  const findings = preflightLineItem(
    aClass({ titles }, { titleLimit: 20 }),
    aLineItem({ title: titles[1]!.title }),
  );
  expect(findings.map(({ code, automatic }) => [code, automatic?.gives])).toEqual([
    ['TITLE_TOO_LONG', 'A title of many… (2)'],
  ]);
});

test('a student who is not in the SIS’s list is a warning, and sent all the same', () => {
  const cls = aClass({ sisStudents: [] });
  expect(buildResult(cls, aLineItem(), 'li', aResult())).toMatchObject({
    action: 'body',
    warnings: [{ code: 'ENROLL_NOT_IN_CLASS' }],
  });
});

test('a choice of the teacher’s is judged as the LMS’s own', () => {
  const li = aLineItem({ title: 'Short', overrides: { ...overrides, sisTitle: 'A title too long for it' } });
  expect(told(preflightLineItem(aClass({}, { titleLimit: 10 }), li), 'TITLE_TOO_LONG')).toMatch(
    /^warns title/,
  );
});

const stopOf = (findings: Finding[]) => findings.find(({ severity }) => severity !== 'warns');
function expectSame(findings: Finding[], decision: Decision<unknown>) {
  const stop = stopOf(findings);
  const expected = { blocks: 'blocked', skips: 'skip', warns: '' } as const;
  if (stop) {
    expect(decision).toMatchObject({ action: expected[stop.severity], reason: { code: stop.code } });
  } else expect(['create', 'update', 'unchanged', 'needsRead']).toContain(decision.action);
  for (const finding of findings) Finding.parse(finding);
}

test('whatever it is: what is said to block, blocks, and what the plan keeps here is said', () => {
  fc.assert(
    fc.property(
      anyClass,
      fc.constantFrom('1.1', '1.2'),
      anyLineItem,
      anyResult,
      (c, oneRosterVersion, li, r) => {
        const cls = { ...c, oneRosterVersion };
        const lineItem = planLineItem(cls, li);
        expectSame(preflightLineItem(cls, li), lineItem);
        const result = planResult(cls, li, lineItem, r);
        const own = preflightResult(cls, li, r);
        expectSame(asDecided(own, result, 'result'), result);
        // the plan adds that the assignment waits or stays, and nothing else
        const added = stopOf(asDecided(own, result, 'result'));
        if (added && !own.some(({ code }) => code === added.code))
          expect(added.code).toMatch(/^(LINE_ITEM_WAITS|SKIP_LINE_ITEM|NO_CONNECTION)$/);
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is offered is what comes of it, once the setting says so', () => {
  fc.assert(
    fc.property(anyClass, anyLineItem, (cls, li) => {
      for (const { automatic } of preflightLineItem(cls, li)) {
        if (!automatic) continue;
        const { field, gives, setting, value, applied } = automatic;
        const settings = { ...cls.settings, [setting]: value };
        if (setting !== 'dueDateForm') settings.dueDateForm = 'instant';
        const built = buildLineItem({ ...cls, settings }, li);
        if (built.action !== 'body') continue;
        const sent = built.body[field as 'title' | 'dueDate' | 'resultValueMax'];
        const isDay = typeof gives === 'string' && /^\d{4}-\d\d-\d\d$/.test(gives);
        if (field !== 'title' || applied || setting === 'duplicateTitle')
          expect(isDay && field !== 'title' ? localDate(new Date(sent as string), cls.timeZone) : sent).toBe(
            gives,
          );
      }
    }),
    { numRuns: 1000 },
  );
});
