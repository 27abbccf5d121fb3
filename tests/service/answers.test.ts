/** What callers are told, in the corners: before a first sync, when a press joins, when the SIS lacks the class. */
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
} from '../support/district.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(6) } });
  d = await district(service, 6);
});
afterAll(() => service.stop());

interface Entry {
  kind: string;
  lineItemId: string;
  studentId: string | null;
  action: string;
  reason: { code: string; message: string } | null;
}
const put = (lineItem: string, student: string, body: unknown, cls = 'c1') =>
  expectOk(d.lms('PUT', `/classes/${cls}/lineItems/${lineItem}/results/${student}`, body));

test('the plan and the cells of a class that was never sent say what will be kept back, and why', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/students/stranger', {}));
  await putLineItem(d.lms, 'first');
  await put('first', 's01', { score: 1 });
  await put('first', 's02', { score: 2, posted: false });
  await put('first', 's03', { score: 3, status: 'incomplete' });
  await put('first', 'stranger', { score: 4 });
  const plan = await expectOk(
    d.lms<{ counts: Record<string, number>; entries: Entry[] }>('GET', '/classes/c1/plan'),
  );
  expect(plan.counts).toMatchObject({ create: 2, skip: 2, blocked: 1 });
  const { items } = await expectOk(
    d.lms<{ items: (Entry & { state: string })[] }>('GET', '/classes/c1/results'),
  );
  expect(Object.fromEntries(items.map((c) => [c.studentId, [c.state, c.reason?.code]]))).toEqual({
    s01: ['unsent', undefined],
    s02: ['skipped', 'SKIP_HELD_BACK'],
    s03: ['skipped', 'SKIP_INCOMPLETE'],
    stranger: ['needsAttention', 'MAP_STUDENT'],
  });
  const done = await sync(d.lms);
  expect(done.byKind.results).toMatchObject({ created: 1, skipped: 2, failed: 1 });
});

test('a press that joins a sync tells what its own scope cannot send, and nothing twice', async () => {
  await putLineItem(d.lms, 'running');
  await putScores(d.lms, 'running', 6);
  await putLineItem(d.lms, 'joining', { categoryId: 'nobody-knows-it' });
  await put('joining', 's01', { score: 1 });
  service.sis.control.setLatency(150);
  const first = await d.lms<{ id: string }>('POST', '/classes/c1/lineItems/running/syncs', {});
  for (let presses = 0; presses < 2; presses++)
    expect((await d.lms('POST', '/classes/c1/syncs', {})).status).toBe(200);
  service.sis.control.setLatency(0);
  const done = await syncEnd(d.lms, first.body.id);
  expect(done.status).toBe('completeWithProblems');
  const { items } = await expectOk(d.lms<{ items: Entry[] }>('GET', `/syncs/${done.id}/entries?limit=200`));
  const told = items.filter((e) => e.lineItemId === 'joining' && e.studentId === null);
  expect(told).toEqual([
    expect.objectContaining({ action: 'failed', reason: expect.objectContaining({ code: 'CAT_MISSING' }) }),
  ]);
});

test('an unknown id in the path of a sync is a 404, in its body the fault of a field', async () => {
  expect((await d.lms('POST', '/classes/c1/lineItems/nowhere/syncs', {})).status).toBe(404);
  expect((await d.lms('POST', '/classes/c1/lineItems/first/results/nobody/syncs', {})).status).toBe(404);
  expect(await d.lms('POST', '/classes/c1/syncs', { lineItemIds: ['first', 'nowhere'] })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/lineItemIds/1' }] },
  });
});

