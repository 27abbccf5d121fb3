/**
 * A29, A30: unmistakable names, scores, comments and secrets go through every fault of the SIS and through bad
 * requests; then everything that the service says or keeps is searched for them.
 */
import { FAULT_KINDS, type FaultSpec } from '../../src/demo/sis/faults.ts';
import { routes } from '../../src/http/routes.ts';
import { canariesIn } from '../support/canary.ts';
import { testDatabase } from '../support/database.ts';
import { expectOk, sisDistrict, sync } from '../support/district.ts';
import { replicaEnv, startProcess } from '../support/processes.ts';
import { startService, until, type Answer, type Caller, type TestService } from '../support/service.ts';

/** Of people: they belong into their rows and into answers to those who may see them, and nowhere else. */
const personal = {
  givenName: 'Zyxgiven-4471',
  familyName: 'Zyxfamily Ünal/4472',
  comment: 'Zyxcomment "4473" said',
  title: 'Zyxtitle-4474 of a quiz',
  description: 'Zyxdescription-4475',
  score: '83.46193741',
};
const clientSecret = 'Zyxsecret+4476/with:odd%chars';
const secrets: Record<string, string> = {
  clientSecret,
  extraHeader: 'Zyxheader-4477-value',
  newSecret: 'Zyxrotated-4478-secret',
  accessToken: 'Zyxaccess-4479-token',
};
const people = Object.values(personal);

let service: TestService;
let admin: Caller;
let lms: Caller;
let teacher: Caller;
/** whatever the process wrote beside its log */
const output: string[] = [];
const streams = [process.stdout, process.stderr];
const writes = streams.map((stream) => stream.write.bind(stream));
for (const stream of streams) stream.write = (chunk: unknown) => output.push(String(chunk)) > 0;
const answers: string[] = [];
const problems: string[] = [];
/** Every answer is kept, but for the two that hand out a secret, once. */
const kept =
  (by: Caller): Caller =>
  async <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer: Answer<T> = await by<T>(method, path, body, headers);
    const text = JSON.stringify([answer.body, [...answer.headers]]);
    const handsOut = method === 'POST' && /\/(keys|tokens|sign-in)(\?|$)/.test(path) && answer.status < 300;
    if (!handsOut) answers.push(text);
    if (answer.status >= 400) problems.push(text);
    return answer;
  };

beforeAll(async () => {
  service = await startService({
    sis: {
      district: sisDistrict(3),
      clients: [{ id: 'lms-client', secret: clientSecret }],
      accessTokens: [secrets['accessToken']!],
    },
    service: { sisLimits: { connectMs: 500, totalMs: 600 }, lanes: { firstProbeMs: 50, tickMs: 50 } },
  });
  const root = kept(service.root);
  await expectOk(root('PUT', '/domains/d', { name: 'District' }));
  const key = async (role: string, headers = {}) =>
    (await expectOk(service.root<{ key: string }>('POST', '/domains/d/keys', { role, name: role }, headers)))
      .key;
  // an answer that is kept for a repeat must not be the place where a key lies
  const idempotent = { 'idempotency-key': 'make-the-lms-key' };
  secrets['lmsKey'] = await key('lms', idempotent);
  secrets['adminKey'] = await key('admin');
  admin = kept(service.as(secrets['adminKey']));
  lms = kept(service.as(secrets['lmsKey']));
  await expectOk(admin('PUT', '/domains/school', { name: 'School', parentId: 'd' }));
  await expectOk(admin('PUT', '/domains/d/settings', settings()));
  await expectOk(
    lms('PUT', '/classes/c1', {
      ...{ domainId: 'school', title: personal.title, sourcedId: 'sis-class-1' },
      categories: [{ id: 'hw', title: 'Homework' }],
    }),
  );
  for (const id of ['s01', 's02', 's03'])
    await expectOk(
      lms('PUT', `/classes/c1/students/${id}`, {
        ...{ sourcedId: `sis-${id}`, givenName: personal.givenName, familyName: personal.familyName },
      }),
    );
  const made = await expectOk(
    service.as(secrets['lmsKey'])<{ token: string; pageUrl: string }>('POST', '/tokens', {
      ...{ subject: 'u1', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds: ['c1'] },
    }),
  );
  secrets['teacherToken'] = made.token;
  secrets['linkCode'] = decodeURIComponent(/code=([^&]+)/.exec(made.pageUrl)?.[1] ?? '');
  teacher = kept(service.as(made.token));
}, 60_000);
afterAll(async () => {
  streams.forEach((stream, i) => (stream.write = writes[i]!));
  await service.stop();
});

