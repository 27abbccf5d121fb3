/** Which one counts, where the SIS holds what was never sent from here: the list, the decision, and what follows. */
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
import { startService, until, type Caller, type TestService } from '../support/service.ts';

const N = 4;
let service: TestService;
let d: District;
let teacher: Caller;
let c = 'c1';
let classes = 1;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 16) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0 });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.sis.control.disarm();
  await settings({});
  // a class of its own for each
  c = `c${classes++}`;
  await addClass(d.lms, c, N);
  const { token } = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', {
      ...{ subject: 'u1', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds: [c] },
      expiresInSeconds: 3600,
    }),
  );
  teacher = service.as(token);
  await putLineItem(d.lms, 'quiz', {}, c);
  await putScores(d.lms, 'quiz', N, undefined, c);
});

interface Conflict {
  id: string;
  kind: string;
  lineItemId: string;
  studentId: string | null;
  cause: string;
  acknowledged: Record<string, unknown> | null;
  sis: Record<string, unknown> | null;
  lms: Record<string, unknown> | null;
  since: string | null;
  reason: { code: string; message: string };
}
interface Resolved {
  classId: string;
  keep: string;
  resolved: number;
  left: number;
  syncId: string | null;
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
const press = (body: unknown = {}) => sync(teacher, `/classes/${c}/syncs`, body);
const put = (student: string, score: number) =>
  expectOk(d.lms('PUT', `/classes/${c}/lineItems/quiz/results/${student}`, { score }));
const cell = (student: string) =>
  expectOk(
    d.lms<{ state: string; reason: { code: string } | null }>(
      'GET',
      `/classes/${c}/lineItems/quiz/results/${student}`,
    ),
  );
const said = async (student: string) => {
  const { state, reason } = await cell(student);
  return reason ? `${state} ${reason.code}` : state;
};
const list = async (by = teacher) =>
  (await expectOk(by<{ items: Conflict[] }>('GET', `/classes/${c}/conflicts`))).items;
const resolve = (id: string, keep: string, by = teacher) =>
  by<Resolved & { code: string; detail: string }>('POST', `/conflicts/${encodeURIComponent(id)}/resolve`, {
    keep,
  });
const item = () =>
  control()
    .contents()
    .lineItems.find((l) => l.class.sourcedId === `sis-class-${c.slice(1)}`)!;
const inSis = (student: string) => control().resultOf(item().sourcedId, `sis-${student}`);
const typed = (student: string, score: number) =>
  control().edit('results', inSis(student)!.sourcedId, { score });
/** A score that was sent, and typed over in the SIS; seen by a plan. */
async function conflict(student = 's01', score = 12): Promise<Conflict> {
  if (
    !control()
      .contents()
      .lineItems.some((l) => l.class.sourcedId === `sis-class-${c.slice(1)}`)
  )
    await press();
  typed(student, score);
  await expectOk(teacher('GET', `/classes/${c}/plan?readSis=true`));
  return (await list()).find((one) => one.studentId === student)!;
}

test('the list says what was sent, what is there, what is here, and since when', async () => {
  await press();
  await put('s01', 70);
  const one = await conflict();
  expect(one).toMatchObject({
    kind: 'result',
    lineItemId: 'quiz',
    studentId: 's01',
    cause: 'changed',
    acknowledged: { score: 60 },
    sis: { score: 12 },
    lms: { score: 70 },
    reason: { code: 'SCORE_CHANGED_IN_SIS' },
  });
  expect(Date.parse(one.since!)).toBeLessThanOrEqual(Date.now());
  expect(await list()).toHaveLength(1);
});

test('keep lms: it is sent over what is there, once', async () => {
  const one = await conflict();
  const answer = await resolve(one.id, 'lms');
  expect([answer.status, answer.body]).toMatchObject([
    200,
    { classId: c, keep: 'lms', resolved: 1, left: 0 },
  ]);
  expect(await syncEnd(teacher, answer.body.syncId!)).toMatchObject({
    status: 'complete',
    counts: { updated: 1 },
  });
  expect(inSis('s01')?.score).toBe(60);
  expect(await list()).toEqual([]);
  expect((await resolve(one.id, 'lms')).body.code).toBe('CONFLICT_CHANGED');
});

test('keep lms, but somebody types another one there before it is sent: a new conflict', async () => {
  const one = await conflict();
  typed('s01', 13);
  const { syncId } = await expectOk(resolve(one.id, 'lms'));
  expect(await syncEnd(teacher, syncId!)).toMatchObject({ counts: { conflicts: 1 } });
  expect(inSis('s01')?.score).toBe(13);
  expect((await list())[0]).toMatchObject({ sis: { score: 13 } });
});

test('keep sis: nothing is sent until the score changes here, whatever is pressed', async () => {
  const one = await conflict();
  expect((await expectOk(resolve(one.id, 'sis'))).syncId).toBeNull();
  expect(await said('s01')).toBe('skipped SIS_VALUE_CHOSEN');
  expect(await list()).toEqual([]);
  expect(await press()).toMatchObject({ counts: { skipped: 1, unchanged: N } });
  expect(await press({ mode: 'all' })).toMatchObject({ counts: { skipped: 1, updated: N } });
  // it is the SIS's: what becomes of it there is no conflict
  typed('s01', 14);
  await press();
  expect([inSis('s01')?.score, await list()]).toEqual([14, []]);
  // a new score here is a new matter, and not held back by what was kept
  await put('s01', 80);
  expect(await press()).toMatchObject({ counts: { updated: 1, skipped: 0, conflicts: 0 } });
  expect(inSis('s01')?.score).toBe(80);
});

test('keep sis, then a new score here and another one there: somebody has to say', async () => {
  await expectOk(resolve((await conflict()).id, 'sis'));
  await put('s01', 80);
  typed('s01', 15);
  expect(await press()).toMatchObject({ counts: { conflicts: 1 } });
  expect(inSis('s01')?.score).toBe(15);
});

test('keep sis, and the SIS loses it: what is here goes there', async () => {
  await expectOk(resolve((await conflict()).id, 'sis'));
  control().remove('results', inSis('s01')!.sourcedId);
  // by the press, or by a reading that was due just then
  await press();
  await until(() => inSis('s01')?.score === 60);
});

test('pressed for that very cell, what was kept is sent after all', async () => {
  await expectOk(resolve((await conflict()).id, 'sis'));
  await sync(teacher, `/classes/${c}/lineItems/quiz/results/s01/syncs`);
  expect(inSis('s01')?.score).toBe(60);
});

test('pressed for that very cell with the plan that shows it: that plan sends nothing, and nothing is sent', async () => {
  await conflict();
  const { planId, entries } = await expectOk(
    teacher<{ planId: string; entries: { action: string }[] }>('GET', `/classes/${c}/plan?readSis=true`),
  );
  // what is there, and what would go over it
  expect(entries.filter(({ action }) => action === 'conflict')).toEqual([
    expect.objectContaining({
      ...{ studentId: 's01', sis: expect.objectContaining({ score: 12 }) },
      body: expect.objectContaining({ score: 60 }),
    }),
  ]);
  const done = await sync(teacher, `/classes/${c}/syncs`, {
    ...{ lineItemIds: ['quiz'], studentIds: ['s01'], planId },
  });
  expect(done).toMatchObject({ counts: { conflicts: 1, updated: 0 } });
  expect([inSis('s01')?.score, (await list()).length]).toEqual([12, 1]);
});

test('automatic work sends nothing over it, kept or not decided', async () => {
  await conflict('s01');
  await expectOk(resolve((await conflict('s02', 22)).id, 'sis'));
  await settings({ autoSync: true, gatherSeconds: 0 });
  await put('s01', 71);
  await until(async () => (await said('s01')) === 'conflict SCORE_CHANGED_IN_SIS');
  expect([inSis('s01')?.score, inSis('s02')?.score]).toEqual([12, 22]);
  await put('s02', 72);
  await until(() => inSis('s02')?.score === 72);
  expect(inSis('s01')?.score).toBe(12);
});

test('what changed since it was listed is refused, and told', async () => {
  const one = await conflict();
  await put('s01', 90);
  const refused = await resolve(one.id, 'sis');
  expect([refused.status, refused.body.code]).toEqual([409, 'CONFLICT_CHANGED']);
  const [now] = await list();
  expect(now!.id).not.toBe(one.id);
  expect(refused.body).toMatchObject({ errors: [{ pointer: '{conflictId}', detail: now!.id }] });
  await expectOk(resolve(now!.id, 'sis'));
  expect(await said('s01')).toBe('skipped SIS_VALUE_CHOSEN');
});

test('many at once: those that are named, or all', async () => {
  await press();
  for (const student of ['s01', 's02', 's03']) typed(student, 11);
  await expectOk(teacher('GET', `/classes/${c}/plan?readSis=true`));
  const all = await list();
  expect(all.map((one) => one.studentId)).toEqual(['s01', 's02', 's03']);
  const many = (body: unknown) =>
    teacher<Resolved & { code: string }>('POST', `/classes/${c}/conflicts/resolve`, body);
  expect((await many({ keep: 'sis', ids: [all[0]!.id] })).body).toMatchObject({ resolved: 1 });
  expect((await many({ keep: 'sis', ids: [all[1]!.id, all[0]!.id] })).body.code).toBe('CONFLICT_CHANGED');
  const { syncId, resolved } = (await many({ keep: 'lms' })).body;
  expect(resolved).toBe(2);
  expect(await syncEnd(teacher, syncId!)).toMatchObject({ counts: { updated: 2 } });
  expect([inSis('s01')?.score, inSis('s02')?.score, inSis('s03')?.score]).toEqual([11, 61, 62]);
  expect((await many({ keep: 'lms' })).body).toMatchObject({ resolved: 0, syncId: null });
});

test('the class may have a policy of its own', async () => {
  const policy = (conflictPolicy: string) =>
    expectOk(
      teacher<{ conflictPolicy: string }>('PUT', `/classes/${c}/syncSettings`, {
        autoSync: 'inherit',
        conflictPolicy,
      }),
    );
  await conflict();
  expect((await policy('keepSis')).conflictPolicy).toBe('keepSis');
  expect(await said('s01')).toBe('skipped SIS_KEEPS');
  expect(await list()).toEqual([]);
  await policy('lmsWins');
  await press();
  expect(inSis('s01')?.score).toBe(60);
  await policy('inherit');
  expect(await expectOk(teacher('GET', `/classes/${c}/syncSettings`))).toEqual({
    autoSync: 'inherit',
    conflictPolicy: 'inherit',
  });
});

test('a score that the SIS owns is not tried again and again, and can be left to it', async () => {
  control().arm({
    kind: 'status',
    status: 422,
    request: 'result',
    body: {
      imsx_codeMajor: 'failure',
      imsx_severity: 'error',
      imsx_description: 'Student already has a grade that was entered manually',
    },
  });
  await press({ lineItemIds: ['quiz'], studentIds: ['s01'] });
  control().disarm();
  expect(await said('s01')).toBe('needsAttention SCORE_OWNED_BY_SIS');
  const [one] = await list();
  expect(one).toMatchObject({ cause: 'owned', studentId: 's01', lms: { score: 60 } });
  // the class is pressed, others go, this one is not asked for again
  control().resetCounts();
  expect(await press()).toMatchObject({ counts: { created: N - 1, failed: 1 } });
  expect(inSis('s01')).toBeUndefined();
  const refused = await resolve(one!.id, 'lms');
  expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION']);
  const [now] = await list();
  await expectOk(resolve(now!.id, 'sis'));
  expect(await said('s01')).toBe('skipped SIS_VALUE_CHOSEN');
  expect(await press()).toMatchObject({ status: 'complete', counts: { skipped: 1, failed: 0 } });
  // when it changes here, it is another try
  await put('s01', 99);
  await press();
  expect(inSis('s01')?.score).toBe(99);
});

test('an assignment that is renamed there is in the list, too', async () => {
  await press();
  control().edit('lineItems', item().sourcedId, { title: 'Quiz of the teacher' });
  await expectOk(teacher('GET', `/classes/${c}/plan?readSis=true`));
  const [one] = await list();
  expect(one).toMatchObject({
    kind: 'lineItem',
    studentId: null,
    sis: { title: 'Quiz of the teacher' },
    lms: { title: 'Title of quiz' },
  });
  await expectOk(resolve(one!.id, 'sis'));
  await put('s01', 5);
  expect(await press()).toMatchObject({ byKind: { lineItems: { skipped: 1 }, results: { updated: 1 } } });
  expect(item().title).toBe('Quiz of the teacher');
});

test('an id that is nobody’s is not found; the trail has no value in it', async () => {
  for (const id of ['nonsense', 'r1', 'r999999999-abcdefghijklmnop', 'l0-abcdefghijklmnop'])
    expect([id, (await resolve(id, 'sis')).status]).toEqual([id, 404]);
  const { items } = await expectOk(
    d.admin<{ items: { action: string; detail: object; subject: object }[] }>(
      'GET',
      '/domains/district/audit?action=conflict.resolve',
    ),
  );
  expect(items[0]).toMatchObject({
    detail: { keep: 'sis', rows: 1 },
    subject: { classId: expect.any(String) },
  });
  expect(JSON.stringify(items)).not.toMatch(/score|Quiz of/);
});
