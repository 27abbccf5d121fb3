/** New scores go by themselves: gathered, recorded, never behind what is merely a lot. */
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  sync,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { sweep } from '../../src/store/sweep.ts';
import { startService, until, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(31, 3) } });
  d = await district(service, 30, { autoSync: true, gatherSeconds: 0 });
  await addClass(d.lms, 'c2', 30);
  await addClass(d.lms, 'c3', 30);
});
afterAll(() => service.stop());
beforeEach(() => service.sis.control.resetCounts());

const settings = (more: Record<string, unknown>) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
const classAuto = (cls: string, autoSync: 'inherit' | 'on' | 'off') =>
  expectOk(d.lms('PUT', `/classes/${cls}/syncSettings`, { autoSync }));
const score = (lineItem: string, student: string, body: unknown, cls = 'c1') =>
  expectOk(d.lms<{ state: string }>('PUT', `/classes/${cls}/lineItems/${lineItem}/results/${student}`, body));
const cell = (lineItem: string, student: string, cls = 'c1') =>
  expectOk(
    d.lms<{ state: string; acknowledged: { score: number } | null }>(
      'GET',
      `/classes/${cls}/lineItems/${lineItem}/results/${student}`,
    ),
  );
const acknowledged = (lineItem: string, student: string, cls = 'c1') =>
  until(async () => (await cell(lineItem, student, cls)).state === 'acknowledged');
const waitingRows = async () =>
  (await expectOk(d.admin<{ waiting: { rows: number } }>('GET', '/domains/district/connection'))).waiting
    .rows;
const settled = () => until(async () => (await waitingRows()) === 0);
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function resultInSis(lineItem: string, student: string) {
  const { lineItems, results } = service.sis.control.contents();
  const id = lineItems.find((l) => l['title'] === `Title of ${lineItem}`)?.['sourcedId'];
  return results.find(
    (r) =>
      (r['lineItem'] as { sourcedId: string }).sourcedId === id &&
      (r['student'] as { sourcedId: string }).sourcedId === `sis-${student}`,
  );
}
const inSis = (lineItem: string, student: string) => resultInSis(lineItem, student)?.['score'];

test('a new score goes by itself, behind its lineItem, and an edit after it', async () => {
  await putLineItem(d.lms, 'first');
  expect(await score('first', 's01', { score: 81 })).toMatchObject({ state: 'queued' });
  await acknowledged('first', 's01');
  expect(inSis('first', 's01')).toBe(81);
  expect(service.sis.control.writes().map((r) => r.kind)).toEqual(['lineItem', 'result']);
  await score('first', 's01', { score: 82 });
  await until(() => inSis('first', 's01') === 82);
  expect(service.sis.control.writes()).toHaveLength(3);
});

test('without a wait to gather, each score is there before anyone could look', async () => {
  await putLineItem(d.lms, 'prompt');
  for (const student of students(10)) {
    await score('prompt', student, { score: 5 });
    await until(() => inSis('prompt', student) === 5, 900);
  }
});

test('ten quick edits are at most two requests, and the newest comes last', async () => {
  await settings({ autoSync: true, gatherSeconds: 1 });
  await putLineItem(d.lms, 'edits');
  for (let i = 1; i <= 10; i++) await score('edits', 's01', { score: i });
  expect(inSis('edits', 's01')).toBeUndefined();
  await until(() => inSis('edits', 's01') === 10);
  await acknowledged('edits', 's01');
  expect(service.sis.control.count({ kind: 'result' })).toBeLessThanOrEqual(2);
  expect(service.sis.control.staleWrites.count).toBe(0);
});

test('a class decides for itself: off keeps its scores, inherit lets go of what waits', async () => {
  await settings({ autoSync: true, gatherSeconds: 0 });
  await classAuto('c2', 'off');
  await putLineItem(d.lms, 'own', {}, 'c2');
  await score('own', 's01', { score: 7 }, 'c2');
  await rest(300);
  expect(await cell('own', 's01', 'c2')).toMatchObject({ state: 'unsent' });
  expect(service.sis.control.requests).toEqual([]);
  await classAuto('c2', 'inherit');
  await acknowledged('own', 's01', 'c2');

  await settings({ autoSync: false, gatherSeconds: 0 });
  await score('own', 's02', { score: 8 }, 'c2');
  expect(await cell('own', 's02', 'c2')).toMatchObject({ state: 'unsent' });
  await classAuto('c2', 'on');
  await acknowledged('own', 's02', 'c2');
  await classAuto('c2', 'inherit');
});

test('automatic sending, switched on, takes what is dirty with it', async () => {
  await settings({ autoSync: false, gatherSeconds: 0 });
  await putLineItem(d.lms, 'before');
  await putScores(d.lms, 'before', 30);
  await rest(200);
  expect(service.sis.control.requests).toEqual([]);
  await settings({ autoSync: true, gatherSeconds: 0 });
  await settled();
  expect(service.sis.control.counts()).toMatchObject({ 'PUT lineItem': 1, 'PUT result': 30 });
});

test('history gathers automatic sends into one record per class and quarter of an hour', async () => {
  await putLineItem(d.lms, 'history', {}, 'c3');
  for (const student of students(5)) {
    await score('history', student, { score: 9 }, 'c3');
    await acknowledged('history', student, 'c3');
  }
  await putLineItem(d.lms, 'unmapped', { categoryId: 'nobody' }, 'c3');
  await score('unmapped', 's01', { score: 1 }, 'c3');
  await settled();
  const { items } = await expectOk(d.lms<{ items: SyncBody[] }>('GET', '/syncs?classId=c3'));
  expect(items.every((s) => s.trigger === 'automatic' && s.startedBy === 'Automatic')).toBe(true);
  // two, where the quarter of an hour ends in the middle of this test
  expect(items.length).toBeLessThanOrEqual(2);
  const sum = (name: 'created' | 'failed') => items.reduce((n, s) => n + s.counts[name], 0);
  expect([sum('created'), sum('failed')]).toEqual([6, 2]);
  expect(items.some((s) => s.status === 'completeWithProblems' || s.status === 'failed')).toBe(true);
});

