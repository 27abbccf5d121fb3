/**
 * How fast a sync is, beside a bare keep-alive axios loop that sends the same PUTs at the same concurrency to the same
 * SIS (the demo SIS, in a process of its own); and how long a score takes to reach the SIS.
 *
 *   node scripts/run.mjs bench/sync.ts [--results 3000] [--latency 0,20] [--concurrency 4,16] [--scores 200]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { startService } from '../src/service.ts';

const { values } = parseArgs({
  options: {
    results: { type: 'string', default: '3000' },
    latency: { type: 'string', default: '0,20' },
    concurrency: { type: 'string', default: '4,16' },
    scores: { type: 'string', default: '200' },
    database: { type: 'string' },
  },
});
const STUDENTS = 100;
const lineItems = Math.ceil(Number(values.results) / STUDENTS);
const ROOT_KEY = 'bench-root-key-0123456789-0123456789-0123456789';
const say = (text: string) => process.stdout.write(`${text}\n`);
const place = mkdtempSync(join(tmpdir(), 'passback-bench-'));

const studentIds = Array.from({ length: STUDENTS }, (_, i) => `s${i}`);
const period = { startDate: '2026-07-01', endDate: '2027-06-30', schoolYear: '2027' };
writeFileSync(
  join(place, 'seed.json'),
  JSON.stringify({
    schools: [{ sourcedId: 'school', title: 'School' }],
    terms: [{ sourcedId: 'term', title: 'Year', ...period }],
    gradingPeriods: [{ sourcedId: 'gp', title: 'S1', ...period, termSourcedId: 'term' }],
    students: studentIds.map((id) => ({ sourcedId: id, givenName: 'G', familyName: id })),
    classes: [
      {
        sourcedId: 'c1',
        title: 'Algebra',
        schoolSourcedId: 'school',
        termSourcedIds: ['term'],
        categories: [{ sourcedId: 'hw', title: 'Homework' }],
        studentSourcedIds: studentIds,
      },
    ],
  }),
);
const sis = spawn(
  process.execPath,
  [
    'src/demo/sis-main.ts',
    '--seed',
    join(place, 'seed.json'),
    '--control',
    '--exit-with-stdin',
    '--access-token',
    'bench-token',
  ],
  { stdio: ['pipe', 'pipe', 'ignore'] },
);
const [line] = (await once(createInterface(sis.stdout), 'line')) as [string];
const at = JSON.parse(line) as { url: string; gradebookUrl: string };
const lever = async <T>(name: string, ...given: unknown[]): Promise<T> =>
  ((await axios.post(`${at.url}/control/${name}`, given)).data as { value: T }).value;

const config = readConfig({
  PORT: '0',
  DATA_DIR: join(place, 'data'),
  BOOTSTRAP_API_KEY: ROOT_KEY,
  SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
  LOG_LEVEL: 'error',
  ...(values.database
    ? { DATABASE_URL: values.database, SECRET_KEYS: `b:${Buffer.alloc(32, 1).toString('base64')}` }
    : {}),
});
const service = await startService(config, createLog({ level: 'error' }));
const api = axios.create({
  baseURL: `${service.url}/v1`,
  headers: { authorization: `Bearer ${ROOT_KEY}` },
  httpAgent: new Agent({ keepAlive: true }),
});

const settings = (more: object) =>
  api.put('/domains/bench/settings', {
    passbackEnabled: true,
    baseUrl: at.gradebookUrl,
    auth: { method: 'accessToken', accessToken: 'bench-token' },
    ...more,
  });
await api.put('/domains/bench', { name: 'Bench', timeZone: 'UTC' });
await settings({});
await api.put('/classes/c1', {
  domainId: 'bench',
  title: 'Algebra',
  sourcedId: 'c1',
  schoolSourcedId: 'school',
  categories: [{ id: 'hw', title: 'Homework' }],
});
await api.put('/classes/c1/students', {
  students: studentIds.map((id) => ({ studentId: id, sourcedId: id })),
});
for (let i = 0; i < lineItems; i++)
  await api.put(`/classes/c1/lineItems/l${i}`, {
    title: `Assignment ${i}`,
    categoryId: 'hw',
    dueDate: '2026-11-20T23:59:00Z',
    resultValueMax: 100,
  });

let round = 0;
async function grade(): Promise<void> {
  round++;
  const rows = Array.from({ length: lineItems }, (_, l) =>
    studentIds.map((studentId, i) => ({ lineItemId: `l${l}`, studentId, score: (i + l + round) % 101 })),
  ).flat();
  for (let i = 0; i < rows.length; i += 5000)
    await api.post('/classes/c1/results/batch', { results: rows.slice(i, i + 5000) });
}
interface Sync {
  id: string;
  status: string;
  startedAt: string;
  finishedAt: string;
  counts: Record<string, number>;
}
async function sync(): Promise<Sync> {
  const { data } = await api.post<Sync>('/classes/c1/syncs', {});
  for (;;) {
    const { data: now } = await api.get<Sync>(`/syncs/${data.id}`);
    if (now.status !== 'processing') return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const perSecond = (n: number, ms: number) => Math.round((n * 1000) / ms);

/** The same PUTs from a bare loop. */
async function bare(bodies: { sourcedId: string }[], concurrency: number): Promise<number> {
  const client = axios.create({
    httpAgent: new Agent({ keepAlive: true, maxSockets: concurrency }),
    headers: { authorization: 'Bearer bench-token' },
  });
  const queue = [...bodies];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let body = queue.pop(); body; body = queue.pop())
        await client.put(`${at.gradebookUrl}/results/${body.sourcedId}`, { result: body });
    }),
  );
  return performance.now() - started;
}

