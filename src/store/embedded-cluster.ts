/** The embedded PostgreSQL on disk: made once, started and stopped by `pg_ctl`. Who owns it: embedded.ts. */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EmbeddedDatabaseError, findPostgresPrograms, type PostgresPrograms } from './postgres-programs.ts';

export interface Cluster {
  dataDir: string;
  pgData: string;
  logFile: string;
  password: string;
  programs: PostgresPrograms;
  parameters: Readonly<Record<string, string>>;
}

export interface ClusterOptions {
  dataDir: string;
  parameters?: Readonly<Record<string, string>>;
  namespaces?: boolean;
}

export const SUPERUSER = 'passback';
const VERSION = '18';
const PASSWORD_FILE = 'passback.password';

const PARAMETERS = {
  listen_addresses: '127.0.0.1',
  // A socket file would be another door; there is one door, loopback TCP behind a password.
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  fsync: 'on',
  // One server, no standby, no archive: no need to write WAL for them.
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  // Errors, their details and statements hold names and grades; "log" is less than "error" to PostgreSQL's log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** Finds the database of a data directory, or makes it. */
export async function openCluster(
  options: ClusterOptions,
  log: { warn(text: string): void },
): Promise<Cluster> {
  try {
    return await findOrCreate(options, log);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    throw new EmbeddedDatabaseError(
      `${path} cannot be used (${code}): it belongs to another user. Start the service as that user,` +
        ' or choose another DATA_DIR.',
    );
  }
}

async function findOrCreate(options: ClusterOptions, log: { warn(text: string): void }): Promise<Cluster> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const programs = await findPostgresPrograms(dataDir, log, options.namespaces);
  const pgData = join(dataDir, 'postgres');
  const logFile = join(dataDir, 'postgres.log');
  await (await open(logFile, 'a', 0o600)).close();
  await handOver(programs, logFile);
  if (programs.runAs) await chmod(dataDir, 0o711); // to pass through; what lies in it is 0600 or 0700
  const version = await writtenBy(pgData);
  if (version === undefined) await createCluster(dataDir, pgData, logFile, programs);
  else if (version !== VERSION) {
    throw new EmbeddedDatabaseError(
      `${pgData} was written by PostgreSQL ${version}, this release brings ${VERSION}.` +
        ' Start the release that wrote it, dump the database, and load it into a new DATA_DIR.',
    );
  }
  const password = (await readFile(join(pgData, PASSWORD_FILE), 'utf8')).trim();
  return {
    dataDir,
    pgData,
    logFile,
    password,
    programs,
    parameters: { ...PARAMETERS, ...options.parameters },
  };
}

async function writtenBy(pgData: string): Promise<string | undefined> {
  try {
    return (await readFile(join(pgData, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Made aside and renamed, so that a process killed half-way, or two first starts at once, leave no half database. */
async function createCluster(
  dataDir: string,
  pgData: string,
  logFile: string,
  programs: PostgresPrograms,
): Promise<void> {
  await removeHalfMade(dataDir);
  const fresh = `${pgData}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${fresh}.password`;
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  await handOver(programs, fresh, passwordFile);
  const { ok } = await programs.run(
    'initdb',
    [
      ...[
        '-D',
        fresh,
        '-U',
        SUPERUSER,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
      ],
      // The same order of texts on every machine, whatever its operating system calls a locale.
      ...['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ],
    logFile,
  );
  if (ok) {
    // With its password in it: there is never one without the other.
    await rename(passwordFile, join(fresh, PASSWORD_FILE));
    const won = await rename(fresh, pgData).then(
      () => true,
      (error: NodeJS.ErrnoException) =>
        error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && Promise.reject(error),
    );
    if (won) return;
  }
  await rm(fresh, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  if (!ok)
    throw new EmbeddedDatabaseError(`PostgreSQL could not make ${pgData}: ${await lastWords(logFile)}`);
}

async function handOver({ runAs }: PostgresPrograms, ...files: string[]): Promise<void> {
  if (runAs) for (const file of files) await chown(file, runAs.uid, runAs.gid);
}

async function removeHalfMade(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const pid = /^postgres\.new-(\d+)/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

/** Starts the server, and says whether it accepts connections. */
export async function startServer(cluster: Cluster, port: number): Promise<boolean> {
  const args = ['-D', cluster.pgData, '-w', '-t', '60', '-l', cluster.logFile];
  // pg_ctl hands -o to a shell; every word of it is ours and plain.
  args.push('-o', serverArguments(cluster, port).join(' '));
  return (await cluster.programs.run('pg_ctl', [...args, 'start'], cluster.logFile)).ok;
}

/** Stops the server; open transactions are rolled back. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const args = ['-D', cluster.pgData, '-w', '-t', '60', '-m', 'fast', 'stop'];
  await cluster.programs.run('pg_ctl', args, cluster.logFile);
}

/** The port in postmaster.pid; whether a server listens there, and which, is to be asked. */
export async function recordedPort(cluster: Cluster): Promise<number | undefined> {
  return Number((await postmasterFile(cluster)).split('\n')[3]) || undefined;
}

/** Would we start it the same way, and are its files still there? After `npm ci` they are new ones. */
export async function isCurrent(cluster: Cluster, port: number): Promise<boolean> {
  const started = await readFile(join(cluster.pgData, 'postmaster.opts'), 'utf8');
  const quoted = ['-D', cluster.pgData, ...serverArguments(cluster, port)].map((word) => `"${word}"`);
  if (started.trim() !== [cluster.programs.postgres, ...quoted].join(' ')) return false;
  const pid = (await postmasterFile(cluster)).split('\n')[0];
  const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return !program.endsWith(' (deleted)');
}

/**
 * In a container the same few process ids come back after a kill, and PostgreSQL takes any living process of that
 * id for its predecessor. The id alone is made void: the line that guards the shared memory of living backends stays.
 */
export async function forgetReusedPid(cluster: Cluster): Promise<void> {
  const text = await postmasterFile(cluster);
  const pid = /^\d+/.exec(text)?.[0];
  if (!pid) return;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (commandLine === undefined || commandLine.includes(cluster.pgData)) return;
  await writeFile(join(cluster.pgData, 'postmaster.pid'), text.replace(pid, '2147483646'));
}

/** The end of PostgreSQL's log, for an error text. */
export async function lastWords(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-4).join(' | ') || `see ${logFile}`;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function postmasterFile(cluster: Cluster): Promise<string> {
  return readFile(join(cluster.pgData, 'postmaster.pid'), 'utf8').catch(() => '');
}

function serverArguments(cluster: Cluster, port: number): string[] {
  const parameters = { ...cluster.parameters, port: String(port) };
  return Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
