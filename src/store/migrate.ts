/** Applies prisma/migrations at start, and records them exactly as `prisma migrate deploy` does. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The schema cannot be brought to this release's; worded for the operator. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface MigrateOptions {
  connectionString: string;
  migrationsDir: string;
  log?: { info(text: string): void; warn(text: string): void };
  /** how long a try waits for the locks of tables that others use */
  lockWaitMs?: number;
  /** how long it is tried again when it did not get them */
  patienceMs?: number;
}

/**
 * Whoever waits to change a table stands in everybody's way: behind one long transaction the whole service would
 * queue. So a try is short, and between two tries everybody goes on.
 */
const LOCK_WAIT_MS = 2_000;
const BETWEEN_TRIES_MS = 1_000;
const PATIENCE_MS = 600_000;
/** lock_not_available, deadlock_detected: nothing was changed, and it may be better in a moment */
const IN_THE_WAY = new Set(['55P03', '40P01']);

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface Recorded {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/** The lock that Prisma's own CLI takes: replicas and a `migrate deploy` wait for each other. */
const LOCK = 72_707_369;

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/** Brings the database up to date; any number of replicas may start at once. */
export async function applyMigrations(options: MigrateOptions): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(options.migrationsDir);
  const client = await connect(options);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(TABLE);
    const waiting = waitingMigrations(migrations, await recorded(client), options.log);
    for (const migration of waiting) {
      await applyPatiently(client, migration, options);
      options.log?.info(`Migration ${migration.name} applied`);
    }
    return { applied: waiting.map((migration) => migration.name) };
  } finally {
    await client.end(); // frees the lock
  }
}

/**
 * What applyMigrations would apply, without doing it.
 * @throws MigrationError where applyMigrations would refuse
 */
export async function pendingMigrations(options: MigrateOptions): Promise<{ waiting: string[] }> {
  const migrations = await readMigrations(options.migrationsDir);
  const client = await connect(options);
  try {
    const table = await client.query(
      `SELECT FROM pg_tables WHERE tablename = '_prisma_migrations' AND schemaname = current_schema()`,
    );
    const rows = table.rowCount === 0 ? [] : await recorded(client);
    return { waiting: waitingMigrations(migrations, rows, options.log).map((migration) => migration.name) };
  } finally {
    await client.end();
  }
}

async function connect(options: MigrateOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: options.connectionString,
    application_name: 'oneroster-passback migrations',
    connectionTimeoutMillis: 30_000,
    // A migration takes as long as it takes, whatever the role's default says.
    options: '-c statement_timeout=0 -c lock_timeout=0',
  });
  client.on('error', () => undefined); // the statement in flight fails with it
  await client.connect();
  return client;
}

async function recorded(client: pg.Client): Promise<Recorded[]> {
  const answer = await client.query<Recorded>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  return answer.rows;
}

async function readMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(dir, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function waitingMigrations(
  migrations: readonly Migration[],
  recorded: readonly Recorded[],
  log: MigrateOptions['log'],
): Migration[] {
  const ours = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of recorded) {
    if (!row.finished_at) {
      throw new MigrationError(
        `Migration ${row.migration_name} failed half-way in an earlier run of "prisma migrate deploy".` +
          ' Repair the database, then say so with "npx prisma migrate resolve --applied|--rolled-back NAME".',
      );
    }
    const migration = ours.get(row.migration_name);
    if (!migration) {
      // A rolling upgrade: a newer release has been here, and its schema serves the release before it too.
      log?.warn(`The database holds migration ${row.migration_name}, which this release does not know`);
    } else if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `Migration ${row.migration_name} was edited after it had been applied to this database.` +
          ' Restore the file as it was; a change of the schema is a new migration.',
      );
    }
  }
  const done = new Set(recorded.map((row) => row.migration_name));
  return migrations.filter((migration) => !done.has(migration.name));
}

/** Tries until the tables can be had, for others go on using them. */
async function applyPatiently(
  client: pg.Client,
  migration: Migration,
  { lockWaitMs = LOCK_WAIT_MS, patienceMs = PATIENCE_MS, log }: MigrateOptions,
): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await apply(client, migration, lockWaitMs);
    } catch (error) {
      const code = ((error as Error).cause as { code?: string } | undefined)?.code ?? '';
      if (!IN_THE_WAY.has(code) || performance.now() > until) throw error;
      log?.warn(`Migration ${migration.name} waits: a table that it changes is in use`);
      await sleep(BETWEEN_TRIES_MS);
    }
  }
}

/** The migration and its record are one transaction: it is there whole, or not at all and tried at the next start. */
async function apply(
  client: pg.Client,
  { name, sql, checksum }: Migration,
  lockWaitMs: number,
): Promise<void> {
  const startedAt = new Date();
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockWaitMs}`);
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, NULL, NULL, $4, 1)`,
      [randomUUID(), checksum, name, startedAt],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationError(`Migration ${name} failed and was rolled back: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
