/**
 * LISTEN on one connection of its own: 'lane' (payload: connection id) wakes pumps, 'halt' (the same) ends runs whose
 * settings have changed, 'answer' (payload: request id) wakes those who wait for a read. A lost connection is made
 * again; whoever listens is told to look for himself.
 */
import pg from 'pg';

type Heard = (payload: string | null) => void;
type Channel = 'lane' | 'halt' | 'answer';
export interface Listener {
  /** `payload` null: the connection was away, anything may have been missed */
  on(channel: Channel, heard: Heard): () => void;
  close(): Promise<void>;
}

const AGAIN_AFTER_MS = 1_000;

export async function listen(connectionString: string, onLost: (error: Error) => void): Promise<Listener> {
  const hearers: Record<Channel, Set<Heard>> = { lane: new Set(), halt: new Set(), answer: new Set() };
  let client: pg.Client | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString,
      keepAlive: true,
      application_name: 'oneroster-passback listen',
    });
    next.on('error', (error) => lost(next, error));
    next.on('end', () => lost(next, new Error('the connection ended')));
    next.on('notification', ({ channel, payload }) => {
      if (Object.hasOwn(hearers, channel))
        for (const heard of hearers[channel as Channel]) heard(payload ?? null);
    });
    await next.connect();
    await next.query('LISTEN lane; LISTEN halt; LISTEN answer');
    client = next;
    for (const set of Object.values(hearers)) for (const heard of set) heard(null);
  }

  function lost(of: pg.Client, error: Error): void {
    if (closed || (client !== null && client !== of) || timer) return;
    client = null;
    onLost(error);
    of.end().catch(() => undefined);
    timer = setTimeout(() => {
      timer = null;
      connect().catch((again: unknown) =>
        lost(of, again instanceof Error ? again : new Error(String(again))),
      );
    }, AGAIN_AFTER_MS);
  }

  await connect();
  return {
    on(channel, heard) {
      hearers[channel].add(heard);
      return () => hearers[channel].delete(heard);
    },
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
