/** Which lineItems the SIS has in a class, and which of them one of ours stands for. */
import { z } from 'zod';
import { everyone, ok, type Route, route, teaching } from './route.ts';
import { answers, Time } from './views.ts';

const SisLineItems = z
  .strictObject({
    readAt: Time,
    items: z.array(
      z.strictObject({
        sourcedId: z.string(),
        title: z.string(),
        sameTitle: z
          .array(z.string())
          .meta({ description: 'ids of lineItems of ours that have this title and are not in the SIS yet' }),
      }),
    ),
  })
  .meta({ id: 'SisLineItems' });
const Link = z
  .strictObject({
    sourcedId: z
      .string()
      .min(1)
      .max(255)
      .nullable()
      .meta({ description: 'of the lineItem in the SIS; null: it is linked to none any more' }),
  })
  .meta({ id: 'Link' });
const tag = 'LineItems';

export const linkRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/sisLineItems',
    operationId: 'getSisLineItems',
    summary: 'The lineItems that the SIS has in this class and that are none of ours, read now',
    tag,
    roles: everyone,
    limit: 'costly',
    responses: answers(SisLineItems),
    handle: async (c) => {
      await c.store.links.look(c.scope, c.params.classId);
      return ok(await c.store.links.sisLineItems(c.scope, c.params.classId));
    },
  }),
  route({
    method: 'post',
    path: '/v1/classes/{classId}/lineItems/{lineItemId}/link',
    operationId: 'linkLineItem',
    summary: 'Let it stand for one that the SIS has already in this class, or (null) for none',
    tag,
    roles: teaching,
    body: Link,
    audit: { action: 'lineItem.link', detail: ({ body }) => ({ linked: body.sourcedId !== null }) },
    once: 'answer',
    limit: 'costly',
    responses: answers(Link, 'As it is linked now; the scores follow with the next sync'),
    prepare: async (c) => {
      // whether the SIS has it there, only the SIS knows
      if (c.body.sourcedId !== null) await c.store.links.look(c.scope, c.params.classId);
    },
    handle: async (c) =>
      ok(await c.store.links.link(c.scope, c.params.classId, c.params.lineItemId, c.body.sourcedId)),
  }),
];
