/** What a sync wrote over is brought back: exactly, seen beforehand, held until the score changes, and undone. */
import fc from 'fast-check';
import { shownBy } from '../../src/gradebook/values.ts';
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
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
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 9) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
});
afterAll(() => service.stop());

let tenants = 0;
let tenant = '';
const settings = { passbackEnabled: true, verifyAfterSeconds: 0, gatherSeconds: 0 };
/** A district of its own, so that no test sees what another one left. */
beforeEach(async () => {
  control().disarm();
  for (const { sourcedId } of control().contents().lineItems) control().remove('lineItems', sourcedId);
  tenant = `district${tenants++}`;
  d = await district(service, N, settings, tenant);
});
const change = (more: object) =>
  expectOk(
    d.admin('PUT', `/domains/${tenant}/settings`, {
      ...settings,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );

interface Entry {
  lineItemId: string;
  studentId: string | null;
  action: string;
  how: string;
  from: Record<string, unknown> | null;
  to: Record<string, unknown> | null;
}
interface Plan {
  planId: string;
  counts: Record<string, number>;
  entries: Entry[];
}
const control = () => service.sis.control;
const inSis = (student: string, lineItem = 'a') =>
  control().get('results', resultIdOf(tenant, lineItem, student));
const cell = (student: string, lineItem = 'a') =>
  expectOk(
    d.lms<{
      state: string;
      reason: { code: string; message: string } | null;
      desired: { score: number | null };
    }>('GET', `/classes/c1/lineItems/${lineItem}/results/${student}`),
  );
const putScore = (student: string, body: object, lineItem = 'a') =>
  expectOk(d.lms('PUT', `/classes/c1/lineItems/${lineItem}/results/${student}`, body));
const preview = (id: string, body: object = {}) =>
  expectOk(d.lms<Plan>('POST', `/snapshots/${id}/restore`, { ...body, dryRun: true }));
async function restore(id: string, body: object = {}): Promise<SyncBody> {
  const started = await d.lms<SyncBody>('POST', `/snapshots/${id}/restore`, body);
  expect([started.status, started.body]).toMatchObject([202, { id: expect.any(String) }]);
  expect(started.headers.get('location')).toBe(`/v1/syncs/${started.body.id}`);
  return syncEnd(d.lms, started.body.id);
}
/** Everything in the SIS, as values. */
function held(): Record<string, unknown> {
  const { lineItems, results } = control().contents();
  const values = (kind: 'lineItem' | 'result', items: { sourcedId: string }[]) =>
    items.map((item) => {
      const shown = shownBy(kind, item);
      // left out is as good as not so
      return [
        item.sourcedId,
        shown && { ...shown, late: shown.late === true, missing: shown.missing === true },
      ];
    });
  return Object.fromEntries([...values('lineItem', lineItems), ...values('result', results)]);
}
async function graded(): Promise<SyncBody> {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N, (i) => 10 * (i + 1));
  return sync(d.lms);
}
async function verified(student: string) {
  return until(async () => {
    const is = await cell(student);
    return is.state === 'verified' ? is : null;
  });
}

test('a sync is undone: seen beforehand, done exactly so, held, and undone again', async () => {
  await graded();
  const before = held();
  await putScore('s01', { score: 99, late: true });
  await putScore('s02', { score: null });
  const wrong = await sync(d.lms);
  expect(wrong).toMatchObject({ status: 'complete', counts: { updated: 2 } });
  const between = held();

  const plan = await preview(wrong.id);
  expect(plan).toMatchObject({
    counts: { create: 0, update: 2, unchanged: 0 },
    entries: [
      { studentId: 's01', action: 'update', how: 'value', from: { score: 99 }, to: { score: 10 } },
      {
        ...{ studentId: 's02', action: 'update', how: 'value', to: { score: 20 } },
        from: { score: null, scoreStatus: 'not submitted' },
      },
    ],
  });
  expect(held()).toEqual(between);
  const undone = await restore(wrong.id);
  expect(undone).toMatchObject({ status: 'complete', counts: { updated: 2, failed: 0 }, trigger: 'api' });
  expect(held()).toEqual(before);
  expect(await verified('s01')).toMatchObject({
    desired: { score: 99 },
    reason: {
      code: 'HELD_RESTORED',
      message: 'An earlier value was brought back to the SIS and is held there: 10.',
    },
  });
  // held: neither a press nor a remaster goes over it
  expect(await sync(d.lms)).toMatchObject({ counts: { created: 0, updated: 0 } });
  expect(await sync(d.lms, '/classes/c1/syncs', { mode: 'all' })).toMatchObject({ status: 'complete' });
  expect(held()).toEqual(before);

  expect(await restore(undone.id)).toMatchObject({ status: 'complete', counts: { updated: 2 } });
  expect(held()).toEqual(between);
});

test('one student or one lineItem alone', async () => {
  await graded();
  await putLineItem(d.lms, 'b');
  await putScores(d.lms, 'b', N, () => 50);
  await sync(d.lms);
  await putScores(d.lms, 'a', N, () => 1);
  await putScores(d.lms, 'b', N, () => 2);
  const { id } = await sync(d.lms);
  await restore(id, { studentIds: ['s02'] });
  expect([inSis('s02')?.score, inSis('s02', 'b')?.score, inSis('s01')?.score]).toEqual([20, 50, 1]);
  await restore(id, { lineItemIds: ['b'] });
  expect(students(N).map((s) => inSis(s, 'b')?.score)).toEqual([50, 50, 50]);
  expect(inSis('s01')?.score).toBe(1);
  const unknown = await d.lms('POST', `/snapshots/${id}/restore`, { studentIds: ['s02', 'nobody'] });
  expect([unknown.status, unknown.body]).toEqual([
    400,
    expect.objectContaining({ errors: [{ pointer: '/studentIds/1', detail: 'is not in this snapshot' }] }),
  ]);
});

test('a restore that names its preview does exactly that, or nothing', async () => {
  await graded();
  await putScores(d.lms, 'a', N, () => 90);
  const { id } = await sync(d.lms);
  const seen = await preview(id);
  expect((await preview(id)).planId).toBe(seen.planId);
  await putScore('s01', { score: 91 });
  const begin = (planId: string) => d.lms('POST', `/snapshots/${id}/restore`, { planId });
  expect(await begin(seen.planId)).toMatchObject({
    status: 409,
    body: {
      code: 'PLAN_CHANGED',
      errors: [{ pointer: '/planId', detail: 'lineItem a, student s01: now update' }],
    },
  });
  expect(await begin('changes.')).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/planId', detail: 'is not the planId of a dry run of a restore' }] },
  });
  expect(students(N).map((s) => inSis(s)?.score)).toEqual([90, 90, 90]);
  const { planId } = await preview(id);
  expect(await restore(id, { planId })).toMatchObject({ status: 'complete', counts: { updated: N } });
  expect(students(N).map((s) => inSis(s)?.score)).toEqual([10, 20, 30]);
});

