import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { Secrets } from '../../src/sis/answer.ts';
import { createEgress } from '../../src/sis/egress.ts';
import { createNetworkGuard } from '../../src/sis/network-guard.ts';
import { createTokenSource, usableSeconds, type TokenSource } from '../../src/sis/token.ts';
import { usualTokenUrls } from '../../src/sis/token-urls.ts';
import {
  CLIENT,
  clientCredentials,
  clientOf,
  closeAll,
  connection,
  json,
  type Served,
  serve,
} from './fixtures.ts';

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

test('what a token endpoint says is kept as one line that every database can hold', async () => {
  const page = 'x'.repeat(299) + '😀'.repeat(300);
  for (const error_description of ['a\u0000b', 'a\ud800b', 'two\r\nlines', page]) {
    const server = await serve((_q, r) => json(r, 400, { error: 'invalid_client', error_description }));
    const answer = await sourceAt(server).get(egress);
    const said = answer.kind === 'noToken' ? answer.description : '';
    expect(said).toContain('invalid_client, ');
    expect([said, said.isWellFormed(), /\p{Cc}/u.test(said), [...said].length <= 500]).toEqual([
      said,
      true,
      false,
      true,
    ]);
  }
});

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
  const refused = 'AUTH_INVALID_CLIENT';
  const expired = 'AUTH_SECRET_EXPIRED';
  const html = { 'content-type': 'text/html' };
  /** the code, and whether the sign-in itself only asks to come later */
  const refusals: [string, (r: ServerResponse) => unknown, string, later?: boolean][] = [
    ['401', (r) => json(r, 401, { error: 'invalid_client' }), refused],
    [
      '401 with a challenge',
      (r) => r.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
      refused,
    ],
    ['400 invalid_client', (r) => json(r, 400, { error: 'invalid_client' }), refused],
    ['403 with a web page', (r) => r.writeHead(403, html).end('<p>no</p>'), refused],
    [
      '401 of a secret that has run out',
      (r) => json(r, 401, { error: 'invalid_client', error_description: 'Secret expired on 1 Nov' }),
      expired,
    ],
    ['402', (r) => r.writeHead(402).end(), 'AUTH_LICENSE'],
    ['400 with text', (r) => r.writeHead(400).end('no'), 'AUTH_TOKEN_ENDPOINT'],
    ['404', (r) => r.writeHead(404).end(), 'AUTH_TOKEN_ENDPOINT'],
    ['501', (r) => r.writeHead(501).end(), 'AUTH_TOKEN_ENDPOINT'],
    ['200 HTML', (r) => r.writeHead(200, html).end('<p>'), 'AUTH_TOKEN_ENDPOINT'],
    ['no access_token', (r) => json(r, 200, {}), 'AUTH_TOKEN_ENDPOINT'],
    ['an access token with a line end', (r) => json(r, 200, { access_token: 'a\nb' }), 'AUTH_TOKEN_ENDPOINT'],
    ['204', (r) => r.writeHead(204).end(), 'AUTH_TOKEN_ENDPOINT'],
    ['302', (r) => r.writeHead(302, { location: 'https://x.example.org' }).end(), 'CONN_REDIRECT'],
    ['a reset', (r) => r.socket?.resetAndDestroy(), 'CONN_RESET'],
    ['silence', () => undefined, 'CONN_TIMEOUT'],
    [
      'cut JSON',
      (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"acc'),
      'AUTH_UNAVAILABLE',
      true,
    ],
    ['500', (r) => r.writeHead(500).end(), 'AUTH_UNAVAILABLE', true],
    ['503 with a web page', (r) => r.writeHead(503, html).end('<h1>Maintenance'), 'AUTH_UNAVAILABLE', true],
    [
      '400 temporarily_unavailable',
      (r) => json(r, 400, { error: 'temporarily_unavailable' }),
      'AUTH_UNAVAILABLE',
      true,
    ],
    ['429', (r) => r.writeHead(429).end(), 'SIS_RATE_LIMIT', true],
    ['400 slow_down', (r) => json(r, 400, { error: 'slow_down' }), 'SIS_RATE_LIMIT', true],
  ];
  test.each(refusals)('%s', async (_what, answer, code, later = false) => {
    const server = await serve((_q, r) => answer(r));
    const token = await sourceAt(server).get(code === 'CONN_TIMEOUT' ? impatient : egress);
    expect(token).toMatchObject({ kind: 'noToken', code, later });
  });

  test('a sign-in that is away or overloaded is not "credentials refused", and its Retry-After is heard', async () => {
    const server = await serve((_q, r, n) =>
      n === 1 ? json(r, 503, {}, { 'retry-after': '17' }) : json(r, 429, {}, { 'retry-after': '7' }),
    );
    const auth = clientCredentials({ tokenUrl: `${server.origin}/token`, clientAuthMethod: 'basic' });
    const client = clientOf(connection(server, { auth }));
    const away = { kind: 'retry', ambiguous: false, code: 'AUTH_UNAVAILABLE', retryAfterMs: 17_000 };
    expect(await client.probe()).toMatchObject(away);
    const overloaded = { kind: 'retry', ambiguous: false, code: 'SIS_RATE_LIMIT', retryAfterMs: 7_000 };
    expect(await client.deleteResult('r')).toMatchObject(overloaded);
    expect(server.requests.map(({ url }) => url)).toEqual(['/token', '/token']);
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
  test('A11: an SIS that has known us and refuses now is knocked at once per try, as before every other time', async () => {
    let wrong = false;
    const ways: string[] = [];
    const server = await serve((q, r) => {
      const way = accepts.body(q) ? 'body' : accepts.basicRaw(q) ? 'basicRaw' : 'basic';
      ways.push(way);
      return way === 'body' && !wrong ? grant(r) : json(r, 401, { error: 'invalid_client' });
    });
    const source = sourceAt(server, {}, { clientAuthMethod: 'body' });
    await source.get(egress);
    wrong = true;
    source.invalidate('tok-1');
    for (let tries = 0; tries < 6; tries++) await source.get(egress);
    expect(ways).toEqual(['body', 'body', 'basic', 'body', 'basicRaw', 'body', 'basic']);
    wrong = false;
    expect([(await source.get(egress)).kind, ways.at(-1)]).toEqual(['token', 'body']);
  });
  test('A11: one that has never known us is asked in every way once, then in one per try', async () => {
    const server = await serve((_q, r) => json(r, 401, { error: 'invalid_client' }));
    const source = sourceAt(server);
    const counts: number[] = [];
    for (let tries = 0; tries < 4; tries++) {
      await source.get(egress);
      counts.push(server.requests.length);
    }
    expect(counts).toEqual([3, 4, 5, 6]);
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
  test.each([
    ['"3600"', { expires_in: '3600' }],
    ['0', { expires_in: 0 }],
    ['null', { expires_in: null }],
    ['absent', { expires_in: undefined }],
  ])('A11: with expires_in %s one request serves all that is asked for in a moment', async (_what, life) => {
    seconds = 0;
    const server = await serve((_q, r) => grant(r, life));
    const source = sourceAt(server);
    for (let i = 0; i < 20; i++) expect(await source.get(egress)).toMatchObject({ kind: 'token' });
    expect(server.requests).toHaveLength(1);
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
    const first = createEgress({ guard });
    const server = await serve((_q, r, n) => (n === 1 ? first.close() : grant(r)));
    const source = sourceAt(server);
    const both = Promise.all([source.get(first), source.get(egress)]);
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
