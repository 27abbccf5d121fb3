/** The main job over the whole stack: settings, roster and scores in; OneRoster lineItems and results out. */
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(30) } });
  d = await district(service, 30);
});
afterAll(() => service.stop());
beforeEach(() => service.sis.control.resetCounts());

interface Cell {
  lineItemId: string;
  studentId: string;
  state: string;
  reason: { code: string; fix: string } | null;
  acknowledged: {
    score: number | null;
    scoreStatus: string;
    late: boolean;
    missing: boolean;
    version: number;
  } | null;
}
const cell = (lineItem: string, student: string) =>
  expectOk(d.lms<Cell>('GET', `/classes/c1/lineItems/${lineItem}/results/${student}`));
const inSis = (lineItemTitle: string, student: string) => {
  const { lineItems, results } = service.sis.control.contents();
  const item = lineItems.find((l) => l['title'] === lineItemTitle);
  return results.find(
    (r) =>
      (r['lineItem'] as { sourcedId: string }).sourcedId === item?.['sourcedId'] &&
      (r['student'] as { sourcedId: string }).sourcedId === `sis-${student}`,
  );
};

test('30 students and 2 lineItems are 62 writes, then none, then one after one edit', async () => {
  await putLineItem(d.lms, 'quiz-1');
  await putLineItem(d.lms, 'quiz-2', { categoryId: 'tests' });
  await putScores(d.lms, 'quiz-1', 30);
  await putScores(d.lms, 'quiz-2', 30, (i) => i);

  const first = await sync(d.lms);
  expect(first).toMatchObject({
    status: 'complete',
    trigger: 'api',
    startedBy: 'lms',
    counts: { created: 62, failed: 0 },
  });
  expect(service.sis.control.counts()).toMatchObject({ 'PUT lineItem': 2, 'PUT result': 60 });
  expect(service.sis.control.writes()).toHaveLength(62);
  expect(service.sis.control.tokenRequests).toHaveLength(1);

  service.sis.control.resetCounts();
  const second = await sync(d.lms);
  expect(second).toMatchObject({ status: 'complete', counts: { created: 0, updated: 0, unchanged: 62 } });
  expect(service.sis.control.requests).toEqual([]);

  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz-1/results/s05', { score: 99.5 }));
  const third = await sync(d.lms);
  expect(third).toMatchObject({ status: 'complete', counts: { updated: 1, unchanged: 61 } });
  expect(service.sis.control.writes()).toHaveLength(1);
  expect(inSis('Title of quiz-1', 's05')).toMatchObject({ score: 99.5, scoreStatus: 'fully graded' });
  expect(await cell('quiz-1', 's05')).toMatchObject({
    state: 'acknowledged',
    acknowledged: { score: 99.5, version: 2 },
  });
});

test('A15: a score of 0 is a score', async () => {
  expect(inSis('Title of quiz-2', 's01')).toMatchObject({ score: 0, scoreStatus: 'fully graded' });
});

test('A15: every status arrives as the SIS understands it', async () => {
  await putLineItem(d.lms, 'statuses');
  const put = (student: string, body: unknown) =>
    expectOk(d.lms('PUT', `/classes/c1/lineItems/statuses/results/${student}`, body));
  await put('s01', { status: 'missing' });
  await put('s02', { status: 'excused', score: 50 });
  await put('s03', { score: 80, late: true });
  await put('s04', { status: 'incomplete', score: 20 });
  await put('s05', {});
  await put('s06', { score: 70, posted: false });
  await put('s07', { status: 'partiallyGraded', score: 30 });
  await put('s08', { status: 'submitted' });
  const done = await sync(d.lms, '/classes/c1/lineItems/statuses/syncs');
  expect(done.byKind.results).toMatchObject({ created: 5, skipped: 3, failed: 0 });
  const seen = (student: string) => inSis('Title of statuses', student);
  expect(seen('s01')).toMatchObject({ score: 0, missing: 'true' });
  expect(seen('s02')).toMatchObject({ scoreStatus: 'exempt' });
  expect(seen('s02')).not.toHaveProperty('score');
  expect(seen('s03')).toMatchObject({ score: 80, late: 'true' });
  expect(seen('s04')).toBeUndefined();
  expect(seen('s05')).toBeUndefined();
  expect(seen('s06')).toBeUndefined();
  expect(seen('s07')).toMatchObject({ scoreStatus: 'partially graded', score: 30 });
  expect(seen('s08')).toMatchObject({ scoreStatus: 'submitted' });
  expect(await cell('statuses', 's04')).toMatchObject({
    state: 'skipped',
    reason: { code: 'SKIP_INCOMPLETE' },
  });
  expect(await cell('statuses', 's06')).toMatchObject({
    state: 'skipped',
    reason: { code: 'SKIP_HELD_BACK' },
  });
  // a score that was sent and is cleared becomes a result without a score
  await put('s03', { score: null });
  await sync(d.lms, '/classes/c1/lineItems/statuses/syncs');
  expect(seen('s03')).toMatchObject({ scoreStatus: 'not submitted' });
  expect(seen('s03')).not.toHaveProperty('score');
});

