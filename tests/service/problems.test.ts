/** A domain at a glance, its problems by cause, and trying all of one cause again. */
import { connectionSettings, expectOk, sisDistrict, sync } from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

interface Causes {
  items: { reason: { code: string }; rows: number; classes: number; retry: string }[];
}
interface Retried {
  classes: number;
  rows: number;
  held: number;
  leftOut: { reason: { code: string }; classes: number }[];
  nextCursor: string | null;
}

let service: TestService;
let admin: Caller;
let lms: Caller;

beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(2, 2) } });
  const { root } = service;
  const key = async (role: string, domain = 'd') =>
    service.as(
      (await expectOk(root<{ key: string }>('POST', `/domains/${domain}/keys`, { role, name: role }))).key,
    );
  await expectOk(root('PUT', '/domains/d', { name: 'District' }));
  for (const school of ['north', 'south'])
    await expectOk(root('PUT', `/domains/${school}`, { name: school, parentId: 'd' }));
  [admin, lms] = [await key('admin'), await key('lms')];
  await expectOk(
    admin('PUT', '/domains/d/settings', { passbackEnabled: true, ...connectionSettings(service.sis) }),
  );
  // the first score that is sent is refused by the SIS itself
  service.sis.control.arm({ kind: 'status', status: 422, request: 'result', count: 1 });
  for (const [classId, domainId, sourcedId] of [
    ['c1', 'north', 'sis-class-1'],
    ['c2', 'south', 'sis-class-2'],
  ] as const) {
    const categories = [{ id: 'hw', title: 'Homework' }];
    await expectOk(
      lms('PUT', `/classes/${classId}`, { domainId, title: `Class ${classId}`, sourcedId, categories }),
    );
    // one of them is not known to the SIS
    const students = [{ studentId: 's01', sourcedId: 'sis-s01' }, { studentId: 'new' }];
    await expectOk(lms('PUT', `/classes/${classId}/students`, { students }));
    const quiz = { title: `Quiz of ${classId}`, categoryId: 'hw', dueDate: '2026-11-20T23:59:00-06:00' };
    await expectOk(lms('PUT', `/classes/${classId}/lineItems/quiz`, { ...quiz, resultValueMax: 10 }));
    for (const studentId of ['s01', 'new'])
      await expectOk(lms('PUT', `/classes/${classId}/lineItems/quiz/results/${studentId}`, { score: 7 }));
    expect(await sync(lms, `/classes/${classId}/syncs`)).toMatchObject({ status: 'completeWithProblems' });
  }
  // they are found a moment after the syncs have ended
  await until(async () => (await causes('d'))[0]?.classes === 2);
}, 60_000);
afterAll(() => service.stop());

const causes = async (domain: string) =>
  (await expectOk(admin<Causes>('GET', `/domains/${domain}/problems`))).items;
const retry = async (domain: string, code: string) =>
  expectOk(admin<Retried>('POST', `/domains/${domain}/problems/${code}/retry`));

test('problems are told by cause over all classes below, and each cause tells its classes', async () => {
  expect(await causes('d')).toMatchObject([
    { reason: { code: 'MAP_STUDENT', fixBy: 'admin' }, rows: 2, classes: 2, retry: 'manual' },
    { rows: 1, classes: 1 },
  ]);
  expect(await causes('south')).toMatchObject([{ rows: 1, classes: 1 }]);
  const one = await admin('GET', '/domains/south/problems/MAP_STUDENT');
  expect(one.body).toMatchObject({
    items: [{ classId: 'c2', domainId: 'south', rows: 1 }],
    nextCursor: null,
  });
  const first = await expectOk(
    admin<{ items: object[]; nextCursor: string }>('GET', '/domains/d/problems/MAP_STUDENT?limit=1'),
  );
  expect(first.items).toMatchObject([{ classId: 'c1' }]);
  const rest = await admin('GET', `/domains/d/problems/MAP_STUDENT?limit=1&cursor=${first.nextCursor}`);
  expect(rest.body).toMatchObject({ items: [{ classId: 'c2' }], nextCursor: null });
  expect((await admin('GET', '/domains/d/problems/NO_SUCH_CODE')).status).toBe(404);
});

