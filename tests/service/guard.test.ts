/** Where a domain asks for it, the first sync of a class, or a large one, waits until somebody confirms it. */
import { sweep } from '../../src/store/sweep.ts';
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  sync,
  syncEnd,
  type District,
  type SyncBody,
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
  d = await district(service, N, { gatherSeconds: 0, confirmFirstSync: true });
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
});
afterEach(() => service.stop());

interface Waiting extends SyncBody {
  planned: { results: Record<string, number>; lineItems: Record<string, number> };
}
const writes = () => service.sis.control.writes().length;
const press = async (body: object = {}) => {
  const answer = await d.lms<Waiting>('POST', '/classes/c1/syncs', body);
  expect(answer.status).toBe(202);
  return answer.body;
};
const confirm = (id: string, body?: object) =>
  d.lms<Waiting & { code: string }>('POST', `/syncs/${id}/confirm`, body);
const states = async () => {
  const { items } = await expectOk(d.lms<{ items: { state: string }[] }>('GET', '/classes/c1/results'));
  return items.map((cell) => cell.state);
};
const change = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      gatherSeconds: 0,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );

test('the first sync of a class says what it would do, and sends nothing before it is confirmed', async () => {
  const waiting = await press();
  expect(waiting).toMatchObject({
    status: 'awaitingConfirmation',
    planned: { lineItems: { create: 1 }, results: { create: N } },
    finishedAt: null,
  });
  const { items } = await expectOk(
    d.lms<{ items: SyncBody[] }>('GET', '/syncs?classId=c1&status=awaitingConfirmation'),
  );
  expect(items.map((s) => s.id)).toEqual([waiting.id]);
  expect(await states()).toEqual(students(N).map(() => 'unsent'));
  expect(writes()).toBe(0);
  const confirmed = await confirm(waiting.id);
  expect([confirmed.status, confirmed.body.status]).toEqual([202, 'processing']);
  expect(await syncEnd(d.lms, waiting.id)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  expect((await confirm(waiting.id)).body.code).toBe('SYNC_FINISHED');
  // from now on a press is a press
  await putScores(d.lms, 'a', N, () => 7);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { updated: N } });
});

test('who confirms another plan than he was told of is told that', async () => {
  const { id } = await press();
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s02', { score: 5, posted: false }));
  const changed = await confirm(id);
  expect([changed.status, changed.body]).toEqual([
    200,
    expect.objectContaining({
      status: 'awaitingConfirmation',
      planned: expect.objectContaining({ results: expect.objectContaining({ create: N - 1, skip: 1 }) }),
    }),
  ]);
  expect(writes()).toBe(0);
  expect((await confirm(id)).status).toBe(202);
  expect(await syncEnd(d.lms, id)).toMatchObject({ counts: { created: N, skipped: 1 } });
});

test('he may also say that it does not matter', async () => {
  const { id } = await press();
  await putLineItem(d.lms, 'b');
  expect((await confirm(id, { evenIfChanged: true })).status).toBe(202);
  expect(await syncEnd(d.lms, id)).toMatchObject({ counts: { created: N + 2 } });
});

test('cancelled, or forgotten for a day, it never begins; a newer press stands for the one before', async () => {
  const first = await press();
  const second = await press({ lineItemIds: ['a'] });
  const status = async (id: string) => (await expectOk(d.lms<SyncBody>('GET', `/syncs/${id}`))).status;
  expect([await status(first.id), await status(second.id)]).toEqual(['cancelled', 'awaitingConfirmation']);
  expect((await expectOk(d.lms<SyncBody>('POST', `/syncs/${second.id}/cancel`))).status).toBe('cancelled');
  expect((await confirm(second.id)).body.code).toBe('SYNC_FINISHED');
  const third = await press();
  await service.service.db.rows(
    `UPDATE sync SET started_at = started_at - interval '25 hours' WHERE id = $1`,
    [third.id],
  );
  await sweep(service.service.db);
  expect(await status(third.id)).toBe('cancelled');
  expect(await service.service.db.rows(`SELECT 1 FROM sync WHERE request IS NOT NULL`)).toEqual([]);
  expect(writes()).toBe(0);
});

test('automatic work waits for it too, and goes by itself from then on', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
  await putLineItem(d.lms, 'b');
  await putScores(d.lms, 'b', N);
  expect(new Set(await states())).toEqual(new Set(['unsent']));
  // one assignment is pressed and confirmed: the others follow by themselves
  const { id } = await press({ lineItemIds: ['a'] });
  await expectOk(confirm(id));
  await syncEnd(d.lms, id);
  await until(() => service.sis.control.contents().results.length === 2 * N);
  await putScores(d.lms, 'b', N, () => 1);
  await until(() => service.sis.control.contents().results.filter((r) => r.score === 1).length === N);
});

test('automatic work that waited goes when nobody has to confirm any more', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
  expect(new Set(await states())).toEqual(new Set(['unsent']));
  await change({ confirmFirstSync: false });
  await until(() => service.sis.control.contents().results.length === N);
});

test('a class that sends already is not asked again; its next SIS is a first one', async () => {
  const { id } = await press();
  await expectOk(confirm(id));
  await syncEnd(d.lms, id);
  await service.service.db.rows(`UPDATE class SET send_confirmed = false`);
  await putScores(d.lms, 'a', N, () => 7);
  expect(await sync(d.lms)).toMatchObject({ counts: { updated: N } });
  await change({
    confirmFirstSync: true,
    baseUrl: service.sis.gradebookUrl.replace('127.0.0.1', 'localhost'),
  });
  expect((await press()).status).toBe('awaitingConfirmation');
});

test('a sync that would send more than the threshold waits, a smaller one goes; a dry run needs nobody', async () => {
  await change({ confirmAbove: N });
  expect(await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', { dryRun: true }))).toMatchObject({
    status: 'complete',
  });
  const large = await press();
  expect(large.status).toBe('awaitingConfirmation');
  expect(await sync(d.lms, '/classes/c1/lineItems/a/results/s01/syncs')).toMatchObject({
    status: 'complete',
    counts: { created: 2 },
  });
  // the large one waits on, and would do less by now
  expect((await confirm(large.id)).body.planned).toMatchObject({ results: { create: N - 1, unchanged: 1 } });
  expect((await confirm(large.id)).status).toBe(202);
  expect(await syncEnd(d.lms, large.id)).toMatchObject({
    status: 'complete',
    counts: { created: N - 1, unchanged: 2 },
  });
  expect(await sync(d.lms)).toMatchObject({ counts: { unchanged: N + 1 } });
});

test('whoever pressed for a conflict has not overruled anything before it is confirmed', async () => {
  await change({ confirmFirstSync: false, verifyAfterSeconds: 0, conflictPolicy: 'ask' });
  await sync(d.lms);
  const [result] = service.sis.control.contents().results;
  service.sis.control.edit('results', result!.sourcedId, { score: 77 });
  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  await until(async () => (await states()).includes('conflict'));
  // a reading under the next policy would overwrite it by itself
  await until(async () => {
    const due = `SELECT 1 FROM line_item WHERE verify_at < now() + interval '1 minute'`;
    return (await service.service.db.rows(due)).length === 0;
  });
  await change({ verifyAfterSeconds: 0, conflictPolicy: 'lmsWins', confirmAbove: 1 });
  await putScores(d.lms, 'a', N, () => 7);
  const { id, status } = await press();
  expect(status).toBe('awaitingConfirmation');
  await expectOk(d.lms('POST', `/syncs/${id}/cancel`));
  await change({ verifyAfterSeconds: 0, conflictPolicy: 'ask' });
  expect(await states()).toContain('conflict');
});
