/** What a sync would do, seen against what the SIS holds now; and the sync that then does exactly that. */
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
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

const N = 6;
let service: TestService;
let d: District;
let teacher: Caller;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 9) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0 });
  for (let i = 2; i <= 9; i++) await addClass(d.lms, `c${i}`, N);
  const { token } = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', {
      subject: 'u1',
      displayName: 'Ann',
      role: 'teacher',
      domainId: 'school',
      classIds: Array.from({ length: 9 }, (_, i) => `c${i + 1}`),
      expiresInSeconds: 3600,
    }),
  );
  teacher = service.as(token);
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());

interface Entry {
  kind: 'lineItem' | 'result';
  lineItemId: string;
  studentId: string | null;
  action: string;
  reason: { code: string; message: string } | null;
  body: Record<string, unknown> | null;
  acknowledged: Record<string, unknown> | null;
  sis?: Record<string, unknown> | null;
}
interface Plan {
  planId: string;
  readAt: string | null;
  counts: Record<string, number>;
  entries: Entry[];
}
interface Sync extends SyncBody {
  sisRead: { state: string; at: string | null; reason: { code: string } | null } | null;
}
const control = () => service.sis.control;
/** How long a write rests before it is read back: requests can be counted meanwhile. */
const rest = (verifyAfterSeconds: number) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      verifyAfterSeconds,
      ...connectionSettings(service.sis),
    }),
  );
const plan = (cls: string, query = '') => expectOk(teacher<Plan>('GET', `/classes/${cls}/plan${query}`));
const press = (by: Caller, cls: string, body: unknown = {}) =>
  sync(by, `/classes/${cls}/syncs`, body) as Promise<Sync>;
const put = (cls: string, lineItem: string, student: string, score: number) =>
  expectOk(d.lms('PUT', `/classes/${cls}/lineItems/${lineItem}/results/${student}`, { score }));
const cell = (cls: string, lineItem: string, student: string) =>
  expectOk(
    d.lms<{ state: string; reason: { code: string } | null }>(
      'GET',
      `/classes/${cls}/lineItems/${lineItem}/results/${student}`,
    ),
  );
async function graded(cls: string, key = 'quiz'): Promise<void> {
  await putLineItem(d.lms, key, {}, cls);
  await putScores(d.lms, key, N, undefined, cls);
}
const itemOf = (cls: string, key: string) =>
  control()
    .contents()
    .lineItems.find(
      (l) => l.title === `Title of ${key}` && l.class.sourcedId === `sis-class-${cls.slice(1)}`,
    );
const inSis = (cls: string, key: string, student: string) => {
  const item = itemOf(cls, key);
  return control()
    .contents()
    .results.find(
      (r) => r.lineItem.sourcedId === item?.sourcedId && r.student.sourcedId === `sis-${student}`,
    );
};
const entryOf = ({ entries }: Plan, lineItem: string, student: string | null) =>
  entries.find((e) => e.lineItemId === lineItem && e.studentId === student);
const gets = () =>
  control()
    .requests.filter(({ method }) => method === 'GET')
    .map(({ kind }) => kind);