test('what cannot go says why and how to mend it, and holds nothing else up', async () => {
  await putLineItem(d.lms, 'good');
  await putLineItem(d.lms, 'no-points', { resultValueMax: null });
  await putLineItem(d.lms, 'no-category', { categoryId: null });
  await putLineItem(d.lms, 'unmapped', { categoryId: 'nobody-knows-it' });
  await putLineItem(d.lms, 'unpublished', { published: false });
  await expectOk(d.lms('PUT', '/classes/c1/students/stranger', { givenName: 'No', familyName: 'Id' }));
  for (const lineItem of ['good', 'no-points', 'no-category', 'unmapped', 'unpublished'])
    for (const student of ['s01', 'stranger'])
      await expectOk(d.lms('PUT', `/classes/c1/lineItems/${lineItem}/results/${student}`, { score: 5 }));
  const done = await sync(d.lms);
  expect(done.status).toBe('completeWithProblems');
  expect(inSis('Title of good', 's01')).toMatchObject({ score: 5 });
  const { items } = await expectOk(
    d.lms<{
      items: {
        lineItemId: string;
        state: string;
        reason: { code: string; fix: string; fixBy: string } | null;
      }[];
    }>('GET', '/classes/c1/lineItems?limit=200'),
  );
  const of = (key: string) => items.find((l) => l.lineItemId === key);
  expect(of('no-points')).toMatchObject({ state: 'needsAttention', reason: { code: 'POINTS_INVALID' } });
  expect(of('unmapped')).toMatchObject({ state: 'needsAttention', reason: { code: 'CAT_MISSING' } });
  expect(of('no-category')).toMatchObject({ state: 'skipped', reason: { code: 'CAT_NONE' } });
  expect(of('unpublished')).toMatchObject({ state: 'skipped', reason: { code: 'SKIP_UNPUBLISHED' } });
  expect(await cell('good', 'stranger')).toMatchObject({
    state: 'needsAttention',
    reason: { code: 'MAP_STUDENT' },
  });
  expect((await cell('good', 'stranger')).reason?.fix).toBeTruthy();

  // mended, it goes with the next press
  await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { 'nobody-knows-it': 'sis-tests' } }));
  await sync(d.lms);
  expect(inSis('Title of unmapped', 's01')).toMatchObject({ score: 5 });
});

test('one student alone can be sent, and brings the lineItem along', async () => {
  await putLineItem(d.lms, 'alone');
  await putScores(d.lms, 'alone', 30);
  const done = await sync(d.lms, '/classes/c1/lineItems/alone/results/s07/syncs');
  expect(done).toMatchObject({ status: 'complete', counts: { created: 2 } });
  expect(service.sis.control.writes()).toHaveLength(2);
  expect(await cell('alone', 's07')).toMatchObject({ state: 'acknowledged' });
  expect(await cell('alone', 's08')).toMatchObject({ state: 'unsent' });
});

test('A17: a second press joins the sync that is running and adds what is dirty by then', async () => {
  await putLineItem(d.lms, 'joined');
  await putScores(d.lms, 'joined', 30);
  service.sis.control.setLatency(30);
  try {
    const first = await d.lms<{ id: string }>('POST', '/classes/c1/lineItems/joined/syncs', {});
    expect(first.status).toBe(202);
    expect(first.headers.get('location')).toBe(`/v1/syncs/${first.body.id}`);
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/good/results/s02', { score: 11 }));
    const second = await d.lms<{ id: string }>('POST', '/classes/c1/syncs', {});
    expect(second.status).toBe(200);
    expect(second.body.id).toBe(first.body.id);
    const entries = await until(async () => {
      const sync = await expectOk(d.lms<{ status: string }>('GET', `/syncs/${first.body.id}`));
      return (
        sync.status !== 'processing' &&
        (await expectOk(d.lms<{ items: Cell[] }>('GET', `/syncs/${first.body.id}/entries?limit=200`))).items
      );
    });
    expect(entries.some((e) => e.lineItemId === 'good' && e.studentId === 's02')).toBe(true);
    expect(inSis('Title of good', 's02')).toMatchObject({ score: 11 });
  } finally {
    service.sis.control.setLatency(0);
  }
});

