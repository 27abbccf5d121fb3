/** Syncs: started by a press or a key, confirmed, cancelled, retried. Their history is in sync-history.ts. */
import { z } from 'zod';
import { SyncRequest } from '../gradebook/local.ts';
import type { SyncView } from '../passback/ports/syncs.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import { type AnyContext, type Answer, type Audited, everyone, ok, type Route, route } from './route.ts';
import { SyncAnswer } from './sync-views.ts';
import { answers, NoFields } from './views.ts';

const tag = 'Syncs';
const lineItem = '/v1/classes/{classId}/lineItems/{lineItemId}';
const started = {
  202: { description: 'Started', schema: SyncAnswer, headers: { Location: 'the sync' } },
  200: {
    description: 'A sync of the class was processing and took this in',
    schema: SyncAnswer,
    headers: { Location: 'the sync' },
  },
};
const { mode, dryRun, readSis, studentIds } = SyncRequest.shape;
/** The sync that was started or joined. */
const syncOf = (_c: unknown, answer: Answer) => ({ syncId: (answer.body as SyncView).id });
const pressed: Audited<AnyContext> = {
  action: 'sync.press',
  subject: syncOf,
  detail: (c, answer) => {
    const { mode, dryRun, lineItemIds, studentIds } = c.body as SyncRequest;
    const students = studentIds?.length ?? (c.params['studentId'] === undefined ? null : 1);
    return { mode, dryRun, joined: answer.status === 200, lineItems: lineItemIds?.length ?? null, students };
  },
};

export const syncRoutes: Route[] = [
  route({
    method: 'post',
    path: '/v1/classes/{classId}/syncs',
    operationId: 'syncClass',
    summary: 'Make the SIS gradebook of this class equal to ours',
    tag,
    roles: everyone,
    body: SyncRequest,
    bodyOptional: true,
    audit: pressed,
    once: 'answer',
    limit: 'costly',
    responses: started,
    handle: async (c) =>
      startAnswer(await c.store.syncs.start(c.scope, c.params.classId, c.body, c.principal)),
  }),
  route({
    method: 'post',
    path: `${lineItem}/syncs`,
    operationId: 'syncLineItem',
    summary: 'The same for one lineItem',
    tag,
    roles: everyone,
    body: z.strictObject({ studentIds, mode, dryRun, readSis }),
    bodyOptional: true,
    audit: pressed,
    once: 'answer',
    limit: 'costly',
    responses: started,
    handle: async (c) => {
      const request = { ...c.body, lineItemIds: [c.params.lineItemId] };
      return startAnswer(
        await inPath(c.store.syncs.start(c.scope, c.params.classId, request, c.principal), ['lineItem']),
      );
    },
  }),
  route({
    method: 'post',
    path: `${lineItem}/results/{studentId}/syncs`,
    operationId: 'syncResult',
    summary: 'The same for one student’s result',
    tag,
    roles: everyone,
    body: z.strictObject({ mode, dryRun, readSis }),
    bodyOptional: true,
    audit: pressed,
    once: 'answer',
    limit: 'costly',
    responses: started,
    handle: async (c) => {
      const { classId, lineItemId, studentId } = c.params;
      const request = { ...c.body, lineItemIds: [lineItemId], studentIds: [studentId] };
      return startAnswer(
        await inPath(c.store.syncs.start(c.scope, classId, request, c.principal), ['lineItem', 'student']),
      );
    },
  }),
  route({
    method: 'post',
    path: '/v1/syncs/{syncId}/cancel',
    operationId: 'cancelSync',
    summary: 'Stop it; what was sent stays sent, what waits goes on waiting for the next sync',
    tag,
    roles: everyone,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'sync.cancel' },
    once: 'answer',
    responses: answers(SyncAnswer, 'Cancelled'),
    handle: async (c) => ok(await c.store.syncs.cancel(c.scope, c.params.syncId)),
  }),
  route({
    method: 'post',
    path: '/v1/syncs/{syncId}/confirm',
    operationId: 'confirmSync',
    summary: 'Let a sync begin that waits for a confirmation; after a day it is cancelled by itself',
    tag,
    roles: everyone,
    body: z.strictObject({
      evenIfChanged: z
        .boolean()
        .default(false)
        .meta({ description: 'also if it would do something else by now' }),
    }),
    bodyOptional: true,
    audit: { action: 'sync.confirm', detail: (_c, { status }) => ({ begun: status === 202 }) },
    once: 'answer',
    limit: 'costly',
    responses: {
      202: started[202],
      200: {
        description:
          'It would do something else by now: `planned` says what. It waits for another confirmation',
        schema: SyncAnswer,
        headers: { Location: 'the sync' },
      },
    },
    handle: async (c) => {
      const { syncId } = c.params;
      const { sync, confirmed } = await c.store.syncs.confirm(
        c.scope,
        syncId,
        c.body.evenIfChanged,
        c.principal,
      );
      return startAnswer({ sync, joined: !confirmed });
    },
  }),
  route({
    method: 'post',
    path: '/v1/syncs/{syncId}/retry',
    operationId: 'retrySync',
    summary: 'Send again what failed in this sync, and nothing else',
    tag,
    roles: everyone,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'sync.retry', subject: syncOf },
    once: 'answer',
    limit: 'costly',
    responses: started,
    handle: async (c) => startAnswer(await c.store.syncs.retry(c.scope, c.params.syncId, c.principal)),
  }),
];

/** An id that stands in the path and is unknown is a 404, as everywhere; in the body it would be a field's fault. */
async function inPath<T>(starting: Promise<T>, named: ('lineItem' | 'student')[]): Promise<T> {
  try {
    return await starting;
  } catch (error) {
    const pointer = error instanceof Refusal ? error.errors?.[0]?.pointer : undefined;
    for (const what of named) if (pointer?.startsWith(`/${what}Ids/`)) throw notFound(what);
    throw error;
  }
}

function startAnswer({ sync, joined }: { sync: SyncView; joined: boolean }): Answer {
  return {
    status: joined ? 200 : 202,
    body: sync,
    headers: { Location: `/v1/syncs/${encodeURIComponent(sync.id)}` },
  };
}