describe('the plan reads the SIS', () => {
  test('each entry says what is there now; without readSis nothing is asked', async () => {
    await graded('c1');
    await press(d.lms, 'c1');
    await until(async () => (await cell('c1', 'quiz', 's06')).state === 'verified');
    await put('c1', 'quiz', 's01', 99);
    control().edit('results', inSis('c1', 'quiz', 's02')!.sourcedId, { score: 12 });
    control().remove('results', inSis('c1', 'quiz', 's03')!.sourcedId);
    control().resetCounts();

    const blind = await plan('c1');
    expect(blind.readAt).toBeNull();
    expect(blind.entries.every((entry) => !('sis' in entry))).toBe(true);
    expect(control().requests).toEqual([]);

    const seen = await plan('c1', '?readSis=true');
    expect(seen.readAt).not.toBeNull();
    expect(entryOf(seen, 'quiz', 's01')).toMatchObject({
      action: 'update',
      body: { score: 99 },
      acknowledged: { score: 60 },
      sis: { score: 60 },
    });
    expect(entryOf(seen, 'quiz', 's02')).toMatchObject({
      action: 'conflict',
      reason: {
        code: 'SCORE_CHANGED_IN_SIS',
        message: 'Somebody changed this in the SIS (12 there, 61 was sent).',
      },
      sis: { score: 12 },
    });
    expect(entryOf(seen, 'quiz', 's03')).toMatchObject({ sis: null });
    expect(entryOf(seen, 'quiz', 's04')).toMatchObject({ action: 'unchanged', sis: { score: 63 } });
    expect(entryOf(seen, 'quiz', null)).toMatchObject({ sis: { title: 'Title of quiz' } });
    // students, lineItems and results of the class; the SIS has proved once that it does not cut such lists
    expect(gets().filter((kind) => kind === 'lineItems').length).toBeLessThanOrEqual(2);
    // what is missing there is sent again, and nothing is sent over what somebody typed
    await until(() => inSis('c1', 'quiz', 's03')?.score === 62);
    expect(inSis('c1', 'quiz', 's02')?.score).toBe(12);
    await until(async () => (await cell('c1', 'quiz', 's03')).state === 'verified');
    control().resetCounts();
    await plan('c1', '?readSis=true');
    expect(gets().sort()).toEqual(['lineItems', 'results', 'students']);
  });

  test('what was never sent from here is not overwritten either', async () => {
    await graded('c2');
    await press(d.lms, 'c2', { lineItemIds: ['quiz'], studentIds: ['s01'] });
    const item = itemOf('c2', 'quiz')!;
    const own = { ...inSis('c2', 'quiz', 's01')!, sourcedId: 'typed-by-hand', score: 33 };
    control().put('results', { ...own, student: { ...own.student, sourcedId: 'sis-s02' } });
    const seen = await plan('c2', '?readSis=true');
    expect(entryOf(seen, 'quiz', 's02')).toMatchObject({
      action: 'conflict',
      reason: { code: 'SCORE_ALREADY_IN_SIS' },
      acknowledged: null,
      sis: { score: 33 },
    });
    expect(entryOf(seen, 'quiz', 's03')).toMatchObject({ action: 'create', sis: null });
    expect(await press(d.lms, 'c2')).toMatchObject({ counts: { created: 4, conflicts: 1 } });
    expect(control().get('results', 'typed-by-hand')?.score).toBe(33);
    // said for that very cell, it goes where the SIS has it: no second one is made
    await sync(d.lms, '/classes/c2/lineItems/quiz/results/s02/syncs');
    expect(control().get('results', 'typed-by-hand')?.score).toBe(61);
    const his = control()
      .contents()
      .results.filter((r) => r.lineItem.sourcedId === item.sourcedId && r.student.sourcedId === 'sis-s02');
    expect(his).toHaveLength(1);
  });

  test('an SIS without a list of all results is read lineItem by lineItem', async () => {
    await rest(120);
    await graded('c3');
    await press(d.lms, 'c3');
    control().edit('results', inSis('c3', 'quiz', 's02')!.sourcedId, { score: 12 });
    const path = /\/classes\/[^/]+\/results/;
    control().arm({
      kind: 'status',
      status: 404,
      body: { message: 'no route' },
      request: 'results',
      count: 1,
    });
    control().resetCounts();
    const seen = await plan('c3', '?readSis=true');
    expect(entryOf(seen, 'quiz', 's02')).toMatchObject({ action: 'conflict', sis: { score: 12 } });
    const lists = control().requests.filter(({ kind }) => kind === 'results');
    expect(path.test(lists[0]!.path)).toBe(true);
    expect(lists[1]!.path).toMatch(/\/lineItems\/[^/]+\/results/);
    await rest(0);
  });

  test('an SIS that cannot be reached, and a class that is not linked, are said', async () => {
    control().arm({ kind: 'status', status: 403, request: 'results' });
    const refused = await teacher<{ code: string }>('GET', '/classes/c3/plan?readSis=true');
    expect([refused.status, refused.body.code]).toEqual([502, 'SIS_UNREACHABLE']);
    await expectOk(d.lms('PUT', '/classes/c99', { domainId: 'school', title: 'Without an id' }));
    const unlinked = await d.lms<{ code: string }>('GET', '/classes/c99/plan?readSis=true');
    expect([unlinked.status, unlinked.body.code]).toEqual([409, 'MAP_CLASS']);
  });
});

