/** What differs between the versions of OneRoster on the way to the SIS, and a key that one product wants besides. */
import { startTestSis, type TestSis, type TestSisOptions } from '../support/sis.ts';
import { clientCredentials, clientOf, closeAll, connection, FIXED, never, sisOf } from './fixtures.ts';

let sis: TestSis | undefined;
afterEach(async () => {
  await closeAll();
  await sis?.stop();
  sis = undefined;
});
const start = async (options: TestSisOptions = {}) =>
  (sis = await startTestSis({ checkBodies: false, ...options }));
const at1p1 = { oneRosterVersion: '1.1' as const };
const asked = ({ control }: TestSis) =>
  control.tokenRequests.map(({ body }) => new URLSearchParams(String(body)).get('scope')?.split(' '));
const scope = (name: string, root = 'https') => `${root}://purl.imsglobal.org/spec/or/v1p1/scope/${name}`;
const wanted = ['gradebook.readonly', 'gradebook.createput', 'roster.readonly'];

test('1.1 is asked for the rights of 1.1, by one request', async () => {
  const started = await start(at1p1);
  const client = clientOf(connection(started, { ...at1p1, auth: clientCredentials() }));
  expect(await client.readClassSchool('class-1')).toEqual({ kind: 'read', value: 'school-1' });
  expect(asked(started)).toEqual([wanted.map((name) => scope(name))]);
});

test('an SIS that spells them with http is understood', async () => {
  const scopes = wanted.map((name) => scope(name, 'http'));
  const started = await start({
    ...at1p1,
    clients: [{ id: 'lms-client', secret: clientCredentials().clientSecret, scopes }],
  });
  const client = clientOf(connection(started, { ...at1p1, auth: clientCredentials() }));
  expect(await client.readClassSchool('class-1')).toMatchObject({ kind: 'read' });
  expect(asked(started).at(-1)).toEqual(scopes);
});

test('1.1 has one root: classes, categories and grades are found there', async () => {
  const started = await start({ ...at1p1, accessTokens: [FIXED.accessToken] });
  started.control.setRules({ classCategories: false });
  expect(started.gradebookUrl).toBe(started.rosteringUrl);
  const client = clientOf(connection({ ...started, rosteringUrl: started.gradebookUrl }, at1p1));
  expect(await client.readCategories('class-1')).toMatchObject({
    kind: 'read',
    value: [{ title: 'Homework' }, { title: 'Tests' }],
  });
  expect(await client.readLineItems('class-1')).toEqual({ kind: 'read', value: [] });
});

test('what 1.1 says of an error is understood', async () => {
  const started = await start({ ...at1p1, accessTokens: [FIXED.accessToken] });
  const client = clientOf(connection({ ...started, rosteringUrl: started.gradebookUrl }, at1p1));
  expect(await client.readLineItem('nobody')).toMatchObject({
    kind: 'refused',
    said: { status: 404, codeMinor: 'unknown object', description: "Unknown Object: lineItem 'nobody'" },
  });
  started.control.setRules({ reasons: 'none' });
  const refused = await client.putLineItem('x', { sourcedId: 'x' });
  expect(refused).toMatchObject({ kind: 'refused', code: 'SIS_EMPTY_REASON' });
});

describe('a key that Infinite Campus wants besides the token', () => {
  const key = { name: 'x-vendor-authorization', value: 'vendor-key:vendor-secret' };
  const campus = { profile: 'infinite-campus' as const, auth: clientCredentials() };

  test('without it the test names the header and what belongs into it', async () => {
    const started = await start();
    started.control.setRules({ requiredHeader: key });
    const report = await sisOf().test(connection(started, campus), null, never);
    expect(report.ok).toBe(false);
    expect(report.steps.find(({ name }) => name === 'categories')).toMatchObject({
      status: 'failed',
      code: 'AUTH_VENDOR_HEADER',
      detail: expect.stringContaining('x-vendor-authorization'),
    });
  });

  test('a wrong one is refused like a wrong token, and the right one is sent with every request', async () => {
    const started = await start();
    started.control.setRules({ requiredHeader: key });
    const probe = (value: string) =>
      clientOf(connection(started, { ...campus, extraHeaders: { [key.name]: value } })).probe();
    expect(await probe('wrong')).toMatchObject({ kind: 'broken', code: 'AUTH_TOKEN_REFUSED' });
    expect(await probe(key.value)).toMatchObject({ kind: 'read' });
  });

  test('another SIS that refuses a token is not suspected of wanting it', async () => {
    const started = await start();
    const client = clientOf(
      connection(started, { auth: { method: 'accessToken', accessToken: 'never granted' } }),
    );
    expect(await client.probe()).toMatchObject({ kind: 'broken', code: 'AUTH_TOKEN_REFUSED' });
  });
});
