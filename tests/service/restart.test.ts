/** Processes that end, are killed or run side by side: nothing is lost, nothing is doubled, nothing old comes last. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startService as startAnother } from '../../src/service.ts';
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
import { ROOT_KEY, startService, until, type TestService } from '../support/service.ts';

const N = 30;
const LINE_ITEMS = 10;
const SECRET_KEYS = `t1:${Buffer.alloc(32, 7).toString('base64')}`;

async function graded(d: District, name: string): Promise<string[]> {
  const keys = Array.from({ length: LINE_ITEMS }, (_, i) => `${name}-${i}`);
  for (const key of keys) {
    await putLineItem(d.lms, key);
    await putScores(d.lms, key, N);
  }
  return keys;
}
const press = (d: District, lineItemIds: string[]) =>
  expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', { lineItemIds }));
const score = (d: District, key: string, student: string, value: number) =>
  expectOk(d.lms('PUT', `/classes/c1/lineItems/${key}/results/${student}`, { score: value }));

/** The SIS holds each lineItem and each score once, with the value that the LMS has. */
async function equal(service: TestService, d: District, keys: string[]): Promise<void> {
  const { lineItems, results } = service.sis.control.contents();
  for (const key of keys) {
    const items = lineItems.filter((l) => l['title'] === `Title of ${key}`);
    expect(items).toHaveLength(1);
    const { items: cells } = await expectOk(
      d.lms<{ items: { studentId: string; state: string; desired: { score: number } }[] }>(
        'GET',
        `/classes/c1/results?lineItemId=${key}&limit=200`,
      ),
    );
    const held = results.filter(
      (r) => (r['lineItem'] as { sourcedId: string }).sourcedId === items[0]?.['sourcedId'],
    );
    const inSis = held.map((r) => [(r['student'] as { sourcedId: string }).sourcedId, r['score']]);
    expect(new Map(inSis as [string, number][])).toEqual(
      new Map(cells.map((c) => [`sis-${c.studentId}`, c.desired.score])),
    );
    expect(held).toHaveLength(N);
    expect(new Set(cells.map((c) => c.state))).toEqual(new Set(['acknowledged']));
  }
  expect(service.sis.control.staleWrites.count).toBe(0);
}

describe('one process', () => {
  let service: TestService;
  let d: District;
  beforeAll(async () => {
    service = await startService({
      sis: { district: sisDistrict(N) },
      service: { sisLimits: { connectMs: 1_000, totalMs: 20_000 }, lanes: { graceMs: 500 } },
    });
    d = await district(service, N);
  });
  afterAll(() => service.stop());

  test('a restart in the middle of 300 results loses nothing and doubles nothing', async () => {
    const keys = await graded(d, 'restart');
    service.sis.control.setLatency(20);
    const { id } = await press(d, keys);
    await until(() => service.sis.control.count({ kind: 'result' }) >= 60);
    const before = performance.now();
    await service.restart();
    // it waits for what is in flight, not for what is queued
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(await syncEnd(d.lms, id)).toMatchObject({
      status: 'complete',
      counts: { created: (N + 1) * LINE_ITEMS, failed: 0 },
    });
    await equal(service, d, keys);
    // what was in flight was answered, and what was answered was written down
    expect(service.sis.control.writes()).toHaveLength((N + 1) * LINE_ITEMS);
  });

  test('a stop does not wait for an SIS that does not answer', async () => {
    const keys = await graded(d, 'hang');
    service.sis.control.setLatency(0);
    service.sis.control.arm({ kind: 'hang', request: 'result', count: 2 });
    const { id } = await press(d, keys);
    await until(() => service.sis.control.count({ fault: 'hang' }) === 2);
    const before = performance.now();
    await service.restart();
    expect(performance.now() - before).toBeLessThan(5_000);
    // the lane was given back, so that the next process goes on at once
    expect((await syncEnd(d.lms, id)).status).toBe('complete');
    await equal(service, d, keys);
  });
});

