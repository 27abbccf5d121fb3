import type { Settlement, Settling } from '../../src/passback/ports/lanes.ts';
import { Settler } from '../../src/passback/settler.ts';

const fence = { connectionId: '1', epoch: '2', owner: 'me' };
const of = (id: string, n = 1): Settlement => ({
  kind: 'result',
  id,
  classId: '1',
  n,
  version: n,
  how: 'untried',
});
/** A moment is over at once; longer never ends by itself: only who drains is in a hurry. */
const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (ms < 10) setImmediate(resolve);
    else if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

function settler(settle: (batch: Settlement[]) => Promise<Settling> = () => Promise.resolve('settled')) {
  const batches: string[][] = [];
  const written: Settling[] = [];
  const lanes = {
    settle: (_fence: unknown, batch: Settlement[]) => {
      batches.push(batch.map((s) => `${s.id}:${s.n}`));
      return settle(batch);
    },
  };
  return { batches, written, it: new Settler({ lanes, sleep }, fence, (what) => written.push(what)) };
}

test('answers of one turn share a statement; those that come during it gather for the next', async () => {
  const { batches, it } = settler();
  it.add(of('a'));
  it.add(of('b'));
  await turns();
  expect(batches).toEqual([['a:1', 'b:1']]);
  it.add(of('c'));
  it.add(of('d'));
  await turns();
  expect(batches).toHaveLength(1);
  expect(await it.drain()).toBe(true);
  expect(batches).toEqual([
    ['a:1', 'b:1'],
    ['c:1', 'd:1'],
  ]);
  expect(await it.drain()).toBe(false);
});

test('of one row twice, the second answer goes with the next statement, in order', async () => {
  const { batches, it } = settler();
  for (const s of [of('a'), of('b'), of('a', 2), of('c')]) it.add(s);
  await it.drain();
  expect(batches).toEqual([
    ['a:1', 'b:1'],
    ['a:2', 'c:1'],
  ]);
});

test('a statement is not larger than 500 rows', async () => {
  const { batches, it } = settler();
  for (let i = 0; i < 1200; i++) it.add(of(String(i)));
  await it.drain();
  expect(batches.map((b) => b.length)).toEqual([500, 500, 200]);
});

test('what came of each statement is told: that more is due by it, that the lane has moved on', async () => {
  const answers: Settling[] = ['moreDue', 'lost'];
  const { it, written } = settler(() => Promise.resolve(answers.shift()!));
  it.add(of('a'));
  it.add(of('a', 2));
  await it.drain();
  expect(written).toEqual(['moreDue', 'lost']);
});

test('a database that fails ends the run: the error comes out where the run waits', async () => {
  const { it, written } = settler(() => Promise.reject(new Error('gone')));
  it.add(of('a'));
  await turns();
  expect(written).toEqual(['lost']);
  await expect(it.drain()).rejects.toThrow('gone');
});
