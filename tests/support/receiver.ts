/** Stands where an LMS receives webhooks: keeps what it was told, and answers as it is bidden. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Told {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
export interface Event {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}
export interface Receiver {
  url: string;
  told: Told[];
  /** what it answers next, oldest first; then 204 */
  answers: { status: number; headers?: Record<string, string> }[];
  /** those that came to this path, as the reference library reads them; throws where one is not signed with the secret */
  verified(secret: string, path?: string): (Event & { id: string })[];
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const told: Told[] = [];
  const answers: Receiver['answers'] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      told.push({
        path: req.url ?? '',
        headers: req.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      const { status, headers = {} } = answers.shift() ?? { status: 204 };
      res.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    told,
    answers,
    verified: (secret, path) =>
      told
        .filter((one) => path === undefined || one.path === path)
        .map(({ headers, body }) => ({
          ...(new Webhook(secret).verify(body, headers as Record<string, string>) as Event),
          id: String(headers['webhook-id']),
        })),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
