/** A lineItem that the SIS has already is not made a second time: it is offered, linked by hand, and unlinked again. */
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
let teacher: Caller;
beforeEach(async () => {
  service = await startService({ sis: { district: sisDistrict(N, 2) } });
  d = await district(service, N, { verifyAfterSeconds: 0 });
  const { token } = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', {
      ...{ subject: 't', displayName: 'Teacher', role: 'teacher', domainId: 'school', classIds: ['c1'] },
      expiresInSeconds: 600,
    }),
  );
  teacher = service.as(token);
});
afterEach(() => service.stop());

const control = () => service.sis.control;
const held = () => control().contents();
const THEIRS = 'made-by-hand';

/** What a teacher made in the SIS, with a score of student `sis-s01`. */
async function madeThere(title: string, score?: number): Promise<void> {
  const ref = (type: string, sourcedId: string) => ({
    href: `https://sis.example/${sourcedId}`,
    sourcedId,
    type,
  });
  const base = { status: 'active', dateLastModified: '2026-10-01T10:00:00.000Z' };
  const lineItem = {
    ...{
      ...base,
      sourcedId: THEIRS,
      title,
      assignDate: '2026-10-01T00:00:00.000Z',
      dueDate: '2026-11-20T00:00:00.000Z',
    },
    ...{
      class: ref('class', 'sis-class-1'),
      school: ref('org', 'sis-school'),
      category: ref('category', 'sis-homework'),
    },
    ...{ resultValueMin: 0, resultValueMax: 100 },
  };
  expect((await service.sis.call('PUT', `/lineItems/${THEIRS}`, { lineItem })).status).toBe(201);
  if (score === undefined) return;
  const result = {
    ...{
      ...base,
      sourcedId: 'typed-by-hand',
      lineItem: ref('lineItem', THEIRS),
      student: ref('user', 'sis-s01'),
    },
    ...{ scoreStatus: 'fully graded', score, scoreDate: '2026-10-02' },
  };
  expect((await service.sis.call('PUT', '/results/typed-by-hand', { result })).status).toBe(201);
}
const link = (sourcedId: string | null, lineItem = 'a', by = teacher) =>
  by<{ sourcedId: string | null; code: string; errors: unknown }>(
    'POST',
    `/classes/c1/lineItems/${lineItem}/link`,
    { sourcedId },
  );
const lineItem = () =>
  expectOk(
    teacher<{ state: string; sourcedId: string | null; reason: { code: string; message: string } | null }>(
      'GET',
      '/classes/c1/lineItems/a',
    ),
  );
const cell = (student: string) =>
  expectOk(
    teacher<{ state: string; reason: { code: string } | null }>(
      'GET',
      `/classes/c1/lineItems/a/results/${student}`,
    ),
  );

test('a title that the SIS has in the class is not made again: the one that is there is named and offered', async () => {
  await madeThere(' title OF a ');
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  const done = await sync(teacher);
  expect(done).toMatchObject({ status: 'failed', counts: { created: 0 } });
  expect(held().lineItems).toHaveLength(1);
  const blocked = await lineItem();
  expect(blocked).toMatchObject({ state: 'needsAttention', reason: { code: 'TITLE_DUPLICATE' } });
  expect(blocked.reason?.message).toContain(THEIRS);
  const { items } = await expectOk(teacher<{ items: unknown[] }>('GET', '/classes/c1/sisLineItems'));
  expect(items).toEqual([{ sourcedId: THEIRS, title: ' title OF a ', sameTitle: ['a'] }]);
});

