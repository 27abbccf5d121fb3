/**
 * Settings of a domain over the whole stack: what is inherited, what is refused and how it is named, where secrets may
 * go. What a change does to rows that wait or are under way is in under-way.test.ts.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rotateSecrets } from '../../src/store/rotate.ts';
import { createSeal } from '../../src/store/seal.ts';
import {
  addClass,
  connectionSettings,
  district,
  emptyGradebook,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';
import { SIS_CLIENT, type TestSis } from '../support/sis.ts';

type Settings = Record<string, unknown>;
interface Problem {
  code: string;
  errors?: { pointer: string; detail: string }[];
}
interface View extends Settings {
  effective?: Record<string, { value: unknown; origin: string }>;
}
interface Connection {
  ownedBy: string | null;
  state: string;
  cause: { code: string } | null;
  pausedBy: string | null;
  waiting: { rows: number };
  lastSuccessAt: string | null;
}
interface TestReport {
  ok: boolean;
  steps: { name: string; status: string; detail: string; code?: string }[];
  capabilities: Record<string, unknown>;
}

const CANARY = 'Canary S3cret/with+odd%chars?';
const HEADER_CANARY = 'CanaryHeaderValue0815';
const N = 30;
let service: TestService;
let sis: TestSis;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 2), clients: [SIS_CLIENT, { id: 'canary', secret: CANARY }] },
  });
  ({ sis } = service);
});
afterAll(() => service.stop());
beforeEach(() => sis.control.resetCounts());

let tenants = 0;
interface Place extends District {
  tenant: string;
  /** the tenant's settings */
  own: string;
}
/** A tenant of its own for each test. */
async function place(settings: Settings = {}, n = 3): Promise<Place> {
  const tenant = `tenant-${++tenants}`;
  emptyGradebook(sis);
  return { ...(await district(service, n, settings, tenant)), tenant, own: `/domains/${tenant}/settings` };
}
const get = async (by: Caller, path: string) => expectOk(by<View>('GET', path));
const effectiveOf = async (by: Caller, domain: string) =>
  (await get(by, `/domains/${domain}/settings?effective=true`)).effective ?? {};
const connectionOf = (by: Caller, domain: string) =>
  expectOk(by<Connection>('GET', `/domains/${domain}/connection`));
const press = (by: Caller, cls = 'c1') =>
  by<SyncBody & { code?: string }>('POST', `/classes/${cls}/syncs`, {});

