/** oidc-provider on a port of its own, where whoever is named by login_hint is signed in without being asked. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { interactionPolicy, Provider } from 'oidc-provider';

export interface OpenIdProvider {
  /** by name: another site than what listens at 127.0.0.1 */
  issuer: string;
  /** the same, by address */
  local: string;
  /** who is signed in where no login_hint says it */
  person: string;
  /** entered for its clients after it was started: ours tells its address only when the provider is known */
  redirectUris: string[];
  /** false: its answers do not say whose they are, as of a provider from before RFC 9207 */
  namesItself: boolean;
  /** pages of its own by path, for a real browser */
  pages: Record<string, string>;
  stop: () => Promise<void>;
}

export async function startOpenIdProvider({
  claimsOf,
  ...configuration
}: {
  claimsOf: (sub: string, params: Record<string, string>) => Record<string, unknown>;
  clients: object[];
  [more: string]: unknown;
}): Promise<OpenIdProvider> {
  const server = http.createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;
  const pages: Record<string, string> = {};
  const policy = interactionPolicy.base();
  // an app of a school is trusted by whoever installed it
  policy.get('consent').checks.remove('native_client_prompt');
  const provider: Provider = quietly(
    () =>
      new Provider(issuer, {
        findAccount: (ctx: { oidc?: { params?: Record<string, string> } }, sub: string) => ({
          accountId: sub,
          claims: () => ({ sub, ...claimsOf(sub, ctx.oidc?.params ?? {}) }),
        }),
        interactions: { policy, url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
        features: { devInteractions: { enabled: false } },
        loadExistingGrant: async ({ oidc }: GrantContext) => {
          const grant = new provider.Grant({
            accountId: oidc.session.accountId,
            clientId: oidc.client.clientId,
          });
          grant.addOIDCScope('openid profile email');
          await grant.save();
          return grant;
        },
        cookies: { keys: ['a key for tests'] },
        // its own says on the console that a product should look better
        renderError: (ctx: { body: string }, { error }: { error: string }) => void (ctx.body = error),
        ttl: {
          Interaction: 600,
          Grant: 600,
          Session: 600,
          IdToken: 600,
          AccessToken: 600,
          AuthorizationCode: 60,
        },
        ...configuration,
      }),
  );
  const provided: OpenIdProvider = {
    ...{ redirectUris: [], namesItself: true },
    ...{ issuer, pages, local: `http://127.0.0.1:${port}`, person: 'nobody' },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  provider.Client.prototype.redirectUriAllowed = function (uri) {
    return this.redirectUris.includes(uri) || provided.redirectUris.includes(uri);
  };
  provider.use(async (ctx, next) => {
    await next();
    if (provided.namesItself) return;
    if (typeof ctx.body === 'object' && ctx.body !== null)
      delete (ctx.body as Record<string, unknown>)['authorization_response_iss_parameter_supported'];
    const to = ctx.response.get('location');
    if (!URL.canParse(to)) return;
    const without = new URL(to);
    without.searchParams.delete('iss');
    ctx.set('location', without.href);
  });
  const handle = provider.callback();
  const signIn = async (req: http.IncomingMessage, res: http.ServerResponse) => {
    const { params } = await provider.interactionDetails(req, res);
    await provider.interactionFinished(req, res, {
      login: { accountId: params['login_hint'] ?? provided.person },
    });
  };
  server.on('request', (req, res) => {
    const page = pages[req.url ?? ''];
    if (page !== undefined) res.setHeader('content-type', 'text/html').end(page);
    else if (req.url?.startsWith('/interaction/')) void signIn(req, res);
    else void handle(req, res);
  });
  return provided;
}

interface GrantContext {
  oidc: { session: { accountId: string }; client: { clientId: string } };
}

/** It says on the console that its keys and its memory are for tests; they are. */
/* eslint-disable no-console */
function quietly<T>(work: () => T): T {
  const { warn, info } = console;
  console.warn = console.info = () => undefined;
  try {
    return work();
  } finally {
    console.warn = warn;
    console.info = info;
  }
}
/* eslint-enable no-console */
