/** LMSs that may open the pages by LTI 1.3, and what to enter there. */
import { z } from 'zod';
import { standardRoles } from '../passback/lti-launch.ts';
import type { LtiPlatformView } from '../passback/ports/sign-in.ts';
import { admins, noContent, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, listOf, PageQuery, pageOf, plainText, removed, Time } from './views.ts';

const address = z
  .string()
  .max(2000)
  .refine((s) => /^https?:\/\//.test(s) && URL.canParse(s), 'must be an https address');
const roles = (which: keyof typeof standardRoles) =>
  z
    .array(plainText(300))
    .max(50)
    .optional()
    .meta({ description: `role URIs that make one; by default ${standardRoles[which].join(', ')}` });
const fields = {
  name: plainText(255),
  issuer: plainText(500).meta({
    description: '`iss` of the platform',
    example: 'https://canvas.instructure.com',
  }),
  clientId: plainText(255),
  authorizationUrl: address.meta({ description: 'the platform’s OIDC authentication request URL' }),
  jwksUrl: address.meta({ description: 'the platform’s public keys' }),
  deploymentIds: z
    .array(plainText(255))
    .min(1)
    .max(1000)
    .refine((ids) => new Set(ids).size === ids.length, 'names one twice'),
};
const RoleMapInput = z.strictObject({ teacher: roles('teacher'), admin: roles('admin') });
const classParam = plainText(100).nullable().meta({
  description:
    'the custom parameter that names the class, such as class_id. It is believed wherever the LMS’s own id of the course is no id of a class here: state it only where teachers cannot write custom parameters themselves, for it would let them name a colleague’s class. null: only the platform’s own ids of the course are believed',
});
const PlatformInput = z
  .strictObject({ ...fields, classParam: classParam.default(null), roleMap: RoleMapInput.default({}) })
  .meta({ id: 'LtiPlatformInput' });

const Tool = z
  .strictObject({
    loginUrl: z.string().meta({ description: 'OIDC login initiation URL' }),
    launchUrl: z.string().meta({ description: 'target link URI and the one redirect URI' }),
    jwksUrl: z.string(),
    canvas: z
      .record(z.string(), z.unknown())
      .meta({ description: 'the same as the JSON that a Canvas developer key takes' }),
  })
  .meta({ id: 'LtiTool', description: 'what to enter in the LMS' });
const PlatformView = z
  .strictObject({
    ...{ id: z.string(), domainId: z.string(), ...fields, classParam, roleMap: RoleMapInput },
    createdAt: Time,
    tool: Tool,
  })
  .meta({ id: 'LtiPlatform' });

const tag = 'LTI';
const platformsPath = '/v1/domains/{domainId}/ltiPlatforms';
const platformPath = '/v1/domains/{domainId}/ltiPlatforms/{platformId}';

export const ltiPlatformRoutes: Route[] = [
  route({
    method: 'get',
    path: platformsPath,
    operationId: 'listLtiPlatforms',
    summary: 'The LMSs that are registered in this domain',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    responses: answers(listOf(PlatformView)),
    handle: async (c) => {
      const { items, nextCursor } = await c.store.ltiPlatforms.list(
        c.scope,
        c.params.domainId,
        pageOf(c.query),
      );
      return ok({ items: items.map((item) => withTool(item, c.publicUrl)), nextCursor });
    },
  }),
  route({
    method: 'post',
    path: platformsPath,
    operationId: 'createLtiPlatform',
    summary: 'Register an LMS: its teachers and admins open the pages from it',
    tag,
    roles: admins,
    keysOnly: true,
    body: PlatformInput,
    audit: {
      action: 'ltiPlatform.create',
      subject: (_c, answer) => ({ platformId: (answer.body as { id: string }).id }),
      detail: (c) => ({ name: c.body.name, deployments: c.body.deploymentIds.length }),
    },
    once: 'answer',
    limit: 'costly',
    responses: { 201: { description: 'Registered', schema: PlatformView } },
    handle: async (c) => {
      const made = await c.store.ltiPlatforms.create(c.scope, c.params.domainId, c.body);
      return { status: 201, body: withTool(made, c.publicUrl) };
    },
  }),
  route({
    method: 'get',
    path: platformPath,
    operationId: 'getLtiPlatform',
    summary: 'One of them, with what to enter in the LMS',
    tag,
    roles: settingsReaders,
    responses: answers(PlatformView),
    handle: async (c) => {
      const { domainId, platformId } = c.params;
      return ok(withTool(await c.store.ltiPlatforms.get(c.scope, domainId, platformId), c.publicUrl));
    },
  }),
  route({
    method: 'put',
    path: platformPath,
    operationId: 'putLtiPlatform',
    summary: 'Replace a registration; tokens of a deployment that it leaves out die at once',
    tag,
    roles: admins,
    keysOnly: true,
    body: PlatformInput,
    audit: {
      action: 'ltiPlatform.put',
      before: (c) => c.store.ltiPlatforms.get(c.scope, c.params.domainId, c.params.platformId),
    },
    responses: answers(PlatformView, 'Replaced'),
    handle: async (c) => {
      const { domainId, platformId } = c.params;
      return ok(withTool(await c.store.ltiPlatforms.put(c.scope, domainId, platformId, c.body), c.publicUrl));
    },
  }),
  route({
    method: 'delete',
    path: platformPath,
    operationId: 'deleteLtiPlatform',
    summary: 'Take a registration back; the tokens that were made with it die with it',
    tag,
    roles: admins,
    keysOnly: true,
    audit: { action: 'ltiPlatform.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.ltiPlatforms.remove(c.scope, c.params.domainId, c.params.platformId);
      return noContent;
    },
  }),
  route({
    method: 'post',
    path: '/v1/ltiKeys',
    operationId: 'createLtiKey',
    summary: 'A new key pair of ours as an LTI tool; the one before stays published for a month',
    tag,
    roles: ['root'],
    keysOnly: true,
    allTenants: true,
    audit: { action: 'ltiKey.create', detail: (_c, answer) => ({ ...(answer.body as { kid: string }) }) },
    once: 'answer',
    limit: 'costly',
    responses: { 201: { description: 'Made', schema: z.strictObject({ kid: z.string() }) } },
    handle: async (c) => ({ status: 201, body: await c.store.ltiPlatforms.newToolKey() }),
  }),
];

function withTool(platform: LtiPlatformView, publicUrl: string) {
  const loginUrl = `${publicUrl}/lti/login`;
  const launchUrl = `${publicUrl}/lti/launch`;
  const jwksUrl = `${publicUrl}/lti/jwks`;
  return { ...platform, tool: { loginUrl, launchUrl, jwksUrl, canvas: canvas(platform, publicUrl) } };
}

/** https://canvas.instructure.com/doc/api/file.lti_dev_key_config.html */
function canvas({ classParam }: LtiPlatformView, publicUrl: string): Record<string, unknown> {
  const launch = { target_link_uri: `${publicUrl}/lti/launch`, message_type: 'LtiResourceLinkRequest' };
  return {
    title: 'Grade sync',
    description: 'Sends grades to the SIS',
    oidc_initiation_url: `${publicUrl}/lti/login`,
    target_link_uri: `${publicUrl}/lti/launch`,
    public_jwk_url: `${publicUrl}/lti/jwks`,
    scopes: [],
    ...(classParam === null ? {} : { custom_fields: { [classParam]: '$Canvas.course.id' } }),
    extensions: [
      {
        platform: 'canvas.instructure.com',
        privacy_level: 'name_only',
        settings: {
          placements: [
            { ...launch, placement: 'course_navigation', text: 'Grade sync', visibility: 'admins' },
            {
              placement: 'account_navigation',
              text: 'Grade sync',
              message_type: 'LtiResourceLinkRequest',
              target_link_uri: `${publicUrl}/admin`,
            },
          ],
        },
      },
    ],
  };
}
