/** What the SIS knows of classes and students, the LMS need not push: read page by page, matched, and never guessed. */
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

const year = { startDate: '2026-08-01', endDate: '2027-06-15', schoolYear: '2027' };
const person = (id: string, more: object = {}) => ({
  ...{ sourcedId: `u-${id}`, givenName: `Given-${id}`, familyName: `Family-${id}` },
  ...more,
});
/** By the letter of the specification: the end date of a period is the first day of the next. */
const sisSide: DistrictSeed = {
  schools: [
    { sourcedId: 'lake', title: 'Lakeside' },
    { sourcedId: 'hill', title: 'Hillside' },
  ],
  terms: [{ sourcedId: 'year', title: 'Year', ...year }],
  gradingPeriods: [
    { ...year, sourcedId: 'q1', title: 'Q1', endDate: '2027-01-01', termSourcedId: 'year' },
    { ...year, sourcedId: 'q2', title: 'Q2', startDate: '2027-01-01', termSourcedId: 'year' },
  ],
  students: [
    person('ann'),
    person('bob', { identifier: 'N1002' }),
    person('cyd', { email: 'Cyd@School.example' }),
    person('dan', { identifier: '1004' }),
    person('eve', { identifier: '1004' }),
    person('new'),
    ...Array.from({ length: 12 }, (_, i) => person(`x${i}`)),
  ],
  classes: [
    {
      ...{ sourcedId: 'k-1', title: 'Algebra', schoolSourcedId: 'lake', termSourcedIds: ['year'] },
      categories: [{ sourcedId: 'hw', title: 'Homework' }],
      studentSourcedIds: ['u-ann', 'u-bob', 'u-cyd', 'u-dan', 'u-eve', 'u-new'],
    },
    {
      ...{ sourcedId: 'k-2', title: 'Biology', classCode: 'BIO-1', schoolSourcedId: 'lake' },
      ...{ termSourcedIds: ['year'], studentSourcedIds: ['u-ann'] },
    },
    ...['k-3', 'k-4'].map((sourcedId) => ({
      ...{ sourcedId, title: 'Chemistry', classCode: 'CHE-1', schoolSourcedId: 'lake' },
      ...{ termSourcedIds: ['year'], studentSourcedIds: [] },
    })),
    {
      ...{ sourcedId: 'k-5', title: 'History', schoolSourcedId: 'hill', termSourcedIds: ['year'] },
      studentSourcedIds: Array.from({ length: 12 }, (_, i) => `u-x${i}`),
    },
  ],
};

let service: TestService;
let d: District;
let other: District;
const control = () => service.sis.control;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisSide },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, 0);
  other = await district(service, 0, { rosterPull: { create: true } }, 'elsewhere');
  for (const { lms } of [d, other]) await fill(lms);
});
afterAll(() => service.stop());
afterEach(() => {
  control().disarm();
  control().setRules({ filters: true, pageCap: null });
});

/** c1 is linked by its id, bio by its code, che by a code that two have; `nowhere` by nothing that there is. */
async function fill(lms: Caller) {
  const put = (key: string, body: object) =>
    expectOk(lms('PUT', `/classes/${key}`, { domainId: 'school', title: key, ...body }));
  await put('c1', { sourcedId: 'k-1', categories: [{ id: 'hw', title: 'Homework' }] });
  await put('bio', { classCode: 'BIO-1' });
  await put('che', { classCode: 'CHE-1' });
  await put('nowhere', { sourcedId: 'k-99' });
  await expectOk(
    lms('PUT', '/classes/c1/students', {
      students: [
        { studentId: 'ann', sourcedId: 'u-ann', givenName: 'Annie' },
        { studentId: 'bob', identifier: ' N1002' },
        { studentId: 'cyd', email: 'cyd@school.EXAMPLE ' },
        { studentId: 'dan', identifier: '1004' },
        { studentId: 'zoe', identifier: '9999', email: 'zoe@school.example' },
        { studentId: 'gone', sourcedId: 'u-gone' },
      ],
    }),
  );
}
const settings = (rosterPull: object | null, more: object = {}) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      ...{ passbackEnabled: true, rosterPull },
      ...connectionSettings(service.sis),
      ...more,
    }),
  );

