/** "Why isn't this grade in the SIS?", over the whole stack: the answer changes with what happens to the score. */
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
import { startService, until, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
let teacher: Caller;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(3) },
    service: { lanes: { firstProbeMs: 200 } },
  });
  d = await district(service, 3, { verifyAfterSeconds: 0 });
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', 1);
  const { token } = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', {
      ...{ subject: 'u1', displayName: 'Ann Lee', role: 'teacher', domainId: 'school', classIds: ['c1'] },
      expiresInSeconds: 3600,
    }),
  );
  teacher = service.as(token);
});
afterAll(() => service.stop());

interface Explanation {
  answer: string;
  state: string;
  reason: { code: string } | null;
  fixBy: string;
  here: { version: number; values: { score?: number; title?: string } } | null;
  acknowledged: { version: number; values: { score?: number } } | null;
  seen: { values: object } | null;
  nextAttemptAt: string | null;
  tries: number;
  lineItem: { state: string; reason: { code: string } | null } | null;
  connection: { state: string; since: string | null; cause: { code: string } | null };
  timeline: { at: string; event: string; text: string; code: string | null; version: number | null }[];
}
const path = (student = 's01') => `/classes/c1/lineItems/quiz/results/${student}`;
const why = (student = 's01', by: Caller = teacher) =>
  expectOk(by<Explanation>('GET', `${path(student)}/explanation`));
const put = (score: number, student = 's01') => expectOk(d.lms('PUT', path(student), { score }));
const told = (e: Explanation) => e.timeline.map((t) => [t.event, t.code, t.version]);

test('a new score waits for a press, and the teacher may ask', async () => {
  const e = await why();
  expect(e.answer).toBe('This score was not sent yet: it waits for somebody to press Sync.');
  expect(e).toMatchObject({
    ...{ state: 'unsent', fixBy: 'nobody', acknowledged: null, seen: null, tries: 0 },
    ...{ here: { version: 1, values: { score: 60 } }, lineItem: { state: 'unsent' } },
    connection: { state: 'untried' },
  });
  expect(told(e)).toEqual([['entered', null, 1]]);
});

test('of a student who was never scored there is an answer, too', async () => {
  const e = await why('s03');
  expect(e).toMatchObject({ state: 'skipped', reason: { code: 'SKIP_UNGRADED' }, here: null, timeline: [] });
  expect(e.answer).toContain('There is no score yet.');
  for (const gone of [path('ghost'), '/classes/c1/lineItems/none/results/s01', '/classes/c1/lineItems/none'])
    expect((await teacher('GET', `${gone}/explanation`)).status).toBe(404);
});

test('what the SIS took is in the SIS, with who sent it and when; then it is read there', async () => {
  await sync(teacher);
  const e = await until(async () => {
    const seen = await why();
    return seen.state === 'verified' && seen;
  });
  expect(e.answer).toMatch(/^This score is in the SIS since \d+ \w+ \d{4}, \d\d:\d\d; it was read there/);
  expect(e).toMatchObject({
    acknowledged: { version: 1, values: { score: 60 } },
    connection: { state: 'working' },
  });
  expect(told(e)).toEqual(
    expect.arrayContaining([
      ['verified', null, 1],
      ['attempt', null, 1],
      ['sync', null, 1],
      ['entered', null, 1],
    ]),
  );
  expect(e.timeline.find((t) => t.event === 'sync')!.text).toBe('A sync by Ann Lee put it into the SIS.');
  expect([...e.timeline].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))).toEqual(e.timeline);
  const item = await expectOk(teacher<Explanation>('GET', '/classes/c1/lineItems/quiz/explanation'));
  expect(item).toMatchObject({
    state: 'verified',
    lineItem: null,
    here: { values: { title: 'Title of quiz' } },
  });
  expect(item.answer).toMatch(/^This assignment is in the SIS/);
});

