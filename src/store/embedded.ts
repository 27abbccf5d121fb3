/** The PostgreSQL that the service brings along: started, adopted, and guarded against a second owner. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  forgetReusedPid,
  freePort,
  isCurrent,
  lastWords,
  openCluster,
  recordedPort,
  startServer,
  stopServer,
  SUPERUSER,
  type Cluster,
  type ClusterOptions,
} from './embedded-cluster.ts';
import { EmbeddedDatabaseError } from './postgres-programs.ts';

export { EmbeddedDatabaseError };

/**
 * `dataDir` holds the database, its password and its log, and is made when absent; `parameters` of the server go on
 * top of ours, for databases that may be lost; `namespaces: false` forbids the use of a user namespace.
 */
export interface EmbeddedOptions extends ClusterOptions {
  log?: { info(text: string): void; warn(text: string): void };
  /** A command-line tool may look in while the service runs: it then shares the server and never stops it. */
  joinRunning?: boolean;
  /** Told when the server cannot be had back, or another process owns it now: the service must end. */
  onLost?: (error: Error) => void;
}

export interface EmbeddedDatabase {
  connectionString: string;
  /** True when a server that an earlier process left behind is used on. */
  adopted: boolean;
  /** Stops the server (fast shutdown). */
  stop(): Promise<void>;
}

interface Taken {
  port: number;
  adopted: boolean;
  /** The connection that holds the owner's lock; undefined when joined. */
  owner: pg.Client | undefined;
}

const DATABASE = 'passback';
/** Says "this directory is mine"; held on one connection to the database `postgres` for the life of the process. */
const OWNER_LOCK = 72_707_370;
/** PostgreSQL frees the lock of a killed owner when it notices the dead socket. */
const OWNER_PATIENCE_MS = 2_000;
/** A killed postmaster leaves its lock until its last child is gone; recovery after a crash takes a while too. */
const START_PATIENCE_MS = 15_000;
const RETRY_MS = 200;

/**
 * Starts the embedded PostgreSQL of a data directory, or adopts the server that a killed process left running.
 * @throws EmbeddedDatabaseError with a text for whoever starts the service
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const log = options.log ?? { info: () => undefined, warn: () => undefined };
  const onLost = options.onLost ?? ((error) => log.warn(error.message));
  const cluster = await openCluster(options, log);
  let taken = await takeServer(cluster, options.joinRunning ?? false);
  let regained: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const watch = (owner: pg.Client): void => {
    owner.once('end', () => {
      if (!stopped) regained = regain();
    });
  };
  const regain = async (): Promise<void> => {
    log.warn('The embedded PostgreSQL closed the connection; starting it again');
    try {
      // On the same port: the pools find it again by themselves.
      taken = await takeServer(cluster, false, taken.port);
      if (taken.owner) watch(taken.owner);
    } catch (error) {
      // Perhaps it is another's now: no longer ours to stop.
      taken = { ...taken, owner: undefined };
      onLost(error as Error);
    }
  };
  const stop = async (): Promise<void> => {
    await regained;
    if (!taken.owner) return;
    // While the lock is still held: nobody may adopt a server that is about to stop.
    await stopServer(cluster);
    await taken.owner.end().catch(() => undefined);
  };

  if (taken.owner) {
    await createDatabase(taken.owner);
    watch(taken.owner);
  }
  log.info(`Embedded PostgreSQL ${taken.adopted ? 'adopted' : 'started'} on 127.0.0.1:${taken.port}`);
  return {
    connectionString: connectionString(cluster, taken.port, DATABASE),
    adopted: taken.adopted,
    stop: () => (stopped ??= stop()),
  };
}

/** Finds the server or starts it, and takes the owner's lock. */
async function takeServer(cluster: Cluster, joinRunning: boolean, port?: number): Promise<Taken> {
  const deadline = performance.now() + START_PATIENCE_MS;
  let started = false;
  for (;;) {
    const found = await findRunning(cluster);
    if (typeof found === 'object') {
      const taken = await takeOver(cluster, found, started, joinRunning);
      if (taken) return taken;
    } else if (found === 'absent') {
      started = await startServer(cluster, port ?? (await freePort()));
      if (started) continue;
      await forgetReusedPid(cluster);
    }
    if (performance.now() > deadline) {
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL in ${cluster.pgData} does not start: ${await lastWords(cluster.logFile)}`,
      );
    }
    await sleep(RETRY_MS);
  }
}

/** Asks the server that postmaster.pid speaks of; only one that says it serves our directory counts. */
async function findRunning(
  cluster: Cluster,
): Promise<{ port: number; owner: pg.Client } | 'absent' | 'busy'> {
  const port = await recordedPort(cluster);
  if (!port) return 'absent';
  const owner = new pg.Client({
    connectionString: connectionString(cluster, port, 'postgres'),
    connectionTimeoutMillis: 3_000,
    application_name: 'oneroster-passback owner',
  });
  // Without a listener a lost connection ends the process; 'end' follows and is what we act on.
  owner.on('error', () => undefined);
  try {
    await owner.connect();
    const answer = await owner.query<{ data_directory: string }>('SHOW data_directory');
    if (answer.rows[0]?.data_directory === cluster.pgData) return { port, owner };
  } catch (error) {
    // 57P03: starting up or shutting down.
    if ((error as { code?: string }).code === '57P03') return 'busy';
  }
  await owner.end().catch(() => undefined);
  return 'absent';
}

/** Undefined: the server was not to be kept, or went away while we asked; look again. */
async function takeOver(
  cluster: Cluster,
  { port, owner }: { port: number; owner: pg.Client },
  started: boolean,
  joinRunning: boolean,
): Promise<Taken | undefined> {
  const mine = await lock(owner, joinRunning ? 0 : OWNER_PATIENCE_MS).catch(() => undefined);
  if (mine && (started || (await isCurrent(cluster, port)))) return { port, owner, adopted: !started };
  // Left behind by another release, or by one whose files are gone: ours takes its place.
  if (mine) await stopServer(cluster);
  await owner.end().catch(() => undefined);
  if (mine !== false) return undefined;
  if (joinRunning) return { port, owner: undefined, adopted: true };
  throw new EmbeddedDatabaseError(
    `Another service is running on the data directory ${cluster.dataDir}.` +
      ' Stop it, or give this one a DATA_DIR of its own (or DATABASE_URL to share one database).',
  );
}

async function lock(client: pg.Client, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
      OWNER_LOCK,
    ]);
    if (answer.rows[0]?.mine) return true;
    if (performance.now() > deadline) return false;
    await sleep(RETRY_MS);
  }
}

async function createDatabase(owner: pg.Client): Promise<void> {
  const found = await owner.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (found.rowCount === 0) await owner.query(`CREATE DATABASE ${DATABASE}`);
}

function connectionString(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}
