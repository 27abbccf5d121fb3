/** The listening socket: limits against slow callers, and a stop that lets requests in flight end. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

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
      headersTimeout: 10_000,
      // The backstop for whole requests; a small body has its own, shorter deadline (body.ts).
      requestTimeout: 75_000,
      // Above the idle time of usual load balancers, so that it is they who close.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16 * 1024,
    },
    app,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const close = (graceMs: number) =>
    new Promise<void>((resolve) => {
      // A keep-alive connection whose last answer is out is idle only from then on, so look again and again.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
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