test('A03: of one cell twice in a batch the newer revision counts, wherever it stands', async () => {
  const row = { lineItemId: 'first', studentId: 's05' };
  const results = [
    { ...row, score: 9, revision: 9 },
    { ...row, score: 8, revision: 8 },
  ];
  expect(await expectOk(d.lms('POST', '/classes/c1/results/batch', { results }))).toEqual({
    accepted: 2,
    rejected: [],
  });
  expect(await expectOk(d.lms('GET', '/classes/c1/lineItems/first/results/s05'))).toMatchObject({
    desired: { score: 9, revision: 9 },
  });
  expect(await expectOk(d.lms('POST', '/classes/c1/results/batch', { results: [] }))).toEqual({
    accepted: 0,
    rejected: [],
  });
});

test('of a class that the SIS does not have it is said so, and once it is there the next press sends', async () => {
  await addClass(d.lms, 'c9', 2);
  await putLineItem(d.lms, 'quiz', {}, 'c9');
  await put('quiz', 's01', { score: 5 }, 'c9');
  expect((await sync(d.lms, '/classes/c9/syncs')).status).toBe('failed');
  const item = await expectOk(d.lms<Entry & { state: string }>('GET', '/classes/c9/lineItems/quiz'));
  expect(item).toMatchObject({ state: 'needsAttention', reason: { code: 'MAP_CLASS' } });
  expect(item.reason?.message).toContain('sis-class-9');
  service.sis.control.seed(sisDistrict(6, 9));
  expect(await sync(d.lms, '/classes/c9/syncs')).toMatchObject({
    status: 'complete',
    counts: { created: 2 },
  });
});

test('the categories of a class without an SIS id are a 409 that says so', async () => {
  await addClass(d.lms, 'c2', 2, { sourcedId: null });
  expect(await d.lms('GET', '/classes/c2/sisCategories')).toMatchObject({
    status: 409,
    body: { code: 'MAP_CLASS' },
  });
});

test('a category that somebody makes in the SIS is found by the next press', async () => {
  await expectOk(
    d.lms('PUT', '/classes/c1', { ...(await classBody()), categories: [{ id: 'late', title: 'Late work' }] }),
  );
  await putLineItem(d.lms, 'late-1', { categoryId: 'late' });
  expect((await sync(d.lms, '/classes/c1/lineItems/late-1/syncs')).status).toBe('failed');
  const seed = sisDistrict(6);
  seed.classes[0]?.categories?.push({ sourcedId: 'sis-late', title: 'Late work' });
  service.sis.control.seed(seed);
  expect((await sync(d.lms, '/classes/c1/lineItems/late-1/syncs')).status).toBe('complete');
});

test('an administrator sends unless adminsMaySync is off', async () => {
  expect((await d.admin('POST', '/classes/c1/syncs', {})).status).toBe(202);
  const settings = await expectOk(d.admin<Record<string, unknown>>('GET', '/domains/district/settings'));
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, adminsMaySync: false }));
  expect(await d.admin('POST', '/classes/c1/syncs', {})).toMatchObject({
    status: 403,
    body: { code: 'FORBIDDEN' },
  });
  expect((await d.lms('POST', '/classes/c1/syncs', {})).status).toBeLessThan(300);
});

test('the links that are printed at start open the page of an administrator and of a teacher, once', async () => {
  const links = await service.service.pageLinks('http://here');
  expect(links.map((l) => new URL(l.url).pathname)).toEqual(['/admin', '/teacher']);
  const opened = [];
  for (const { url } of [...links, ...links]) {
    const code = new URLSearchParams(new URL(url).hash.slice(1)).get('code');
    const { status, body } = await service.as(null)<{ role: string; classIds: string[] | null }>(
      'POST',
      '/sign-in',
      { code },
    );
    opened.push(status === 200 ? [body.role, body.classIds] : status);
  }
  expect(opened).toEqual([['admin', null], ['teacher', ['c1']], 401, 401]);
});

async function classBody(): Promise<Record<string, unknown>> {
  const {
    classId: _,
    fromSis: _f,
    ...body
  } = await expectOk(d.lms<Record<string, unknown>>('GET', '/classes/c1'));
  return body;
}
