/**
 * A18: the database crashes, falls silent, loses connections without a word and fails over, while scores come in and
 * go out. Nobody mends anything by hand, nothing that was accepted is lost, and no process dies of it.
 */
import {
  district,
  expectOk,
  putLineItem,
  sisDistrict,
  students,
  type District,
} from '../support/district.ts';
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { replicaEnv, startProcess, type ServiceProcess } from '../support/processes.ts';
import { caller, ROOT_KEY, until } from '../support/service.ts';
import { startTestSis, type TestSis } from '../support/sis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const N = 12;
let postgres: PostgresServer;
let standby: PostgresServer | undefined;
let proxy: TcpProxy;
let sis: TestSis;
let replicas: ServiceProcess[] = [];
let d: District;

beforeAll(async () => {
  postgres = await startPostgres({ followed: true });
  proxy = await startTcpProxy(postgres.port);
  sis = await startTestSis({ district: sisDistrict(N) });
  // one after the other: the first one migrates
  const env = replicaEnv(postgres.url(proxy.port));
  replicas = [await startProcess('api', env)];
  replicas.push(await startProcess('worker', env));
  const as = (key: string | null) => caller(() => replicas[0]?.url ?? '', key);
  d = await district({ sis, as, root: as(ROOT_KEY) }, N, { autoSync: true, gatherSeconds: 0 });
  await putLineItem(d.lms, 'a');
}, 240_000);
afterAll(async () => {
  await Promise.all(replicas.map((one) => one.kill()));
  await sis.stop();
  await proxy.close();
  await standby?.remove();
  await postgres.remove();
  expect(sis.violations).toEqual([]);
});

const ready = (one: ServiceProcess) =>
  fetch(`${one.url}/readyz`).then(
    ({ status }) => status,
    () => 0,
  );
const everyone = (status: number) => async () =>
  (await Promise.all(replicas.map(ready))).every((seen) => seen === status);

/** Scores come in, each a greater one than the former, until told to stop; answers the last that was accepted of each. */
function grading() {
  const accepted = new Map<string, number>();
  const [from, stopped] = [value, new AbortController()];
  let refused = 0;
  const unexpected = new Set<number>();
  const ended = Promise.all(
    students(N).map(async (student) => {
      for (let score = from; !stopped.signal.aborted; score++) {
        value = Math.max(value, score + 1);
        const status = await d.lms('PUT', `/classes/c1/lineItems/a/results/${student}`, { score }).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 202) accepted.set(student, score);
        else refused++;
        if (![0, 202, 503].includes(status)) unexpected.add(status);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }),
  );
  stopGrading = async () => {
    stopped.abort();
    await ended;
  };
  return {
    accepted,
    refused: () => refused,
    async stop() {
      await stopGrading();
      // what is not accepted is said to be our fault, and may be tried again
      expect([...unexpected]).toEqual([]);
      return accepted;
    },
  };
}
let value = 1;
/** Also of a test that failed: who goes on writing holds up the whole run. */
let stopGrading = async () => {};
afterEach(() => stopGrading());

const inSis = (student: string) =>
  sis.control.contents().results.find((r) => r.student.sourcedId === `sis-${student}`)?.score;
interface Cell {
  studentId: string;
  state: string;
  desired: { score: number };
}
/** Everything accepted is in the LMS's gradebook or was followed by something newer, and the SIS has what the LMS has. */
async function nothingIsLost(accepted: Map<string, number>): Promise<void> {
  const cells = await until(async () => {
    const { status, body } = await d.lms<{ items: Cell[] }>('GET', '/classes/c1/results?lineItemId=a');
    // may be tried again, too
    if (status === 503) return false;
    const { items } = await expectOk(Promise.resolve({ status, body }));
    return items.every((c) => c.state === 'acknowledged' || c.state === 'verified') && items;
  }, 40_000);
  expect(cells).toHaveLength(N);
  for (const { studentId, desired } of cells) {
    // one that was not answered may have been kept all the same
    expect(desired.score).toBeGreaterThanOrEqual(accepted.get(studentId) ?? Infinity);
    expect(inSis(studentId)).toBe(desired.score);
  }
  expect(sis.control.contents()).toMatchObject({ lineItems: { length: 1 }, results: { length: N } });
  expect(replicas.map((one) => one.lines.join('\n')).join('\n')).not.toMatch(/unhandled/);
}
/** A score goes through at once: whoever waits for a notification hears it again. */
async function wakesAtOnce(): Promise<void> {
  const score = ++value;
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s01', { score }));
  await until(() => inSis('s01') === score);
}

test('A18: PostgreSQL crashes five times under load', async () => {
  const scores = grading();
  for (let crash = 0; crash < 5; crash++) {
    const before = new Map(scores.accepted);
    await until(() => students(N).every((s) => (scores.accepted.get(s) ?? 0) > (before.get(s) ?? 0)), 20_000);
    await postgres.stop('immediate');
    await until(everyone(503), 20_000);
    await postgres.start();
    await until(everyone(200), 30_000);
  }
  expect(scores.refused()).toBeGreaterThan(0);
  await nothingIsLost(await scores.stop());
  await wakesAtOnce();
}, 300_000);

test('A18: connections are black-holed for some seconds; what waited is answered', async () => {
  const scores = grading();
  await until(() => scores.accepted.size === N);
  proxy.set({ blackhole: true });
  await until(everyone(503), 20_000);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  proxy.set({});
  await until(everyone(200), 30_000);
  await nothingIsLost(await scores.stop());
}, 300_000);

test('A18: every connection is half-open, also the one that listens: noticed without anybody’s help', async () => {
  const scores = grading();
  await until(() => scores.accepted.size === N);
  const lines = replicas.map((one) => one.lines.length);
  proxy.halfOpen();
  const noticed = (one: ServiceProcess, i: number) =>
    one.lines.slice(lines[i]).some((line) => line.includes('a database connection was lost'));
  await until(() => replicas.every(noticed), 40_000);
  await until(everyone(200), 40_000);
  const before = new Map(scores.accepted);
  await until(() => students(N).every((s) => (scores.accepted.get(s) ?? 0) > (before.get(s) ?? 0)), 40_000);
  await nothingIsLost(await scores.stop());
  await wakesAtOnce();
}, 300_000);

test('A18: failover to a standby that follows synchronously', async () => {
  standby = await postgres.standby();
  await until(everyone(200), 30_000);
  const scores = grading();
  await until(() => scores.accepted.size === N);
  const since = performance.now();
  await postgres.stop('immediate');
  await standby.promote();
  proxy.target(standby.port);
  await until(everyone(200), 30_000);
  process.stdout.write(`ready after failover: ${((performance.now() - since) / 1000).toFixed(1)} s\n`);
  const before = new Map(scores.accepted);
  await until(() => students(N).every((s) => (scores.accepted.get(s) ?? 0) > (before.get(s) ?? 0)), 20_000);
  await nothingIsLost(await scores.stop());
  await wakesAtOnce();
}, 300_000);

test('the processes that saw all this are those that were started', () => {
  for (const one of replicas) expect(() => process.kill(one.pid, 0)).not.toThrow();
});
