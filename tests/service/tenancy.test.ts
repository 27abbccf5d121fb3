/**
 * Who may see and change what, over the whole stack: every route of the API, every role, two tenants that have the
 * same ids side by side. The table of routes is the product's own, so a new route is tested the day it is made.
 */
import { paramNames } from '../../src/http/dispatch.ts';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes.ts';
import type { Role } from '../../src/passback/ports/callers.ts';
import { connectionSettings, expectOk, sisDistrict, sync } from '../support/district.ts';
import { startService, until, type Answer, type Caller, type TestService } from '../support/service.ts';

type Ids = Record<
  | 'domainId'
  | 'classId'
  | 'lineItemId'
  | 'studentId'
  | 'syncId'
  | 'scheduleId'
  | 'webhookId'
  | 'deliveryId'
  | 'keyId'
  | 'conflictId'
  | 'parentId'
  | 'snapshotId'
  | 'rosterPullId'
  | 'platformId'
  | 'deletionId'
  | 'code',
  string
>;
interface Tenant {
  name: string;
  id: string;
  admin: Caller;
  lms: Caller;
  teacher: Caller;
  adminToken: Caller;
  /** keys bound to the sub-domain `annex` */
  annexAdmin: Caller;
  annexLms: Caller;
  /** ids that the other tenant has too */
  shared: Ids;
  /** ids that no other tenant has */
  alone: Ids;
  /** ids of the sub-domain `annex`, class c2 */
  annex: Ids;
}

let service: TestService;
let north: Tenant;
let south: Tenant;
const dead: Record<string, Caller> = {};
beforeAll(async () => {
  // each request of a caller without a valid credential comes from an address of its own: the limit is another test
  service = await startService({
    sis: { district: sisDistrict(2, 2) },
    env: { TRUSTED_PROXIES: '127.0.0.1' },
  });
  north = await tenant('north');
  south = await tenant('south');
  dead['no credential'] = service.as(null);
  dead['a made-up one'] = service.as('orp_key_nobody-has-ever-made-this-one-0123456789');
  dead['an expired token'] = service.as(await token(north.lms, { expiresInSeconds: 1 }));
  const { id, key } = await newKey(north.admin, 'school', 'lms');
  dead['a key taken back'] = service.as(key);
  dead['its token'] = service.as(await token(service.as(key)));
  for (const who of ['an expired token', 'its token'])
    expect((await dead[who]!('GET', '/classes/c1')).status).toBe(200);
  expect((await north.admin('DELETE', `/keys/${id}`)).status).toBe(204);
  await until(async () => (await dead['an expired token']!('GET', '/classes/c1')).status === 401);
}, 60_000);
afterAll(() => service.stop());

/** Words that stand in texts of one place alone. */
const canary = (tenantName: string, place: 'top' | 'school' | 'annex' | 'alone') =>
  `Canary${tenantName === 'north' ? 'Nord' : 'Sued'}${place}7f3a`;

async function newKey(by: Caller, domain: string, role: string, query = '') {
  return expectOk(
    by<{ id: string; key: string }>('POST', `/domains/${domain}/keys${query}`, {
      role,
      name: `${role} of ${domain}`,
    }),
  );
}
async function token(by: Caller, more: Record<string, unknown> = {}): Promise<string> {
  const body = {
    subject: 'u1',
    displayName: 'Ann',
    role: 'teacher',
    domainId: 'school',
    classIds: ['c1'],
    ...more,
  };
  return (await expectOk(by<{ token: string }>('POST', '/tokens', body))).token;
}

async function tenant(name: string): Promise<Tenant> {
  const { root } = service;
  const as = (key: string) => service.as(key);
  const text = (place: 'top' | 'school' | 'annex' | 'alone', what: string) =>
    `${what} ${canary(name, place)}`;
  await expectOk(root('PUT', `/domains/${name}`, { name: text('top', 'District') }));
  const query = `?tenant=${name}`;
  const admin = as((await newKey(root, name, 'admin', query)).key);
  const lms = as((await newKey(root, name, 'lms', query)).key);
  const only = `only-${name}`;
  for (const [key, place] of [
    ['school', 'school'],
    ['annex', 'annex'],
    [only, 'alone'],
  ] as const)
    await expectOk(admin('PUT', `/domains/${key}`, { name: text(place, 'Domain'), parentId: name }));
  await expectOk(
    admin('PUT', `/domains/${name}/settings`, {
      passbackEnabled: true,
      sisName: text('top', 'SIS'),
      rosterPull: {},
      ...connectionSettings(service.sis),
    }),
  );
  for (const [domainId, classId, place] of [
    ['school', 'c1', 'school'],
    ['annex', 'c2', 'annex'],
    [only, `class-${name}`, 'alone'],
  ] as const)
    await fill(lms, domainId, classId, (what) => text(place, what));
  const syncs = {
    shared: await sync(lms, '/classes/c1/syncs'),
    annex: await sync(lms, '/classes/c2/syncs'),
    alone: await sync(lms, `/classes/class-${name}/syncs`),
  };
  expect(Object.values(syncs).map((s) => s.status)).toEqual(['complete', 'complete', 'complete']);
  const [row] = await service.service.db.rows<{ id: string }>(`SELECT id FROM domain WHERE key = $1`, [name]);
  const common = { lineItemId: 'quiz', studentId: 's01', code: 'MAP_STUDENT' };
  const keyOf = async (domain: string) => (await newKey(admin, domain, 'lms')).id;
  return {
    name,
    id: row!.id,
    admin,
    lms,
    teacher: as(await token(lms)),
    adminToken: as(await token(admin, { role: 'admin', domainId: name, classIds: undefined })),
    annexAdmin: as((await newKey(admin, 'annex', 'admin')).key),
    annexLms: as((await newKey(admin, 'annex', 'lms')).key),
    shared: {
      ...common,
      domainId: 'school',
      classId: 'c1',
      syncId: syncs.shared.id,
      snapshotId: syncs.shared.id,
      rosterPullId: await pullOf(admin, 'school'),
      deletionId: await deletionIn(lms, 'c1'),
      conflictId: await conflictIn(row!.id, lms, 'c1'),
      keyId: await keyOf('school'),
      platformId: await signInsIn(admin, 'school'),
      scheduleId: await scheduleIn(admin, 'school'),
      ...(await webhookIn(admin, 'school')),
      parentId: name,
    },
    annex: {
      ...common,
      domainId: 'annex',
      classId: 'c2',
      syncId: syncs.annex.id,
      snapshotId: syncs.annex.id,
      rosterPullId: await pullOf(admin, 'annex'),
      deletionId: await deletionIn(lms, 'c2'),
      conflictId: await conflictIn(row!.id, lms, 'c2'),
      keyId: await keyOf('annex'),
      platformId: await signInsIn(admin, 'annex'),
      scheduleId: await scheduleIn(admin, 'annex'),
      ...(await webhookIn(admin, 'annex')),
      parentId: name,
    },
    alone: {
      ...common,
      domainId: only,
      classId: `class-${name}`,
      syncId: syncs.alone.id,
      snapshotId: syncs.alone.id,
      rosterPullId: await pullOf(admin, only),
      deletionId: await deletionIn(lms, `class-${name}`),
      conflictId: await conflictIn(row!.id, lms, `class-${name}`),
      keyId: await keyOf(only),
      platformId: await signInsIn(admin, only),
      scheduleId: await scheduleIn(admin, only),
      ...(await webhookIn(admin, only)),
      parentId: only,
    },
  };
}

