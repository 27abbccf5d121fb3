/** The database that the configuration names and what opens its secrets: where the service and the command line begin. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { SecretKey } from './config-forms.ts';
import { errorFields, type Log } from './log.ts';
import { openDatabase, type Database } from './store/database.ts';
import { startEmbedded } from './store/embedded.ts';
import { createSeal, type Seal } from './store/seal.ts';

export const migrationsDir = join(import.meta.dirname, '../prisma/migrations');

export interface StorageOptions {
  /** a command beside a running service: share its embedded database instead of being refused */
  joinRunning?: boolean;
  /** told when the embedded database was lost for good: the process must end */
  onFatal?: (error: Error) => void;
  /** runs before the pool is opened: migrations */
  prepare?: (connectionString: string) => Promise<unknown>;
}
export interface Storage {
  connectionString: string;
  db: Database;
  seal: Seal;
  close: () => Promise<void>;
}

/** Opens the database, starting the embedded one if it is that, and reads the keys. Nothing is left open by a failure. */
export async function openStorage(config: Config, log: Log, options: StorageOptions = {}): Promise<Storage> {
  const embedded = config.databaseUrl === null ? await embeddedServer(config, log, options) : null;
  try {
    const connectionString = embedded?.connectionString ?? config.databaseUrl ?? '';
    await options.prepare?.(connectionString);
    const seal = createSeal({ keys: config.secretKeys ?? (await generatedKeys(config.dataDir)) });
    const lost = (error: Error) => log.warn('a database connection was lost', errorFields(error));
    const db = openDatabase({ connectionString, onLost: lost });
    return {
      connectionString,
      db,
      seal,
      async close() {
        await db.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function embeddedServer(config: Config, log: Log, options: StorageOptions) {
  return startEmbedded({
    dataDir: config.dataDir,
    log: { info: (text) => log.info(text), warn: (text) => log.warn(text) },
    joinRunning: options.joinRunning ?? false,
    ...(options.onFatal ? { onLost: options.onFatal } : {}),
  });
}

/** Beside the embedded database lies the key that opens its secrets; both are lost or kept together. */
async function generatedKeys(dataDir: string): Promise<SecretKey[]> {
  const file = join(dataDir, 'secret-keys');
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const text = found ?? `k1:${randomBytes(32).toString('base64')}`;
  if (found === null) await writeSecret(dataDir, 'secret-keys', text);
  return text
    .trim()
    .split(',')
    .map((part) => ({
      id: part.slice(0, part.indexOf(':')),
      key: Buffer.from(part.slice(part.indexOf(':') + 1), 'base64'),
    }));
}

/** Writes a file that only its owner reads. */
export async function writeSecret(dataDir: string, name: string, text: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(join(dataDir, name), `${text}\n`, { mode: 0o600, flag: 'wx' }).catch(
    async (error: NodeJS.ErrnoException) => {
      // an earlier start got as far as the file but not to the database
      if (error.code !== 'EEXIST') throw error;
      await writeFile(join(dataDir, name), `${text}\n`, { mode: 0o600 });
    },
  );
}
