/** Several processes of each role on one PostgreSQL: killed, paused, ended, and asked the same thing at once. */
import pg from 'pg';
import { emptyDatabase, testDatabase, type TestDatabase } from '../support/database.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { replicaEnv, startProcess, type ServiceProcess } from '../support/processes.ts';
import { caller, ROOT_KEY, until } from '../support/service.ts';
import { startTestSis, type TestSis } from '../support/sis.ts';

const N = 30;
const LINE_ITEMS = 4;
const AT_ONCE = 3;
const LATENCY = 60;

let database: TestDatabase;
let sis: TestSis;
let sql: pg.Client;
let apis: ServiceProcess[] = [];
let workers: ServiceProcess[] = [];
let d: District;
/** requests that are in the SIS's hands, and the most that ever were */
const busy = { now: new Set<{ status: number }>(), most: 0 };

beforeAll(async () => {
  database = await testDatabase();
  sis = await startTestSis({
    district: sisDistrict(N),
    latencyMs: LATENCY,
    onRequest(entry) {
      for (const one of busy.now) if (one.status !== 0) busy.now.delete(one);
      if (entry.kind !== 'token') busy.now.add(entry);
      busy.most = Math.max(busy.most, busy.now.size);
    },
  });
  sql = new pg.Client({ connectionString: database.connectionString });
  sql.on('error', () => undefined);
  await sql.connect();
  [apis, workers] = await Promise.all([pair('api'), pair('worker')]);
  d = await district({ sis, as: at(0), root: at(0)(ROOT_KEY) }, N, { maxConcurrentRequests: AT_ONCE });
}, 240_000);
afterAll(async () => {
  for (const one of [...apis, ...workers]) one.signal('SIGCONT');
  await Promise.all([...apis, ...workers].map((one) => one.kill()));
  await sql.end();
  await sis.stop();
  await database.drop();
  expect(sis.violations).toEqual([]);
});

const start = (role: 'api' | 'worker') => startProcess(role, replicaEnv(database.connectionString));
const pair = (role: 'api' | 'worker') => Promise.all([start(role), start(role)]);
/** a caller of one of the two api processes */
const at = (api: number) => (key: string | null) => caller(() => apis[api]?.url ?? '', key);
const lane = async () => {
  const { rows } = await sql.query<{ owner: string | null; epoch: string; left: number }>(
    'SELECT owner, epoch, extract(epoch FROM lease_until - now())::float8 * 1000 AS left FROM lane',
  );
  return rows[0] ?? { owner: null, epoch: '0', left: 0 };
};
/** Which worker has the lane, and which has not. */
async function owner(): Promise<{ mine: ServiceProcess; other: ServiceProcess }> {
  const pid = Number((await until(async () => (await lane()).owner)).split('/')[1]);
  const mine = workers.find((one) => one.pid === pid);
  const other = workers.find((one) => one.pid !== pid);
  if (!mine || !other) throw new Error(`the lane is owned by ${pid}, which is none of ours`);
  return { mine, other };
}

async function graded(name: string): Promise<string[]> {
  const keys = Array.from({ length: LINE_ITEMS }, (_, i) => `${name}-${i}`);
  for (const key of keys) {
    await putLineItem(d.lms, key);
    await putScores(d.lms, key, N);
  }
  return keys;
}
const press = (lineItemIds: string[]) =>
  expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', { lineItemIds }));
const results = () => sis.control.count({ kind: 'result', method: 'PUT' });

