/** What somebody typed in the SIS is a conflict before ours goes over it: also for a key's sync and automatic work. */
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 4;
let service: TestService;
let d: District;
let c = 'c1';
let classes = 1;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 20) },
    // what is held stays held for longer than a test takes
    service: { sisLimits: { connectMs: 5_000, totalMs: 30_000 } },
  });
  d = await district(service, N);
});
afterAll(() => service.stop());
beforeEach(async () => {
  control().disarm();
  await settings({});
  // a class of its own for each
  c = `c${classes++}`;
  await addClass(d.lms, c, N);
  await putLineItem(d.lms, 'quiz', {}, c);
});

const control = () => service.sis.control;
const settings = (more: object) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      gatherSeconds: 0,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
const put = (student: string, score: number) =>
  expectOk(d.lms('PUT', `/classes/${c}/lineItems/quiz/results/${student}`, { score }));
const graded = async () => {
  await putScores(d.lms, 'quiz', N, undefined, c);
  expect(await byKey()).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  control().resetCounts();
};
const byKey = () => sync(d.lms, `/classes/${c}/syncs`);
const said = async (student: string) => {
  const { state, reason } = await expectOk(
    d.lms<{ state: string; reason: { code: string } | null }>(
      'GET',
      `/classes/${c}/lineItems/quiz/results/${student}`,
    ),
  );
  return reason ? `${state} ${reason.code}` : state;
};
const classId = () => `sis-class-${c.slice(1)}`;
const item = () =>
  control()
    .contents()
    .lineItems.find((l) => l.class.sourcedId === classId())!;
const inSis = (student: string) => control().resultOf(item().sourcedId, `sis-${student}`);
const typed = (student: string, score: number) =>
  control().edit('results', inSis(student)!.sourcedId, { score });
const counts = () => control().counts();
const ref = (type: string, sourcedId: string) => ({
  href: `https://sis.example/${sourcedId}`,
  sourcedId,
  type,
});
const base = { status: 'active', dateLastModified: '2026-10-01T10:00:00.000Z' };
/** A score that a teacher entered in the SIS for a lineItem of ours, before there was one here. */
const entered = (student: string, score: number) =>
  service.sis.call('PUT', `/results/by-hand-${c}-${student}`, {
    result: {
      ...{ ...base, sourcedId: `by-hand-${c}-${student}`, lineItem: ref('lineItem', item().sourcedId) },
      ...{
        student: ref('user', `sis-${student}`),
        scoreStatus: 'fully graded',
        score,
        scoreDate: '2026-10-02',
      },
    },
  });

test('a key’s sync does not go over what was typed in the SIS since', async () => {
  await graded();
  typed('s01', 19);
  await put('s01', 12);
  await put('s02', 71);
  expect(await byKey()).toMatchObject({
    status: 'completeWithProblems',
    counts: { updated: 1, conflicts: 1 },
  });
  expect([inSis('s01')?.score, inSis('s02')?.score]).toEqual([19, 71]);
  expect(await said('s01')).toBe('conflict SCORE_CHANGED_IN_SIS');
  const { items } = await expectOk(
    d.lms<{ items: { id: string; sis: object; lms: object }[] }>('GET', `/classes/${c}/conflicts`),
  );
  expect(items).toMatchObject([{ sis: { score: 19 }, lms: { score: 12 } }]);
  // decided, it goes
  await expectOk(d.lms('POST', `/conflicts/${encodeURIComponent(items[0]!.id)}/resolve`, { keep: 'lms' }));
  await until(() => inSis('s01')?.score === 12);
});

test('automatic work does not either', async () => {
  await settings({ autoSync: true });
  await putScores(d.lms, 'quiz', N, undefined, c);
  await until(
    () =>
      control()
        .contents()
        .lineItems.some((l) => l.class.sourcedId === classId()) && inSis('s04') !== undefined,
  );
  await until(async () => (await said('s01')) === 'acknowledged');
  typed('s01', 19);
  await put('s01', 12);
  await until(async () => (await said('s01')) === 'conflict SCORE_CHANGED_IN_SIS');
  expect(inSis('s01')?.score).toBe(19);
  await put('s02', 71);
  await until(() => inSis('s02')?.score === 71);
});

