/**
 * A gate before an SIS, in which something can be made to happen at an exact place: when the nth request has come and
 * the SIS has not seen it, when the SIS has answered and the caller has not heard it, when he has.
 */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const moments = ['before', 'between', 'after'] as const;
export type Moment = (typeof moments)[number];

export interface HttpGate {
  /** the SIS's address, through the gate */
  through(url: string): string;
  /** makes `act` happen once, at the nth request from now on */
  trap(nth: number, moment: Moment, act: () => Promise<void>): void;
  /** whether it has happened; clears it */
  disarm(): boolean;
  /** `METHOD path` of every request since the trap was set */
  seen: string[];
  close(): Promise<void>;
}

export async function startHttpGate(origin: string): Promise<HttpGate> {
  const { hostname, port } = new URL(origin);
  let trap: { nth: number; moment: Moment; act: () => Promise<void> } | null = null;
  let seen: string[] = [];
  const spring = async (at: Moment, nth: number): Promise<boolean> => {
    if (trap?.nth !== nth || trap.moment !== at) return false;
    const { act } = trap;
    trap = null;
    await act();
    return true;
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nth = seen.push(`${request.method} ${request.url}`);
    const body = await read(request);
    if (await spring('before', nth)) return void request.socket.destroy();
    const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { method, url: path, headers } = request;
    ask({ hostname, port, method, path, headers }, resolve).once('error', reject).end(body);
    const answer = await answered;
    const said = await read(answer);
    if (await spring('between', nth)) return void request.socket.destroy();
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await new Promise<void>((sent) => response.end(said, sent));
    await spring('after', nth);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    through: (url) => url.replace(origin, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    trap(nth, moment, act) {
      seen = [];
      trap = { nth, moment, act };
    },
    disarm() {
      const sprung = trap === null;
      trap = null;
      return sprung;
    },
    get seen() {
      return seen;
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
