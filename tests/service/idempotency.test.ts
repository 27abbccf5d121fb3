/** A repeat of a request is answered, not done: over the whole stack, also two at once, and when we die in between. */
import { openDatabase, type Database } from '../../src/store/database.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type Answer, type Caller, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
/** somebody else at the same database */
let other: Database;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(N) }, service: { lanes: { tickMs: 50 } } });
  d = await district(service, N);
  await putLineItem(d.lms, 'quiz');
  await putScores(d.lms, 'quiz', N);
  other = openDatabase({ connectionString: service.connectionString, poolSize: 2 });
});
afterAll(async () => {
  await other.close();
  await service.stop();
});

interface Body {
  id: string;
  code: string;
  key: string;
}
let n = 0;
const newKey = () => `key-${n++}`;
const post = (by: Caller, path: string, key: string, body: unknown = {}) =>
  by<Body>('POST', path, body, { 'idempotency-key': key });
const shown = (answer: Answer<Body>) => [answer.status, answer.body, answer.headers.get('location')];
const syncsOf = async () => (await expectOk(d.lms<{ items: unknown[] }>('GET', '/syncs?classId=c1'))).items;
const dry = { dryRun: true };

test('A32: the same request is answered as the first one: status, body, Location; one effect', async () => {
  const [key, before] = [newKey(), (await syncsOf()).length];
  const first = await post(d.lms, '/classes/c1/syncs', key);
  expect(first.status).toBe(202);
  await until(
    async () =>
      (await d.lms<{ status: string }>('GET', `/syncs/${first.body.id}`)).body.status === 'complete',
  );
  const again = await post(d.lms, '/classes/c1/syncs', key);
  expect(shown(again)).toEqual(shown(first));
  expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
    null,
    'true',
  ]);
  expect(await syncsOf()).toHaveLength(before + 1);
  // no body means {}: the same request in other words
  const bare = await d.lms<Body>('POST', '/classes/c1/syncs', undefined, { 'idempotency-key': key });
  expect(shown(bare)).toEqual(shown(first));
});

