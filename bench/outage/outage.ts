/**
 * An SIS that is away for hours, told in hours: the real service and the real database on a faster clock (fast-time.ts),
 * a demo SIS that refuses connections, then answers 503, then shows a web page, while teachers go on grading. Nobody
 * touches anything but grades. A second tenant has an SIS of its own that is well all the time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import axios from 'axios';
import pg from 'pg';
import { readConfig } from '../../src/config.ts';
import { startDemoSis, type DemoSis } from '../../src/demo/sis/sis.ts';
import { createLog } from '../../src/log.ts';
import { startService } from '../../src/service.ts';
import { migrationsDir } from '../../src/storage.ts';
import { applyMigrations } from '../../src/store/migrate.ts';
import { load, sisDistrict, studentIds, type Size } from '../ground/district.ts';
import { fastTime, hastenDatabase, type FastTime } from './fast-time.ts';

const MINUTE = 60_000;
const ROOT_KEY = 'bench-root-key-0123456789-0123456789-0123456789';
const CLIENT = { id: 'bench', secret: 'bench-secret' };
const LIMIT = 4;
/** long enough to see how many are under way */
const LATENCY_MS = 20;
const SMALL: Size = { classes: 1, students: 5, lineItems: 1 };

export interface OutageOptions {
  /** a database with nothing in it */
  connectionString: string;
  /** how many times as fast */
  factor: number;
  /** how long the SIS is away, of the fast clock; a third in each way */
  minutes: number;
  size: Size;
  say?: (words: string) => void;
}
/** Seconds are those of the fast clock. */
export interface OutageReport {
  /** results that the LMS has at the end */
  results: number;
  /** scores that it was given while the SIS was away */
  changedMeanwhile: number;
  /** rows that waited when it came back */
  waiting: number;
  /** requests to the gradebook during the outage */
  requests: number;
  /** between two of them: the longest ever, the shortest after an hour (after the half, if that is shorter) */
  longestGapSeconds: number;
  shortestLateGapSeconds: number;
  /** from the SIS's return to the first request that it answers, and until all is delivered */
  noticedAfterSeconds: number;
  deliveredAfterSeconds: number;
  peakConcurrency: number;
  firstSecondConcurrency: number;
  /** tries that rows are counted for because of it */
  triesBurnt: number;
  differences: string[];
  defects: string[];
  /** whatever was asked of the service since the SIS went, but giving grades and looking */
  humanActions: number;
  /** a score of the other tenant, accepted → at its SIS, in real milliseconds, 95 of 100 */
  otherTenant: { baselineP95: number; outageP95: number };
}

interface Arrival {
  /** in the milliseconds of this machine, and on the fast clock */
  real: number;
  at: number;
}
interface Asked {
  host: string;
  from: number;
  answered: boolean;
}