const audits = { type: 'driftAudit', cron: '0 3 1 * *' };
async function scheduleIn(by: Caller, domain: string): Promise<string> {
  return (await expectOk(by<{ id: string }>('POST', `/domains/${domain}/schedules`, audits))).id;
}

/** Nobody listens there; what it was told is there to be seen all the same. */
const webhookBody = { url: 'http://127.0.0.1:9/', events: ['credentials.expiring'] };
async function webhookIn(by: Caller, domain: string): Promise<Pick<Ids, 'webhookId' | 'deliveryId'>> {
  const own = `/domains/${domain}/webhooks`;
  const { webhookId } = await expectOk(by<{ webhookId: string }>('POST', own, webhookBody));
  const { deliveryId } = await expectOk(by<{ deliveryId: string }>('POST', `${own}/${webhookId}/test`));
  return { webhookId, deliveryId };
}

let deployments = 0;
/** One client of an LMS for everybody, and each its own deployment. */
const platformBody = () => ({
  ...{ name: 'LMS', issuer: 'https://lms.example', clientId: 'tool', deploymentIds: [`d${deployments++}`] },
  ...{ authorizationUrl: 'https://lms.example/auth', jwksUrl: 'http://127.0.0.1:9/jwks' },
});
const signInBody = {
  ...{
    issuer: 'http://127.0.0.1:9',
    clientId: 'passback',
    clientSecret: 'CanarySecret',
    roleClaim: 'groups',
  },
  admins: ['admins'],
};
/** A way in by OpenID, and one by LTI, whose id is answered. */
async function signInsIn(by: Caller, domain: string): Promise<string> {
  await expectOk(by('PUT', `/domains/${domain}/signIn`, signInBody));
  return (await expectOk(by<{ id: string }>('POST', `/domains/${domain}/ltiPlatforms`, platformBody()))).id;
}

let gone = 0;
/** A lineItem was sent and is deleted here: the id of what is to be done in the SIS. */
async function deletionIn(lms: Caller, classId: string): Promise<string> {
  const item = `/classes/${classId}/lineItems/gone`;
  // both tenants are linked to one class of the SIS, which has no two assignments of one title
  await expectOk(lms('PUT', item, { ...lineItemBody, title: `Gone ${gone++}` }));
  expect(await sync(lms, `${item}/syncs`)).toMatchObject({ status: 'complete' });
  await expectOk(lms('DELETE', item));
  const { items } = await expectOk(lms<{ items: { id: string }[] }>('GET', `/classes/${classId}/deletions`));
  return items[0]!.id;
}
/** A pull of the roster that has ended. */
async function pullOf(admin: Caller, domain: string): Promise<string> {
  const { id } = await expectOk(admin<{ id: string }>('POST', `/domains/${domain}/rosterPulls`));
  await until(async () => {
    const { status } = await expectOk(admin<{ status: string }>('GET', `/rosterPulls/${id}`));
    return status !== 'processing';
  });
  return id;
}
let typed = 0;
/** Somebody has typed a score in the SIS: the id of that conflict. */
async function conflictIn(tenantId: string, lms: Caller, classId: string): Promise<string> {
  const found = { how: 'foreign', code: 'SCORE_CHANGED_IN_SIS', shown: { score: typed++ }, version: 1 };
  await service.service.db.rows(
    `UPDATE result r SET found = $3 FROM line_item l, class c, student s
      WHERE l.id = r.line_item_id AND c.id = l.class_id AND s.id = r.student_id AND c.tenant_id = $1 AND c.key = $2 AND s.key = 's01'`,
    [tenantId, classId, JSON.stringify(found)],
  );
  const { items } = await expectOk(lms<{ items: { id: string }[] }>('GET', `/classes/${classId}/conflicts`));
  return items[0]!.id;
}

