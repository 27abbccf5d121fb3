/** Where a run of the demo keeps its data: a folder of its own, so that it is fresh each time and may run twice. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes the folder of this process and clears away those of runs that are over. */
export async function takePlace(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    // A folder is named after the process that owns it.
    const owner = Number(name);
    if (Number.isInteger(owner) && owner !== process.pid && !isAlive(owner)) await clear(join(parent, name));
  }
  const own = join(parent, String(process.pid));
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { mode: 0o700 });
  return own;
}

/** Removes a folder, and ends the PostgreSQL that a killed run left behind in it. */
export async function clear(place: string): Promise<void> {
  const pgData = join(place, 'data', 'postgres');
  const pid = Number((await readFile(join(pgData, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (pid > 0 && (await isPostgresOf(pid, pgData))) {
    process.kill(pid, 'SIGINT');
    for (let tries = 0; isAlive(pid) && tries < 50; tries++) await sleep(100);
  }
  await rm(place, { recursive: true, force: true, maxRetries: 5 });
}

/** The id alone is no proof: it may belong to another program by now. Where that cannot be told, nobody is ended. */
async function isPostgresOf(pid: number, pgData: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(pgData);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
