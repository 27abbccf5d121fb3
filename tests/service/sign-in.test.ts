/** Admins sign in by OpenID Connect, against a provider that others wrote. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { BrowserJar, type Seen } from '../support/browser-jar.ts';
import { expectOk } from '../support/district.ts';
import { freePort } from '../support/free-port.ts';
import { startOpenIdProvider, type OpenIdProvider } from '../support/openid-provider.ts';
import { startService, type Answer, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let provider: OpenIdProvider;
let here: string;
let admin: Caller;
const clientSecret = 'canary-secret-of-the-provider';
/** what the provider knows of people */
const people: Record<string, Record<string, unknown>> = {
  dana: { name: 'Dana Admin', groups: ['staff', 'passback-admins'], school: 'lake-district' },
  paul: { name: 'Paul Principal', groups: ['passback-admins'], school: 'lake-high' },
  both: { name: 'Bea Both', groups: ['passback-admins'], school: ['lake-high', 'lake-middle'] },
  lost: { name: 'Lou Lost', groups: ['passback-admins'], school: 'elsewhere' },
  tess: { name: 'Tess Teacher', groups: ['passback-admins-not'], school: 'lake-district' },
};

const startProvider = () =>
  startOpenIdProvider({
    clients: [
      {
        ...{ client_id: 'passback', client_secret: clientSecret, grant_types: ['authorization_code'] },
        ...{ response_types: ['code'], redirect_uris: [`${here}/sign-in/callback`] },
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'groups', 'school'] },
    pkce: { required: () => true },
    claimsOf: (sub) => people[sub] ?? {},
  });

/** Where the provider sends people back to. */
let callbackUrl = '';
beforeAll(async () => {
  const port = await freePort();
  here = `http://127.0.0.1:${port}`;
  service = await startService({ env: { PORT: String(port), PUBLIC_URL: here } });
  provider = await startProvider();
  const { root } = service;
  for (const tenant of ['lake', 'other']) {
    await expectOk(root('PUT', `/domains/${tenant}`, { name: tenant }));
    await expectOk(root('PUT', `/domains/high?tenant=${tenant}`, { name: 'High', parentId: tenant }));
  }
  await expectOk(root('PUT', '/domains/middle?tenant=lake', { name: 'Middle', parentId: 'lake' }));
  const made = root<{ key: string }>('POST', '/domains/lake/keys', { role: 'admin', name: 'Lake admin' });
  admin = service.as((await expectOk(made)).key);
}, 60_000);
beforeEach(async () => {
  const { redirectUrl } = await expectOk(
    admin<{ redirectUrl: string }>('PUT', '/domains/lake/signIn', settings()),
  );
  callbackUrl = redirectUrl;
  provider.redirectUris = [redirectUrl];
});
afterAll(async () => {
  await provider.stop();
  await service.stop();
});

const settings = (more: Record<string, unknown> = {}) => ({
  ...{ issuer: provider.issuer, clientId: 'passback', clientSecret, scopes: ['openid', 'profile'] },
  ...{ roleClaim: 'groups', admins: ['passback-admins'], domainClaim: 'school' },
  domainMap: { 'lake-district': 'lake', 'lake-high': 'high', 'lake-middle': 'middle' },
  ...more,
});

/** Goes from our door to the provider and back, up to our answer to the callback. */
async function signIn(person: string, query = 'domain=lake', browser = new BrowserJar(), by = provider) {
  by.person = person;
  const begun = await browser.ask(`${here}/sign-in?${query}`);
  if (begun.location === null) throw new Error(`${begun.status} ${begun.text}`);
  const back = await browser.follow(begun.location);
  const callback = back.location ?? '';
  return { browser, callback, seen: await browser.ask(callback) };
}
const page = { 'x-passback-page': 'admin', 'sec-fetch-site': 'same-origin' };
const cookies = (browser: BrowserJar) =>
  [...(browser.cookies.get(new URL(here).host) ?? [])].map((pair) => pair.join('=')).join('; ');
