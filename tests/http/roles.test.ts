import type { Role } from '../../src/passback/ports/callers.ts';
import { routes } from '../../src/http/routes.ts';
import type { Route } from '../../src/http/route.ts';
import { bodies, edge, neededQuery, rootQuery, samplePath } from './edge.ts';
import { callers } from './fake-store.ts';

/** Written out by hand on purpose: the table that people read, against the table that the code uses. */
const allowed: Record<string, string> = {
  listDomains: 'root admin lms',
  getDomain: 'root admin lms',
  putDomain: 'root admin',
  deleteDomain: 'root admin',
  getConnection: 'root admin lms',
  getOverview: 'root admin lms',
  listProblems: 'root admin lms',
  listProblemClasses: 'root admin lms',
  retryProblem: 'root admin',
  pauseDomain: 'root admin',
  resumeDomain: 'root admin',
  getSettings: 'root admin lms',
  putSettings: 'root admin',
  testSettings: 'root admin',
  listSisProfiles: 'root admin lms',
  listWebhooks: 'root admin',
  createWebhook: 'root admin',
  getWebhook: 'root admin',
  putWebhook: 'root admin',
  deleteWebhook: 'root admin',
  rotateWebhookSecret: 'root admin',
  testWebhook: 'root admin',
  listWebhookDeliveries: 'root admin',
  redeliverWebhook: 'root admin',
  createKey: 'root admin',
  listKeys: 'root admin',
  deleteKeyOfDomain: 'root admin',
  deleteKey: 'root admin',
  createToken: 'root admin lms',
  getOwnToken: 'admin teacher',
  createOwnLink: 'admin teacher',
  listLtiPlatforms: 'root admin lms',
  createLtiPlatform: 'root admin',
  getLtiPlatform: 'root admin lms',
  putLtiPlatform: 'root admin',
  deleteLtiPlatform: 'root admin',
  createLtiKey: 'root',
  getSignIn: 'root admin lms',
  putSignIn: 'root admin',
  deleteSignIn: 'root admin',
  endSession: 'admin',
  listClasses: 'root admin lms teacher',
  getStanding: 'root admin lms teacher',
  getClass: 'root admin lms teacher',
  putClass: 'root lms',
  deleteClass: 'root lms',
  getSyncSettings: 'root admin lms teacher',
  putSyncSettings: 'root admin lms teacher',
  getClassSending: 'root admin lms teacher',
  readBackClass: 'root admin lms',
  listStudents: 'root admin lms teacher',
  putRoster: 'root lms',
  getStudent: 'root admin lms teacher',
  putStudent: 'root lms',
  deleteStudent: 'root lms',
  listLineItems: 'root admin lms teacher',
  getLineItem: 'root admin lms teacher',
  putLineItem: 'root lms',
  deleteLineItem: 'root lms',
  getOverrides: 'root admin lms teacher',
  putOverrides: 'root lms teacher',
  getSisLineItems: 'root admin lms teacher',
  linkLineItem: 'root lms teacher',
  listResults: 'root admin lms teacher',
  putResults: 'root lms',
  getResult: 'root admin lms teacher',
  putResult: 'root lms',
  deleteResult: 'root lms',
  getPlan: 'root admin lms teacher',
  syncClass: 'root admin lms teacher',
  syncLineItem: 'root admin lms teacher',
  syncResult: 'root admin lms teacher',
  putIdMappings: 'root admin lms',
  pullRoster: 'root admin lms',
  listRosterPulls: 'root admin lms',
  getRosterPull: 'root admin lms',
  listUnmatched: 'root admin lms',
  cancelRosterPull: 'root admin lms',
  explainResult: 'root admin lms teacher',
  explainLineItem: 'root admin lms teacher',
  exportClass: 'root admin lms teacher',
  getExport: 'root admin lms teacher',
  listSyncs: 'root admin lms teacher',
  getSync: 'root admin lms teacher',
  listSyncEntries: 'root admin lms teacher',
  getSyncsCsv: 'root admin lms teacher',
  getSyncEntriesCsv: 'root admin lms teacher',
  followSync: 'root admin lms teacher',
  cancelSync: 'root admin lms teacher',
  retrySync: 'root admin lms teacher',
  confirmSync: 'root admin lms teacher',
  listSnapshots: 'root admin lms teacher',
  getSnapshot: 'root admin lms teacher',
  getSnapshotCsv: 'root admin lms teacher',
  restoreSnapshot: 'root admin lms teacher',
  releaseLineItem: 'root admin lms teacher',
  releaseResult: 'root admin lms teacher',
  listDeletions: 'root admin lms teacher',
  tickOffDeletion: 'root admin lms teacher',
  auditDrift: 'root admin lms',
  getDrift: 'root admin lms',
  listSchedules: 'root admin lms',
  createSchedule: 'root admin',
  previewSchedule: 'root admin',
  pauseAllSchedules: 'root admin',
  resumeAllSchedules: 'root admin',
  getSchedule: 'root admin lms',
  putSchedule: 'root admin',
  deleteSchedule: 'root admin',
  pauseSchedule: 'root admin',
  resumeSchedule: 'root admin',
  runSchedule: 'root admin',
  listScheduleRuns: 'root admin lms',
  listConflicts: 'root admin lms teacher',
  resolveConflict: 'root admin lms teacher',
  resolveConflicts: 'root admin lms teacher',
  getClassMapping: 'root admin lms teacher',
  putClassMapping: 'root admin lms teacher',
  copyClassMapping: 'root admin lms teacher',
  getSisCategories: 'root admin lms teacher',
  getDomainMapping: 'root admin lms',
  putDomainMapping: 'root admin',
  getStudentData: 'root admin',
  eraseStudentData: 'root admin',
  listAudit: 'root admin',
  listWholeAudit: 'root',
};
const keysOnly = [
  ...[
    'createLtiPlatform',
    'putLtiPlatform',
    'deleteLtiPlatform',
    'createLtiKey',
    'putSignIn',
    'deleteSignIn',
  ],
  ...['createKey', 'deleteKeyOfDomain', 'deleteKey', 'createToken'],
];
/** They are about the token itself. */
const tokensOnly = ['getOwnToken', 'createOwnLink'];
const mayCall = (route: Route, role: Role, kind: string) =>
  (allowed[route.operationId] ?? '').split(' ').includes(role) &&
  !(kind === 'key' ? tokensOnly : keysOnly).includes(route.operationId);
