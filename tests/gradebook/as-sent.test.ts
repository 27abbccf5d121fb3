import { asSent } from '../../src/gradebook/as-sent.ts';
import { aClass, aLineItem } from './facts.ts';

const overrides = aLineItem().overrides;
const cls = (over: Parameters<typeof aClass>[0] = {}) =>
  aClass({
    sisCategories: [{ sourcedId: 'sis-hw', title: 'Homework (SIS)' }],
    mapping: { default: null, map: { hw: 'sis-hw' } },
    ...over,
  });

test('people read of an assignment what its body says: title, due date and category as the SIS gets them', () => {
  expect(asSent(cls(), aLineItem())).toEqual({
    ...{ title: 'Essay 1', dueDate: '2026-10-09T04:59:00.000Z' },
    ...{ categorySourcedId: 'sis-hw', categoryTitle: 'Homework (SIS)' },
  });
});

test('what a teacher decided for the SIS is told, and what was brought back there before it', () => {
  const dueDate = new Date('2026-10-20T04:59:00Z');
  const mine = { ...overrides, sisTitle: 'Mine', sisDueDate: dueDate, sisCategorySourcedId: 'sis-tests' };
  const told = {
    ...{ title: 'Mine', dueDate: '2026-10-20T04:59:00.000Z' },
    ...{ categorySourcedId: 'sis-tests', categoryTitle: null },
  };
  expect(asSent(aClass({ sisCategories: null }), aLineItem({ overrides: mine }))).toEqual(told);
  const held = { title: 'Before', dueDate: '2026-10-02T00:00:00Z' };
  const restored = { version: 9, held, snapshotId: 's' };
  expect(asSent(aClass({ sisCategories: null }), aLineItem({ overrides: mine, restored }))).toEqual({
    ...told,
    ...{ title: 'Before', dueDate: '2026-10-02T00:00:00.000Z' },
  });
});

test('also of one that cannot go it is told how it would look, as far as that is known', () => {
  const none = aLineItem({ dueDate: null, categoryKey: null });
  expect(asSent(cls({ gradingPeriods: [], sourcedId: null }), none)).toEqual({
    ...{ title: 'Essay 1', dueDate: null, categorySourcedId: null, categoryTitle: null },
  });
});
