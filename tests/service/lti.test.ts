/** LTI 1.3 launches, from a platform that others wrote and from one that lies. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectOk } from '../support/district.ts';
import { freePort } from '../support/free-port.ts';
import { BrowserJar, type Seen } from '../support/browser-jar.ts';
import { linkClaims, membership, startLms, type Link, type Lms } from '../support/lms.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let lms: Lms;
let tool: string;
let admin: Caller;
let platformId: string;
const instructor = `${membership}#Instructor`;
const institutionAdmin = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator';

beforeAll(async () => {
  const port = await freePort();
  tool = `http://127.0.0.1:${port}`;
  service = await startService({ env: { PORT: String(port), PUBLIC_URL: tool } });
  lms = await startLms(`${tool}/lti/launch`);
  const { root } = service;
  for (const tenant of ['lake', 'other']) {
    await expectOk(root('PUT', `/domains/${tenant}`, { name: tenant }));
    await expectOk(root('PUT', `/domains/school?tenant=${tenant}`, { name: 'School', parentId: tenant }));
    const classes = tenant === 'lake' ? ['algebra', 'biology'] : ['chemistry'];
    for (const classId of classes)
      await expectOk(
        root('PUT', `/classes/${classId}?tenant=${tenant}`, {
          ...{ domainId: 'school', title: classId, sourcedId: `sis-${classId}` },
        }),
      );
  }
  const { key } = await expectOk(
    root<{ key: string }>('POST', '/domains/lake/keys', { role: 'admin', name: 'Lake admin' }),
  );
  admin = service.as(key);
  const made = await expectOk(admin<{ id: string }>('POST', '/domains/lake/ltiPlatforms', registration()));
  platformId = made.id;
}, 60_000);
afterAll(async () => {
  await lms.stop();
  await service.stop();
});

const registration = (more: Record<string, unknown> = {}) => ({
  ...{ name: 'Lake LMS', issuer: lms.issuer, clientId: lms.clientId, deploymentIds: ['dep-1'] },
  ...{ authorizationUrl: lms.authorizationUrl, jwksUrl: lms.jwksUrl, classParam: 'class_id' },
  ...more,
});
const link = (more: Partial<Link> = {}): Link => ({
  roles: [instructor],
  target: `${tool}/lti/launch`,
  context: { id: 'opaque-1' },
  custom: { class_id: 'algebra' },
  ...more,
});
/** Presses a link of the real platform. */
async function press(person: string, of: Link): Promise<Seen> {
  lms.links['pressed'] = of;
  return lms.launch(tool, await lms.browserOf(person), person, 'pressed');
}
async function openPage(seen: Seen) {
  expect([seen.status, seen.text]).toEqual([303, expect.any(String)]);
  const to = new URL(seen.location ?? '');
  const code = new URLSearchParams(to.hash.slice(1)).get('code');
  const opened = await service.as(null)<{ token: string; classIds: string[] | null; displayName: string }>(
    'POST',
    '/sign-in',
    { code },
  );
  expect(opened.status).toBe(200);
  return { page: to.pathname, fragment: to.hash, search: to.search, ...opened.body };
}