test('a newer score ends it, and so does whoever releases it', async () => {
  await graded();
  await putScores(d.lms, 'a', N, () => 90);
  const { id } = await sync(d.lms);
  await restore(id);
  await putScore('s01', { score: 91 });
  // the same again is no newer score
  await putScore('s02', { score: 90 });
  await expectOk(d.lms('POST', '/classes/c1/lineItems/a/results/s03/release'));
  expect(await sync(d.lms)).toMatchObject({ counts: { updated: 2 } });
  expect(students(N).map((s) => inSis(s)?.score)).toEqual([91, 20, 90]);
  expect((await verified('s03')).reason).toBeNull();
  // released once; the rest of the assignment at once
  const again = (path: string) => expectOk(d.lms('POST', `/classes/c1/lineItems/a${path}/release`));
  expect(await again('/results/s03')).toEqual({ released: 0 });
  expect(await again('')).toEqual({ released: 1 });
  await sync(d.lms);
  expect(inSis('s02')?.score).toBe(90);
});

test('an SIS that ignores what is older than what it has takes the restored value, and the released one', async () => {
  await graded();
  await putScores(d.lms, 'a', N, () => 90);
  const { id } = await sync(d.lms);
  control().resetCounts();
  await restore(id);
  await expectOk(d.lms('POST', '/classes/c1/lineItems/a/release'));
  await sync(d.lms);
  expect(students(N).map((s) => inSis(s)?.score)).toEqual([90, 90, 90]);
  expect(control().staleWrites.count).toBe(0);
});

test('the title and dates of an assignment come back with its scores', async () => {
  await graded();
  const before = held();
  await putLineItem(d.lms, 'a', {
    title: 'Another',
    dueDate: '2026-12-01T23:59:00-06:00',
    resultValueMax: 10,
    categoryId: 'tests',
  });
  await putScores(d.lms, 'a', N, (i) => i);
  const { id } = await sync(d.lms);
  expect(await restore(id)).toMatchObject({ status: 'complete', counts: { updated: N + 1 } });
  expect(held()).toEqual(before);
});