/** What the page does with its session. */
const tokenOf = (browser: BrowserJar, headers: Record<string, string> = page) =>
  service.as(null)<Record<string, string>>(
    'POST',
    '/session/tokens',
    {},
    { cookie: cookies(browser), ...headers },
  );
const sessions = async () =>
  Number((await service.service.db.rows<{ n: string }>(`SELECT count(*) AS n FROM sign_in_session`))[0]?.n);

test('an admin signs in, and the page gets tokens of his domain for the session', async () => {
  const { browser, seen } = await signIn('dana');
  expect([seen.status, seen.location]).toEqual([303, `${here}/admin#domain=lake`]);
  const token = await tokenOf(browser);
  expect(token).toMatchObject({
    status: 200,
    body: { role: 'admin', domainId: 'lake', displayName: 'Dana Admin' },
  });
  const dana = service.as(token.body['token'] ?? '');
  expect((await dana('GET', '/domains/lake/settings')).status).toBe(200);
  expect((await dana('GET', '/domains/other/settings')).status).toBe(404);
  // an hour of somebody's must not make what lives longer
  expect((await dana('PUT', '/domains/lake/signIn', settings())).status).toBe(403);
  expect((await dana('POST', '/domains/lake/keys', { role: 'admin', name: 'x' })).status).toBe(403);

  const { items } = await expectOk(
    admin<{ items: Record<string, unknown>[] }>('GET', '/domains/lake/audit?limit=200'),
  );
  const [started] = items.filter(({ action }) => action === 'session.start');
  expect(started).toMatchObject({ actor: 'Dana Admin', domainId: 'lake', detail: { person: 'dana' } });
  expect(items.find(({ action }) => action === 'token.create')).toMatchObject({
    ...{ actor: 'Dana Admin', keyId: started?.['keyId'], detail: { role: 'admin', for: 'Dana Admin' } },
  });
});

test('the session’s cookie is for this host alone, over TLS, and no script reads it', async () => {
  const { seen } = await signIn('dana');
  const set = seen.headers.getSetCookie();
  const session = set.find((line) => line.startsWith('__Host-passback-session=orp_ses_'));
  expect(session?.split('; ').slice(1).sort()).toEqual([
    ...['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax', 'Secure'],
  ]);
  const [row] = await service.service.db.rows<{ hash: Buffer }>(`SELECT hash FROM sign_in_session`);
  expect(row?.hash).toHaveLength(32);
});

test('whoever’s claims do not say so is no admin, and nothing is made', async () => {
  const before = await sessions();
  const tess = (await signIn('tess')).seen;
  expect([tess.status, tess.text]).toEqual([403, expect.stringContaining('SIGN_IN_NO_ROLE')]);
  const lost = (await signIn('lost')).seen;
  expect([lost.status, lost.text]).toEqual([403, expect.stringContaining('SIGN_IN_NO_DOMAIN')]);
  expect(await sessions()).toBe(before);
});

test('claims name the domain; with two of them it is the one that was asked for, or a choice', async () => {
  const paul = await signIn('paul');
  expect(paul.seen.location).toBe(`${here}/admin#domain=high`);
  const token = (await tokenOf(paul.browser)).body['token'] ?? '';
  expect((await service.as(token)('GET', '/domains/high')).status).toBe(200);
  expect((await service.as(token)('GET', '/domains/lake')).status).toBe(404);

  const { seen } = await signIn('both', 'tenant=lake&domain=lake');
  expect([seen.status, seen.text]).toEqual([200, expect.stringContaining('tenant=lake&#38;domain=middle')]);
  const chosen = await signIn('both', 'tenant=lake&domain=middle');
  expect(chosen.seen.location).toBe(`${here}/admin#domain=middle`);
});

test('without a claim for the domain it is that of the sign-in, and the page opens where it was asked', async () => {
  await expectOk(admin('PUT', '/domains/lake/signIn', settings({ domainClaim: null, domainMap: {} })));
  const { seen, browser } = await signIn('lost', 'tenant=lake&domain=high');
  expect(seen.location).toBe(`${here}/admin#domain=high`);
  expect((await tokenOf(browser)).body).toMatchObject({ domainId: 'lake' });
});

