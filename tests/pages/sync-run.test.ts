/** How the pages follow one sync, whatever becomes of the token that began it. */
import type { Api } from '../../src/pages/api.ts';
import type { Sync } from '../../src/pages/answers.ts';
import { SyncRun } from '../../src/pages/teacher/sync-run.ts';

const none = { created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0, conflicts: 0 };
const sync = (status: Sync['status']) =>
  ({ id: 'one', status, pending: 1, counts: none, byKind: { lineItems: none, results: none } }) as Sync;

test('a sync that outlasts the token that began it is followed with the token of now', async () => {
  const asked: string[] = [];
  /** no stream comes through, so it is asked for */
  const apiOf = (token: string) =>
    ({
      stream: () => Promise.reject(new Error('cut')),
      get: () => {
        asked.push(token);
        return Promise.resolve(sync(asked.length < 2 ? 'processing' : 'complete'));
      },
    }) as unknown as Api;
  const host = { addController: () => undefined, requestUpdate: () => undefined };
  const done = await new SyncRun(host).follow(
    () => apiOf(asked.length === 0 ? 'first' : 'renewed'),
    sync('processing'),
    () => undefined,
  );
  expect(done?.status).toBe('complete');
  expect(asked).toEqual(['first', 'renewed']);
});
