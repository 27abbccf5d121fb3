/** Waits until syncs have ended, and shows meanwhile how far they are. */
import type { SyncView } from '../passback/ports/syncs.ts';
import { type Api, at, Unreachable } from './api.ts';
import type { Progress } from './progress.ts';

export interface Following {
  /** false: a sync that was started is answered at once */
  wait: boolean;
  /** after so many seconds they are left to themselves; null: never */
  timeout: number | null;
  progress: Progress;
  /** milliseconds of some clock that never goes back */
  uptimeMs: () => number;
  sleep: (ms: number) => Promise<unknown>;
}

/** A service that is being replaced is away for a moment. */
const AWAY_MS = 60_000;
const FIRST_MS = 100;
const MOST_MS = 2_000;

/** The syncs as they ended; `left`: how many had not when the time was up. */
export async function follow(
  api: Api,
  started: readonly SyncView[],
  { timeout, progress, uptimeMs, sleep }: Following,
): Promise<{ syncs: SyncView[]; left: number }> {
  const syncs = [...started];
  const from = uptimeMs();
  let reachedAt = from;
  let pause = FIRST_MS;
  const left = () => syncs.filter(({ status }) => status === 'processing').length;
  try {
    for (;;) {
      show(progress, syncs);
      if (left() === 0 || (timeout !== null && uptimeMs() - from >= timeout * 1000)) break;
      await sleep(pause);
      pause = Math.min(MOST_MS, pause * 1.5);
      try {
        for (const [i, { id, status }] of syncs.entries())
          if (status === 'processing') syncs[i] = (await api.call<SyncView>('GET', at`/syncs/${id}`)).body;
        reachedAt = uptimeMs();
      } catch (error) {
        if (!(error instanceof Unreachable) || uptimeMs() - reachedAt > AWAY_MS) throw error;
      }
    }
  } finally {
    progress.clear();
  }
  return { syncs, left: left() };
}

function show(progress: Progress, syncs: readonly SyncView[]): void {
  const done = sum(syncs.map(({ counts }) => sum(Object.values(counts))));
  const total = done + sum(syncs.map(({ pending }) => pending));
  const reading = syncs.some(({ sisRead }) => sisRead?.state === 'waiting');
  const waiting = syncs.find(({ waitingFor }) => waitingFor !== null)?.waitingFor;
  const failed = sum(syncs.map(({ counts }) => counts.failed));
  const text = waiting ? waiting.message : reading ? 'reading the SIS' : failed > 0 ? `${failed} failed` : '';
  progress.show(done, total, text);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