test('a teacher presses the link in a course and gets a token of its class alone', async () => {
  const opened = await openPage(await press('rivera', link()));
  expect(opened).toMatchObject({ page: '/teacher', classIds: ['algebra'], displayName: 'Ms. Rivera' });
  expect(opened.fragment).toMatch(/&class=algebra$/);
  const teacher = service.as(opened.token);
  expect((await teacher('GET', '/classes/algebra')).status).toBe(200);
  expect((await teacher('GET', '/classes/biology')).status).toBe(404);
  expect((await teacher('GET', '/domains/lake')).status).toBe(403);

  const page = await fetch(`${tool}${opened.page}${opened.search}`);
  expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors ${lms.issuer}`);
  expect(page.headers.get('x-frame-options')).toBeNull();
  const plain = await fetch(`${tool}/teacher`);
  expect(plain.headers.get('content-security-policy')).toContain(`frame-ancestors 'none'`);
});

test('a launch stands in the audit trail, with who, as what and from where', async () => {
  await openPage(await press('rivera', link()));
  const { items } = await expectOk(
    admin<{ items: Record<string, unknown>[] }>('GET', '/domains/lake/audit?action=lti.launch'),
  );
  expect(items[0]).toMatchObject({
    ...{ actor: 'Ms. Rivera', actorKind: 'token', keyId: platformId, domainId: 'school' },
    subject: { classId: 'algebra' },
    detail: { role: 'teacher', person: 'rivera', platform: 'Lake LMS' },
  });
});

test('an admin of the institution gets the admin page of the domain, a teacher does not', async () => {
  const target = `${tool}/admin`;
  const opened = await openPage(await press('dana', link({ roles: [institutionAdmin], target })));
  expect(opened).toMatchObject({
    page: '/admin',
    classIds: null,
    fragment: expect.stringMatching(/domain=lake$/),
  });
  const dana = service.as(opened.token);
  expect((await dana('GET', '/domains/lake/settings')).status).toBe(200);
  // an hour of somebody's must not make what lives longer
  expect((await dana('POST', '/domains/lake/ltiPlatforms', registration())).status).toBe(403);
  const teacher = await press('rivera', link({ target }));
  expect([teacher.status, teacher.text]).toEqual([403, expect.stringContaining('LTI_ADMIN_ONLY')]);
});

test.each([
  ['a learner', { roles: [`${membership}#Learner`] }, 403, 'LTI_ROLE_NOT_ALLOWED'],
  [
    'an assistant',
    { roles: [instructor, `${membership}/Instructor#TeachingAssistant`] },
    403,
    'LTI_ROLE_NOT_ALLOWED',
  ],
  ['nobody in particular', { roles: [] }, 403, 'LTI_ROLE_NOT_ALLOWED'],
  ['another deployment', { deployment: 'dep-2' }, 403, 'LTI_DEPLOYMENT_UNKNOWN'],
  ['a class that is not there', { custom: { class_id: 'geometry' } }, 404, 'geometry'],
  ['a class of another tenant', { custom: { class_id: 'chemistry' } }, 404, 'LTI_CLASS_UNKNOWN'],
  ['no class at all', { custom: {}, context: undefined }, 404, 'LTI_CLASS_UNKNOWN'],
  ['another course than the one that it stands in', { context: { id: 'biology' } }, 403, 'LTI_CLASS_ANOTHER'],
])('%s is not let in, and reads why', async (_who, change: Partial<Link>, status, words) => {
  const seen = await press('lee', link(change));
  expect([seen.status, seen.text]).toEqual([status, expect.stringContaining(words)]);
  expect(seen.headers.get('content-type')).toMatch(/html/);
  // what refuses may be framed, for it holds nothing that could be pressed
  expect(seen.headers.get('content-security-policy')).toContain('frame-ancestors *');
});

test.each([
  ['the course itself', { context: { id: 'algebra' }, custom: {} }],
  ['its sourcedId', { custom: {}, lis: { course_section_sourcedid: 'sis-algebra' } }],
  ['a custom sourcedId', { custom: { class_id: 'sis-algebra' } }],
  [
    'the course, for a variable that was not filled in',
    { context: { id: 'algebra' }, custom: { class_id: '$Canvas.course.id' } },
  ],
])('a class is found by %s', async (_how, change: Partial<Link>) => {
  expect(await openPage(await press('rivera', link(change)))).toMatchObject({ classIds: ['algebra'] });
});

