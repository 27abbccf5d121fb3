/** What is deleted here: left in the SIS, said there to be deleted, or deleted; by hand where the SIS forbids it. */
import { lineItemSourcedId } from '../../src/gradebook/source-ids.ts';
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
beforeEach(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { gatherSeconds: 0, deletePropagation: 'delete' });
});
afterEach(() => service.stop());

interface Deletion {
  id: string;
  kind: string;
  lineItemId: string;
  studentId: string | null;
  title: string;
  state: string;
  results: number;
  waitsForSync: boolean;
  reason: { code: string; message: string } | null;
  doneBy: string | null;
}
const control = () => service.sis.control;
const held = () => control().contents();
const itemId = lineItemSourcedId('district', 'c1', 'a', 'sis-class-1');
const deletions = async (query = '') =>
  (await expectOk(d.lms<{ items: Deletion[] }>('GET', `/classes/c1/deletions${query}`))).items;
const remove = (path = '') => expectOk(d.lms('DELETE', `/classes/c1/lineItems/a${path}`));
/** A sync that waits for what is deleted with it: not here. */
const press = () => expectOk(d.lms('POST', '/classes/c1/syncs'));
const auto = () => expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
const change = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      gatherSeconds: 0,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
async function graded(): Promise<void> {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete' });
  control().resetCounts();
}
const done = (n: number) => until(async () => (await deletions('?state=done')).length === n);
const deletes = () =>
  control()
    .writes()
    .filter((w) => w.method === 'DELETE')
    .map((w) => w.kind);

describe('a lineItem', () => {
  test('is deleted with the next sync, its results before it, and by itself where sending is automatic', async () => {
    await graded();
    await remove();
    expect(await deletions()).toMatchObject([
      {
        ...{ kind: 'lineItem', lineItemId: 'a', studentId: null, title: 'Title of a', results: N },
        ...{ state: 'planned', waitsForSync: true, reason: null },
      },
    ]);
    expect(deletes()).toEqual([]);
    await sync(d.lms);
    await done(1);
    expect(deletes()).toEqual(['result', 'result', 'result', 'lineItem']);
    expect([held().lineItems, held().results]).toEqual([[], []]);
    // nothing of the scores is kept
    expect(await service.service.db.rows(`SELECT 1 FROM deletion WHERE acked IS NOT NULL`)).toEqual([]);

    await auto();
    await putLineItem(d.lms, 'a');
    await until(() => held().lineItems.length === 1);
    await until(
      async () =>
        (await expectOk(d.lms<{ state: string }>('GET', '/classes/c1/lineItems/a'))).state === 'acknowledged',
    );
    await remove();
    await done(2);
    expect(held().lineItems).toEqual([]);
  });

  test('that was never sent is nobody’s to delete', async () => {
    await putLineItem(d.lms, 'a');
    await remove();
    expect(await deletions()).toEqual([]);
  });

  test('that is gone there already is deleted', async () => {
    await graded();
    control().remove('lineItems', itemId);
    await remove();
    await sync(d.lms);
    await done(1);
  });

  test('is said to be deleted where the SIS keeps what is deleted', async () => {
    await change({ deletePropagation: 'tobedeleted' });
    await graded();
    await remove();
    await sync(d.lms);
    await done(1);
    expect(held().lineItems).toMatchObject([
      { sourcedId: itemId, status: 'tobedeleted', title: 'Title of a' },
    ]);
    expect(held().results.map((r) => r.status)).toEqual(Array(N).fill('tobedeleted'));
    expect(deletes()).toEqual([]);
  });

  test('stays there where nothing is deleted, and is to be removed by hand', async () => {
    await change({ deletePropagation: 'none' });
    await graded();
    await remove();
    await sync(d.lms);
    expect(control().writes()).toEqual([]);
    const [todo] = await deletions('?state=toDoByHand');
    expect(todo).toMatchObject({ kind: 'lineItem', results: N, reason: { code: 'STILL_IN_SIS' } });
    const ticked = await expectOk(d.lms<Deletion>('POST', `/classes/c1/deletions/${todo!.id}/done`));
    expect(ticked).toMatchObject({ state: 'done', doneBy: 'lms', reason: null });
    const again = await d.lms<{ code: string }>('POST', `/classes/c1/deletions/${todo!.id}/done`);
    expect([again.status, again.body.code]).toEqual([409, 'DELETION_DONE']);
    expect(
      await service.service.db.rows(`SELECT 1 FROM deletion WHERE state <> 'done' OR acked IS NOT NULL`),
    ).toEqual([]);
  });

  test('that the SIS does not let go is to be removed by hand, and not asked for again', async () => {
    await graded();
    control().arm({ kind: 'status', method: 'DELETE', status: 405 });
    await remove();
    await sync(d.lms);
    const [refused] = await until(async () => {
      const items = await deletions('?state=refused');
      return items.length > 0 ? items : null;
    });
    expect(refused).toMatchObject({ kind: 'lineItem', reason: { code: 'ITEM_DELETE_REFUSED' } });
    // one score is enough to learn that it is forbidden, or those that were asked at the same time
    expect(deletes().filter((kind) => kind === 'lineItem')).toHaveLength(1);
    const asked = deletes().length;
    await sync(d.lms);
    expect(deletes()).toHaveLength(asked);
    expect(held().results).toHaveLength(N);
  });

  test('that is locked there is told with the SIS’s words', async () => {
    await graded();
    control().lock(itemId);
    await remove();
    await sync(d.lms);
    const [refused] = await until(async () => {
      const items = await deletions('?state=refused');
      return items.length > 0 ? items : null;
    });
    expect(refused?.reason?.message).toMatch(/Assignment is locked/);
  });

  test('is tried again while the SIS is out of order', async () => {
    await graded();
    await remove();
    control().arm({ kind: 'status', method: 'DELETE', status: 503, count: 2 });
    await sync(d.lms);
    await done(1);
    expect([held().lineItems, held().results]).toEqual([[], []]);
  });
});

