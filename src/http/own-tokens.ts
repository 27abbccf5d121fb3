/** What the holder of a person's token may ask about the token itself: whose it is, and a link that opens the page. */
import { z } from 'zod';
import { LmsId } from '../gradebook/local.ts';
import { Refusal } from '../passback/refusal.ts';
import { hashOfCredential } from './auth.ts';
import { type AnyContext, ok, type Route, route } from './route.ts';
import { OwnToken, pageUrlOf } from './tokens.ts';
import { answers, Time } from './views.ts';

const tag = 'Keys and tokens';
const people = ['admin', 'teacher'] as const;
const OwnLink = z
  .strictObject({
    pageUrl: z.string().meta({ description: 'a link that opens the person’s page, once' }),
    expiresAt: Time.meta({ description: 'with the token' }),
  })
  .meta({ id: 'OwnLink' });
const LinkInput = z
  .strictObject({
    classId: LmsId.optional().meta({ description: 'the class that is opened; left out: the first one' }),
    view: z.enum(['assignments', 'settings']).optional().meta({ description: 'what of it is shown' }),
    lineItemId: LmsId.optional().meta({ description: 'the assignment that is shown' }),
  })
  .meta({ id: 'OwnLinkInput' });

export const ownTokenRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/token',
    operationId: 'getOwnToken',
    summary: 'Whose token this is, and for how long',
    tag,
    roles: people,
    tokensOnly: true,
    query: z.strictObject({
      origin: z.string().max(300).optional().meta({
        description:
          'the site that shows our page in a frame: refused where the token’s domain does not list it',
      }),
    }),
    responses: answers(OwnToken),
    handle: async (c) => {
      const { origin } = c.query;
      if (origin !== undefined && !(await originsOf(c)).includes(origin))
        throw new Refusal(
          'ORIGIN_NOT_ALLOWED',
          `The domain of this token does not list ${origin} among the sites that may show grade sync (embedOrigins).`,
        );
      return ok(await c.store.ownTokens.about(c.scope, hashOfCaller(c)));
    },
  }),
  route({
    method: 'post',
    path: '/v1/token/links',
    operationId: 'createOwnLink',
    summary: 'A one-time link to the page, for the person of this token: as long and as far as the token',
    tag,
    roles: people,
    tokensOnly: true,
    body: LinkInput,
    bodyOptional: true,
    audit: {
      action: 'link.create',
      subject: (c) => (c.body.classId === undefined ? {} : { classId: c.body.classId }),
    },
    once: 'secret',
    limit: 'costly',
    responses: { 201: { description: 'Made', schema: OwnLink } },
    handle: async (c) => {
      const { principal, body } = c;
      const classId = body.classId ?? principal.classKeys?.[0];
      // seen only by whoever may: a link to a class of somebody else's would open, and show nothing
      if (classId !== undefined) await c.store.classes.get(c.scope, classId);
      const { linkCode, expiresAt } = await c.store.ownTokens.newLink(c.scope, hashOfCaller(c));
      const shown = { class: classId, tab: body.view, assignment: body.lineItemId };
      return {
        status: 201,
        body: { pageUrl: pageUrlOf(c.publicUrl, principal.role, linkCode, shown), expiresAt },
      };
    },
  }),
];

const originsOf = async ({ store, principal: { domainId } }: AnyContext): Promise<string[]> =>
  domainId === null ? [] : store.embedding.originsOf(domainId);

function hashOfCaller(c: AnyContext): Buffer {
  const hash = hashOfCredential(c.header('authorization'));
  if (hash === undefined) throw new Refusal('UNAUTHENTICATED', 'Send a person’s token.');
  return hash;
}
