/** How the pages follow one sync, whatever becomes of the token that began it. */
import { Problem, type Api } from '../../src/pages/api.ts';
import type { Sync } from '../../src/pages/answers.ts';
import { SyncRun } from '../../src/pages/teacher/sync-run.ts';

const none = { created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0, conflicts: 0 };
const sync = (status: Sync['status'], id = 'one') =>
  ({ id, status, pending: 1, counts: none, byKind: { lineItems: none, results: none } }) as Sync;

const host = { addController: () => undefined, requestUpdate: () => undefined };
const untold = () => undefined;
const ended = new Problem(401, { code: 'UNAUTHENTICATED' });
/** no stream comes through, so it is asked for */
const apiThat = (get: (where: string) => Promise<Sync>) =>
  ({ stream: () => Promise.reject(new Error('cut')), get }) as unknown as Api;

test('a sync that outlasts the token that began it is followed with the token of now', async () => {
  const asked: string[] = [];
  const apiOf = (token: string) =>
    apiThat(() => {
      asked.push(token);
      return Promise.resolve(sync(asked.length < 2 ? 'processing' : 'complete'));
    });
  const done = await new SyncRun(host).follow(
    () => apiOf(asked.length === 0 ? 'first' : 'renewed'),
    sync('processing'),
    untold,
  );
  expect(done?.status).toBe('complete');
  expect(asked).toEqual(['first', 'renewed']);
});

test('a refusal ends the following: nothing goes on for ever, and the same sync is followed again', async () => {
  const answers = [Promise.reject<Sync>(ended), Promise.resolve(sync('complete'))];
  const api = apiThat(() => answers.shift() ?? Promise.reject(ended));
  const run = new SyncRun(host);
  await expect(run.follow(() => api, sync('processing'), untold)).rejects.toBe(ended);
  expect([run.running, run.sync]).toEqual([false, null]);
  expect((await run.follow(() => api, sync('processing'), untold))?.status).toBe('complete');
});

test.each([
  ['an answer', () => Promise.resolve(sync('complete'))],
  ['a refusal', () => Promise.reject<Sync>(ended)],
])('%s about a sync that is not followed any more says nothing of the one that is', async (_what, answer) => {
  let say = (): void => undefined;
  const late = new Promise<void>((then) => (say = then));
  let asks = (): void => undefined;
  const asked = new Promise<void>((then) => (asks = then));
  const api = apiThat((where) => {
    if (where === 'syncs/other') return Promise.resolve(sync('complete', 'other'));
    asks();
    return late.then(answer);
  });
  const run = new SyncRun(host);
  const first = run.follow(() => api, sync('processing'), untold);
  await asked;
  const second = run.follow(() => api, sync('processing', 'other'), untold);
  say();
  expect(await first).toBeNull();
  expect([run.sync?.id, run.running]).toEqual(['other', true]);
  expect((await second)?.id).toBe('other');
});