test('one of ours whose answer never came is not taken for somebody’s', async () => {
  control().setRules({ allocatesIds: 'forgets' });
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  control().arm({ kind: 'reset-after-store', request: 'lineItem', method: 'PUT', count: 1 });
  await expectOk(teacher('POST', '/classes/c1/syncs', {}));
  await control().waitFor((c) => c.count({ method: 'PUT', kind: 'lineItem' }) > 0);
  // the second press reads the class, which has it under an id that we never heard
  expect(await sync(teacher)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  expect(held().lineItems).toHaveLength(1);
  expect(held().results).toHaveLength(N);
});

test('what a read-back lists besides is known from then on, without a request of its own', async () => {
  await madeThere('Title of b');
  await putLineItem(d.lms, 'a');
  await sync(d.lms);
  await until(async () => (await lineItem()).state === 'verified');
  control().resetCounts();
  await putLineItem(d.lms, 'b');
  expect(await sync(d.lms)).toMatchObject({ counts: { created: 0, failed: 1 } });
  expect(control().requests).toEqual([]);
});

test('linked, it and its scores go there, and a score that somebody typed is a conflict', async () => {
  await madeThere('Title of a', 99);
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  expect(await link(THEIRS)).toMatchObject({ status: 200, body: { sourcedId: THEIRS } });
  await sync(d.lms);
  expect(held().lineItems.map((item) => item.sourcedId)).toEqual([THEIRS]);
  expect(held().results.every((r) => r.lineItem.sourcedId === THEIRS)).toBe(true);
  expect(control().get('results', 'typed-by-hand')?.score).toBe(99);
  expect(held().results).toHaveLength(N);
  await until(async () => (await cell('s01')).state === 'conflict');
  expect(await lineItem()).toMatchObject({ sourcedId: THEIRS });
  await until(async () => (await cell('s02')).state === 'verified');
  // decided for ours: it goes over the SIS's, under the id that it has there
  await expectOk(teacher('POST', '/classes/c1/conflicts/resolve', { keep: 'lms' }));
  await sync(d.lms);
  await until(async () => control().get('results', 'typed-by-hand')?.score === 60);
  expect(held().results).toHaveLength(N);
});

test('where ours are to win, they go over what was typed, under the id that it has', async () => {
  const { body: own } = await d.admin('GET', '/domains/district/settings');
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...own, conflictPolicy: 'lmsWins' }));
  await madeThere('Title of a', 99);
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  await link(THEIRS);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete' });
  expect(held().results).toHaveLength(N);
  expect(control().get('results', 'typed-by-hand')?.score).toBe(60);
});

test('where many go in one request, those of a linked one are looked at one by one', async () => {
  control().setRules({ bulkPost: 'array' });
  await service.service.db.rows(`UPDATE connection SET capabilities = '{"bulkResults":"array"}'`);
  await madeThere('Title of a', 60);
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  await link(THEIRS);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete' });
  expect(held().results).toHaveLength(N);
  expect(control().count({ method: 'POST', kind: 'results' })).toBe(0);
});

test('only to one that the SIS has in this very class, and that stands for no other one', async () => {
  await madeThere('Theirs');
  await putLineItem(d.lms, 'a');
  await putLineItem(d.lms, 'b');
  expect(await link('nothing-there')).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/sourcedId' }] },
  });
  await addClass(d.lms, 'c2', N);
  await putLineItem(d.lms, 'x', {}, 'c2');
  expect(await d.lms('POST', '/classes/c2/lineItems/x/link', { sourcedId: THEIRS })).toMatchObject({
    status: 400,
  });
  expect((await link(THEIRS)).status).toBe(200);
  expect(await link(THEIRS, 'b')).toMatchObject({ status: 409, body: { code: 'LINK_TAKEN' } });
  expect((await link(THEIRS)).status).toBe(200);
  expect((await link(THEIRS, 'nobody')).status).toBe(404);
  expect(
    control()
      .writes()
      .filter(({ path }) => !path.includes(THEIRS)),
  ).toEqual([]);
});

