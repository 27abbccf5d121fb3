/**
 * LTI 1.3: an LMS opens a page of ours (LTI Security Framework §5.1.1: OIDC third-party initiated login). No cookie is
 * needed, for browsers keep none in frames of other sites; where one was kept, it must be that of the browser that
 * began. Opened as a page of its own, where every browser keeps it, it must be there. In a frame without cookies it is
 * `frame-ancestors` that keeps a launch from being shown elsewhere than in the LMS.
 */
import { type Request, type Response, Router } from 'express';
import { classHints, type Launch, pageOf, readLaunch, roleOf } from '../passback/lti-launch.ts';
import type { LtiClient } from '../passback/ports/sign-in.ts';
import type { Store } from '../passback/ports/store.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { readForm } from './body.ts';
import { cookie, cookieOf, digest, newState, stateCookie } from './entrance.ts';
import { cameIn, entry, type EntryParts, oneOf } from './entry.ts';
import { NotLetIn } from './sign-in-pages.ts';
import { readQuery } from './validate.ts';

const TOKEN_SECONDS = 3600;

export function ltiEntries(parts: EntryParts): Router {
  const { store, identity, publicUrl } = parts;
  const router = Router({ caseSensitive: true, strict: true });

  const login = async (req: Request, res: Response) => {
    const given = req.method === 'POST' ? await readForm(req) : readQuery(req.originalUrl);
    const need = (name: string) =>
      oneOf(given, name) ?? refuse({ code: 'LTI_LAUNCH_UNUSABLE', params: { claim: name } }, 400);
    const issuer = need('iss');
    const hint = need('login_hint');
    if (pageOf(need('target_link_uri'), publicUrl) === undefined)
      refuse({ code: 'LTI_TARGET_UNKNOWN', params: { address: publicUrl } }, 400);
    const client = await clientOf(issuer, oneOf(given, 'client_id') ?? null);
    const { state, kept } = newState('lti', [client.issuer, client.clientId]);
    const messageHint = oneOf(given, 'lti_message_hint');
    const to = new URL(client.authorizationUrl);
    for (const [name, value] of Object.entries({
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: client.clientId,
      redirect_uri: `${publicUrl}/lti/launch`,
      login_hint: hint,
      ...(messageHint === undefined ? {} : { lti_message_hint: messageHint }),
      state: store.signInStates.seal(state),
      nonce: state.nonce,
    }))
      to.searchParams.set(name, value);
    res.set('Set-Cookie', cookie(stateCookie(state), kept, { seconds: 600, where: 'frame' }));
    res.set('Cache-Control', 'no-store').redirect(302, to.href);
  };

  const clientOf = async (issuer: string, clientId: string | null): Promise<LtiClient> => {
    const [client, another] = await store.ltiPlatforms.clients(issuer, clientId);
    const params = { issuer, client: clientId ?? 'not named' };
    if (!client) return refuse({ code: 'LTI_PLATFORM_UNKNOWN', params }, 404);
    return another ? refuse({ code: 'LTI_PLATFORM_AMBIGUOUS', params }, 400) : client;
  };

  const launch = async (req: Request, res: Response) => {
    const form = await readForm(req);
    const error = oneOf(form, 'error');
    if (error !== undefined) refuse({ code: 'SIGN_IN_REFUSED', params: { why: error.slice(0, 100) } });
    const state = store.signInStates.open(oneOf(form, 'state') ?? '', 'lti');
    if (state === null || !sameBrowser(req, state)) return refuse({ code: 'SIGN_IN_STALE' });
    const client = await clientOf(state.of[0] ?? '', state.of[1] ?? '');
    const told = await identity.idToken(oneOf(form, 'id_token') ?? '', client, state.nonce);
    if (told.kind === 'unreachable') refuse({ code: 'SIGN_IN_UNREACHABLE', params: { why: told.why } }, 502);
    if (told.kind !== 'claims') return refuse({ code: 'SIGN_IN_REFUSED', params: { why: told.why } });
    const said = readLaunch(told.claims, publicUrl);
    if ('refused' in said) return refuse(said.refused, 400);
    const { code, platform, role, classId } = await store.transact(async (within) => {
      const opened = await whereTo(within, client, said);
      if (!(await within.signInStates.use(state))) refuse({ code: 'SIGN_IN_STALE' });
      const { platform, role, classId } = opened;
      const displayName =
        said.displayName ?? `${role === 'teacher' ? 'A teacher' : 'An admin'} (${platform.name})`;
      const { subject, deploymentId } = said;
      const { domainId } = platform;
      const person = { subject, displayName, role, domainId, expiresInSeconds: TOKEN_SECONDS };
      const made = await within.access.createToken(
        platform.scope,
        { ...person, classIds: classId === null ? undefined : [classId] },
        { platformId: platform.id, deploymentId },
      );
      const ids = classId === null ? { domainId } : { classId };
      await within.audit.add(
        cameIn(req, res, {
          action: 'lti.launch',
          ...{ name: displayName, keyId: platform.id },
          place: await within.audit.place(platform.scope, ids),
          subject: ids,
          detail: { role, person: subject, platform: platform.name },
        }),
      );
      return { ...opened, code: made.linkCode };
    });
    const { domainId } = platform;
    // In the fragment, which browsers keep to themselves, as in the links that POST /v1/tokens makes.
    const opens =
      classId === null ? `domain=${encodeURIComponent(domainId)}` : `class=${encodeURIComponent(classId)}`;
    res.set('Set-Cookie', cookie(stateCookie(state), '', { seconds: 0, where: 'frame' }));
    res.set('Cache-Control', 'no-store');
    res.redirect(303, `${publicUrl}/${role}?lti=${platform.id}#code=${encodeURIComponent(code)}&${opens}`);
  };

  const whereTo = async (within: Store, client: LtiClient, said: Launch) => {
    const { issuer, clientId } = client;
    const platform = await within.ltiPlatforms.deployment(issuer, clientId, said.deploymentId);
    if (platform === null)
      return refuse({ code: 'LTI_DEPLOYMENT_UNKNOWN', params: { deployment: said.deploymentId } });
    // its keys were exchanged since the launch was verified: the former may be in strange hands
    if (platform.jwksUrl !== client.jwksUrl) return refuse({ code: 'SIGN_IN_STALE' });
    const role = roleOf(said, platform.roleMap);
    if (typeof role === 'object') return refuse(role.refused);
    if (role === 'admin') return { platform, role, classId: null };
    const hints = classHints(said, platform);
    const found = await within.ltiPlatforms.classOf(platform.scope, hints);
    const tried =
      hints.named ??
      ([hints.contextId, hints.sourcedId].filter(Boolean).join(', ') ||
        'nothing, for the LMS named no course');
    if (found === 'another') return refuse({ code: 'LTI_CLASS_ANOTHER', params: { tried } });
    if (found === null) return refuse({ code: 'LTI_CLASS_UNKNOWN', params: { tried } }, 404);
    return { platform, role, classId: found.classId };
  };

  const loginEntry = entry(parts, 'ltiLogin', '/lti/login', login);
  router.get('/lti/login', loginEntry);
  router.post('/lti/login', loginEntry);
  router.post('/lti/launch', entry(parts, 'ltiLaunch', '/lti/launch', launch));
  router.get(
    '/lti/jwks',
    entry(parts, 'ltiKeys', '/lti/jwks', async (_req, res) => {
      res.set('Cache-Control', 'public, max-age=600').json({ keys: await store.ltiPlatforms.toolKeys() });
    }),
  );
  return router;
}

function refuse(reason: Reason, status = 403): never {
  throw new NotLetIn(reason, status);
}

/** Browsers tell where a page is going to be shown, and no page can make them lie (Fetch Metadata). */
function sameBrowser(req: Request, state: { kind: 'lti' | 'oidc'; id: string; browser: string }): boolean {
  const kept = cookieOf(req.headers.cookie, stateCookie(state));
  return kept === undefined ? req.get('sec-fetch-dest') !== 'document' : digest(kept) === state.browser;
}
