/** Reads an event stream as a page would: by fetch, with a parser that is not ours. */
import { createParser } from 'eventsource-parser';

export interface Heard {
  event: string;
  id: string | undefined;
  data: Record<string, unknown>;
}
export interface EventReader {
  status: number;
  headers: Headers;
  heard: Heard[];
  /** of heartbeats */
  comments: number;
  /** the stream has ended, whoever ended it */
  ended: Promise<void>;
  cut(): void;
}

export async function readEvents(
  url: string,
  key: string,
  headers: Record<string, string> = {},
): Promise<EventReader> {
  const leaving = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
  });
  const reader: EventReader = {
    status: response.status,
    headers: response.headers,
    heard: [],
    comments: 0,
    ended: Promise.resolve(),
    cut: () => leaving.abort(),
  };
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }) =>
      reader.heard.push({ event, id, data: JSON.parse(data) as Record<string, unknown> }),
    onComment: () => void reader.comments++,
    onError: (error) => {
      throw error;
    },
  });
  reader.ended = (async () => {
    const text = new TextDecoder();
    try {
      for await (const chunk of response.body ?? [])
        parser.feed(text.decode(chunk as Uint8Array, { stream: true }));
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
    }
  })();
  return reader;
}