test('a launch cannot be posted twice, nor in another browser that keeps cookies', async () => {
  lms.links['twice'] = link();
  const browser = await lms.browserOf('rivera');
  const { action, fields } = await lms.tokenFor(tool, browser, 'rivera', 'twice');
  const post = (by: BrowserJar, dest: string) =>
    by.ask(action, { form: fields, headers: { 'sec-fetch-dest': dest } });
  // a page of its own keeps cookies in every browser: without one it is another browser
  expect((await post(new BrowserJar(), 'document')).text).toContain('SIGN_IN_STALE');
  const other = new BrowserJar();
  const [name = ''] = [...(browser.cookies.get(new URL(tool).host)?.keys() ?? [])].slice(-1);
  other.cookies.set(new URL(tool).host, new Map([[name, 'of-somebody-else']]));
  expect((await post(other, 'iframe')).text).toContain('SIGN_IN_STALE');
  const kept = new BrowserJar();
  kept.cookies.set(new URL(tool).host, new Map(browser.cookies.get(new URL(tool).host)));
  expect((await post(browser, 'iframe')).status).toBe(303);
  expect((await post(kept, 'document')).text).toContain('SIGN_IN_STALE');
});

test('two who come back with the same launch at once: one is let in', async () => {
  lms.links['race'] = link();
  const browser = await lms.browserOf('rivera');
  const { action, fields } = await lms.tokenFor(tool, browser, 'rivera', 'race');
  const both = await Promise.all([1, 2].map(() => new BrowserJar().ask(action, { form: fields })));
  expect(both.map((seen) => seen.status).sort()).toEqual([303, 403]);
});

test('an LMS that nobody has registered is told what to register', async () => {
  const query = { iss: 'https://elsewhere.example', login_hint: 'x', target_link_uri: `${tool}/lti/launch` };
  const seen = await new BrowserJar().ask(`${tool}/lti/login?${new URLSearchParams(query).toString()}`);
  expect([seen.status, seen.text]).toEqual([404, expect.stringContaining('https://elsewhere.example')]);
  const wrong = await new BrowserJar().ask(
    `${tool}/lti/login?${new URLSearchParams({ ...query, iss: lms.issuer, target_link_uri: 'https://evil.example/' }).toString()}`,
  );
  expect([wrong.status, wrong.location]).toEqual([400, null]);
  // by a form, without client_id: the one client of this issuer is meant
  const posted = await new BrowserJar().ask(`${tool}/lti/login`, { form: { ...query, iss: lms.issuer } });
  expect([posted.status, posted.location]).toEqual([
    302,
    expect.stringContaining(`client_id=${lms.clientId}`),
  ]);
});

test('a registration that is taken back takes the tokens made by it along', async () => {
  const body = registration({ deploymentIds: ['dep-7'], name: 'For a while' });
  const { id } = await expectOk(admin<{ id: string }>('POST', '/domains/lake/ltiPlatforms', body));
  const { token } = await openPage(await press('rivera', link({ deployment: 'dep-7' })));
  expect((await service.as(token)('GET', '/classes/algebra')).status).toBe(200);
  expect((await admin('DELETE', `/domains/lake/ltiPlatforms/${id}`)).status).toBe(204);
  expect((await service.as(token)('GET', '/classes/algebra')).status).toBe(401);
  expect((await press('rivera', link({ deployment: 'dep-7' }))).text).toContain('dep-7');
});

test('a deployment that is taken out of a registration takes its tokens and links along, those of the others stay', async () => {
  const path = `/domains/lake/ltiPlatforms`;
  const body = (more: object) => registration({ deploymentIds: ['dep-20', 'dep-21'], ...more });
  const { id } = await expectOk(admin<{ id: string }>('POST', path, body({})));
  const put = (more: object) => expectOk(admin('PUT', `${path}/${id}`, body(more)));
  const opened = async (deployment: string) =>
    service.as((await openPage(await press('rivera', link({ deployment })))).token);
  const [out, stays] = [await opened('dep-20'), await opened('dep-21')];
  const waiting = new URL((await press('rivera', link({ deployment: 'dep-20' }))).location ?? '');
  await put({ name: 'Another name', deploymentIds: ['dep-22', 'dep-21'] });
  const code = new URLSearchParams(waiting.hash.slice(1)).get('code');
  expect((await service.as(null)('POST', '/sign-in', { code })).status).toBe(401);
  expect((await out('GET', '/classes/algebra')).status).toBe(401);
  expect((await stays('GET', '/classes/algebra')).status).toBe(200);
  // who is what has been decided anew
  await put({ deploymentIds: ['dep-22', 'dep-21'], roleMap: { teacher: [institutionAdmin] } });
  expect((await stays('GET', '/classes/algebra')).status).toBe(401);
  expect((await press('rivera', link({ deployment: 'dep-21' }))).text).toContain('LTI_ROLE_NOT_ALLOWED');
});

