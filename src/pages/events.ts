/** Server-sent events by fetch: EventSource cannot send the token (HTML Standard, "Interpreting an event stream"). */

export interface ServerEvent {
  event: string;
  data: unknown;
}

/** Every event of the stream; ends when it ends. `beat` is called for everything that comes, heartbeats too. */
export async function* eventsIn(
  stream: AsyncIterable<Uint8Array>,
  beat: () => void,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    beat();
    const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const event = eventOf(frame);
      if (event) yield event;
    }
  }
}

/** Our own streams have one line of data, and end their lines with a line feed. */
function eventOf(frame: string): ServerEvent | null {
  const field = (name: string) =>
    frame
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  return data === undefined ? null : { event: field('event') ?? 'message', data: JSON.parse(data) as unknown };
}
