/**
 * LISTEN on one connection of its own: 'lane' (payload: connection id) wakes pumps, 'halt' (the same) ends runs whose
 * settings have changed, 'answer' (payload: request id) wakes those who wait for a read, 'sync' (payload: its id) those
 * who follow a sync, 'schedule' whoever runs schedules, 'outbox' whoever announces. A lost connection is made again;
 * whoever listens is told to look for himself.
 *
 * It beats. A database that has gone without a word (a failed host, a firewall that forgot us) leaves connections that
 * look alive for a quarter of an hour, and a LISTEN that only waits never notices at all.
 */
import pg from 'pg';

type Heard = (payload: string | null) => void;
type Channel = 'lane' | 'halt' | 'answer' | 'sync' | 'schedule' | 'outbox';
export interface Listener {
  /** `payload` null: the connection was away, anything may have been missed */
  on(channel: Channel, heard: Heard): () => void;
  close(): Promise<void>;
}
export interface ListenOptions {
  /** the connection is gone; it is made again */
  onLost(error: Error): void;
  /** it is gone because nothing was heard any more: other connections to the same database are in doubt */
  onSilent?(): void;
  beatMs?: number;
}

const AGAIN_AFTER_MS = 1_000;
const BEAT_MS = 5_000;
/** So many beats without an answer are silence. Not a time-out: it would strike whoever wakes from a pause. */
const UNANSWERED = 2;

export async function listen(connectionString: string, options: ListenOptions): Promise<Listener> {
  const hearers: Record<Channel, Set<Heard>> = {
    lane: new Set(),
    halt: new Set(),
    answer: new Set(),
    sync: new Set(),
    schedule: new Set(),
    outbox: new Set(),
  };
  let client: pg.Client | null = null;
  let closed = false;
  let again: NodeJS.Timeout | null = null;
  let unanswered = 0;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString,
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      application_name: 'oneroster-passback listen',
    });
    next.on('error', (error) => lost(next, error));
    next.on('end', () => lost(next, new Error('the connection ended')));
    next.on('notification', ({ channel, payload }) => {
      if (Object.hasOwn(hearers, channel))
        for (const heard of hearers[channel as Channel]) heard(payload ?? null);
    });
    try {
      await next.connect();
      await next.query(
        'LISTEN lane; LISTEN halt; LISTEN answer; LISTEN sync; LISTEN schedule; LISTEN outbox',
      );
    } catch (error) {
      next.end().catch(() => undefined);
      throw error;
    }
    if (closed) return next.end();
    client = next;
    unanswered = 0;
    for (const set of Object.values(hearers)) for (const heard of set) heard(null);
  }

  function lost(of: pg.Client, error: Error): void {
    if (closed || (client !== null && client !== of) || again) return;
    client = null;
    options.onLost(error);
    of.end().catch(() => undefined);
    again = setTimeout(() => {
      again = null;
      connect().catch((failed: unknown) =>
        lost(of, failed instanceof Error ? failed : new Error(String(failed))),
      );
    }, AGAIN_AFTER_MS);
  }

  function beat(): void {
    const on = client;
    if (!on) return;
    if (unanswered >= UNANSWERED) {
      lost(on, new Error('the database fell silent'));
      options.onSilent?.();
      return;
    }
    unanswered++;
    on.query('SELECT 1').then(
      () => {
        if (client === on) unanswered = 0;
      },
      // 'error' or 'end' tells it
      () => undefined,
    );
  }

  async function close(): Promise<void> {
    closed = true;
    clearInterval(beating);
    if (again) clearTimeout(again);
    await client?.end().catch(() => undefined);
  }

  const beating = setInterval(beat, options.beatMs ?? BEAT_MS);
  try {
    await connect();
  } catch (error) {
    // whoever could not begin must not go on trying behind our back
    await close();
    throw error;
  }
  return {
    on(channel, heard) {
      hearers[channel].add(heard);
      return () => hearers[channel].delete(heard);
    },
    close,
  };
}
