/** The audit trail, for those who answer for a domain. Nothing of it can be changed by anybody. */
import { z } from 'zod';
import { auditActions } from '../passback/audit-actions.ts';
import { admins, ok, type Route, route } from './route.ts';
import { answers, listOf, pageOf, pageQuery, queryTime, Time } from './views.ts';

const AuditView = z
  .strictObject({
    id: z.string(),
    at: Time,
    tenantId: z.string().nullable(),
    domainId: z
      .string()
      .nullable()
      .meta({ description: 'where it happened; null: in no domain, or in one that is gone' }),
    actor: z.string().meta({ description: 'the name of the person or key, as it was then' }),
    actorKind: z.enum(['key', 'token', 'system', 'nobody']),
    keyId: z
      .string()
      .nullable()
      .meta({ description: 'the key, or the one that the person’s token was made with' }),
    action: z.enum(auditActions),
    subject: z
      .record(z.string(), z.string())
      .meta({ description: 'ids of what it was done to; never a student’s' }),
    detail: z
      .record(z.string(), z.unknown())
      .meta({ description: 'names of changed fields, counts, roles; no values' }),
    requestId: z.string().nullable(),
    address: z.string().nullable().meta({ description: 'the caller’s network address' }),
  })
  .meta({ id: 'AuditEntry' });
const query = z.strictObject({ since: queryTime, action: z.enum(auditActions).optional(), ...pageQuery });
const tag = 'Audit';

export const auditRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/audit',
    operationId: 'listAudit',
    summary: 'Who changed what in this subtree, and who was refused, newest first',
    tag,
    roles: admins,
    query,
    responses: answers(listOf(AuditView)),
    handle: async (c) => {
      const { since, action } = c.query;
      return ok(await c.store.audit.list(c.scope, c.params.domainId, { since, action }, pageOf(c.query)));
    },
  }),
  route({
    method: 'get',
    path: '/v1/audit',
    operationId: 'listWholeAudit',
    summary: 'The same of all tenants, and of what belongs to none: failed sign-ins, tenants that are gone',
    tag,
    roles: ['root'],
    query,
    allTenants: true,
    responses: answers(listOf(AuditView)),
    handle: async (c) => {
      const { since, action } = c.query;
      return ok(await c.store.audit.list(c.scopeOrAll, null, { since, action }, pageOf(c.query)));
    },
  }),
];
