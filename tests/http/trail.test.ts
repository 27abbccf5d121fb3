/** What changes something stands in the audit trail: the table of routes says so, and this test holds every route to it. */
import { setImmediate as turn } from 'node:timers/promises';
import { denialsPerMinute } from '../../src/http/denials.ts';
import { sessionCookie } from '../../src/http/entrance.ts';
import { routes } from '../../src/http/routes.ts';
import { Refusal } from '../../src/passback/refusal.ts';
import type { AuditEntry } from '../../src/passback/ports/audit.ts';
import { bodies, edge, neededQuery, samplePath } from './edge.ts';
import { callers } from './fake-store.ts';

/** Changes that are not in the trail, each with its reason. */
const notAudited: Record<string, string> = {
  putClass: 'the LMS repeats its own data, by the thousand',
  putRoster: 'the same',
  putStudent: 'the same, and a person’s',
  deleteStudent: 'the same, and a person’s',
  putLineItem: 'the LMS repeats its own data',
  previewSchedule: 'nothing is kept',
  putResults: 'scores: versions and syncs tell their history',
  putResult: 'the same',
  deleteResult: 'the same',
};

test('every route that changes something is audited, or an exception with a reason', () => {
  const changing = routes.filter((route) => route.method !== 'get');
  for (const route of changing)
    expect([route.operationId, route.audit !== undefined]).toEqual([
      route.operationId,
      notAudited[route.operationId] === undefined,
    ]);
  expect(Object.keys(notAudited).filter((name) => !changing.some((r) => r.operationId === name))).toEqual([]);
});

test('every POST that changes something honours an Idempotency-Key, or is an exception with a reason', () => {
  const exceptions = {
    testSettings: 'a test is made anew',
    previewSchedule: 'nothing is kept',
    signIn: 'a link opens once by itself',
    createSessionToken: 'each page gets a token of its own, which ends with the session',
    restoreSnapshot: 'the same again restores what is restored, and a dry run’s answer names students',
    tickOffDeletion: 'the same again is told that it is done, and its answer may name a student',
    retryProblem: 'the same again tries what still fails, and joins what is being tried',
    putIdMappings: 'the same file again changes nothing, and its answer names students, so it is not kept',
  };
  const posts = routes.filter((route) => route.method === 'post');
  for (const route of posts)
    expect([route.operationId, route.once !== undefined]).toEqual([
      route.operationId,
      !(route.operationId in exceptions),
    ]);
  // whose answer shows a secret is never kept
  expect(posts.filter((r) => r.once === 'secret').map((r) => r.operationId)).toEqual([
    'createKey',
    'createToken',
    'createOwnLink',
    'createWebhook',
    'rotateWebhookSecret',
  ]);
});

/** As the page of a browser asks that has signed in. */
const ofThePage = {
  origin: 'https://passback.example',
  'x-passback-page': '1',
  cookie: `${sessionCookie}=a-session`,
};

const audited = routes.filter((route) => route.audit);
describe.each(audited.map((route) => [route.operationId, route] as const))('%s', (operationId, route) => {
  test('is recorded once, with who, what and where, after it was done and not when it was refused', async () => {
    const app = edge();
    // of the whole installation, and so in no tenant
    const ofRootAlone = route.roles !== 'anyone' && route.roles.every((role) => role === 'root');
    const kind = route.tokensOnly ? 'token' : 'key';
    const name =
      route.roles === 'anyone'
        ? null
        : callers.findLast(
            ([, p]) => route.roles.includes(p.role) && p.kind === kind && (p.role === 'root') === ofRootAlone,
          )![0];
    const ask = () => {
      const path = samplePath(route) + (neededQuery[operationId] ?? '');
      const by = name === null ? app.anonymous : app.as(name);
      const begun = by[route.method](path);
      if (route.bodyType) void begun.set('content-type', route.bodyType);
      if (operationId === 'createSessionToken') void begun.set(ofThePage);
      return bodies[operationId] && route.method !== 'delete' ? begun.send(bodies[operationId]) : begun;
    };
    const answer = await ask();
    expect([answer.status, answer.body]).toEqual([expect.any(Number), expect.anything()]);
    expect(answer.status).toBeLessThan(300);
    const records = app.calls.filter((c) => c.name === 'audit.add').map((c) => c.args[0] as AuditEntry);
    expect(records).toMatchObject([
      {
        action: route.audit!.action,
        by: name === null ? { kind: 'token' } : { kind, keyId: expect.stringMatching(/^id-of-/) },
        place: { tenantId: 'tenant-1', domainId: 'internal-d' },
        requestId: answer.headers['x-request-id'],
        address: expect.stringContaining('127.0.0.1'),
      },
    ]);
    expect(records[0]!.subject).not.toHaveProperty('studentId');

    app.calls.splice(0);
    for (const noun of [
      'domains',
      'settings',
      'access',
      'ownTokens',
      'classes',
      'gradebook',
      'syncs',
      'students',
      'schedules',
    ])
      for (const verb of [
        'put',
        'remove',
        'pause',
        'resume',
        'createKey',
        'deleteKey',
        'createToken',
        'newLink',
        'openLink',
      ])
        app.answers[`${noun}.${verb}`] = () => {
          throw new Refusal('STALE', 'no');
        };
    for (const name of [
      ...['classes.putMapping', 'classes.copyMapping', 'domains.putMapping', 'classes.putSyncSettings'],
      'gradebook.putOverrides',
      'links.link',
      'classes.readBack',
      'settings.test',
      ...['gradebook.removeLineItem', 'syncs.start', 'syncs.cancel', 'syncs.retry'],
      ...['students.data', 'students.erase'],
      ...['exports.csv', 'idMappings.put'],
      ...['syncs.confirm', 'snapshots.restore', 'snapshots.release', 'deletions.done'],
      ...['schedules.create', 'schedules.pauseAll', 'schedules.resumeAll', 'schedules.run'],
      ...['drift.audit', 'conflicts.resolve', 'conflicts.resolveMany'],
      ...['create', 'put', 'remove', 'rotateSecret', 'test', 'redeliver'].map((verb) => `webhooks.${verb}`),
      ...['create', 'put', 'remove', 'newToolKey'].map((verb) => `ltiPlatforms.${verb}`),
      ...['put', 'remove', 'session', 'endSession'].map((verb) => `signIns.${verb}`),
      ...['rosterPulls.start', 'rosterPulls.cancel', 'problems.retry'],
    ])
      app.answers[name] = app.answers['domains.put'];
    expect((await ask()).status).toBe(412);
    expect(app.calls.filter((c) => c.name === 'audit.add')).toEqual([]);
  });
});

