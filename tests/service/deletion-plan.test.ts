/** What was deleted here is in the plan, in its id, in what the guard asks about, and in the history of the sync. */
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
let tenant = '';
let tenants = 0;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
});
afterAll(() => service.stop());
const settings = { passbackEnabled: true, gatherSeconds: 0, deletePropagation: 'delete' };
/** A district of its own for each, with an assignment and its scores in the SIS. */
beforeEach(async () => {
  control().disarm();
  for (const { sourcedId } of control().contents().lineItems) control().remove('lineItems', sourcedId);
  tenant = `district${tenants++}`;
  d = await district(service, N, settings, tenant);
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete' });
});

interface Plan {
  planId: string;
  counts: Record<string, number>;
  byKind: { lineItems: Record<string, number>; results: Record<string, number> };
  entries: {
    kind: string;
    lineItemId: string;
    studentId: string | null;
    action: string;
    acknowledged: unknown;
  }[];
}
const control = () => service.sis.control;
const change = (more: object) =>
  expectOk(
    d.admin('PUT', `/domains/${tenant}/settings`, {
      ...settings,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
const plan = () => expectOk(d.lms<Plan>('GET', '/classes/c1/plan'));
const remove = (path = '') => expectOk(d.lms('DELETE', `/classes/c1/lineItems/a${path}`));
const entries = async (id: string) =>
  (
    await expectOk(
      d.lms<{ items: { kind: string; studentId: string | null; action: string; reason: unknown }[] }>(
        'GET',
        `/syncs/${id}/entries`,
      ),
    )
  ).items;
const held = () => control().contents();

test('the plan lists what would be deleted, with what the SIS has of it; the sync does it, and tells it', async () => {
  await remove('/results/s02');
  const one = await plan();
  expect(one.byKind).toMatchObject({
    lineItems: { delete: 0, unchanged: 1 },
    results: { delete: 1, unchanged: 2 },
  });
  expect(one.counts).toMatchObject({ delete: 1 });
  expect(one.entries.filter((e) => e.action === 'delete')).toMatchObject([
    { kind: 'result', lineItemId: 'a', studentId: 's02', acknowledged: { score: 61 } },
  ]);
  const dry = await sync(d.lms, '/classes/c1/syncs', { dryRun: true });
  expect(dry).toMatchObject({ counts: { deleted: 1 }, planned: { results: { delete: 1 } } });
  expect(held().results).toHaveLength(N);

  const done = await sync(d.lms, '/classes/c1/syncs', { planId: one.planId });
  expect(done).toMatchObject({
    ...{ status: 'complete', counts: { deleted: 1, updated: 0 }, pending: 0 },
    ...{ byKind: { results: { deleted: 1 } }, planned: { results: { delete: 1 } } },
  });
  expect(await entries(done.id)).toMatchObject([{ kind: 'result', studentId: 's02', action: 'deleted' }]);
  expect(held().results).toHaveLength(N - 1);
  expect((await plan()).counts).toMatchObject({ delete: 0 });
});

test('of a lineItem, its scores are listed too', async () => {
  await remove();
  const { byKind, entries: listed } = await plan();
  expect(byKind).toMatchObject({ lineItems: { delete: 1 }, results: { delete: N } });
  expect(listed.map((e) => [e.studentId, e.action])).toEqual([
    ...[[null, 'delete']],
    ...['s01', 's02', 's03'].map((s) => [s, 'delete']),
  ]);
  const done = await sync(d.lms);
  expect(done).toMatchObject({ byKind: { lineItems: { deleted: 1 }, results: { deleted: N } } });
  expect([held().lineItems, held().results]).toEqual([[], []]);
});

test('one that was deleted since the plan was made is a change of it', async () => {
  const { planId } = await plan();
  await remove('/results/s01');
  const refused = await d.lms<{ code: string; errors: object[] }>('POST', '/classes/c1/syncs', { planId });
  expect([refused.status, refused.body.code]).toEqual([409, 'PLAN_CHANGED']);
  expect(refused.body.errors).toMatchObject([{ detail: 'lineItem a, student s01: now delete' }]);
  expect(held().results).toHaveLength(N);
});

test('a press that would only delete waits for the confirmation that the domain asks for', async () => {
  await change({ confirmAbove: 2 });
  await remove();
  const waiting = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', {}));
  expect(waiting).toMatchObject({
    ...{ status: 'awaitingConfirmation' },
    ...{ planned: { lineItems: { delete: 1 }, results: { delete: N } } },
  });
  expect(held().results).toHaveLength(N);
  await expectOk(d.lms('POST', `/syncs/${waiting.id}/confirm`));
  expect(await syncEnd(d.lms, waiting.id)).toMatchObject({ status: 'complete', counts: { deleted: N + 1 } });
});

test('what the SIS forbids is a problem of the sync that tried it', async () => {
  control().arm({ kind: 'status', status: 403, method: 'DELETE' });
  await remove('/results/s01');
  const done = await sync(d.lms);
  expect(done).toMatchObject({ status: 'completeWithProblems', counts: { deleted: 0, failed: 1 } });
  expect(await entries(done.id)).toMatchObject([
    { studentId: 's01', action: 'failed', reason: { code: expect.any(String) } },
  ]);
  // it is somebody's to do by hand now, and in nobody's plan
  expect((await plan()).counts).toMatchObject({ delete: 0 });
});

test('a press for one assignment deletes nothing; a cancelled one gives it back; by itself it is told in the automatic record', async () => {
  await remove('/results/s01');
  await sync(d.lms, '/classes/c1/lineItems/a/syncs');
  expect(held().results).toHaveLength(N);
  const fault = control().arm({ kind: 'hold', method: 'DELETE' });
  const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', {}));
  expect(await expectOk(d.lms<{ pending: number }>('GET', `/syncs/${id}`))).toMatchObject({ pending: 1 });
  await expectOk(d.lms('POST', `/syncs/${id}/cancel`));
  control().disarm(fault);
  await remove('/results/s02');
  await expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
  await until(() => held().results.length === 1);
  expect(held().results[0]?.sourcedId).toBe(resultIdOf(tenant, 'a', 's03'));
  const automatic = await until(async () => {
    const { items } = await expectOk(
      d.lms<{ items: (SyncBody & { trigger: string })[] }>('GET', '/syncs?classId=c1'),
    );
    return (
      items.find((s) => s.trigger === 'automatic' && (s.counts as Record<string, number>).deleted) ?? null
    );
  });
  expect((await entries(automatic.id)).map((e) => e.action)).toContain('deleted');
});
