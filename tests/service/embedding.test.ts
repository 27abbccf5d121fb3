/** What a page of another site may do with a person's token, and what a button shows before it is pressed. */
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  sisDistrict,
  students,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let at: District;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(3) } });
  at = await district(service, 3, { embedOrigins: ['https://LMS.example:443', 'http://old.example:8080'] });
  await expectOk(at.admin('PUT', '/domains/other', { name: 'Other school', parentId: 'district' }));
  await expectOk(at.admin('PUT', '/domains/other/settings', { embedOrigins: ['https://own.example'] }));
  await expectOk(at.admin('PUT', '/domains/none', { name: 'No LMS', parentId: 'district' }));
  await expectOk(at.admin('PUT', '/domains/none/settings', { embedOrigins: null }));
}, 60_000);
afterAll(() => service.stop());

interface Token {
  token: string;
  expiresAt: string;
}
const teacherOf = (domainId: string, classIds = ['c1'], more: object = {}) =>
  expectOk(
    at.lms<Token>('POST', '/tokens', {
      ...{ subject: 'rivera', displayName: 'Ms. Rivera', role: 'teacher', domainId, classIds, ...more },
    }),
  );
const adminOf = async (domainId: string) => {
  const person = { subject: 'dana', displayName: 'Dana', role: 'admin', domainId };
  return (await expectOk(at.admin<Token>('POST', '/tokens', person))).token;
};
const seen = ({ status, body }: { status: number; body: unknown }) =>
  status < 300 ? 'done' : `${status} ${(body as { code: string }).code}`;

test('the sites of a domain are its own, else those above it, as a browser spells them', async () => {
  const ask = async (domainId: string, origin: string) =>
    seen(await service.as(await adminOf(domainId))('GET', '/token', undefined, { origin }));
  expect(await ask('district', 'https://lms.example')).toBe('done');
  expect(await ask('school', 'https://lms.example')).toBe('done');
  expect(await ask('school', 'http://old.example:8080')).toBe('done');
  expect(await ask('other', 'https://own.example')).toBe('done');
  for (const [domainId, origin] of [
    ['other', 'https://lms.example'],
    ['none', 'https://lms.example'],
    ['district', 'https://own.example'],
    ['school', 'http://old.example'],
    ['school', 'http://lms.example'],
  ] as const)
    expect([domainId, origin, await ask(domainId, origin)]).toEqual([
      ...[domainId, origin, '403 ORIGIN_NOT_ALLOWED'],
    ]);
});

test('a token tells whose it is, and is refused to a frame in a page that its domain does not list', async () => {
  const { token, expiresAt } = await teacherOf('school');
  const teacher = service.as(token);
  expect(await teacher('GET', '/token?origin=https://lms.example')).toMatchObject({
    status: 200,
    body: {
      ...{ expiresAt, role: 'teacher', domainId: 'school', classIds: ['c1'], displayName: 'Ms. Rivera' },
      // who it is: others may be called alike
      subject: 'rivera',
    },
  });
  for (const origin of ['https://own.example', 'https://lms.example.evil.example', 'null', '*'])
    expect(seen(await teacher('GET', `/token?origin=${origin}`))).toBe('403 ORIGIN_NOT_ALLOWED');
});

