/** Deletions by hand: which are due in what order, and what becomes of them when a lane dies or somebody changes his mind. */
import type { DeletionDue, Fence, Lanes } from '../../src/passback/ports/lanes.ts';
import { sweep } from '../../src/store/sweep.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  quietNow,
  sisDistrict,
  type District,
} from '../support/district.ts';
import { startService, type TestService } from '../support/service.ts';

const N = 2;
let service: TestService;
let lanes: Lanes;
let d: District;
beforeEach(async () => {
  // no worker: these tests are the workers
  service = await startService({ sis: { district: sisDistrict(N) }, env: { ROLE: 'api' } });
  lanes = service.service.store.lanes;
  d = await district(service, N, { autoSync: true, gatherSeconds: 0, deletePropagation: 'delete' });
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  // as if they had been sent
  for (const table of ['line_item', 'result'])
    await sql(
      `UPDATE ${table} SET clean_n = dirty_n, release_n = dirty_n, acked_version = 1, acked_hash = 'x', acked = '{"score":1}', acked_at = now(),
              last_sent_at = now(), sourced_id = $1 || id`,
      [table],
    );
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/a'));
});
afterEach(() => service.stop());

const sql = <T>(text: string, params: unknown[] = []) => service.service.db.rows<T>(text, params);
const claim = async (owner: string): Promise<Fence> => {
  await sql(`UPDATE lane SET lease_until = now() - interval '1 second', wake_at = now()`);
  const [fence] = await lanes.claim(owner, 10, []);
  return fence!;
};
const due = (fence: Fence) => lanes.deletionsDue(fence);
const kinds = (of: DeletionDue[]) => of.map(({ kind }) => kind);
const done = (fence: Fence, of: DeletionDue[]) =>
  Promise.all(of.map((one) => lanes.keepDeletion(fence, one, { how: 'done' })));
const states = async () =>
  (await sql<{ state: string }>(`SELECT state FROM deletion ORDER BY id`)).map((row) => row.state);

test('results are due before their lineItem, each once in a run, and the lane wakes for what comes next', async () => {
  const fence = await claim('A');
  const results = await due(fence);
  expect(kinds(results)).toEqual(['result', 'result']);
  expect(results[0]).toMatchObject({ how: 'delete', sourcedId: expect.stringMatching(/^result\d+$/) });
  expect(await due(fence)).toEqual([]);
  expect(await done(fence, results)).toEqual([true, true]);
  await lanes.release(fence, 0);
  const [lane] = await sql<{ now: boolean }>(`SELECT wake_at <= now() AS now FROM lane`);
  expect(lane).toEqual({ now: true });
  const again = await claim('A');
  const item = await due(again);
  expect(kinds(item)).toEqual(['lineItem']);
  await done(again, item);
  expect(await states()).toEqual(['done', 'done', 'done']);
});

test('what a lane had in its hands when it died is due again, and its own answer counts for nothing', async () => {
  const dead = await claim('A');
  const taken = await due(dead);
  await sql(`UPDATE lane SET wake_at = NULL, owner = NULL`);
  await sweep(service.service.db);
  const [woken] = await sql<{ at: Date | null }>(`SELECT wake_at AS at FROM lane`);
  expect(woken?.at).not.toBeNull();
  const fence = await claim('B');
  expect(kinds(await due(fence))).toEqual(['result', 'result']);
  expect(await done(dead, taken)).toEqual([false, false]);
  expect(await states()).toEqual(['planned', 'planned', 'planned']);
});

test('in quiet hours those alone go that somebody has pressed for; the others wait for their end', async () => {
  const settings = await expectOk(d.admin<Record<string, unknown>>('GET', '/domains/district/settings'));
  const put = (more: object) =>
    expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, ...more }));
  const ready = () => sql(`SELECT 1 FROM deletion WHERE next_attempt_at <= now()`);
  await put(quietNow());
  const fence = await claim('A');
  // also before the look at the rows that puts them off
  expect(await due(fence)).toEqual([]);
  expect(await lanes.take(fence, 10)).toEqual([]);
  expect(await ready()).toEqual([]);
  await lanes.release(fence, 0);
  const [lane] = await sql<{ later: boolean }>(`SELECT wake_at > now() AS later FROM lane`);
  expect(lane).toEqual({ later: true });
  await put({ quietHours: null });
  expect(await ready()).toHaveLength(3);

  await put(quietNow());
  const { id } = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs', {}));
  const by = (trigger: string) => sql(`UPDATE sync SET trigger = $2 WHERE id = $1`, [id, trigger]);
  await by('schedule');
  const again = await claim('A');
  expect(await due(again)).toEqual([]);
  await by('manual');
  await lanes.take(again, 10);
  expect(kinds(await due(again))).toEqual(['result', 'result']);
});

