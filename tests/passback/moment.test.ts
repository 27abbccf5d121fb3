import { Moment } from '../../src/passback/moment.ts';

let now = 0;
let moment: Moment;
beforeEach(() => {
  now = 0;
  moment = new Moment(() => now);
});
const reading = () => Promise.resolve({ kind: 'read' as const, value: [] });

test('a list is asked for once as long as it is fresh', async () => {
  const first = moment.list('a', reading);
  await first;
  now = 29_000;
  expect(moment.list('a', reading)).toBe(first);
  now = 30_000;
  expect(moment.list('a', reading)).not.toBe(first);
});

test('a list that is read again has let nobody through yet', async () => {
  await moment.list('a', reading);
  moment.passedBy('a').set('student', 1);
  now = 29_000;
  expect([...moment.passedBy('a').keys()]).toEqual(['student']);
  now = 30_000;
  await moment.list('a', reading);
  expect(moment.passedBy('a').size).toBe(0);
});

test('of a run that goes on and on, only what is fresh is kept', async () => {
  moment.isEmpty('made');
  moment.passedBy('made').set('student', 1);
  await moment.list('read', reading);
  moment.passedBy('read').set('student', 1);
  now = 10_000;
  moment.isEmpty('later');
  moment.passedBy('later').set('student', 1);
  now = 31_000;
  moment.isEmpty('next');
  expect(['made', 'read', 'later'].map((of) => moment.passedBy(of).size)).toEqual([0, 0, 1]);
});