test('what we wrote ourselves since the look is nobody else’s, however often a score is edited', async () => {
  await graded();
  await settings({ autoSync: true });
  // keeps the run going, and with it what it has looked at
  const held = control().arm({ kind: 'hold', request: 'result', method: 'PUT', count: 1 });
  await put('s04', 1);
  await until(() => control().requests.some((r) => r.fault === 'hold'));
  control().resetCounts();
  for (let score = 21; score < 35; score++) {
    await put('s01', score);
    await until(() => inSis('s01')?.score === score);
  }
  await until(async () => (await said('s01')) === 'acknowledged');
  expect(counts()['GET results'] ?? 0).toBe(0);
  control().disarm(held);
});

test('a first score is not put over one that somebody entered there before', async () => {
  await put('s01', 60);
  await byKey();
  expect((await entered('s02', 33)).status).toBe(201);
  await put('s02', 70);
  await put('s03', 71);
  expect(await byKey()).toMatchObject({ counts: { created: 1, conflicts: 1 } });
  expect([inSis('s02')?.score, inSis('s03')?.score]).toEqual([33, 71]);
  expect(await said('s02')).toBe('conflict SCORE_ALREADY_IN_SIS');
});

test('where the SIS is to keep its own it does; where ours are to win nobody looks', async () => {
  await graded();
  await settings({ conflictPolicy: 'keepSis' });
  typed('s01', 19);
  await put('s01', 12);
  expect(await byKey()).toMatchObject({ counts: { updated: 0, skipped: 1 } });
  expect(await said('s01')).toBe('skipped SIS_KEEPS');
  await settings({ conflictPolicy: 'lmsWins' });
  typed('s02', 19);
  await put('s02', 13);
  control().resetCounts();
  await byKey();
  expect([inSis('s01')?.score, inSis('s02')?.score]).toEqual([12, 13]);
  expect(counts()).toEqual({ 'PUT result': 2 });
});

test('nothing changed: no request; one change: a list and a PUT; all of them: one list', async () => {
  await graded();
  expect(await byKey()).toMatchObject({ counts: { unchanged: N + 1 } });
  expect(counts()).toEqual({});
  await put('s01', 1);
  await byKey();
  expect(counts()).toEqual({ 'GET results': 1, 'PUT result': 1 });
  control().resetCounts();
  await putScores(d.lms, 'quiz', N, (i) => i + 10, c);
  await byKey();
  expect(counts()).toEqual({ 'GET results': 1, 'PUT result': N });
});

test('an SIS without such a list is sent to all the same, and not asked for each assignment', async () => {
  await graded();
  await putLineItem(d.lms, 'other', {}, c);
  await putScores(d.lms, 'other', N, undefined, c);
  await byKey();
  control().arm({ kind: 'status', status: 405, request: 'results', method: 'GET' });
  control().resetCounts();
  await putScores(d.lms, 'quiz', N, (i) => i + 20, c);
  await putScores(d.lms, 'other', N, (i) => i + 20, c);
  expect(await byKey()).toMatchObject({ status: 'complete', counts: { updated: 2 * N } });
  expect(control().count({ method: 'GET' })).toBeLessThanOrEqual(2);
});

test('a list that stays in trouble keeps no grade from being sent for ever', async () => {
  await graded();
  control().arm({ kind: 'status', status: 500, request: 'results', method: 'GET' });
  await put('s01', 12);
  expect(await byKey()).toMatchObject({ status: 'complete', counts: { updated: 1 } });
  expect(inSis('s01')?.score).toBe(12);
});

test('an assignment that was renamed there is asked about before it is renamed back; its scores go', async () => {
  await graded();
  control().edit('lineItems', item().sourcedId, { title: 'Their own words' });
  await putLineItem(d.lms, 'quiz', { dueDate: '2026-11-25T12:00:00Z' }, c);
  await put('s01', 12);
  expect(await byKey()).toMatchObject({
    byKind: { lineItems: { conflicts: 1 }, results: { updated: 1 } },
  });
  expect(item().title).toBe('Their own words');
  expect(inSis('s01')?.score).toBe(12);
});

test('a key’s first sync of a class makes no second assignment of a title that the SIS has', async () => {
  const lineItem = {
    ...{ ...base, sourcedId: `theirs-${c}`, title: 'Title of quiz', assignDate: '2026-10-01T00:00:00.000Z' },
    ...{
      dueDate: '2026-11-20T00:00:00.000Z',
      class: ref('class', classId()),
      school: ref('org', 'sis-school'),
    },
    ...{ category: ref('category', 'sis-homework'), resultValueMin: 0, resultValueMax: 100 },
  };
  expect((await service.sis.call('PUT', `/lineItems/theirs-${c}`, { lineItem })).status).toBe(201);
  await put('s01', 60);
  const done = await byKey();
  expect(done).toMatchObject({
    status: 'failed',
    byKind: { lineItems: { created: 0, failed: 1 } },
  });
  expect(
    control()
      .contents()
      .lineItems.filter((l) => l.class.sourcedId === classId()),
  ).toHaveLength(1);
  const { items } = await expectOk(
    d.lms<{ items: { reason: { code: string } | null }[] }>('GET', `/classes/${c}/lineItems`),
  );
  expect(items[0]?.reason?.code).toBe('TITLE_DUPLICATE');
});