test('unlinked, it is made as one of its own, and the former one stays as it is', async () => {
  await madeThere('Theirs');
  await putLineItem(d.lms, 'a', { title: 'Ours' });
  await putScores(d.lms, 'a', N);
  await link(THEIRS);
  await sync(d.lms);
  expect(held().lineItems.map((item) => item.title)).toEqual(['Ours']);
  control().edit('lineItems', THEIRS, { title: 'Theirs again' });
  expect((await link(null)).body).toEqual({ sourcedId: null });
  expect(await lineItem()).toMatchObject({ sourcedId: null });
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  expect(
    held()
      .lineItems.map((item) => item.title)
      .sort(),
  ).toEqual(['Ours', 'Theirs again']);
  expect(held().results).toHaveLength(2 * N);
});

test('an answer that is under way does not bring the former link back', async () => {
  await putLineItem(d.lms, 'a', { title: 'Ours' });
  await madeThere('Theirs');
  control().arm({ kind: 'delay', ms: 700, method: 'PUT', request: 'lineItem', count: 1 });
  await expectOk(d.lms('POST', '/classes/c1/syncs', {}));
  await control().waitFor((c) => c.count({ method: 'PUT', kind: 'lineItem' }) > 1);
  const answer = await link(THEIRS);
  expect(answer).toMatchObject({ status: 200 });
  await until(async () => control().get('lineItems', THEIRS)?.title === 'Ours');
  await until(async () => (await lineItem()).state === 'verified');
  expect(await lineItem()).toMatchObject({ sourcedId: THEIRS });
});

test('scores that were acknowledged in the former one do not hide what was typed in this one', async () => {
  await putLineItem(d.lms, 'a', { title: 'Ours' });
  await putScores(d.lms, 'a', N);
  await sync(d.lms);
  await madeThere('Theirs', 99);
  expect((await link(THEIRS)).status).toBe(200);
  await sync(d.lms);
  await until(async () => (await cell('s01')).state === 'conflict');
  const inTheirs = held().results.filter((r) => r.lineItem.sourcedId === THEIRS);
  expect(inTheirs).toHaveLength(N);
  expect(control().get('results', 'typed-by-hand')?.score).toBe(99);
});

test('what was to be deleted with another of ours stays, when it is linked anew', async () => {
  const { body: own } = await d.admin('GET', '/domains/district/settings');
  await expectOk(
    d.admin('PUT', '/domains/district/settings', { ...own, gatherSeconds: 0, deletePropagation: 'delete' }),
  );
  await madeThere('Theirs');
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  await link(THEIRS);
  await sync(d.lms);
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/a/results/s02'));
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/a'));
  await putLineItem(d.lms, 'b');
  await putScores(d.lms, 'b', N);
  expect((await link(THEIRS, 'b')).status).toBe(200);
  expect(await expectOk(d.lms('GET', '/classes/c1/deletions'))).toMatchObject({ items: [] });
  control().resetCounts();
  await sync(d.lms);
  await until(async () => {
    const { items } = await expectOk(d.lms<{ items: { state: string }[] }>('GET', '/classes/c1/results'));
    return items.every(({ state }) => state === 'verified');
  });
  expect(control().count({ method: 'DELETE' })).toBe(0);
  expect(held().results.filter((r) => r.lineItem.sourcedId === THEIRS)).toHaveLength(N);
});

test('of a class that is another one of the SIS now, nothing of the former one is in the way', async () => {
  await madeThere('Title of a');
  await teacher('GET', '/classes/c1/sisLineItems');
  await addClass(d.lms, 'c1', N, { sourcedId: 'sis-class-2' });
  await putLineItem(d.lms, 'a');
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: 1, failed: 0 } });
});

test('it stands in the audit trail', async () => {
  await madeThere('Theirs');
  await putLineItem(d.lms, 'a');
  await link(THEIRS);
  const { items } = await expectOk(
    d.admin<{ items: { action: string; actor: string; detail: unknown }[] }>(
      'GET',
      '/domains/district/audit',
    ),
  );
  expect(items.find(({ action }) => action === 'lineItem.link')).toMatchObject({
    actor: 'Teacher',
    detail: { linked: true },
  });
});