async function fill(lms: Caller, domainId: string, classId: string, text: (what: string) => string) {
  await expectOk(lms('PUT', `/classes/${classId}`, { ...classBody(domainId), title: text('Class') }));
  const students = ['s01', 's02'].map((id) => ({
    studentId: id,
    sourcedId: `sis-${id}`,
    givenName: text('Given'),
  }));
  await expectOk(lms('PUT', `/classes/${classId}/students`, { students }));
  await expectOk(
    lms('PUT', `/classes/${classId}/lineItems/quiz`, {
      ...lineItemBody,
      title: text('Quiz'),
      description: text('About'),
    }),
  );
  for (const { studentId } of students)
    await expectOk(
      lms('PUT', `/classes/${classId}/lineItems/quiz/results/${studentId}`, {
        score: 7,
        comment: text('Said'),
      }),
    );
}
const classBody = (domainId: string) => ({
  domainId,
  title: 'Class',
  sourcedId: 'sis-class-1',
  categories: [{ id: 'hw', title: 'Homework' }],
});
const lineItemBody = {
  title: 'Quiz',
  categoryId: 'hw',
  dueDate: '2026-11-20T23:59:00-06:00',
  resultValueMax: 10,
};

/** A body for each route that wants one. */
const bodies: Record<string, (ids: Ids) => object | string> = {
  putDomain: (ids) => ({ name: 'Put', parentId: ids.parentId }),
  putSettings: () => ({ autoSync: false }),
  testSettings: () => ({}),
  createKey: () => ({ role: 'lms', name: 'made' }),
  createLtiPlatform: platformBody,
  putLtiPlatform: platformBody,
  putSignIn: () => signInBody,
  createWebhook: () => webhookBody,
  putWebhook: () => webhookBody,
  createToken: (ids) => ({
    subject: 'u',
    displayName: 'Bo',
    role: 'teacher',
    domainId: ids.domainId,
    classIds: [ids.classId],
  }),
  createOwnLink: (ids) => ({ classId: ids.classId }),
  putClass: (ids) => classBody(ids.domainId),
  putSyncSettings: () => ({ autoSync: 'inherit' }),
  putRoster: () => ({
    students: ['s01', 's02'].map((studentId) => ({ studentId, sourcedId: `sis-${studentId}` })),
  }),
  putStudent: () => ({ sourcedId: 'sis-s01' }),
  putLineItem: () => lineItemBody,
  putOverrides: () => ({}),
  resolveConflict: () => ({ keep: 'sis' }),
  resolveConflicts: () => ({ keep: 'sis' }),
  linkLineItem: () => ({ sourcedId: null }),
  putResults: (ids) => ({ results: [{ lineItemId: ids.lineItemId, studentId: ids.studentId, score: 3 }] }),
  putResult: () => ({ score: 4 }),
  putClassMapping: () => ({ map: {} }),
  restoreSnapshot: () => ({ dryRun: true }),
  copyClassMapping: (ids) => ({ classIds: [ids.classId] }),
  putDomainMapping: () => ({ map: {} }),
  createSchedule: () => audits,
  previewSchedule: () => audits,
  putSchedule: () => audits,
  putIdMappings: (ids) =>
    `kind,classId,studentId,sourcedId\nstudent,${ids.classId},${ids.studentId},sis-s01\n`,
};
/** Lists tell whose they are by their query. */
const queries: Record<string, (ids: Ids) => string> = {
  listClasses: (ids) => `domainId=${ids.domainId}`,
  listSyncs: (ids) => `classId=${ids.classId}`,
  getSyncsCsv: (ids) => `classId=${ids.classId}`,
  getStudentData: (ids) => `studentId=${ids.studentId}`,
  eraseStudentData: (ids) => `studentId=${ids.studentId}&confirm=true`,
};

const guarded = routes.filter((route) => route.roles !== 'anyone');
const may = (route: Route, role: Role, kind: 'key' | 'token') =>
  route.roles !== 'anyone' &&
  route.roles.includes(role) &&
  !(kind === 'key' ? route.tokensOnly : route.keysOnly);
const named = guarded.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const);

let asked = 0;
async function call(route: Route, by: Caller, ids: Ids, more: { tenant?: string; role?: Role } = {}) {
  const path = route.path
    .replace('/v1', '')
    .replace(/\{(\w+)\}/g, (_all, name: keyof Ids) => encodeURIComponent(ids[name]));
  const query = [queries[route.operationId]?.(ids), more.tenant && `tenant=${more.tenant}`]
    .filter(Boolean)
    .join('&');
  const body = bodies[route.operationId]?.(ids);
  const given =
    route.operationId === 'createToken' && more.role === 'admin'
      ? { ...(body as object), role: 'admin', classIds: undefined }
      : body;
  const from = { 'x-forwarded-for': `10.0.${asked >> 8}.${asked++ & 255}` };
  return by<{ code?: string }>(route.method.toUpperCase(), path + (query && `?${query}`), given, from);
}
const seen = ({ status, body }: Answer<{ code?: string } | undefined>) =>
  status < 300 ? 'done' : `${status} ${body?.code ?? ''}`;
const whole = (answer: Answer) => JSON.stringify([answer.body, [...answer.headers]]);

/** Callers ask side by side, as in life. */
const each = <T>(of: T[], ask: (one: T) => Promise<void>) => Promise.all(of.map(ask));

