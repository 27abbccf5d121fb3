/** Syncs: started by a press or a key, followed by their entries, kept as history. */
import { z } from 'zod';
import { LmsId, SyncRequest } from '../gradebook/local.ts';
import type { SyncView } from '../passback/ports/syncs.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import {
  type AnyContext,
  type Answer,
  type Audited,
  everyone,
  type Holder,
  ok,
  type Route,
  route,
} from './route.ts';
import {
  answers,
  listOf,
  NoFields,
  PageQuery,
  pageOf,
  pageQuery,
  PlanNumbers,
  queryTime,
  ReasonView,
  Time,
} from './views.ts';

const statuses = [
  'awaitingConfirmation',
  'processing',
  'complete',
  'completeWithProblems',
  'failed',
  'cancelled',
] as const;
const Counts = z.strictObject({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  skipped: z.int(),
  failed: z.int(),
  conflicts: z.int(),
});
export const SyncAnswer = z
  .strictObject({
    id: z.string(),
    classId: z.string(),
    domainId: z.string(),
    trigger: z.enum(['manual', 'automatic', 'schedule', 'api']),
    startedBy: z.string(),
    status: z.enum(statuses),
    mode: z.enum(['changes', 'all']),
    dryRun: z.boolean(),
    counts: Counts,
    byKind: z.strictObject({ lineItems: Counts, results: Counts }),
    planned: PlanNumbers.nullable().meta({
      description: 'what it was to do, as the press was told; null: automatic work, which nobody pressed',
    }),
    sisRead: z
      .strictObject({
        state: z.enum(['waiting', 'read', 'failed']),
        at: Time.nullable(),
        reason: ReasonView.nullable(),
      })
      .nullable()
      .meta({
        description:
          'the class is read from the SIS before anything of it is sent (a person’s press, or `readSis`); failed: it went on without; null: none was wanted',
      }),
    pending: z.int().meta({ description: 'rows still under way' }),
    inFlight: z.int().meta({
      description:
        'rows that the lane has in its hands now; of a cancelled sync, those whose answer is still to come',
    }),
    waitingFor: z
      .strictObject({
        code: z.string(),
        message: z.string(),
        since: Time.nullable(),
        nextAttemptAt: Time.nullable(),
      })
      .nullable(),
    startedAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: 'Sync' });
const EntryView = z
  .strictObject({
    kind: z.enum(['lineItem', 'result']),
    lineItemId: z.string(),
    studentId: z.string().nullable(),
    action: z.enum(['created', 'updated', 'unchanged', 'skipped', 'failed', 'conflict']),
    reason: ReasonView.nullable(),
    version: z.int(),
    at: Time,
  })
  .meta({ id: 'SyncEntry' });

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
    method: 'get',
    path: '/v1/syncs',
    operationId: 'listSyncs',
    summary: 'The history, newest first',
    tag,
    roles: everyone,
    query: z.strictObject({
      domainId: LmsId.optional(),
      classId: LmsId.optional(),
      status: z.enum(statuses).optional(),
      since: queryTime,
      ...pageQuery,
    }),
    holders: ({ query }) => {
      const holders: Holder[] = [];
      if (query.classId !== undefined) holders.push({ what: 'class', key: query.classId });
      if (query.domainId !== undefined) holders.push({ what: 'domain', key: query.domainId });
      return holders;
    },
    responses: answers(listOf(SyncAnswer)),
    handle: async (c) => {
      const { domainId, classId, status, since } = c.query;
      return ok(await c.store.syncs.list(c.scope, { domainId, classId, status, since }, pageOf(c.query)));
    },
  }),
  route({
    method: 'get',
    path: '/v1/syncs/{syncId}',
    operationId: 'getSync',
    summary: 'One sync',
    tag,
    roles: everyone,
    responses: answers(SyncAnswer),
    handle: async (c) => ok(await c.store.syncs.get(c.scope, c.params.syncId)),
  }),
  route({
    method: 'get',
    path: '/v1/syncs/{syncId}/entries',
    operationId: 'listSyncEntries',
    summary: 'What a sync did with each lineItem and result',
    tag,
    roles: everyone,
    query: PageQuery,
    responses: answers(listOf(EntryView)),
    handle: async (c) => ok(await c.store.syncs.entries(c.scope, c.params.syncId, pageOf(c.query))),
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