describe('what was not there before', () => {
  test('is left without a score where nothing is deleted in the SIS; its assignment stays', async () => {
    const { id } = await graded();
    const plan = await preview(id);
    expect(plan.entries.map(({ studentId, action, how, to }) => [studentId, action, how, to])).toEqual([
      [null, 'skip', 'stays', null],
      ...students(N).map((s) => [s, 'update', 'blank', null]),
    ]);
    const undone = await restore(id);
    expect(inSis('s01')).toMatchObject({ status: 'active', scoreStatus: 'not submitted' });
    expect(inSis('s01')?.score).toBeUndefined();
    expect((await verified('s01')).reason?.message).toMatch(/held there: nothing\.$/);
    await restore(undone.id);
    expect(inSis('s01')?.score).toBe(10);
  });

  test('is deleted where that is the policy, and made again when that is undone', async () => {
    await change({ deletePropagation: 'delete' });
    const { id } = await graded();
    const before = held();
    const plan = await preview(id);
    expect(plan.entries.map(({ how }) => how)).toEqual(['stays', 'delete', 'delete', 'delete']);
    const undone = await restore(id);
    expect(undone).toMatchObject({ status: 'complete', counts: { updated: N } });
    expect(control().contents().results).toEqual([]);
    expect((await verified('s01')).reason?.code).toBe('HELD_RESTORED');
    expect(await sync(d.lms)).toMatchObject({ counts: { created: 0, updated: 0 } });
    expect(control().contents().results).toEqual([]);
    await restore(undone.id);
    expect(held()).toEqual(before);
  });

  test('is said to be deleted where that is the policy', async () => {
    await change({ deletePropagation: 'tobedeleted' });
    const { id } = await graded();
    await restore(id);
    expect(inSis('s01')).toMatchObject({ status: 'tobedeleted' });
    expect((await verified('s01')).reason?.code).toBe('HELD_RESTORED');
    await putScore('s01', { score: 12 });
    await sync(d.lms);
    expect(inSis('s01')).toMatchObject({ status: 'active', score: 12 });
  });
});

test('not while a sync of the class is under way, nor of what is switched off', async () => {
  await graded();
  await putScores(d.lms, 'a', N, () => 90);
  const { id } = await sync(d.lms);
  const fault = control().arm({ kind: 'hold', method: 'PUT' });
  await putScores(d.lms, 'a', N, () => 91);
  const other = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs'));
  const refused = await d.lms<{ code: string }>('POST', `/snapshots/${id}/restore`);
  expect([refused.status, refused.body.code]).toEqual([409, 'SYNC_UNDER_WAY']);
  control().disarm(fault);
  await syncEnd(d.lms, other.id);
  await change({ passbackEnabled: false });
  expect((await d.lms<{ code: string }>('POST', `/snapshots/${id}/restore`)).body.code).toBe('PASSBACK_OFF');
});

test('what somebody changed in the SIS since is seen in the preview, and gone over', async () => {
  await graded();
  await putScore('s01', { score: 50 });
  const { id } = await sync(d.lms);
  control().edit('results', resultIdOf(tenant, 'a', 's01'), { score: 66 });
  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  await until(async () => (await cell('s01')).state === 'conflict');
  expect(await preview(id)).toMatchObject({
    entries: [{ from: { score: 66 }, to: { score: 10 }, action: 'update' }],
  });
  await restore(id);
  expect(inSis('s01')?.score).toBe(10);
});

describe('by a person', () => {
  const teacher = async () => {
    const { token } = await expectOk(
      d.lms<{ token: string }>('POST', '/tokens', {
        ...{ subject: 'u1', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds: ['c1'] },
        expiresInSeconds: 3600,
      }),
    );
    return service.as(token);
  };
  const held = async (id: string) =>
    (await expectOk(d.lms<{ items: { held: unknown }[] }>('GET', `/snapshots/${id}`))).items;

  test('the class is read before, so that the snapshot of the restore has what somebody changed there', async () => {
    await graded();
    await putScore('s01', { score: 50 });
    const { id } = await sync(d.lms);
    control().edit('results', resultIdOf(tenant, 'a', 's01'), { score: 66 });
    const by = await teacher();
    expect(await preview(id, { readSis: true })).toMatchObject({
      entries: [{ from: { score: 66 }, to: { score: 10 }, action: 'update' }],
    });
    control().edit('results', resultIdOf(tenant, 'a', 's01'), { score: 67 });
    const started = await expectOk(by<SyncBody>('POST', `/snapshots/${id}/restore`, {}));
    expect(started).toMatchObject({ trigger: 'manual', status: 'processing', sisRead: { state: 'waiting' } });
    // a second one, while that waits, would be another's
    expect((await by<{ code: string }>('POST', `/snapshots/${id}/restore`, {})).body.code).toBe(
      'SYNC_UNDER_WAY',
    );
    const undone = await syncEnd(d.lms, started.id);
    expect(undone).toMatchObject({ status: 'complete', counts: { updated: 1 }, sisRead: { state: 'read' } });
    expect(inSis('s01')?.score).toBe(10);
    expect(await held(undone.id)).toMatchObject([{ held: { score: 67 } }]);
    await restore(undone.id);
    expect(inSis('s01')?.score).toBe(67);
  });

  test('what was on its way when it began is not what the SIS held before it, and no part of it', async () => {
    await graded();
    await putScore('s01', { score: 50 });
    const { id } = await sync(d.lms);
    await expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
    const fault = control().arm({ kind: 'hold', method: 'PUT' });
    await putScore('s01', { score: 90 });
    await until(async () => (await cell('s01')).state === 'sending');
    const { id: restored } = await expectOk(d.lms<SyncBody>('POST', `/snapshots/${id}/restore`, {}));
    control().disarm(fault);
    expect(await syncEnd(d.lms, restored)).toMatchObject({ status: 'complete', counts: { updated: 1 } });
    expect(inSis('s01')?.score).toBe(10);
    expect(await held(restored)).toMatchObject([{ held: { score: 90 } }]);
    // it would go on by itself, and make its assignment again in the class that all share
    await change({ passbackEnabled: false });
  });
});

