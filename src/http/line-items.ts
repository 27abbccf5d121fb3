/** LineItems (assignments) as the LMS gives them, and what a teacher decides about one. */
import { z } from 'zod';
import { LineItemInput, OverridesInput } from '../gradebook/local.ts';
import { Finding } from '../gradebook/preflight/finding.ts';
import { cellStates } from '../passback/state.ts';
import { ifMatch, readIfTag, tagged, taggedAnswers } from './if-match.ts';
import {
  everyone,
  gradebookWriters,
  noContent,
  ok,
  putAnswer,
  type Route,
  route,
  teaching,
} from './route.ts';
import {
  answered,
  answers,
  CellStateName,
  listOf,
  PageQuery,
  pageOf,
  putResponses,
  ReasonView,
  removed,
  Time,
} from './views.ts';

const counts = Object.fromEntries(cellStates.map((state) => [state, z.int().optional()]));
const LineItemView = z
  .strictObject({
    lineItemId: z.string(),
    ...answered(LineItemInput.shape),
    overrides: OverridesInput.meta({ description: 'what a teacher decided: stronger than the LMS’s values' }),
    state: CellStateName,
    reason: ReasonView.nullable(),
    sourcedId: z.string().nullable().meta({ description: 'in the SIS; null: never sent' }),
    asSent: z
      .strictObject({
        title: z.string(),
        dueDate: Time.nullable(),
        categorySourcedId: z.string().nullable(),
        categoryTitle: z.string().nullable().meta({ description: 'as the SIS calls it; null: not known' }),
      })
      .meta({
        description:
          'as the SIS has it, or would get it: after the settings, what the teacher decided, and the defaults',
      }),
    lastSentAt: Time.nullable(),
    nextAttemptAt: Time.nullable(),
    cells: z.strictObject(counts).meta({ description: 'its results by state' }),
    findings: z.array(Finding).meta({ description: 'what is known before it is sent' }),
  })
  .meta({ id: 'LineItem' });
const tag = 'LineItems';
const one = '/v1/classes/{classId}/lineItems/{lineItemId}';

export const lineItemRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/lineItems',
    operationId: 'listLineItems',
    summary: 'The lineItems of a class, each with its state',
    tag,
    roles: everyone,
    query: PageQuery,
    responses: answers(listOf(LineItemView)),
    handle: async (c) => ok(await c.store.gradebook.lineItems(c.scope, c.params.classId, pageOf(c.query))),
  }),
  route({
    method: 'get',
    path: one,
    operationId: 'getLineItem',
    summary: 'One lineItem with its state',
    tag,
    roles: everyone,
    responses: answers(LineItemView),
    handle: async (c) => ok(await c.store.gradebook.lineItem(c.scope, c.params.classId, c.params.lineItemId)),
  }),
  route({
    method: 'put',
    path: one,
    operationId: 'putLineItem',
    summary: 'Make or replace a lineItem',
    tag,
    roles: gradebookWriters,
    body: LineItemInput,
    responses: putResponses(LineItemView),
    handle: async (c) =>
      putAnswer(await c.store.gradebook.putLineItem(c.scope, c.params.classId, c.params.lineItemId, c.body)),
  }),
  route({
    method: 'delete',
    path: one,
    operationId: 'deleteLineItem',
    summary:
      'Remove a lineItem with its results; what the SIS has stays there, or goes by `deletePropagation`',
    tag,
    roles: gradebookWriters,
    audit: { action: 'lineItem.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.gradebook.removeLineItem(c.scope, c.params.classId, c.params.lineItemId);
      return noContent;
    },
  }),
  route({
    method: 'get',
    path: `${one}/overrides`,
    operationId: 'getOverrides',
    summary: 'What a teacher decided about this lineItem',
    tag,
    roles: everyone,
    responses: taggedAnswers(OverridesInput),
    handle: async (c) =>
      tagged(await c.store.gradebook.overrides(c.scope, c.params.classId, c.params.lineItemId)),
  }),
  route({
    method: 'put',
    path: `${one}/overrides`,
    operationId: 'putOverrides',
    summary: 'Decide about this lineItem; stronger than what the LMS says',
    tag,
    roles: teaching,
    body: OverridesInput,
    requestHeaders: ifMatch,
    audit: {
      action: 'overrides.put',
      before: (c) => c.store.gradebook.overrides(c.scope, c.params.classId, c.params.lineItemId),
    },
    responses: taggedAnswers(OverridesInput, 'Replaced'),
    handle: async (c) => {
      const { classId, lineItemId } = c.params;
      const tag = readIfTag(c.header('if-match'));
      return tagged(await c.store.gradebook.putOverrides(c.scope, classId, lineItemId, c.body, tag));
    },
  }),
];