describe('inheritance', () => {
  test('the connection comes as a whole from the nearest owner, the other fields one by one, each with its origin', async () => {
    const { admin, tenant, own } = await place({ sisName: 'Beacon', titleLimit: 40 });
    const { auth, ...top } = connectionSettings(sis);
    await expectOk(
      admin('PUT', own, {
        ...{ passbackEnabled: true, sisName: 'Beacon', titleLimit: 40, ...top, auth },
        ...{ extraHeaders: { 'X-District': 'secret' }, rosteringUrl: sis.rosteringUrl },
      }),
    );
    await expectOk(admin('PUT', '/domains/school/settings', { titleLimit: null, autoSync: true }));
    expect(await get(admin, '/domains/school/settings')).toEqual({ titleLimit: null, autoSync: true });
    expect(await effectiveOf(admin, 'school')).toMatchObject({
      titleLimit: { value: null, origin: 'school' },
      autoSync: { value: true, origin: 'school' },
      sisName: { value: 'Beacon', origin: tenant },
      missingScore: { value: 'zero', origin: 'default' },
      baseUrl: { value: top.baseUrl, origin: tenant },
      auth: { value: { clientId: SIS_CLIENT.id, clientSecretSet: true }, origin: tenant },
      extraHeaders: { value: { 'X-District': true }, origin: tenant },
    });

    await expectOk(admin('PUT', '/domains/school/settings', { ...top, auth }));
    const owned = await effectiveOf(admin, 'school');
    expect(owned).toMatchObject({ baseUrl: { origin: 'school' }, titleLimit: { value: 40, origin: tenant } });
    expect(owned).not.toHaveProperty('extraHeaders');
    expect(owned).not.toHaveProperty('rosteringUrl');
    expect(await connectionOf(admin, 'school')).toMatchObject({ ownedBy: 'school', state: 'untried' });

    await expectOk(admin('PUT', '/domains/school/settings', { baseUrl: null }));
    expect(await get(admin, '/domains/school/settings')).toEqual({ baseUrl: null });
    expect(await effectiveOf(admin, 'school')).toMatchObject({ baseUrl: { value: null, origin: 'school' } });
    expect(await connectionOf(admin, 'school')).toMatchObject({ ownedBy: null, state: 'none' });
    await expectOk(admin('PUT', '/domains/school/settings', {}));
    expect(await connectionOf(admin, 'school')).toMatchObject({ ownedBy: tenant });
  });

  test('off above wins, and no child takes an exclusion back', async () => {
    const { admin, tenant, own } = await place();
    await expectOk(admin('PUT', '/domains/wing', { name: 'Wing', parentId: 'school' }));
    await expectOk(admin('PUT', own, { ...(await get(admin, own)), passbackEnabled: false }));
    await expectOk(admin('PUT', '/domains/wing/settings', { passbackEnabled: true, excludedDomainIds: [] }));
    expect(await connectionOf(admin, 'wing')).toMatchObject({ state: 'off' });
    await expectOk(
      admin('PUT', own, { ...(await get(admin, own)), passbackEnabled: true, excludedDomainIds: ['school'] }),
    );
    expect(await connectionOf(admin, 'wing')).toMatchObject({ state: 'excluded' });
    expect(await connectionOf(admin, tenant)).toMatchObject({ state: 'untried' });
    expect((await effectiveOf(admin, 'wing'))['excludedDomainIds']?.value).toEqual(['school']);
  });

  test('whoever is bound to a school learns of no other one from what is excluded above', async () => {
    const { admin, own } = await place();
    for (const key of ['wing', 'tower'])
      await expectOk(admin('PUT', `/domains/${key}`, { name: key, parentId: 'school' }));
    await expectOk(admin('PUT', '/domains/annex', { name: 'Annex', parentId: own.split('/')[2] }));
    await expectOk(admin('PUT', own, { ...(await get(admin, own)), excludedDomainIds: ['annex', 'wing'] }));
    await expectOk(admin('PUT', '/domains/school/settings', { excludedDomainIds: ['tower'] }));
    const { key } = await expectOk(
      admin<{ key: string }>('POST', '/domains/school/keys', { role: 'admin', name: 'school' }),
    );
    const inForce = async (by: Caller) => (await effectiveOf(by, 'school'))['excludedDomainIds']?.value;
    expect(await inForce(admin)).toEqual(['annex', 'wing', 'tower']);
    expect(await inForce(service.as(key))).toEqual(['wing', 'tower']);
  });

  test('an exclusion leaves with its domain, and one of a domain that moved does not block the form', async () => {
    const { admin, tenant, own } = await place();
    for (const key of ['gone', 'moves'])
      await expectOk(admin('PUT', `/domains/${key}`, { name: key, parentId: 'school' }));
    await expectOk(admin('PUT', '/domains/school/settings', { excludedDomainIds: ['gone', 'moves'] }));
    const before = await admin('GET', '/domains/school/settings');
    await expectOk(admin('DELETE', '/domains/gone'));
    await expectOk(admin('PUT', '/domains/moves', { name: 'moves', parentId: tenant }));
    const after = await admin<View>('GET', '/domains/school/settings');
    expect(after.body).toEqual({ excludedDomainIds: ['moves'] });
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect(await connectionOf(admin, 'moves')).toMatchObject({ state: 'untried' });
    expect((await admin('PUT', '/domains/school/settings', after.body)).status).toBe(200);
    expect(await get(admin, own)).toMatchObject({ passbackEnabled: true });
  });
});