test('what the SIS held of one student is never given to another one', async () => {
  await graded();
  await putScore('s01', { score: 50 });
  const { id } = await sync(d.lms);
  const undone = await restore(id);
  expect(inSis('s01')?.score).toBe(10);
  await expectOk(d.lms('DELETE', '/classes/c1/students/s03'));
  // what he had there would be in the way
  control().remove('results', resultIdOf(tenant, 'a', 's03'));
  await expectOk(d.lms('PUT', '/classes/c1/students/s01', { sourcedId: 'sis-s03' }));
  // held for the one that he was linked to
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: 1 } });
  expect(inSis('s03')?.score).toBe(50);
  await sync(d.lms, '/classes/c1/syncs', { mode: 'all' });
  expect(inSis('s03')?.score).toBe(50);
  // and what is in the snapshots is that one's too
  for (const snapshot of [id, undone.id]) {
    expect(await preview(snapshot)).toMatchObject({ entries: [{ how: 'stays' }] });
    await restore(snapshot);
  }
  expect([inSis('s03')?.score, inSis('s01')?.score]).toEqual([50, 10]);
});

test('a row that was deleted here since is left alone', async () => {
  await graded();
  await putScores(d.lms, 'a', N, () => 90);
  const { id } = await sync(d.lms);
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/a/results/s01'));
  expect((await preview(id)).entries).toMatchObject([{ how: 'stays' }, { how: 'value' }, { how: 'value' }]);
  await restore(id);
  expect(students(N).map((s) => inSis(s)?.score)).toEqual([90, 20, 30]);
});

const score = fc.option(fc.oneof(fc.integer({ min: -5, max: 120 }), fc.constantFrom(0.5, 33.33, 100)), {
  nil: null,
});
const result = fc.record({
  score,
  status: fc.constantFrom(
    null,
    'graded',
    'missing',
    'excused',
    'submitted',
    'partiallyGraded',
    'notSubmitted',
  ),
  late: fc.boolean(),
  scoreDate: fc.constantFrom(null, '2026-10-01', '2026-11-05'),
});
const title = fc.constantFrom('Quiz', 'Quiz 2', 'Test “é”', '=1+1');
const gradebook = fc.record({
  titles: fc.tuple(title, title),
  categories: fc.tuple(fc.constantFrom('hw', 'tests'), fc.constantFrom('hw', 'tests')),
  results: fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(...students(N)), result), {
    maxLength: 6,
  }),
});

/** More of them: RESTORE_RUNS=100. */
const runs = Number(process.env.RESTORE_RUNS ?? 6);
test('a restored snapshot equals the SIS before, and its own restore what was there in between', async () => {
  await change({ deletePropagation: 'delete' });
  const put = async (g: { titles: string[]; categories: string[]; results: [string, string, object][] }) => {
    for (const [i, key] of ['a', 'b'].entries())
      await putLineItem(d.lms, key, { title: `${g.titles[i]} ${key}`, categoryId: g.categories[i] });
    for (const [lineItem, student, body] of g.results) await putScore(student, body, lineItem);
  };
  await fc.assert(
    fc.asyncProperty(gradebook, gradebook, async (one, two) => {
      await put(one);
      await sync(d.lms);
      const before = held();
      await put(two);
      const { id } = await sync(d.lms);
      const between = held();
      // it wrote nothing
      if ((await d.lms('GET', `/snapshots/${id}`)).status === 404) return expect(between).toEqual(before);
      const undone = await restore(id);
      const { results: _of, ...rest } = { results: 0, ...before };
      expect(held()).toEqual(rest);
      if ((await d.lms('GET', `/snapshots/${undone.id}`)).status === 404) return;
      await restore(undone.id);
      expect(held()).toEqual(between);
    }),
    // what went before is part of it: a smaller program would begin elsewhere
    { numRuns: runs, endOnFailure: true },
  );
}, 120_000);
