/** The whole service on a fresh database, with a test SIS beside it: what most tests of the API begin with. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startService as start, type Service, type ServiceOptions } from '../../src/service.ts';
import { testDatabase } from './database.ts';
import { startTestSis, type TestSis, type TestSisOptions } from './sis.ts';

export const ROOT_KEY = 'test-root-key-0123456789-0123456789-0123456789';

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}
export type Caller = <T = Record<string, never>>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer<T>>;

export interface TestService {
  url: string;
  rootKey: string;
  sis: TestSis;
  service: Service;
  connectionString: string;
  /** everything the service has logged */
  logged(): string;
  /** calls /v1{path} with a key or token; no key: anonymous */
  as(key: string | null): Caller;
  root: Caller;
  /** the same database and configuration (but for `change`), a new process's worth of service */
  restart(change?: Record<string, string>): Promise<void>;
  /** what the service is configured with, for a command line beside it */
  env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startService(
  options: {
    sis?: TestSisOptions;
    env?: Record<string, string>;
    service?: Pick<ServiceOptions, 'sisLimits' | 'lanes' | 'notices' | 'streams' | 'metrics'>;
  } = {},
): Promise<TestService> {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'passback-test-'));
  const sis = await startTestSis(options.sis ?? {});
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      // a defect of ours is worth more in the report than the 500 that it became
      if (/"level":"error"/.test(chunk.toString())) process.stderr.write(chunk.toString());
      done();
    },
  });
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.connectionString,
    SECRET_KEYS: `t1:${Buffer.alloc(32, 7).toString('base64')}`,
    BOOTSTRAP_API_KEY: ROOT_KEY,
    SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    LOG_LEVEL: 'debug',
    // a test asks more in a second than anybody does in a minute; the limits have a test of their own
    RATE_LIMIT_READ: '0',
    RATE_LIMIT_COSTLY: '0',
    ...options.env,
  };
  const begin = () =>
    start(readConfig(env), createLog({ level: 'debug', stream }), {
      checkAnswers: true,
      sisLimits: { connectMs: 1_000, totalMs: 3_000 },
      ...options.service,
    });
  let service = await begin();
  const as = (key: string | null): Caller => caller(() => service.url, key);
  return {
    get url() {
      return service.url;
    },
    get service() {
      return service;
    },
    rootKey: ROOT_KEY,
    sis,
    connectionString: database.connectionString,
    logged: () => lines.join(''),
    as,
    root: as(ROOT_KEY),
    env,
    async restart(change = {}) {
      await service.stop();
      Object.assign(env, change);
      service = await begin();
    },
    async stop() {
      await service.stop();
      await sis.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
      // every body that any test made us send is held against the official file
      expect(sis.violations).toEqual([]);
    },
  };
}

/** Calls /v1 of whatever listens at `url`; a text as body is CSV. */
export function caller(url: () => string, key: string | null): Caller {
  return async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const csv = typeof body === 'string';
    const response = await fetch(`${url()}/v1${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': csv ? 'text/csv' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: csv ? body : JSON.stringify(body) }),
    });
    // a file is answered byte by byte, each a character: what is stored in a zip can be read in it
    const bytes = Buffer.from(await response.arrayBuffer());
    const json = /json/.test(response.headers.get('content-type') ?? '');
    const answer: unknown = json ? JSON.parse(bytes.toString('utf8')) : bytes.toString('latin1');
    return {
      status: response.status,
      headers: response.headers,
      body: (bytes.length === 0 ? undefined : answer) as T,
    };
  };
}

/** Waits until `look` answers something other than null or false; throws what it last saw after `ms`. */
export async function until<T>(
  look: () => Promise<T | null | false> | T | null | false,
  ms = 25_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== false) return seen;
    if (performance.now() > end)
      throw new Error(`nothing came of it within ${ms} ms: ${look.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
