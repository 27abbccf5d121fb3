/** Follows one sync until it is done. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { Problem, path, type Api } from '../api.ts';
import type { Sync } from '../answers.ts';
import { LiveSync } from './live-sync.ts';

const FIRST_MS = 300;
const SLOWEST_MS = 3_000;
/** what it needs of the element that it is for */
type Host = Pick<ReactiveControllerHost, 'addController' | 'requestUpdate'>;

export class SyncRun implements ReactiveController {
  /** the sync that is followed; stays after its end, as the result */
  sync: Sync | null = null;
  /** the connection to our own service is lost for the moment */
  lost = false;
  readonly #host: Host;
  #following: string | null = null;
  /** highest number of rows that this sync had in hand: a later press adds to it */
  #total = 0;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#following = null;
  }

  get running(): boolean {
    return this.sync?.status === 'processing';
  }

  /** The SIS is read before anything is sent: how much there is to do is not known yet. */
  get reading(): boolean {
    return this.running && this.sync?.sisRead?.state === 'waiting' && this.sync.pending === 0;
  }

  get progress(): { done: number; total: number } {
    const total = Math.max(this.#total, 1);
    return { done: Math.max(0, total - (this.sync?.pending ?? 0)), total };
  }

  /**
   * Listens, or polls, until the end; answers null when another one is followed meanwhile. Progress is told at most
   * every 5 s. `api`: the one of now, for a sync may outlast the token that began it.
   */
  async follow(
    api: () => Api,
    first: Sync,
    progress: (done: number, total: number) => void,
  ): Promise<Sync | null> {
    if (this.#following === first.id) {
      this.#take(first);
      return null;
    }
    this.#following = first.id;
    this.#total = 0;
    this.#take(first);
    const isFollowed = () => this.#following === first.id;
    const goesOn = () => isFollowed() && this.running;
    let told = Date.now();
    const live = new LiveSync(api(), first.id, (sync) => {
      if (isFollowed()) this.#take(sync);
    });
    try {
      for (let wait = FIRST_MS; goesOn(); wait = Math.min(wait * 1.3, SLOWEST_MS)) {
        const tick = new Promise<void>((then) => setTimeout(then, wait));
        await (live.talks ? Promise.race([tick, live.ended]) : tick);
        if (goesOn() && !live.talks) await this.#ask(api(), first.id);
        if (goesOn() && Date.now() - told > 5_000) {
          told = Date.now();
          progress(this.progress.done, this.progress.total);
        }
      }
    } finally {
      live.stop();
    }
    if (!isFollowed()) return null;
    this.#following = null;
    return this.sync;
  }

  async #ask(api: Api, id: string): Promise<void> {
    try {
      const sync = await api.get<Sync>(path`syncs/${id}`);
      // another one may be followed by now, and this is no answer about that
      if (this.#following === id) this.#take(sync);
    } catch (error) {
      if (this.#following !== id) return;
      // A refusal ends the following, and nothing is known of the sync any more; a network that is gone comes back.
      if (error instanceof Problem && error.status < 500 && error.status !== 429) {
        this.#following = this.sync = null;
        this.#host.requestUpdate();
        throw error;
      }
      this.lost = true;
      this.#host.requestUpdate();
    }
  }

  #take(sync: Sync): void {
    this.lost = false;
    this.sync = sync;
    const { counts } = sync;
    const settled =
      counts.created + counts.updated + counts.unchanged + counts.failed + counts.conflicts + counts.skipped;
    this.#total = Math.max(this.#total, sync.pending, settled + sync.pending);
    this.#host.requestUpdate();
  }
}
