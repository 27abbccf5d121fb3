/**
 * Admins sign in by the OpenID provider of their district: code flow with PKCE. What is needed when they come back is
 * sealed in a cookie of the browser that began; what they get is a session, which the page exchanges for tokens.
 */
import { type Request, type Response, Router } from 'express';
import type { Reason } from '../gradebook/dictionary.ts';
import { admit } from '../passback/claim-rules.ts';
import type { Provider } from '../passback/ports/sign-in.ts';
import {
  cookie,
  cookieOf,
  newState,
  secret,
  sessionCookie,
  signedInCookie,
  stateCookie,
} from './entrance.ts';
import { cameIn, entry, type EntryParts, oneOf } from './entry.ts';
import { fixedTexts } from './fixed-texts.ts';
import { NotLetIn, sendChoice, sendForm, signInStyle } from './sign-in-pages.ts';
import { readQuery } from './validate.ts';

export function signInEntries(parts: EntryParts): Router {
  const { store, identity, publicUrl } = parts;
  // one address for each provider: an answer that one of them was tricked into giving in another's place is seen
  // by where it comes back to, for not all say who they are (RFC 9207; RFC 9700 §4.4.2.2)
  const redirectTo = (providerId: string) => `${publicUrl}/sign-in/callback/${providerId}`;
  const router = Router({ caseSensitive: true, strict: true });

  const begin = async (req: Request, res: Response) => {
    const query = readQuery(req.originalUrl);
    const domain = oneOf(query, 'domain');
    if (domain === undefined) return sendForm(res, '');
    const provider = await store.signIns.provider(oneOf(query, 'tenant') ?? null, domain);
    if (provider === null) return refuse({ code: 'SIGN_IN_NONE' }, 404);
    const { state } = newState('oidc', [provider.id, domain]);
    const verifier = secret();
    const redirectUri = redirectTo(provider.id);
    const { nonce, id } = state;
    const to = await identity.authorizationUrl(provider, { redirectUri, state: id, nonce, verifier });
    if (to.kind !== 'url') return refuse({ code: 'SIGN_IN_UNREACHABLE', params: { why: to.why } }, 502);
    const sealed = store.signInStates.seal({ ...state, verifier });
    res.set('Set-Cookie', cookie(stateCookie(state), sealed, { seconds: 600, where: 'here' }));
    res.set('Cache-Control', 'no-store').redirect(302, to.url);
  };

  const back = async (req: Request, res: Response) => {
    const query = readQuery(req.originalUrl);
    const id = oneOf(query, 'state') ?? '';
    const name = stateCookie({ kind: 'oidc', id });
    const state = store.signInStates.open(cookieOf(req.headers.cookie, name) ?? '', 'oidc');
    if (state === null || state.id !== id || state.of[0] !== req.params['provider'])
      return refuse({ code: 'SIGN_IN_STALE' });
    const provider = await store.signIns.providerById(state.of[0] ?? '');
    if (provider === null) return refuse({ code: 'SIGN_IN_NONE' }, 404);
    const error = oneOf(query, 'error');
    if (error !== undefined) refuse({ code: 'SIGN_IN_REFUSED', params: { why: error.slice(0, 100) } });
    const redirectUri = redirectTo(provider.id);
    const url = `${redirectUri}${req.originalUrl.slice(req.originalUrl.indexOf('?'))}`;
    const { nonce, verifier = '' } = state;
    const told = await identity.exchange(provider, { url, redirectUri, state: id, nonce, verifier });
    if (told.kind === 'unreachable') refuse({ code: 'SIGN_IN_UNREACHABLE', params: { why: told.why } }, 502);
    if (told.kind !== 'claims') return refuse({ code: 'SIGN_IN_REFUSED', params: { why: told.why } });
    const who = admit(told.claims, provider);
    if ('refused' in who) return refuse(who.refused);
    const asked = state.of[1] ?? provider.domainId;
    const domains = await domainsFor(provider, who.domainIds);
    const domainId = domains.find((key) => key === asked) ?? domains[0];
    if (domainId === undefined)
      return refuse({ code: 'SIGN_IN_NO_DOMAIN', params: { claim: provider.domainClaim ?? '' } });
    if (domains.length > 1 && domainId !== asked)
      return sendChoice(res, '../../', domains.map(choice(provider)));

    const { subject, displayName } = who;
    const started = await store.transact(async (within) => {
      if (!(await within.signInStates.use(state))) refuse({ code: 'SIGN_IN_STALE' });
      const made = await within.signIns.startSession(provider, { domainId, subject, displayName });
      await within.audit.add(
        cameIn(req, res, {
          action: 'session.start',
          ...{ name: displayName, keyId: made.session.id },
          place: await within.audit.place(provider.scope, { domainId }),
          subject: { domainId },
          detail: { person: subject },
        }),
      );
      return made;
    });
    const day = { seconds: 12 * 3600, where: 'here' } as const;
    res.set('Set-Cookie', [
      cookie(name, '', { seconds: 0, where: 'here' }),
      cookie(sessionCookie, started.cookie, day),
      cookie(signedInCookie, '1', { ...day, readable: true }),
    ]);
    const shown = who.domainIds === null ? asked : domainId;
    res.set('Cache-Control', 'no-store');
    res.redirect(303, `${publicUrl}/admin#domain=${encodeURIComponent(shown)}`);
  };

  const domainsFor = (provider: Provider, named: string[] | null) =>
    named === null ? Promise.resolve([provider.domainId]) : store.signIns.domains(provider.scope, named);
  const choice =
    ({ tenantId }: Provider) =>
    (name: string) => ({
      name,
      href: `${publicUrl}/sign-in?${new URLSearchParams({ tenant: tenantId, domain: name }).toString()}`,
    });

  router.get('/sign-in', entry(parts, 'signInBegin', '/sign-in', begin));
  router.get('/sign-in/callback/:provider', entry(parts, 'signInBack', '/sign-in/callback/{provider}', back));
  router.use(fixedTexts([{ path: '/sign-in.css', type: 'css', text: () => signInStyle }]));
  return router;
}

function refuse(reason: Reason, status = 403): never {
  throw new NotLetIn(reason, status);
}
