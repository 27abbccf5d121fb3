/**
 * The access token of a connection: cached, fetched by one request at a time however many ask, renewed before it
 * expires, dropped when the gradebook refuses it.
 */
import type { Learned, SisConnection } from '../passback/ports/sis.ts';
import type { NoToken, Secrets } from './answer.ts';
import type { Egress } from './egress.ts';
import { createTokenSearch } from './token-search.ts';

export interface HeldToken {
  kind: 'token';
  accessToken: string;
  /** null: the SIS did not say */
  grantedScopes: string[] | null;
  requestedScopes: string[];
}
export type TokenAnswer = HeldToken | NoToken | { kind: 'aborted' };

export interface TokenSource {
  get(egress: Egress, signal?: AbortSignal): Promise<TokenAnswer>;
  /** The gradebook refused this very token; a newer one, fetched meanwhile for somebody else, stays. */
  invalidate(accessToken: string): void;
  learned(): Learned;
}

/** Lives in seconds. Some SISs say nothing, 0, or a century. */
const life = { unsaid: 600, least: 60, most: 86_400, reserve: 30 };

/** How long a token is used: 30 s less than it lives, half of its life if that is short. */
export function usableSeconds(expiresIn: number | null): number {
  const seconds = Math.min(expiresIn === null ? life.unsaid : expiresIn || life.least, life.most);
  return seconds >= 2 * life.reserve ? seconds - life.reserve : seconds / 2;
}

/** `now`: seconds of a clock that only goes forward. */
export function createTokenSource(
  connection: SisConnection,
  secrets: Secrets,
  now: () => number = () => performance.now() / 1000,
): TokenSource {
  const { auth } = connection;
  if (auth.method === 'accessToken') return fixedToken(auth.accessToken, secrets);
  secrets.add(auth.clientSecret, `${auth.clientId}:${auth.clientSecret}`);
  const search = createTokenSearch(connection, auth, secrets);
  let held: (HeldToken & { until: number }) | undefined;
  let flight: Promise<TokenAnswer> | undefined;

  const acquire = async (egress: Egress): Promise<TokenAnswer> => {
    const answer = await search.acquire(egress);
    if (answer.kind === 'aborted') return answer;
    if (answer.kind === 'denied') return answer.noToken;
    const { accessToken, scopes: grantedScopes, requested: requestedScopes } = answer;
    const token = { kind: 'token' as const, accessToken, grantedScopes, requestedScopes };
    held = { ...token, until: now() + usableSeconds(answer.expiresIn) };
    return token;
  };

  return {
    async get(egress, signal) {
      for (;;) {
        if (signal?.aborted) return { kind: 'aborted' };
        if (held && now() < held.until) return held;
        const joined = flight !== undefined;
        flight ??= acquire(egress).finally(() => (flight = undefined));
        const answer = await unlessAborted(flight, signal);
        // The flight rode on the connections of a client that was closed; ours are still open.
        if (answer.kind !== 'aborted' || !joined) return answer;
      }
    },
    invalidate(accessToken) {
      if (held?.accessToken === accessToken) held = undefined;
    },
    learned: () => search.learned(),
  };
}

function fixedToken(text: string, secrets: Secrets): TokenSource {
  const accessToken = text.trim();
  secrets.add(accessToken);
  const answer: HeldToken = { kind: 'token', accessToken, grantedScopes: null, requestedScopes: [] };
  return { get: () => Promise.resolve(answer), invalidate: () => undefined, learned: () => ({}) };
}

/** The flight goes on for the others who wait for it. */
async function unlessAborted(flight: Promise<TokenAnswer>, signal?: AbortSignal): Promise<TokenAnswer> {
  if (!signal) return flight;
  const { promise: left, resolve } = Promise.withResolvers<TokenAnswer>();
  const leave = () => resolve({ kind: 'aborted' });
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([flight, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
