/** The commands. Each opens the database as the service would, does one thing, and closes it. */
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { migrationsDir, openStorage, type Storage } from '../storage.ts';
import { createRootKey } from '../store/root-keys.ts';
import { applyMigrations, MigrationError, pendingMigrations } from '../store/migrate.ts';
import { startBackground } from '../store/background.ts';
import { rotateSecrets } from '../store/rotate.ts';
import type { Report } from './report.ts';

/** Brings the database to this release's schema, as every start of the service does. */
export async function migrate(config: Config, log: Log): Promise<Report> {
  let applied: string[] = [];
  const storage = await openStorage(config, log, {
    joinRunning: true,
    prepare: async (connectionString) => {
      ({ applied } = await applyMigrations({ connectionString, migrationsDir, log }));
    },
  });
  // what ordinary work waits in makes its own tables: here, so that a worker's role need not be allowed to
  const background = await startBackground(storage.db, { onError: () => undefined });
  await background.stop();
  await storage.close();
  const text =
    applied.length === 0
      ? ['Nothing to do: the database is at the schema of this release.']
      : applied.map((name) => `Applied ${name}.`);
  return { ok: true, text, data: { applied } };
}

/** What `migrate` would do; changes nothing. */
export async function migrationStatus(config: Config, log: Log): Promise<Report> {
  let waiting: string[] = [];
  const storage = await openStorage(config, log, {
    joinRunning: true,
    prepare: async (connectionString) => {
      ({ waiting } = await pendingMigrations({ connectionString, migrationsDir, log }));
    },
  });
  await storage.close();
  const text =
    waiting.length === 0
      ? ['The database is at the schema of this release.']
      : waiting.map((name) => `Missing: ${name}`);
  return { ok: waiting.length === 0, text, data: { waiting } };
}

/** Seals every stored secret with the first key of SECRET_KEYS. */
export async function rotate(config: Config, log: Log): Promise<Report> {
  return withStorage(config, log, async ({ db, seal }) => {
    const { total, old, unreadable } = await rotateSecrets(db, seal);
    const ok = unreadable.length === 0;
    const text = [
      old === 0
        ? `Nothing to do: of ${places(total)} with secrets none was sealed by an older key that is at hand.`
        : `Sealed anew with the first key: ${old} of ${places(total)} with secrets.`,
      ...unreadable.map(({ domainId, why }) => `NOT opened, left as it is: domain ${domainId}: ${why}`),
      ok
        ? 'Every other key can now be taken out of SECRET_KEYS.'
        : 'Keep all keys, put the missing one back into SECRET_KEYS, or enter these secrets again in the settings.',
    ];
    return { ok, text, data: { total, rotated: old, unreadable } };
  });
}

/** Makes a new root key, for whoever has lost his. */
export async function createRoot(config: Config, log: Log, name: string): Promise<Report> {
  return withStorage(config, log, async ({ db }) => {
    const { id, key } = await createRootKey(db, name);
    const text = [
      `Root API key (shown once): ${key}`,
      `To take it back: DELETE /v1/keys/${id} with a root key.`,
    ];
    return { ok: true, text, data: { id, key, name } };
  });
}

/** Only on this release's schema: beside a running service of another release nothing is migrated in passing. */
export async function withStorage(
  config: Config,
  log: Log,
  work: (storage: Storage) => Promise<Report>,
): Promise<Report> {
  const storage = await openStorage(config, log, {
    joinRunning: true,
    prepare: async (connectionString) => {
      const { waiting } = await pendingMigrations({ connectionString, migrationsDir, log });
      if (waiting.length > 0)
        throw new MigrationError(
          `The database is not at the schema of this release: ${waiting.join(', ')} is missing. Run "migrate" first.`,
        );
    },
  });
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

/** Connections, webhooks, sign-ins. */
const places = (n: number) => `${n} ${n === 1 ? 'place' : 'places'}`;