/** Every row of a tenant, but for what a look at it changes (when a key was last used). */
async function rowsOf(of: Tenant): Promise<Record<string, unknown[]>> {
  const all: Record<string, string> = {
    domain: `SELECT * FROM domain t WHERE tenant_id = $1`,
    connection: `SELECT t.* FROM connection t JOIN domain d ON d.id = t.domain_id WHERE d.tenant_id = $1`,
    class: `SELECT * FROM class t WHERE tenant_id = $1`,
    schedule: `SELECT * FROM schedule t WHERE tenant_id = $1`,
    webhook: `SELECT id, domain_id, url, events, description, enabled, secret, old_secret FROM webhook t WHERE tenant_id = $1`,
    lti_platform: `SELECT * FROM lti_platform t WHERE tenant_id = $1`,
    sign_in_provider: `SELECT * FROM sign_in_provider t WHERE tenant_id = $1`,
    student: `SELECT t.* FROM student t JOIN class c ON c.id = t.class_id WHERE c.tenant_id = $1`,
    line_item: `SELECT t.* FROM line_item t JOIN class c ON c.id = t.class_id WHERE c.tenant_id = $1`,
    result: `SELECT t.* FROM result t JOIN line_item l ON l.id = t.line_item_id JOIN class c ON c.id = l.class_id WHERE c.tenant_id = $1`,
    sync: `SELECT * FROM sync t WHERE tenant_id = $1`,
    roster_pull: `SELECT * FROM roster_pull t WHERE tenant_id = $1`,
    snapshot: `SELECT t.* FROM snapshot t JOIN sync s ON s.id = t.id WHERE s.tenant_id = $1`,
    snapshot_cell: `SELECT t.* FROM snapshot_cell t JOIN sync s ON s.id = t.snapshot_id WHERE s.tenant_id = $1`,
    deletion: `SELECT t.* FROM deletion t JOIN class c ON c.id = t.class_id WHERE c.tenant_id = $1`,
    sync_entry: `SELECT t.* FROM sync_entry t JOIN sync s ON s.id = t.sync_id WHERE s.tenant_id = $1`,
    api_key: `SELECT id, role, name, domain_id, created_by FROM api_key t WHERE tenant_id = $1`,
    user_token: `SELECT hash::text AS id, kind, domain_id, role, class_keys, expires_at FROM user_token t WHERE tenant_id = $1`,
  };
  const rows: Record<string, unknown[]> = {};
  for (const [table, text] of Object.entries(all))
    rows[table] = await service.service.db.rows(
      `SELECT to_jsonb(r) AS row FROM (${text}) r ORDER BY to_jsonb(r)->>'id', to_jsonb(r)::text`,
      [of.id],
    );
  return rows;
}

test('the tables of bodies and queries name routes that there are', () => {
  const known = routes.map((r) => r.operationId);
  expect([...Object.keys(bodies), ...Object.keys(queries)].filter((name) => !known.includes(name))).toEqual(
    [],
  );
});

describe('A22: without a valid credential', () => {
  test.each(named)('%s is closed', async (_name, route) => {
    await each(Object.entries(dead), async ([who, by]) => {
      const answer = await call(route, by, north.shared);
      expect([who, seen(answer)]).toEqual([who, '401 UNAUTHENTICATED']);
      expect(whole(answer)).not.toMatch(/Canary/);
    });
  });
});

describe('A21: what belongs to another', () => {
  interface Stranger {
    who: string;
    by: Caller;
    role: Role;
    kind: 'key' | 'token';
    /** what he asks for */
    ids: Ids;
    /** and must read nothing of */
    never: string;
    /** where what he may do ends otherwise than in 404, for the body or nothing names the place */
    otherwise: Record<string, string>;
  }
  // a new object would be his own, but may not lie in a place that he cannot see
  const placed = { putDomain: '400 VALIDATION', putClass: '400 VALIDATION' };
  const lists = { listDomains: 'done' };
  const strangers = (): Stranger[] => [
    ...(['admin', 'lms', 'teacher'] as const).map((role): Stranger => ({
      who: `${role} of another tenant`,
      by: south[role],
      role,
      kind: role === 'teacher' ? 'token' : 'key',
      ids: north.alone,
      never: 'CanaryNord',
      otherwise: { ...placed, ...lists },
    })),
    {
      who: 'admin’s token of another tenant',
      by: south.adminToken,
      role: 'admin',
      kind: 'token',
      ids: north.alone,
      never: 'CanaryNord',
      otherwise: { ...placed, ...lists },
    },
    ...(['admin', 'lms'] as const).map((role): Stranger => ({
      who: `${role} of a sub-domain beside it`,
      by: role === 'admin' ? north.annexAdmin : north.annexLms,
      role,
      kind: 'key',
      ids: north.shared,
      never: canary('north', 'school'),
      // a domain's id is taken already, a class may not be put into a domain beside
      otherwise: { ...lists, putClass: '400 VALIDATION' },
    })),
    {
      who: 'teacher of another class',
      by: north.teacher,
      role: 'teacher',
      kind: 'token',
      ids: north.annex,
      never: canary('north', 'annex'),
      otherwise: {},
    },
  ];
  /** names nothing of anybody else's */
  const aboutOneself: Record<string, string> = { getOwnToken: 'done' };
  let before: Record<string, unknown[]>;
  beforeAll(async () => (before = await rowsOf(north)));

  describe.each(named)('%s', (_name, route) => {
    test('is not found by those whose role may ask, and refused to others', async () => {
      await each(strangers(), async ({ who, by, role, kind, ids, never, otherwise }) => {
        const answer = await call(route, by, ids, { role });
        const expected = may(route, role, kind)
          ? (otherwise[route.operationId] ?? aboutOneself[route.operationId] ?? '404 NOT_FOUND')
          : '403 FORBIDDEN';
        expect([who, seen(answer)]).toEqual([who, expected]);
        expect([who, whole(answer)]).toEqual([who, expect.not.stringContaining(never)]);
      });
    });

    test('answers as if there were nothing', async () => {
      const nowhere: Ids = {
        ...{
          domainId: 'nowhere',
          classId: 'nowhere',
          lineItemId: 'quiz',
          studentId: 's01',
          code: 'MAP_STUDENT',
          parentId: 'nowhere',
          conflictId: 'r999999999999-nowherenowherena',
        },
        ...{
          syncId: '01890000-0000-7000-8000-000000000000',
          snapshotId: '01890000-0000-7000-8000-000000000000',
          rosterPullId: '01890000-0000-7000-8000-000000000000',
          deletionId: '1',
          platformId: '01890000-0000-7000-8000-000000000000',
          keyId: '01890000-0000-7000-8000-000000000000',
          scheduleId: '01890000-0000-7000-8000-000000000000',
          webhookId: '01890000-0000-7000-8000-000000000000',
          deliveryId: '01890000-0000-7000-8000-000000000000',
        },
      };
      const others = strangers().filter((s) => s.ids === north.alone && may(route, s.role, s.kind));
      await each(others, async ({ who, by, role, ids }) => {
        const there = await call(route, by, ids, { role });
        const none = await call(route, by, nowhere, { role });
        const plain = (a: Answer<object | undefined>) => ({ ...a.body, status: a.status, requestId: '' });
        expect([who, plain(there)]).toEqual([who, plain(none)]);
      });
    });
  });

  test('is as it was before', async () => {
    expect(await rowsOf(north)).toEqual(before);
  });
});

