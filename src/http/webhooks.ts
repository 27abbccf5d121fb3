/** Webhooks of a domain: who is told, with which secret it is signed, and how each telling went. */
import { z } from 'zod';
import { eventTypes, WebhookInput } from '../gradebook/webhook.ts';
import { admins, noContent, ok, type Route, route } from './route.ts';
import { answered, answers, listOf, NoFields, PageQuery, pageOf, pageQuery, removed, Time } from './views.ts';

const WebhookView = z
  .strictObject({
    webhookId: z.string(),
    domainId: z.string(),
    ...answered(WebhookInput.shape),
    disabledBecause: z.enum(['gone', 'failing']).nullable().meta({
      description: 'switched off by itself: it answered 410, or has taken nothing for five days',
    }),
    failingSince: Time.nullable().meta({ description: 'first failure since the last success' }),
    oldSecretUntil: Time.nullable().meta({ description: 'until then the secret before signs too' }),
    createdAt: Time,
  })
  .meta({ id: 'Webhook' });
const secretText = z.string().meta({ description: 'whsec_…, shown this once' });
const NewWebhook = WebhookView.extend({ secret: secretText }).meta({ id: 'NewWebhook' });
const NewSecret = z
  .strictObject({ secret: secretText, oldSecretUntil: Time })
  .meta({ id: 'NewWebhookSecret' });
const deliveryStates = ['pending', 'delivered', 'failed'] as const;
const DeliveryView = z
  .strictObject({
    deliveryId: z.string(),
    eventId: z.string().meta({ description: 'the header webhook-id: a repeat has the same' }),
    type: z.enum([...eventTypes, 'webhook.test']),
    state: z.enum(deliveryStates),
    attempts: z
      .array(
        z.strictObject({
          at: Time,
          status: z.int().nullable(),
          error: z.string().nullable().meta({ description: 'why there was no answer' }),
          ms: z.int(),
        }),
      )
      .meta({ description: 'the last twenty' }),
    nextAttemptAt: Time.nullable(),
    createdAt: Time,
    doneAt: Time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

const tag = 'Webhooks';
const keyOf = (answer: { body?: unknown }) => ({
  webhookId: (answer.body as { webhookId: string }).webhookId,
});

export const webhookRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/webhooks',
    operationId: 'listWebhooks',
    summary: 'The webhooks of this domain; each hears of its whole subtree',
    tag,
    roles: admins,
    query: PageQuery,
    responses: answers(listOf(WebhookView)),
    handle: async (c) => ok(await c.store.webhooks.list(c.scope, c.params.domainId, pageOf(c.query))),
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/webhooks',
    operationId: 'createWebhook',
    summary: 'Have an address told what happens in this subtree (Standard Webhooks)',
    tag,
    roles: admins,
    body: WebhookInput,
    once: 'secret',
    audit: { action: 'webhook.create', subject: (_c, answer) => keyOf(answer) },
    responses: { 201: { description: 'Made', schema: NewWebhook } },
    handle: async (c) => {
      const { webhook, secret } = await c.store.webhooks.create(c.scope, c.params.domainId, c.body);
      return { status: 201, body: { ...webhook, secret } };
    },
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}',
    operationId: 'getWebhook',
    summary: 'One webhook',
    tag,
    roles: admins,
    responses: answers(WebhookView),
    handle: async (c) => ok(await c.store.webhooks.get(c.scope, c.params.domainId, c.params.webhookId)),
  }),
  route({
    method: 'put',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}',
    operationId: 'putWebhook',
    summary: 'Replace a webhook; its secret stays',
    tag,
    roles: admins,
    body: WebhookInput,
    audit: {
      action: 'webhook.put',
      before: (c) => c.store.webhooks.get(c.scope, c.params.domainId, c.params.webhookId),
    },
    responses: answers(WebhookView, 'Replaced'),
    handle: async (c) =>
      ok(await c.store.webhooks.put(c.scope, c.params.domainId, c.params.webhookId, c.body)),
  }),
  route({
    method: 'delete',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}',
    operationId: 'deleteWebhook',
    summary: 'Remove a webhook with its deliveries',
    tag,
    roles: admins,
    audit: { action: 'webhook.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.webhooks.remove(c.scope, c.params.domainId, c.params.webhookId);
      return noContent;
    },
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}/rotateSecret',
    operationId: 'rotateWebhookSecret',
    summary: 'Make a new secret; the one before signs too for 24 hours',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    once: 'secret',
    audit: { action: 'webhook.rotateSecret' },
    responses: answers(NewSecret, 'The new secret'),
    handle: async (c) =>
      ok(await c.store.webhooks.rotateSecret(c.scope, c.params.domainId, c.params.webhookId)),
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}/test',
    operationId: 'testWebhook',
    summary: 'Send it an event of type webhook.test',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    limit: 'costly',
    once: 'answer',
    audit: { action: 'webhook.test' },
    responses: {
      202: { description: 'It is sent now; GET the delivery to see what came of it', schema: DeliveryView },
    },
    handle: async (c) => ({
      status: 202,
      body: await c.store.webhooks.test(c.scope, c.params.domainId, c.params.webhookId),
    }),
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}/deliveries',
    operationId: 'listWebhookDeliveries',
    summary: 'What it was told, newest first: tries, answers, and when it is tried next',
    tag,
    roles: admins,
    query: z.strictObject({ state: z.enum(deliveryStates).optional(), ...pageQuery }),
    responses: answers(listOf(DeliveryView)),
    handle: async (c) =>
      ok(
        await c.store.webhooks.deliveries(
          c.scope,
          c.params.domainId,
          c.params.webhookId,
          { state: c.query.state },
          pageOf(c.query),
        ),
      ),
  }),
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
    operationId: 'redeliverWebhook',
    summary: 'Send a delivery again now, with the same webhook-id',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    limit: 'costly',
    once: 'answer',
    audit: { action: 'webhook.redeliver' },
    responses: { 202: { description: 'It is sent now', schema: DeliveryView } },
    handle: async (c) => ({
      status: 202,
      body: await c.store.webhooks.redeliver(
        c.scope,
        c.params.domainId,
        c.params.webhookId,
        c.params.deliveryId,
      ),
    }),
  }),
];
