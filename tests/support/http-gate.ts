/**
 * A gate before an SIS, in which something can be made to happen at an exact place: when the nth request of a method has
 * come and the SIS has not seen it, when the SIS has answered and the caller has not heard it, when he has.
 */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const moments = ['before', 'between', 'after'] as const;
export type Moment = (typeof moments)[number];

export interface HttpGate {
  /** the SIS's address, through the gate */
  through(url: string): string;
  /** makes `act` happen once, at the nth request of this method from now on; it is told the path */
  trap(at: { method: string; nth: number; moment: Moment }, act: (path: string) => Promise<void>): void;
  /** whether it has happened; clears it */
  disarm(): boolean;
  close(): Promise<void>;
}

export async function startHttpGate(origin: string): Promise<HttpGate> {
  const { hostname, port } = new URL(origin);
  let trap: { method: string; nth: number; moment: Moment; act: (path: string) => Promise<void> } | null =
    null;
  let came = 0;
  const spring = async (at: Moment, nth: number, path: string): Promise<boolean> => {
    if (trap?.nth !== nth || trap.moment !== at) return false;
    const { act } = trap;
    trap = null;
    await act(path);
    return true;
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: path = '', headers } = request;
    const nth = method === trap?.method ? ++came : 0;
    const body = await read(request);
    if (await spring('before', nth, path)) return void request.socket.destroy();
    const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    ask({ hostname, port, method, path, headers }, resolve).once('error', reject).end(body);
    const answer = await answered;
    const said = await read(answer);
    if (await spring('between', nth, path)) return void request.socket.destroy();
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await new Promise<void>((sent) => response.end(said, sent));
    await spring('after', nth, path);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    through: (url) => url.replace(origin, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    trap(at, act) {
      came = 0;
      trap = { ...at, act };
    },
    disarm() {
      const sprung = trap === null;
      trap = null;
      return sprung;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function read(from: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of from as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