test('an overview counts classes, the last day, and what needs somebody', async () => {
  const overview = await admin('GET', '/domains/d/overview');
  expect(overview.body).toMatchObject({
    classes: { all: 2, linked: 2 },
    syncs: { processing: 0, awaitingConfirmation: 0 },
    // an assignment and a score each
    lastDay: { syncs: 2, sent: 3, failed: 3, conflicts: 0 },
    schedules: { all: 0, paused: 0, nextRunAt: null },
    problems: [{ reason: { code: 'MAP_STUDENT' }, rows: 2, classes: 2 }, { rows: 1 }],
    below: [],
  });
  await expectOk(admin('POST', '/domains/south/pause'));
  expect((await admin('GET', '/domains/d/overview')).body).toMatchObject({
    below: [{ domainId: 'south', name: 'south', state: 'paused' }],
  });
  expect((await admin('GET', '/domains/south/connection')).body).toMatchObject({
    pausedBy: 'admin',
    pausedAt: expect.any(String),
  });
  await expectOk(admin('POST', '/domains/south/resume'));
});

test('a retry tries what one cause holds up, and leaves alone what was mended and what may not be sent', async () => {
  const before = service.sis.control.count({ kind: 'result', method: 'PUT' });
  // still nobody knows the student, and one school lets no admin send: nothing is, nor is it said to be
  await expectOk(admin('PUT', '/domains/south/settings', { adminsMaySync: false }));
  expect(await retry('d', 'MAP_STUDENT')).toEqual({
    ...{ classes: 0, rows: 0, held: 2, leftOut: [], nextCursor: null },
  });
  await expectOk(admin('PUT', '/domains/south/settings', {}));
  expect(service.sis.control.count({ kind: 'result', method: 'PUT' })).toBe(before);
  await expectOk(lms('PUT', '/classes/c1/students/new', { sourcedId: 'sis-s02' }));
  expect(await retry('d', 'MAP_STUDENT')).toMatchObject({ classes: 0, rows: 0, held: 1 });
  await expectOk(admin('PUT', '/domains/south/settings', { passbackEnabled: false }));
  expect(await retry('d', 'MAP_STUDENT')).toMatchObject({ classes: 0, rows: 0, leftOut: [] });
  expect((await admin('GET', '/domains/south/problems')).body).toEqual({ items: [], nextCursor: null });
  await expectOk(admin('PUT', '/domains/south/settings', {}));
  const trail = await admin('GET', '/domains/d/audit?action=problem.retry');
  expect(trail.body).toMatchObject({
    items: [{}, { detail: { code: 'MAP_STUDENT', classes: 0, rows: 0 } }, {}],
  });
  // what the SIS itself has refused goes once more, and is said to
  const refused = (await causes('north')).find(
    ({ rows, reason }) => rows === 1 && reason.code !== 'MAP_STUDENT',
  );
  expect(await retry('d', refused?.reason.code ?? '')).toEqual({
    ...{ classes: 1, rows: 1, held: 0, leftOut: [], nextCursor: null },
  });
});

test('where admins may not send, the retry is refused', async () => {
  await expectOk(admin('PUT', '/domains/south/settings', { adminsMaySync: false }));
  const refused = await admin('POST', '/domains/south/problems/MAP_STUDENT/retry');
  expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  await expectOk(admin('PUT', '/domains/south/settings', {}));
});

test('classes are found by a part of their title, or by one of their ids', async () => {
  const found = async (text: string) =>
    (
      await expectOk(
        admin<{ items: { classId: string }[] }>(
          'GET',
          `/classes?domainId=d&text=${encodeURIComponent(text)}`,
        ),
      )
    ).items.map(({ classId }) => classId);
  expect(await found('CLASS C')).toEqual(['c1', 'c2']);
  expect(await found('sis-class-2')).toEqual(['c2']);
  expect(await found('sis-class')).toEqual([]);
  expect(await found('%')).toEqual([]);
});
