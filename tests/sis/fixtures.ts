/** A connection to any address, and small raw servers that answer as they are told. */
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Sis, SisClient, SisConnection } from '../../src/passback/ports/sis.ts';
import { createSis, type SisOptions } from '../../src/sis/sis.ts';

export const CLIENT = { clientId: 'lms-client', clientSecret: 's3cret:with/odd+chars%' };
export const FIXED = { method: 'accessToken', accessToken: 'fixed-access-token' } as const;
export const never = new AbortController().signal;

type ClientCredentials = Extract<SisConnection['auth'], { method: 'clientCredentials' }>;
export const clientCredentials = (changed: Partial<ClientCredentials> = {}): ClientCredentials => ({
  method: 'clientCredentials',
  ...CLIENT,
  tokenUrl: null,
  scopes: null,
  clientAuthMethod: null,
  ...changed,
});

export function connection(
  roots: { gradebookUrl: string; rosteringUrl?: string },
  changed: Partial<SisConnection> = {},
): SisConnection {
  return {
    cacheKey: 'district:1',
    gradebookUrl: roots.gradebookUrl,
    rosteringUrl: roots.rosteringUrl ?? roots.gradebookUrl.replace('/gradebook/', '/rostering/'),
    oneRosterVersion: '1.2',
    profile: 'spec',
    auth: FIXED,
    extraHeaders: {},
    caCertificates: null,
    learned: {},
    ...changed,
  };
}

/** Loopback is allowed. Deadlines are the usual ones: a short one is for tests that wait for it, else load fails them. */
export const sisOf = (options: Partial<SisOptions> = {}): Sis =>
  createSis({
    allowedNetworks: ['127.0.0.0/8', '::1'],
    ...options,
  });

const open: (() => unknown)[] = [];
/** Closes what the tests of a file have opened. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

export function clientOf(of: SisConnection, sis = sisOf(), signal: AbortSignal = never): SisClient {
  const client = sis.open(of, signal);
  open.push(() => client.close());
  return client;
}

export interface Served {
  origin: string;
  gradebookUrl: string;
  requests: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[];
  sockets: () => number;
}

/** A server of plain HTTP; `answer` gets the request with its whole body. */
export async function serve(
  answer: (request: Served['requests'][number], response: http.ServerResponse, n: number) => unknown,
  host = '127.0.0.1',
): Promise<Served> {
  const requests: Served['requests'] = [];
  let sockets = 0;
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      };
      requests.push(received);
      answer(received, response, requests.length);
    });
  });
  server.on('connection', () => sockets++);
  await new Promise<void>((done) => server.listen(0, host, done));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  return { origin, gradebookUrl: `${origin}/ims/oneroster/gradebook/v1p2`, requests, sockets: () => sockets };
}

/** A server of bytes: what a broken or hostile SIS does below HTTP. */
export async function serveRaw(
  onConnection: (socket: net.Socket) => unknown,
): Promise<Omit<Served, 'requests'>> {
  const live = new Set<net.Socket>();
  let sockets = 0;
  const server = net.createServer((socket) => {
    sockets++;
    live.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(() => {
    for (const socket of live) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, gradebookUrl: `${origin}/ims/oneroster/gradebook/v1p2`, sockets: () => sockets };
}

export const json = (response: http.ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
