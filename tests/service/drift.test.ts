/** What the SIS holds against what it acknowledged: told for a whole domain, and set right only where that is allowed. */
import { sweep } from '../../src/store/sweep.ts';
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 4;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 4) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0, driftHealing: 'report' });
  for (const cls of ['c1', 'c2', 'c3']) {
    if (cls !== 'c1') await addClass(d.lms, cls, N);
    await putLineItem(d.lms, 'quiz', {}, cls);
    await putScores(d.lms, 'quiz', N, undefined, cls);
    await sync(d.lms, `/classes/${cls}/syncs`);
  }
  await expectOk(d.lms('PUT', '/classes/unlinked', { domainId: 'school', title: 'Without an id' }));
  await until(async () => (await states('c3')).every((state) => state === 'verified'));
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());

interface Drift {
  classId: string;
  readAt: string | null;
  reading: boolean;
  counts: Record<string, number>;
}
const control = () => service.sis.control;
const settings = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      verifyAfterSeconds: 0,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
const states = async (cls: string) =>
  (
    await expectOk(
      d.lms<{ items: { state: string; reason: { code: string } | null }[] }>(
        'GET',
        `/classes/${cls}/results`,
      ),
    )
  ).items.map(({ state, reason }) => (reason ? `${state} ${reason.code}` : state));
const itemOf = (cls: string) =>
  control()
    .contents()
    .lineItems.find((l) => l.class.sourcedId === `sis-class-${cls.slice(1)}`)!;
const inSis = (cls: string, student: string) => control().resultOf(itemOf(cls).sourcedId, `sis-${student}`);
const report = async (query = '') =>
  (await expectOk(d.admin<{ items: Drift[] }>('GET', `/domains/school/driftAudit${query}`))).items;
const of = async (cls: string) => (await report()).find((one) => one.classId === cls)!;
async function audit(): Promise<{ classes: number; leftOut: number }> {
  const { status, body } = await d.admin<{ classes: number; leftOut: number }>(
    'POST',
    '/domains/school/driftAudit',
  );
  expect(status).toBe(202);
  await until(async () => (await report()).every(({ reading }) => !reading));
  return body;
}

test('every class that can be is read, with a request per page, and nothing is written', async () => {
  control().edit('results', inSis('c1', 's01')!.sourcedId, { score: 12 });
  control().remove('results', inSis('c1', 's02')!.sourcedId);
  control().resetCounts();
  expect(await audit()).toEqual({ classes: 3, leftOut: 1 });
  expect(control().writes()).toEqual([]);
  const classLists = control().requests.filter(({ path }) =>
    /\/classes\/[^/]+\/(results|lineItems)$/.test(path),
  );
  // the first lists prove how long they may be
  expect(classLists.length).toBeLessThanOrEqual(2 * 3 + 2);
  expect(await of('c1')).toMatchObject({
    readAt: expect.any(String),
    counts: { same: N - 1, changed: 1, missing: 1, ownForm: 0, notRead: 0 },
  });
  expect(await of('c2')).toMatchObject({ counts: { same: N + 1, changed: 0, missing: 0 } });
  expect(await of('unlinked')).toMatchObject({ readAt: null, counts: { same: 0 } });
});

test('report: what is missing says so and waits until somebody presses', async () => {
  expect(await states('c1')).toEqual([
    'conflict SCORE_CHANGED_IN_SIS',
    'unsent NOT_STORED',
    'verified',
    'verified',
  ]);
  control().resetCounts();
  await service.service.db.rows(`UPDATE line_item SET verify_at = now() WHERE verify_at IS NOT NULL`);
  await sweep(service.service.db);
  await until(() => control().count({ kind: 'lineItems' }) > 0);
  await audit();
  expect(control().writes()).toEqual([]);
  expect(await sync(d.lms, '/classes/c1/syncs')).toMatchObject({ counts: { updated: 1, conflicts: 1 } });
  expect(inSis('c1', 's02')?.score).toBe(61);
});

test('report: a lineItem that is gone there waits, too, also where sending is automatic', async () => {
  await settings({ driftHealing: 'report', autoSync: true, gatherSeconds: 0 });
  control().remove('lineItems', itemOf('c2').sourcedId);
  control().resetCounts();
  await audit();
  expect(control().writes()).toEqual([]);
  expect(new Set(await states('c2'))).toEqual(new Set(['unsent ITEM_DELETED_IN_SIS']));
  expect(await sync(d.lms, '/classes/c2/syncs')).toMatchObject({ counts: { created: N + 1 } });
});

test('heal: what was sent and is missing there is sent again; what somebody changed is not', async () => {
  await settings({ driftHealing: 'heal' });
  control().edit('results', inSis('c3', 's01')!.sourcedId, { score: 12 });
  control().remove('results', inSis('c3', 's02')!.sourcedId);
  await audit();
  await until(() => inSis('c3', 's02')?.score === 61);
  expect(inSis('c3', 's01')?.score).toBe(12);
  // since then it was sent again: what is there is not known until it is read once more
  await until(async () => (await of('c3')).counts['missing'] === 0);
  await audit();
  expect(await of('c3')).toMatchObject({ counts: { changed: 1, missing: 0 } });
});

test('the list comes page by page; what may not be sent is not read', async () => {
  const first = await expectOk(
    d.admin<{ items: Drift[]; nextCursor: string }>('GET', '/domains/school/driftAudit?limit=3'),
  );
  expect(first.items).toHaveLength(3);
  expect(await report(`?cursor=${first.nextCursor}`)).toHaveLength(1);
  await settings({ passbackEnabled: false });
  control().resetCounts();
  expect(await audit()).toEqual({ classes: 0, leftOut: 4 });
  expect(control().requests).toEqual([]);
});

test('an SIS that refuses is told as not read, and asked no more', async () => {
  await settings({ driftHealing: 'heal' });
  control().arm({ kind: 'status', status: 405, request: 'results' });
  const before = await of('c1');
  await audit();
  expect((await of('c1')).readAt).toBe(before.readAt);
});

test('a class that could not be read is not asked for again at once', async () => {
  await service.service.db.rows(`UPDATE connection SET learned = learned - 'muteSince'`);
  await service.service.db.rows(`UPDATE class SET read_at = NULL, read_due = NULL`);
  control().arm({ kind: 'status', status: 500, request: 'results', count: 1 });
  await expectOk(d.admin('POST', '/domains/school/driftAudit'));
  await until(async () => (await report()).filter(({ readAt }) => readAt !== null).length >= 2);
  const waiting = await service.service.db.rows<{ later: boolean }>(
    `SELECT read_due > now() + interval '1 minute' AS later FROM class WHERE read_due IS NOT NULL`,
  );
  expect(waiting).toEqual([{ later: true }]);
});
