import fc from 'fast-check';
import { buildLineItem } from '../../src/gradebook/line-item.ts';
import { localDate } from '../../src/gradebook/local-dates.ts';
import { OneRosterLineItem } from '../../src/gradebook/oneroster.ts';
import { titleLength } from '../../src/gradebook/title.ts';
import { validateBody } from '../support/spec-validator.ts';
import { aClass, aLineItem, anyClass, anyLineItem } from './facts.ts';

const overrides = aLineItem().overrides;
function built(cls = aClass(), li = aLineItem()) {
  const result = buildLineItem(cls, li);
  if (result.action !== 'body') throw new Error(JSON.stringify(result));
  return result;
}
function stopped(cls = aClass(), li = aLineItem()): string {
  const result = buildLineItem(cls, li);
  if (result.action === 'needsRead') return `needsRead ${result.read}`;
  return result.action === 'body' ? 'body' : `${result.action} ${result.reason.code}`;
}

test('an assignment becomes exactly this lineItem', () => {
  const li = aLineItem({ description: 'Two pages', gradingPeriodSourcedId: 'q1', key: 'li/1' });
  expect(built(aClass({ sourcedId: 'sis/class 1' }), li).body).toEqual({
    sourcedId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    status: 'active',
    dateLastModified: '2026-10-05T14:30:00.000Z',
    title: 'Essay 1',
    description: 'Two pages',
    assignDate: '2026-10-01T13:00:00.000Z',
    dueDate: '2026-10-09T04:59:00.000Z',
    class: {
      href: 'https://sis.example/ims/oneroster/rostering/v1p2/classes/sis%2Fclass%201',
      sourcedId: 'sis/class 1',
      type: 'class',
    },
    school: {
      href: 'https://sis.example/ims/oneroster/rostering/v1p2/orgs/sis-school',
      sourcedId: 'sis-school',
      type: 'org',
    },
    category: {
      href: 'https://sis.example/ims/oneroster/gradebook/v1p2/categories/sis-hw',
      sourcedId: 'sis-hw',
      type: 'category',
    },
    gradingPeriod: {
      href: 'https://sis.example/ims/oneroster/rostering/v1p2/gradingPeriods/q1',
      sourcedId: 'q1',
      type: 'academicSession',
    },
    resultValueMin: 0,
    resultValueMax: 100,
  });
});

test('a pinned id stays, whatever the deterministic one would be', () => {
  expect(built(aClass(), aLineItem({ sourcedId: 'pinned' })).body.sourcedId).toBe('pinned');
});

test('a grading period is sent only if it is named', () => {
  expect(built().body).not.toHaveProperty('gradingPeriod');
});

describe('by choice it stays', () => {
  test.each<[string, () => string, string]>([
    [
      'switched off by the LMS',
      () => stopped(aClass(), aLineItem({ syncToSis: false })),
      'skip SKIP_SWITCHED_OFF',
    ],
    [
      'switched off by the teacher',
      () => stopped(aClass(), aLineItem({ overrides: { ...overrides, syncToSis: false } })),
      'skip SKIP_SWITCHED_OFF',
    ],
    [
      'switched on by the teacher',
      () => stopped(aClass(), aLineItem({ syncToSis: false, overrides: { ...overrides, syncToSis: true } })),
      'body',
    ],
    ['class not published', () => stopped(aClass({ published: false })), 'skip SKIP_CLASS_UNPUBLISHED'],
    ['not published', () => stopped(aClass(), aLineItem({ published: false })), 'skip SKIP_UNPUBLISHED'],
    [
      'publishing does not matter',
      () =>
        stopped(aClass({ published: false }, { requirePublished: false }), aLineItem({ published: false })),
      'body',
    ],
    [
      'no category',
      () => stopped(aClass({ mapping: { default: 'sis-hw', map: {} } }), aLineItem({ categoryKey: null })),
      'skip CAT_NONE',
    ],
    [
      'no category but one chosen',
      () =>
        stopped(
          aClass(),
          aLineItem({ categoryKey: null, overrides: { ...overrides, sisCategorySourcedId: 'sis-quiz' } }),
        ),
      'body',
    ],
    [
      'due before the first day',
      () => stopped(aClass({}, { sendFrom: '2026-10-10T00:00:00Z' })),
      'skip SKIP_BEFORE_SEND_FROM',
    ],
    [
      'due after the first day',
      () =>
        stopped(
          aClass({}, { sendFrom: '2026-10-09T00:00:00-05:00' }),
          aLineItem({ dueDate: new Date('2026-10-09T05:00:00Z') }),
        ),
      'body',
    ],
    [
      'choice before need',
      () => stopped(aClass({ sourcedId: null }), aLineItem({ published: false, resultValueMax: null })),
      'skip SKIP_UNPUBLISHED',
    ],
  ])('%s', (_, what, expected) => expect(what()).toBe(expected));
});