describe('GET and PUT', () => {
  test('what GET answers can be PUT back: nothing changes, secrets stay, not even the token is fetched anew', async () => {
    const { admin, lms, own } = await place();
    await expectOk(
      admin('PUT', own, {
        ...connectionSettings(sis),
        auth: { ...sis.auth, scopes: null, clientAuthMethod: 'basic' },
        ...{ rosteringUrl: sis.rosteringUrl, extraHeaders: { 'X-B': 'two', 'X-Apple': 'one' } },
        ...{
          passbackEnabled: true,
          titleLimit: null,
          excludedDomainIds: [],
          embedOrigins: ['https://lms.example'],
        },
        quietHours: { from: '22:00', to: '06:00' },
      }),
    );
    await putLineItem(lms, 'a');
    expect((await sync(lms)).status).toBe('complete');
    const before = await admin<View>('GET', own);
    const shown = before.body;
    expect(shown).toMatchObject({
      auth: { method: 'clientCredentials', clientId: SIS_CLIENT.id, clientSecretSet: true },
      extraHeaders: { 'X-B': true, 'X-Apple': true },
    });
    for (const path of [own, `${own}?effective=true`]) {
      const put = await admin('PUT', own, await get(admin, path));
      expect(put).toMatchObject({ status: 200, body: shown });
      // nobody else's form has become stale by it
      expect(put.headers.get('etag')).toBe(before.headers.get('etag'));
    }
    const changed = await admin('PUT', own, { ...shown, titleLimit: 40 });
    expect(changed.headers.get('etag')).not.toBe(before.headers.get('etag'));
    await expectOk(admin('PUT', own, shown));
    sis.control.resetCounts();
    await putLineItem(lms, 'b');
    expect((await sync(lms)).status).toBe('complete');
    expect(sis.control.tokenRequests).toHaveLength(0);
    expect(sis.control.count({ kind: 'lineItem' })).toBe(1);
  });

  test('If-Match protects from overwriting, and of two at once one is told', async () => {
    const { admin, own } = await place();
    const first = await admin<View>('GET', own);
    const etag = first.headers.get('etag') ?? '';
    const put = (body: Settings, ifMatch?: string) =>
      admin<Problem>(
        'PUT',
        own,
        { ...first.body, ...body },
        ifMatch === undefined ? {} : { 'if-match': ifMatch },
      );
    for (const stale of ['"999"', `W/${etag}`, '"other"'])
      expect(await put({ sisName: 'stale' }, stale)).toMatchObject({ status: 412, body: { code: 'STALE' } });
    expect((await put({}, 'unquoted')).status).toBe(400);
    const both = await Promise.all([put({ sisName: 'one' }, etag), put({ sisName: 'two' }, etag)]);
    expect(both.map((a) => a.status).sort()).toEqual([200, 412]);
    const won = both[0].status === 200 ? 'one' : 'two';
    const now = await admin<View>('GET', own);
    expect([now.body['sisName'], now.headers.get('etag')]).toEqual([
      won,
      both.find((a) => a.status === 200)?.headers.get('etag'),
    ]);
    const without = await Promise.all(['three', 'four'].map((sisName) => put({ sisName })));
    expect(without.map((a) => a.status)).toEqual([200, 200]);
    expect((await put({ sisName: 'five' }, '*')).status).toBe(200);
  });

  test('what is wrong is named, and nothing of it is kept', async () => {
    const { admin, own } = await place();
    const before = await admin<View>('GET', own);
    const elsewhere = await place();
    await expectOk(elsewhere.admin('PUT', '/domains/elsewhere', { name: 'E', parentId: elsewhere.tenant }));
    const wrong: [string, Settings][] = [
      ['/typo', { typo: 1 }],
      ['/auth/clientSecert', { auth: { ...sis.auth, clientSecert: 'x' } }],
      ['/gatherSeconds', { gatherSeconds: 'ten' }],
      ['/quietHours/from', { quietHours: { from: '25:00', to: '06:00' } }],
      ['/baseUrl', { baseUrl: 'ftp://sis.example' }],
      ['/baseUrl', { baseUrl: 'https://user:pass@sis.example' }],
      ['/baseUrl', { baseUrl: 'https://sis.example/?a=b' }],
      ['/rosteringUrl', { rosteringUrl: 'https://sis.example/#a' }],
      ['/extraHeaders/X A', { extraHeaders: { 'X A': 'b' } }],
      ['/caCertificates', { caCertificates: 'no certificate' }],
      ['/auth', { auth: undefined }],
      ['/rosteringUrl', { baseUrl: null, auth: undefined, rosteringUrl: 'https://sis.example' }],
      ...['nowhere', 'elsewhere', elsewhere.tenant, own.split('/')[2] ?? ''].map((id): [string, Settings] => [
        '/excludedDomainIds/1',
        { excludedDomainIds: ['school', id] },
      ]),
    ];
    for (const [pointer, change] of wrong) {
      const answer = await admin<Problem>('PUT', own, { ...connectionSettings(sis), ...change });
      expect([change, answer.status, answer.body.code]).toEqual([change, 400, 'VALIDATION']);
      expect([change, answer.body.errors?.map((e) => e.pointer)]).toEqual([
        change,
        expect.arrayContaining([pointer]),
      ]);
    }
    const after = await admin<View>('GET', own);
    expect([after.body, after.headers.get('etag')]).toEqual([before.body, before.headers.get('etag')]);
  });
});

