/** Two replicas as an operator runs them, killed and paused at any instruction, and started again at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/store/embedded-cluster.ts';
import { launchProcess, replicaEnv } from '../../tests/support/processes.ts';
import type { Chance } from './chance.ts';

type Launched = ReturnType<typeof launchProcess>;

export interface Replica {
  url: string;
  /** whether it has come up since it was last killed */
  isUp(): boolean;
  kill(): void;
  /** stops it in the middle of whatever it does, and lets it go on after `ms`, if it still lives */
  pause(ms: number): Promise<void>;
  /** SIGTERM; answers the exit code */
  end(): Promise<number | null>;
  /** lines that tell of a defect of ours, of all its lives */
  defects: string[];
}

/** Keeps one replica alive, whatever happens to it. */
export async function keepAlive(databaseUrl: string): Promise<Replica> {
  const port = await freePort();
  const env = { ...replicaEnv(databaseUrl), PORT: String(port) };
  const defects: string[] = [];
  let ending = false;
  let up = false;
  let now: Launched;
  const live = (): Launched => {
    const life = launchProcess('all', env);
    up = false;
    life.ready.then(
      () => (up = true),
      // killed before it was ready: the next one will be
      () => undefined,
    );
    void life.ended.then(({ code, signal }) => {
      defects.push(
        ...life.lines.filter((line) => /"level":"error"|unhandled|could not be worked on/.test(line)),
      );
      if (signal === null && code !== 0)
        defects.push(`a replica ended by itself with ${code}: ${life.lines.at(-1)}`);
      if (!ending) now = live();
    });
    return life;
  };
  now = live();
  await now.ready;
  return {
    url: `http://127.0.0.1:${port}`,
    isUp: () => up,
    kill: () => now.signal('SIGKILL'),
    async pause(ms) {
      const paused = now;
      paused.signal('SIGSTOP');
      await sleep(ms);
      paused.signal('SIGCONT');
    },
    async end() {
      ending = true;
      const last = now;
      last.signal('SIGCONT');
      last.signal('SIGTERM');
      return (await last.ended).code;
    },
    defects,
  };
}

export interface Havoc {
  kills: number;
  pauses: number;
}

/**
 * Kills `kills` times, one replica or the other every 1–3 s; every `pauseEvery`th time one is paused as well. One in five
 * may be on its way up, the others are not: on a machine that takes longer to start them there would be nothing to kill.
 */
export async function wreak(
  replicas: Replica[],
  by: { kills: number; everyMs: [number, number]; pauseEvery: number; pauseMs: [number, number] },
  chance: Chance,
  tell: (havoc: Havoc) => void,
): Promise<Havoc> {
  const havoc: Havoc = { kills: 0, pauses: 0 };
  const paused: Promise<void>[] = [];
  const any = () => replicas[chance.below(replicas.length)];
  while (havoc.kills < by.kills) {
    await sleep(chance.between(...by.everyMs));
    let victim = any();
    if (chance.below(5) > 0) for (; !victim?.isUp(); victim = any()) await sleep(20);
    victim?.kill();
    havoc.kills++;
    if (havoc.kills % by.pauseEvery === 0) {
      havoc.pauses++;
      paused.push(any()?.pause(chance.between(...by.pauseMs)) ?? Promise.resolve());
    }
    tell(havoc);
  }
  await Promise.all(paused);
  return havoc;
}