test('the plan says what a sync would do and writes nothing', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/good/results/s03', { score: 12 }));
  const plan = await expectOk(
    d.lms<{
      counts: Record<string, number>;
      entries: { action: string; lineItemId: string; studentId: string | null }[];
    }>('GET', '/classes/c1/plan'),
  );
  expect(plan.entries).toContainEqual(
    expect.objectContaining({ action: 'create', lineItemId: 'good', studentId: 's03' }),
  );
  expect(service.sis.control.requests).toEqual([]);
  expect(await cell('good', 's03')).toMatchObject({ state: 'unsent' });
});

test('everything that was sent is valid by the official OneRoster 1.2 file', () => {
  expect(service.sis.violations).toEqual([]);
});

test('the batch keeps what is valid and reports the rest by index', async () => {
  const answer = await d.lms<{ accepted: number; rejected: { index: number; code: string }[] }>(
    'POST',
    '/classes/c1/results/batch',
    {
      results: [
        { lineItemId: 'good', studentId: 's10', score: 1 },
        { lineItemId: 'good', studentId: 's11', score: 'one' },
        { lineItemId: 'nowhere', studentId: 's12', score: 3 },
        { lineItemId: 'good', studentId: 'nobody', score: 4 },
        { lineItemId: 'good', studentId: 's13', score: 5, typo: true },
        { lineItemId: 'good', studentId: 's10', score: 6 },
      ],
    },
  );
  expect(answer.status).toBe(200);
  expect(answer.body.accepted).toBe(2);
  expect(answer.body.rejected.map((r) => [r.index, r.code])).toEqual([
    [1, 'VALIDATION'],
    [2, 'LINE_ITEM_NOT_FOUND'],
    [3, 'STUDENT_NOT_FOUND'],
    [4, 'VALIDATION'],
  ]);
  const kept = await expectOk(
    d.lms<{ desired: { score: number } }>('GET', '/classes/c1/lineItems/good/results/s10'),
  );
  expect(kept.desired.score).toBe(6);
});

test('A03: an identical PUT raises no version, an older revision is ignored and says so', async () => {
  const put = (body: unknown) =>
    expectOk(
      d.lms<{ version: number; ignored?: string }>('PUT', '/classes/c1/lineItems/good/results/s20', body),
    );
  expect((await put({ score: 50, revision: 5 })).version).toBe(1);
  expect((await put({ score: 50, revision: 6 })).version).toBe(1);
  expect(await put({ score: 40, revision: 6 })).toMatchObject({ version: 1, ignored: 'olderRevision' });
  expect(await put({ score: 40, revision: 2 })).toMatchObject({ version: 1, ignored: 'olderRevision' });
  expect((await put({ score: 60, revision: 7 })).version).toBe(2);
  const kept = await expectOk(
    d.lms<{ desired: { score: number } }>('GET', '/classes/c1/lineItems/good/results/s20'),
  );
  expect(kept.desired.score).toBe(60);
});

test('a whole roster makes the absent inactive, and asks before it loses many', async () => {
  const roster = (n: number) => ({
    students: students(n).map((id) => ({ studentId: id, sourcedId: `sis-${id}` })),
  });
  const few = await d.lms<{ code: string }>('PUT', '/classes/c1/students', roster(10));
  expect(few.status).toBe(409);
  expect(few.body.code).toBe('CONFIRM_NEEDED');
  expect(await d.lms('PUT', '/classes/c1/students', roster(28))).toMatchObject({
    status: 200,
    body: { active: 28, deactivated: 3 },
  });
  expect(await d.lms('GET', '/classes/c1/students/s30')).toMatchObject({ body: { active: false } });
  expect(await d.lms('PUT', '/classes/c1/students?confirm=true', roster(30))).toMatchObject({
    status: 200,
    body: { active: 30 },
  });
});