test('a sign-in comes back once, and only to the browser that began it', async () => {
  const stale = (seen: Seen) =>
    expect([seen.status, seen.text]).toEqual([403, expect.stringContaining('SIGN_IN_STALE')]);
  const { browser, callback } = await signIn('dana');
  const kept = new BrowserJar();
  stale(await new BrowserJar().ask(callback));
  stale(await browser.ask(callback));

  // with the cookie still there, the state has been used all the same
  provider.person = 'dana';
  const begun = await kept.ask(`${here}/sign-in?domain=lake`);
  const copy = new Map(kept.cookies.get(new URL(here).host));
  const back = await kept.follow(begun.location ?? '');
  expect((await kept.ask(back.location ?? '')).status).toBe(303);
  kept.cookies.set(new URL(here).host, copy);
  const again = await kept.ask(back.location ?? '');
  expect([again.status, again.text]).toEqual([403, expect.stringMatching(/SIGN_IN_(STALE|REFUSED)/)]);

  const other = new URL(back.location ?? '');
  other.searchParams.set('state', '00000000-0000-4000-8000-000000000000');
  stale(await kept.ask(other.href));
});

// RFC 9700 §4.4: the other tenant's admin enters a provider of his own, which passes on to the honest one whoever
// begins with it, and waits for the honest one's code at its token endpoint.
test('a provider that passes people on to another one gets nobody’s code, though neither says who it is', async () => {
  const honest = await startProvider();
  honest.namesItself = false;
  honest.redirectUris = [callbackUrl];
  await expectOk(admin('PUT', '/domains/lake/signIn', settings({ issuer: honest.issuer })));
  const { seen, callback } = await signIn('dana', 'domain=lake', new BrowserJar(), honest);
  expect([seen.status, new URL(callback).searchParams.has('iss')]).toEqual([303, false]);

  const liar = await startLiar(honest.issuer);
  const others = settings({ issuer: liar.issuer, domainClaim: null, domainMap: {} });
  const put = service.root<{ redirectUrl: string }>('PUT', '/domains/other/signIn', others);
  const { redirectUrl: liarsUrl } = await expectOk(put);
  const browser = new BrowserJar();
  const pressed = async (door: string) =>
    (await browser.ask(`${here}/sign-in?domain=${door}`)).location ?? '';
  const passedOn = (to: string) => (liar.passesOn.redirect_uri = to);
  // the honest provider has a code for addresses alone that are its own
  passedOn(liarsUrl);
  const refused = await browser.follow((await browser.ask(await pressed('other'))).location ?? '');
  expect([refused.status, refused.location, refused.text]).toEqual([
    ...[400, null, expect.stringContaining('invalid_redirect_uri')],
  ]);
  passedOn(callbackUrl);
  const back = await browser.follow((await browser.ask(await pressed('other'))).location ?? '');
  expect(back.location).toMatch(/[?&]code=/);
  const mixed = await browser.ask(back.location ?? '');
  expect([mixed.status, mixed.text]).toEqual([403, expect.stringContaining('SIGN_IN_STALE')]);
  // nor does what was begun with the honest one come back by the liar's address
  const state = new URL(await pressed('lake')).searchParams.get('state') ?? '';
  const round = await browser.ask(
    `${liarsUrl}?${new URLSearchParams({ code: 'made-up', state }).toString()}`,
  );
  expect([round.status, round.text]).toEqual([403, expect.stringContaining('SIGN_IN_STALE')]);
  expect(liar.codes).toEqual([]);

  // Nothing but the address kept it: at the liar's own, which a shared one would be, the code goes to the liar.
  const { search, searchParams } = new URL(back.location ?? '');
  await browser.ask(`${liarsUrl}${search}`);
  expect(liar.codes).toEqual([searchParams.get('code')]);

  await expectOk(service.root('DELETE', '/domains/other/signIn'));
  await Promise.all([liar.stop(), honest.stop()]);
});