export async function outage(options: OutageOptions): Promise<OutageReport> {
  const { factor, size, minutes, say = () => undefined } = options;
  const dir = await mkdtemp(join(tmpdir(), 'passback-outage-'));
  await applyMigrations({ connectionString: options.connectionString, migrationsDir });
  const time = fastTime(factor);
  const stateFile = join(dir, 'sis.jsonl');
  const arrivals: Arrival[] = [];
  const startSis = (port = 0) =>
    startDemoSis({
      port,
      clients: [CLIENT],
      stateFile,
      latencyMs: LATENCY_MS,
      onRequest: ({ kind }) => {
        if (kind !== 'token') arrivals.push({ real: performance.now(), at: time.now().getTime() });
      },
    });
  let sis = await startSis();
  sis.control.seed(sisDistrict(size));
  const well = await startDemoSis({ clients: [CLIENT] });
  well.control.seed(sisDistrict(SMALL));
  const { asked, defects, log } = listening(time);
  const service = await startService(
    readConfig({
      PORT: '0',
      DATA_DIR: dir,
      DATABASE_URL: await hastenDatabase(options.connectionString, time),
      SECRET_KEYS: `b1:${Buffer.alloc(32, 9).toString('base64')}`,
      BOOTSTRAP_API_KEY: ROOT_KEY,
      SIS_ALLOWED_NETWORKS: '127.0.0.0/8',
      LOG_LEVEL: 'debug',
    }),
    log,
    {
      time,
      // as long as they are, on that clock; but not shorter than this machine's own hiccups
      sisLimits: { connectMs: 300, totalMs: Math.max(500, 30_000 / factor) },
      lanes: {
        tickMs: Math.max(10, 1_000 / factor),
        renewMs: 5_000 / factor,
        graceMs: 1_000,
        haltGraceMs: Math.max(300, 5_000 / factor),
      },
    },
  );
  const database = new pg.Client({ connectionString: options.connectionString });
  database.on('error', () => undefined);
  await database.connect();
  /** scores that the LMS has, by class, lineItem and student */
  const accepted = new Map<string, number>();
  let deeds = 0;
  const apiOf = (tenant: string) => {
    const api = axios.create({
      baseURL: `${service.url}/v1`,
      headers: { authorization: `Bearer ${ROOT_KEY}` },
      params: { tenant },
      proxy: false,
    });
    api.interceptors.request.use((request) => {
      if (request.method !== 'get' && !request.url?.includes('/results')) deeds++;
      return request;
    });
    return api;
  };
  const sick = apiOf('sick');
  const other = apiOf('well');
  try {
    return await play();
  } finally {
    await database.end();
    await service.stop();
    await sis.stop();
    await well.stop();
    await rm(dir, { recursive: true, force: true });
  }

  async function play(): Promise<OutageReport> {
    const settings = {
      auth: { method: 'clientCredentials', clientId: CLIENT.id, clientSecret: CLIENT.secret },
      autoSync: true,
      gatherSeconds: 0,
      maxConcurrentRequests: LIMIT,
    };
    const auth = (of: DemoSis) => ({ auth: { ...settings.auth, tokenUrl: of.tokenUrl } });
    await load(sick, sis, size, { ...settings, ...auth(sis) }, 'sick');
    await load(other, well, SMALL, { ...settings, ...auth(well) }, 'well');
    const half = Math.ceil(size.classes / 2);
    for (let cls = 0; cls < half; cls++) await gradeAll(cls);
    const baseline: number[] = [];
    await delivered(async () => void baseline.push(await heard()));
    while (baseline.length < 20) baseline.push(await heard());

    // gone, in three ways, while the other half of the classes is graded and some scores change
    say(`the SIS is away for ${minutes} minutes`);
    deeds = 0;
    const from = time.now().getTime();
    const port = Number(new URL(sis.url).port);
    await sis.stop();
    for (let cls = half; cls < size.classes; cls++) await gradeAll(cls);
    const gradedBefore = accepted.size;
    const meanwhile: number[] = [];
    let changed = 0;
    const until = async (end: number) => {
      while (time.now().getTime() < end) {
        changed += await gradeSome(10);
        meanwhile.push(await heard());
        await time.sleep(2 * MINUTE);
      }
    };
    const third = (minutes * MINUTE) / 3;
    await until(from + third);
    sis = await startSis(port);
    sis.control.arm({ kind: 'status', status: 503, body: 'Service Unavailable' });
    say('… and answers 503');
    await until(from + 2 * third);
    sis.control.disarm();
    sis.control.arm({ kind: 'html' });
    say('… and shows a web page');
    await until(from + 3 * third);
    const burnt = await number(TRIES);
    const waiting = await number(WAITING);
    const back = time.now().getTime();
    sis.control.disarm();
    say(`it is back; ${waiting} rows wait`);
    await delivered(() => time.sleep(5_000));
    const done = time.now().getTime();

    const host = new URL(sis.url).host;
    const mine = asked.filter((one) => one.host === host).sort((a, b) => a.from - b.from);
    const during = mine.filter((one) => one.from >= from && one.from < back);
    const after = mine.filter((one) => one.from >= back);
    const arrived = arrivals.filter((one) => one.at >= back);
    const first = after.find((one) => one.answered)?.from ?? NaN;
    const gaps = during.slice(1).map((one, i) => ({ at: one.from, ms: one.from - during[i]!.from }));
    const late = gaps.filter(({ at }) => at > from + Math.min(60, minutes / 2) * MINUTE);
    return {
      results: accepted.size,
      changedMeanwhile: changed + accepted.size - gradedBefore,
      waiting,
      requests: during.length,
      longestGapSeconds: Math.max(...gaps.map(({ ms }) => ms)) / 1000,
      shortestLateGapSeconds: Math.min(...late.map(({ ms }) => ms)) / 1000,
      noticedAfterSeconds: (first - back) / 1000,
      deliveredAfterSeconds: (done - back) / 1000,
      peakConcurrency: atOnce(arrived),
      firstSecondConcurrency: atOnce(arrived.filter((one) => one.at < first + 1_000)),
      triesBurnt: burnt,
      differences: differences(sis, size, accepted),
      defects,
      humanActions: deeds,
      otherTenant: { baselineP95: p95(baseline), outageP95: p95(meanwhile) },
    };
  }

  async function gradeAll(cls: number): Promise<void> {
    const rows: Cell[] = [];
    for (let l = 0; l < size.lineItems; l++)
      for (const studentId of studentIds(size.students))
        rows.push({ lineItemId: `l${l}`, studentId, score: (l * 7 + rows.length) % 101 });
    await put(cls, rows);
  }
  async function gradeSome(n: number): Promise<number> {
    const any = (below: number) => Math.floor(Math.random() * below);
    const cell = (): Cell => ({
      lineItemId: `l${any(size.lineItems)}`,
      studentId: `s${any(size.students)}`,
      score: any(101),
    });
    await put(any(size.classes), Array.from({ length: n }, cell));
    return n;
  }
  async function put(cls: number, results: Cell[]): Promise<void> {
    await sick.post(`/classes/c${cls}/results/batch`, { results });
    for (const { lineItemId, studentId, score } of results)
      accepted.set(`c${cls} ${lineItemId} ${studentId}`, score);
  }

  /** A score of the other tenant, from its PUT to its arrival at its SIS, in real milliseconds. */
  async function heard(): Promise<number> {
    const before = well.control.count({ kind: 'result' });
    const asked = Date.now();
    await other.put('/classes/c0/lineItems/l0/results/s0', { score: (asked % 100_000) / 1000 });
    for (;;) {
      if (well.control.count({ kind: 'result' }) > before) return well.control.requests.at(-1)!.at - asked;
      if (Date.now() - asked > 10_000) throw new Error('the other tenant is held up');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async function delivered(meanwhile: () => Promise<unknown>): Promise<void> {
    while ((await number(WAITING)) > 0) await meanwhile();
  }
  async function number(query: string): Promise<number> {
    return (await database.query<{ n: number }>(query)).rows[0]?.n ?? NaN;
  }
}

interface Cell {
  lineItemId: string;
  studentId: string;
  score: number;
}
const sickRows = (what: string, where: string) =>
  `SELECT (${['result', 'line_item']
    .map(
      (table) =>
        `(SELECT ${what} FROM ${table} t JOIN domain d ON d.id = t.domain_id WHERE d.key = 'sick' AND ${where})`,
    )
    .join(' + ')})::int AS n`;
const WAITING = sickRows('count(*)', 't.dirty_n > t.clean_n');
const TRIES = sickRows('coalesce(sum(t.attempts), 0)', 'true');

/** The lanes' requests, from the service's own log: also those that found nobody. */
function listening(time: FastTime) {
  const asked: Asked[] = [];
  const defects: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        const said = JSON.parse(line) as Record<string, string | number>;
        const at = Date.parse(String(said['at']));
        if (said['level'] === 'error' || String(said['message']).includes('could not be worked on'))
          defects.push(line);
        if (said['message'] !== 'SIS request') continue;
        asked.push({
          host: String(said['host']),
          from: time.at(at - Number(said['ms'])),
          answered: Number(said['status'] ?? 500) < 300,
        });
      }
      done();
    },
  });
  return { asked, defects, log: createLog({ level: 'debug', stream }) };
}

