/** A student is another one in the SIS, who has a score there already: somebody has to say which one counts. */
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
import { startService, type Caller, type TestService } from '../support/service.ts';

/** s01 and s02 are in the LMS; sis-s03 and sis-s04 are students of the SIS whom nobody is linked to at first. */
const N = 4;
let service: TestService;
let d: District;
let teacher: Caller;
let c = '';
let classes = 1;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 8) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0 });
});
afterAll(() => service.stop());
beforeEach(async () => {
  c = `c${classes++}`;
  await addClass(d.lms, c, N);
  for (const student of ['s03', 's04']) await d.lms('DELETE', `/classes/${c}/students/${student}`);
  const { token } = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', {
      ...{ subject: 'u1', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds: [c] },
      expiresInSeconds: 3600,
    }),
  );
  teacher = service.as(token);
  await putLineItem(d.lms, 'quiz', {}, c);
  await putScores(d.lms, 'quiz', 2, undefined, c);
  expect(await press()).toMatchObject({ status: 'complete' });
});

interface Conflict {
  id: string;
  studentId: string | null;
  acknowledged: unknown;
  sis: Record<string, unknown> | null;
  lms: Record<string, unknown> | null;
  reason: { code: string };
}
const control = () => service.sis.control;
const press = (body: unknown = {}) => sync(teacher, `/classes/${c}/syncs`, body);
const put = (student: string, score: number) =>
  expectOk(d.lms('PUT', `/classes/${c}/lineItems/quiz/results/${student}`, { score }));
const link = (student: string, sourcedId: string) =>
  expectOk(d.lms('PUT', `/classes/${c}/students/${student}`, { sourcedId }));
const conflicts = async () =>
  (await expectOk(teacher<{ items: Conflict[] }>('GET', `/classes/${c}/conflicts`))).items;
const plan = () =>
  expectOk(
    teacher<{ entries: { studentId: string | null; action: string; sis?: unknown }[] }>(
      'GET',
      `/classes/${c}/plan?readSis=true`,
    ),
  );
const entriesOf = async (id: string) =>
  (await expectOk(teacher<{ items: unknown[] }>('GET', `/syncs/${id}/entries`))).items;
const resolve = (id: string, keep: string) =>
  expectOk(teacher<{ syncId: string | null }>('POST', `/conflicts/${id}/resolve`, { keep }));
const item = () =>
  control()
    .contents()
    .lineItems.find((l) => l.class.sourcedId === `sis-class-${c.slice(1)}`)!;
const inSis = (student: string) => control().resultOf(item().sourcedId, `sis-${student}`);
/** Somebody enters a score in the SIS, which gives it an id of its own. */
async function typed(student: string, score: number): Promise<string> {
  const sourcedId = `typed-${c}-${student}`;
  const answer = await service.sis.call('PUT', `/results/${sourcedId}`, {
    result: {
      ...{ sourcedId, status: 'active', dateLastModified: new Date().toISOString() },
      lineItem: {
        href: `${service.sis.gradebookUrl}/lineItems/x`,
        sourcedId: item().sourcedId,
        type: 'lineItem',
      },
      student: { href: `${service.sis.rosteringUrl}/users/x`, sourcedId: `sis-${student}`, type: 'user' },
      ...{ scoreStatus: 'fully graded', score, scoreDate: '2026-11-20' },
    },
  });
  expect(answer.status).toBe(201);
  return sourcedId;
}

test('what was typed there for the one that is meant now is shown, and held back from a press', async () => {
  const id = await typed('s03', 12);
  await link('s01', 'sis-s03');
  expect((await plan()).entries.find((e) => e.studentId === 's01')).toMatchObject({
    action: 'conflict',
    sis: { score: 12 },
  });
  expect(await press()).toMatchObject({ counts: { conflicts: 1, created: 0, updated: 0 } });
  expect(inSis('s03')).toMatchObject({ sourcedId: id, score: 12 });
  expect(await conflicts()).toMatchObject([
    {
      ...{ studentId: 's01', acknowledged: null, sis: { score: 12 }, lms: { score: 60 } },
      reason: { code: 'SCORE_ALREADY_IN_SIS' },
    },
  ]);
});