test('a custom parameter names no class unless whoever registers the LMS says that it does', async () => {
  const { classParam: _left, ...body } = registration({ deploymentIds: ['dep-30'], name: 'Anybody writes' });
  const made = await expectOk(admin<{ classParam: null }>('POST', '/domains/lake/ltiPlatforms', body));
  expect(made.classParam).toBeNull();
  const seen = await press('rivera', link({ deployment: 'dep-30', custom: { class_id: 'biology' } }));
  expect([seen.status, seen.text]).toEqual([404, expect.stringContaining('classParam')]);
  const own = link({ deployment: 'dep-30', context: { id: 'algebra' }, custom: { class_id: 'biology' } });
  expect(await openPage(await press('rivera', own))).toMatchObject({ classIds: ['algebra'] });
});

test('nobody takes a deployment that is registered, nor bends a client to keys of his own', async () => {
  const { root } = service;
  const taken = await root('POST', '/domains/other/ltiPlatforms', registration());
  expect(taken.body).toMatchObject({
    status: 409,
    code: 'LTI_TAKEN',
    errors: [{ pointer: '/deploymentIds/0' }],
  });
  const bent = registration({ deploymentIds: ['dep-9'], jwksUrl: 'https://evil.example/jwks' });
  const answer = await root('POST', '/domains/other/ltiPlatforms', bent);
  expect(answer.body).toMatchObject({ status: 409, errors: [{ pointer: '/clientId' }] });
});

test('addresses that we may not reach are refused when they are entered', async () => {
  const inside = registration({ clientId: 'x', jwksUrl: 'https://10.0.0.1/jwks' });
  const answer = await admin('POST', '/domains/lake/ltiPlatforms', inside);
  expect(answer.body).toMatchObject({ status: 400, errors: [{ pointer: '/jwksUrl' }] });
});

