/**
 * One request to a token endpoint (OAuth 2 client credentials, RFC 6749 §4.4), by openid-client over our egress, with
 * the tolerance that real SISs need: 201 instead of 200, `scope: null`, odd or missing `token_type`, `expires_in` as
 * text or missing.
 */
import * as oauth from 'openid-client';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import { NotJson } from '../gradebook/outcome.ts';
import { oneLine } from '../gradebook/status-info.ts';
import type { ClientAuthMethod } from '../passback/ports/sis.ts';
import { isRecord, mediaType, type NoToken, parseJson, type Secrets } from './answer.ts';
import type { Egress, WireAnswer } from './egress.ts';
import { codeOfSilence } from './silence.ts';

export interface Credentials {
  clientId: string;
  clientSecret: string;
}

export interface Granted {
  kind: 'granted';
  accessToken: string;
  /** seconds; null: the SIS did not say */
  expiresIn: number | null;
  /** null: the SIS did not say, which means "as asked for" (RFC 6749 §5.1) */
  scopes: string[] | null;
}
export interface Denied {
  kind: 'denied';
  noToken: NoToken;
  /** Is this a token endpoint at all? `maybe`: a gateway that asks for a sign-in everywhere answers the same. */
  endpoint: 'yes' | 'maybe' | 'no';
  /** Presenting the same credentials in another way may help. */
  credentials: boolean;
  scope: boolean;
  /** No answer at all: asking another way, or elsewhere on this host, makes no sense. */
  silent: boolean;
}
export type TokenRequestAnswer = Granted | Denied | { kind: 'aborted' };

export async function requestToken(
  egress: Egress,
  asked: { url: string; credentials: Credentials; method: ClientAuthMethod; scopes: string[] },
  secrets: Secrets,
): Promise<TokenRequestAnswer> {
  const { clientId, clientSecret } = asked.credentials;
  const config = new oauth.Configuration(
    { issuer: new URL(asked.url).origin, token_endpoint: asked.url },
    clientId,
    undefined,
    clientAuth(asked.method, clientSecret),
  );
  // Which addresses may be reached without TLS is the guard's to say, not openid-client's.
  oauth.allowInsecureRequests(config);
  config.timeout = 3600; // the egress has the deadline

  let wire: WireAnswer | undefined;
  config[oauth.customFetch] = async (url, options) => {
    wire = await egress.exchange({
      method: options.method,
      url,
      headers: { ...options.headers, accept: 'application/json', 'user-agent': userAgent },
      body: (options.body as URLSearchParams).toString(),
    });
    if (wire.kind === 'silence') throw new Error('no answer');
    return normalised(wire);
  };
  try {
    const parameters: Record<string, string> = asked.scopes.length ? { scope: asked.scopes.join(' ') } : {};
    const tokens = await oauth.clientCredentialsGrant(config, parameters);
    secrets.add(tokens.access_token);
    return {
      kind: 'granted',
      accessToken: tokens.access_token,
      expiresIn: tokens.expires_in ?? null,
      scopes: tokens.scope === undefined ? null : tokens.scope.split(' ').filter(Boolean),
    };
  } catch (error) {
    // Every answer of the other side is judged by what was on the wire; without one, the fault is ours.
    if (!wire) throw error;
    return denied(wire, secrets);
  }
}

export const userAgent = 'oneroster-passback';

