/** The demo's two processes: the demo SIS and the service, each with an environment that holds what it needs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const here = import.meta.dirname;
const basics = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  HOME: homedir(),
  TMPDIR: tmpdir(),
};
const READY_WITHIN_MS = 60_000;

export interface Running {
  /** Asks it to stop and answers when it has. */
  stop(): Promise<void>;
  /** answers when it ends by itself */
  ended: Promise<unknown>;
}
export interface RunningSis extends Running {
  url: string;
  gradebookUrl: string;
  tokenUrl: string;
  client: { id: string; secret: string };
}
export interface RunningService extends Running {
  url: string;
}

/** Starts the demo SIS with a district in it. */
export async function startSis(place: string, seedFile: string, secret: string): Promise<RunningSis> {
  const args = [
    '--state',
    join(place, 'sis.json'),
    '--seed',
    seedFile,
    '--client-secret',
    secret,
    '--exit-with-stdin',
  ];
  const child = spawn(process.execPath, [join(here, 'sis-main.ts'), ...args], {
    env: basics,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const logFile = join(place, 'sis.log');
  child.stderr.pipe(createWriteStream(logFile));
  const line = await firstLine(child, logFile);
  const { url, gradebookUrl, tokenUrl } = JSON.parse(line) as Pick<
    RunningSis,
    'url' | 'gradebookUrl' | 'tokenUrl'
  >;
  return { url, gradebookUrl, tokenUrl, client: { id: 'demo-client', secret }, ...running(child) };
}

/** Starts the service on port 3000, or the next one that is free, with an embedded database. */
export async function startService(place: string, rootKey: string): Promise<RunningService> {
  for (let port = await freePort(3000); ; port = await freePort(port + 1)) {
    const url = `http://127.0.0.1:${port}`;
    const env = {
      ...basics,
      PORT: String(port),
      DATA_DIR: join(place, 'data'),
      // The demo SIS is on this very machine; nowhere else are private addresses allowed.
      SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      BOOTSTRAP_API_KEY: rootKey,
    };
    const program = ['--import', join(here, 'end-with-parent.ts'), join(here, '..', 'main.ts')];
    const child = spawn(process.execPath, program, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const logFile = join(place, 'service.log');
    const log = createWriteStream(logFile);
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    if (await isReady(child, logFile, `${url}/readyz`)) return { url, ...running(child) };
    await stop(child);
    const said = await readFile(logFile, 'utf8');
    // Another demo took the port between our look and the listening.
    if (!said.includes('EADDRINUSE')) throw new Error(`The service did not start:\n${said.slice(-2000)}`);
  }
}

async function isReady(child: ChildProcess, logFile: string, url: string): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!hasEnded(child) && performance.now() < deadline) {
    // Two demos at once may try one port, and then the other's service answers there: ours says itself that it listens.
    const listens = (await readFile(logFile, 'utf8').catch(() => '')).includes('"message":"ready"');
    if (listens && (await answers(url))) return true;
    await sleep(50);
  }
  return false;
}

const answers = (url: string) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

async function firstLine(child: ChildProcess, logFile: string): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
  }
  throw new Error(`The demo SIS did not start:\n${await readFile(logFile, 'utf8')}`);
}

function running(child: ChildProcess): Running {
  return { stop: () => stop(child), ended: hasEnded(child) ? Promise.resolve() : once(child, 'exit') };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const inTime = await Promise.race([ended, sleep(25_000, null, { ref: false })]);
  if (inTime === null) {
    child.kill('SIGKILL');
    await ended;
  }
}

/** The first free port from a given one on. */
async function freePort(from: number): Promise<number> {
  for (let port = from; port < from + 200; port++) {
    const server = createServer();
    const free = await new Promise<boolean>((answer) => {
      server.once('error', () => answer(false)).listen(port, '127.0.0.1', () => answer(true));
    });
    if (free) {
      await new Promise((closed) => server.close(closed));
      return port;
    }
  }
  throw new Error(`No port from ${from} to ${from + 199} is free.`);
}
