import {
  lineItemAsLinked,
  lineItemLink,
  otherStudent,
  resultAsLinked,
  resultLink,
} from '../../src/gradebook/links.ts';
import { lineItemIdOf } from '../../src/gradebook/line-item.ts';
import { resultSourcedId } from '../../src/gradebook/source-ids.ts';
import { planLineItem, planResult } from '../../src/passback/planner.ts';
import { aClass, aLineItem, aResult } from './facts.ts';

const cls = aClass();
const sent = { ackedVersion: 3, ackedHash: 'hash', sourcedId: 'pinned' };

test('what was acknowledged for the class and student that are meant stays acknowledged', () => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('sis-class') });
  expect(lineItemAsLinked(cls, li)).toBe(li);
  const r = aResult({ ...sent, linkedTo: resultLink('pinned', 'sis-student') });
  expect(resultAsLinked(cls, 'pinned', r)).toBe(r);
});

test('nobody wrote down whose it was: it is taken for the one that is meant', () => {
  const r = aResult({ ...sent, linkedTo: null });
  expect(resultAsLinked(cls, 'pinned', r)).toBe(r);
});

test.each([
  ['another student', resultLink('pinned', 'somebody-else')],
  ['another lineItem of the SIS', resultLink('other', 'sis-student')],
])('of %s nothing counts: the score is made anew, under an id of its own', (_what, linkedTo) => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('sis-class') });
  const r = aResult({ ...sent, linkedTo });
  const decision = planResult(cls, li, planLineItem(cls, li), r);
  expect(decision).toMatchObject({
    action: 'create',
    sourcedId: resultSourcedId('pinned', 'sis-student'),
    body: { student: { sourcedId: 'sis-student' } },
  });
  // a cleared score was cleared for the former one; this one never had any
  expect(planResult(cls, li, planLineItem(cls, li), { ...r, score: null })).toMatchObject({
    action: 'skip',
    reason: { code: 'SKIP_UNGRADED' },
  });
});

test('what was held for the former student is not sent to this one', () => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('sis-class') });
  const restored = { version: 9, held: { scoreStatus: 'fully graded', score: 12 }, snapshotId: 'y' };
  const r = aResult({ ...sent, score: '88', linkedTo: resultLink('pinned', 'somebody-else'), restored });
  expect(planResult(cls, li, planLineItem(cls, li), r)).toMatchObject({ body: { score: 88 } });
});

test('what a reading found of the one that is meant holds it back, under the id that the SIS has; of a former one it does not', () => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('sis-class') });
  const his = resultLink('pinned', 'sis-student');
  const former = resultLink('pinned', 'somebody-else');
  const found = { how: 'foreign', code: 'SCORE_ALREADY_IN_SIS', shown: { score: 12 }, version: 0 } as const;
  const r = aResult({ ...sent, score: '88', linkedTo: former });
  const plan = (more: object) => planResult(cls, li, planLineItem(cls, li), { ...r, ...more });
  const seenOf = { linkedTo: his, sourcedId: 'typed' };
  expect(plan({ found: { ...found, linkedTo: his }, seenOf })).toMatchObject({
    action: 'conflict',
    standsAs: 'typed',
  });
  expect(plan({ found, seenOf })).toMatchObject({ action: 'create', sourcedId: 'typed' });
  expect(
    plan({ found: { ...found, linkedTo: former }, seenOf: { ...seenOf, linkedTo: former } }),
  ).toMatchObject({
    action: 'create',
    sourcedId: resultSourcedId('pinned', 'sis-student'),
  });
  // linked back: what was found of the one in between is not his
  expect(plan({ linkedTo: his, found: { ...found, linkedTo: former } }).action).not.toBe('conflict');
});

test('a lineItem of another class is made anew there, and its id tells the two apart', () => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('former-class') });
  const decision = planLineItem(cls, li);
  expect(decision).toMatchObject({ action: 'create', sourcedId: lineItemIdOf(cls, li) });
  expect(lineItemIdOf(cls, li)).not.toBe('pinned');
  expect(lineItemIdOf(aClass({ sourcedId: 'former-class' }), li)).toBe('pinned');
});

test('with custom ids it is those that a link is bound to', () => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('sis-class') });
  expect(planLineItem(aClass({}, { useCustomIds: true }), li)).toMatchObject({ action: 'create' });
});

test('a class that is not linked at all has lost nothing: when it is linked again, all is as it was', () => {
  const li = aLineItem({ ...sent, linkedTo: lineItemLink('sis-class') });
  expect(lineItemAsLinked(aClass({ sourcedId: null }), li)).toBe(li);
});

test('two students with one id in the SIS both wait, by the id that is meant', () => {
  const li = aLineItem();
  const plan = (student: object, useCustomIds: boolean) => {
    const of = aClass({}, { useCustomIds });
    return planResult(of, li, planLineItem(of, li), aResult({}, student));
  };
  const twice = { action: 'blocked', reason: { code: 'MAP_STUDENT_TWICE' } };
  expect(plan({ sourcedIdShared: true }, false)).toMatchObject(twice);
  expect(plan({ sourcedIdShared: true }, true)).toMatchObject({ action: 'create' });
  expect(plan({ customIdShared: true }, true)).toMatchObject(twice);
});

test('which student a link names is told apart from which lineItem', () => {
  expect(otherStudent(resultLink('a', 's'), resultLink('b', 's'))).toBe(false);
  expect(otherStudent(resultLink('a', 's'), resultLink('a', 't'))).toBe(true);
});