describe('A24: an address that can never be reached', () => {
  // loopback is what the tests allow
  const blocked = [
    '10.0.0.1',
    '2852039166',
    '0xa9fea9fe',
    '[::ffff:169.254.169.254]',
    '[fd00:ec2::254]',
    '[64:ff9b::a00:1]',
  ];
  const root = (host: string) => `https://${host}/ims/oneroster/gradebook/v1p2`;

  test('is refused when it is entered, wherever it stands', async () => {
    const { admin, own } = await place();
    const before = await get(admin, own);
    for (const host of blocked)
      for (const [pointer, change] of [
        ['/baseUrl', { baseUrl: root(host) }],
        ['/rosteringUrl', { rosteringUrl: root(host) }],
        ['/auth/tokenUrl', { auth: { ...sis.auth, tokenUrl: `https://${host}/token` } }],
      ] as const) {
        const answer = await admin<Problem>('PUT', own, { ...connectionSettings(sis), ...change });
        expect([host, answer.status, answer.body.code]).toEqual([host, 400, 'VALIDATION']);
        expect([host, answer.body.errors?.map((e) => e.pointer)]).toEqual([host, [pointer]]);
      }
    expect(await get(admin, own)).toEqual(before);
  });

  test('is left where it stands already: the rest of the form is saved', async () => {
    const { admin, own, tenant } = await place();
    await service.service.db.rows(
      `UPDATE connection SET base_url = $2 WHERE domain_id = (SELECT id FROM domain WHERE key = $1)`,
      [tenant, root('10.0.0.1')],
    );
    const saved = await get(admin, own);
    expect(await get(admin, own)).toMatchObject({ baseUrl: root('10.0.0.1') });
    const put = await admin<View>('PUT', own, { ...saved, sisName: 'Away' });
    expect([put.status, put.body['sisName']]).toEqual([200, 'Away']);
    // its secret is bound to the address that it had: a later test opens them all
    await expectOk(admin('PUT', own, { passbackEnabled: true, ...connectionSettings(sis) }));
  });
});

