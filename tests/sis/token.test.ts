import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { Secrets } from '../../src/sis/answer.ts';
import { createEgress } from '../../src/sis/egress.ts';
import { createNetworkGuard } from '../../src/sis/network-guard.ts';
import { createTokenSource, usableSeconds, type TokenSource } from '../../src/sis/token.ts';
import { usualTokenUrls } from '../../src/sis/token-urls.ts';
import { CLIENT, clientCredentials, closeAll, connection, json, type Served, serve } from './fixtures.ts';

const guard = createNetworkGuard(['127.0.0.0/8']);
const egress = createEgress({ guard });
const impatient = createEgress({ guard, limits: { totalMs: 500 } });
afterEach(closeAll);
afterAll(() => [egress, impatient].forEach((one) => one.close()));

let seconds = 0;
const clock = () => seconds;
type Auth = Parameters<typeof clientCredentials>[0];
function sourceAt(server: Served, auth: Auth = {}, learned = {}): TokenSource {
  const tokenUrl = `${server.origin}/token`;
  const of = connection(server, { auth: clientCredentials({ tokenUrl, ...auth }), learned });
  return createTokenSource(of, new Secrets(), clock);
}
const grant = (response: ServerResponse, more: object = {}) =>
  json(response, 200, { access_token: 'tok-1', token_type: 'Bearer', expires_in: 3600, ...more });
const formOf = (request: Served['requests'][number] | undefined) => new URLSearchParams(request?.body);

describe('what real SISs answer is understood', () => {
  const answers: [string, number, object, (number | null)?][] = [
    ['as the standard wants it', 200, { token_type: 'Bearer', expires_in: 3600 }],
    ['201', 201, { token_type: 'bearer', expires_in: 3600 }],
    ['scope: null', 200, { token_type: 'bearer', scope: null }],
    ['scope as a list', 200, { token_type: 'bearer', scope: ['a', 'b'] }],
    ['no token_type', 200, { expires_in: 3600 }],
    ['an odd token_type', 200, { token_type: 'BearerToken' }],
    ['expires_in as text', 200, { token_type: 'bearer', expires_in: '3600' }],
    ['expires_in null', 200, { token_type: 'bearer', expires_in: null }],
    ['expires_in as nonsense', 200, { token_type: 'bearer', expires_in: 'soon' }],
    ['an id_token and a refresh_token of null', 200, { id_token: 'x', refresh_token: null }],
  ];
  test.each(answers)('%s', async (_what, status, body) => {
    const server = await serve((_q, r) => json(r, status, { access_token: 'tok-1', ...body }));
    expect(await sourceAt(server).get(egress)).toMatchObject({ kind: 'token', accessToken: 'tok-1' });
  });
  test('a media type that is not JSON', async () => {
    const server = await serve((_q, r) =>
      r.writeHead(200, { 'content-type': 'text/plain' }).end('{"access_token":"t"}'),
    );
    expect(await sourceAt(server).get(egress)).toMatchObject({ kind: 'token', accessToken: 't' });
  });
});

