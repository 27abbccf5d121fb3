/** Domains (tenant, district, school: a tree), and the health and pause of their SIS connection. */
import { z } from 'zod';
import { Capabilities } from '../gradebook/capabilities.ts';
import { DomainInput } from '../gradebook/local.ts';
import { ProblemCauseView } from './problem-views.ts';
import {
  admins,
  type AnyContext,
  noContent,
  ok,
  putAnswer,
  type Route,
  route,
  settingsReaders,
} from './route.ts';
import {
  answered,
  answers,
  listOf,
  NoFields,
  PageQuery,
  pageOf,
  putResponses,
  ReasonView,
  removed,
  Time,
} from './views.ts';

const DomainView = z
  .strictObject({ domainId: z.string(), ...answered(DomainInput.shape) })
  .meta({ id: 'Domain' });

const DomainLine = z
  .strictObject({
    ...DomainView.shape,
    classes: z.int().meta({ description: 'that lie in it, and not below' }),
  })
  .meta({ id: 'DomainLine' });

const ConnectionView = z
  .strictObject({
    ownedBy: z
      .string()
      .nullable()
      .meta({ description: 'the domain whose settings hold the connection in force here' }),
    baseUrl: z.string().nullable(),
    sisName: z.string().nullable(),
    state: z.enum(['working', 'untried', 'broken', 'waiting', 'paused', 'off', 'excluded', 'none']),
    cause: ReasonView.nullable(),
    since: Time.nullable(),
    lastSuccessAt: Time.nullable(),
    nextProbeAt: Time.nullable(),
    pausedBy: z.string().nullable(),
    pausedAt: Time.nullable(),
    pausedIn: z
      .string()
      .nullable()
      .meta({ description: 'the domain that is paused: this one, or one above' }),
    waiting: z.strictObject({ rows: z.int(), oldestSeconds: z.number().nullable() }),
    inFlight: z.int().meta({ description: 'of them, in the hands of the lane now' }),
    capabilities: Capabilities.nullable().meta({
      description: 'what the test of the connection found out; null: there is no connection',
    }),
  })
  .meta({ id: 'Connection' });

const OverviewView = z
  .strictObject({
    classes: z.strictObject({
      all: z.int(),
      linked: z.int().meta({ description: 'with the id by which the SIS knows them' }),
    }),
    syncs: z.strictObject({ processing: z.int(), awaitingConfirmation: z.int() }),
    lastDay: z
      .strictObject({ syncs: z.int(), sent: z.int(), failed: z.int(), conflicts: z.int() })
      .meta({ description: 'syncs that began within the last 24 hours, and what came of their rows' }),
    schedules: z.strictObject({ all: z.int(), paused: z.int(), nextRunAt: Time.nullable() }),
    problems: z.array(ProblemCauseView).meta({ description: 'the most frequent first' }),
    below: z
      .array(z.strictObject({ domainId: z.string(), name: z.string(), state: ConnectionView.shape.state }))
      .meta({
        description: 'sub-domains whose own connection is in trouble, or that are paused by themselves',
      }),
  })
  .meta({ id: 'Overview' });

const tag = 'Domains';
/** As it stands; one that a root key names without a tenant is one. */
async function before({ store, scopeOrAll, params }: AnyContext): Promise<unknown> {
  const key = params['domainId'] ?? '';
  const tenantId = scopeOrAll === null ? await store.access.tenantByKey(key) : null;
  const scope = scopeOrAll ?? (tenantId === null ? null : { tenantId, domainId: null, classKeys: null });
  return scope && (await store.domains.get(scope, key));
}
export const domainRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/domains',
    operationId: 'listDomains',
    summary:
      'The domains of the caller’s subtree; with a root key, of every tenant unless ?tenant= names one',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    allTenants: true,
    responses: answers(listOf(DomainLine)),
    handle: async (c) => ok(await c.store.domains.list(c.scopeOrAll, pageOf(c.query))),
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}',
    operationId: 'getDomain',
    summary: 'One domain',
    tag,
    roles: settingsReaders,
    responses: answers(DomainView),
    handle: async (c) => ok(await c.store.domains.get(c.scope, c.params.domainId)),
  }),
  route({
    method: 'put',
    path: '/v1/domains/{domainId}',
    operationId: 'putDomain',
    summary: 'Make or replace a domain; without parentId, a root key makes or replaces a tenant',
    tag,
    roles: admins,
    body: DomainInput,
    // A new domain exists nowhere yet: its parent tells the tenant, and without one it is the tenant.
    holders: ({ params, body }) =>
      body.parentId == null
        ? [{ what: 'tenant', key: params.domainId }]
        : [{ what: 'domain', key: body.parentId }],
    allTenants: true,
    audit: { action: 'domain.put', before: (c) => before(c) },
    responses: putResponses(DomainView),
    handle: async (c) => putAnswer(await c.store.domains.put(c.scopeOrAll, c.params.domainId, c.body)),
  }),
  route({
    method: 'delete',
    path: '/v1/domains/{domainId}',
    operationId: 'deleteDomain',
    summary: 'Remove a domain that has neither sub-domains nor classes',
    tag,
    roles: admins,
    audit: { action: 'domain.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.domains.remove(c.scope, c.params.domainId);
      return noContent;
    },
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/connection',
    operationId: 'getConnection',
    summary: 'Health of the SIS connection in force for this domain',
    tag,
    roles: settingsReaders,
    responses: answers(ConnectionView),
    handle: async (c) => ok(await c.store.domains.connection(c.scope, c.params.domainId)),
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/overview',
    operationId: 'getOverview',
    summary:
      'The domain and all below it at a glance: classes, syncs, the last 24 hours, what needs somebody',
    tag,
    roles: settingsReaders,
    responses: answers(OverviewView),
    handle: async (c) => ok(await c.store.domains.overview(c.scope, c.params.domainId)),
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/pause',
    operationId: 'pauseDomain',
    summary: 'Stop all sending of the subtree; what waits is kept',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'domain.pause' },
    once: 'answer',
    responses: answers(ConnectionView, 'Paused'),
    handle: async (c) => {
      await c.store.domains.pause(c.scope, c.params.domainId, c.principal.name);
      return ok(await c.store.domains.connection(c.scope, c.params.domainId));
    },
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/resume',
    operationId: 'resumeDomain',
    summary: 'Send again',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'domain.resume' },
    once: 'answer',
    responses: answers(ConnectionView, 'Resumed'),
    handle: async (c) => {
      await c.store.domains.resume(c.scope, c.params.domainId);
      return ok(await c.store.domains.connection(c.scope, c.params.domainId));
    },
  }),
];