interface Pull {
  id: string;
  status: string;
  mode: string | null;
  phase: string | null;
  counts: {
    read: Record<string, number>;
    classes: Record<string, number>;
    students: Record<string, number>;
  };
  partialLists: string[];
  reason: { code: string } | null;
}
interface Unmatched {
  kind: string;
  sourcedId: string | null;
  classId: string | null;
  studentId: string | null;
  reason: { code: string };
  candidates: number;
}
const begin = async (body: object = {}, by = d.admin) => {
  const { status, body: pull, headers } = await by<Pull>('POST', '/domains/school/rosterPulls', body);
  expect([status, headers.get('location')]).toEqual([202, `/v1/rosterPulls/${pull.id}`]);
  return pull.id;
};
const look = (id: string, by = d.admin) => expectOk(by<Pull>('GET', `/rosterPulls/${id}`));
const ended = (id: string, by = d.admin) =>
  until(async () => {
    const pull = await look(id, by);
    return pull.status !== 'processing' && pull;
  });
const pull = async (body: object = {}) => ended(await begin(body));
const unmatched = async (id: string) => {
  const { items } = await expectOk(d.admin<{ items: Unmatched[] }>('GET', `/rosterPulls/${id}/unmatched`));
  return items
    .map((u) => `${u.reason.code} ${u.studentId ?? u.sourcedId ?? u.classId} ${u.candidates}`)
    .sort();
};
interface Student {
  studentId: string;
  sourcedId: string | null;
  givenName: string | null;
  active: boolean;
  fromSis: string[];
}
const students = async (cls = 'c1') => {
  const { items } = await expectOk(d.lms<{ items: Student[] }>('GET', `/classes/${cls}/students`));
  return items;
};
const linked = async (cls = 'c1') =>
  (await students(cls)).map((s) => `${s.studentId} ${s.sourcedId} ${s.active ? '' : 'inactive'}`.trim());
const cls = (key: string) =>
  expectOk(
    d.lms<{ sourcedId: string; schoolSourcedId: string; gradingPeriods: object[]; fromSis: string[] }>(
      'GET',
      `/classes/${key}`,
    ),
  );
const asked = (kind: string) => control().requests.filter((r) => r.kind === kind);
const everything = (domain: string) =>
  service.service.db.rows(
    `SELECT to_jsonb(c) AS c, to_jsonb(s) AS s FROM domain d JOIN class c ON c.tenant_id = d.id LEFT JOIN student s ON s.class_id = c.id WHERE d.key = $1 ORDER BY c.id, s.id`,
    [domain],
  );
const uncertain = [
  'ROSTER_CLASS_AMBIGUOUS che 2',
  'ROSTER_CLASS_UNKNOWN nowhere 0',
  'ROSTER_NOT_ENROLLED gone 0',
  'ROSTER_ONLY_IN_SIS u-ann 0',
  'ROSTER_ONLY_IN_SIS u-new 0',
  'ROSTER_STUDENT_AMBIGUOUS dan 2',
  'ROSTER_STUDENT_UNKNOWN zoe 0',
];

test('nothing is read where no setting allows it', async () => {
  const { status, body } = await d.admin<{ code: string }>('POST', '/domains/school/rosterPulls');
  expect([status, body.code]).toEqual([409, 'ROSTER_PULL_OFF']);
  expect(control().count({ kind: 'classes' })).toBe(0);
});

test('a dry run tells what it would do and changes nothing', async () => {
  await settings({});
  const before = await everything('district');
  const done = await pull({ dryRun: true });
  expect(done).toMatchObject({
    status: 'completeWithProblems',
    mode: 'full',
    counts: {
      read: { classes: 5, enrollments: 19, users: 18, academicSessions: 3 },
      classes: { linked: 2, filled: 2, created: 0, unmatched: 2 },
      students: { linked: 3, filled: 3, created: 0, deactivated: 0, unmatched: 5 },
    },
  });
  expect(await unmatched(done.id)).toEqual(uncertain);
  expect(await everything('district')).toEqual(before);
});