describe('what is no token is a value with a code', () => {
  const refusals: [string, (r: ServerResponse) => unknown, { code: string; transient: boolean }][] = [
    [
      '401',
      (r) => json(r, 401, { error: 'invalid_client' }),
      { code: 'AUTH_INVALID_CLIENT', transient: false },
    ],
    [
      '401 with a challenge',
      (r) => r.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
      { code: 'AUTH_INVALID_CLIENT', transient: false },
    ],
    [
      '400 invalid_client',
      (r) => json(r, 400, { error: 'invalid_client' }),
      { code: 'AUTH_INVALID_CLIENT', transient: false },
    ],
    ['400 with text', (r) => r.writeHead(400).end('no'), { code: 'AUTH_TOKEN_ENDPOINT', transient: false }],
    ['404', (r) => r.writeHead(404).end(), { code: 'AUTH_TOKEN_ENDPOINT', transient: false }],
    [
      '200 HTML',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      { code: 'AUTH_TOKEN_ENDPOINT', transient: false },
    ],
    [
      'cut JSON',
      (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"acc'),
      { code: 'AUTH_TOKEN_ENDPOINT', transient: true },
    ],
    ['no access_token', (r) => json(r, 200, {}), { code: 'AUTH_TOKEN_ENDPOINT', transient: false }],
    [
      'an access token with a line end',
      (r) => json(r, 200, { access_token: 'a\nb' }),
      { code: 'AUTH_TOKEN_ENDPOINT', transient: false },
    ],
    ['204', (r) => r.writeHead(204).end(), { code: 'AUTH_TOKEN_ENDPOINT', transient: false }],
    [
      '302',
      (r) => r.writeHead(302, { location: 'https://x.example.org' }).end(),
      { code: 'CONN_REDIRECT', transient: false },
    ],
    ['500', (r) => r.writeHead(500).end(), { code: 'AUTH_TOKEN_ENDPOINT', transient: true }],
    ['429', (r) => json(r, 429, { error: 'slow_down' }), { code: 'AUTH_TOKEN_ENDPOINT', transient: true }],
    ['a reset', (r) => r.socket?.resetAndDestroy(), { code: 'CONN_RESET', transient: true }],
    ['silence', () => undefined, { code: 'CONN_TIMEOUT', transient: true }],
  ];
  test.each(refusals)('%s', async (_what, answer, expected) => {
    const server = await serve((_q, r) => answer(r));
    const token = await sourceAt(server).get(expected.code === 'CONN_TIMEOUT' ? impatient : egress);
    expect(token).toMatchObject({ kind: 'noToken', ...expected });
  });
  test('Retry-After of the token endpoint is passed on', async () => {
    const server = await serve((_q, r) => json(r, 503, {}, { 'retry-after': '17' }));
    expect(await sourceAt(server).get(egress)).toMatchObject({ retryAfter: '17' });
  });
});

describe('how the credentials are presented', () => {
  const raw = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64')}`;
  const accepts = {
    basic: (q: Served['requests'][number]) => {
      const [, encoded = ''] = (q.headers.authorization ?? '').split(' ');
      const [id = '', secret = ''] = Buffer.from(encoded, 'base64')
        .toString()
        .split(':')
        .map(decodeURIComponent);
      return id === CLIENT.clientId && secret === CLIENT.clientSecret && q.headers.authorization !== raw;
    },
    basicRaw: (q: Served['requests'][number]) => q.headers.authorization === raw,
    body: (q: Served['requests'][number]) =>
      q.headers.authorization === undefined && formOf(q).get('client_secret') === CLIENT.clientSecret,
  };
  test.each([
    ['basic', 1],
    ['basicRaw', 2],
    ['body', 3],
  ] as const)('an SIS that wants %s gets it at try %i, and the next time at once', async (method, tries) => {
    const server = await serve((q, r) =>
      accepts[method](q) ? grant(r) : json(r, 401, { error: 'invalid_client' }),
    );
    const source = sourceAt(server);
    expect(await source.get(egress)).toMatchObject({ kind: 'token' });
    expect(server.requests).toHaveLength(tries);
    expect(source.learned()).toEqual({ clientAuthMethod: method });
    source.invalidate('tok-1');
    await source.get(egress);
    await sourceAt(server, {}, source.learned()).get(egress);
    expect(server.requests).toHaveLength(tries + 2);
  });
  test('where the way is configured, no other is tried', async () => {
    const server = await serve((_q, r) => json(r, 401, { error: 'invalid_client' }));
    await sourceAt(server, { clientAuthMethod: 'body' }).get(egress);
    expect(server.requests).toHaveLength(1);
  });
  test('both forms of Basic are one where nothing has to be encoded', async () => {
    const server = await serve((_q, r) => json(r, 401, { error: 'invalid_client' }));
    await sourceAt(server, { clientId: 'abc', clientSecret: 'DEF123' }).get(egress);
    expect(server.requests).toHaveLength(2);
  });
});

describe('scopes', () => {
  const scopeRoot = 'https://purl.imsglobal.org/spec/or/v1p2/scope/';
  test('an SIS that refuses unknown scopes is asked for fewer, and remembered; deleting is never asked for', async () => {
    const server = await serve((q, r) =>
      formOf(q).get('scope')?.includes('roster') ? json(r, 400, { error: 'invalid_scope' }) : grant(r),
    );
    const source = sourceAt(server);
    expect(await source.get(egress)).toMatchObject({
      requestedScopes: [`${scopeRoot}gradebook.readonly`, `${scopeRoot}gradebook.createput`],
    });
    expect(server.requests).toHaveLength(3);
    source.invalidate('tok-1');
    await source.get(egress);
    expect(server.requests).toHaveLength(4);
    expect(server.requests.some((q) => q.body.includes('delete'))).toBe(false);
  });
  test('configured scopes are asked for exactly', async () => {
    const server = await serve((_q, r) => json(r, 400, { error: 'invalid_scope' }));
    const token = await sourceAt(server, { scopes: ['my scope', 'b'] }).get(egress);
    expect(token).toMatchObject({ kind: 'noToken', code: 'AUTH_SCOPE_MISSING' });
    expect(server.requests.map((q) => formOf(q).get('scope'))).toEqual(['my scope b']);
  });
  test('an empty list asks for none', async () => {
    const server = await serve((_q, r) => grant(r));
    await sourceAt(server, { scopes: [] }).get(egress);
    expect(formOf(server.requests[0]).has('scope')).toBe(false);
  });
  test('what was granted is told, null where the SIS does not say', async () => {
    const server = await serve((_q, r, n) => grant(r, n === 1 ? { scope: 'a b' } : {}));
    const source = sourceAt(server);
    expect(await source.get(egress)).toMatchObject({ grantedScopes: ['a', 'b'] });
    source.invalidate('tok-1');
    expect(await source.get(egress)).toMatchObject({ grantedScopes: null });
  });
});

describe('one token for all', () => {
  test('fifty callers at once make one request', async () => {
    const server = await serve((_q, r) => setTimeout(() => grant(r), 30));
    const source = sourceAt(server);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => source.get(egress)));
    expect(new Set(tokens.map((token) => token.kind === 'token' && token.accessToken))).toEqual(
      new Set(['tok-1']),
    );
    expect(server.requests).toHaveLength(1);
  });
  test('a failure is shared by those who wait, and asked anew by the next', async () => {
    const server = await serve((_q, r, n) => (n === 1 ? r.writeHead(503).end() : grant(r)));
    const source = sourceAt(server);
    const both = await Promise.all([source.get(egress), source.get(egress)]);
    expect(both.map(({ kind }) => kind)).toEqual(['noToken', 'noToken']);
    expect(await source.get(egress)).toMatchObject({ kind: 'token' });
  });
  test('it is renewed 30 seconds before it expires', async () => {
    seconds = 0;
    const server = await serve((_q, r, n) => grant(r, { access_token: `tok-${n}`, expires_in: 100 }));
    const source = sourceAt(server);
    await source.get(egress);
    seconds = 69;
    expect(await source.get(egress)).toMatchObject({ accessToken: 'tok-1' });
    seconds = 70;
    expect(await source.get(egress)).toMatchObject({ accessToken: 'tok-2' });
  });
  test('a late complaint about an old token leaves the new one', async () => {
    const server = await serve((_q, r, n) => grant(r, { access_token: `tok-${n}` }));
    const source = sourceAt(server);
    await source.get(egress);
    for (let i = 0; i < 10; i++) source.invalidate('tok-1');
    await source.get(egress);
    source.invalidate('tok-1');
    expect(await source.get(egress)).toMatchObject({ accessToken: 'tok-2' });
    expect(server.requests).toHaveLength(2);
  });
  test('one who gives up leaves the others their token', async () => {
    const server = await serve((_q, r) => setTimeout(() => grant(r), 60));
    const source = sourceAt(server);
    const [left, stayed] = await Promise.all([
      source.get(egress, AbortSignal.timeout(10)),
      source.get(egress),
    ]);
    expect(left).toEqual({ kind: 'aborted' });
    expect(stayed).toMatchObject({ kind: 'token' });
    expect(server.requests).toHaveLength(1);
  });
  test('one whose connections are closed leaves the others to fetch it themselves', async () => {
    const server = await serve((_q, r, n) => (n === 1 ? undefined : grant(r)));
    const source = sourceAt(server);
    const first = createEgress({ guard });
    const both = Promise.all([source.get(first), source.get(egress)]);
    setTimeout(() => first.close(), 20);
    expect((await both).map(({ kind }) => kind)).toEqual(['aborted', 'token']);
  });
  test('lives without sense are clamped', () => {
    expect([3600, 100, 60, 20, 0, null, 1e12].map(usableSeconds)).toEqual([
      3570, 70, 30, 10, 30, 570, 86_370,
    ]);
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true }), (life) => {
        const usable = usableSeconds(life);
        expect(usable).toBeGreaterThanOrEqual(0);
        expect(usable).toBeLessThanOrEqual(86_400);
      }),
    );
  });
});

