/** The listening socket: limits against slow callers, and a stop that lets requests in flight end. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { mostHeaders } from './head.ts';

/**
 * Against callers that send slowly or hold connections without sending: together, a half-open one ends within 15 s.
 * (The least rate of a body is body.ts's.)
 */
export const slownessLimits = {
  headersTimeout: 10_000,
  /** a whole request, the largest roster over a slow line included */
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  /** above the idle time of usual load balancers, so that it is they who close */
  keepAliveTimeout: 65_000,
};
/** Each costs a file handle and some kilobytes; the ones beyond are closed at once instead of ending the process. */
const mostConnections = 10_000;

export interface RunningServer {
  port: number;
  /** Takes no new requests, waits for those in flight up to `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

/** @throws when the address cannot be listened on (EADDRINUSE, EACCES) */
export async function startServer(
  app: RequestListener,
  address: { port: number; host: string },
): Promise<RunningServer> {
  const server = createServer(
    {
      ...slownessLimits,
      maxHeaderSize: 16 * 1024,
    },
    app,
  );
  // one more than is taken, so that it can be seen and said
  server.maxHeadersCount = mostHeaders + 1;
  server.maxConnections = mostConnections;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const leaveIdle = () => {
    server.closeIdleConnections();
    // opened ahead by a browser or a pool, and nothing asked on it yet: to Node that is a request which begins
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
  const close = (graceMs: number) =>
    new Promise<void>((resolve) => {
      // a keep-alive connection whose last answer is out is idle only from then on, so look again and again
      const idle = setInterval(leaveIdle, 50);
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearInterval(idle);
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}
