/** Sign-in by an OpenID provider: authorization code with PKCE, by openid-client over our way out. */
import { createHash } from 'node:crypto';
import * as oidc from 'openid-client';
import type { Claims, Identity, Outgoing, Provider } from '../passback/ports/sign-in.ts';
import { fetchBy, reasonOf } from './web.ts';

/** a provider's addresses and keys change seldom */
const KEPT_MS = 10 * 60_000;
const mostKept = 200;

export function createOpenId(outgoing: Outgoing): Pick<Identity, 'authorizationUrl' | 'exchange'> {
  const kept = new Map<string, { at: number; config: oidc.Configuration }>();

  const configOf = async (provider: Provider): Promise<oidc.Configuration> => {
    const { issuer, clientId, clientSecret } = provider;
    const key = createHash('sha256')
      .update(JSON.stringify([issuer, clientId, clientSecret]))
      .digest('hex');
    const known = kept.get(key);
    if (known && performance.now() - known.at < KEPT_MS) return known.config;
    // Which addresses may be reached without TLS is the guard's to say, not openid-client's.
    const insecure = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
    const config = await oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      [oidc.customFetch]: fetchBy(outgoing),
      execute: [...insecure, oidc.enableNonRepudiationChecks],
    });
    kept.delete(key);
    kept.set(key, { at: performance.now(), config });
    if (kept.size > mostKept) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
    return config;
  };

  return {
    async authorizationUrl(provider, { redirectUri, state, nonce, verifier }) {
      try {
        const url = oidc.buildAuthorizationUrl(await configOf(provider), {
          redirect_uri: redirectUri,
          scope: [...new Set(['openid', ...provider.scopes])].join(' '),
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        });
        return { kind: 'url', url: url.href };
      } catch (error) {
        return { kind: 'unreachable', why: reasonOf(error) };
      }
    },

    async exchange(provider, { url, state, nonce, verifier }) {
      let config: oidc.Configuration;
      try {
        config = await configOf(provider);
      } catch (error) {
        return { kind: 'unreachable', why: reasonOf(error) };
      }
      try {
        const tokens = await oidc.authorizationCodeGrant(config, new URL(url), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims: Claims = tokens.claims() ?? {};
        return { kind: 'claims', claims: await more(config, provider, tokens.access_token, claims) };
      } catch (error) {
        return { kind: 'refused', why: reasonOf(error) };
      }
    },
  };
}

/** Many providers tell groups at the userinfo endpoint alone. */
async function more(
  config: oidc.Configuration,
  provider: Provider,
  accessToken: string,
  claims: Claims,
): Promise<Claims> {
  const wanted = [provider.roleClaim, provider.domainClaim].flatMap((name) => (name === null ? [] : [name]));
  const there = (name: string) => name in claims || (name.split('.')[0] ?? '') in claims;
  if (wanted.every(there) || config.serverMetadata().userinfo_endpoint === undefined) return claims;
  const told = await oidc.fetchUserInfo(config, accessToken, String(claims['sub']));
  // what is signed counts more than what was asked for
  return { ...told, ...claims };
}