describe('one’s own, beside a tenant with the same ids', () => {
  /** Fresh objects for what is about to be deleted or ended. */
  const spares: Record<string, () => Promise<Partial<Ids>>> = {
    deleteDomain: async () => {
      await expectOk(north.admin('PUT', '/domains/spare', { name: 'Spare', parentId: 'north' }));
      return { domainId: 'spare' };
    },
    deleteClass: async () => {
      await expectOk(north.lms('PUT', '/classes/spare', classBody('school')));
      return { classId: 'spare' };
    },
    deleteStudent: async () => {
      await expectOk(north.lms('PUT', '/classes/c1/students/spare', {}));
      return { studentId: 'spare' };
    },
    deleteLineItem: async () => {
      await expectOk(north.lms('PUT', '/classes/c1/lineItems/spare', lineItemBody));
      return { lineItemId: 'spare' };
    },
    deleteResult: async () => {
      await expectOk(north.lms('PUT', '/classes/c1/lineItems/quiz/results/s02', { score: 5 }));
      return { studentId: 's02' };
    },
    eraseStudentData: async () => {
      await expectOk(north.lms('PUT', '/classes/c1/students/spare', {}));
      return { studentId: 'spare' };
    },
    resolveConflict: async () => ({ conflictId: await conflictIn(north.id, north.lms, 'c1') }),
    tickOffDeletion: async () => {
      await service.service.db.rows(`UPDATE deletion SET state = 'toDoByHand' WHERE id = $1`, [
        north.shared.deletionId,
      ]);
      return {};
    },
    deleteKey: async () => ({ keyId: (await newKey(north.admin, 'school', 'lms')).id }),
    deleteWebhook: () => webhookIn(north.admin, 'school'),
    deleteSchedule: async () => ({ scheduleId: await scheduleIn(north.admin, 'school') }),
    // one that runs already is not run again
    runSchedule: async () => ({ scheduleId: await scheduleIn(north.admin, 'school') }),
    deleteLtiPlatform: async () => ({ platformId: await signInsIn(north.admin, 'school') }),
    deleteSignIn: async () => {
      await signInsIn(north.admin, 'school');
      return {};
    },
    deleteKeyOfDomain: async () => ({ keyId: (await newKey(north.admin, 'school', 'lms')).id }),
  };
  const otherwise: Record<string, string> = {
    cancelSync: '409 SYNC_FINISHED',
    confirmSync: '409 SYNC_FINISHED',
    // none of these has signed in by a browser
    endSession: '404 NOT_FOUND',
  };
  let before: Record<string, unknown[]>;
  beforeAll(async () => (before = await rowsOf(south)));

  test.each(named)('%s is done for the roles that may, and refused to others', async (_name, route) => {
    const callers: [string, Caller, Role, 'key' | 'token', string?][] = [
      ['root', service.root, 'root', 'key', 'north'],
      ['admin', north.admin, 'admin', 'key'],
      ['lms', north.lms, 'lms', 'key'],
      ['admin’s token', north.adminToken, 'admin', 'token'],
      ['teacher', north.teacher, 'teacher', 'token'],
    ];
    for (const [who, by, role, kind, tenantName] of callers) {
      const spare = may(route, role, kind) ? await spares[route.operationId]?.() : {};
      // the tokens of teachers are made by lms keys, those of admins by admin keys
      const more = { role, ...(tenantName === undefined ? {} : { tenant: tenantName }) };
      const answer = await call(route, by, { ...north.shared, ...spare }, more);
      const expected = may(route, role, kind) ? (otherwise[route.operationId] ?? 'done') : '403 FORBIDDEN';
      expect([who, seen(answer)]).toEqual([who, expected]);
      // both tenants of this test are linked to the same class of one SIS: what that has, it shows to both
      if (route.operationId === 'getSisLineItems') continue;
      expect([who, whole(answer)]).toEqual([who, expect.not.stringContaining('CanarySued')]);
    }
  });

  test('the other tenant is as it was before', async () => {
    expect(await rowsOf(south)).toEqual(before);
  });
});

