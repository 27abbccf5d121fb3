import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackground } from '../../src/store/background.ts';
import { openDatabase } from '../../src/store/database.ts';
import { applyMigrations } from '../../src/store/migrate.ts';
import { startEmbedded, type EmbeddedDatabase } from '../../src/store/embedded.ts';

const PREFIX = 'oneroster-passback-tests-';
let server: EmbeddedDatabase | undefined;
let dataDir: string | undefined;

/** One server for the whole run, with a migrated database that each test file copies. */
export async function setup(): Promise<void> {
  endLeftovers();
  dataDir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // What these databases hold may be lost: no waiting for the disk.
  const parameters = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  };
  server = await startEmbedded({ dataDir, parameters });
  const migrationsDir = join(import.meta.dirname, '../../prisma/migrations');
  if (existsSync(migrationsDir)) {
    await applyMigrations({ connectionString: server.connectionString, migrationsDir });
    // its tables too: each test file would make them again
    const db = openDatabase({ connectionString: server.connectionString });
    const background = await startBackground(db, { onError: () => undefined });
    await background.stop();
    await db.close();
  }
  process.env.TEST_DATABASE_URL = server.connectionString;
}

export async function teardown(): Promise<void> {
  await server?.stop();
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
}

/** A run that was killed leaves its server behind. */
function endLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) && Number(name.slice(PREFIX.length).split('-')[0]);
    if (!owner || isAlive(owner)) continue;
    const left = join(tmpdir(), name);
    try {
      const [pid, directory] = readFileSync(join(left, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (directory && commandLine.includes(directory)) process.kill(Number(pid), 'SIGQUIT');
    } catch {
      // it has ended
    }
    rmSync(left, { recursive: true, force: true, maxRetries: 3 });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export default setup;
