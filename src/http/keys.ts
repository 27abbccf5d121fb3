/** API keys, bound to a domain's subtree; shown once, kept as a hash. */
import { z } from 'zod';
import type { Role } from '../passback/ports/callers.ts';
import { Refusal } from '../passback/refusal.ts';
import { admins, noContent, ok, type Route, route } from './route.ts';
import { answers, listOf, PageQuery, pageOf, plainText, removed, Time } from './views.ts';

const KeyInput = z
  .strictObject({
    role: z.enum(['lms', 'admin', 'root']),
    name: plainText(255),
  })
  .meta({ id: 'KeyInput' });
const NewKey = z
  .strictObject({ id: z.string(), key: z.string().meta({ description: 'shown this once' }) })
  .meta({ id: 'NewKey' });
const KeyView = z
  .strictObject({
    id: z.string(),
    role: z.enum(['lms', 'admin', 'root', 'teacher']),
    name: z.string(),
    domainId: z.string().nullable(),
    createdAt: Time,
    lastUsedAt: Time.nullable(),
  })
  .meta({ id: 'Key' });

const strength: Record<Role, number> = { teacher: 0, lms: 1, admin: 2, root: 3 };
const tag = 'Keys and tokens';

export const keyRoutes: Route[] = [
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/keys',
    operationId: 'createKey',
    summary: 'Make an API key for this subtree, no stronger than the caller’s own',
    tag,
    roles: admins,
    keysOnly: true,
    body: KeyInput,
    audit: {
      action: 'key.create',
      subject: (_c, answer) => ({ keyId: (answer.body as { id: string }).id }),
      detail: (c) => ({ role: c.body.role, name: c.body.name }),
    },
    once: 'secret',
    limit: 'costly',
    responses: { 201: { description: 'Made', schema: NewKey } },
    handle: async (c) => {
      if (strength[c.body.role] > strength[c.principal.role])
        throw new Refusal('FORBIDDEN', 'Nobody makes a stronger key than his own.');
      return {
        status: 201,
        body: await c.store.access.createKey(c.scope, c.params.domainId, c.body, c.principal),
      };
    },
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/keys',
    operationId: 'listKeys',
    summary: 'The keys of this subtree, without their secrets',
    tag,
    roles: admins,
    query: PageQuery,
    responses: answers(listOf(KeyView)),
    handle: async (c) => ok(await c.store.access.listKeys(c.scope, c.params.domainId, pageOf(c.query))),
  }),
  route({
    method: 'delete',
    path: '/v1/domains/{domainId}/keys/{keyId}',
    operationId: 'deleteKeyOfDomain',
    summary: 'Take a key back; the tokens made with it die with it',
    tag,
    roles: admins,
    keysOnly: true,
    audit: { action: 'key.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.access.deleteKey(c.scope, c.params.domainId, c.params.keyId, c.principal);
      return noContent;
    },
  }),
  route({
    method: 'delete',
    path: '/v1/keys/{keyId}',
    operationId: 'deleteKey',
    summary: 'Take a key back, wherever in the caller’s subtree it is bound',
    tag,
    roles: admins,
    keysOnly: true,
    allTenants: true,
    audit: { action: 'key.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.access.deleteKey(c.scopeOrAll, null, c.params.keyId, c.principal);
      return noContent;
    },
  }),
];
