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
  probe: null,
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
    reading: 'ok',
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
  expect(refused.steps).toHaveLength(9);
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

describe('the address is wrong', () => {
  test.each([
    ['/ims/oneroster/gradebook/v1p2', '/sis/ims/oneroster/gradebook/v1p2'],
    ['/campus/api/ims/oneroster/gradebook/v1p2', '/campus/ims/oneroster/gradebook/v1p2'],
    ['/ims/oneroster/v1p2/gradebook/v1p2', '/ims/oneroster/gradebook/v1p2'],
    ['/api/ims/oneroster/gradebook/v1p2', '/gradebook/v1p2'],
  ])('a gradebook at %s is found from %s, and offered', async (there, given) => {
    sis = await startTestSis({ basePath: there });
    const of = connection({ gradebookUrl: sis.url + given }, { auth: clientCredentials() });
    const found = await sisOf().test(of, null, never);
    expect(found).toMatchObject({ ok: false, suggestedBaseUrl: sis.gradebookUrl });
    expect(detail(found, 'categories')).toContain(sis.gradebookUrl);
    expect(sis.control.writes()).toEqual([]);
    expect(sis.control.requests.length).toBeLessThan(25);
  });

  test('nothing is suggested where there is nothing, and no other server is asked', async () => {
    const empty = await serve((_q, r) => json(r, 404, {}));
    const found = await sisOf().test(connection(empty), null, never);
    expect(found).toMatchObject({ ok: false, suggestedBaseUrl: null });
    expect(empty.requests.length).toBeLessThan(15);
  });

  test('one that lacks the right to read is found all the same', async () => {
    sis = await startTestSis({ clients: [{ ...SIS_CLIENT, scopes: [SCOPES.put] }] });
    const of = connection({ gradebookUrl: `${sis.url}/x/gradebook/v1p2` }, { auth: clientCredentials() });
    expect(await sisOf().test(of, null, never)).toMatchObject({ suggestedBaseUrl: sis.gradebookUrl });
  });
});

test.each([
  ['basic', 'in the Authorization header ('],
  ['body', 'in the body of the request'],
] as const)('which way of presenting the key worked is said: %s', async (way, words) => {
  const found = await report({ clientAuth: [way] }, null);
  expect(found.capabilities.clientAuthMethod).toBe(way);
  expect(detail(found, 'token')).toContain(words);
});

test('a form of signing in that was chosen and is the wrong one: the one that works is named', async () => {
  sis = await startTestSis({ clientAuth: ['basic'] });
  const auth = clientCredentials({ clientAuthMethod: 'body', tokenUrl: sis.tokenUrl });
  const found = await sisOf().test(connection(sis, { auth }), null, never);
  expect(found.steps.find(({ name }) => name === 'token')).toMatchObject({
    status: 'failed',
    code: 'AUTH_INVALID_CLIENT',
    detail: expect.stringContaining('“basic”'),
  });
  expect(found.capabilities.clientAuthMethod).toBe('basic');
  expect(JSON.stringify(found)).not.toContain(SIS_CLIENT.secret);
});

test('a header that this SIS wants and nobody has entered is named', async () => {
  sis = await startTestSis();
  sis.control.setRules({ requiredHeader: { name: 'x-vendor-authorization', value: 'a:b' } });
  const auth = clientCredentials();
  const of = (changed: object) => connection(sis!, { auth, profile: 'infinite-campus', ...changed });
  const without = await sisOf().test(of({}), null, never);
  expect(without.steps.find(({ name }) => name === 'categories')).toMatchObject({
    status: 'failed',
    code: 'AUTH_VENDOR_HEADER',
    detail: expect.stringContaining('x-vendor-authorization'),
  });
  const given = await sisOf().test(of({ extraHeaders: { 'X-Vendor-Authorization': 'a:b' } }), null, never);
  expect(given.ok).toBe(true);
});
