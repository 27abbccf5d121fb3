/** A sync as the service tells of it. Where no stream comes through, nothing is heard, and whoever follows asks. */
import { path, type Api } from '../api.ts';
import type { Sync } from '../answers.ts';
import { readEvents } from '../events.ts';

/** More than two heartbeats. */
const SILENT_MS = 40_000;

export class LiveSync {
  readonly #leaving = new AbortController();
  #heardAt: number | null = null;
  /** nothing more is told */
  readonly ended: Promise<void>;

  constructor(api: Api, id: string, told: (sync: Sync) => void) {
    this.ended = this.#listen(api, id, told)
      // cut, or left: asking tells what is wrong, if anything is
      .catch(() => undefined)
      .then(() => void (this.#heardAt = null));
  }

  /** It was heard of a moment ago: nobody has to ask. */
  get talks(): boolean {
    return this.#heardAt !== null && performance.now() - this.#heardAt < SILENT_MS;
  }

  stop(): void {
    this.#leaving.abort();
  }

  async #listen(api: Api, id: string, told: (sync: Sync) => void): Promise<void> {
    const stream = await api.stream(`${path`syncs/${id}/events`}?entries=false`, this.#leaving.signal);
    await readEvents(
      stream,
      ({ event, data }) => {
        if (event === 'progress' || event === 'finished') told(data as Sync);
      },
      () => (this.#heardAt = performance.now()),
    );
  }
}