describe('a root key', () => {
  test.each(named)('%s: asks which tenant, where an id does not tell it', async (_name, route) => {
    const both = { ...north.shared, parentId: 'school' };
    const bySingleId = [
      'listDomains',
      'getSync',
      'listSyncEntries',
      ...['getSyncEntriesCsv', 'followSync'],
      ...['cancelSync', 'confirmSync', 'getSnapshot', 'getSnapshotCsv', 'restoreSnapshot'],
      'retrySync',
      ...['getSchedule', 'putSchedule', 'deleteSchedule', 'pauseSchedule', 'resumeSchedule'],
      ...['runSchedule', 'listScheduleRuns'],
      ...['getRosterPull', 'listUnmatched', 'cancelRosterPull'],
      ...['createLtiKey', 'endSession', 'getOwnToken', 'createOwnLink'],
      'deleteKey',
      'resolveConflict',
      'listWholeAudit',
    ];
    if (bySingleId.includes(route.operationId)) return;
    const answer = await call(route, service.root, both);
    expect(seen(answer)).toBe('409 AMBIGUOUS_TENANT');
    const nowhere = { ...both, domainId: 'nowhere', classId: 'nowhere', parentId: 'nowhere' };
    expect(seen(await call(route, service.root, nowhere))).toBe('404 NOT_FOUND');
    expect(seen(await call(route, service.root, both, { tenant: 'nowhere' }))).toBe('404 NOT_FOUND');
    // a class may be made anew, so that only its domain is missing there
    if (paramNames(route.path).includes('classId') && route.operationId !== 'putClass')
      expect(seen(await call(route, service.root, north.alone, { tenant: 'south' }))).toBe('404 NOT_FOUND');
  });

  test('makes no tenant of an id that a school has somewhere, unless that is said', async () => {
    const put = (path: string) => service.root('PUT', path, { name: 'A tenant?' });
    expect(seen(await put('/domains/only-north'))).toBe('409 AMBIGUOUS_TENANT');
    expect(seen(await put('/domains/school'))).toBe('409 AMBIGUOUS_TENANT');
    expect(seen(await put('/domains/only-north?tenant=north'))).toBe('400 VALIDATION');
    expect(seen(await put('/domains/only-north?tenant=nowhere'))).toBe('404 NOT_FOUND');
    expect((await put('/domains/only-north?tenant=only-north')).status).toBe(201);
    expect((await put('/domains/only-north?tenant=only-north')).status).toBe(200);
    expect(seen(await put('/domains/only-north'))).toBe('409 AMBIGUOUS_TENANT');
    await expectOk(
      service.root('DELETE', '/domains/only-north?tenant=only-north').then((a) => ({ ...a, body: null })),
    );
    expect((await north.admin('GET', '/domains/only-north')).status).toBe(200);
  });

  test('means the one tenant that has the id, and nobody else may name a tenant', async () => {
    expect(await service.root('GET', '/classes/class-north')).toMatchObject({ status: 200 });
    expect(await service.root('GET', `/syncs/${north.alone.syncId}`)).toMatchObject({ status: 200 });
    expect((await service.root('GET', '/syncs/------------------------------------')).status).toBe(404);
    for (const [by, name] of [
      [north.admin, 'north'],
      [north.lms, 'south'],
      [north.admin, 'nowhere'],
    ] as const)
      expect(seen(await by('GET', `/classes/c1?tenant=${name}`))).toBe('403 FORBIDDEN');
  });
});