test('a token makes links for its own person: for its classes, until its own end, and dead with its key', async () => {
  const open = async (pageUrl: string) => {
    const code = new URLSearchParams(new URL(pageUrl).hash.slice(1)).get('code');
    return service.as(null)<Token & { classIds: string[] }>('POST', '/sign-in', { code });
  };
  const { token, expiresAt } = await teacherOf('school');
  const teacher = service.as(token);
  const link = (by: Caller, body: object) => by<{ pageUrl: string }>('POST', '/token/links', body);
  const made = await link(teacher, { classId: 'c1', view: 'settings', lineItemId: 'a/b' });
  expect(made).toMatchObject({ status: 201, body: { expiresAt } });
  expect(made.body.pageUrl).toMatch(/\/teacher#code=orp_lnk_[^&]+&class=c1&tab=settings&assignment=a%2Fb$/);
  const opened = await open(made.body.pageUrl);
  expect(opened).toMatchObject({
    ...{ status: 200, body: { expiresAt, classIds: ['c1'], displayName: 'Ms. Rivera' } },
  });
  expect(seen(await open(made.body.pageUrl))).toBe('401 UNAUTHENTICATED');
  expect(seen(await link(teacher, { classId: 'nobody’s' }))).toBe('404 NOT_FOUND');
  expect(seen(await link(at.lms, { classId: 'c1' }))).toBe('403 FORBIDDEN');
  const trail = await at.admin<{ items: unknown[] }>('GET', '/domains/district/audit?action=link.create');
  expect(trail.body.items).toEqual([
    expect.objectContaining({ actor: 'Ms. Rivera', subject: { classId: 'c1' }, domainId: 'school' }),
  ]);
  expect(service.logged()).not.toContain('orp_lnk_');

  const { id, key } = await expectOk(
    at.admin<{ id: string; key: string }>('POST', '/domains/school/keys', { role: 'lms', name: 'leaves' }),
  );
  const person = { subject: 'x', displayName: 'X', role: 'teacher', domainId: 'school', classIds: ['c1'] };
  const theirs = await expectOk(service.as(key)<Token>('POST', '/tokens', person));
  const last = await expectOk(link(service.as(theirs.token), {}));
  await at.admin('DELETE', `/domains/school/keys/${id}`);
  expect(seen(await open(last.pageUrl))).toBe('401 UNAUTHENTICATED');
});

test('how a class stands is counted as its lists count it: whole, one assignment, one student', async () => {
  const { lms, admin } = at;
  const [, second, third] = students(3);
  await expectOk(lms('PUT', '/classes/c1/students/unlinked', {}));
  for (const id of ['quiz', 'test'])
    await expectOk(
      lms('PUT', `/classes/c1/lineItems/${id}`, { title: id, categoryId: 'hw', resultValueMax: 10 }),
    );
  const score = (lineItemId: string, studentId: string) => ({ lineItemId, studentId, score: 7 });
  const results = [
    score('quiz', 's01'),
    score('quiz', second!),
    score('quiz', 'unlinked'),
    score('test', third!),
  ];
  await expectOk(lms('POST', '/classes/c1/results/batch', { results }));
  interface Standing {
    reason: { code: string } | null;
    lineItems: Record<string, number>;
    results: Record<string, number>;
    changes: number;
    attention: number;
    sync: unknown;
    lastSync: { id: string } | null;
    lastSentAt: string | null;
  }
  const standing = async (query = '') => (await lms<Standing>('GET', `/classes/c1/standing${query}`)).body;
  expect(await standing()).toEqual({
    ...{ reason: null, lineItems: { unsent: 2 }, results: { unsent: 3, needsAttention: 1 } },
    ...{ changes: 5, attention: 1, sync: null, lastSync: null, lastSentAt: null },
  });
  expect(await standing('?lineItemId=test')).toMatchObject({ changes: 2, attention: 0 });
  // of a student: his scores, with the assignments that a press would take along for them
  expect(await standing(`?studentId=${third}`)).toMatchObject({ lineItems: { unsent: 1 }, changes: 2 });
  expect(await standing('?lineItemId=quiz&studentId=unlinked')).toMatchObject({
    ...{ lineItems: {}, results: { needsAttention: 1 }, changes: 0, attention: 1 },
  });
  for (const query of ['?lineItemId=nothing', '?studentId=nobody'])
    expect(await lms('GET', `/classes/c1/standing${query}`)).toMatchObject({ status: 404 });

  const sentAt = async (lineItemId: string, studentId: string) =>
    (await lms<{ lastSentAt: string }>('GET', `/classes/c1/lineItems/${lineItemId}/results/${studentId}`))
      .body.lastSentAt;
  const held = service.sis.control;
  held.faults.arm({ kind: 'hold', request: 'result', method: 'PUT' });
  const pressed = await lms<{ id: string }>('POST', '/classes/c1/syncs');
  expect(await standing()).toMatchObject({ sync: { id: pressed.body.id }, lastSync: null, changes: 0 });
  held.faults.disarm();
  const ended = await until(async () => {
    const now = await standing();
    return now.sync === null && now;
  });
  expect(ended).toMatchObject({ changes: 0, attention: 1, lastSync: { id: pressed.body.id } });
  // what was sent of the class says nothing of a part of it that was not
  const { lastSentAt } = await standing(`?studentId=${second}`);
  expect(lastSentAt).toBe(await sentAt('quiz', second!));
  for (const [query, at] of [
    [`?studentId=${second}`, lastSentAt],
    ['?studentId=unlinked', null],
  ])
    expect(await standing(query!)).toMatchObject({ sync: null, lastSync: null, lastSentAt: at });
  expect((await sync(lms, '/classes/c1/syncs')).counts).toMatchObject({ created: 0 });

  // an assignment that cannot go is one thing to mend, however many scores wait for it
  await addClass(lms, 'c1', 3, { categories: [{ id: 'odd', title: 'Not in the SIS' }] });
  await putLineItem(lms, 'project', { categoryId: 'odd' });
  for (const id of students(3))
    await expectOk(lms('PUT', `/classes/c1/lineItems/project/results/${id}`, { score: 1 }));
  expect(await standing('?lineItemId=project')).toMatchObject({
    ...{ lineItems: { needsAttention: 1 }, results: { needsAttention: 3 }, changes: 0, attention: 1 },
  });
  // and the one thing that this student's score waits for
  expect(await standing(`?lineItemId=project&studentId=${third}`)).toMatchObject({
    ...{ lineItems: { needsAttention: 1 }, results: { needsAttention: 1 }, changes: 0, attention: 1 },
  });

  await expectOk(lms('PUT', '/classes/loose', { domainId: 'school', title: 'Chess club' }));
  const reason = async (id: string) =>
    (await lms<Standing>('GET', `/classes/${id}/standing`)).body.reason?.code;
  expect([await reason('loose'), await reason('c1')]).toEqual(['MAP_CLASS', undefined]);
  await expectOk(admin('PUT', '/domains/school/settings', { passbackEnabled: false }));
  expect(await reason('c1')).toBe('PASSBACK_OFF');
});
