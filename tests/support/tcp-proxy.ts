/**
 * A proxy that lies between the service and a server (PostgreSQL, an SIS) and does what networks do. It knows nothing
 * of what passes through it.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Toxics {
  /** each chunk waits so long, in both directions */
  latencyMs?: number;
  /** no more than this, in each direction of each connection */
  bytesPerSecond?: number;
  /** nothing passes and nobody is told; what was under way passes when it is over */
  blackhole?: boolean;
  /** a connection is reset when so many bytes have passed towards the server */
  cutAfterBytes?: number;
}

export interface TcpProxy {
  port: number;
  /** from now on, for connections that are open too; `{}` is health */
  set(toxics: Toxics): void;
  /** where new connections lead */
  target(port: number): void;
  /** RST to both sides of every connection */
  reset(): void;
  /** the server loses every connection, and the client hears nothing of it */
  halfOpen(): void;
  /** how many were ever opened */
  opened(): number;
  close(): Promise<void>;
}

/** Listens on a port of its own and leads to `port` on this machine. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  let toxics: Toxics = {};
  let leadsTo = port;
  let opened = 0;
  let healed = Promise.withResolvers<void>();
  const pairs = new Set<{ client: Socket; server: Socket; silent: boolean }>();

  const server = createServer({ allowHalfOpen: true }, (client) => {
    opened++;
    const pair = { client, server: connect({ port: leadsTo, host: '127.0.0.1' }), silent: false };
    pairs.add(pair);
    let passed = 0;
    void pipe(client, pair.server, (bytes) => {
      passed += bytes;
      if (toxics.cutAfterBytes !== undefined && passed >= toxics.cutAfterBytes) cut(pair);
    });
    void pipe(pair.server, client, () => undefined);
    client.once('close', () => {
      pair.server.destroy();
      pairs.delete(pair);
    });
    pair.server.once('close', () => {
      if (!pair.silent) client.destroy();
    });

    async function pipe(from: Socket, to: Socket, count: (bytes: number) => void): Promise<void> {
      from.on('error', () => undefined);
      try {
        for await (const chunk of from as AsyncIterable<Buffer>) {
          // what a half-open connection sends goes nowhere
          if (pair.silent) continue;
          if (toxics.latencyMs) await sleep(toxics.latencyMs);
          if (toxics.bytesPerSecond) await sleep((chunk.length * 1000) / toxics.bytesPerSecond);
          while (toxics.blackhole) await healed.promise;
          to.write(chunk);
          count(chunk.length);
        }
        if (!pair.silent) to.end();
      } catch {
        // reset by one side: 'close' tells the other
      }
    }
  });

  function cut({ client, server: behind }: { client: Socket; server: Socket }): void {
    client.resetAndDestroy();
    behind.resetAndDestroy();
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const heal = () => {
    healed.resolve();
    healed = Promise.withResolvers<void>();
  };
  return {
    port: (server.address() as AddressInfo).port,
    set(changed) {
      toxics = changed;
      heal();
    },
    target: (to) => void (leadsTo = to),
    reset() {
      for (const pair of pairs) cut(pair);
    },
    halfOpen() {
      for (const pair of pairs) {
        pair.silent = true;
        pair.server.resetAndDestroy();
      }
    },
    opened: () => opened,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { client } of pairs) client.destroy();
      toxics = {};
      heal();
      await closed;
    },
  };
}
