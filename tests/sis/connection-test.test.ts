import type { TestExpectation, TestReport } from '../../src/passback/ports/sis.ts';
import { SCOPES } from '../../src/demo/sis/oauth.ts';
import { SIS_CLIENT, startTestSis, type TestSis, type TestSisOptions } from '../support/sis.ts';
import { clientCredentials, closeAll, connection, json, never, serve, serveRaw, sisOf } from './fixtures.ts';

let sis: TestSis | undefined;
afterEach(async () => {
  await closeAll();
  await sis?.stop();
  sis = undefined;
});

const expected: TestExpectation = {
  classSourcedId: 'class-1',
  studentSourcedIds: ['student-1', 'student-2', 'student-3', 'nobody'],
  categories: [
    { id: '1', title: ' homework ', mappedTo: null },
    { id: '2', title: 'Exams', mappedTo: 'category-tests' },
    { id: '3', title: 'Unknown', mappedTo: null },
  ],
};
async function report(options: TestSisOptions, of: TestExpectation | null, secret = SIS_CLIENT.secret) {
  sis = await startTestSis(options);
  const auth = clientCredentials({ clientSecret: secret });
  return sisOf().test(connection(sis, { auth }), of, never);
}
const summary = ({ steps }: TestReport) =>
  Object.fromEntries(steps.map(({ name, status }) => [name, status]));
const detail = ({ steps }: TestReport, of: string) => steps.find(({ name }) => name === of)?.detail;

test('a good connection: every step, what was learned, and how much of the class matches', async () => {
  const found = await report({ tokenPath: '/oauth/access_token', clientAuth: ['basic-raw'] }, expected);
  expect(found.ok).toBe(true);
  expect(summary(found)).toEqual({
    address: 'ok',
    tls: 'warning',
    token: 'ok',
    scopes: 'ok',
    categories: 'ok',
    class: 'ok',
    students: 'warning',
    classCategories: 'warning',
  });
  expect(detail(found, 'students')).toBe('3 of 4 students match.');
  expect(detail(found, 'classCategories')).toBe('2 of 3 categories match.');
  expect(found.capabilities).toMatchObject({
    readCategories: true,
    readClass: true,
    tokenUrl: sis?.tokenUrl,
    clientAuthMethod: 'basicRaw',
  });
  expect(found.capabilities.grantedScopes).toContain(SCOPES.put);
  expect(sis?.control.writes()).toEqual([]);
});

test('without a class the steps about it are skipped', async () => {
  const found = await report({}, null);
  expect(found.ok).toBe(true);
  expect(summary(found)).toMatchObject({ class: 'skipped', students: 'skipped', classCategories: 'skipped' });
});

test('a class that the SIS does not have is named', async () => {
  const found = await report({}, { ...expected, classSourcedId: 'class-9' });
  expect(found.ok).toBe(false);
  expect(found.steps.find(({ name }) => name === 'class')).toMatchObject({
    status: 'failed',
    code: 'MAP_CLASS',
  });
  expect(detail(found, 'class')).toContain('class-9');
  expect(summary(found)).toMatchObject({ students: 'skipped', classCategories: 'skipped' });
});

test('no student in common is a failure', async () => {
  const found = await report({}, { ...expected, studentSourcedIds: ['x'], categories: [] });
  expect(found.steps.find(({ name }) => name === 'students')).toMatchObject({
    status: 'failed',
    code: 'MAP_STUDENT',
  });
});

test('a wrong secret ends the test, is not repeated in it, and nothing else is asked', async () => {
  const found = await report({}, expected, 'another-secret:%');
  expect(summary(found)).toMatchObject({
    address: 'ok',
    token: 'failed',
    scopes: 'skipped',
    class: 'skipped',
  });
  expect(found.steps.find(({ name }) => name === 'token')?.code).toBe('AUTH_INVALID_CLIENT');
  expect(JSON.stringify(found)).not.toContain('another-secret');
  expect(sis?.control.count({ kind: 'categories' })).toBe(0);
});

test('a missing permission is named; reading alone is not enough', async () => {
  const scopes = [SCOPES.read];
  const found = await report({ clients: [{ ...SIS_CLIENT, scopes }] }, null);
  expect(found.steps.find(({ name }) => name === 'scopes')).toMatchObject({
    status: 'failed',
    code: 'AUTH_SCOPE_MISSING',
    detail: expect.stringContaining('gradebook.createput, roster.readonly'),
  });
  expect(found.ok).toBe(false);
});

test('without the permission for classes it is a warning', async () => {
  const found = await report({ clients: [{ ...SIS_CLIENT, scopes: [SCOPES.read, SCOPES.put] }] }, expected);
  expect(found.ok).toBe(true);
  expect(summary(found)).toMatchObject({ scopes: 'warning', class: 'warning', students: 'warning' });
});

test('a fixed token is tried, its permissions are not known', async () => {
  sis = await startTestSis({ accessTokens: ['fixed-access-token'] });
  const found = await sisOf().test(connection(sis), null, never);
  expect(found.ok).toBe(true);
  expect(summary(found)).toMatchObject({ token: 'ok', scopes: 'skipped', categories: 'ok' });
  sis.control.revokeTokens();
  expect(await sisOf().test(connection(sis), null, never)).toMatchObject({ ok: false });
});

test('a web page, a wrong root and a dead server say what they are', async () => {
  const page = await serve((_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>sign in'));
  const found = await sisOf().test(connection(page), null, never);
  expect(found.steps.find(({ name }) => name === 'categories')?.code).toBe('CONN_NOT_ONEROSTER');

  const empty = await serve((_q, r) => json(r, 404, {}));
  const wrong = await sisOf().test(connection(empty), null, never);
  expect(wrong.steps.find(({ name }) => name === 'categories')?.code).toBe('CONN_URL');

  const dead = await serveRaw(() => undefined);
  await closeAll();
  const refused = await sisOf().test(connection(dead), null, never);
  expect(refused.steps.find(({ name }) => name === 'tls')).toMatchObject({
    status: 'failed',
    code: 'CONN_REFUSED',
  });
  expect(refused.steps).toHaveLength(8);
});

test('a name that does not exist fails at the first step', async () => {
  const of = connection({ gradebookUrl: 'https://no-such-host.invalid/ims/oneroster/gradebook/v1p2' });
  const found = await sisOf().test(of, null, never);
  expect(found.steps[0]).toMatchObject({ name: 'address', status: 'failed', code: 'CONN_DNS' });
  expect(found.steps.slice(1).every(({ status }) => status === 'skipped')).toBe(true);
});

test('a test that is stopped says so', async () => {
  sis = await startTestSis();
  const found = await sisOf().test(connection(sis), null, AbortSignal.abort());
  expect(found).toMatchObject({ ok: false });
});