/** As much of a provider as it takes to pass people on to `honest`, with `passesOn` in the place of what they came with. */
async function startLiar(honest: string) {
  const codes: (string | null)[] = [];
  const passesOn = { client_id: 'passback', redirect_uri: '' };
  const server = http.createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '', issuer);
    const json = (status: number, body: object) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration')
      return json(200, {
        ...{ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` },
        ...{ jwks_uri: `${issuer}/jwks`, response_types_supported: ['code'] },
      });
    if (pathname === '/auth') {
      for (const [name, value] of Object.entries(passesOn)) searchParams.set(name, value);
      return res.writeHead(302, { location: `${honest}/auth?${searchParams.toString()}` }).end();
    }
    return void text(req).then((body) => {
      codes.push(new URLSearchParams(body).get('code'));
      json(400, { error: 'invalid_grant' });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { issuer, codes, passesOn, stop };
}

test('the cookie alone is not enough: other sites cannot have a token made', async () => {
  const { browser } = await signIn('dana');
  const from = async (headers: Record<string, string>) => {
    const { status, body } = await tokenOf(browser, headers);
    return [status, (body as { code?: string }).code];
  };
  const refused = [403, 'FORBIDDEN'];
  expect(await from({ 'sec-fetch-site': 'same-origin' })).toEqual(refused);
  expect(await from({ ...page, 'sec-fetch-site': 'cross-site' })).toEqual(refused);
  expect(await from({ ...page, 'sec-fetch-site': 'same-site' })).toEqual(refused);
  const old = { 'x-passback-page': 'admin' };
  const withOrigin = (origin: string) =>
    service.as(null)('POST', '/session/tokens', {}, { ...old, origin, cookie: cookies(browser) });
  expect((await withOrigin('https://evil.example')).status).toBe(403);
  expect((await withOrigin(here)).status).toBe(200);
  expect((await service.as(null)('POST', '/session/tokens', {}, page)).status).toBe(401);
  const guessed = { ...page, cookie: '__Host-passback-session=orp_ses_guessed' };
  expect((await service.as(null)('POST', '/session/tokens', {}, guessed)).status).toBe(401);
});

const ends: [string, (browser: BrowserJar, token: Caller) => Promise<Answer | unknown[]>][] = [
  ['signing out', (_browser, token) => token('DELETE', '/session')],
  ['a change of who is let in', () => admin('PUT', '/domains/lake/signIn', settings({ admins: ['others'] }))],
  ['taking the sign-in back', () => admin('DELETE', '/domains/lake/signIn')],
];
test.each(ends)('%s ends the session and its tokens', async (_what, end) => {
  const { browser } = await signIn('dana');
  const dana = service.as((await tokenOf(browser)).body['token'] ?? '');
  expect((await dana('GET', '/domains/lake')).status).toBe(200);
  expect(await end(browser, dana)).toMatchObject({ status: expect.any(Number) });
  expect((await dana('GET', '/domains/lake')).status).toBe(401);
  expect((await tokenOf(browser)).status).toBe(401);
});

test.each(['idle_at', 'expires_at'])('a session whose %s is past is over', async (column) => {
  const { browser } = await signIn('dana');
  await service.service.db.rows(`UPDATE sign_in_session SET ${column} = now() - interval '1 second'`);
  expect((await tokenOf(browser)).status).toBe(401);
});

test('use moves the idle end on, never the last one', async () => {
  const { browser } = await signIn('dana');
  const { db } = service.service;
  const ends = () =>
    db.rows<{ idle_at: Date; expires_at: Date }>(`SELECT idle_at, expires_at FROM sign_in_session`);
  await db.rows(`UPDATE sign_in_session SET idle_at = now() + interval '1 minute'`);
  const [before] = await ends();
  expect((await tokenOf(browser)).status).toBe(200);
  const [after] = await ends();
  expect(after!.idle_at.getTime()).toBeGreaterThan(before!.idle_at.getTime());
  expect(after!.expires_at).toEqual(before!.expires_at);
});

test('the secret is never shown, sealed where it lies, and bound to its issuer', async () => {
  const shown = await expectOk(admin('GET', '/domains/lake/signIn'));
  expect(shown).toMatchObject({
    ...{ clientSecretSet: true, redirectUrl: callbackUrl },
    signInUrl: `${here}/sign-in?tenant=lake&domain=lake`,
  });
  const rows = await service.service.db.rows(`SELECT to_jsonb(p) FROM sign_in_provider p`);
  expect(JSON.stringify([shown, rows]) + service.logged()).not.toContain(clientSecret);
  const { clientSecret: _left, ...without } = settings();
  expect((await admin('PUT', '/domains/lake/signIn', without)).status).toBe(200);
  const moved = await admin('PUT', '/domains/lake/signIn', { ...without, issuer: 'https://evil.example' });
  expect(moved.body).toMatchObject({ code: 'SECRET_NEEDED', errors: [{ pointer: '/clientSecret' }] });
  expect((await signIn('dana')).seen.status).toBe(303);
});

test('domains of others cannot be mapped, and an id that two tenants have needs the tenant', async () => {
  const mapped = await admin('PUT', '/domains/lake/signIn', settings({ domainMap: { 'a/b': 'other' } }));
  expect(mapped.body).toMatchObject({ status: 400, errors: [{ pointer: '/domainMap/a~1b' }] });
  const others = settings({ domainClaim: null, domainMap: {} });
  const put = service.root<{ redirectUrl: string }>('PUT', '/domains/other/signIn', others);
  provider.redirectUris.push((await expectOk(put)).redirectUrl);
  const none = await new BrowserJar().ask(`${here}/sign-in?domain=high`);
  expect([none.status, none.text]).toEqual([404, expect.stringContaining('SIGN_IN_NONE')]);
  const unknown = await new BrowserJar().ask(`${here}/sign-in?domain=nowhere`);
  const words = (seen: Seen) => /<h1>.*<\/h1>/.exec(seen.text)?.[0];
  expect([unknown.status, words(unknown)]).toEqual([404, words(none)]);
  expect((await signIn('dana', 'tenant=other&domain=high')).seen.location).toBe(`${here}/admin#domain=high`);
  await expectOk(service.root('DELETE', '/domains/other/signIn'));
});

test('what the provider says no to, and one that does not answer, are told in words', async () => {
  const browser = new BrowserJar();
  provider.person = 'dana';
  const begun = new URL((await browser.ask(`${here}/sign-in?domain=lake`)).location ?? '');
  const state = begun.searchParams.get('state') ?? '';
  const denied = await browser.ask(
    `${callbackUrl}?${new URLSearchParams({ error: 'access_denied', state }).toString()}`,
  );
  expect([denied.status, denied.text]).toEqual([403, expect.stringContaining('access_denied')]);
  const dead = settings({ issuer: `http://127.0.0.1:${await freePort()}` });
  await expectOk(admin('PUT', '/domains/lake/signIn', dead));
  const silent = await new BrowserJar().ask(`${here}/sign-in?domain=lake`);
  expect([silent.status, silent.text]).toEqual([502, expect.stringContaining('SIGN_IN_UNREACHABLE')]);
  const inside = await admin('PUT', '/domains/lake/signIn', settings({ issuer: 'https://10.0.0.1' }));
  expect(inside.body).toMatchObject({ status: 400, errors: [{ pointer: '/issuer' }] });
});

test('the door without a district asks for it, in a page without scripts', async () => {
  const seen = await new BrowserJar().ask(`${here}/sign-in`);
  expect([seen.status, seen.text]).toEqual([200, expect.stringContaining('name="domain"')]);
  expect(seen.text).not.toContain('<script');
  expect(seen.headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`);
  expect((await fetch(`${here}/sign-in.css`)).status).toBe(200);
});