describe('secrets', () => {
  test('A26: go nowhere but where they were entered for, neither saved nor in a test', async () => {
    let knocks = 0;
    const strange = createServer((_req, res) => res.end('{}')).on('connection', () => knocks++);
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(strange.address() as AddressInfo).port}`;
    try {
      const { admin, lms, own } = await place();
      await expectOk(
        admin('PUT', own, {
          passbackEnabled: true,
          ...connectionSettings(sis),
          extraHeaders: { 'X-Key': HEADER_CANARY },
        }),
      );
      const saved = await get(admin, own);
      const auth = saved['auth'] as object;
      const pointers = ['/auth/clientSecret', '/extraHeaders/X-Key'];
      for (const change of [
        { baseUrl: `${origin}/ims/oneroster/gradebook/v1p2` },
        { rosteringUrl: `${origin}/ims/oneroster/rostering/v1p2` },
        { auth: { ...auth, tokenUrl: `${origin}/oauth2/token` } },
        { baseUrl: origin, auth: { ...auth, tokenUrl: null } },
        { baseUrl: sis.gradebookUrl.replace('127.0.0.1', 'localhost') },
      ]) {
        const settings = { ...saved, ...change };
        const put = await admin<Problem>('PUT', own, settings);
        expect([change, put.status, put.body.code]).toEqual([change, 400, 'SECRET_NEEDED']);
        expect(put.body.errors?.map((e) => e.pointer)).toEqual(pointers);
        const tried = await admin<Problem>('POST', `${own}/test`, { settings });
        expect([change, tried.status, tried.body.code]).toEqual([change, 400, 'SECRET_NEEDED']);
        expect(tried.body.errors?.map((e) => e.pointer)).toEqual(pointers.map((p) => `/settings${p}`));
        const secret = { ...((settings['auth'] as object | undefined) ?? auth), clientSecret: 'entered' };
        const half = await admin<Problem>('PUT', own, { ...settings, auth: secret });
        expect(half.body.errors?.map((e) => e.pointer)).toEqual(['/extraHeaders/X-Key']);
      }
      // those of a domain above are not lent to a connection of one's own, not even for the same address
      const { extraHeaders: _none, ...connection } = saved;
      for (const path of ['PUT /domains/school/settings', 'POST /domains/school/settings/test']) {
        const [method = '', to = ''] = path.split(' ');
        const body = method === 'PUT' ? connection : { settings: connection };
        expect(await admin<Problem>(method, to, body)).toMatchObject({
          status: 400,
          body: { code: 'SECRET_NEEDED' },
        });
      }
      expect(await get(admin, own)).toEqual(saved);
      await putLineItem(lms, 'a');
      expect((await sync(lms)).status).toBe('complete');
      expect(knocks).toBe(0);
    } finally {
      await new Promise((resolve) => strange.close(resolve));
    }
  });

  test('A30: are in no answer, no log line and no row of the database', async () => {
    const { admin, lms, own, tenant } = await place();
    const auth = { ...sis.auth, clientId: 'canary', clientSecret: CANARY };
    const settings = {
      passbackEnabled: true,
      baseUrl: sis.gradebookUrl,
      auth,
      extraHeaders: { 'X-Key': HEADER_CANARY },
    };
    const answers: unknown[] = [];
    const ask = async (by: Caller, method: string, path: string, body?: unknown) => {
      const answer = await by(method, path, body);
      answers.push(answer.body, [...answer.headers]);
      return answer;
    };
    await ask(admin, 'PUT', own, settings);
    await putLineItem(lms, 'a');
    await putScores(lms, 'a', 3);
    // an SIS that tells what it was sent, as gateways in debug mode do
    sis.control.arm({
      ...{ kind: 'status', request: 'result', status: 422, count: 1 },
      body: {
        imsx_description: `refused: ${CANARY} ${HEADER_CANARY} ${Buffer.from(CANARY).toString('base64')}`,
      },
    });
    const done = await sync(lms);
    expect(done.status).toBe('completeWithProblems');
    await ask(admin, 'POST', `${own}/test`, { classId: 'c1' });
    await ask(admin, 'POST', `${own}/test`, { settings });
    await ask(admin, 'POST', `${own}/test`, {
      settings: { ...settings, auth: { ...auth, clientId: 'wrong' } },
    });
    await ask(admin, 'PUT', own, { ...settings, auth: { ...auth, clientSecret: [CANARY], typo: CANARY } });
    await ask(admin, 'PUT', own, { ...settings, baseUrl: `http://${HEADER_CANARY}@sis.example` });
    for (const path of [
      ...[
        own,
        `${own}?effective=true`,
        '/domains/school/settings?effective=true',
        `/domains/${tenant}/connection`,
      ],
      ...[`/syncs/${done.id}`, `/syncs/${done.id}/entries`, '/classes/c1/results', '/classes/c1/lineItems'],
      ...['/classes/c1/plan', `/domains/${tenant}/keys`],
    ])
      for (const by of [admin, lms]) await ask(by, 'GET', path);

    const tables = await service.service.db.rows<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const rows = await Promise.all(
      tables.map(({ name }) => service.service.db.rows(`SELECT to_jsonb(t) AS row FROM "${name}" t`)),
    );
    expect(JSON.stringify(rows)).toContain('"X-Key"'.replaceAll('"', ''));
    const places = {
      answers: JSON.stringify(answers),
      log: service.logged(),
      database: JSON.stringify(rows),
    };
    for (const secret of [CANARY, HEADER_CANARY])
      for (const [name, text] of Object.entries(places))
        for (const form of formsOf(secret))
          expect([name, form, text.includes(form)]).toEqual([name, form, false]);
  });

  function formsOf(secret: string): string[] {
    const bytes = Buffer.from(secret);
    // base64 of it wherever it begins within a longer text: the part that does not depend on its neighbours
    const base64 = [0, 1, 2].flatMap((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      const part = text.slice(shift === 0 ? 0 : 4, -4);
      return [part, part.replaceAll('+', '-').replaceAll('/', '_')];
    });
    const url = [encodeURIComponent(secret), new URLSearchParams({ '': secret }).toString().slice(1)];
    return [
      ...new Set([secret, JSON.stringify(secret).slice(1, -1), bytes.toString('hex'), ...base64, ...url]),
    ];
  }

  test('A31: a ciphertext that was copied to another domain’s row does not open, and the connection says so', async () => {
    const { admin, lms, own, tenant } = await place();
    const other = await place();
    const { db } = service.service;
    const secretsOf = `(SELECT secrets FROM connection WHERE domain_id = (SELECT id FROM domain WHERE key = $2))`;
    await db.rows(
      `UPDATE connection SET secrets = ${secretsOf}, revision = revision + 1 WHERE domain_id = (SELECT id FROM domain WHERE key = $1)`,
      [tenant, other.tenant],
    );
    await putLineItem(lms, 'a');
    const { body } = await press(lms);
    const waiting = await until(async () => {
      const { waitingFor } = await expectOk(lms<SyncBody>('GET', `/syncs/${body.id}`));
      return waitingFor;
    });
    expect(waiting.code).toBe('SETTINGS_SECRET_UNREADABLE');
    expect(await connectionOf(admin, tenant)).toMatchObject({
      state: 'broken',
      cause: { code: 'SETTINGS_SECRET_UNREADABLE' },
    });
    expect(sis.control.requests).toEqual([]);
    // everything else of the settings can still be changed; the secret, entered again, mends it
    const shown = await get(admin, own);
    expect((await admin('PUT', own, { ...shown, sisName: 'Still here' })).status).toBe(200);
    expect(await admin<Problem>('POST', `${own}/test`, {})).toMatchObject({
      body: { code: 'SECRET_NEEDED' },
    });
    await expectOk(admin('PUT', own, { ...shown, auth: sis.auth }));
    expect((await syncEnd(lms, body.id)).status).toBe('complete');
  });

  test('A31: are sealed anew with a new key while the service runs, and then the old key may go', async () => {
    const { lms } = await place();
    const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
    const text = (...keys: { id: string; key: Buffer }[]) =>
      keys.map((k) => `${k.id}:${k.key.toString('base64')}`).join(',');
    const [old, fresh] = [key('t1', 7), key('t2', 8)];
    const sealedWith = async () =>
      (
        await service.service.db.rows<{ id: string }>(
          `SELECT DISTINCT split_part(s.value, '.', 2) AS id FROM connection, jsonb_each_text(secrets) s`,
        )
      ).map((row) => row.id);
    await service.restart({ SECRET_KEYS: text(fresh, old) });
    expect(await sealedWith()).toEqual(['t1']);
    await putLineItem(lms, 'a');
    await putScores(lms, 'a', 3);
    const running = sync(lms);
    const report = await rotateSecrets(service.service.db, createSeal({ keys: [fresh, old] }));
    expect((await running).status).toBe('complete');
    expect(report).toMatchObject({ old: report.total, unreadable: [] });
    expect(await sealedWith()).toEqual(['t2']);
    expect(await rotateSecrets(service.service.db, createSeal({ keys: [fresh, old] }))).toMatchObject({
      old: 0,
    });
    await service.restart({ SECRET_KEYS: text(fresh) });
    await putLineItem(lms, 'b');
    expect((await sync(lms)).status).toBe('complete');
  });
});