describe('it needs someone', () => {
  test.each<[string, () => string, string]>([
    ['no connection', () => stopped(aClass({ gradebookUrl: null })), 'blocked NO_CONNECTION'],
    ['class not linked', () => stopped(aClass({ sourcedId: null })), 'blocked MAP_CLASS'],
    [
      'class without custom id where those count',
      () => stopped(aClass({ customId: null }, { useCustomIds: true })),
      'blocked MAP_CLASS',
    ],
    [
      'for single students',
      () => stopped(aClass({}, { requireWholeClass: true }), aLineItem({ assignedTo: 'individuals' })),
      'blocked ITEM_NOT_WHOLE_CLASS',
    ],
    [
      'for single students, where that is fine',
      () => stopped(aClass(), aLineItem({ assignedTo: 'individuals' })),
      'body',
    ],
    ['no points', () => stopped(aClass(), aLineItem({ resultValueMax: null })), 'blocked POINTS_INVALID'],
    ['zero points', () => stopped(aClass(), aLineItem({ resultValueMax: 0 })), 'blocked POINTS_INVALID'],
    [
      'as many as the minimum',
      () => stopped(aClass(), aLineItem({ resultValueMin: 5, resultValueMax: 5 })),
      'blocked POINTS_INVALID',
    ],
    [
      'no due date, no period',
      () => stopped(aClass({ gradingPeriods: [] }), aLineItem({ dueDate: null })),
      'blocked DUE_MISSING',
    ],
    [
      'no due date, default refused',
      () => stopped(aClass({}, { dueDateMissing: 'block' }), aLineItem({ dueDate: null })),
      'blocked DUE_MISSING',
    ],
    [
      'title too long',
      () =>
        stopped(aClass({}, { titleLimit: 10, titleTooLong: 'block' }), aLineItem({ title: 'Eleven char' })),
      'blocked TITLE_TOO_LONG',
    ],
    [
      'category not mapped',
      () => stopped(aClass(), aLineItem({ categoryKey: 'tests' })),
      'blocked CAT_MISSING',
    ],
    [
      'category gone',
      () => stopped(aClass({ mapping: { default: null, map: { hw: 'gone' } } })),
      'blocked CAT_NOT_FOUND',
    ],
    [
      'school unknown to the SIS too',
      () => stopped(aClass({ schoolSourcedId: null, schoolMissing: true })),
      'blocked MAP_SCHOOL',
    ],
    ['school to be read', () => stopped(aClass({ schoolSourcedId: null })), 'needsRead school'],
    ['categories to be read', () => stopped(aClass({ sisCategories: null })), 'needsRead categories'],
  ])('%s', (_, what, expected) => expect(what()).toBe(expected));
});

test('custom ids stand for the ids of the SIS', () => {
  expect(built(aClass({}, { useCustomIds: true })).body.class.sourcedId).toBe('custom-class');
});

test('the teacher’s title, due date and category are stronger', () => {
  const decided = {
    syncToSis: null,
    sisTitle: 'Short',
    sisDueDate: new Date('2026-10-20T04:59:00Z'),
    sisCategorySourcedId: 'sis-quiz',
  };
  const { body } = built(aClass(), aLineItem({ overrides: decided }));
  expect([body.title, body.dueDate, body.category.sourcedId]).toEqual([
    'Short',
    '2026-10-20T04:59:00.000Z',
    'sis-quiz',
  ]);
});