test('what the LMS left empty is filled in; what it said stands; nobody is guessed', async () => {
  const elsewhere = await everything('elsewhere');
  const done = await pull({ full: true });
  expect(await unmatched(done.id)).toEqual(uncertain);
  expect(await linked()).toEqual([
    ...['ann u-ann', 'bob u-bob', 'cyd u-cyd', 'dan null', 'zoe null', 'gone u-gone'],
  ]);
  const [ann, bob] = await students();
  expect(ann).toMatchObject({ givenName: 'Annie', familyName: 'Family-ann', fromSis: ['familyName'] });
  expect(bob?.fromSis).toEqual(['familyName', 'givenName', 'sourcedId']);
  expect(await cls('bio')).toMatchObject({
    ...{ sourcedId: 'k-2', schoolSourcedId: 'lake' },
    gradingPeriods: [
      { sourcedId: 'q1', title: 'Q1', startDate: '2026-08-01', endDate: '2026-12-31' },
      { sourcedId: 'q2', title: 'Q2', startDate: '2027-01-01', endDate: '2027-06-14' },
    ],
    fromSis: ['gradingPeriods', 'schoolSourcedId', 'sourcedId'],
  });
  expect(await everything('elsewhere')).toEqual(elsewhere);
});

test('a later PUT of the LMS keeps what was read, and another id forgets it', async () => {
  await expectOk(d.lms('PUT', '/classes/bio', { domainId: 'school', title: 'bio', classCode: 'BIO-1' }));
  expect(await cls('bio')).toMatchObject({ sourcedId: 'k-2', schoolSourcedId: 'lake' });
  await expectOk(d.lms('PUT', '/classes/c1/students/bob', { identifier: 'N1002', givenName: 'Bobby' }));
  expect((await students())[1]).toMatchObject({ sourcedId: 'u-bob', givenName: 'Bobby' });
  await expectOk(d.lms('PUT', '/classes/c1/students/cyd', { sourcedId: 'u-dan' }));
  expect((await students())[2]).toMatchObject({ sourcedId: 'u-dan', givenName: null, fromSis: [] });
  await expectOk(d.lms('PUT', '/classes/c1/students/cyd', { email: 'cyd@school.example' }));
});

test('a student who was found by his number gets his score, and a pull sends none', async () => {
  await putLineItem(d.lms, 'quiz');
  for (const student of ['ann', 'bob', 'dan'])
    await expectOk(d.lms('PUT', `/classes/c1/lineItems/quiz/results/${student}`, { score: 7 }));
  control().resetCounts();
  await pull();
  expect(control().writes()).toEqual([]);
  expect(await sync(d.lms)).toMatchObject({ byKind: { results: { created: 2, failed: 1 } } });
  const [item] = control().contents().lineItems;
  expect(control().resultOf(item!.sourcedId, 'u-bob')?.score).toBe(7);
});

test('the next pull asks for changes alone, and sees who came, left and was renamed', async () => {
  const changed = { dateLastModified: new Date(Date.now() + 1000).toISOString() };
  control().dropStudent('k-1', 'u-bob');
  control().addStudent('k-2', 'u-bob');
  control().edit('students', 'u-ann', { familyName: 'Renamed', ...changed });
  control().edit('classes', 'k-3', { status: 'tobedeleted', ...changed });
  // an hour before the last one is asked for again; here everything has come within it
  await service.service.db.rows(`UPDATE roster_pull SET begun_at = begun_at + interval '1 hour'`);
  control().resetCounts();
  const done = await pull();
  await service.service.db.rows(`UPDATE roster_pull SET begun_at = begun_at - interval '1 hour'`);
  expect(done).toMatchObject({ mode: 'changes', counts: { read: { classes: 1, enrollments: 2, users: 1 } } });
  for (const kind of ['classes', 'enrollments', 'students'])
    expect(asked(kind).every((r) => /filter=dateLastModified/.test(r.query ?? ''))).toBe(true);
  const [ann, bob] = await students();
  expect(ann).toMatchObject({ familyName: 'Renamed', givenName: 'Annie' });
  // the LMS has him in the class: it is told, and decides
  expect(bob).toMatchObject({ sourcedId: 'u-bob', active: true });
  const told = await unmatched(done.id);
  expect(told).toContain('ROSTER_NOT_ENROLLED bob 0');
  // one of the two that went by its code is gone
  expect(told).not.toContain('ROSTER_CLASS_AMBIGUOUS che 2');
  expect(await cls('che')).toMatchObject({ sourcedId: 'k-4' });
});