/**
 * Most requests under way at one moment, at the SIS: each is there for LATENCY_MS at the least, so those that arrive
 * within less than that are there together. (A timer may fire a millisecond early.)
 */
function atOnce(of: Arrival[]): number {
  let [most, first] = [0, 0];
  of.forEach(({ real }, last) => {
    while (real - of[first]!.real > LATENCY_MS - 2) first++;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
function p95(of: number[]): number {
  return [...of].sort((a, b) => a - b)[Math.floor(of.length * 0.95)] ?? NaN;
}

/** What the SIS holds against what the LMS was told was accepted; none is what is wanted. */
function differences(sis: DemoSis, size: Size, accepted: Map<string, number>): string[] {
  const { lineItems, results } = sis.control.contents();
  const found: string[] = [];
  const names = new Map<unknown, string>();
  for (const item of lineItems)
    names.set(
      item['sourcedId'],
      `${(item['class'] as { sourcedId: string }).sourcedId} ${String(item['title']).replace('Assignment ', 'l')}`,
    );
  if (new Set(names.values()).size !== lineItems.length) found.push('a lineItem is there twice');
  if (lineItems.length !== size.classes * size.lineItems) found.push(`${lineItems.length} lineItems`);
  const held = new Map<string, unknown>();
  for (const result of results) {
    const of = (result['lineItem'] as { sourcedId: string }).sourcedId;
    const name = `${names.get(of)} ${(result['student'] as { sourcedId: string }).sourcedId}`;
    if (held.has(name)) found.push(`twice: ${name}`);
    held.set(name, result['score']);
  }
  for (const [name, score] of accepted)
    if (held.get(name) !== score) found.push(`${name} is ${String(held.get(name))} instead of ${score}`);
  return found;
}