describe('a person’s sync reads the class first', () => {
  beforeAll(() => service.service.db.rows(`UPDATE connection SET learned = learned - 'muteSince'`));

  test('cold: lineItems, categories, school and what is sent; unchanged 1, one change 2', async () => {
    await rest(120);
    await graded('c4');
    control().resetCounts();
    const first = await press(teacher, 'c4');
    expect(first).toMatchObject({
      status: 'complete',
      trigger: 'manual',
      counts: { created: N + 1 },
      sisRead: { state: 'read' },
    });
    expect(control().writes()).toHaveLength(N + 1);
    // a list that comes for the first time may need a second request, which proves its end
    expect([...new Set(gets())].sort()).toEqual(['categories', 'class', 'lineItems']);

    control().resetCounts();
    expect(await press(teacher, 'c4')).toMatchObject({ status: 'complete', counts: { unchanged: N + 1 } });
    expect(control().requests.map(({ method, kind }) => `${method} ${kind}`)).toEqual(['GET results']);

    await put('c4', 'quiz', 's01', 88);
    control().resetCounts();
    expect(await press(teacher, 'c4')).toMatchObject({ counts: { updated: 1, unchanged: N } });
    const asked = () => control().requests.map(({ method, kind }) => `${method} ${kind}`);
    expect(asked()).toEqual(['GET results', 'PUT result']);

    // a key's own does not, unless it says so: it looks at what it is about to go over
    await put('c4', 'quiz', 's01', 87);
    control().resetCounts();
    const plain = await press(d.lms, 'c4');
    expect(plain.sisRead).toBeNull();
    expect(asked()).toEqual(['GET results', 'PUT result']);
    control().resetCounts();
    expect(await press(d.lms, 'c4', { readSis: true })).toMatchObject({ sisRead: { state: 'read' } });
    expect(asked()).toEqual(['GET results']);
    for (const path of ['lineItems/quiz', 'lineItems/quiz/results/s01'])
      expect(await sync(d.lms, `/classes/c4/${path}/syncs`, { readSis: true })).toMatchObject({
        sisRead: { state: 'read' },
      });
    await rest(0);
  });

  test('what is missing there is sent though nothing changed here, and told by the sync', async () => {
    // read back, so that it is not read once more by itself meanwhile
    const verified = (student: string) =>
      until(async () => (await cell('c5', 'quiz', student)).state === 'verified');
    await graded('c5');
    await press(teacher, 'c5');
    await verified('s06');
    control().remove('results', inSis('c5', 'quiz', 's04')!.sourcedId);
    const repaired = await press(teacher, 'c5');
    expect(repaired).toMatchObject({ status: 'complete', counts: { updated: 1, unchanged: N } });
    expect(inSis('c5', 'quiz', 's04')?.score).toBe(63);
    // one cell alone does it too
    await verified('s04');
    control().remove('results', inSis('c5', 'quiz', 's05')!.sourcedId);
    await sync(teacher, '/classes/c5/lineItems/quiz/results/s05/syncs');
    expect(inSis('c5', 'quiz', 's05')?.score).toBe(64);
    // and a whole lineItem
    await verified('s05');
    control().remove('lineItems', itemOf('c5', 'quiz')!.sourcedId);
    expect(await press(teacher, 'c5')).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
    expect(inSis('c5', 'quiz', 's05')?.score).toBe(64);
  });

  test('so is what a mapping has touched without changing it', async () => {
    await until(async () => (await cell('c5', 'quiz', 's06')).state === 'verified');
    const mapping = await expectOk(d.lms('GET', '/classes/c5/categoryMapping'));
    await expectOk(d.lms('PUT', '/classes/c5/categoryMapping', mapping));
    control().remove('results', inSis('c5', 'quiz', 's06')!.sourcedId);
    await press(teacher, 'c5');
    expect(inSis('c5', 'quiz', 's06')).toBeDefined();
  });

  test('a value that was typed there is a conflict before it is overwritten', async () => {
    await graded('c6');
    await press(teacher, 'c6');
    control().edit('results', inSis('c6', 'quiz', 's01')!.sourcedId, { score: 12 });
    await put('c6', 'quiz', 's01', 70);
    await put('c6', 'quiz', 's02', 71);
    expect(await press(teacher, 'c6')).toMatchObject({
      status: 'completeWithProblems',
      counts: { updated: 1, conflicts: 1 },
    });
    expect(inSis('c6', 'quiz', 's01')?.score).toBe(12);
    expect(inSis('c6', 'quiz', 's02')?.score).toBe(71);
    expect(await cell('c6', 'quiz', 's01')).toMatchObject({ state: 'conflict' });
  });

  test('the caller does not wait: the sync is processing until it is read', async () => {
    control().setLatency(150);
    try {
      const started = await teacher<Sync>('POST', '/classes/c6/syncs', {});
      expect([started.status, started.body.status, started.body.sisRead?.state]).toEqual([
        202,
        'processing',
        'waiting',
      ]);
      // a second press is taken in by the same one
      const joined = await teacher<Sync>('POST', '/classes/c6/syncs', {});
      expect([joined.status, joined.body.id]).toEqual([200, started.body.id]);
      await syncEnd(teacher, started.body.id);
    } finally {
      control().setLatency(0);
    }
  });

  test('one that is cancelled while it waits reads and sends nothing', async () => {
    await put('c6', 'quiz', 's02', 5);
    control().setLatency(200);
    try {
      const { body } = await teacher<Sync>('POST', '/classes/c6/syncs', {});
      await expectOk(teacher('POST', `/syncs/${body.id}/cancel`));
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(inSis('c6', 'quiz', 's02')?.score).toBe(71);
      expect(await cell('c6', 'quiz', 's02')).toMatchObject({ state: 'unsent' });
    } finally {
      control().setLatency(0);
    }
  });

  test('where the connection as a whole is refused, it waits for that, and is read then', async () => {
    await put('c6', 'quiz', 's03', 17);
    const fault = control().arm({ kind: 'status', status: 403 });
    const { body } = await teacher<Sync>('POST', '/classes/c6/syncs', {});
    await until(async () => (await expectOk(teacher<Sync>('GET', `/syncs/${body.id}`))).waitingFor !== null);
    expect((await expectOk(teacher<Sync>('GET', `/syncs/${body.id}`))).sisRead?.state).toBe('waiting');
    control().disarm(fault);
    await syncEnd(teacher, body.id);
    expect((await expectOk(teacher<Sync>('GET', `/syncs/${body.id}`))).sisRead?.state).toBe('read');
  });

  test('where the SIS does not let itself be read, it goes on without, and says so', async () => {
    await put('c6', 'quiz', 's03', 6);
    control().arm({ kind: 'status', status: 405, request: 'results' });
    const done = await press(teacher, 'c6');
    expect(done.sisRead).toMatchObject({ state: 'failed', reason: { code: expect.any(String) } });
    expect(inSis('c6', 'quiz', 's03')?.score).toBe(6);
    // it is not asked again for a day
    await put('c6', 'quiz', 's03', 7);
    control().resetCounts();
    const next = await press(teacher, 'c6');
    expect([next.sisRead, gets()]).toEqual([
      { state: 'failed', at: null, reason: expect.objectContaining({ code: 'SIS_NOT_READABLE' }) },
      [],
    ]);
    // before anything else asks: the next reading would find the fault once more
    control().disarm();
    await service.service.db.rows(`UPDATE connection SET learned = learned - 'muteSince'`);
  });

  test('a trouble that passes is waited for, one that lasts is not', async () => {
    await put('c6', 'quiz', 's03', 8);
    control().arm({ kind: 'status', status: 500, request: 'results', count: 1 });
    expect((await press(teacher, 'c6')).sisRead?.state).toBe('read');
    expect(inSis('c6', 'quiz', 's03')?.score).toBe(8);
    await put('c6', 'quiz', 's03', 9);
    control().arm({ kind: 'status', status: 500, request: 'results' });
    expect(await press(teacher, 'c6')).toMatchObject({ sisRead: { state: 'failed' } });
    expect(inSis('c6', 'quiz', 's03')?.score).toBe(9);
  });
});