test('a title over the limit is shortened with a warning', () => {
  const { body, warnings } = built(
    aClass({}, { titleLimit: 12 }),
    aLineItem({ title: 'Essay on everything' }),
  );
  expect(body.title).toBe('Essay on ev…');
  expect(warnings).toEqual([{ code: 'TITLE_TOO_LONG', params: { length: 19, limit: 12 } }]);
});

describe('dates that the LMS left out', () => {
  const dates = (cls = aClass(), li = aLineItem()) => {
    const { body, frozenDueDate } = built(cls, li);
    return [body.assignDate, body.dueDate, frozenDueDate?.toISOString()];
  };
  const noDue = { dueDate: null };

  test('due at 23:59 local on the last day of the period around the assign date; the shorter period counts', () => {
    expect(dates(aClass(), aLineItem(noDue))).toEqual([
      '2026-10-01T13:00:00.000Z',
      '2026-10-24T04:59:00.000Z',
      '2026-10-24T04:59:00.000Z',
    ]);
  });
  test('the local day decides which period it is', () => {
    const late = new Date('2026-10-24T03:00:00Z'); // still the 23rd in Chicago
    expect(dates(aClass(), aLineItem({ ...noDue, assignDate: late }))[1]).toBe('2026-10-24T04:59:00.000Z');
  });
  test('a named period is stronger than the one around the assign date', () => {
    expect(dates(aClass(), aLineItem({ ...noDue, gradingPeriodSourcedId: 'q2' }))[1]).toBe(
      '2026-12-19T05:59:00.000Z',
    );
  });
  test('once sent it is frozen', () => {
    const frozenDueDate = new Date('2026-11-11T05:59:00Z');
    expect(dates(aClass({ gradingPeriods: [] }), aLineItem({ ...noDue, frozenDueDate }))).toEqual([
      '2026-10-01T13:00:00.000Z',
      '2026-11-11T05:59:00.000Z',
      undefined,
    ]);
  });
  test('a given due date freezes nothing', () => {
    expect(dates()[2]).toBeUndefined();
  });
  test('assigned on the local day on which the LMS first spoke of it', () => {
    // 03:00Z on the 1st is still September in Chicago
    expect(dates(aClass(), aLineItem({ assignDate: null }))[0]).toBe('2026-09-30T05:00:00.000Z');
  });
  test('assigned no later than due', () => {
    const li = aLineItem({ assignDate: null, dueDate: new Date('2026-09-02T04:59:00Z') });
    expect(dates(aClass(), li)[0]).toBe('2026-09-01T05:00:00.000Z');
  });
});

test('for any valid input a decision is made, and every body is valid', () => {
  fc.assert(
    fc.property(anyClass, anyLineItem, (cls, li) => {
      const result = buildLineItem(cls, li);
      if (result.action !== 'body') return;
      const { body } = result;
      OneRosterLineItem.parse(body);
      expect(validateBody('PUT', '/lineItems/x', { lineItem: body })).toEqual([]);
      if (cls.settings.titleLimit !== null)
        expect(titleLength(body.title)).toBeLessThanOrEqual(cls.settings.titleLimit);
      expect(body.title.isWellFormed()).toBe(true);
      expect(body.assignDate <= body.dueDate).toBe(true);
      expect(buildLineItem(cls, li)).toEqual(result);
    }),
    { numRuns: 1000 },
  );
});

test('a default due date is on the last day of a period of the class, in its zone', () => {
  fc.assert(
    fc.property(anyClass, anyLineItem, (cls, li) => {
      const result = buildLineItem(cls, { ...li, published: true, syncToSis: true });
      if (result.action !== 'body' || !result.frozenDueDate) return;
      expect(cls.gradingPeriods.map((p) => p.endDate)).toContain(
        localDate(result.frozenDueDate, cls.timeZone),
      );
    }),
    { numRuns: 500 },
  );
});