describe('put here again', () => {
  test('after a deletion that was never answered, it is there in the end', async () => {
    await graded();
    control().arm({ kind: 'reset-after-store', method: 'DELETE', request: 'lineItem', count: 1 });
    // and then the SIS is out of order for a while
    control().arm({ kind: 'status', method: 'DELETE', request: 'lineItem', status: 503 });
    await remove();
    await press();
    await until(() => held().lineItems.length === 0);
    await putLineItem(d.lms, 'a');
    await putScores(d.lms, 'a', N, () => 5);
    await sync(d.lms);
    await until(() => held().lineItems.length === 1 && held().results.length === N);
    await until(async () => {
      const rows = await service.service.db.rows(
        `SELECT 1 FROM result WHERE dirty_n > clean_n UNION ALL SELECT 1 FROM deletion WHERE state <> 'done'`,
      );
      return rows.length === 0;
    });
    expect(held().results.map((r) => r.score)).toEqual([5, 5, 5]);
  });

  test('before it was sent, it is as if it had never been deleted', async () => {
    await graded();
    await remove();
    await putLineItem(d.lms, 'a');
    await putScores(d.lms, 'a', N);
    expect(await deletions()).toEqual([]);
    expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { unchanged: N + 1, created: 0 } });
    expect(control().writes()).toEqual([]);
    await putScores(d.lms, 'a', N, () => 5);
    expect(await sync(d.lms)).toMatchObject({ counts: { updated: N } });
    expect(held().results.map((r) => r.score)).toEqual([5, 5, 5]);
  });

  test('it keeps the id that the SIS gave it', async () => {
    control().setRules({ allocatesIds: 'forgets' });
    await graded();
    await change({ deletePropagation: 'none' });
    await remove();
    await putLineItem(d.lms, 'a', { title: 'Another' });
    await putScores(d.lms, 'a', N, () => 5);
    expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { updated: N + 1 } });
    expect(held().lineItems).toMatchObject([{ title: 'Another' }]);
    expect(held().results.map((r) => r.score)).toEqual([5, 5, 5]);
  });

  test('without its scores, they are not taken away, and wait for whoever puts them or removes them', async () => {
    await graded();
    await remove();
    await putLineItem(d.lms, 'a');
    await sync(d.lms);
    expect(held().results).toHaveLength(N);
    expect((await deletions('?state=toDoByHand')).map((x) => x.studentId).sort()).toEqual([
      's01',
      's02',
      's03',
    ]);
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s02', { score: 61 }));
    expect((await deletions()).map((x) => x.studentId).sort()).toEqual(['s01', 's03']);
    expect(await sync(d.lms)).toMatchObject({ counts: { unchanged: 2 } });
  });

  test('after it was deleted there, it is made again under the same id', async () => {
    await graded();
    await remove();
    await sync(d.lms);
    await done(1);
    await putLineItem(d.lms, 'a');
    await putScores(d.lms, 'a', N);
    expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
    expect(held().lineItems.map((l) => l.sourcedId)).toEqual([itemId]);
  });

  test('while its deletion is on its way, it is there in the end', async () => {
    await graded();
    // the SIS deletes it late, and says so later still
    const fault = control().arm({ kind: 'hold', method: 'DELETE', request: 'lineItem' });
    await remove();
    await press();
    await until(() =>
      control()
        .writes()
        .some((w) => w.method === 'DELETE' && w.kind === 'lineItem'),
    );
    await putLineItem(d.lms, 'a');
    await putScores(d.lms, 'a', N, () => 5);
    const { id } = await expectOk(d.lms<{ id: string }>('POST', '/classes/c1/syncs'));
    control().disarm(fault);
    await until(
      async () => (await expectOk(d.lms<{ status: string }>('GET', `/syncs/${id}`))).status !== 'processing',
    );
    await until(() => held().lineItems.length === 1 && held().results.length === N);
    await until(async () => {
      const { items } = await expectOk(d.lms<{ items: { state: string }[] }>('GET', '/classes/c1/results'));
      return items.every(({ state }) => state === 'acknowledged');
    });
    expect(held().results.map((r) => r.score)).toEqual([5, 5, 5]);
    expect(await deletions()).toEqual([]);
  });
});

