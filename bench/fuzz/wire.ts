/** HTTP by hand over one kept connection, for requests that no client library would send. */
import { connect, type Socket } from 'node:net';

export interface Sent {
  method: string;
  /** as it goes on the wire: already encoded, or wrongly so */
  path: string;
  /** as they go on the wire, in this order; Host and the length are added unless they are here */
  headers: readonly (readonly [string, string])[];
  body: Buffer | null;
}
export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  ms: number;
}
/** No answer: the other side hung up, or did not say anything in time. */
export class NoAnswer extends Error {}

export class Wire {
  readonly #host: string;
  readonly #port: number;
  readonly #patienceMs: number;
  #socket: Socket | null = null;

  constructor(url: string, patienceMs: number) {
    const at = new URL(url);
    this.#host = at.hostname;
    this.#port = Number(at.port);
    this.#patienceMs = patienceMs;
  }

  async send(request: Sent): Promise<Answered> {
    const kept = this.#socket !== null;
    try {
      return await this.#exchange(request);
    } catch (error) {
      this.close();
      // a kept connection may have been closed between two requests; a fresh one has no such excuse
      if (!kept || !(error instanceof NoAnswer) || error.message !== 'closed') throw error;
      return this.#exchange(request);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #connect(): Socket {
    // an error between two requests is no one's: the next one finds the connection closed
    return connect(this.#port, this.#host)
      .setNoDelay(true)
      .on('error', () => undefined);
  }

  #exchange(request: Sent): Promise<Answered> {
    const started = performance.now();
    const socket = (this.#socket ??= this.#connect());
    return new Promise((resolve, reject) => {
      let got = Buffer.alloc(0);
      const patience = setTimeout(() => end(new NoAnswer('no answer in time')), this.#patienceMs);
      const end = (outcome: Error | Omit<Answered, 'ms'>) => {
        clearTimeout(patience);
        socket.off('data', onData).off('error', onError).off('close', onClose);
        if (outcome instanceof Error) {
          this.close();
          reject(outcome);
          return;
        }
        // a body that nobody waited for may still be on its way
        if (outcome.headers['connection'] === 'close' || (request.body?.length ?? 0) > 65_536) this.close();
        resolve({ ...outcome, ms: performance.now() - started });
      };
      const onData = (chunk: Buffer) => {
        got = Buffer.concat([got, chunk]);
        const answer = readAnswer(got, request.method === 'HEAD', false);
        if (answer) end(answer);
      };
      const onError = () => onClose();
      const onClose = () => end(readAnswer(got, request.method === 'HEAD', true) ?? new NoAnswer('closed'));
      socket.on('data', onData).on('error', onError).on('close', onClose);
      socket.write(bytesOf(request));
    });
  }
}

function bytesOf({ method, path, headers, body }: Sent): Buffer {
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${path} HTTP/1.1`, ...(named.has('host') ? [] : ['Host: 127.0.0.1'])];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const chunked = headers.some(
    ([name, value]) => name.toLowerCase() === 'transfer-encoding' && value === 'chunked',
  );
  if (body && !chunked && !named.has('content-length')) lines.push(`Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (!chunked) return body ? Buffer.concat([head, body]) : head;
  const chunk = !body?.length
    ? []
    : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
  return Buffer.concat([head, ...chunk, Buffer.from('0\r\n\r\n')]);
}

/** null: not all there yet. */
function readAnswer(got: Buffer, headOnly: boolean, closed: boolean): Omit<Answered, 'ms'> | null {
  const headEnd = got.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first = '', ...lines] = got.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(first.split(' ')[1]);
  const rest = got.subarray(headEnd + 4);
  if (status === 100) return readAnswer(rest, headOnly, closed);
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  if (headOnly || status === 204 || status === 304) return { status, headers, body: Buffer.alloc(0) };
  if (headers['transfer-encoding'] === 'chunked') {
    const body = unchunked(rest);
    return body && { status, headers, body };
  }
  const length = Number(headers['content-length'] ?? NaN);
  if (Number.isNaN(length)) return closed ? { status, headers, body: rest } : null;
  return rest.length >= length ? { status, headers, body: rest.subarray(0, length) } : null;
}

function unchunked(rest: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    if (size === 0) return rest.indexOf('\r\n', lineEnd + 2) < 0 ? null : Buffer.concat(parts);
    const from = lineEnd + 2;
    if (rest.length < from + size + 2) return null;
    parts.push(rest.subarray(from, from + size));
    at = from + size + 2;
  }
}
