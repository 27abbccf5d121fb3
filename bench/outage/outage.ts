/**
 * An SIS that is away for hours, told in hours: the real service and the real database on a faster clock (fast-time.ts),
 * a demo SIS that refuses connections, then answers 503, then shows a web page, while teachers go on grading. Nobody
 * touches anything but grades. A second tenant has an SIS of its own that is well all the time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import axios, { type AxiosInstance } from 'axios';
import { readConfig } from '../../src/config.ts';
import { startDemoSis, type DemoSis } from '../../src/demo/sis/sis.ts';
import { createLog } from '../../src/log.ts';
import { startService } from '../../src/service.ts';
import { migrationsDir } from '../../src/storage.ts';
import { applyMigrations } from '../../src/store/migrate.ts';
import { grade, load, sisDistrict, studentIds, type Size } from '../ground/district.ts';
import { fastTime, hastenDatabase } from './fast-time.ts';

const MINUTE = 60_000;
const ROOT_KEY = 'bench-root-key-0123456789-0123456789-0123456789';
const CLIENT = { id: 'bench', secret: 'bench-secret' };
const LIMIT = 4;

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
export interface OutageReport {
  /** results that the LMS has at the end, and how many of its scores came while the SIS was away */
  results: number;
  gradedMeanwhile: number;
  /** requests of the lane during the outage, by way, sign-ins included */
  requests: number;
  requestsByWay: Record<string, number>;
  /** between two probes: the longest ever, the shortest after an hour (or the second half, if that is shorter) */
  longestGapSeconds: number;
  shortestLateGapSeconds: number;
  /** from the SIS's return to the first request it answers, and until all is delivered */
  noticedAfterSeconds: number;
  deliveredAfterSeconds: number;
  peakConcurrency: number;
  firstSecondConcurrency: number;
  /** rows that the outage has cost a try */
  triesBurnt: number;
  differences: string[];
  defects: string[];
  humanActions: number;
  /** a score of the other tenant: accepted → at its SIS, in real milliseconds, 95 of 100 */
  otherTenant: { baselineP95: number; outageP95: number; delivered: boolean };
}

interface Asked {
  from: number;
  until: number;
  answered: boolean;
}

export async function outage(options: OutageOptions): Promise<OutageReport> {
  const { factor, size, say = () => undefined } = options;
  const dir = await mkdtemp(join(tmpdir(), 'passback-outage-'));
  await applyMigrations({ connectionString: options.connectionString, migrationsDir });
  const time = fastTime(factor);
  const databaseUrl = await hastenDatabase(options.connectionString, time);
  const stateFile = join(dir, 'sis.jsonl');
  const startSis = (port = 0) =>
    startDemoSis({ port, clients: [CLIENT], stateFile, latencyMs: 2, accessTokens: ['bench-token'] });
  let sis = await startSis();
  const well = await startDemoSis({ clients: [CLIENT], accessTokens: ['bench-token'] });
  sis.control.seed(sisDistrict(size));
  const small = { classes: 1, students: 5, lineItems: 1 };
  well.control.seed(sisDistrict(small));

  const asked: (Asked & { connection: string })[] = [];
  const signIns: number[] = [];
  const defects: string[] = [];
  const service = await startService(
    readConfig({
      PORT: '0',
      DATA_DIR: dir,
      DATABASE_URL: databaseUrl,
      SECRET_KEYS: `b1:${Buffer.alloc(32, 9).toString('base64')}`,
      BOOTSTRAP_API_KEY: ROOT_KEY,
      SIS_ALLOWED_NETWORKS: '127.0.0.0/8',
      LOG_LEVEL: 'debug',
    }),
    createLog({ level: 'debug', stream: listening() }),
    {
      time,
      // as long as they are, on that clock; but no shorter than this machine's own hiccups
      sisLimits: { connectMs: 300, totalMs: Math.max(500, 30_000 / factor) },
      lanes: {
        tickMs: Math.max(10, 1_000 / factor),
        renewMs: 5_000 / factor,
        graceMs: 1_000,
        haltGraceMs: Math.max(300, 5_000 / factor),
      },
    },
  );
  const api = axios.create({
    baseURL: `${service.url}/v1`,
    headers: { authorization: `Bearer ${ROOT_KEY}` },
    proxy: false,
  });
  try {
    return await play();
  } finally {
    await service.stop();
    await sis.stop();
    await well.stop();
    await rm(dir, { recursive: true, force: true });
  }

  /** The lane's requests, from the service's own log: also those that found nobody. */
  function listening(): Writable {
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (const line of chunk.toString().split('\n').filter(Boolean)) {
          const said = JSON.parse(line) as Record<string, string | number> & { at: string };
          const at = Date.parse(said.at);
          if (said.level === 'error' || String(said.message).includes('could not be worked on')) defects.push(line);
          if (said.message === 'SIS request')
            asked.push({
              from: time.at(at - Number(said.ms ?? 0)),
              until: time.at(at),
              answered: typeof said.status === 'number' && said.status < 300,
              connection: String(said.host ?? ''),
            });
        }
        done();
      },
    });
  }

  async function play(): Promise<OutageReport> {
    throw new Error('not written');
  }
}
