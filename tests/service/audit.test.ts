/** The audit trail over the whole stack: everything that somebody set or was refused, and nothing that it may not hold. */
import { openDatabase, type Database } from '../../src/store/database.ts';
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
} from '../support/district.ts';
import type { District } from '../support/district.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { startService, until, type Caller, type TestService } from '../support/service.ts';

const CANARY = 'Canary7f3a';
let service: TestService;
let d: District;
let other: District;
let db: Database;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(2) } });
  d = await district(service, 2);
  other = await district(service, 2, {}, 'elsewhere');
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', 2, () => 87.6543);
  db = openDatabase({ connectionString: service.connectionString, poolSize: 2 });
});
afterAll(async () => {
  await db.close();
  await service.stop();
});

interface Entry {
  id: string;
  at: string;
  domainId: string | null;
  actor: string;
  actorKind: string;
  keyId: string | null;
  action: string;
  subject: Record<string, string>;
  detail: Record<string, unknown>;
  requestId: string | null;
  address: string | null;
}
interface Page {
  items: Entry[];
  nextCursor: string | null;
}
const trail = async (by: Caller, path = '/domains/district/audit?limit=200') =>
  (await expectOk(by<Page>('GET', path))).items;
const newest = async () => (await trail(d.admin))[0]!;
const token = async (by: Caller, more: Record<string, unknown> = {}) =>
  expectOk(
    by<{ token: string; pageUrl: string }>('POST', '/tokens', {
      ...{ subject: 'person-1', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds: ['c1'] },
      ...more,
    }),
  );