test('a database that drops every connection in the middle loses nothing', async () => {
  const service = await startService({ sis: { district: sisDistrict(N) } });
  const client = new pg.Client({ connectionString: service.connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const d = await district(service, N);
    const keys = await graded(d, 'drop');
    service.sis.control.setLatency(20);
    const { id } = await press(d, keys);
    for (const sent of [40, 100]) {
      await until(() => service.sis.control.count({ kind: 'result' }) >= sent, 15_000);
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
    }
    await until(async () => (await d.lms('GET', `/syncs/${id}`)).status === 200);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    await equal(service, d, keys);
    // a row is not blamed for it either
    expect(await service.service.db.rows('SELECT 1 FROM result WHERE attempts > 0')).toEqual([]);
  } finally {
    await client.end();
    await service.stop();
  }
});

describe('workers on one database', () => {
  let service: TestService;
  let d: District;
  const LATENCY = 30;
  const AT_ONCE = 3;
  beforeAll(async () => {
    service = await startService({ sis: { district: sisDistrict(N) }, env: { ROLE: 'api' } });
    d = await district(service, N, { maxConcurrentRequests: AT_ONCE });
  });
  afterAll(() => service.stop());
  beforeEach(() => {
    service.sis.control.resetCounts();
    service.sis.control.setLatency(LATENCY);
  });
  const env = () => ({
    ROLE: 'worker',
    PORT: '0',
    DATABASE_URL: service.connectionString,
    SECRET_KEYS,
    BOOTSTRAP_API_KEY: ROOT_KEY,
    SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    LOG_LEVEL: 'warn',
  });

  test('two at once never send more than the connection allows, nor an old value over a new one', async () => {
    const log = createLog({ level: 'error' });
    const workers = await Promise.all([1, 2].map(() => startAnother(readConfig(env()), log)));
    try {
      const keys = await graded(d, 'two');
      const { id } = await press(d, keys);
      await until(() => service.sis.control.count({ kind: 'result' }) >= 30);
      // scores change while they are sent, and the worker that sends them is told to stop
      for (const student of students(N)) await score(d, 'two-5', student, 1);
      for (const student of students(N)) await score(d, 'two-9', student, 2);
      await workers[0]?.stop();
      expect((await syncEnd(d.lms, id)).status).toBe('complete');
      await syncEnd(d.lms, (await press(d, keys)).id);
      await equal(service, d, keys);
      const at = service.sis.control.requests.filter((r) => r.kind !== 'token').map((r) => r.at);
      const close = at.filter((t, i) => i >= AT_ONCE && t - (at[i - AT_ONCE] ?? 0) < LATENCY - 4);
      expect(close).toEqual([]);
    } finally {
      for (const worker of workers) await worker.stop();
    }
  });

  test('A01: a worker that is killed is followed by another within 30 s, and nothing is lost or doubled', async () => {
    const children: ChildProcess[] = [];
    const worker = async () => {
      const child = spawn(process.execPath, ['src/main.ts'], {
        env: { ...env(), PATH: process.env.PATH, DATA_DIR: '/nonexistent', LOG_LEVEL: 'info' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      for await (const line of createInterface(child.stdout)) if (line.includes('"ready"')) return child;
      throw new Error('the worker did not start');
    };
    try {
      service.sis.control.setLatency(2 * LATENCY);
      const keys = await graded(d, 'kill');
      const first = await worker();
      const { id } = await press(d, keys);
      await until(() => service.sis.control.count({ kind: 'result' }) >= 30);
      // however long the other one takes to start
      service.sis.control.setLatency(2_000);
      await worker();
      expect((await expectOk(d.lms<SyncBody>('GET', `/syncs/${id}`))).status).toBe('processing');
      first.kill('SIGKILL');
      await once(first, 'exit');
      const killed = Date.now();
      service.sis.control.setLatency(0);
      await score(d, 'kill-0', 's01', 11);
      await score(d, 'kill-9', 's30', 12);
      await until(() => service.sis.control.requests.some((r) => r.at > killed + 200), 30_000);
      expect(await syncEnd(d.lms, id, 20_000)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
      await syncEnd(d.lms, (await press(d, keys)).id);
      await equal(service, d, keys);
      // at most what was in flight or not yet written down is sent twice
      const writes = service.sis.control.writes().length;
      expect(writes).toBeLessThanOrEqual((N + 1) * LINE_ITEMS + 2 + 30);
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  }, 60_000);
});