describe('a key that is bound to a sub-domain', () => {
  const list = async (by: Caller, path: string) =>
    (await expectOk(by<{ items: Record<string, unknown>[] }>('GET', path))).items;

  test('lists what is in it and nothing beside or above', async () => {
    expect((await list(north.annexAdmin, '/domains')).map((d) => d['domainId'])).toEqual(['annex']);
    expect((await list(north.annexAdmin, '/classes')).map((c) => c['classId'])).toEqual(['c2']);
    expect((await list(north.annexAdmin, '/syncs')).every((s) => s['classId'] === 'c2')).toBe(true);
    const keys = await list(north.annexAdmin, '/domains/annex/keys?limit=200');
    expect(new Set(keys.map((k) => k['domainId']))).toEqual(new Set(['annex']));
    expect((await list(north.admin, '/domains/north/keys?limit=200')).length).toBeGreaterThan(keys.length);
  });

  test('makes domains and classes in it, and nowhere else', async () => {
    const { annexAdmin, annexLms } = north;
    const put = (key: string, body: object) => annexAdmin('PUT', `/domains/${key}`, { name: 'N', ...body });
    expect(seen(await put('wing', { parentId: 'annex' }))).toBe('done');
    expect(seen(await put('wing2', {}))).toBe('400 VALIDATION');
    for (const parentId of ['north', 'school', 'only-north', 'only-south', 'nowhere'])
      expect(await put('wing3', { parentId })).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION', errors: [{ pointer: '/parentId' }] },
      });
    // his own domain he may rename, not move; nothing of his may leave
    expect(seen(await put('annex', { parentId: 'north', name: `Annex ${canary('north', 'annex')}` }))).toBe(
      'done',
    );
    for (const parentId of ['school', 'only-north', 'wing', 'annex', undefined])
      expect(seen(await put('annex', { parentId }))).toBe('400 VALIDATION');
    for (const parentId of ['school', 'north', undefined])
      expect(seen(await put('wing', { parentId }))).toBe('400 VALIDATION');
    expect(seen(await annexAdmin('DELETE', '/domains/annex'))).toBe('403 FORBIDDEN');
    expect(seen(await annexLms('PUT', '/classes/c2', classBody('school')))).toBe('400 VALIDATION');
    expect(seen(await annexLms('PUT', '/classes/c1', classBody('annex')))).toBe('404 NOT_FOUND');
    expect(seen(await annexAdmin('PUT', '/domains/school', { name: 'Mine', parentId: 'annex' }))).toBe(
      '404 NOT_FOUND',
    );
    const excluded = { excludedDomainIds: ['wing', 'school'] };
    expect(await annexAdmin('PUT', '/domains/annex/settings', excluded)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/excludedDomainIds/1' }] },
    });
    expect(seen(await annexAdmin('DELETE', '/domains/wing'))).toBe('done');
  });

  test('takes back no key from above, and makes none there', async () => {
    const above = await newKey(north.admin, 'north', 'lms');
    expect(seen(await north.annexAdmin('DELETE', `/keys/${above.id}`))).toBe('404 NOT_FOUND');
    expect(seen(await north.annexAdmin('DELETE', `/domains/annex/keys/${above.id}`))).toBe('404 NOT_FOUND');
    expect(seen(await service.as(above.key)('GET', '/classes/c1'))).toBe('done');
    expect(seen(await north.annexAdmin('POST', '/domains/school/keys', { role: 'lms', name: 'x' }))).toBe(
      '404 NOT_FOUND',
    );
  });

  test('loses what is moved out of its subtree, with its tokens', async () => {
    const { lms, annexLms } = north;
    await expectOk(lms('PUT', '/classes/wanders', classBody('annex')));
    const teacher = service.as(await token(annexLms, { domainId: 'annex', classIds: ['wanders'] }));
    expect([
      seen(await annexLms('GET', '/classes/wanders')),
      seen(await teacher('GET', '/classes/wanders')),
    ]).toEqual(['done', 'done']);
    await expectOk(lms('PUT', '/classes/wanders', classBody('school')));
    for (const by of [annexLms, teacher]) {
      expect(seen(await by('GET', '/classes/wanders'))).toBe('404 NOT_FOUND');
      expect((await list(by, '/classes')).map((c) => c['classId'])).not.toContain('wanders');
    }
  });

  test('of two keys that make the same class at once, one gets it and the other nothing', async () => {
    const schoolLms = service.as((await newKey(north.admin, 'school', 'lms')).key);
    for (let round = 0; round < 8; round++) {
      const path = `/classes/race-${round}`;
      const answers = await Promise.all([
        schoolLms('PUT', path, classBody('school')),
        north.annexLms('PUT', path, classBody('annex')),
      ]);
      expect(answers.map((a) => a.status).sort()).toEqual([201, 404]);
      const winner = answers[0].status === 201 ? 'school' : 'annex';
      expect(await north.lms('GET', path)).toMatchObject({ body: { domainId: winner } });
      await expectOk(north.lms('DELETE', path));
    }
  });
});

