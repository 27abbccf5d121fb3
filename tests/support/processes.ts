/** The service as an operator runs it: `src/main.ts` in processes of their own, which can be killed, paused and ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT_KEY } from './service.ts';

const root = join(import.meta.dirname, '../..');
const compiled = join(root, 'node_modules/.cache/oneroster-passback/compiled');

export interface ServiceProcess {
  role: Role;
  pid: number;
  url: string;
  /** what it wrote to stdout and stderr, line by line */
  lines: string[];
  /** SIGKILL, SIGSTOP, SIGCONT, SIGTERM */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, and waits until it is gone */
  kill(): Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}
export type Role = 'all' | 'api' | 'worker';

/** The configuration of every replica on one database. */
export const replicaEnv = (databaseUrl: string): Record<string, string> => ({
  PORT: '0',
  DATABASE_URL: databaseUrl,
  SECRET_KEYS: `t1:${Buffer.alloc(32, 7).toString('base64')}`,
  BOOTSTRAP_API_KEY: ROOT_KEY,
  SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
  // with DATABASE_URL nothing is kept in a folder
  DATA_DIR: '/nonexistent',
  LOG_LEVEL: 'info',
});

/** Starts one replica and answers when it is ready; `directory`: where its code lies, this repository otherwise. */
export async function startProcess(
  role: Role,
  env: Record<string, string>,
  directory = root,
): Promise<ServiceProcess> {
  const launched = launchProcess(role, env, directory);
  await launched.ready;
  return launched;
}

/** Starts one replica; `ready` rejects if it ends before. */
export function launchProcess(
  role: Role,
  env: Record<string, string>,
  directory = root,
): ServiceProcess & { ready: Promise<void> } {
  // it ends when we do, however we go
  const program = ['--import', join(root, 'src/demo/end-with-parent.ts'), join(directory, 'src/main.ts')];
  const child = spawn(process.execPath, program, {
    cwd: directory,
    // what Node makes of the sources is kept: these processes are started by the dozen
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compiled, ...env, ROLE: role },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  let port = 0;
  const ready = Promise.race([
    readyPort(child, lines).then((chosen) => void (port = chosen)),
    ended.then(({ code, signal }) => {
      throw new Error(`the ${role} process ended (${code ?? signal}):\n${lines.join('\n')}`);
    }),
  ]);
  return {
    role,
    pid: child.pid ?? 0,
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    lines,
    ready,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    ended,
  };
}

/** Reads what the process says, for as long as it says something; answers when it says that it listens. */
function readyPort(child: ChildProcess, lines: string[]): Promise<number> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        if (line.includes('"message":"ready"')) resolve((JSON.parse(line) as { port: number }).port);
      });
    }
  });
}
