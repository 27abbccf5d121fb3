/** `doctor`: looks at what the service stands on, and changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { migrationsDir, openStorage, type Storage } from '../storage.ts';
import type { Database } from '../store/database.ts';
import { anyRootKey } from '../store/root-keys.ts';
import { MigrationError, pendingMigrations } from '../store/migrate.ts';
import { checkSecrets } from '../store/rotate.ts';
import { houseFailureOf } from './house-failure.ts';
import { type Report, signs } from './report.ts';
import { clock, publicAddress, type Seen, sisAddresses } from './surroundings.ts';

interface Check extends Seen {
  name:
    | 'configuration'
    | 'public address'
    | 'database'
    | 'clock'
    | 'migrations'
    | 'secrets'
    | 'root key'
    | 'SIS addresses'
    | 'announcing'
    | 'connections';
}

/** Checks one after the other; what stands on a failed one is skipped. The configuration was read before. */
export async function doctor(config: Config, log: Log): Promise<Report> {
  const where = config.databaseUrl === null ? `embedded database in ${config.dataDir}` : 'DATABASE_URL';
  const checks: Check[] = [
    { name: 'configuration', status: 'ok', detail: `ROLE=${config.role}, ${where}` },
    { name: 'public address', ...publicAddress(config) },
  ];
  // Looking at a database that was never made would make it.
  if (config.databaseUrl === null && !existsSync(join(config.dataDir, 'postgres'))) {
    const detail = `there is none yet in ${config.dataDir}; the first start of the service makes it`;
    return reportOf([...checks, { name: 'database', status: 'skipped', detail }]);
  }
  let storage: Storage | undefined;
  try {
    storage = await openStorage(config, log, { joinRunning: true });
    checks.push(...(await look(storage, config, log)));
  } catch (error) {
    checks.push({ name: 'database', status: 'failed', detail: houseFailureOf(error).message });
  } finally {
    await storage?.close();
  }
  return reportOf(checks);
}

async function look({ db, seal, connectionString }: Storage, config: Config, log: Log): Promise<Check[]> {
  const [row] = await db.rows<{ version: string }>(`SELECT current_setting('server_version') AS version`);
  const checks: Check[] = [{ name: 'database', status: 'ok', detail: `PostgreSQL ${row?.version ?? ''}` }];
  checks.push({ name: 'clock', ...(await clock(db, Date.now)) });
  const migrations = await schema(connectionString, log);
  checks.push({ name: 'migrations', ...migrations });
  const skipped: Seen = { status: 'skipped', detail: 'needs the schema of this release' };
  const ready = migrations.status === 'ok';
  checks.push({ name: 'announcing', ...(await announcing(db)) });
  checks.push({ name: 'secrets', ...(ready ? secrets(await checkSecrets(db, seal)) : skipped) });
  checks.push({ name: 'root key', ...(ready ? rootKey(await anyRootKey(db)) : skipped) });
  checks.push({ name: 'SIS addresses', ...(ready ? await sisAddresses(db, config) : skipped) });
  checks.push({ name: 'connections', ...(ready ? await connections(db) : skipped) });
  return checks;
}

async function schema(connectionString: string, log: Log): Promise<Seen> {
  try {
    const { waiting } = await pendingMigrations({ connectionString, migrationsDir, log });
    return waiting.length === 0
      ? { status: 'ok', detail: 'the schema of this release' }
      : { status: 'failed', detail: `missing: ${waiting.join(', ')}; run "migrate", or start the service` };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    return { status: 'failed', detail: error.message };
  }
}

/** Webhooks and mails wait in tables of their own (store/background.ts). */
async function announcing(db: Database): Promise<Seen> {
  const [row] = await db.rows<{ there: boolean; may: boolean }>(
    `SELECT to_regclass('pgboss.version') IS NOT NULL AS there, has_database_privilege(current_database(), 'CREATE') AS may`,
  );
  if (row?.there) return { status: 'ok', detail: 'webhooks and mails have their tables' };
  return row?.may
    ? { status: 'ok', detail: 'the tables of webhooks and mails are made at the first start' }
    : {
        status: 'failed',
        detail:
          'no webhooks and no mails: run "migrate" as the owner of the database, or GRANT CREATE ON DATABASE to this role',
      };
}

function secrets({ total, old, unreadable }: Awaited<ReturnType<typeof checkSecrets>>): Seen {
  if (unreadable.length > 0) {
    const which = unreadable.map(({ domainId, why }) => `domain ${domainId}: ${why}`).join('; ');
    return { status: 'failed', detail: `${unreadable.length} of ${total} cannot be opened (${which})` };
  }
  const rest = old > 0 ? `; ${old} sealed by an older key: run "secrets rotate" before taking it away` : '';
  return { status: 'ok', detail: `secrets of ${total} of ${total} places open${rest}` };
}

/** As the lanes have found them; nothing is asked of an SIS here. */
async function connections(db: Database): Promise<Seen> {
  const rows = await db.rows<{ key: string; cause: string | null; since: Date | null; tested: boolean }>(
    `SELECT d.key, CASE WHEN l.cause_said @> '{"broken":true}' THEN l.cause END AS cause, l.cause_since AS since,
            k.capabilities->>'testedAt' IS NOT NULL AS tested
       FROM connection k JOIN domain d ON d.id = k.domain_id LEFT JOIN lane l ON l.connection_id = k.id ORDER BY d.key COLLATE "C"`,
  );
  if (rows.length === 0) return { status: 'skipped', detail: 'no domain has an SIS yet' };
  const broken = rows.filter(({ cause }) => cause !== null);
  const untested = rows.filter(({ tested }) => !tested).map(({ key }) => key);
  const never = untested.length > 0 ? `; never tested: ${untested.join(', ')} (doctor --domain …)` : '';
  if (broken.length === 0) return { status: 'ok', detail: `none of ${rows.length} is broken${never}` };
  const which = broken.map(
    ({ key, cause, since }) => `${key}: ${cause} since ${since?.toISOString() ?? '?'}`,
  );
  return {
    status: 'failed',
    detail: `${broken.length} of ${rows.length} broken (${which.join('; ')})${never}`,
  };
}

function rootKey(there: boolean): Seen {
  return there
    ? { status: 'ok', detail: 'there is one' }
    : { status: 'failed', detail: 'there is none; make one with "keys create-root"' };
}

function reportOf(checks: Check[]): Report {
  return {
    ok: checks.every((check) => check.status !== 'failed'),
    text: checks.map((check) => `${signs[check.status]} ${check.name.padEnd(14)} ${check.detail}`),
    data: { checks },
  };
}
