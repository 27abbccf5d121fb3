/** A PostgreSQL of a test's own, to be crashed, restarted and failed over; what it was told to keep it keeps. */
import { cp, mkdtemp, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  freePort,
  openCluster,
  startServer,
  SUPERUSER,
  type Cluster,
} from '../../src/store/embedded-cluster.ts';

export interface PostgresServer {
  port: number;
  /** of the database `passback`, through `port` (a proxy's, perhaps) */
  url(port?: number): string;
  start(): Promise<void>;
  /** immediate: as a crash, without a checkpoint or a word to anybody */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** a copy that follows this one, which from then on waits for it with every commit */
  standby(): Promise<PostgresServer>;
  /** the standby becomes a server of its own */
  promote(): Promise<void>;
  /** stops it and removes what it kept */
  remove(): Promise<void>;
}

// The operating system does not crash here, so nothing has to reach the disk; a commit must reach the server all the same.
const PARAMETERS = { fsync: 'off', full_page_writes: 'off', max_connections: '100' };
const FOLLOWED = { wal_level: 'replica', max_wal_senders: '4', hot_standby: 'on' };
const quiet = { warn: () => undefined };

export async function startPostgres(options: { followed?: boolean } = {}): Promise<PostgresServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'passback-postgres-'));
  const parameters = { ...PARAMETERS, ...(options.followed ? FOLLOWED : {}) };
  const cluster = await openCluster({ dataDir, parameters }, quiet);
  const server = await serve(cluster);
  await query(server.url().replace(/passback$/, 'postgres'), 'CREATE DATABASE passback');
  return server;
}

async function serve(cluster: Cluster): Promise<PostgresServer> {
  const port = await freePort();
  const { pgData, logFile, password } = cluster;
  const control = async (...words: string[]) => {
    const { ok } = await cluster.programs.run('pg_ctl', ['-D', pgData, '-w', '-t', '60', ...words], logFile);
    if (!ok) throw new Error(`pg_ctl ${words.join(' ')} failed; see ${logFile}`);
  };
  const start = async () => {
    if (!(await startServer(cluster, port))) throw new Error(`PostgreSQL did not start; see ${logFile}`);
  };
  const url = (at = port) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${at}/passback`;
  await start();
  return {
    port,
    url,
    start,
    stop: (mode) => control('-m', mode, 'stop'),
    promote: () => control('promote'),
    async standby() {
      await control('-m', 'fast', 'stop');
      const dataDir = await mkdtemp(join(tmpdir(), 'passback-postgres-'));
      await cp(pgData, join(dataDir, 'postgres'), { recursive: true });
      await start();
      const copy = await openCluster({ dataDir, parameters: cluster.parameters }, quiet);
      await writeFile(join(copy.pgData, 'standby.signal'), '', { mode: 0o600 });
      await appendFile(
        join(copy.pgData, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${port} user=${SUPERUSER} password=${password} application_name=standby'\n`,
      );
      const follower = await serve(copy);
      // an acknowledged commit is then on both
      await query(url(), `ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
      await query(url(), 'SELECT pg_reload_conf()');
      return follower;
    },
    async remove() {
      await control('-m', 'immediate', 'stop').catch(() => undefined);
      await rm(cluster.dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function query(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(statement);
  await client.end();
}