/** The SIS holds each lineItem and each score once, with the value that the LMS has. */
async function equal(keys: string[]): Promise<void> {
  const { lineItems, results: held } = sis.control.contents();
  for (const key of keys) {
    const items = lineItems.filter((l) => l.title === `Title of ${key}`);
    expect(items).toHaveLength(1);
    const { items: cells } = await expectOk(
      d.lms<{ items: { studentId: string; state: string; desired: { score: number } }[] }>(
        'GET',
        `/classes/c1/results?lineItemId=${key}&limit=200`,
      ),
    );
    const inSis = held.filter((r) => r.lineItem.sourcedId === items[0]?.sourcedId);
    expect(inSis.map((r) => [r.student.sourcedId, r.score]).sort()).toEqual(
      cells.map((c) => [`sis-${c.studentId}`, c.desired.score]).sort(),
    );
    for (const { state } of cells) expect(['acknowledged', 'verified']).toContain(state);
  }
}
/** What is dirty again because nobody knows whose write came last is sent again by a press. */
async function settledAndEqual(id: string, keys: string[]): Promise<void> {
  expect(await syncEnd(d.lms, id, 40_000)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  await syncEnd(d.lms, (await press(keys)).id, 40_000);
  await equal(keys);
}

test('two api and two worker processes: one lane at a time, never more at once than the connection allows', async () => {
  busy.most = 0;
  const keys = await graded('four');
  const { id } = await press(keys);
  await until(() => results() >= 10);
  for (const student of students(N))
    await expectOk(d.lms('PUT', `/classes/c1/lineItems/four-3/results/${student}`, { score: 1 }));
  await settledAndEqual(id, keys);
  expect(busy.most).toBe(AT_ONCE);
  expect(sis.control.staleWrites.count).toBe(0);
}, 180_000);

test('two presses at two api processes in the same moment join one sync', async () => {
  const keys = await graded('joined');
  const answers = await Promise.all(
    [0, 1].map((api) => at(api)(d.lmsKey)<SyncBody>('POST', '/classes/c1/syncs', { lineItemIds: keys })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 202]);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  const sync = await syncEnd(d.lms, answers[0]?.body.id ?? '', 20_000);
  expect(sync).toMatchObject({ status: 'complete', counts: { created: (N + 1) * LINE_ITEMS, failed: 0 } });
}, 180_000);

test('an api process killed in the middle of a batch: what it answered is kept, what it did not is whole or absent', async () => {
  await putLineItem(d.lms, 'killed');
  const doomed = await start('api');
  const lms = caller(() => doomed.url, d.lmsKey);
  const batch = (score: number) =>
    lms('POST', '/classes/c1/results/batch', {
      results: students(N).map((studentId) => ({ lineItemId: 'killed', studentId, score })),
    }).then(
      ({ status }) => status,
      () => null,
    );
  let said = 0;
  let asked = 0;
  const sending = (async () => {
    for (let answer: number | null = 200; answer !== null;) {
      answer = await batch(++asked);
      if (answer === 200) said = asked;
    }
  })();
  await until(() => said >= 5);
  await doomed.kill();
  await sending;
  const { rows } = await sql.query<{ score: string }>(
    `SELECT DISTINCT r.score FROM result r JOIN line_item l ON l.id = r.line_item_id WHERE l.key = 'killed'`,
  );
  expect(rows).toHaveLength(1);
  expect([said, asked]).toContain(Number(rows[0]?.score));
}, 180_000);

test('A37: a worker told to end under load takes nothing more, ends with 0 and leaves no lease', async () => {
  const keys = await graded('term');
  const { id } = await press(keys);
  await until(async () => (await lane()).owner !== null && busy.now.size > 0);
  const { mine } = await owner();
  const before = results();
  mine.signal('SIGTERM');
  expect(await mine.ended).toEqual({ code: 0, signal: null });
  expect((await lane()).owner ?? '').not.toContain(`/${mine.pid}/`);
  expect(mine.lines.join('\n')).not.toMatch(/"level":"(warn|error)"/);
  // the other one goes on at once: it did not have to wait for a lease to run out
  await until(() => results() > before + 2 * AT_ONCE, 10_000);
  workers = [...workers.filter((one) => one !== mine), await start('worker')];
  await settledAndEqual(id, keys);
}, 180_000);

test('A37: an api process told to end under load answers what it took, ends with 0, and what it answered is kept', async () => {
  await putLineItem(d.lms, 'ending');
  const ending = await start('api');
  const lms = caller(() => ending.url, d.lmsKey);
  const kept = new Map<string, number>();
  let refused = 0;
  const one = async (student: string) => {
    for (let score = 0; refused < N; score++) {
      const path = `/classes/c1/lineItems/ending/results/${student}`;
      const status = await lms('PUT', path, { score }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 202) kept.set(student, score);
      else return void refused++;
    }
  };
  const sending = Promise.all(students(N).map(one));
  await until(() => kept.size === N);
  ending.signal('SIGTERM');
  expect(await ending.ended).toEqual({ code: 0, signal: null });
  await sending;
  const { rows } = await sql.query<{ key: string; score: string }>(
    `SELECT s.key, r.score FROM result r JOIN line_item l ON l.id = r.line_item_id JOIN student s ON s.id = r.student_id WHERE l.key = 'ending'`,
  );
  // a request may have been cut off after its commit, never before its answer
  for (const { key, score } of rows) expect(Number(score) - (kept.get(key) ?? 0)).toBeLessThanOrEqual(1);
  for (const { key, score } of rows) expect(Number(score)).toBeGreaterThanOrEqual(kept.get(key) ?? 0);
}, 180_000);

test('A39: processes that start at once on an empty database migrate it once, and all come up', async () => {
  const empty = await emptyDatabase();
  try {
    const started = await Promise.all(
      (['api', 'worker'] as const).map((role) => startProcess(role, replicaEnv(empty.connectionString))),
    );
    const said = started.map((one) => one.lines.join('\n'));
    const applied = said.map((lines) => lines.match(/Migration \w+ applied/g) ?? []);
    expect(applied.map((each) => each.length > 0).sort()).toEqual([false, true]);
    await Promise.all(started.map((one) => one.kill()));
  } finally {
    await empty.drop();
  }
}, 180_000);

test('A05: a killed worker’s lane moves on within 30 s; a paused one that wakes acknowledges nothing and sends nothing more', async () => {
  const keys = await graded('moved');
  const { id } = await press(keys);
  await until(async () => (await lane()).owner !== null && busy.now.size > 0);
  const first = await owner();
  await first.mine.kill();
  const killed = performance.now();
  const before = results();
  // what was in the dead one's socket is answered for nobody; after that only another owner sends
  await until(
    async () => results() > before + AT_ONCE && !(await lane()).owner?.includes(`/${first.mine.pid}/`),
    30_000,
  );
  process.stdout.write(`takeover after kill -9: ${((performance.now() - killed) / 1000).toFixed(1)} s\n`);
  workers = [first.other, await start('worker')];

  // the one that has the lane is paused, with requests under way and rows in its hands
  const more = await graded('paused');
  await press([...keys, ...more]);
  await until(() => busy.now.size === AT_ONCE);
  const { mine: paused, other } = await owner();
  const { epoch } = await lane();
  paused.signal('SIGSTOP');
  const stopped = performance.now();
  await until(async () => (await lane()).epoch !== epoch && (await owner()).mine === other, 30_000);
  process.stdout.write(`takeover after SIGSTOP: ${((performance.now() - stopped) / 1000).toFixed(1)} s\n`);
  const moved = results();
  await until(() => results() > moved + AT_ONCE);

  // the new owner is paused as well, so that whatever the SIS sees now can only come from the one that wakes
  other.signal('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 4 * LATENCY));
  const seen = sis.control.requests.length;
  const { left } = await lane();
  expect(left).toBeGreaterThan(1_000);
  paused.signal('SIGCONT');
  // it works again, and has seen that the lane is another's
  await until(async () => (await fetch(`${paused.url}/readyz`)).ok);
  await new Promise((resolve) => setTimeout(resolve, Math.min(2_500, left - 500)));
  expect(sis.control.requests.slice(seen).map((r) => `${r.method} ${r.kind}`)).toEqual([]);
  other.signal('SIGCONT');

  await settledAndEqual(id, [...keys, ...more]);
  expect(busy.most).toBeLessThanOrEqual(2 * AT_ONCE);
}, 180_000);
