/** What needs somebody over all classes of a domain, by cause; and trying all of one cause again. */
import { z } from 'zod';
import type { ProblemRetry } from '../passback/ports/problems.ts';
import { ProblemCauseView } from './problem-views.ts';
import { admins, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, listOf, PageQuery, pageOf, pageQuery, ReasonView, Time } from './views.ts';

const ProblemClass = z
  .strictObject({
    classId: z.string(),
    title: z.string(),
    domainId: z.string(),
    rows: z.int(),
    since: Time,
  })
  .meta({ id: 'ProblemClass' });
const Retried = z
  .strictObject({
    classes: z.int().meta({ description: 'in which something is tried again' }),
    rows: z.int().meta({ description: 'lineItems and results that are' }),
    held: z
      .int()
      .meta({ description: 'lineItems and results that can still not go, for the same or another cause' }),
    leftOut: z
      .array(z.strictObject({ reason: ReasonView, classes: z.int() }))
      .meta({ description: 'where nothing was begun, and why' }),
    nextCursor: z.string().nullable().meta({
      description: 'for ?cursor= of the next request: one takes 50 classes; null: that was all',
    }),
  })
  .meta({ id: 'ProblemRetry' });

const tag = 'Problems';
const path = '/v1/domains/{domainId}/problems';

export const problemRoutes: Route[] = [
  route({
    method: 'get',
    path,
    operationId: 'listProblems',
    summary: 'What needs somebody in the classes of a domain and below, by cause, the most frequent first',
    tag,
    roles: settingsReaders,
    responses: answers(listOf(ProblemCauseView)),
    handle: async (c) =>
      ok({ items: await c.store.problems.list(c.scope, c.params.domainId), nextCursor: null }),
  }),
  route({
    method: 'get',
    path: `${path}/{code}`,
    operationId: 'listProblemClasses',
    summary: 'The classes that have one of them',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    responses: answers(listOf(ProblemClass)),
    handle: async (c) =>
      ok(await c.store.problems.classes(c.scope, c.params.domainId, c.params.code, pageOf(c.query))),
  }),
  route({
    method: 'post',
    path: `${path}/{code}/retry`,
    operationId: 'retryProblem',
    summary: 'Try again what one cause holds up, in every class of the domain and below, and nothing else',
    tag,
    roles: admins,
    query: z.strictObject({ cursor: pageQuery.cursor }),
    limit: 'costly',
    audit: {
      action: 'problem.retry',
      detail: ({ params, prepared }) => ({
        code: params.code,
        classes: (prepared as ProblemRetry).classes,
        rows: (prepared as ProblemRetry).rows,
      }),
    },
    responses: { 202: { description: 'It is tried', schema: Retried } },
    // each class in a transaction of its own, so that nobody waits for all of them
    prepare: (c) =>
      c.store.problems.retry(c.scope, c.params.domainId, c.params.code, c.principal, c.query.cursor ?? null),
    handle: (c) => Promise.resolve({ status: 202, body: c.prepared }),
  }),
];