test('two students whose ids were mixed up are no conflict when they are put right', async () => {
  await graded();
  const student = (key: string, sourcedId: string) =>
    expectOk(
      d.lms('PUT', `/classes/${c}/students/${key}`, { sourcedId, givenName: 'Given', familyName: key }),
    );
  await student('s01', 'sis-elsewhere');
  await student('s02', 'sis-s01');
  await student('s01', 'sis-s02');
  expect(await byKey()).toMatchObject({ counts: { conflicts: 0 } });
  expect([inSis('s01')?.score, inSis('s02')?.score]).toEqual([61, 60]);
});

describe('a list that tells nothing', () => {
  test.each(['html', 'redirect'] as const)('because it answers with %s keeps no grade back', async (kind) => {
    await graded();
    control().arm({ kind, request: 'results', method: 'GET' });
    await put('s01', 12);
    expect(await byKey()).toMatchObject({ status: 'complete', counts: { updated: 1 } });
    expect(inSis('s01')?.score).toBe(12);
  });
});

test('typed by hand while our tries failed, it is not overwritten when the SIS takes them again', async () => {
  await graded();
  control().arm({ kind: 'status', status: 500, request: 'result', method: 'PUT' });
  await put('s01', 12);
  await expectOk(d.lms('POST', `/classes/${c}/syncs`, {}));
  const rows = (query: string) => service.service.db.rows(query);
  const haste = async () => {
    await rows(`UPDATE result SET next_attempt_at = now() WHERE attempts > 0`);
    await rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now()`);
  };
  await until(async () => {
    await haste();
    return (await rows(`SELECT 1 FROM result WHERE attempts >= 4`)).length > 0;
  });
  typed('s01', 19);
  // what was listed a moment ago is not looked at again
  await service.restart();
  control().disarm();
  await until(async () => {
    await haste();
    return !/queued|sending|retrying/.test(await said('s01'));
  });
  expect([await said('s01'), inSis('s01')?.score]).toEqual(['conflict SCORE_CHANGED_IN_SIS', 19]);
});

test('of two students who were mixed up only one was sent: that score is ours with the other', async () => {
  await put('s01', 60);
  await byKey();
  const student = (key: string, sourcedId: string) =>
    expectOk(
      d.lms('PUT', `/classes/${c}/students/${key}`, { sourcedId, givenName: 'Given', familyName: key }),
    );
  await student('s01', 'sis-elsewhere');
  await student('s02', 'sis-s01');
  await student('s01', 'sis-s02');
  await put('s02', 71);
  expect(await byKey()).toMatchObject({ counts: { conflicts: 0 } });
  expect([inSis('s01')?.score, inSis('s02')?.score]).toEqual([71, 60]);
});

test('an assignment that was stored and never answered is not taken for new: what was entered there stays', async () => {
  const fault = control().arm({
    ...{ kind: 'status', status: 500, request: 'lineItem', method: 'PUT', store: true },
  });
  await put('s01', 60);
  const { id } = await expectOk(d.lms<{ id: string }>('POST', `/classes/${c}/syncs`, {}));
  await until(() => item() !== undefined);
  expect((await entered('s01', 33)).status).toBe(201);
  control().disarm(fault);
  await syncEnd(d.lms, id);
  expect([await said('s01'), inSis('s01')?.score]).toEqual(['conflict SCORE_ALREADY_IN_SIS', 33]);
});

test('what was typed there since is not deleted with ours, nor the assignment that it stands on', async () => {
  await settings({ deletePropagation: 'delete' });
  await graded();
  typed('s01', 19);
  await expectOk(d.lms('DELETE', `/classes/${c}/lineItems/quiz/results/s02`));
  await expectOk(d.lms('DELETE', `/classes/${c}/lineItems/quiz`));
  expect(await byKey()).toMatchObject({ status: 'completeWithProblems', counts: { deleted: 3 } });
  expect([inSis('s01')?.score, inSis('s02'), inSis('s03')]).toEqual([19, undefined, undefined]);
});
