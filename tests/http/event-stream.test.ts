import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import express from 'express';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import {
  createStreams,
  type Events,
  type Frame,
  frameText,
  type StreamParts,
} from '../../src/http/event-stream.ts';
import { syncEvents } from '../../src/http/sync-events.ts';
import {
  FOLLOW_AT_ONCE,
  type SyncEntryLine,
  type SyncNews,
  type SyncView,
} from '../../src/passback/ports/syncs.ts';
import { Refusal } from '../../src/passback/refusal.ts';
import { principal, syncView } from './fake-store.ts';

const parsed = (text: string): EventSourceMessage[] => {
  const found: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => void found.push(event) }).feed(text);
  return found;
};

test('a frame is read as it was meant, whatever its texts hold', () => {
  const data = { title: 'line\nbreak\r\n\ndata: no\u2028é' };
  expect(parsed(frameText({ event: 'progress', id: '7', data }))).toEqual([
    { event: 'progress', id: '7', data: JSON.stringify(data) },
  ]);
  expect(parsed(frameText({ event: 'finished', data: null }))).toEqual([{ event: 'finished', data: 'null' }]);
});

describe('what is told of a sync', () => {
  const view = syncView as SyncView;
  const line = { lineItemId: 'l' } as SyncEntryLine;
  const entries = (from: number, n: number) =>
    Array.from({ length: n }, (_, i) => ({ id: String(from + i), line }));
  /** Reads what a store would say, look by look; the last again and again. */
  async function followed(looks: SyncNews[], lastEventId?: string, wantsEntries = true) {
    const asked: (string | null)[] = [];
    const frames: Frame[] = [];
    const leaving = new AbortController();
    let watching = 0;
    const syncs = {
      follow: async (_scope: unknown, _id: string, after: string | null) => {
        asked.push(after);
        const news = looks[Math.min(asked.length, looks.length) - 1];
        if (!news) throw new Error('nothing to say');
        return news;
      },
      watch: async () => {
        watching++;
        return () => void watching--;
      },
    };
    const scope = { tenantId: 't', domainId: null, classKeys: null };
    await syncEvents(
      syncs,
      scope,
      'y',
      wantsEntries,
    )({
      lastEventId,
      gone: leaving.signal,
      send: async (frame) => void frames.push(frame),
    });
    expect(watching).toBe(0);
    return { asked, said: frames.map(({ event, id }) => (id === undefined ? event : `${event} ${id}`)) };
  }
  const ended: SyncView = { ...view, status: 'complete', finishedAt: '2026-03-02T10:00:00.000Z' };

  test('every entry is told before the end is, however many there are at once', async () => {
    const { said, asked } = await followed([
      { sync: ended, entries: entries(1, FOLLOW_AT_ONCE) },
      { sync: ended, entries: entries(501, 3) },
    ]);
    expect(said).toEqual(['entries 500', 'progress', 'entries 503', 'finished']);
    expect(asked).toEqual(['0', '500']);
  });

  test('without a word from the database it is looked at all the same', async () => {
    const { said } = await followed([
      { sync: view, entries: [] },
      { sync: ended, entries: [] },
    ]);
    expect(said).toEqual(['progress', 'finished']);
  });

  test('of a cancelled one, what was under way is waited for', async () => {
    const cancelled: SyncView = { ...ended, status: 'cancelled' };
    const { said } = await followed([
      { sync: { ...cancelled, inFlight: 2 }, entries: [] },
      { sync: cancelled, entries: entries(8, 2) },
    ]);
    expect(said).toEqual(['progress', 'entries 9', 'finished']);
  });

  test.each([
    ['41', true, '41'],
    ['', true, '0'],
    ["1' OR 1=1", true, '0'],
    ['9'.repeat(19), true, '0'],
    ['41', false, null],
  ])('a reader that has read %j (entries: %s) goes on after %s', async (lastEventId, wants, after) => {
    const { asked } = await followed([{ sync: ended, entries: [] }], lastEventId, wants);
    expect(asked).toEqual([after]);
  });
});

describe('a stream', () => {
  async function served(events: Events, parts: StreamParts, stillThere = async (): Promise<unknown> => null) {
    let open = 0;
    const streams = createStreams({ ...parts, told: (n) => (open = n) });
    const ends = Promise.withResolvers<void>();
    const app = express().get('/', (req, res) => {
      const of = { req, res, principal: principal('lms', 'key'), stillThere };
      streams.serve(of, events).then(ends.resolve, ends.reject);
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const close = () => new Promise((resolve) => server.close(resolve));
    return { port, ended: ends.promise, open: () => open, close };
  }
  const listening: Events = ({ gone }) =>
    new Promise((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));

  test('who takes nothing for a whole heartbeat is cut off, and nothing piles up for him', async () => {
    let sent = 0;
    const flood: Events = async ({ gone, send }) => {
      while (!gone.aborted) {
        await send({ event: 'entries', data: 'x'.repeat(100_000) });
        sent++;
      }
    };
    const { port, ended, open, close } = await served(flood, { heartbeatMs: 200 });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await ended;
    expect(open()).toBe(0);
    // what the two sockets hold, not what there is to tell
    expect(sent).toBeLessThan(1_000);
    socket.destroy();
    await close();
  });

  test('a database that is away for a moment sends nobody away, a key that is gone does', async () => {
    let asked = 0;
    const stillThere = async () => {
      if (++asked < 3) throw new Error('Connection terminated');
      throw new Refusal('UNAUTHENTICATED', 'gone');
    };
    const { port, ended, close } = await served(listening, { heartbeatMs: 20 }, stillThere);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const text = await answer.text();
    await ended;
    expect(asked).toBe(3);
    expect(parsed(text)).toEqual([{ event: 'closed', data: '{"code":"UNAUTHENTICATED"}' }]);
    await close();
  });

  test('one that begins while the process stops ends at once', async () => {
    const stopping = new AbortController();
    stopping.abort();
    const { port, ended, close } = await served(listening, { stopping: stopping.signal });
    const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    await ended;
    expect(parsed(text)).toEqual([{ event: 'closed', data: '{"code":"STOPPING"}' }]);
    await close();
  });
});