test('put here again while a lane that then dies had it in its hands, it is sent once more', async () => {
  const first = await claim('A');
  await done(first, await due(first));
  await due(first);
  await putLineItem(d.lms, 'a');
  // one score, whose deletion was done, and is forgotten
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s01', { score: 5 }));
  // the lineItem was put again and acknowledged, as far as the next run knows
  await sql(
    `UPDATE line_item SET clean_n = dirty_n, release_n = dirty_n, acked_version = 1, acked_hash = 'x', acked = '{}'`,
  );
  expect(await states()).toEqual(expect.arrayContaining(['withdrawn']));
  const next = await claim('B');
  expect(await due(next)).toEqual([]);
  const [item] = await sql<{ due: boolean; acked_hash: string | null }>(
    `SELECT release_n > clean_n AS due, acked_hash FROM line_item`,
  );
  expect(item).toEqual({ due: true, acked_hash: null });
  expect(await states()).toEqual(['done', 'done']);
});

test('one that the SIS forbids ends the asking for its siblings, and the lineItem is tried all the same', async () => {
  const fence = await claim('A');
  const [one, other] = await due(fence);
  const reason = { code: 'ITEM_DELETE_REFUSED' } as const;
  await lanes.keepDeletion(fence, one!, { how: 'refused', reason });
  await lanes.keepDeletion(fence, other!, { how: 'untried' });
  expect((await states()).sort()).toEqual(['planned', 'planned', 'refused']);
  const next = await claim('B');
  expect(kinds(await due(next))).toEqual(['result']);
});

test('one that is not answered is tried later, and given up only long after', async () => {
  const fence = await claim('A');
  const [one] = await due(fence);
  const silence = {
    ...{ how: 'retry' as const, reason: { code: 'CONN_TIMEOUT' as const }, ambiguous: true, counts: true },
    nextAttemptAt: new Date(Date.now() + 60_000),
  };
  await lanes.keepDeletion(fence, one!, silence);
  const row = async () =>
    (
      await sql<{ state: string; attempts: number; sent: boolean; later: boolean }>(
        `SELECT state, attempts, sent_at IS NOT NULL AS sent, next_attempt_at > now() + interval '50 seconds' AS later FROM deletion WHERE id = $1`,
        [one!.id],
      )
    )[0];
  expect(await row()).toEqual({ state: 'planned', attempts: 1, sent: true, later: true });
  await sql(`UPDATE deletion SET attempts = 200, failing_since = now() - interval '4 days' WHERE id = $1`, [
    one!.id,
  ]);
  await lanes.keepDeletion(fence, one!, silence);
  expect(await row()).toMatchObject({ state: 'refused', attempts: 201 });
});

test('in quiet hours a look at what is due asks the database no more often for many schools than for one', async () => {
  const settings = await expectOk(d.admin<Record<string, unknown>>('GET', '/domains/district/settings'));
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, ...quietNow() }));
  const fence = await claim('A');
  const { db } = service.service;
  const rows = db.rows.bind(db);
  const asked = async () => {
    let n = 0;
    db.rows = <T>(text: string, params?: unknown[]) => (n++, rows<T>(text, params));
    await lanes.take({ ...fence }, 10);
    db.rows = rows;
    return n;
  };
  const before = await asked();
  for (const key of ['north', 'south', 'west'])
    await expectOk(d.admin('PUT', `/domains/${key}`, { name: key, parentId: 'district' }));
  expect(before).toBeGreaterThan(0);
  expect(await asked()).toBe(before);
});
