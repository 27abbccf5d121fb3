/** What operators' tools read: every metric that is promised, true after a sync, and nothing about anybody. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { readEvents } from '../support/event-reader.ts';
import { ROOT_KEY, startService, until, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    env: { METRICS_PORT: '0' },
    service: { sisLimits: { totalMs: 60_000 }, lanes: { firstProbeMs: 60_000 }, metrics: { freshMs: 0 } },
  });
  d = await district(service, N);
});
afterAll(() => service.stop());

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}
async function scrape(): Promise<{ text: string; samples: Sample[] }> {
  const answer = await fetch(`http://127.0.0.1:${service.service.metricsPort}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const text = await answer.text();
  const samples = [...text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = '', labels = '', value]): Sample => ({
      name,
      labels: Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1], m[2]])),
      value: Number(value),
    }),
  );
  return { text, samples };
}
const value = (samples: Sample[], name: string, labels: Record<string, string> = {}) =>
  samples
    .filter((s) => s.name === name && Object.entries(labels).every(([key, is]) => s.labels[key] === is))
    .reduce<number | null>((sum, s) => (sum ?? 0) + s.value, null);

test('after a sync every metric of the table is there, with its type and labels, and counts it', async () => {
  await putLineItem(d.lms, 'quiz', { title: 'Secret title' });
  await putScores(d.lms, 'quiz', N);
  await expectOk(d.lms('PUT', '/classes/c1/students/stranger', { givenName: 'Zaphod' }));
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/stranger', { score: 1 }));
  expect(await sync(d.lms)).toMatchObject({ status: 'completeWithProblems', counts: { created: N + 1 } });

  const { text, samples } = await scrape();
  expect(value(samples, 'passback_outcomes_total', { kind: 'result', how: 'acknowledged', code: '' })).toBe(
    N,
  );
  expect(value(samples, 'passback_outcomes_total', { kind: 'lineItem', how: 'acknowledged' })).toBe(1);
  expect(value(samples, 'passback_score_acknowledged_seconds_count')).toBe(N);
  expect(value(samples, 'passback_sis_request_seconds_count', { about: 'result', outcome: '2xx' })).toBe(N);
  expect(value(samples, 'passback_sis_request_seconds_count', { about: 'token', outcome: '2xx' })).toBe(1);
  expect(
    value(samples, 'passback_http_requests_total', {
      route: 'POST /v1/classes/{classId}/syncs',
      status: '202',
    }),
  ).toBe(1);
  expect(value(samples, 'passback_breaker_state', { tenant: 'district', state: 'closed' })).toBe(1);
  expect(value(samples, 'passback_breaker_state')).toBe(1);
  expect(value(samples, 'passback_connection_broken')).toBe(0);
  expect(value(samples, 'passback_connections')).toBe(1);
  expect(value(samples, 'passback_database_up')).toBe(1);
  // each start sweeps
  expect(value(samples, 'passback_sweep_last_success_timestamp_seconds')).toBeGreaterThan(1.7e9);

  const document = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  const promised = [...document.matchAll(/^\| `(passback_\w+)` +\| (\w+) +\|([^|]*)\|/gm)];
  expect(promised.length).toBeGreaterThan(15);
  for (const [, name = '', type = '', labels = ''] of promised) {
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
    const of = samples.filter((s) => s.name.replace(/_(bucket|count|sum)$/, '') === name || s.name === name);
    // a trouble is there only while there is one
    if (name !== 'passback_connection_trouble') expect([name, of.length]).toEqual([name, expect.any(Number)]);
    for (const { labels: has } of of)
      expect([
        name,
        Object.keys(has)
          .filter((label) => label !== 'le')
          .sort(),
      ]).toEqual([
        name,
        labels
          .split(',')
          .flatMap((label) => label.trim() || [])
          .sort(),
      ]);
  }
  const documented = new Set(promised.map(([, name]) => name));
  const ours = [...text.matchAll(/^# TYPE (passback_\w+) /gm)].map(([, name]) => name);
  expect(ours.filter((name) => !documented.has(name))).toEqual([]);
  for (const name of [
    'nodejs_eventloop_lag_seconds',
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
  ])
    expect(value(samples, name)).not.toBeNull();
  // of nobody and nothing
  for (const word of ['Secret', 'Zaphod', 'stranger', 's01', 'quiz', 'c1', '127.0.0.1', 'Lakeside'])
    expect([
      word,
      samples.some((s) => Object.values(s.labels).some((label) => label.includes(word))),
    ]).toEqual([word, false]);
});

test('what waits and what runs shows while it does', async () => {
  const fault = service.sis.control.faults.arm({ kind: 'hold', request: 'result', method: 'PUT' });
  await putScores(d.lms, 'quiz', N, (i) => 10 + i);
  const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs'));
  await service.sis.control.waitFor((c) => c.count({ fault: 'hold' }) > 0, 10_000);
  const reader = await readEvents(`${service.url}/v1/syncs/${id}/events`, d.lmsKey);
  const seen = await until(async () => {
    const { samples } = await scrape();
    return value(samples, 'passback_queue_rows') === N ? samples : null;
  });
  expect(value(seen, 'passback_queue_oldest_seconds')).toBeGreaterThan(0);
  expect(value(seen, 'passback_lanes_running')).toBe(1);
  expect(value(seen, 'passback_event_streams')).toBe(1);
  service.sis.control.faults.disarm(fault);
  await reader.ended;
  await syncEnd(d.lms, id);
  const after = await until(async () => {
    const { samples } = await scrape();
    return value(samples, 'passback_queue_rows') === 0 ? samples : null;
  });
  expect([value(after, 'passback_event_streams'), value(after, 'passback_queue_oldest_seconds')]).toEqual([
    0, 0,
  ]);
});

test('a connection that breaks says so, with its code', async () => {
  service.sis.control.faults.arm({ kind: 'status', status: 429, headers: { 'retry-after': '60' } });
  await putScores(d.lms, 'quiz', N, (i) => 20 + i);
  await expectOk(d.lms('POST', '/classes/c1/syncs'));
  const seen = await until(async () => {
    const { samples } = await scrape();
    return value(samples, 'passback_breaker_state', { state: 'open' }) === 1 ? samples : null;
  });
  expect(value(seen, 'passback_connection_trouble', { tenant: 'district', code: 'SIS_RATE_LIMIT' })).toBe(1);
  expect(value(seen, 'passback_breaker_state', { state: 'closed' })).toBe(0);
  expect(value(seen, 'passback_queue_rows')).toBe(N);
  // nobody is woken for what an admin has paused
  await expectOk(d.admin('POST', '/domains/district/pause'));
  const paused = (await scrape()).samples;
  expect([value(paused, 'passback_queue_rows'), value(paused, 'passback_queue_oldest_seconds')]).toEqual([
    0, 0,
  ]);
  service.sis.control.faults.disarm();
});

test('with a port of its own there is nothing else on it, and nothing of it on the main one', async () => {
  const alone = `http://127.0.0.1:${service.service.metricsPort}`;
  expect((await fetch(`${alone}/v1/domains`)).status).toBe(404);
  expect((await fetch(`${alone}/metrics`, { method: 'POST' })).status).toBe(404);
  const main = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${ROOT_KEY}` } });
  expect(main.status).toBe(404);
});

test('without one, they are on the main port for a root key alone', async () => {
  await service.restart({ METRICS_PORT: '' });
  expect(service.service.metricsPort).toBeNull();
  const ask = async (key: string | null) =>
    fetch(`${service.url}/metrics`, key === null ? {} : { headers: { authorization: `Bearer ${key}` } });
  expect((await ask(null)).status).toBe(401);
  expect((await ask(d.adminKey)).status).toBe(403);
  const answer = await ask(ROOT_KEY);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('passback_queue_rows{');
});