describe('what comes between the press and the reading', () => {
  test('an SIS that is down is waited for, then read, then sent to', async () => {
    await graded('c9');
    await press(teacher, 'c9');
    control().edit('results', inSis('c9', 'quiz', 's01')!.sourcedId, { score: 12 });
    await put('c9', 'quiz', 's01', 70);
    await put('c9', 'quiz', 's02', 71);
    control().arm({ kind: 'status', status: 503 });
    control().resetCounts();
    const { body } = await teacher<Sync>('POST', '/classes/c9/syncs', {});
    await until(async () => {
      const now = await expectOk(teacher<Sync>('GET', `/syncs/${body.id}`));
      return now.status === 'processing' && now.waitingFor !== null;
    });
    expect(control().writes()).toEqual([]);
    control().disarm();
    expect(await syncEnd(teacher, body.id)).toMatchObject({
      status: 'completeWithProblems',
      counts: { updated: 1, conflicts: 1 },
    });
    expect([inSis('c9', 'quiz', 's01')?.score, inSis('c9', 'quiz', 's02')?.score]).toEqual([12, 71]);
  });

  test('a restart: the next process reads and sends', async () => {
    await put('c9', 'quiz', 's03', 72);
    control().setLatency(300);
    const { body } = await teacher<Sync>('POST', '/classes/c9/syncs', {});
    await service.restart();
    control().setLatency(0);
    expect(await syncEnd(teacher, body.id)).toMatchObject({ counts: { updated: 1, conflicts: 1 } });
    expect(inSis('c9', 'quiz', 's03')?.score).toBe(72);
  });

  test('a pause: nothing is read until it is resumed', async () => {
    await put('c9', 'quiz', 's04', 73);
    await expectOk(d.admin('POST', '/domains/district/pause'));
    control().resetCounts();
    const { body } = await teacher<Sync>('POST', '/classes/c9/syncs', {});
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(control().requests).toEqual([]);
    expect((await expectOk(teacher<Sync>('GET', `/syncs/${body.id}`))).waitingFor?.code).toBe(
      'DOMAIN_PAUSED',
    );
    await expectOk(d.admin('POST', '/domains/district/resume'));
    expect(await syncEnd(teacher, body.id)).toMatchObject({ counts: { updated: 1 } });
  });

  test('lineItems and students that were named and are deleted meanwhile are no obstacle', async () => {
    await putLineItem(d.lms, 'brief', {}, 'c9');
    await put('c9', 'brief', 's01', 1);
    control().setLatency(200);
    try {
      const named = { lineItemIds: ['brief', 'quiz'] };
      const { body } = await teacher<Sync>('POST', '/classes/c9/syncs', named);
      await d.lms('DELETE', '/classes/c9/lineItems/brief');
      expect((await syncEnd(teacher, body.id)).status).toMatch(/^complete/);
    } finally {
      control().setLatency(0);
    }
  });
});