describe('refused access', () => {
  const recorded = (app: ReturnType<typeof edge>) =>
    app.calls.filter((c) => c.name === 'audit.add').map((c) => c.args[0] as AuditEntry);
  const settled = () => turn().then(turn);

  test('is recorded, a few times a minute for one caller however often it happens, and says how many it left out', async () => {
    const app = edge();
    for (let i = 0; i < 40; i++) await app.as('lms-key').delete('/v1/keys/k');
    for (let i = 0; i < 5; i++) await app.as('teacher-token').get('/v1/domains/d/settings');
    await settled();
    const records = recorded(app);
    expect(records).toHaveLength(2 * denialsPerMinute.ofOne);
    expect(records[0]).toMatchObject({
      action: 'access.denied',
      by: { kind: 'key', name: 'the lms', keyId: 'id-of-lms' },
      place: { tenantId: 'tenant-1', domainId: 'internal-d' },
      subject: { keyId: 'k' },
      detail: { code: 'FORBIDDEN', operation: 'deleteKey' },
    });
  });

  test('leaves room for itself: what is nowhere is looked at a few times, and is no refusal', async () => {
    const app = edge();
    app.answers['classes.get'] = () => {
      throw new Refusal('NOT_FOUND', 'class not found');
    };
    // his own class, in which something is not there yet, or one that is nowhere at all
    for (const place of [{ tenantId: 'tenant-1', domainId: 'internal-d' }, null]) {
      app.answers['audit.place'] = place;
      for (let i = 0; i < 2 * denialsPerMinute.looksOfOne; i++) await app.as('lms-key').get('/v1/classes/c');
    }
    await settled();
    expect(recorded(app)).toEqual([]);
    expect(app.calls.filter((c) => c.name === 'audit.place').length).toBeLessThanOrEqual(
      2 * denialsPerMinute.looksOfOne,
    );
    await app.as('lms-key').delete('/v1/keys/k');
    await settled();
    expect(recorded(app)).toMatchObject([{ detail: { code: 'FORBIDDEN', operation: 'deleteKey' } }]);
    expect(recorded(app)[0]!.detail).not.toHaveProperty('unrecorded');
  });

  test('of nobody is a failed sign-in: with the address, without what was tried; a flood leaves room for others', async () => {
    const app = edge({ trustedProxies: ['loopback'] });
    const guess = (n: number) =>
      app
        .as(`guess-CANARY-${n}`)
        .get('/v1/domains')
        .set('X-Forwarded-For', `203.0.${n >> 8}.${n & 255}`);
    for (let i = 0; i < 300; i++) await guess(i);
    await app.as('lms-key').get('/v1/domains/d/keys');
    await settled();
    const records = recorded(app);
    const failed = records.filter((r) => r.action === 'signIn.failed');
    expect(failed).toHaveLength(denialsPerMinute.ofAll);
    expect(failed[0]).toMatchObject({ place: null, by: { kind: 'nobody' }, address: '203.0.0.0' });
    expect(records.filter((r) => r.action === 'access.denied')).toHaveLength(1);
    expect(JSON.stringify(records)).not.toContain('CANARY');
  });

  test('without any credential is nobody’s attempt; what is not valid is no refusal', async () => {
    const app = edge();
    await app.anonymous.get('/v1/domains');
    await app.as('lms-key').get('/v1/domains?limit=0');
    await app.as('lms-key').put('/v1/classes/c', {});
    await settled();
    expect(recorded(app)).toEqual([]);
  });

  test('that cannot be recorded is refused all the same', async () => {
    const app = edge();
    app.answers['audit.add'] = () => {
      throw new Error('database is away');
    };
    expect((await app.as('lms-key').delete('/v1/keys/k')).status).toBe(403);
    await settled();
    expect(app.lines.join('')).toContain('a refused access was not recorded');
  });
});
