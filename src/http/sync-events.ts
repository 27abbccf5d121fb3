/** A sync as it goes: told when the database says that it changed, and looked at now and then in case that was lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../passback/ports/callers.ts';
import { FOLLOW_AT_ONCE, type SyncView, type Syncs } from '../passback/ports/syncs.ts';
import type { Events } from './event-stream.ts';

/** Four a second are as many as anybody can see; what happens meanwhile is told together. */
const AT_LEAST_MS = 250;
/** A lost notification costs no more than this; and what an SIS makes us wait for is told by nobody else. */
const LOOK_EVERY_MS = 2_000;

/**
 * `progress` whenever it has changed, the first at once; `entries` in their order, each with the id to go on after;
 * `finished` when nothing more will come.
 */
export function syncEvents(
  syncs: Pick<Syncs, 'follow' | 'watch'>,
  scope: Scope,
  syncId: string,
  wantsEntries: boolean,
): Events {
  return async ({ lastEventId, gone, send }) => {
    let after = wantsEntries ? startAfter(lastEventId) : null;
    let told = '';
    const bell = new Bell(gone);
    const off = await syncs.watch(scope, syncId, () => bell.ring());
    try {
      while (!gone.aborted) {
        bell.still();
        const { sync, entries } = await syncs.follow(scope, syncId, after);
        const last = entries.at(-1);
        if (last) {
          after = last.id;
          await send({ event: 'entries', id: last.id, data: { items: entries.map(({ line }) => line) } });
        }
        const all = entries.length < FOLLOW_AT_ONCE;
        if (all && hasEnded(sync)) return await send({ event: 'finished', data: sync });
        const now = JSON.stringify(sync);
        if (now !== told) await send({ event: 'progress', data: sync });
        told = now;
        await Promise.all([rest(gone), all ? bell.rung(LOOK_EVERY_MS) : null]);
      }
    } finally {
      off();
    }
  };
}

/** Of a cancelled one, answers about what was under way may still come. */
const hasEnded = ({ finishedAt, inFlight }: SyncView) => finishedAt !== null && inFlight === 0;

const startAfter = (lastEventId: string | undefined): string =>
  lastEventId !== undefined && /^\d{1,18}$/.test(lastEventId) ? lastEventId : '0';

const rest = (gone: AbortSignal) =>
  sleep(AT_LEAST_MS, undefined, { signal: gone, ref: false }).catch(() => undefined);

/** Rung at any time, heard by whoever waits for it next. */
class Bell {
  private readonly gone: AbortSignal;
  private heard = false;
  private wake: () => void = () => undefined;

  constructor(gone: AbortSignal) {
    this.gone = gone;
    gone.addEventListener('abort', () => this.wake(), { once: true });
  }

  ring(): void {
    this.heard = true;
    this.wake();
  }

  /** What was told until now is about to be looked at. */
  still(): void {
    this.heard = false;
  }

  rung(atMostMs: number): Promise<void> {
    if (this.heard || this.gone.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMostMs).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
