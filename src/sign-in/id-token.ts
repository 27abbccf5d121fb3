/**
 * A platform's id_token: RS256 alone (LTI Security Framework §5.1.2 allows others, no platform uses them, and each more
 * is a way to be fooled), its keys from the platform's JWKS, kept for ten minutes and fetched anew for a key that is
 * not among them, at most twice a minute: made-up key ids must not make us a flood of requests.
 */
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { Identity, LtiClient, Outgoing, Told } from '../passback/ports/sign-in.ts';
import { fetchBy, reasonOf, Unreachable } from './web.ts';

/** clocks of schools' servers are not ours */
const SKEW_SECONDS = 60;
/** a launch takes seconds; a token that was made long ago was lying somewhere */
const OLDEST_SECONDS = 600;
const AGAIN_AFTER_MS = 30_000;
const mostKept = 500;

export function createIdTokens(outgoing: Outgoing): Identity['idToken'] {
  const keySets = new Map<string, ReturnType<typeof keysAt>>();
  const keysOf = (url: string) => {
    const kept = keySets.get(url) ?? keysAt(url, outgoing);
    // the least recently used one is the first of the map
    keySets.delete(url);
    keySets.set(url, kept);
    if (keySets.size > mostKept) for (const oldest of keySets.keys()) if (keySets.delete(oldest)) break;
    return kept;
  };

  return async (token, client, nonce): Promise<Told> => {
    try {
      const { payload } = await jwtVerify(token, keysOf(client.jwksUrl), {
        algorithms: ['RS256'],
        issuer: client.issuer,
        audience: client.clientId,
        clockTolerance: SKEW_SECONDS,
        maxTokenAge: OLDEST_SECONDS,
        requiredClaims: ['exp', 'iat', 'nonce'],
      });
      const why = payload['nonce'] === nonce ? audienceFault(payload, client) : 'the nonce is another one';
      return why === null ? { kind: 'claims', claims: payload } : { kind: 'refused', why };
    } catch (error) {
      if (error instanceof Unreachable || error instanceof errors.JWKSTimeout || isBadKeySet(error))
        return { kind: 'unreachable', why: reasonOf(error) };
      return { kind: 'refused', why: reasonOf(error) };
    }
  };
}

/** OpenID Connect Core §3.1.3.7, 4 and 5: with several audiences it must say whom it is for. */
function audienceFault(payload: Record<string, unknown>, { clientId }: LtiClient): string | null {
  const { aud, azp } = payload;
  if (azp !== undefined && azp !== clientId) return 'it was made for another client (azp)';
  return Array.isArray(aud) && aud.length > 1 && azp === undefined ? 'azp is missing' : null;
}

/** jose has only words for these two: an answer other than 200, or other than JSON. */
const isBadKeySet = (error: unknown) =>
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && /JSON Web Key Set HTTP response/.test(error.message));

function keysAt(url: string, outgoing: Outgoing) {
  const fetchNow = fetchBy(outgoing);
  let failedAt = -Infinity;
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: AGAIN_AFTER_MS,
    [customFetch]: async (where, options) => {
      // jose waits after a success only
      if (performance.now() - failedAt < 5_000) throw new Unreachable('the keys could not be read just now');
      try {
        const answer = await fetchNow(where, options);
        if (answer.status !== 200) failedAt = performance.now();
        return answer;
      } catch (error) {
        failedAt = performance.now();
        throw error;
      }
    },
  });
}
