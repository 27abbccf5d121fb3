/** The drift audit: what the SIS holds against what it acknowledged, for a whole domain. */
import { z } from 'zod';
import { ok, type Route, route, settingsReaders } from './route.ts';
import { answers, listOf, NoFields, pageOf, PageQuery, Time } from './views.ts';

const DriftView = z
  .strictObject({
    classId: z.string(),
    title: z.string(),
    readAt: Time.nullable().meta({ description: 'when the class was last read as a whole; null: never' }),
    reading: z.boolean().meta({ description: 'it is about to be read' }),
    counts: z
      .strictObject({
        same: z.int(),
        ownForm: z.int().meta({ description: 'in the SIS’s own form: rounded, shortened' }),
        changed: z.int().meta({ description: 'somebody, or the SIS itself, has put something else there' }),
        missing: z.int().meta({ description: 'acknowledged, and not there, or not as it was sent last' }),
        notRead: z.int().meta({ description: 'sent since, or not read yet' }),
      })
      .meta({ description: 'lineItems and results together, of those that the SIS acknowledged' }),
  })
  .meta({ id: 'Drift' });
const tag = 'Drift';
const path = '/v1/domains/{domainId}/driftAudit';

export const driftRoutes: Route[] = [
  route({
    method: 'post',
    path,
    operationId: 'auditDrift',
    summary:
      'Have every class of the subtree compared with the SIS; what differs is told, and sent again only where `driftHealing` says so',
    tag,
    roles: settingsReaders,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'drift.audit' },
    once: 'answer',
    limit: 'costly',
    responses: {
      202: {
        description: 'They are read one after the other, when there is nothing to send',
        schema: z
          .strictObject({
            classes: z.int(),
            leftOut: z.int().meta({ description: 'where nothing may be sent, or that are not linked' }),
          })
          .meta({ id: 'DriftAudit' }),
      },
    },
    handle: async (c) => ({ status: 202, body: await c.store.drift.audit(c.scope, c.params.domainId) }),
  }),
  route({
    method: 'get',
    path,
    operationId: 'getDrift',
    summary: 'What differs, class by class, as last read',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    limit: 'costly',
    responses: answers(listOf(DriftView)),
    handle: async (c) => ok(await c.store.drift.report(c.scope, c.params.domainId, pageOf(c.query))),
  }),
];