/** Form-encoded Basic is RFC 6749 §2.3.1; the IMS examples and several SISs compare it raw; some want it in the body. */
function clientAuth(method: ClientAuthMethod, secret: string): oauth.ClientAuth {
  if (method === 'body') return oauth.ClientSecretPost(secret);
  if (method === 'basic') return oauth.ClientSecretBasic(secret);
  return (_as, client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString('base64')}`);
  };
}

/** The answer as openid-client expects it, if it has an access token in it; else as it came. */
function normalised(wire: Extract<WireAnswer, { kind: 'response' }>): Response {
  const body = parseJson(wire.text ?? '');
  const token = isRecord(body) && typeof body.access_token === 'string' ? body.access_token.trim() : '';
  const usable = wire.status >= 200 && wire.status < 300 && isRecord(body) && /^[\x21-\x7e]+$/.test(token);
  if (!usable) {
    const empty = wire.status === 204 || wire.status === 205 || wire.status === 304;
    return new Response(empty ? null : wire.text, { status: wire.status < 200 ? 500 : wire.status });
  }
  const { expires_in: expires, scope } = body;
  const seconds =
    typeof expires === 'number' || (typeof expires === 'string' && expires.trim()) ? Number(expires) : NaN;
  return Response.json({
    access_token: token,
    token_type: 'bearer',
    ...(Number.isFinite(seconds) && seconds >= 0 ? { expires_in: seconds } : {}),
    ...(typeof scope === 'string' ? { scope } : Array.isArray(scope) ? { scope: scope.join(' ') } : {}),
  });
}

function denied(wire: WireAnswer, secrets: Secrets): Denied | { kind: 'aborted' } {
  const verdict = (
    code: ErrorCode,
    description: string,
    more: Partial<Denied> = {},
    later = false,
  ): Denied => ({
    kind: 'denied',
    noToken: {
      kind: 'noToken',
      code,
      later,
      description: oneLine(secrets.strike(description)) ?? '',
      ...(wire.kind === 'response' && wire.headers['retry-after']
        ? { retryAfter: wire.headers['retry-after'] }
        : {}),
    },
    ...{ endpoint: 'no', credentials: false, scope: false, silent: false },
    ...more,
  });
  if (wire.kind === 'silence') {
    if (wire.reason === 'aborted') return { kind: 'aborted' };
    return verdict(codeOfSilence[wire.reason], wire.detail, { silent: true });
  }

  const { status } = wire;
  const body = parseJson(secrets.strike(wire.text ?? ''));
  const error = isRecord(body) && typeof body.error === 'string' ? body.error : '';
  const said = [`answer ${status}`, error, describe(body)].filter(Boolean).join(', ');
  // Nobody's credentials are at fault: it is overloaded, or out of order for a while.
  if (status === 429 || error === 'slow_down')
    return verdict('SIS_RATE_LIMIT', said, { endpoint: 'maybe' }, true);
  const away = status === 408 || (status >= 500 && status !== 501 && status !== 505);
  if (away || error === 'temporarily_unavailable' || error === 'server_error')
    return verdict('AUTH_UNAVAILABLE', said, { endpoint: 'maybe' }, true);
  if (status >= 300 && status < 400) return verdict('CONN_REDIRECT', said);
  if (error === 'invalid_scope') return verdict('AUTH_SCOPE_MISSING', said, { endpoint: 'yes', scope: true });
  if (error === 'unsupported_grant_type') return verdict('AUTH_TOKEN_ENDPOINT', said, { endpoint: 'yes' });
  const refused = /\bexpired\b/i.test(said) ? 'AUTH_SECRET_EXPIRED' : 'AUTH_INVALID_CLIENT';
  if (['invalid_client', 'unauthorized_client', 'access_denied', 'invalid_grant'].includes(error))
    return verdict(refused, said, { endpoint: 'yes', credentials: true });
  if (status === 401 || status === 403)
    return verdict(refused, said, { endpoint: 'maybe', credentials: true });
  if (status === 402) return verdict('AUTH_LICENSE', said, { endpoint: 'yes' });
  if (status === 400)
    return verdict('AUTH_TOKEN_ENDPOINT', said, { endpoint: error ? 'yes' : 'maybe', credentials: true });
  // Cut text in what calls itself JSON comes from a server in trouble, not from a wrong address.
  const cut = status < 300 && body === NotJson && mediaType(wire).endsWith('json');
  return cut
    ? verdict('AUTH_UNAVAILABLE', `${said}, cut short`, { endpoint: 'yes' }, true)
    : verdict('AUTH_TOKEN_ENDPOINT', `${said}, without an access token`);
}

function describe(body: unknown): string {
  if (!isRecord(body)) return '';
  const text = body.error_description ?? body.imsx_description ?? body.message;
  return typeof text === 'string' ? text : '';
}