describe('the test of a connection', () => {
  const steps = ({ steps: all }: TestReport) =>
    Object.fromEntries(all.map((s) => [s.name, s.code ? `${s.status} ${s.code}` : s.status]));
  const tried = (by: Caller, own: string, body: object) =>
    expectOk(by<TestReport>('POST', `${own}/test`, body));

  test('says step by step what works: right, a wrong secret, a wrong address', async () => {
    const { admin, own, tenant } = await place({}, N);
    const right = await tried(admin, own, { classId: 'c1' });
    expect(right.ok).toBe(true);
    expect(steps(right)).toEqual({
      ...{ address: 'ok', tls: 'warning', token: 'ok', scopes: 'ok', categories: 'ok' },
      ...{ class: 'ok', students: 'ok', classCategories: 'ok', reading: 'ok' },
    });
    expect(right.steps.find((s) => s.name === 'students')?.detail).toContain(`${N} of ${N}`);
    expect(right.capabilities).toMatchObject({ tokenUrl: sis.tokenUrl });

    const shown = await get(admin, own);
    const wrongSecret = { ...shown, auth: { ...sis.auth, clientSecret: 'wrong' } };
    const refused = await tried(admin, own, { settings: wrongSecret, classId: 'c1' });
    expect([refused.ok, steps(refused)]).toMatchObject([
      false,
      { address: 'ok', token: 'failed AUTH_INVALID_CLIENT', scopes: 'skipped', class: 'skipped' },
    ]);
    const wrongPath = { ...shown, baseUrl: `${sis.url}/nowhere/ims/oneroster/gradebook/v1p2` };
    const lost = await tried(admin, own, { settings: wrongPath });
    expect(lost.ok).toBe(false);
    expect(steps(lost)).toMatchObject({
      token: 'ok',
      categories: expect.stringMatching(/^failed CONN_/) as string,
    });
    const nobody = await tried(admin, own, {
      settings: { baseUrl: 'http://127.0.0.1:1', auth: { method: 'accessToken', accessToken: 'x' } },
    });
    expect(steps(nobody)).toMatchObject({ address: 'ok', tls: 'failed CONN_REFUSED', token: 'skipped' });
    // nothing of all this was kept, and nothing written to the SIS
    expect(await get(admin, own)).toEqual(shown);
    expect(sis.control.writes()).toEqual([]);
    expect(await connectionOf(admin, tenant)).toMatchObject({ state: 'untried', cause: null });
  });

  test('counts how many students and categories of a class match, by the ids that are meant', async () => {
    const { admin, lms, own } = await place({}, N);
    for (const id of ['s03', 's17'])
      await expectOk(
        lms('PUT', `/classes/c1/students/${id}`, { sourcedId: `typo-${id}`, customId: `sis-${id}` }),
      );
    await expectOk(
      lms('PUT', '/classes/c1', {
        ...{ domainId: 'school', title: 'Algebra', sourcedId: 'sis-class-1' },
        categories: [
          { id: 'hw', title: 'Homework' },
          { id: 'x', title: 'Extra' },
        ],
      }),
    );
    const report = await tried(admin, own, { classId: 'c1' });
    const details = Object.fromEntries(report.steps.map((s) => [s.name, s.detail]));
    expect(steps(report)).toMatchObject({
      students: 'warning MAP_STUDENT',
      classCategories: 'warning CAT_NOT_FOUND',
    });
    expect([details['students'], details['classCategories']]).toEqual([
      '28 of 30 students match.',
      '1 of 2 categories match.',
    ]);
    const shown = await get(admin, own);
    const custom = await admin<Problem>('POST', `${own}/test`, {
      settings: { ...shown, useCustomIds: true },
      classId: 'c1',
    });
    expect(custom).toMatchObject({ status: 400, body: { errors: [{ pointer: '/classId' }] } });
    await expectOk(
      lms('PUT', '/classes/c1', { domainId: 'school', title: 'Algebra', customId: 'sis-class-1' }),
    );
    const byCustom = await tried(admin, own, { settings: { ...shown, useCustomIds: true }, classId: 'c1' });
    expect(byCustom.steps.find((s) => s.name === 'students')?.detail).toBe('2 of 30 students match.');
  });

  test('tries what a domain inherits, saved or not, and says so where there is nothing', async () => {
    const { admin, own } = await place();
    expect((await tried(admin, '/domains/school/settings', {})).ok).toBe(true);
    expect((await tried(admin, '/domains/school/settings', { settings: { autoSync: true } })).ok).toBe(true);
    await expectOk(admin('PUT', own, { passbackEnabled: true }));
    for (const body of [{}, { settings: { autoSync: true } }])
      expect(await admin<Problem>('POST', '/domains/school/settings/test', body)).toMatchObject({
        status: 409,
        body: { code: 'NO_CONNECTION' },
      });
    const foreign = await place();
    await addClass(foreign.lms, 'c9', 1);
    expect(
      (await admin('POST', `${own}/test`, { settings: connectionSettings(sis), classId: 'c9' })).status,
    ).toBe(404);
  });
});

test('nothing of all this was a defect of ours, and all that was sent is OneRoster', () => {
  expect(service.logged()).not.toMatch(/"level":"error"/);
  expect(service.logged()).not.toMatch(/a lane run failed|could not be worked on/);
  expect(sis.violations).toEqual([]);
});