test('what the SIS refuses says so, once for each answer, and the SIS’s own words are not kept', async () => {
  service.sis.control.arm({
    ...{ kind: 'status', status: 422, request: 'result', method: 'PUT', count: 1 },
    body: {
      ...{ imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'Canary7f3a is odd' },
    },
  });
  await put(61);
  await sync(teacher);
  const e = await why();
  expect(e).toMatchObject({
    ...{ state: 'needsAttention', fixBy: expect.stringMatching(/teacher|admin/) },
    ...{ here: { version: 2, values: { score: 61 } }, acknowledged: { version: 1, values: { score: 60 } } },
  });
  expect(e.answer).toMatch(
    /^This score is not in the SIS as it is here: .* The SIS still has the one from before\.$/,
  );
  expect(told(e).slice(0, 3)).toEqual(
    expect.arrayContaining([
      ['attempt', e.reason!.code, 2],
      ['sync', e.reason!.code, 2],
    ]),
  );
  const [row] = await service.service.db.rows<{ log: object[] }>(
    `SELECT attempt_log AS log FROM result r JOIN student s ON s.id = r.student_id WHERE s.key = 's01'`,
  );
  expect(row!.log).toMatchObject([{ how: 'created' }, { how: 'refused', status: 422, version: 2 }]);
  expect(JSON.stringify(row!.log)).not.toContain('Canary');
});

test('while the SIS is away the answer names since when, and that nothing is lost', async () => {
  service.sis.control.arm({ kind: 'reset' });
  await put(62);
  await expectOk(teacher('POST', '/classes/c1/syncs', {}));
  const e = await until(async () => {
    const seen = await why();
    return seen.connection.cause !== null && seen;
  });
  expect(e.answer).toMatch(
    /^This score (waits for the SIS|goes with the sync of Ann Lee).* Nothing can be sent there since \d+ \w+ \d{4}, /,
  );
  expect(e).toMatchObject({
    fixBy: expect.stringMatching(/sis|admin|nobody/),
    connection: { since: expect.any(String) },
  });
  expect(e.timeline.map((t) => t.event)).toContain('connection');
  expect(e.timeline.find((t) => t.event === 'sync')!.text).toMatch(/^A sync by Ann Lee (began|took it in)/);
  service.sis.control.disarm();
  await until(async () => {
    const { state, connection } = await why();
    return state === 'verified' && connection.state === 'working';
  });
});

test('a sync that somebody has to confirm first is named, to those whom it is about', async () => {
  const settings = { passbackEnabled: true, ...connectionSettings(service.sis) };
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, confirmFirstSync: true }));
  await addClass(d.lms, 'c2', 2, { sourcedId: 'sis-class-1' });
  await putLineItem(d.lms, 'essay', {}, 'c2');
  await putScores(d.lms, 'essay', 2, undefined, 'c2');
  const of = async (student: string) =>
    (await expectOk(d.lms<Explanation>('GET', `/classes/c2/lineItems/essay/results/${student}/explanation`)))
      .answer;
  await expectOk(d.lms('POST', '/classes/c2/syncs', { studentIds: ['s01'] }));
  expect(await of('s01')).toBe(
    'This score goes with the sync of lms, which waits for somebody to confirm it.',
  );
  expect(await of('s02')).toContain('waits for somebody to press Sync');
  await expectOk(d.admin('PUT', '/domains/district/settings', settings));
});

test('a missing link, a pause and a switch are told with who can put it right', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/students/s02', { sourcedId: null }));
  await put(70, 's02');
  expect(await why('s02')).toMatchObject({
    state: 'needsAttention',
    fixBy: 'admin',
    reason: { code: 'MAP_STUDENT' },
  });
  await put(63);
  await expectOk(d.admin('POST', '/domains/school/pause'));
  expect(await why()).toMatchObject({ reason: { code: 'DOMAIN_PAUSED' }, connection: { state: 'paused' } });
  await expectOk(d.admin('POST', '/domains/school/resume'));
  const settings = { passbackEnabled: false, ...connectionSettings(service.sis) };
  await expectOk(d.admin('PUT', '/domains/district/settings', settings));
  const off = await why();
  expect(off).toMatchObject({ state: 'suppressed', fixBy: 'admin', reason: { code: 'PASSBACK_OFF' } });
  expect(off.answer).toContain('The SIS still has the one from before.');
});

test('the tries of a student are handed out with all else that is held about him, and forgotten with him', async () => {
  const data = await expectOk(
    d.admin<{ enrollments: { results: { tries: object[] }[] }[] }>(
      'GET',
      '/domains/district/studentData?studentId=s01',
    ),
  );
  expect(data.enrollments[0]!.results[0]!.tries).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ outcome: 'created', version: 1, code: null, times: 1 }),
      expect.objectContaining({ outcome: 'refused', version: 2 }),
    ]),
  );
  await expectOk(d.admin('DELETE', '/domains/district/studentData?studentId=s01&confirm=true'));
  expect((await teacher('GET', `${path()}/explanation`)).status).toBe(404);
});
