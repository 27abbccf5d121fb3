/** The part of the connection test that signs in: whether, in which form, and what is missing to be let in. */
import type { Capabilities } from '../gradebook/capabilities.ts';
import type { ClientAuthMethod, SisConnection } from '../passback/ports/sis.ts';
import { profileOf } from '../profiles/index.ts';
import { describeProblem, type Found } from './class-test.ts';
import type { Channel } from './request.ts';
import { missingScopes } from './scopes.ts';
import { createTokenSource, type HeldToken } from './token.ts';

const forms: Record<ClientAuthMethod, string> = {
  basic: 'in the Authorization header',
  basicRaw: 'in the Authorization header, not form-encoded',
  body: 'in the body of the request',
};

/** null: there is no token, so there is nothing more to be tried. */
export async function tokenStep(
  channel: Channel,
  into: Capabilities,
): Promise<{ found: Found; token: HeldToken | null }> {
  const { connection, tokens, egress, signal } = channel;
  const { auth } = connection;
  const token = await tokens.get(egress, signal);
  if (token.kind === 'aborted') return { found: stopped, token: null };
  if (token.kind === 'noToken') {
    const other = token.code === 'AUTH_INVALID_CLIENT' ? await otherForm(channel) : null;
    into.clientAuthMethod = other;
    const detail =
      other && auth.method === 'clientCredentials' && auth.clientAuthMethod
        ? `The SIS refuses the key and secret ${forms[auth.clientAuthMethod]} and takes them ${forms[other]}: choose “${other}”, or leave it open.`
        : describeProblem(token.code, token.description);
    return { found: { status: 'failed', detail, code: token.code }, token: null };
  }
  if (auth.method === 'accessToken') {
    const detail = 'A fixed access token is used; whether the SIS accepts it shows below.';
    return { found: { status: 'ok', detail }, token };
  }
  const learned = tokens.learned();
  into.tokenUrl = auth.tokenUrl ?? learned.tokenUrl ?? null;
  into.clientAuthMethod = auth.clientAuthMethod ?? learned.clientAuthMethod ?? null;
  into.grantedScopes = token.grantedScopes;
  const form = forms[into.clientAuthMethod ?? 'basic'];
  const detail = `The SIS accepts the key and secret ${form} (${into.tokenUrl ?? ''}).`;
  return { found: { status: 'ok', detail }, token };
}

export function scopesStep({ auth }: SisConnection, token: HeldToken): Found {
  return auth.method === 'accessToken'
    ? { status: 'skipped', detail: 'A fixed access token does not tell its permissions.' }
    : missingScopes(token);
}

/** A form that was chosen may be the wrong one; the same key and secret, at the same place, in the other forms. */
async function otherForm({ connection, egress, secrets, signal }: Channel): Promise<ClientAuthMethod | null> {
  const { auth } = connection;
  if (auth.method !== 'clientCredentials' || auth.clientAuthMethod === null) return null;
  const open = { ...connection, auth: { ...auth, clientAuthMethod: null }, learned: {} };
  const tokens = createTokenSource(open, secrets);
  const token = await tokens.get(egress, signal);
  return token.kind === 'token' ? (tokens.learned().clientAuthMethod ?? null) : null;
}

/** We were signed in, and the gradebook says that we are not: some SISs want a key of their own with each request. */
export function withoutHeader(found: Found, { profile, extraHeaders }: SisConnection): Found {
  const needed = profileOf(profile).connection.requiredHeaders;
  const given = new Set(Object.keys(extraHeaders).map((name) => name.toLowerCase()));
  const missing = needed.find(({ name }) => !given.has(name.toLowerCase()));
  if (found.code !== 'AUTH_TOKEN_REFUSED' && found.code !== 'AUTH_VENDOR_HEADER') return found;
  if (!missing)
    return found.code === 'AUTH_VENDOR_HEADER'
      ? { ...found, detail: `${found.detail} Add it to the additional headers (extraHeaders).` }
      : found;
  const detail = `The token was granted, but the gradebook refuses it: the header ${missing.name} is missing (${missing.what}). Add it to the additional headers (extraHeaders).`;
  return { ...found, detail, code: 'AUTH_VENDOR_HEADER' };
}

const stopped: Found = {
  status: 'failed',
  detail: 'The test was stopped before it was done.',
  code: 'INTERRUPTED',
};
