import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbedded, type EmbeddedDatabase, type EmbeddedOptions } from '../../src/store/embedded.ts';
import { restoreSymlinks } from '../../src/store/postgres-programs.ts';

const dataDir = join(mkdtempSync(join(tmpdir(), 'embedded-')), 'data');
const postmaster = join(dataDir, 'postgres', 'postmaster.pid');
const running = new Set<EmbeddedDatabase>();
const owners = new Set<ChildProcess>();

afterEach(async () => {
  for (const owner of owners) owner.kill('SIGKILL');
  owners.clear();
  for (const database of running) await database.stop();
  running.clear();
});

afterAll(async () => {
  if (existsSync(postmaster)) await (await startEmbedded({ dataDir })).stop();
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedDatabase> {
  const database = await startEmbedded({ dataDir, ...options });
  running.add(database);
  return database;
}

/** A process that owns the database; answers its connection string. */
async function startOwner(): Promise<{ owner: ChildProcess; connectionString: string }> {
  const program = join(import.meta.dirname, '../support/embedded-owner.ts');
  const owner = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  owners.add(owner);
  const ended = once(owner, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`)));
  const [line] = (await Promise.race([once(owner.stdout, 'data'), ended])) as [Buffer];
  ended.catch(() => undefined);
  return { owner, connectionString: line.toString().trim() };
}

async function kill(owner: ChildProcess): Promise<void> {
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function postmasterPid(): number {
  return Number(readFileSync(postmaster, 'utf8').split('\n')[0]);
}

test('two first starts at once make one database and one owner', async () => {
  const starts = await Promise.allSettled([start(), start()]);
  const [won] = starts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const lost = starts.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  expect(lost).toEqual([expect.stringContaining('Another service is running')]);
  expect(await query(won!.connectionString, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
});

test('nobody else on the machine can read it: loopback alone, a password, and files of its owner', async () => {
  const { connectionString } = await start();
  const wrong = new URL(connectionString);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  expect(await query(connectionString, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(await query(connectionString, 'SHOW unix_socket_directories')).toEqual([
    { unix_socket_directories: '' },
  ]);
  for (const path of ['.', 'postgres', 'postgres.log', 'postgres/passback.password']) {
    expect(statSync(join(dataDir, path)).mode & 0o077).toBe(0);
  }
});

test('what was written is there after a stop and a start, and it is written durably', async () => {
  const first = await start();
  await query(first.connectionString, 'CREATE TABLE kept AS SELECT 42 AS value');
  await first.stop();
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second.connectionString, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
  expect(await query(second.connectionString, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
});

test('the server of a killed service is adopted as it is', async () => {
  const { owner, connectionString } = await startOwner();
  const pid = postmasterPid();
  await kill(owner);
  const next = await start();
  expect(next).toMatchObject({ adopted: true, connectionString });
  expect(postmasterPid()).toBe(pid);
});

test('A42: a second service on the directory is refused, and told where and what to do', async () => {
  const first = await start();
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    `Another service is running on the data directory ${dataDir}. Stop it, or give this one a DATA_DIR of its own`,
  );
  expect(await query(first.connectionString, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
});

test('a command-line tool may look in, and leaves the server running', async () => {
  const service = await start();
  const tool = await startEmbedded({ dataDir, joinRunning: true });
  expect(tool.connectionString).toBe(service.connectionString);
  await tool.stop();
  expect(await query(service.connectionString, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
});

test('a killed PostgreSQL comes back on the same port, under the same owner', async () => {
  const service = await start();
  process.kill(postmasterPid(), 'SIGKILL');
  const owned = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted";
  while ((await query(service.connectionString, owned).catch(() => [])).length === 0) await sleep(100);
  expect(await query(service.connectionString, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
  await expect(startEmbedded({ dataDir })).rejects.toThrow('Another service is running');
});

test('a service that lost its place to another is told, and leaves the server to it', async () => {
  let tell: (error: Error) => void;
  const told = new Promise<Error>((resolve) => (tell = resolve));
  const service = await start({ onLost: (error) => tell(error) });
  const url = new URL(service.connectionString);
  url.pathname = '/postgres'; // where the owner's lock is
  const other = new pg.Client({ connectionString: url.href });
  await other.connect();
  const [owner] = await query(url.href, "SELECT pid, objid FROM pg_locks WHERE locktype = 'advisory'");
  const waiting = other.query('SELECT pg_advisory_lock($1)', [owner!.objid]);
  await sleep(100); // it stands first in the queue then
  await query(url.href, `SELECT pg_terminate_backend(${String(owner!.pid)})`);
  await waiting;
  expect((await told).message).toContain('Another service is running');
  await service.stop();
  expect((await other.query('SELECT 1 AS alive')).rows).toEqual([{ alive: 1 }]);
  await other.end();
});

test('service and PostgreSQL killed together start again, even when the process id has a new bearer', async () => {
  const { owner } = await startOwner();
  const pid = postmasterPid();
  await kill(owner);
  process.kill(pid, 'SIGKILL');
  const bearer = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    writeFileSync(postmaster, readFileSync(postmaster, 'utf8').replace(String(pid), String(bearer.pid)));
    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await query(next.connectionString, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
  } finally {
    bearer.kill();
  }
});

test('a server left behind by a release with other parameters is restarted with ours', async () => {
  const { owner } = await startOwner();
  await kill(owner);
  const next = await start({ parameters: { max_connections: '33' } });
  expect(next.adopted).toBe(false);
  expect(await query(next.connectionString, 'SHOW max_connections')).toEqual([{ max_connections: '33' }]);
});

test('a directory of another PostgreSQL version is left alone', async () => {
  const version = join(dataDir, 'postgres', 'PG_VERSION');
  writeFileSync(version, '17\n');
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    'was written by PostgreSQL 17, this release brings 18',
  );
  writeFileSync(version, '18\n');
});

test('libraries are linked although install scripts did not run', () => {
  const native = join(dataDir, 'native');
  mkdirSync(join(native, 'lib'), { recursive: true });
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
  restoreSymlinks(native);
  restoreSymlinks(native);
  expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
});