await grade();
const cold = await sync();
say(
  `cold sync: ${cold.status} ${JSON.stringify(cold.counts)} in ${Date.parse(cold.finishedAt) - Date.parse(cold.startedAt)} ms`,
);

say(`resident memory after it ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);

say('latency  concurrency   sync/s   bare/s   ratio');
for (const latency of values.latency.split(',').map(Number))
  for (const concurrency of values.concurrency.split(',').map(Number)) {
    await settings({ maxConcurrentRequests: concurrency });
    await lever('setLatency', latency);
    await grade();
    const { data: plan } = await api.get<{ entries: { kind: string; body: { sourcedId: string } | null }[] }>(
      '/classes/c1/plan',
    );
    const bodies = plan.entries.flatMap((e) => (e.kind === 'result' && e.body ? [e.body] : []));
    await bare(bodies.slice(0, 300), concurrency);
    const loop = await bare(bodies, concurrency);
    const cpu = process.cpuUsage();
    const done = await sync();
    const used = process.cpuUsage(cpu);
    const took = Date.parse(done.finishedAt) - Date.parse(done.startedAt);
    const n = done.counts.updated ?? 0;
    const ratio = perSecond(n, took) / perSecond(bodies.length, loop);
    say(
      `${String(latency).padStart(7)}  ${String(concurrency).padStart(11)}  ${String(perSecond(n, took)).padStart(7)}  ${String(perSecond(bodies.length, loop)).padStart(7)}   ${ratio.toFixed(2)}   (our CPU ${Math.round((used.user + used.system) / 1000)} ms of ${took})`,
    );
  }

await lever('setLatency', 0);
await settings({ autoSync: true, gatherSeconds: 0 });
await new Promise((resolve) => setTimeout(resolve, 500));
const waits: number[] = [];
for (let i = 0; i < Number(values.scores); i++) {
  await lever('resetCounts');
  await api.put(`/classes/c1/lineItems/l0/results/s${i % STUDENTS}`, { score: 50 + i / 1000 });
  // accepted now: the answer has arrived
  const accepted = Date.now();
  for (;;) {
    const counts = await lever<Record<string, number>>('counts');
    if (counts['PUT result']) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { value } = (await axios.get(`${at.url}/control/requests`)).data as {
    value: { kind: string; at: number }[];
  };
  waits.push((value.find((r) => r.kind === 'result')?.at ?? NaN) - accepted);
  // not in step with anything of ours
  await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
}
waits.sort((a, b) => a - b);
const quantile = (q: number) => waits[Math.min(waits.length - 1, Math.floor(q * waits.length))];
say(
  `score accepted → at the SIS (gatherSeconds 0, ${waits.length} scores): p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`,
);

await service.stop();
sis.stdin.end();
rmSync(place, { recursive: true, force: true });
process.exit(0);