test('also where it is what had been sent for the former one, or for somebody else', async () => {
  await put('s01', 70);
  await press();
  await typed('s03', 60);
  await typed('s04', 70);
  await put('s01', 80);
  await link('s01', 'sis-s03');
  expect(await press()).toMatchObject({ counts: { conflicts: 1 } });
  await link('s01', 'sis-s04');
  expect(await press()).toMatchObject({ counts: { conflicts: 1 } });
  expect([inSis('s03')?.score, inSis('s04')?.score]).toEqual([60, 70]);
  expect(await conflicts()).toMatchObject([{ sis: { score: 70 } }]);
});

test('keep lms: it goes over it, under the id that the SIS has; what stays with the former one is told, and what was there is kept', async () => {
  const id = await typed('s03', 12);
  await link('s01', 'sis-s03');
  await press();
  const { syncId } = await resolve((await conflicts())[0]!.id, 'lms');
  expect(await syncEnd(teacher, syncId!)).toMatchObject({ status: 'complete', counts: { created: 1 } });
  expect(inSis('s03')).toMatchObject({ sourcedId: id, score: 60 });
  expect(inSis('s01')?.score).toBe(60);
  expect(await entriesOf(syncId!)).toMatchObject([
    { studentId: 's01', action: 'created', reason: { code: 'LEFT_WITH_FORMER_STUDENT' } },
  ]);
  const snapshot = await expectOk(teacher<{ items: unknown[] }>('GET', `/snapshots/${syncId}`));
  expect(snapshot.items).toMatchObject([{ studentId: 's01', held: { score: 12 } }]);
  // and it can be had back
  const { id: restored } = await expectOk(
    teacher<{ id: string }>('POST', `/snapshots/${syncId}/restore`, {}),
  );
  await syncEnd(teacher, restored);
  expect([inSis('s03')?.score, inSis('s01')?.score]).toEqual([12, 60]);
});

test('keep sis: it stays, until the score changes here', async () => {
  await typed('s03', 12);
  await link('s01', 'sis-s03');
  await press();
  expect((await resolve((await conflicts())[0]!.id, 'sis')).syncId).toBeNull();
  expect(await conflicts()).toEqual([]);
  expect(await press({ mode: 'all' })).toMatchObject({ counts: { skipped: 1 } });
  expect(inSis('s03')?.score).toBe(12);
  await put('s01', 88);
  await press();
  expect(inSis('s03')?.score).toBe(88);
});

test('decided for one of them, it says nothing of the next', async () => {
  await typed('s03', 12);
  await typed('s04', 14);
  await link('s01', 'sis-s03');
  await press();
  await resolve((await conflicts())[0]!.id, 'sis');
  await link('s01', 'sis-s04');
  expect(await press()).toMatchObject({ counts: { conflicts: 1 } });
  expect([inSis('s03')?.score, inSis('s04')?.score]).toEqual([12, 14]);
});

test('two that were mixed up, and are set right, are in nobody’s way', async () => {
  await link('s01', 'sis-s03');
  await press();
  expect(inSis('s03')?.score).toBe(60);
  await put('s01', 65);
  await put('s02', 66);
  const swap = (a: string, b: string) =>
    expectOk(
      d.lms('PUT', `/classes/${c}/students`, {
        students: [
          { studentId: 's01', sourcedId: a },
          { studentId: 's02', sourcedId: b },
        ],
      }),
    );
  await swap('sis-s02', 'sis-s03');
  expect(await press()).toMatchObject({ counts: { conflicts: 0, created: 2 } });
  expect([inSis('s02')?.score, inSis('s03')?.score]).toEqual([65, 66]);
  // what was sent to him long ago is ours, too
  await link('s01', 'sis-s01');
  await put('s01', 67);
  expect(await press()).toMatchObject({ counts: { conflicts: 0, created: 1 } });
  expect(inSis('s01')?.score).toBe(67);
});

test('nothing of a former student is shown as this one’s, though nothing was ever sent', async () => {
  await typed('s03', 12);
  await expectOk(d.lms('PUT', `/classes/${c}/students/s05`, { sourcedId: 'sis-s03' }));
  await put('s05', 50);
  expect(await press()).toMatchObject({ counts: { conflicts: 1 } });
  await link('s05', 'sis-s04');
  expect(await conflicts()).toEqual([]);
  const { id } = await press();
  expect([inSis('s03')?.score, inSis('s04')?.score]).toEqual([12, 50]);
  const snapshot = await expectOk(teacher<{ items: unknown[] }>('GET', `/snapshots/${id}`));
  expect(snapshot.items).toMatchObject([{ studentId: 's05', held: null }]);
});