describe('keys, tokens and links', () => {
  test('nobody makes or takes back a stronger key than his own', async () => {
    for (const by of [north.admin, north.annexAdmin])
      expect(seen(await by('POST', '/domains/annex/keys', { role: 'root', name: 'x' }))).toBe(
        '403 FORBIDDEN',
      );
    const root = await newKey(service.root, 'north', 'root', '?tenant=north');
    expect(seen(await service.as(root.key)('GET', '/classes/class-south'))).toBe('done');
    expect(seen(await north.admin('DELETE', `/keys/${root.id}`))).toBe('403 FORBIDDEN');
    expect(seen(await service.root('DELETE', `/keys/${root.id}`))).toBe('done');
    expect(seen(await service.as(root.key)('GET', '/classes/class-south'))).toBe('401 UNAUTHENTICATED');
  });

  test('an lms key makes no admin’s token, an admin key no teacher’s, a token none at all', async () => {
    const teacher = {
      subject: 'u',
      displayName: 'Bo',
      role: 'teacher',
      domainId: 'school',
      classIds: ['c1'],
    };
    const admin = { subject: 'u', displayName: 'Bo', role: 'admin', domainId: 'school' };
    expect(seen(await north.lms('POST', '/tokens', admin))).toBe('403 FORBIDDEN');
    expect(seen(await north.admin('POST', '/tokens', teacher))).toBe('403 FORBIDDEN');
    for (const by of [north.adminToken, north.teacher])
      for (const body of [admin, teacher])
        expect(seen(await by('POST', '/tokens', body))).toBe('403 FORBIDDEN');
    for (const classIds of [['c1', 'c2'], ['class-north'], ['class-south'], ['nowhere']])
      expect(await north.lms('POST', '/tokens', { ...teacher, classIds })).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: `/classIds/${classIds.length - 1}` }] },
      });
    expect(seen(await north.lms('POST', '/tokens', { ...teacher, expiresInSeconds: 3601 }))).toBe(
      '400 VALIDATION',
    );
  });

  test('a teacher sees his classes and nothing else, in lists too', async () => {
    const items = async (path: string) =>
      (await expectOk(north.teacher<{ items: { classId: string }[] }>('GET', path))).items.map(
        (i) => i.classId,
      );
    expect(await items('/classes')).toEqual(['c1']);
    expect(new Set(await items('/syncs'))).toEqual(new Set(['c1']));
    for (const path of ['/classes?domainId=annex', '/syncs?domainId=annex', '/syncs?classId=c2'])
      expect(seen(await north.teacher('GET', path))).toBe('404 NOT_FOUND');
  });

  test('an admin’s token is bound to its domain', async () => {
    const by = service.as(
      await token(north.admin, { role: 'admin', domainId: 'annex', classIds: undefined }),
    );
    expect(seen(await by('GET', '/domains/annex/settings'))).toBe('done');
    for (const path of ['/domains/north', '/domains/school', '/classes/c1', '/domains/school/settings'])
      expect(seen(await by('GET', path))).toBe('404 NOT_FOUND');
  });

  test('a token dies with its key, and all die with their domain', async () => {
    await expectOk(north.admin('PUT', '/domains/doomed', { name: 'Doomed', parentId: 'school' }));
    const { id, key } = await newKey(north.admin, 'doomed', 'admin');
    const other = await newKey(north.admin, 'doomed', 'admin');
    const made = (by: string) =>
      token(service.as(by), { role: 'admin', domainId: 'doomed', classIds: undefined });
    const [one, two] = [service.as(await made(key)), service.as(await made(other.key))];
    expect([seen(await one('GET', '/domains')), seen(await two('GET', '/domains'))]).toEqual([
      'done',
      'done',
    ]);
    await expectOk(north.admin('DELETE', `/domains/doomed/keys/${id}`));
    expect([seen(await one('GET', '/domains')), seen(await two('GET', '/domains'))]).toEqual([
      '401 UNAUTHENTICATED',
      'done',
    ]);
    await expectOk(north.admin('DELETE', '/domains/doomed'));
    for (const by of [two, service.as(other.key)])
      expect(seen(await by('GET', '/domains'))).toBe('401 UNAUTHENTICATED');
  });

  test('a link opens once, whoever comes first, for as long and as far as its token', async () => {
    const body = { subject: 'u', displayName: 'Bo', role: 'teacher', domainId: 'school', classIds: ['c1'] };
    const { pageUrl } = await expectOk(north.lms<{ pageUrl: string }>('POST', '/tokens', body));
    const code = new URLSearchParams(new URL(pageUrl).hash.slice(1)).get('code') ?? '';
    expect(seen(await service.as(code)('GET', '/classes/c1'))).toBe('401 UNAUTHENTICATED');
    const anonymous = service.as(null);
    const opened = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        anonymous<{ token: string; code: string }>(
          'POST',
          '/sign-in',
          { code },
          { 'x-forwarded-for': `10.9.0.${i}` },
        ),
      ),
    );
    expect(opened.map(seen).sort()).toEqual([...Array<string>(7).fill('401 UNAUTHENTICATED'), 'done']);
    const signedIn = opened.find((a) => a.status === 200)!.body;
    expect(signedIn).toMatchObject({ role: 'teacher', classIds: ['c1'], domainId: 'school' });
    const teacher = service.as(signedIn.token);
    expect(seen(await teacher('GET', '/classes/c1'))).toBe('done');
    expect(seen(await teacher('GET', '/classes/c2'))).toBe('404 NOT_FOUND');
    const late = await expectOk(
      north.lms<{ pageUrl: string }>('POST', '/tokens', { ...body, expiresInSeconds: 1 }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const lateCode = new URLSearchParams(new URL(late.pageUrl).hash.slice(1)).get('code') ?? '';
    expect(seen(await anonymous('POST', '/sign-in', { code: lateCode }))).toBe('401 UNAUTHENTICATED');
  });

  test('keys, tokens and codes are kept as hashes and never logged', async () => {
    const { id, key } = await newKey(north.admin, 'school', 'lms');
    const made = await expectOk(
      service.as(key)<{ token: string; pageUrl: string }>(
        'POST',
        '/tokens',
        bodies['createToken']!(north.shared),
      ),
    );
    const code = /code=([^&]+)/.exec(made.pageUrl)?.[1] ?? '';
    await service.as(made.token)('GET', '/classes/c1');
    const dump = JSON.stringify(
      await service.service.db.rows(
        `SELECT to_jsonb(k) AS row FROM api_key k UNION ALL SELECT to_jsonb(t) FROM user_token t`,
      ),
    );
    expect(dump).toContain(id);
    for (const secret of [key, made.token, code])
      for (const text of [dump, service.logged()]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('hex'));
      }
  });
});

test('a made-up cursor is the caller’s fault, on every list', async () => {
  const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const cursors = [
    'x',
    forged([]),
    forged(['a']),
    forged(['9'.repeat(40)]),
    forged(['a', 'b']),
    forged(['2026-02-31T00:00:00.000Z', 'a']),
    forged([1]),
    forged({}),
  ];
  for (const path of [
    ...[
      '/domains',
      '/domains/school/keys',
      '/domains/school/audit',
      '/classes',
      '/classes/c1/students',
      '/syncs',
    ],
    `/syncs/${north.shared.syncId}/entries`,
  ])
    for (const cursor of cursors)
      expect([path, cursor, seen(await north.admin('GET', `${path}?cursor=${cursor}`))]).toEqual([
        path,
        cursor,
        '400 VALIDATION',
      ]);
});

test('nothing of all this was a defect of ours', () => {
  expect(service.logged()).not.toMatch(/"level":"error"/);
});

test('A21: what belongs to another tenant is not found by a root key that names one', async () => {
  const { root } = service;
  for (const tenant of ['root-1', 'root-2'])
    expect((await root('PUT', `/domains/${tenant}`, { name: tenant })).status).toBe(201);
  const put = await root('PUT', '/classes/of-root-1?tenant=root-1', { domainId: 'root-1', title: 'Algebra' });
  expect(put.status).toBe(201);
  const statusIn = async (tenant: string) =>
    (await root('GET', `/classes/of-root-1?tenant=${tenant}`)).status;
  expect([await statusIn('root-1'), await statusIn('root-2')]).toEqual([200, 404]);
});