test('what is skipped or refused is not taken up again by itself', async () => {
  await putLineItem(d.lms, 'kept');
  await score('kept', 's01', { score: 5, posted: false });
  await score('kept', 's02', { status: 'incomplete' });
  service.sis.control.arm({ kind: 'status', status: 422, request: 'result', count: 1 });
  await score('kept', 's03', { score: 5 });
  await settled();
  service.sis.control.resetCounts();
  const lane = () => service.service.db.rows('SELECT epoch, owner, wake_at FROM lane');
  const [idle] = await until(async () => {
    const [row] = (await lane()) as { owner: unknown; wake_at: Date | null }[];
    // what was written is read back two minutes later: nothing else is to come
    const nothingToSend = (row?.wake_at?.getTime() ?? Infinity) > Date.now() + 30_000;
    return row?.owner === null && nothingToSend && [row];
  });
  await sweep(service.service.db);
  await rest(300);
  expect(await waitingRows()).toBe(0);
  expect(await lane()).toEqual([idle]);
  expect(service.sis.control.requests).toEqual([]);
  await score('kept', 's01', { score: 5, posted: true });
  await score('kept', 's03', { score: 6 });
  await until(() => inSis('kept', 's01') === 5 && inSis('kept', 's03') === 6);
});

describe('what moves no version is planned anew', () => {
  beforeAll(async () => {
    await settings({ autoSync: true, gatherSeconds: 0 });
    await putLineItem(d.lms, 'replan');
    await putScores(d.lms, 'replan', 30);
    await settled();
  });
  const counts = () => service.sis.control.counts();

  test('another category is one request for each lineItem it moves, none for its scores', async () => {
    await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: 'sis-tests' } }));
    await settled();
    const { lineItems } = service.sis.control.contents();
    const item = lineItems.find((l) => l['title'] === 'Title of replan');
    expect(item).toMatchObject({ category: { sourcedId: 'sis-tests' } });
    expect(service.sis.control.requests.filter((r) => r.kind === 'result')).toEqual([]);
    service.sis.control.resetCounts();
    await expectOk(
      d.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: 'sis-tests', tests: 'sis-tests' } }),
    );
    await settled();
    expect(counts()).toEqual({});
  });

  test('a student who gets a sourcedId: the scores of this student, and no other', async () => {
    await expectOk(d.lms('PUT', '/classes/c1/students/s31', { givenName: 'New' }));
    for (const lineItem of ['replan', 'before']) await score(lineItem, 's31', { score: 64 });
    await settled();
    expect(await cell('replan', 's31')).toMatchObject({ state: 'needsAttention' });
    expect(counts()).toEqual({});
    await expectOk(d.lms('PUT', '/classes/c1/students/s31', { sourcedId: 'sis-s31' }));
    await settled();
    expect([inSis('replan', 's31'), inSis('before', 's31')]).toEqual([64, 64]);
    // and a look at each lineItem's, for somebody may have entered one there
    expect(Object.keys(counts()).sort()).toEqual(['GET results', 'PUT result']);
    expect(counts()['PUT result']).toBe(2);
  });

  test('a setting that changes no body is settled without a request', async () => {
    await settings({ autoSync: true, gatherSeconds: 0, titleLimit: 900, sendComments: true });
    await settled();
    expect(counts()).toEqual({});
    expect(await cell('replan', 's05')).toMatchObject({ state: 'acknowledged' });
  });
});

test('one student’s press and one new score are not behind a big sync', async () => {
  await settings({ autoSync: false, gatherSeconds: 0 });
  await classAuto('c1', 'on');
  for (let i = 0; i < 18; i++) {
    await putLineItem(d.lms, `big-${i}`, {}, 'c2');
    await putScores(d.lms, `big-${i}`, 30, undefined, 'c2');
  }
  await putLineItem(d.lms, 'pressed', {}, 'c3');
  await putScores(d.lms, 'pressed', 30, () => 77, 'c3');
  service.sis.control.setLatency(50);
  try {
    const big = await expectOk(d.lms<SyncBody>('POST', '/classes/c2/syncs', {}));
    await until(() => service.sis.control.count({ kind: 'result', method: 'PUT' }) >= 20);
    service.sis.control.resetCounts();
    await score('first', 's02', { score: 33 });
    const press = sync(d.lms, '/classes/c3/lineItems/pressed/results/s04/syncs');
    await until(() => inSis('first', 's02') === 33 && inSis('pressed', 's04') === 77, 3_000);
    expect(await press).toMatchObject({ status: 'complete', counts: { created: 2 } });
    // of 558 requests: behind what was sent until the lane looked again, and by far not behind the rest
    const behind = (title: string, student: string) =>
      service.sis.control
        .writes()
        .findIndex((r) => r.sourcedId === resultInSis(title, student)?.['sourcedId']);
    expect(behind('first', 's02')).toBeLessThan(200);
    expect(behind('pressed', 's04')).toBeLessThan(200);
    await expectOk(d.lms('POST', `/syncs/${big.id}/cancel`));
  } finally {
    service.sis.control.setLatency(0);
  }
});

test('all that was sent is valid, nothing was stale, and nothing was a defect', async () => {
  expect(service.sis.violations).toEqual([]);
  expect(service.sis.control.staleWrites.count).toBe(0);
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
});