test('A40: every change is there with who, what, when, where and which fields, and without a value', async () => {
  const settings = { passbackEnabled: true, ...connectionSettings(service.sis), sisName: CANARY };
  const expectNewest = async (action: string, more: object) =>
    expect([action, await newest()]).toMatchObject([action, { action, ...more }]);

  await expectOk(d.admin('PUT', '/domains/wing', { name: CANARY, parentId: 'school' }));
  await expectNewest('domain.put', {
    domainId: 'wing',
    actor: 'admin',
    actorKind: 'key',
    subject: { domainId: 'wing' },
  });
  expect((await newest()).detail).toEqual({ fields: ['domainId', 'name', 'parentId'] });
  await expectOk(
    d.admin('PUT', '/domains/wing', { name: CANARY, parentId: 'school', timeZone: 'Asia/Tokyo' }),
  );
  await expectNewest('domain.put', { detail: { fields: ['timeZone'] } });
  await expectOk(d.admin('DELETE', '/domains/wing'));
  await expectNewest('domain.delete', { domainId: null, subject: { domainId: 'wing' } });

  await expectOk(
    d.admin('PUT', '/domains/district/settings', { ...settings, extraHeaders: { 'X-Secret': CANARY } }),
  );
  await expectNewest('settings.put', { domainId: 'district', subject: { domainId: 'district' } });
  expect((await newest()).detail).toEqual({
    fields: ['extraHeaders', 'sisName'],
    secretsEntered: ['auth.clientSecret', 'extraHeaders.X-Secret'],
  });
  await expectOk(d.admin('POST', '/domains/school/pause'));
  await expectNewest('domain.pause', { domainId: 'school' });
  await expectOk(d.admin('POST', '/domains/school/resume'));
  await expectNewest('domain.resume', { domainId: 'school' });
  await expectOk(d.admin('PUT', '/domains/school/categoryMapping', { map: { [CANARY]: CANARY } }));
  await expectNewest('mapping.put', { domainId: 'school', detail: { fields: ['map'] } });

  const key = await expectOk(
    d.admin<{ id: string; key: string }>('POST', '/domains/school/keys', { role: 'lms', name: 'Key 2' }),
  );
  await expectNewest('key.create', {
    domainId: 'school',
    subject: { domainId: 'school', keyId: key.id },
    detail: { role: 'lms', name: 'Key 2' },
  });
  await expectOk(d.admin('DELETE', `/keys/${key.id}`));
  await expectNewest('key.delete', { domainId: 'school', subject: { keyId: key.id } });
  const made = await token(d.lms);
  await expectNewest('token.create', {
    ...{ domainId: 'school', actor: 'lms' },
    detail: { role: 'teacher', for: 'Ann', person: 'person-1', classes: 1 },
  });
  const code = new URLSearchParams(new URL(made.pageUrl).hash.slice(1)).get('code') ?? '';
  await expectOk(service.as(null)('POST', '/sign-in', { code }));
  await expectNewest('link.open', { domainId: 'school', actor: 'Ann', actorKind: 'token' });

  const teacher = service.as(made.token);
  await expectOk(teacher('PUT', '/classes/c1/syncSettings', { autoSync: 'off' }));
  await expectNewest('syncSettings.put', {
    ...{ domainId: 'school', actor: 'Ann', actorKind: 'token', subject: { classId: 'c1' } },
    detail: { fields: ['autoSync'] },
  });
  await expectOk(teacher('PUT', '/classes/c1/lineItems/quiz/overrides', { sisTitle: CANARY }));
  await expectNewest('overrides.put', {
    subject: { classId: 'c1', lineItemId: 'quiz' },
    detail: { fields: ['sisTitle'] },
  });
  await expectOk(teacher('PUT', '/classes/c1/categoryMapping', { default: CANARY, map: {} }));
  await expectNewest('mapping.put', { subject: { classId: 'c1' }, detail: { fields: ['default'] } });
  await expectOk(teacher('PUT', '/classes/c1/categoryMapping', { map: {} }));

  await expectOk(d.admin('POST', '/domains/school/pause'));
  const { id } = await expectOk(
    teacher<{ id: string }>('POST', '/classes/c1/lineItems/quiz/results/s01/syncs', { mode: 'all' }),
  );
  const pressed = { dryRun: false, joined: false, lineItems: null, mode: 'all', students: 1 };
  await expectNewest('sync.press', {
    subject: { classId: 'c1', lineItemId: 'quiz', syncId: id },
    detail: pressed,
  });
  await expectOk(teacher('POST', `/syncs/${id}/cancel`));
  await expectNewest('sync.cancel', { domainId: 'school', subject: { syncId: id } });
  await expectOk(teacher('POST', `/syncs/${id}/retry`));
  await expectNewest('sync.retry', {});
  await expectOk(d.admin('POST', '/domains/school/resume'));

  await putLineItem(d.lms, 'spare');
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/spare'));
  await expectNewest('lineItem.delete', { subject: { classId: 'c1', lineItemId: 'spare' } });
  await expectOk(d.lms('PUT', '/classes/spare', { domainId: 'school', title: CANARY }));
  await expectOk(d.lms('PUT', '/classes/spare/students/s01', { givenName: CANARY }));
  await expectOk(d.lms('DELETE', '/classes/spare'));
  await expectNewest('class.delete', { domainId: 'school', subject: { classId: 'spare' } });
  await expectOk(d.admin('GET', '/domains/district/studentData?studentId=s01'));
  await expectNewest('student.export', { subject: { domainId: 'district' }, detail: { by: 'studentId' } });

  const entry = await newest();
  expect(entry).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), address: '127.0.0.1' });
  expect(Math.abs(Date.parse(entry.at) - Date.now())).toBeLessThan(60_000);
  const whole = JSON.stringify(await db.rows('SELECT * FROM audit'));
  expect(whole).toContain('X-Secret');
  for (const secret of [
    CANARY,
    '87.6543',
    service.sis.auth.clientSecret ?? '-',
    made.token,
    code,
    d.adminKey,
    's01',
  ])
    expect(whole).not.toContain(secret);
});

test('A40: the application’s own role can neither change, nor delete, nor empty the trail', async () => {
  const before = await db.rows('SELECT * FROM audit ORDER BY id');
  for (const statement of [
    `UPDATE audit SET actor = 'nobody'`,
    `DELETE FROM audit`,
    `DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)`,
    `TRUNCATE audit`,
    `TRUNCATE domain, audit CASCADE`,
  ])
    await expect(db.rows(statement)).rejects.toThrow('the audit trail is append-only');
  expect(await db.rows('SELECT * FROM audit ORDER BY id')).toEqual(before);
});

