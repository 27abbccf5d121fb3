/** The port `Sis`: opens clients that share one guard, and one token per connection. */
import { createHash } from 'node:crypto';
import type { SisMetrics } from '../passback/ports/metrics.ts';
import type { PageSizes, Sis, SisAddresses, SisConnection } from '../passback/ports/sis.ts';
import { Secrets } from './answer.ts';
import { createClient } from './client.ts';
import { testConnection } from './connection-test.ts';
import { createEgress, type EgressLimits } from './egress.ts';
import { createNetworkGuard, type NetworkGuard } from './network-guard.ts';
import type { Channel, SisLog } from './request.ts';
import { createTokenSource, type TokenSource } from './token.ts';

export interface SisOptions {
  /** CIDRs that SIS addresses may lie in although private */
  allowedNetworks: readonly string[];
  log?: SisLog;
  metrics?: SisMetrics;
  limits?: Partial<EgressLimits>;
  /** for tests of name resolution */
  guard?: NetworkGuard;
}

/** What outlives a client: the next lane run of the same connection starts with it. */
interface Kept {
  tokens: TokenSource;
  secrets: Secrets;
  sizes: PageSizes;
}
/** A forgotten one costs a token request; without a bound every saved change of settings would stay for ever. */
const mostKept = 2000;

/** Throws if a network of `allowedNetworks` is malformed; after that nothing here throws for what an SIS does. */
export function createSis(options: SisOptions): Sis & SisAddresses {
  const guard = options.guard ?? createNetworkGuard(options.allowedNetworks);
  const kept = new Map<string, Kept>();

  const channel = (
    connection: SisConnection,
    signal: AbortSignal,
    { tokens, secrets }: Kept,
    mayLeave = () => true,
  ): Channel => ({
    connection,
    egress: createEgress({
      guard,
      caCertificates: connection.caCertificates,
      limits: options.limits ?? {},
      mayLeave,
    }),
    tokens,
    secrets,
    signal,
    log: options.log,
    metrics: options.metrics,
  });

  return {
    open(connection, signal, mayLeave) {
      const key = identity(connection);
      const own = kept.get(key) ?? remember(connection);
      // the least recently opened one is the first of the map
      kept.delete(key);
      kept.set(key, own);
      if (kept.size > mostKept) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
      return createClient(channel(connection, signal, own, mayLeave), own.sizes);
    },

    async test(connection, expected, signal) {
      // Settings may be unsaved and secrets new: nothing kept is used, nothing learned is kept.
      const own = remember(connection);
      const opened = channel(connection, signal, own);
      try {
        return await testConnection({ channel: opened, sizes: own.sizes, guard, expected });
      } finally {
        opened.egress.close();
      }
    },

    refusal: (url) => guard.refusal(new URL(url)),
  };
}

function remember(connection: SisConnection): Kept {
  const secrets = new Secrets();
  const sizes = { ...(connection.pages ?? { largest: 0, complete: 0 }) };
  return { tokens: createTokenSource(connection, secrets), secrets, sizes };
}

/** With the sign-in itself, so that not even a mistaken cache key could lend one tenant's token to another. */
function identity({ cacheKey, gradebookUrl, auth, beyond }: SisConnection): string {
  return createHash('sha256')
    .update(JSON.stringify([cacheKey, gradebookUrl, auth, beyond]))
    .digest('base64');
}