describe('where no token URL was entered', () => {
  const here = 'https://sis.example.org';
  test('the usual shapes are on the same origin, with the prefixes of the gradebook, each once', () => {
    const urls = usualTokenUrls(`${here}/campus/api/ims/oneroster/gradebook/v1p2`);
    for (const shape of [
      '/campus/oauth2/token',
      '/oauth2/token',
      '/oauth/token',
      '/token',
      '/oauth/access_token',
      '/api/v1/auth/token',
    ])
      expect(urls).toContain(here + shape);
    expect(urls.every((url) => new URL(url).origin === here)).toBe(true);
    expect(new Set(urls).size).toBe(urls.length);
    expect(usualTokenUrls(`${here}/ims/oneroster/gradebook/v1p2`)).toHaveLength(7);
  });
  const discovering = { tokenUrl: null };
  test.each(['/oauth2/token', '/oauth/access_token', '/ims/token', '/api/v1/auth/token'])(
    '%s is found or not, and remembered',
    async (path) => {
      const server = await serve((q, r) => (q.url === path ? grant(r) : r.writeHead(404).end()));
      const source = sourceAt(server, discovering);
      const token = await source.get(egress);
      if (path === '/ims/token')
        return expect(token).toMatchObject({ kind: 'noToken', code: 'AUTH_TOKEN_ENDPOINT' });
      expect(token).toMatchObject({ kind: 'token' });
      expect(source.learned().tokenUrl).toBe(server.origin + path);
      const tries = server.requests.length;
      await sourceAt(server, discovering, source.learned()).get(egress);
      expect(server.requests).toHaveLength(tries + 1);
    },
  );
  test('an endpoint that refuses the secret is the one; the search ends there', async () => {
    const server = await serve((q, r) =>
      q.url === '/oauth/token' ? json(r, 401, { error: 'invalid_client' }) : r.writeHead(404).end(),
    );
    expect(await sourceAt(server, discovering).get(egress)).toMatchObject({ code: 'AUTH_INVALID_CLIENT' });
    expect(server.requests.filter((q) => q.url === '/api/v1/auth/token')).toHaveLength(0);
  });
  test('behind a gateway that answers 401 everywhere the real endpoint is found, without a flood', async () => {
    const server = await serve((q, r) =>
      q.url === '/oauth/access_token' ? grant(r) : r.writeHead(401).end(),
    );
    expect(await sourceAt(server, discovering).get(egress)).toMatchObject({ kind: 'token' });
    const closed = await serve((_q, r) => r.writeHead(401).end());
    expect(await sourceAt(closed, discovering).get(egress)).toMatchObject({ code: 'AUTH_INVALID_CLIENT' });
    expect(closed.requests.length).toBeLessThanOrEqual(13);
  });
  test('an endpoint that was remembered and has moved is searched again', async () => {
    const server = await serve((q, r) => (q.url === '/oauth2/token' ? grant(r) : r.writeHead(404).end()));
    const source = sourceAt(server, discovering, { tokenUrl: `${server.origin}/old/token` });
    expect(await source.get(egress)).toMatchObject({ kind: 'token' });
    expect(source.learned().tokenUrl).toBe(`${server.origin}/oauth2/token`);
  });
  test('one remembered for another origin never sees the secret', async () => {
    const other = await serve((_q, r) => grant(r));
    const server = await serve((_q, r) => r.writeHead(404).end());
    await sourceAt(server, discovering, { tokenUrl: `${other.origin}/token` }).get(egress);
    expect(other.sockets()).toBe(0);
  });
  test('one that was entered is not replaced by a guess', async () => {
    const server = await serve((q, r) => (q.url === '/oauth2/token' ? grant(r) : r.writeHead(404).end()));
    expect(await sourceAt(server).get(egress)).toMatchObject({ kind: 'noToken' });
    expect(server.requests).toHaveLength(1);
  });
});

test('a secret that the SIS repeats does not come back', async () => {
  const server = await serve((q, r) =>
    json(r, 401, {
      error: 'invalid_client',
      error_description: `bad: ${CLIENT.clientSecret} ${q.headers.authorization} ${q.body}`,
    }),
  );
  const token = JSON.stringify(await sourceAt(server).get(egress));
  expect(token).toContain('bad: ***');
  for (const form of [
    CLIENT.clientSecret,
    encodeURIComponent(CLIENT.clientSecret),
    Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64'),
  ])
    expect(token).not.toContain(form);
});
