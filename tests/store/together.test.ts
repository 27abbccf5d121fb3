import { expect, test } from '@jest/globals';
import { together } from '../../src/store/together.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Asks that are answered when the test says so. */
function questions() {
  const asked: { keys: readonly number[]; answer(): void; fail(): void }[] = [];
  const many = together<number, string>(
    (keys) =>
      new Promise((resolve, reject) => {
        const answer = () => resolve(keys.map((key) => `of ${key}`));
        asked.push({ keys, answer, fail: () => reject(new Error('the database is away')) });
      }),
  );
  return { many, asked };
}

test('who ask in one turn of the loop ask once, and each gets his own answer', async () => {
  const { many, asked } = questions();
  const answers = Promise.all([many.load(1), many.load(2), many.load(1)]);
  await turn();
  expect(asked.map(({ keys }) => keys)).toEqual([[1, 2, 1]]);
  asked[0]!.answer();
  expect(await answers).toEqual(['of 1', 'of 2', 'of 1']);
});

test('who come while it is being asked go with the next one, and nothing is remembered', async () => {
  const { many, asked } = questions();
  const first = many.load(1);
  await turn();
  const second = many.load(1);
  await turn();
  const third = many.load(3);
  await turn();
  expect(asked).toHaveLength(1);
  asked[0]!.answer();
  expect(await first).toBe('of 1');
  await turn();
  expect(asked.map(({ keys }) => keys)).toEqual([[1], [1, 3]]);
  asked[1]!.answer();
  expect(await Promise.all([second, third])).toEqual(['of 1', 'of 3']);
});

test('a question that fails fails those who asked it, and the next one is asked', async () => {
  const { many, asked } = questions();
  const lost = many.load(1);
  await turn();
  const next = many.load(2);
  asked[0]!.fail();
  await expect(lost).rejects.toThrow('the database is away');
  await turn();
  asked[1]!.answer();
  expect(await next).toBe('of 2');
});

test('more than 500 are asked in parts', async () => {
  const { many, asked } = questions();
  const all = Promise.all(Array.from({ length: 1_100 }, (_, i) => many.load(i)));
  for (let part = 0; part < 3; part++) {
    await turn();
    await turn();
    asked[part]!.answer();
  }
  expect(asked.map(({ keys }) => keys.length)).toEqual([500, 500, 100]);
  expect(await all).toHaveLength(1_100);
});