const bodyFor = (route: Route, role: Role) =>
  route.operationId === 'createToken' && role === 'admin'
    ? { subject: 'u', displayName: 'Bo', role: 'admin', domainId: 'd' }
    : bodies[route.operationId];

const guarded = routes.filter((route) => route.roles !== 'anyone');

test('A22: the table of roles names every route', () => {
  expect(guarded.map((r) => r.operationId).sort()).toEqual(Object.keys(allowed).sort());
  expect(routes.filter((r) => r.roles === 'anyone').map((r) => r.operationId)).toEqual([
    'signIn',
    'createSessionToken',
  ]);
});

describe.each(guarded.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const))(
  '%s',
  (_name, route) => {
    const path = samplePath(route);
    // One app per route: building it costs more than the requests do.
    const { as, anonymous, calls, asked } = edge();
    beforeEach(() => void calls.splice(0));

    test.each(callers)('does for %s what its role allows, and nothing else', async (credential, who) => {
      const ofRoot = who.role === 'root' ? rootQuery[route.operationId] : undefined;
      const query = neededQuery[route.operationId] ?? ofRoot ?? '';
      const answer = await as(credential)[route.method](path + query, bodyFor(route, who.role));
      if (mayCall(route, who.role, who.kind)) {
        expect([answer.status, answer.body]).toEqual([expect.any(Number), expect.anything()]);
        expect(answer.status).toBeLessThan(300);
        expect(asked().length).toBeGreaterThan(0);
      } else {
        expect(answer.status).toBe(403);
        expect(answer.body).toMatchObject({ code: 'FORBIDDEN', status: 403 });
        expect(asked()).toEqual([]);
      }
    });

    test('is closed to callers without a credential, with an unknown one, and with another scheme', async () => {
      const none = await anonymous[route.method](path);
      const unknown = await as('nobody')[route.method](path);
      const basic = await anonymous[route.method](path).set('Authorization', 'Basic cm9vdC1rZXk=');
      for (const answer of [none, unknown, basic]) {
        expect(answer.status).toBe(401);
        expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
        expect(answer.body.code).toBe('UNAUTHENTICATED');
      }
      expect(asked()).toEqual([]);
    });

    test('answers 405 with Allow to a method that it does not have', async () => {
      const answer = await anonymous.patch(path);
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toContain(route.method.toUpperCase());
    });

    test('hands the store a scope of the caller’s own tenant', async () => {
      const found = callers.find(([, p]) => p.role !== 'root' && mayCall(route, p.role, p.kind));
      // the one that is for root keys alone has none
      if (!found) return expect(route.roles).toEqual(['root']);
      const [credential, who] = found;
      await as(credential)[route.method](
        path + (neededQuery[route.operationId] ?? ''),
        bodyFor(route, who.role),
      );
      const scopes = asked().map((c) => c.args[0]);
      for (const scope of scopes)
        expect(scope).toEqual({ tenantId: 'tenant-1', domainId: 'internal-d', classKeys: who.classKeys });
    });
  },
);

test('an lms key makes no admin token, an admin key no teacher token, nobody a stronger key', async () => {
  const { as, asked } = edge();
  const admin = { subject: 'u', displayName: 'Bo', role: 'admin', domainId: 'd' };
  expect((await as('lms-key').post('/v1/tokens', admin)).status).toBe(403);
  expect((await as('admin-key').post('/v1/tokens', bodies['createToken'])).status).toBe(403);
  expect((await as('admin-key').post('/v1/domains/d/keys', { role: 'root', name: 'x' })).status).toBe(403);
  expect(asked()).toEqual([]);
  expect((await as('admin-key').post('/v1/domains/d/keys', { role: 'admin', name: 'x' })).status).toBe(201);
});