test('the addresses to copy stand in the registration; our keys are public, their private halves sealed', async () => {
  const shown = await expectOk(
    admin<{ tool: Record<string, unknown> }>('GET', `/domains/lake/ltiPlatforms/${platformId}`),
  );
  expect(shown.tool).toMatchObject({ loginUrl: `${tool}/lti/login`, jwksUrl: `${tool}/lti/jwks` });
  const keys = async () =>
    ((await (await fetch(`${tool}/lti/jwks`)).json()) as { keys: Record<string, string>[] }).keys;
  const [first] = await keys();
  expect(Object.keys(first ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  const { kid } = await expectOk(service.root<{ kid: string }>('POST', '/ltiKeys'));
  expect((await keys()).map((key) => key['kid'])).toEqual([kid, first?.['kid']]);
  const rows = await service.service.db.rows<{ private: string }>(`SELECT private FROM tool_key`);
  expect(rows.map((row) => row.private.startsWith('v1.'))).toEqual([true, true]);
});

describe('a platform that lies', () => {
  const issuer = 'https://liar.example';
  const clientId = 'liar-1';
  const kid = 'k1';
  let keys: { privateKey: CryptoKey; publicKey: CryptoKey };
  let server: http.Server;
  let asked = 0;
  let serving = true;

  beforeAll(async () => {
    keys = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(keys.publicKey)), kid, alg: 'RS256', use: 'sig' };
    server = http.createServer((_req, res) => {
      asked++;
      res.writeHead(serving ? 200 : 500, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/jwks`;
    const body = { issuer, clientId, jwksUrl, name: 'Liar', authorizationUrl: 'https://liar.example/auth' };
    await expectOk(admin('POST', '/domains/lake/ltiPlatforms', registration(body)));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  async function begin() {
    const query = {
      iss: issuer,
      client_id: clientId,
      login_hint: 'x',
      target_link_uri: `${tool}/lti/launch`,
    };
    const browser = new BrowserJar();
    const { location } = await browser.ask(`${tool}/lti/login?${new URLSearchParams(query).toString()}`);
    const asked = new URL(location ?? '').searchParams;
    return { browser, state: asked.get('state') ?? '', nonce: asked.get('nonce') ?? '' };
  }
  const claims = (nonce: string): JWTPayload => ({
    ...{ iss: issuer, aud: clientId, sub: 'eve', nonce, ...linkClaims(link()) },
    ...{ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 300 },
  });
  const signed = (payload: JWTPayload, header: { kid?: string; alg?: string } = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(keys.privateKey);
  async function launch(change: (payload: JWTPayload) => Promise<string> | string, begun = begin()) {
    const { browser, state, nonce } = await begun;
    const id_token = await change(claims(nonce));
    return browser.ask(`${tool}/lti/launch`, { form: { state, id_token } });
  }
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const past = Math.floor(Date.now() / 1000) - 3600;

  test('is believed when it does not', async () => {
    expect((await launch((p) => signed(p))).status).toBe(303);
    expect((await launch((p) => signed({ ...p, aud: [clientId, 'b'], azp: clientId }))).status).toBe(303);
  });

  test.each<[string, (payload: JWTPayload) => Promise<string> | string]>([
    ['another nonce', (p) => signed({ ...p, nonce: 'another' })],
    ['no nonce', ({ nonce: _none, ...p }) => signed(p)],
    ['another audience', (p) => signed({ ...p, aud: 'another-tool' })],
    ['several audiences without azp', (p) => signed({ ...p, aud: [clientId, 'another-tool'] })],
    ['another azp', (p) => signed({ ...p, azp: 'another-tool' })],
    ['another issuer', (p) => signed({ ...p, iss: 'https://lms.example' })],
    ['a time that is over', (p) => signed({ ...p, exp: past })],
    ['no end', ({ exp: _none, ...p }) => signed(p)],
    ['a beginning long ago', (p) => signed({ ...p, iat: past })],
    ['a beginning that is to come', (p) => signed({ ...p, iat: Math.floor(Date.now() / 1000) + 3600 })],
    ['no signature', (p) => `${base64({ alg: 'none' })}.${base64(p)}.`],
    [
      'a public key as a shared secret',
      async (p) => {
        const text = `${base64({ alg: 'HS256', kid })}.${base64(p)}`;
        const secret = JSON.stringify(await exportJWK(keys.publicKey));
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      },
    ],
    [
      'somebody else’s key',
      async (p) => {
        const { privateKey } = await generateKeyPair('RS256');
        return new SignJWT(p).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
      },
    ],
    ['no token', () => ''],
  ])('is not believed with %s', async (_name, change) => {
    const seen = await launch(change);
    expect([seen.status, seen.text]).toEqual([403, expect.stringContaining('SIGN_IN_REFUSED')]);
  });

  test.each<[string, (payload: JWTPayload) => JWTPayload, string]>([
    ['nobody', ({ sub: _none, ...p }) => p, 'LTI_NOBODY'],
    ['version 1.1', (p) => ({ ...p, [linkClaim('version')]: '1.1' }), 'LTI_LAUNCH_UNUSABLE'],
    [
      'a deep link',
      (p) => ({ ...p, [linkClaim('message_type')]: 'LtiDeepLinkingRequest' }),
      'LTI_LAUNCH_UNUSABLE',
    ],
    [
      'another target',
      (p) => ({ ...p, [linkClaim('target_link_uri')]: 'https://evil.example/' }),
      'LTI_TARGET_UNKNOWN',
    ],
  ])('is not obeyed for %s', async (_name, change, code) => {
    const seen = await launch((p) => signed(change(p)));
    expect([seen.status, seen.text]).toEqual([400, expect.stringContaining(code)]);
  });

  test('cannot use the launch of another platform, nor a state of its own making', async () => {
    lms.links['mine'] = link();
    const browser = await lms.browserOf('rivera');
    const { fields } = await lms.tokenFor(tool, browser, 'rivera', 'mine');
    const begun = await begin();
    const mixed = await begun.browser.ask(`${tool}/lti/launch`, { form: { ...fields, state: begun.state } });
    expect(mixed.text).toContain('SIGN_IN_REFUSED');
    const made = await launch(
      (p) => signed(p),
      Promise.resolve({ ...begun, state: `${begun.state.slice(0, -4)}AAAA` }),
    );
    expect(made.text).toContain('SIGN_IN_STALE');
  });

  test('cannot make us ask for its keys again and again', async () => {
    await launch((p) => signed(p));
    const before = asked;
    const seen = await Promise.all(
      [...Array(12).keys()].map((i) => launch((p) => signed(p, { kid: `made-up-${i}` }))),
    );
    expect(seen.map((s) => s.status)).toEqual(seen.map(() => 403));
    expect(asked - before).toBeLessThanOrEqual(1);
  });

  test('is not believed by keys that were exchanged for others while they were read', async () => {
    const issuer = 'https://moves.example';
    const path = '/domains/lake/ltiPlatforms';
    const jwk = { ...(await exportJWK(keys.publicKey)), kid, alg: 'RS256', use: 'sig' };
    let exchange = async () => {};
    const former = http.createServer((_req, res) => {
      void exchange().then(() => {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.end(JSON.stringify({ keys: [jwk] }));
      });
    });
    await new Promise<void>((done) => former.listen(0, '127.0.0.1', done));
    const jwksUrl = `http://127.0.0.1:${(former.address() as AddressInfo).port}/jwks`;
    const body = { issuer, clientId, jwksUrl, name: 'Moves', authorizationUrl: 'https://moves.example/auth' };
    const { id } = await expectOk(admin<{ id: string }>('POST', path, registration(body)));
    exchange = async () =>
      void (await expectOk(
        admin('PUT', `${path}/${id}`, registration({ ...body, jwksUrl: `${jwksUrl}/of-today` })),
      ));
    const query = { iss: issuer, login_hint: 'x', target_link_uri: `${tool}/lti/launch` };
    const browser = new BrowserJar();
    const { location } = await browser.ask(`${tool}/lti/login?${new URLSearchParams(query).toString()}`);
    const said = new URL(location ?? '').searchParams;
    const id_token = await signed({ ...claims(said.get('nonce') ?? ''), iss: issuer });
    const form = { state: said.get('state') ?? '', id_token };
    const seen = await browser.ask(`${tool}/lti/launch`, { form });
    former.closeAllConnections();
    await new Promise((done) => former.close(done));
    expect([seen.status, seen.text]).toEqual([403, expect.stringContaining('SIGN_IN_STALE')]);
  });

  test('whose keys do not answer is told apart from one that lies', async () => {
    serving = false;
    const body = { clientId: 'liar-2', issuer, name: 'Later', authorizationUrl: 'https://liar.example/auth' };
    const { port } = server.address() as AddressInfo;
    await expectOk(
      admin(
        'POST',
        '/domains/lake/ltiPlatforms',
        registration({ ...body, jwksUrl: `http://127.0.0.1:${port}/later` }),
      ),
    );
    const query = {
      iss: issuer,
      client_id: 'liar-2',
      login_hint: 'x',
      target_link_uri: `${tool}/lti/launch`,
    };
    const { location } = await new BrowserJar().ask(
      `${tool}/lti/login?${new URLSearchParams(query).toString()}`,
    );
    const said = new URL(location ?? '').searchParams;
    const id_token = await signed({ ...claims(said.get('nonce') ?? ''), aud: 'liar-2' });
    const form = { state: said.get('state') ?? '', id_token };
    const seen = await new BrowserJar().ask(`${tool}/lti/launch`, { form });
    expect([seen.status, seen.text]).toEqual([502, expect.stringContaining('SIGN_IN_UNREACHABLE')]);
    serving = true;
  });
});

const linkClaim = (name: string) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;
