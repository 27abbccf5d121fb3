import { SCOPES } from '../../src/demo/sis/oauth.ts';
import { basic, lineItemBody, SIS_CLIENT, startTestSis, type TestSis } from '../support/sis.ts';

let sis: TestSis;
beforeEach(async () => {
  const narrow = { id: 'reader', secret: 'reader-secret', scopes: [SCOPES.read] };
  sis = await startTestSis({ clients: [SIS_CLIENT, narrow], accessTokens: ['fixed-token'] });
});
afterEach(() => sis.stop());

async function ask(form: Record<string, string> | string, headers: Record<string, string> = {}) {
  const response = await fetch(sis.tokenUrl, { method: 'POST', body: new URLSearchParams(form), headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const grant = { grant_type: 'client_credentials' };
const good = { authorization: basic(SIS_CLIENT.id, SIS_CLIENT.secret) };

test('a token is given for form-encoded Basic credentials, confirms its scopes and is never cached', async () => {
  const answer = await ask(
    { ...grant, scope: `${SCOPES.read} ${SCOPES.put} https://example.org/unknown` },
    good,
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    token_type: 'bearer',
    expires_in: 3600,
    scope: `${SCOPES.read} ${SCOPES.put}`,
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('credentials in the body do as well, unless the SIS wants Basic', async () => {
  const form = { ...grant, client_id: SIS_CLIENT.id, client_secret: SIS_CLIENT.secret };
  expect((await ask(form)).status).toBe(200);
  const strict = await startTestSis({ clientAuth: ['basic'] });
  expect((await fetch(strict.tokenUrl, { method: 'POST', body: new URLSearchParams(form) })).status).toBe(
    401,
  );
  await strict.stop();
});

test('an SIS that compares Basic credentials raw takes them raw only', async () => {
  const raw = await startTestSis({ clientAuth: ['basic-raw'] });
  const status = async (authorization: string) =>
    (
      await fetch(raw.tokenUrl, {
        method: 'POST',
        body: new URLSearchParams(grant),
        headers: { authorization },
      })
    ).status;
  const plain = Buffer.from(`${SIS_CLIENT.id}:${SIS_CLIENT.secret}`).toString('base64');
  expect(await status(`Basic ${plain}`)).toBe(200);
  expect(await status(good.authorization)).toBe(401);
  await raw.stop();
});

test.each<[string, Record<string, string> | string, Record<string, string>, number, string]>([
  ['a wrong secret', grant, { authorization: basic(SIS_CLIENT.id, 'wrong') }, 401, 'invalid_client'],
  ['no credentials', grant, {}, 401, 'invalid_client'],
  ['no grant type', {}, good, 400, 'invalid_request'],
  ['another grant type', { grant_type: 'password' }, good, 400, 'unsupported_grant_type'],
  ['unknown scopes only', { ...grant, scope: 'https://example.org/x' }, good, 400, 'invalid_scope'],
  ['a repeated parameter', 'grant_type=client_credentials&scope=a&scope=b', good, 400, 'invalid_request'],
  ['two ways of authentication', { ...grant, client_secret: 'x' }, good, 400, 'invalid_request'],
])('a token request with %s is refused as RFC 6749 says', async (_what, form, headers, status, error) => {
  const answer = await ask(form, headers);
  expect(answer).toMatchObject({ status, body: { error } });
  expect(answer.headers.has('www-authenticate')).toBe(status === 401);
});

test('each operation needs its own scope', async () => {
  const call = async (scope: string, method: string, path: string, body?: unknown) =>
    (await sis.call(method, path, body, { authorization: `Bearer ${await sis.token(scope)}` })).status;
  const lineItem = lineItemBody(sis, 'li-1');
  expect(await call(SCOPES.read, 'PUT', '/lineItems/li-1', lineItem)).toBe(403);
  expect(await call(SCOPES.put, 'PUT', '/lineItems/li-1', lineItem)).toBe(201);
  expect(await call(SCOPES.put, 'GET', '/lineItems/li-1')).toBe(403);
  expect(await call(SCOPES.readCore, 'GET', '/lineItems/li-1')).toBe(200);
  expect(await call(SCOPES.readCore, 'GET', '/classes/class-1/lineItems')).toBe(403);
  expect(await call(SCOPES.read, 'GET', '/classes/class-1/lineItems')).toBe(200);
  expect(await call(SCOPES.put, 'DELETE', '/lineItems/li-1')).toBe(403);
  expect(await call(SCOPES.delete, 'DELETE', '/lineItems/li-1')).toBe(204);
  expect(await call(SCOPES.read, 'GET', `${sis.rosteringUrl}/classes/class-1`)).toBe(403);
  expect(await call(SCOPES.roster, 'GET', `${sis.rosteringUrl}/classes/class-1`)).toBe(200);
});

test('a client gets no scope beyond its own', async () => {
  const headers = { authorization: basic('reader', 'reader-secret') };
  expect((await ask(grant, headers)).body['scope']).toBe(SCOPES.read);
  expect((await ask({ ...grant, scope: SCOPES.put }, headers)).body['error']).toBe('invalid_scope');
});

test('unknown, expired and revoked tokens are refused with a challenge', async () => {
  const status = async (authorization: string) =>
    (await sis.call('GET', '/lineItems', undefined, { authorization })).status;
  expect(await status('Bearer nonsense')).toBe(401);
  expect(await status('')).toBe(401);
  expect(await status('Bearer fixed-token')).toBe(200);
  const token = await sis.token();
  sis.control.revokeTokens();
  const answer = await sis.call('GET', '/lineItems', undefined, { authorization: `Bearer ${token}` });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  const shortLived = await startTestSis({ tokenLifeSeconds: 0.05 });
  const soonOver = await shortLived.token();
  await new Promise((resolve) => setTimeout(resolve, 80));
  const late = await shortLived.call('GET', '/lineItems', undefined, { authorization: `Bearer ${soonOver}` });
  expect(late.status).toBe(401);
  await shortLived.stop();
});

test('a rotated secret replaces the old one', async () => {
  sis.control.rotateSecret(SIS_CLIENT.id, 'new-secret');
  expect((await ask(grant, good)).status).toBe(401);
  expect((await ask(grant, { authorization: basic(SIS_CLIENT.id, 'new-secret') })).status).toBe(200);
  expect(sis.control.tokenRequests).toHaveLength(2);
});