test('an SIS that refuses the filter is read as a whole', async () => {
  control().setRules({ filters: false });
  const done = await pull();
  expect(done).toMatchObject({ mode: 'full', counts: { read: { users: 18 } }, partialLists: [] });
});

test('create: classes and students that only the SIS has, in the schools that are meant', async () => {
  await settings({ create: true, schoolSourcedIds: ['hill'] });
  const done = await pull({ dryRun: true });
  expect(done.counts).toMatchObject({ classes: { created: 1 }, students: { created: 15 } });
  expect((await d.lms('GET', '/classes/k-5')).status).toBe(404);
  expect((await pull()).counts).toMatchObject({ classes: { created: 1 }, students: { created: 15 } });
  expect(await cls('k-5')).toMatchObject({ title: 'History', sourcedId: 'k-5', fromSis: expect.any(Array) });
  expect(await linked('k-5')).toHaveLength(12);
  expect((await linked()).at(-1)).toBe('u-new u-new');
  const nothing = { created: 0, filled: 0 };
  expect((await pull()).counts).toMatchObject({ classes: nothing, students: nothing });
});

test('whom a pull made becomes inactive when the SIS has him no more, and comes back; many leave only if confirmed', async () => {
  control().dropStudent('k-5', 'u-x0');
  expect((await pull()).counts.students).toMatchObject({ deactivated: 1 });
  expect(await linked('k-5')).toContain('u-x0 u-x0 inactive');
  control().addStudent('k-5', 'u-x0');
  await pull();
  expect(await linked('k-5')).toContain('u-x0 u-x0');
  for (let i = 0; i < 8; i++) control().dropStudent('k-5', `u-x${i}`);
  const done = await pull();
  expect(done.counts.students).toMatchObject({ deactivated: 0 });
  expect(await unmatched(done.id)).toContain('ROSTER_MANY_LEAVE k-5 0');
  expect((await pull({ confirm: true })).counts.students).toMatchObject({ deactivated: 8 });
});