const settings = (secret = clientSecret) => ({
  ...{ passbackEnabled: true, sendComments: true, baseUrl: service.sis.gradebookUrl },
  auth: { ...service.sis.auth, clientSecret: secret },
  extraHeaders: { 'X-Vendor': secrets['extraHeader'] },
});

async function grade(lineItem: string): Promise<void> {
  await expectOk(
    lms('PUT', `/classes/c1/lineItems/${lineItem}`, {
      ...{ title: `${personal.title} ${lineItem}`, description: personal.description, categoryId: 'hw' },
      ...{ dueDate: '2026-11-20T23:59:00-06:00', resultValueMax: 100 },
    }),
  );
  for (const student of ['s01', 's02', 's03'])
    await expectOk(
      lms('PUT', `/classes/c1/lineItems/${lineItem}/results/${student}`, {
        ...{ score: Number(personal.score), comment: personal.comment },
      }),
    );
}

/** Hours pass: what waits is tried now, and a lane that stopped looks again. */
async function timePasses(): Promise<void> {
  const { db } = service.service;
  for (const table of ['line_item', 'result'])
    await db.rows(`UPDATE ${table} SET next_attempt_at = now() WHERE attempts > 0 AND release_n > clean_n`);
  await db.rows(`UPDATE lane SET wake_at = now(), paused_until = NULL`);
}

/** An SIS that repeats what it was sent, and how we signed in with it. */
const echo = (credential = clientSecret) => ({
  imsx_codeMajor: 'failure',
  imsx_severity: 'error',
  imsx_description: `Bearer ${credential} ${secrets['extraHeader']}; ${people.join(' ')}`,
});
const slow: Partial<Record<(typeof FAULT_KINDS)[number], Partial<FaultSpec>>> = {
  delay: { ms: 50 },
  late: { ms: 50 },
  drip: { ms: 1 },
  coerce: { decimals: 1 },
};

