/**
 * What every figure stands on: a PostgreSQL, and on demand the service and the demo SIS, each in a process of its own,
 * so that nothing of the bench shares their event loops.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import axios, { type AxiosInstance } from 'axios';
import pg from 'pg';
import { startEmbedded } from '../../src/store/embedded.ts';
import type { DistrictSeed } from '../../src/demo/sis/seed.ts';

const root = join(import.meta.dirname, '../..');
export const ROOT_KEY = 'bench-root-key-0123456789-0123456789-0123456789';
export const SIS_TOKEN = 'bench-token';

export interface Ground {
  /** a fresh database; it goes with the ground */
  database(): Promise<string>;
  /** the service as an operator starts it */
  service(databaseUrl: string, env?: Record<string, string>): Promise<BenchService>;
  sis(district: DistrictSeed, latencyMs?: number): Promise<BenchSis>;
  /** a program of the bench that prints its address */
  other(file: string, env: Record<string, string>): Promise<{ url: string; stop(): Promise<void> }>;
  /** CPU that the embedded PostgreSQL has used in all its processes, in ms; null: it is not ours to see */
  databaseCpuMs(): number | null;
  close(): Promise<void>;
}
export interface BenchService {
  url: string;
  pid: number;
  /** until /readyz said yes */
  readyAfterMs: number;
  /** keep-alive, at most `sockets` connections; with the root key unless another is given */
  api(sockets?: number, key?: string): AxiosInstance;
  /** resident set of the process in bytes */
  rss(): number;
  /** CPU that it has used, in ms */
  cpuMs(): number;
  /** what it has logged as errors: defects of ours */
  errors(): readonly string[];
  /** SIGTERM: how long until it had ended */
  stop(): Promise<number>;
}
export interface BenchSis {
  url: string;
  gradebookUrl: string;
  lever<T>(name: string, ...given: unknown[]): Promise<T>;
  /** requests by method and kind since the last reset */
  counts(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export async function openGround(external: string | null): Promise<Ground> {
  const place = mkdtempSync(join(tmpdir(), 'passback-bench-'));
  const children = new Set<ChildProcess>();
  const embedded = external
    ? null
    : await startEmbedded({ dataDir: join(place, 'postgres'), parameters: { max_connections: '300' } });
  const server = external ?? embedded!.connectionString;
  const made: string[] = [];

  const begin = (file: string, args: string[], env: Record<string, string>, options: string[] = []) => {
    const child = spawn(process.execPath, [...options, join(root, file), ...args], {
      cwd: place,
      env: { ...inherited(), ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };

  return {
    async database() {
      const name = `bench_${randomUUID().replaceAll('-', '')}`;
      await administer(server, `CREATE DATABASE ${name}`);
      made.push(name);
      const url = new URL(server);
      url.pathname = `/${name}`;
      return url.href;
    },

    async service(databaseUrl, env = {}) {
      const port = await freePort();
      const started = performance.now();
      const child = begin('src/main.ts', [], {
        PORT: String(port),
        DATABASE_URL: databaseUrl,
        DATA_DIR: join(place, 'data'),
        SECRET_KEYS: `b:${Buffer.alloc(32, 1).toString('base64')}`,
        BOOTSTRAP_API_KEY: ROOT_KEY,
        SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
        LOG_LEVEL: 'warn',
        // one caller is the whole district here
        RATE_LIMIT_READ: '0',
        RATE_LIMIT_WRITE: '0',
        RATE_LIMIT_BULK: '0',
        RATE_LIMIT_COSTLY: '0',
        ...env,
      });
      const errors: string[] = [];
      createInterface(child.stdout).on('line', (line) => {
        if (line.includes('"level":"error"')) errors.push(line);
      });
      const url = `http://127.0.0.1:${port}`;
      await ready(url, child);
      const readyAfterMs = performance.now() - started;
      const pid = child.pid!;
      return {
        url,
        pid,
        readyAfterMs,
        api: (sockets = 32, key = ROOT_KEY) =>
          axios.create({
            baseURL: `${url}/v1`,
            headers: { authorization: `Bearer ${key}` },
            httpAgent: new Agent({ keepAlive: true, maxSockets: sockets }),
          }),
        rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
        cpuMs: () => cpuMs(pid),
        errors: () => errors,
        async stop() {
          const at = performance.now();
          await end(child, 'SIGTERM');
          return performance.now() - at;
        },
      };
    },

    async sis(district, latencyMs = 0) {
      const seed = join(place, `seed-${randomUUID()}.json`);
      writeFileSync(seed, JSON.stringify(district));
      const args = ['--seed', seed, '--control', '--exit-with-stdin', '--access-token', SIS_TOKEN];
      // it keeps all in its memory, and a million results are more than the service may have
      const room = ['--max-old-space-size=4096'];
      const child = begin('src/demo/sis-main.ts', [...args, '--latency', String(latencyMs)], {}, room);
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      const at = JSON.parse(line) as { url: string; gradebookUrl: string };
      const lever = async <T>(name: string, ...given: unknown[]): Promise<T> =>
        ((await axios.post(`${at.url}/control/${name}`, given)).data as { value: T }).value;
      return { ...at, lever, counts: () => lever('counts'), stop: () => end(child, 'SIGTERM') };
    },

    async other(file, env) {
      const child = begin(file, [], env);
      const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
      return { url, stop: () => end(child, 'SIGTERM') };
    },

    databaseCpuMs() {
      if (!embedded) return null;
      const file = join(place, 'postgres/postgres/postmaster.pid');
      const postmaster = Number(readFileSync(file, 'utf8').split('\n')[0]);
      const processes = readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0);
      const children = processes.filter((pid) => statOf(pid)?.parent === postmaster);
      // those that have ended are counted with the postmaster
      return children.reduce((sum, pid) => sum + cpuMs(pid), cpuMs(postmaster, true));
    },

    async close() {
      await Promise.all([...children].map((child) => end(child, 'SIGKILL')));
      for (const name of made) await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await embedded?.stop();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

/** proc(5); null: it has just ended */
function statOf(pid: number): { parent: number; ticks: number; ticksOfEnded: number } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text
    .slice(text.lastIndexOf(') ') + 2)
    .split(' ')
    .map(Number);
  const [user, system, userOfEnded, systemOfEnded] = fields.slice(11);
  return { parent: fields[1]!, ticks: user! + system!, ticksOfEnded: userOfEnded! + systemOfEnded! };
}
function cpuMs(pid: number, andOfEnded = false): number {
  const stat = statOf(pid);
  return stat ? (stat.ticks + (andOfEnded ? stat.ticksOfEnded : 0)) * 10 : 0;
}

/** Sends one JSON body: of as little client as there can be, for it shares the machine. */
export function sendJson(
  method: 'PUT' | 'POST',
  url: string,
  { agent, key }: { agent: Agent; key: string },
  body: object,
): Promise<{ status: number; text: string }> {
  const sent = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(sent),
  };
  return new Promise((resolve, reject) => {
    request(url, { method, agent, headers }, (answer) => {
      const text: Buffer[] = [];
      answer
        .on('data', (chunk: Buffer) => text.push(chunk))
        .once('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(text).toString() }));
    })
      .once('error', reject)
      .end(sent);
  });
}

/** What `npm start` sets (scripts/run.mjs), too. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'NODE_OPTIONS', 'NODE_COMPILE_CACHE', 'MALLOC_TRIM_THRESHOLD_'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error('the service ended before it was ready');
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    if (performance.now() > until) throw new Error('the service was not ready within a minute');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