test('a change that cannot be recorded is not made', async () => {
  const before = await expectOk(d.admin('GET', '/domains/school/settings'));
  await db.rows(
    `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$`,
  );
  await db.rows(`CREATE TRIGGER full_disk BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION full_disk()`);
  try {
    expect((await d.admin('PUT', '/domains/school/settings', { autoSync: true })).status).toBe(503);
    expect((await d.admin('POST', '/domains/school/keys', { role: 'lms', name: 'x' })).status).toBe(503);
    expect((await d.lms('POST', '/classes/c1/syncs')).status).toBe(503);
  } finally {
    await db.rows(`DROP TRIGGER full_disk ON audit`);
  }
  expect(await expectOk(d.admin('GET', '/domains/school/settings'))).toEqual(before);
  const { items } = await expectOk(d.admin<{ items: { name: string }[] }>('GET', '/domains/district/keys'));
  expect(items.map((k) => k.name)).not.toContain('x');
});

test('what is answered again was not done again, and is recorded once', async () => {
  const key = { 'idempotency-key': 'audited' };
  const count = async () => (await trail(d.admin)).filter((e) => e.action === 'sync.press').length;
  const before = await count();
  for (let i = 0; i < 3; i++) await expectOk(d.lms('POST', '/classes/c1/syncs', { dryRun: true }, key));
  expect(await count()).toBe(before + 1);
});

describe('refused access', () => {
  const denied = async (by: Caller, path?: string) =>
    (await trail(by, path)).filter((e) => e.action === 'access.denied');

  test('by role is told to those who answer for the caller', async () => {
    const lms = (
      await expectOk(
        d.admin<{ key: string }>('POST', '/domains/school/keys', { role: 'lms', name: 'Curious' }),
      )
    ).key;
    expect((await service.as(lms)('PUT', '/domains/school/settings', {})).status).toBe(403);
    expect((await service.as(lms)('DELETE', '/keys/a%00b')).status).toBe(403);
    const found = await until(async () => {
      const found = (await denied(d.admin)).filter((e) => e.actor === 'Curious');
      return found.length > 1 && found;
    });
    // what no table can hold does not keep it out of this one
    const of = (operation: string) => found.find((e) => e.detail['operation'] === operation);
    expect(of('deleteKey')?.subject).toEqual({});
    expect(of('putSettings')).toMatchObject({
      ...{ domainId: 'school', subject: { domainId: 'school' } },
      detail: { code: 'FORBIDDEN', operation: 'putSettings' },
    });
  });

  test('to what lies beside is told to those who answer for that, and to nobody who was refused', async () => {
    await expectOk(d.admin('PUT', '/domains/annex', { name: 'Annex', parentId: 'district' }));
    const { key } = await expectOk(
      d.admin<{ key: string }>('POST', '/domains/annex/keys', { role: 'admin', name: 'Annex admin' }),
    );
    const annex = service.as(key);
    for (const path of ['/classes/c1', '/domains/school', '/classes/nowhere', '/domains/elsewhere'])
      expect([path, (await annex('GET', path)).status]).toEqual([path, 404]);
    const found = await until(async () => {
      const of = (await denied(d.admin)).filter((e) => e.actor === 'Annex admin');
      return of.length === 2 && of;
    });
    expect(found.map((e) => e.domainId)).toEqual(['school', 'school']);
    expect(found.map((e) => JSON.stringify(e.subject)).sort()).toEqual([
      '{"classId":"c1"}',
      '{"domainId":"school"}',
    ]);
    expect(await denied(annex, '/domains/annex/audit')).toEqual([]);
    const teacher = service.as((await token(d.lms, { displayName: 'Tom' })).token);
    await expectOk(d.lms('PUT', '/classes/c2', { domainId: 'annex', title: 'Other' }));
    expect((await teacher('GET', '/classes/c2/results')).status).toBe(404);
    await until(async () => (await denied(annex, '/domains/annex/audit')).some((e) => e.actor === 'Tom'));
  });

  test('to a sync or key of another tenant is for root keys alone to read', async () => {
    const { id } = await expectOk(other.lms<{ id: string }>('POST', '/classes/c1/syncs', { dryRun: true }));
    const { key } = await expectOk(
      d.admin<{ key: string }>('POST', '/domains/district/keys', { role: 'lms', name: 'Stranger' }),
    );
    expect((await service.as(key)('GET', `/syncs/${id}`)).status).toBe(404);
    await until(async () =>
      (await denied(service.root, '/audit?limit=200')).some((e) => e.actor === 'Stranger'),
    );
    for (const [by, path] of [
      [d.admin, '/domains/district/audit?limit=200'],
      [other.admin, '/domains/elsewhere/audit?limit=200'],
    ] as const)
      expect((await denied(by, path)).filter((e) => e.actor === 'Stranger')).toEqual([]);
  });

  test('with a credential that is none is a failed sign-in, for root keys to read', async () => {
    await service.as(`orp_key_${CANARY}`)('GET', '/domains');
    await service.as(null)('POST', '/sign-in', { code: CANARY });
    const found = await until(async () => {
      const all = await trail(service.root, '/audit?action=signIn.failed');
      return all.length === 2 && all;
    });
    expect(found[0]).toMatchObject({ actor: '', actorKind: 'nobody', domainId: null, address: '127.0.0.1' });
    expect(JSON.stringify(found)).not.toContain(CANARY);
  });
});