test('A32: another body, path or query with the same key is refused, and does nothing', async () => {
  const key = newKey();
  await expectOk(post(d.lms, '/classes/c1/syncs', key, dry));
  const before = await syncsOf();
  const cases: [string, unknown][] = [
    ['/classes/c1/syncs', { ...dry, mode: 'all' }],
    ['/classes/c1/lineItems/quiz/syncs', dry],
    ['/classes/c1/lineItems/quiz/results/s01/syncs', dry],
    ['/classes/c1/results/batch', { results: [] }],
    [`/syncs/${(before[0] as Body).id}/retry`, {}],
  ];
  for (const [path, body] of cases)
    expect([path, await post(d.lms, path, key, body)]).toMatchObject([
      path,
      { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    ]);
  expect(await syncsOf()).toEqual(before);
});

test('A32: while the first is being worked on, a repeat is told to come again, and then gets its answer', async () => {
  const key = newKey();
  const before = (await syncsOf()).length;
  let both: Promise<Answer<Body>>[] = [];
  await other.transaction(async (sql) => {
    await sql.rows(`SELECT 1 FROM class FOR UPDATE`);
    // either may come first: that one waits for the class, the other is answered
    both = [1, 2].map(() => post(d.lms, '/classes/c1/syncs', key, dry));
    const busy = await Promise.race(both);
    expect([busy.status, busy.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_BUSY']);
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
  });
  const done = (await Promise.all(both)).find((answer) => answer.status !== 409)!;
  expect(done.status).toBe(202);
  expect(shown(await post(d.lms, '/classes/c1/syncs', key, dry))).toEqual(shown(done));
  expect(await syncsOf()).toHaveLength(before + 1);
});

test('A32: of twenty at once one is done', async () => {
  const [key, before] = [newKey(), (await syncsOf()).length];
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => post(d.lms, '/classes/c1/syncs', key, dry)),
  );
  const done = answers.filter((a) => a.status === 202);
  expect(done.length).toBeGreaterThan(0);
  expect(new Set(done.map((a) => a.body.id)).size).toBe(1);
  for (const { status, body } of answers)
    if (status !== 202) expect([status, body.code]).toEqual([409, 'IDEMPOTENCY_KEY_BUSY']);
  expect(await syncsOf()).toHaveLength(before + 1);
});

test('a batch that is repeated late does not bring an old score back', async () => {
  const key = newKey();
  const results = students(N).map((studentId) => ({ lineItemId: 'quiz', studentId, score: 11 }));
  const first = await post(d.lms, '/classes/c1/results/batch', key, { results });
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/s01', { score: 99 }));
  const again = await post(d.lms, '/classes/c1/results/batch', key, { results });
  expect(shown(again)).toEqual(shown(first));
  expect(await d.lms('GET', '/classes/c1/lineItems/quiz/results/s01')).toMatchObject({
    body: { desired: { score: 99 } },
  });
});

test('a pause, a cancel and a retry that are repeated late do nothing more', async () => {
  const paused = newKey();
  await expectOk(post(d.admin, '/domains/school/pause', paused));
  await expectOk(d.admin('POST', '/domains/school/resume'));
  expect((await post(d.admin, '/domains/school/pause', paused)).body).toMatchObject({ state: 'paused' });
  expect((await d.admin('GET', '/domains/school/connection')).body).not.toMatchObject({ state: 'paused' });

  await expectOk(d.admin('POST', '/domains/school/pause'));
  await putScores(d.lms, 'quiz', N, (i) => 40 + i);
  const { id } = await expectOk(d.lms<Body>('POST', '/classes/c1/syncs'));
  const cancelled = newKey();
  const first = await post(d.lms, `/syncs/${id}/cancel`, cancelled);
  expect(first.status).toBe(200);
  expect(shown(await post(d.lms, `/syncs/${id}/cancel`, cancelled))).toEqual(shown(first));
  expect((await d.lms<Body>('POST', `/syncs/${id}/cancel`)).body.code).toBe('SYNC_FINISHED');
  const retried = newKey();
  const retry = await post(d.lms, `/syncs/${id}/retry`, retried);
  expect(shown(await post(d.lms, `/syncs/${id}/retry`, retried))).toEqual(shown(retry));
  await expectOk(d.admin('POST', '/domains/school/resume'));
  await sync(d.lms);
});

test('a key or token is made once; a repeat says so, and its secret is kept nowhere', async () => {
  const [forKey, forToken] = [newKey(), newKey()];
  const input = { role: 'lms', name: 'once' };
  const made = await expectOk(post(d.admin, '/domains/school/keys', forKey, input));
  const person = { subject: 'u', displayName: 'Bo', role: 'teacher', domainId: 'school', classIds: ['c1'] };
  const token = await expectOk(
    d.lms<{ token: string }>('POST', '/tokens', person, { 'idempotency-key': forToken }),
  );
  for (const again of [
    await post(d.admin, '/domains/school/keys', forKey, input),
    await post(d.lms, '/tokens', forToken, person),
  ])
    expect(again).toMatchObject({ status: 409, body: { code: 'ANSWER_SHOWN_ONCE' } });
  const { items } = await expectOk(
    d.admin<{ items: { name: string }[] }>('GET', '/domains/school/keys?limit=200'),
  );
  expect(items.filter((k) => k.name === 'once')).toHaveLength(1);
  expect((await service.as(made.key)('GET', '/classes/c1')).status).toBe(200);
  const kept = JSON.stringify(await other.rows('SELECT * FROM idempotency_key'));
  for (const secret of [made.key, token.token]) expect(kept).not.toContain(secret);
});

test('a refusal is not kept: what was put right is done with the same key', async () => {
  const key = newKey();
  await expectOk(d.admin('PUT', '/domains/school/settings', { passbackEnabled: false }));
  expect((await post(d.lms, '/classes/c1/syncs', key, dry)).body.code).toBe('PASSBACK_OFF');
  await expectOk(d.admin('PUT', '/domains/school/settings', {}));
  expect((await post(d.lms, '/classes/c1/syncs', key, dry)).status).toBe(202);
});

test('a crash between doing it and keeping the answer leaves nothing done, and the repeat does it', async () => {
  const [key, before] = [newKey(), await syncsOf()];
  await other.rows(
    `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`,
  );
  await other.rows(`CREATE TRIGGER die BEFORE INSERT ON idempotency_key FOR EACH ROW EXECUTE FUNCTION die()`);
  expect((await post(d.lms, '/classes/c1/syncs', key, dry)).status).toBe(503);
  expect(await syncsOf()).toEqual(before);
  await other.rows(`DROP TRIGGER die ON idempotency_key`);
  expect((await post(d.lms, '/classes/c1/syncs', key, dry)).status).toBe(202);
  expect(await syncsOf()).toHaveLength(before.length + 1);
});

test('a key is one caller’s: another key, or another person, who chooses the same one is not answered for him', async () => {
  const key = newKey();
  const tokenOf = async (subject: string) =>
    service.as(
      (
        await expectOk(
          d.lms<{ token: string }>('POST', '/tokens', {
            ...{ subject, displayName: 'Same Name', role: 'teacher', domainId: 'school', classIds: ['c1'] },
          }),
        )
      ).token,
    );
  const callers = [d.lms, d.admin, await tokenOf('u1'), await tokenOf('u2')];
  const ids = new Set<string>();
  for (const by of callers) ids.add((await expectOk(post(by, '/classes/c1/syncs', key, dry))).id);
  expect(ids.size).toBe(callers.length);
  // the same person with a token of the next hour is the same person
  expect(ids).toContain((await expectOk(post(await tokenOf('u1'), '/classes/c1/syncs', key, dry))).id);
});

test('after a day the key is free again, swept or not; one that the release before wrote has no answer', async () => {
  const key = newKey();
  const first = await expectOk(post(d.lms, '/classes/c1/syncs', key, dry));
  await other.rows(
    `UPDATE idempotency_key SET created_at = now() - interval '24 hours 1 minute' WHERE key = $1`,
    [key],
  );
  const second = await expectOk(post(d.lms, '/classes/c1/syncs', key, dry));
  expect(second.id).not.toBe(first.id);
  await other.rows(`UPDATE idempotency_key SET status = NULL, answer = NULL, sync_id = $2 WHERE key = $1`, [
    key,
    first.id,
  ]);
  expect((await expectOk(post(d.lms, '/classes/c1/syncs', key, dry))).id).not.toBe(second.id);
});
