/** The OpenID provider by which the admins of a domain sign in to the pages. */
import { z } from 'zod';
import { LmsId } from '../gradebook/local.ts';
import type { SignInView } from '../passback/ports/sign-in.ts';
import { admins, noContent, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, plainText, putResponses, removed } from './views.ts';

const fields = {
  issuer: z
    .string()
    .max(500)
    .refine((s) => /^https?:\/\//.test(s) && URL.canParse(s), 'must be an https address')
    .meta({ description: 'as the provider names itself; its addresses are read from there' }),
  clientId: plainText(255),
};
const claims = {
  roleClaim: plainText(255).meta({
    description: 'the claim that says who is an admin; `a.b` is claim `b` within claim `a`',
    example: 'groups',
  }),
  admins: z.array(plainText(255)).min(1).max(100).meta({ description: 'whoever has one of these values is' }),
  domainClaim: plainText(255)
    .nullable()
    .meta({ description: 'the claim that says of which domain; null: of the one that this is set for' }),
  domainMap: z
    .record(plainText(255), LmsId)
    .refine((map) => Object.keys(map).length <= 5000, 'has more than 5000 entries')
    .meta({ description: 'value of `domainClaim` → id of this domain or of one below it' }),
};
const scopes = z
  .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, 'must be the name of a scope'))
  .max(50);
const SignInInput = z
  .strictObject({
    ...fields,
    clientSecret: plainText(2000).optional().meta({ description: 'left out: the stored one is kept' }),
    scopes: scopes.default(['openid', 'profile', 'email']),
    roleClaim: claims.roleClaim,
    admins: claims.admins,
    domainClaim: claims.domainClaim.default(null),
    domainMap: claims.domainMap.default({}),
  })
  .meta({ id: 'SignInSettingsInput' });
const SignInSettings = z
  .strictObject({
    ...{ ...fields, clientSecretSet: z.literal(true), scopes, ...claims },
    redirectUrl: z.string().meta({ description: 'to be entered at the provider' }),
    signInUrl: z.string().meta({ description: 'where admins begin' }),
  })
  .meta({ id: 'SignInSettings' });

const tag = 'Admin sign-in';
const path = '/v1/domains/{domainId}/signIn';

export const signInSettingsRoutes: Route[] = [
  route({
    method: 'get',
    path,
    operationId: 'getSignIn',
    summary: 'How the admins of this domain sign in',
    tag,
    roles: settingsReaders,
    responses: answers(SignInSettings),
    handle: async (c) => {
      const { domainId } = c.params;
      return ok(withAddresses(await c.store.signIns.get(c.scope, domainId), domainId, c.publicUrl));
    },
  }),
  route({
    method: 'put',
    path,
    operationId: 'putSignIn',
    summary: 'Let the admins of this domain sign in by an OpenID provider; who is signed in must do it again',
    tag,
    roles: admins,
    keysOnly: true,
    body: SignInInput,
    audit: {
      action: 'signIn.put',
      before: (c) => c.store.signIns.get(c.scope, c.params.domainId),
      detail: (c) => ({ secretsEntered: c.body.clientSecret === undefined ? [] : ['clientSecret'] }),
    },
    responses: putResponses(SignInSettings),
    handle: async (c) => {
      const { domainId } = c.params;
      const { created, value } = await c.store.signIns.put(c.scope, domainId, c.body);
      return { status: created ? 201 : 200, body: withAddresses(value, domainId, c.publicUrl) };
    },
  }),
  route({
    method: 'delete',
    path,
    operationId: 'deleteSignIn',
    summary: 'Nobody signs in by it any more, and who has is signed out',
    tag,
    roles: admins,
    keysOnly: true,
    audit: { action: 'signIn.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.signIns.remove(c.scope, c.params.domainId);
      return noContent;
    },
  }),
];

function withAddresses({ tenantId, id, ...view }: SignInView, domainId: string, publicUrl: string) {
  const query = new URLSearchParams({ tenant: tenantId, domain: domainId });
  return {
    ...view,
    redirectUrl: `${publicUrl}/sign-in/callback/${id}`,
    signInUrl: `${publicUrl}/sign-in?${query.toString()}`,
  };
}