describe('who may read it', () => {
  test('admins their own subtree, root everything, nobody else anything', async () => {
    for (const by of [d.lms, service.as((await token(d.lms)).token)])
      expect((await by('GET', '/domains/school/audit')).status).toBe(403);
    expect((await d.admin('GET', '/audit')).status).toBe(403);
    expect((await d.admin('GET', '/domains/elsewhere/audit')).status).toBe(404);
    const annex = await trail(d.admin, '/domains/annex/audit?limit=200');
    expect(new Set(annex.map((e) => e.domainId))).toEqual(new Set(['annex']));
    const ours = await trail(d.admin);
    expect(ours.some((e) => e.domainId === 'elsewhere')).toBe(false);
    // what was done to a domain that is gone stands at the top
    expect(ours.some((e) => e.action === 'domain.delete')).toBe(true);
    const all = await trail(service.root, '/audit?limit=200');
    expect(all.some((e) => e.domainId === 'elsewhere') && all.some((e) => e.domainId === 'school')).toBe(
      true,
    );
  });

  test('page by page, newest first, by action and since when', async () => {
    const whole = await trail(d.admin);
    const paged: Entry[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await expectOk(
        d.admin<Page>('GET', `/domains/district/audit?limit=7${cursor ? `&cursor=${cursor}` : ''}`),
      );
      paged.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    expect(paged.map((e) => e.id)).toEqual(whole.map((e) => e.id));
    expect(whole.map((e) => BigInt(e.id))).toEqual(
      whole.map((e) => BigInt(e.id)).sort((a, b) => (a < b ? 1 : -1)),
    );
    const some = await trail(d.admin, '/domains/district/audit?action=key.create');
    expect(new Set(some.map((e) => e.action))).toEqual(new Set(['key.create']));
    const middle = whole[10]!.at;
    const since = await trail(d.admin, `/domains/district/audit?limit=200&since=${middle}`);
    expect(since.map((e) => e.id)).toEqual(whole.filter((e) => e.at >= middle).map((e) => e.id));
    for (const query of ['action=everything', 'since=yesterday', 'cursor=x'])
      expect((await d.admin('GET', `/domains/district/audit?${query}`)).status).toBe(400);
  });
});

test('what the operator does by command line is there too', async () => {
  const key = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;
  const env = { ...service.env, SECRET_KEYS: `${key('new')},${service.env['SECRET_KEYS']}` };
  const run = (...args: string[]) =>
    runCommandLine(args, { env, out: () => undefined, err: (text) => process.stderr.write(text) });
  expect(await run('secrets', 'rotate')).toBe(0);
  expect(await run('keys', 'create-root', '--name', 'Spare')).toBe(0);
  const rotated = await trail(d.admin, '/domains/district/audit?action=secrets.rotate');
  expect(rotated).toMatchObject([
    { actor: 'command line', actorKind: 'system', subject: { domainId: 'district' } },
  ]);
  const roots = await trail(service.root, '/audit?action=key.create&limit=200');
  expect(roots.map((e) => [e.actor, e.detail])).toEqual(
    expect.arrayContaining([
      ['command line', { role: 'root', name: 'Spare' }],
      ['first start', { role: 'root', name: 'bootstrap' }],
    ]),
  );
});

test('nothing of all this was a defect of ours', () => {
  const lines = service.logged().split('\n');
  // but for the disk that was full on purpose
  expect(lines.filter((line) => line.includes('"level":"error"') && !line.includes('53100'))).toEqual([]);
  expect(service.logged()).not.toContain('was not recorded');
});
