/** A browser that has signed in (sign-in.ts): its page asks for tokens, and signs out. */
import type { AnyContext } from './route.ts';
import { Refusal } from '../passback/refusal.ts';
import { cookie, cookieOf, sessionCookie } from './entrance.ts';
import { ok, type Route, route } from './route.ts';
import { SignedIn } from './tokens.ts';
import { answers, NoFields, removed } from './views.ts';

const tag = 'Admin sign-in';
const TOKEN_SECONDS = 3600;

export const sessionRoutes: Route[] = [
  route({
    method: 'post',
    path: '/v1/session/tokens',
    operationId: 'createSessionToken',
    summary: 'A token for the page of a browser that has signed in',
    tag,
    roles: 'anyone',
    body: NoFields,
    bodyOptional: true,
    requestHeaders: {
      'X-Passback-Page': 'any value: no other site can send it, so that a cookie alone is never enough',
    },
    audit: {
      action: 'token.create',
      subject: (_c, answer) => ({ domainId: (answer.body as { domainId: string }).domainId }),
      detail: (_c, answer) => ({ role: 'admin', for: (answer.body as { displayName: string }).displayName }),
    },
    responses: answers(SignedIn, 'Signed in'),
    handle: async (c) => {
      refuseOtherSites(c);
      const kept = cookieOf(c.header('cookie'), sessionCookie);
      const session = kept === undefined ? null : await c.store.signIns.session(kept);
      if (session === null) throw new Refusal('UNAUTHENTICATED', 'You are not signed in, or not any more.');
      const { scope, subject, displayName, domainId } = session;
      const person = {
        role: 'admin',
        subject,
        displayName,
        domainId,
        expiresInSeconds: TOKEN_SECONDS,
      } as const;
      const { linkCode } = await c.store.access.createToken(scope, person, { sessionId: session.id });
      const { principal: _ours, ...shown } = await c.openLink(linkCode);
      return ok(shown);
    },
  }),
  route({
    method: 'delete',
    path: '/v1/session',
    operationId: 'endSession',
    summary: 'Sign out: the session that this token was made with ends, and its tokens with it',
    tag,
    roles: ['admin'],
    audit: { action: 'session.end' },
    responses: removed,
    handle: async (c) => {
      await c.store.signIns.endSession(c.scope, c.principal.keyId);
      const gone = cookie(sessionCookie, '', { seconds: 0, where: 'here' });
      return { status: 204, headers: { 'Set-Cookie': gone } };
    },
  }),
];

/** A header of its own makes other sites ask first (CORS), and nobody answers; browsers also say who asks. */
function refuseOtherSites(c: Pick<AnyContext, 'header' | 'publicUrl'>): void {
  const site = c.header('sec-fetch-site');
  const ours =
    site === undefined ? c.header('origin') === new URL(c.publicUrl).origin : site === 'same-origin';
  if (!ours || c.header('x-passback-page') === undefined)
    throw new Refusal('FORBIDDEN', 'Only a page of this service may ask for this.');
}
