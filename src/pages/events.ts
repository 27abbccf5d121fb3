/** Server-sent events by fetch: EventSource cannot send the token (HTML Standard, "Interpreting an event stream"). */

export interface ServerEvent {
  event: string;
  data: unknown;
}

/** Tells every event until the stream ends; `beat` is called for whatever comes, heartbeats too. */
export async function readEvents(
  stream: ReadableStream<Uint8Array>,
  tell: (event: ServerEvent) => void,
  beat: () => void,
): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    beat();
    const frames = (rest + decoder.decode(read.value, { stream: true })).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const event = eventOf(frame);
      if (event) tell(event);
    }
  }
}

/** Our own streams have one line of data, and end their lines with a line feed. */
function eventOf(frame: string): ServerEvent | null {
  const lines = frame.split('\n');
  const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field('data');
  return data === undefined
    ? null
    : { event: field('event') ?? 'message', data: JSON.parse(data) as unknown };
}