test('a list that is suddenly short is not believed', async () => {
  const { db } = service.service;
  const [before] = await db.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM roster_record WHERE kind = 'users'`,
  );
  control().arm({ kind: 'status', request: 'students', status: 200, body: { users: [] }, count: 1 });
  const done = await pull({ full: true });
  expect(done).toMatchObject({ status: 'completeWithProblems', partialLists: ['users'] });
  expect(done.reason).toMatchObject({ code: 'ROSTER_SHRUNK' });
  expect(await db.rows(`SELECT count(*)::int AS n FROM roster_record WHERE kind = 'users'`)).toEqual([
    before,
  ]);
});

test('one that is cut off goes on with the page that it was at, in another process too', async () => {
  control().setRules({ pageCap: 5 });
  control().arm({ kind: 'hold', request: 'students', skip: 2, count: 1 });
  control().resetCounts();
  const id = await begin({ full: true });
  await until(() => asked('students').length === 3);
  expect(await look(id)).toMatchObject({ status: 'processing', phase: 'users' });
  const again = await d.admin<Pull>('POST', '/domains/school/rosterPulls', {});
  expect([again.status, again.body.id]).toEqual([200, id]);
  await service.restart();
  control().disarm();
  expect(await ended(id)).toMatchObject({ counts: { read: { users: 18 } } });
  const offsets = asked('students').map((r) => /offset=(\d+)/.exec(r.query ?? '')?.[1]);
  // the page under way is asked for once more, those before it are not
  expect(offsets).toEqual(['0', '5', '10', '10', '15', '18']);
});

test('with another first secret key a pull begins again, and finds by number and address whom it found before', async () => {
  const email = async () => {
    const [row] = await service.service.db.rows<{ email: string }>(
      `SELECT record->>'email' AS email FROM roster_record WHERE kind = 'users' AND sourced_id = 'u-cyd'`,
    );
    return row!.email;
  };
  const before = await email();
  await expectOk(d.lms('PUT', '/classes/c1/students/cyd', { sourcedId: 'u-dan' }));
  await expectOk(d.lms('PUT', '/classes/c1/students/cyd', { email: 'cyd@school.example' }));
  control().arm({ kind: 'hold', request: 'students', count: 1 });
  const id = await begin();
  await until(async () => (await look(id)).phase === 'users');
  expect(await look(id)).toMatchObject({ mode: 'changes' });
  const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
  await service.restart({ SECRET_KEYS: `t2:${key(8)},t1:${key(7)}` });
  control().disarm();
  expect(await ended(id)).toMatchObject({ mode: 'full', counts: { read: { users: 18 } } });
  expect((await linked())[2]).toBe('cyd u-cyd');
  expect(await email()).not.toBe(before);
  expect(await pull()).toMatchObject({ mode: 'changes' });
  // with the former one in the first place again, what it has hashed long ago is not what is there
  await service.restart({ SECRET_KEYS: `t1:${key(7)},t2:${key(8)}` });
  expect(await pull()).toMatchObject({ mode: 'full' });
  expect(await email()).toBe(before);
});

test('one that is cancelled ends, and trouble of the rostering service stops no grades', async () => {
  control().arm({ kind: 'status', request: 'classes', status: 503 });
  const id = await begin({ full: true });
  await until(async () => (await look(id)).reason !== null);
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/ann', { score: 9 }));
  expect(await sync(d.lms)).toMatchObject({ byKind: { results: { updated: 1 } } });
  expect(await expectOk(d.admin<Pull>('POST', `/rosterPulls/${id}/cancel`))).toMatchObject({
    ...{ status: 'cancelled', phase: null },
  });
  control().disarm();
  control().arm({ kind: 'status', request: 'enrollments', status: 403 });
  expect(await pull({ full: true })).toMatchObject({
    status: 'failed',
    reason: { code: expect.any(String) },
  });
});

test('what is kept of a student is told and erased, and logged nowhere', async () => {
  const data = await expectOk(
    d.admin<{ inRosterCopy: object[]; enrollments: { student: Student }[] }>(
      'GET',
      '/domains/district/studentData?studentId=ann',
    ),
  );
  expect(data.inRosterCopy).toEqual([
    { sourcedId: 'u-ann', givenName: 'Given-ann', familyName: 'Renamed', classSourcedIds: ['k-1', 'k-2'] },
  ]);
  await expectOk(d.admin('DELETE', '/domains/district/studentData?studentId=ann&confirm=true'));
  const left = await service.service.db.rows(
    `SELECT 1 FROM roster_record r JOIN connection k ON k.id = r.connection_id JOIN domain d ON d.id = k.domain_id
      WHERE d.key = 'district' AND 'u-ann' IN (r.sourced_id, r.user_sourced_id)
     UNION ALL SELECT 1 FROM roster_unmatched WHERE 'u-ann' IN (sourced_id, student_key)`,
  );
  expect(left).toEqual([]);
  // no word here could be a part of an id or a time that a line may well have
  expect(service.logged()).not.toMatch(/Family-|Renamed|@school|N1002/i);
});

test('what is kept without a setting that wants it goes', async () => {
  const { retire } = await import('../../src/store/retention.ts');
  await settings(null);
  await retire(service.service.db, { days: 1, auditDays: 1, snapshotDays: 1 });
  const rest = await service.service.db.rows(`SELECT 1 FROM roster_record`);
  expect(rest).toEqual([]);
});