describe('A29 A30: names, scores, comments and secrets', () => {
  beforeAll(async () => {
    const { control } = service.sis;
    const faults: FaultSpec[] = [
      ...FAULT_KINDS.map((kind): FaultSpec => ({ kind, count: 2, ...slow[kind] })),
      ...[400, 401, 403, 404, 409, 422, 429, 500].map((status): FaultSpec => ({
        kind: 'status',
        status,
        count: 2,
        method: 'PUT',
        body: echo(),
      })),
      {
        kind: 'status',
        status: 400,
        request: 'token',
        count: 1,
        body: { ...echo(), error: 'invalid_client' },
      },
    ];
    for (const [i, fault] of faults.entries()) {
      if (fault.kind === 'token-refused' || fault.request === 'token') control.revokeTokens();
      control.arm(fault);
      await grade(`l${i}`);
      const started = await lms<{ id: string }>('POST', `/classes/c1/lineItems/l${i}/syncs`, {});
      const { id } = await expectOk(Promise.resolve(started));
      await until(async () => {
        await timePasses();
        return (await lms<{ status: string }>('GET', `/syncs/${id}`)).body.status !== 'processing';
      }, 20_000);
      control.disarm();
    }
    // a fixed token, which the SIS repeats
    const fixed = { method: 'accessToken', accessToken: secrets['accessToken']! };
    await expectOk(admin('PUT', '/domains/d/settings', { ...settings(), auth: fixed }));
    for (const status of [401, 422]) {
      control.arm({ kind: 'status', status, count: 4, method: 'PUT', body: echo(fixed.accessToken) });
      await grade(`fixed${status}`);
      await lms('POST', `/classes/c1/lineItems/fixed${status}/syncs`, {});
      await until(() => control.count({ fault: 'status', status }) > 0);
      control.disarm();
    }
    await admin('POST', '/domains/d/settings/test', { settings: { ...settings(), auth: fixed } });
    // a secret that is wrong, then rotated
    await admin('PUT', '/domains/d/settings', settings(secrets['newSecret']));
    await admin('POST', '/domains/d/settings/test', { classId: 'c1' });
    await admin('POST', '/domains/d/settings/test', { settings: settings(secrets['newSecret']) });
    await expectOk(admin('PUT', '/domains/d/settings', settings()));
    await badRequests();
    await everyGet();
  }, 240_000);

  async function badRequests(): Promise<void> {
    const cell = '/classes/c1/lineItems/l0/results/s01';
    const { givenName, familyName, comment, score } = personal;
    await lms('PUT', cell, { score: `${score}x`, comment: [comment] });
    await lms('PUT', cell, { score, status: comment, scoreDate: familyName });
    await lms('PUT', cell, { score: Number(score) * 1e12, comment: `${comment}\u0000` });
    await lms('PUT', '/classes/c1/students/s01', { givenName: { givenName }, familyName: [familyName] });
    await lms('PUT', '/classes/c1', { domainId: givenName, title: [personal.title] });
    await lms('POST', '/classes/c1/results/batch', {
      results: [{ lineItemId: 'l0', studentId: givenName, score }],
    });
    await lms('GET', `/syncs?since=${encodeURIComponent(familyName)}&limit=${score}`);
    await lms('POST', '/classes/c1/syncs', {}, { 'idempotency-key': 'ümlaut' }).catch(() => undefined);
    await admin('PUT', '/domains/d/settings', {
      ...settings(),
      baseUrl: 'https://other.invalid/x',
      auth: [clientSecret],
    });
    await admin('PUT', '/domains/d/settings', {
      ...settings(),
      extraHeaders: { 'X-Vendor': [clientSecret] },
    });
    await admin('PUT', '/domains/d/settings', {
      ...{
        baseUrl: `https://me:${clientSecret}@sis.invalid/`,
        auth: { method: 'accessToken', accessToken: 7 },
      },
    });
    await service.root('POST', '/sign-in', { code: `${secrets['linkCode']}x` });
    for (const authorization of [
      `Basic ${Buffer.from(clientSecret).toString('base64')}`,
      `Bearer ${clientSecret}`,
    ])
      await kept(service.as(null))('GET', '/classes/c1', undefined, { authorization });
    await fetch(`${service.url}/v1/classes/${encodeURIComponent(familyName)}?code=${secrets['linkCode']}`);
    await fetch(`${service.url}/v1/classes/c1`, {
      ...{ method: 'PUT', body: `{"title": "${givenName}", ` },
      headers: { authorization: `Bearer ${secrets['lmsKey']}`, 'content-type': 'application/json' },
    });
  }

  /** Every route that reads, by everyone who may; a new one is asked the day it is made. */
  async function everyGet(): Promise<void> {
    const sync = await expectOk(lms<{ items: { id: string }[] }>('GET', '/syncs?limit=200'));
    const ids: Record<string, string[]> = {
      ...{ domainId: ['d', 'school'], classId: ['c1'], lineItemId: ['l0', 'l20'], studentId: ['s01'] },
      syncId: sync.items.map(({ id }) => id),
    };
    for (const { method, path } of routes) {
      if (method !== 'get') continue;
      const name = /\{(\w+)\}/.exec(path)?.[1] ?? '';
      for (const first of ids[name] ?? [''])
        for (const by of [admin, lms, teacher, kept(service.root)])
          await by(
            'GET',
            path
              .replace('/v1', '')
              .replace(/\{(\w+)\}/g, (_all, param: string) =>
                param === name ? first : (ids[param]?.[0] ?? 'x'),
              ) + (by !== admin && by !== lms && by !== teacher ? '?tenant=d' : ''),
          ).catch(() => undefined);
    }
    await admin('GET', '/domains/d/settings?effective=true');
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.yaml', '/teacher', '/admin'])
      answers.push(await (await fetch(`${service.url}${path}`)).text());
  }

  test('the search finds what it looks for, in every form', () => {
    for (const canary of [...people, ...Object.values(secrets)]) {
      const forms = [
        `x ${canary} x`,
        Buffer.from(canary).toString('base64'),
        Buffer.from(`ab${canary}cd`).toString('base64url'),
        Buffer.from(`a${canary}`).toString('hex').toUpperCase(),
        encodeURIComponent(canary),
        JSON.stringify({ canary }),
        [...canary].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
      ];
      for (const text of forms) expect([text, canariesIn(text, [canary]).length > 0]).toEqual([text, true]);
    }
  });

  test('went to the SIS and came back: there was something to find', () => {
    const sent = JSON.stringify(service.sis.control.requests.map((r) => r.body));
    for (const canary of [personal.comment, personal.score, personal.title])
      expect(canariesIn(sent, [canary]).length).toBeGreaterThan(0);
    expect(Object.values(secrets).every((secret) => secret.length > 10)).toBe(true);
    expect(problems.length).toBeGreaterThan(15);
    expect(service.logged()).toContain('"level":"debug"');
  });

  test('stand in no line of the log, and nothing else is written', () => {
    const all = [...people, ...Object.values(secrets)];
    expect(canariesIn(service.logged(), all)).toEqual([]);
    expect(canariesIn(output.join(''), all)).toEqual([]);
    expect(service.logged()).not.toMatch(/"level":"error"/);
  });

  test('secrets stand in no answer, not even in part', () => {
    const said = answers.join('\n');
    expect(canariesIn(said, Object.values(secrets))).toEqual([]);
    for (const secret of Object.values(secrets)) {
      expect([secret, said.includes(secret.slice(-9))]).toEqual([secret, false]);
      expect([secret, said.includes(secret.slice(0, 12))]).toEqual([secret, false]);
    }
  });

  test('what was wrong with a request is told without repeating it', () => {
    expect(canariesIn(problems.join('\n'), people)).toEqual([]);
  });

  test('A31: the database holds secrets as ciphertext or hashes, and people only where they belong', async () => {
    const { db } = service.service;
    const tables = await db.rows<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    );
    const where: Record<string, string[]> = {};
    for (const { name } of tables) {
      const rows = await db.rows<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`);
      const dump = rows.map(({ row }) => row.replaceAll('""', '"')).join('\n');
      expect([name, canariesIn(dump, Object.values(secrets))]).toEqual([name, []]);
      for (const { canary } of canariesIn(dump, people)) (where[canary] ??= []).push(name);
    }
    // what the SIS answered is kept for support: where a row or a sync's entry says why, and nowhere else
    const said = ['line_item', 'result', 'sync_entry', 'lane'];
    const places: [string, string[]][] = [
      [personal.givenName, ['student', ...said]],
      [personal.familyName, ['student', ...said]],
      [personal.comment, said],
      [personal.score, said],
      [personal.title, ['class', ...said]],
      [personal.description, said],
    ];
    for (const [canary, allowed] of places)
      expect([canary, (where[canary] ?? []).filter((table) => !allowed.includes(table))]).toEqual([
        canary,
        [],
      ]);
    expect(where[personal.givenName]).toContain('student');
  });
});

test('A34: a line break in what a caller or the SIS says is no second line in the log', async () => {
  const forged = '\r\n{"level":"error","message":"forged-by-crlf"}\r\n';
  await lms('PUT', `/classes/c1/lineItems/${encodeURIComponent(forged)}`, { title: forged });
  await lms('GET', `/classes/c1/lineItems/${encodeURIComponent(forged)}`);
  await lms('GET', `/classes/c1?unknown=${encodeURIComponent(forged)}`);
  await fetch(`${service.url}/v1/classes/c1`, { headers: { 'x-request-id': 'a%0d%0aforged-by-crlf' } });
  service.sis.control.arm({ kind: 'status', status: 422, count: 9, body: { imsx_description: forged } });
  await sync(lms, `/classes/c1/lineItems/${encodeURIComponent(forged)}/syncs`).catch(() => undefined);
  service.sis.control.disarm();
  for (const line of service.logged().trim().split('\n')) {
    expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect((JSON.parse(line) as { message: string }).message).not.toBe('forged-by-crlf');
  }
});

test('A29: a process says nothing of them when it cannot start, when it works, or when it is ended', async () => {
  const database = await testDatabase();
  const said: string[] = [];
  const env: Record<string, string> = { ...replicaEnv(database.connectionString), LOG_LEVEL: 'debug' };
  for (const wrong of [
    { SECRET_KEYS: `t1:${Buffer.from(clientSecret).toString('base64')}` },
    { BOOTSTRAP_API_KEY: clientSecret },
    { DATABASE_URL: `postgres://me:${encodeURIComponent(clientSecret)}@127.0.0.1:1/x` },
  ])
    await startProcess('all', { ...env, ...wrong }).then(
      (started) => started.kill(),
      (error: unknown) => said.push(String(error)),
    );
  expect(said).toHaveLength(3);
  const running = await startProcess('all', env);
  const call = service.as(null);
  expect((await call('GET', '/classes/c1')).status).toBe(401);
  await fetch(`${running.url}/v1/domains/${encodeURIComponent(personal.familyName)}`, {
    ...{ method: 'PUT', body: JSON.stringify({ name: personal.title }) },
    headers: { authorization: `Bearer ${env['BOOTSTRAP_API_KEY']}`, 'content-type': 'application/json' },
  });
  await database.drop();
  // the database is gone under it
  await fetch(`${running.url}/v1/domains`, { headers: { authorization: `Bearer ${clientSecret}` } });
  running.signal('SIGTERM');
  await running.ended;
  const everything = [...said, ...running.lines].join('\n');
  expect(running.lines.length).toBeGreaterThan(3);
  expect(canariesIn(everything, [...people, ...Object.values(secrets), env['BOOTSTRAP_API_KEY']!])).toEqual(
    [],
  );
}, 90_000);