describe('a result', () => {
  test('is deleted by the same policy, and put again it comes back', async () => {
    await graded();
    await remove('/results/s02');
    await sync(d.lms);
    await done(1);
    expect(deletes()).toEqual(['result']);
    expect(held().results).toHaveLength(N - 1);
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s02', { score: 8 }));
    expect(await sync(d.lms)).toMatchObject({ counts: { created: 1 } });
    expect(control().get('results', resultIdOf('district', 'a', 's02'))?.score).toBe(8);
  });

  test('whose score is cleared is no deletion: it follows the setting for blanks', async () => {
    await graded();
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s02', { score: null }));
    await sync(d.lms);
    const there = control().get('results', resultIdOf('district', 'a', 's02'));
    expect(there).toMatchObject({ status: 'active', scoreStatus: 'not submitted' });
    expect(there?.score).toBeUndefined();
    await change({ blank: 'keep', deletePropagation: 'delete' });
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s03', { score: null }));
    await sync(d.lms);
    expect(control().get('results', resultIdOf('district', 'a', 's03'))?.score).toBe(62);
    expect([deletes(), await deletions()]).toEqual([[], []]);
  });
});

test('of a student who is erased nothing is kept, and nothing sent', async () => {
  await change({ deletePropagation: 'none' });
  await graded();
  await remove('/results/s02');
  await change({ deletePropagation: 'delete' });
  await remove('/results/s03');
  const data = (id: string) =>
    d.admin<{ deleted: object[]; beforeSyncs: object[] }>(
      'GET',
      `/domains/district/studentData?studentId=${id}`,
    );
  expect((await expectOk(data('s02'))).deleted).toMatchObject([{ lineItemId: 'a', held: { score: 61 } }]);
  expect((await expectOk(data('s02'))).beforeSyncs).toMatchObject([{ lineItemId: 'a', held: null }]);
  for (const id of ['s02', 's03'])
    await expectOk(d.admin('DELETE', `/domains/district/studentData?studentId=${id}&confirm=true`));
  expect(await deletions()).toEqual([]);
  expect(
    await service.service.db.rows(`SELECT 1 FROM snapshot_cell WHERE student_key IN ('s02', 's03')`),
  ).toEqual([]);
  expect((await data('s02')).status).toBe(404);
  await sync(d.lms);
  expect(deletes()).toEqual([]);
});

test('what was planned for another SIS is forgotten, and goes with its class', async () => {
  await graded();
  await remove();
  await change({
    deletePropagation: 'delete',
    baseUrl: service.sis.gradebookUrl.replace('127.0.0.1', 'localhost'),
  });
  expect(await deletions()).toEqual([]);
  expect(await service.service.db.rows(`SELECT 1 FROM deletion`)).toEqual([]);
});

test('a plan that the settings have overtaken is for somebody’s hands', async () => {
  await graded();
  await remove();
  await change({ deletePropagation: 'none' });
  await sync(d.lms);
  expect(await deletions()).toMatchObject([{ state: 'toDoByHand', reason: { code: 'STILL_IN_SIS' } }]);
  expect(deletes()).toEqual([]);
});

test('what somebody typed into the SIS is not deleted for a score, or an assignment, that is deleted here', async () => {
  await graded();
  const typed = resultIdOf('district', 'a', 's01');
  control().edit('results', typed, { score: 66 });
  await change({ deletePropagation: 'delete', verifyAfterSeconds: 0 });
  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  await until(async () => {
    const { items } = await expectOk(d.lms<{ items: unknown[] }>('GET', '/classes/c1/conflicts'));
    return items.length > 0;
  });
  await remove('/results/s01');
  await remove('/results/s02');
  await sync(d.lms);
  await until(async () => control().get('results', resultIdOf('district', 'a', 's02')) === undefined);
  expect(control().get('results', typed)).toMatchObject({ score: 66 });
  expect(await deletions('?state=toDoByHand')).toMatchObject([
    { studentId: 's01', reason: { code: 'STILL_IN_SIS' } },
  ]);
});