describe('the sync does what the plan said', () => {
  const mixed = async (cls: string) => {
    await graded(cls);
    await putLineItem(d.lms, 'new', {}, cls);
    await putLineItem(d.lms, 'off', { published: false }, cls);
    for (const student of students(N)) await put(cls, 'off', student, 1);
  };

  test('planning twice gives the same plan; the entries of the sync are those of the plan', async () => {
    await graded('c7');
    await press(d.lms, 'c7');
    await mixed('c7');
    await put('c7', 'quiz', 's01', 1);
    await put('c7', 'new', 's01', 2);
    control().edit('results', inSis('c7', 'quiz', 's02')!.sourcedId, { score: 12 });
    const seen = await plan('c7', '?readSis=true');
    const again = await plan('c7');
    expect(again.planId).toBe(seen.planId);
    const strip = ({ entries }: Plan) => entries.map(({ sis: _sis, ...entry }) => entry);
    expect(strip(again)).toEqual(strip(seen));

    control().resetCounts();
    const done = await press(teacher, 'c7', { planId: seen.planId });
    // what was read for the plan is not read again
    const whole = control().requests.filter(({ path }) => /\/classes\/[^/]+\/results$/.test(path));
    expect(whole).toEqual([]);
    const { items } = await expectOk(
      teacher<{ items: { lineItemId: string; studentId: string | null; action: string }[] }>(
        'GET',
        `/syncs/${done.id}/entries?limit=200`,
      ),
    );
    const told: Record<string, string> = {
      create: 'created',
      update: 'updated',
      skip: 'skipped',
      blocked: 'failed',
      conflict: 'conflict',
    };
    const name = (e: { lineItemId: string; studentId: string | null }) =>
      `${e.lineItemId}/${e.studentId ?? ''}`;
    expect(items.map((e) => `${name(e)} ${e.action}`).sort()).toEqual(
      seen.entries
        .filter((e) => e.action !== 'unchanged')
        .map((e) => `${name(e)} ${told[e.action]}`)
        .sort(),
    );
  });

  test('what changed in between is named, and nothing is sent', async () => {
    await graded('c8');
    await press(d.lms, 'c8');
    const { planId } = await plan('c8', '?readSis=true');
    await put('c8', 'quiz', 's02', 3);
    control().resetCounts();
    const refused = await teacher<{ code: string; detail: string; errors: { detail: string }[] }>(
      'POST',
      '/classes/c8/syncs',
      { planId },
    );
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'PLAN_CHANGED',
      detail: '1 row has changed since that plan was made.',
      errors: [{ pointer: '/planId', detail: 'lineItem quiz, student s02: now update' }],
    });
    expect(control().writes()).toEqual([]);
    // of what was not touched it may still be done
    const untouched = await teacher('POST', '/classes/c8/syncs', { planId, studentIds: ['s03'] });
    expect([untouched.status < 300, untouched.body]).toEqual([true, expect.anything()]);
    const other = await teacher<{ code: string }>('POST', '/classes/c8/syncs', { planId, mode: 'all' });
    expect([other.status, other.body.code]).toEqual([400, 'VALIDATION']);
  });

  test('a plan for which the SIS was read long ago is made anew', async () => {
    const { planId } = await plan('c8', '?readSis=true');
    await service.service.db.rows(
      `UPDATE class SET read_at = now() - interval '11 minutes' WHERE key = 'c8'`,
    );
    const refused = await teacher<{ code: string }>('POST', '/classes/c8/syncs', { planId });
    expect([refused.status, refused.body.code]).toEqual([409, 'PLAN_CHANGED']);
    // whoever does not want it read may have it so
    const unread = await d.lms('POST', '/classes/c8/syncs', { planId });
    expect([unread.status < 300, unread.body]).toEqual([true, expect.anything()]);
  });

  test('a dry run of a person may read too, and is kept', async () => {
    control().edit('results', inSis('c8', 'quiz', 's05')!.sourcedId, { score: 12 });
    const dry = await press(teacher, 'c8', { dryRun: true, readSis: true });
    expect(dry).toMatchObject({ dryRun: true, counts: { conflicts: 1 }, sisRead: { state: 'read' } });
    expect(inSis('c8', 'quiz', 's05')?.score).toBe(12);
  });
});

test('what the SIS was seen to hold is told in a student’s data', async () => {
  const { enrollments } = await expectOk(
    d.admin<{ enrollments: { classId: string; results: { seen: unknown }[] }[] }>(
      'GET',
      '/domains/district/studentData?studentId=s05',
    ),
  );
  expect(enrollments.find((e) => e.classId === 'c8')?.results[0]?.seen).toMatchObject({ score: 12 });
});

test('nothing of all this was a defect of ours, and the log names no score', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed|a read failed/);
});
