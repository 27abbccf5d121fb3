/** "Why isn't this grade in the SIS?": one call, the answer, and what it rests on. */
import { z } from 'zod';
import { everyone, ok, type Route, route } from './route.ts';
import { answers, CellStateName, ReasonView, Time } from './views.ts';

const Values = z.record(z.string(), z.unknown());
const ExplanationView = z
  .strictObject({
    answer: z.string().meta({ description: 'in plain words, with times as they are at the school' }),
    state: CellStateName,
    reason: ReasonView.nullable(),
    fixBy: ReasonView.shape.fixBy.meta({
      description: 'who can put it right; nobody: nothing has to be done',
    }),
    lineItemId: z.string(),
    studentId: z.string().nullable(),
    here: z
      .strictObject({ version: z.int(), at: Time, values: Values })
      .nullable()
      .meta({ description: 'what is here; null: no score was ever entered' }),
    acknowledged: z
      .strictObject({ version: z.int(), at: Time.nullable(), values: Values })
      .nullable()
      .meta({ description: 'what the SIS last acknowledged' }),
    seen: z
      .strictObject({ at: Time.nullable(), values: Values })
      .nullable()
      .meta({ description: 'what the SIS held when it was last read ({}: nothing); null: it was not read' }),
    verifiedAt: Time.nullable(),
    lastSentAt: Time.nullable(),
    nextAttemptAt: Time.nullable(),
    tries: z.int().meta({ description: 'failed tries in a row' }),
    lineItem: z
      .strictObject({ state: CellStateName, reason: ReasonView.nullable() })
      .nullable()
      .meta({ description: 'of a score: how its assignment stands' }),
    connection: z.strictObject({
      state: z.enum(['working', 'untried', 'broken', 'waiting', 'paused', 'off', 'excluded', 'none']),
      cause: ReasonView.nullable(),
      since: Time.nullable(),
      lastSuccessAt: Time.nullable(),
      nextProbeAt: Time.nullable(),
    }),
    timeZone: z.string(),
    timeline: z
      .array(
        z.strictObject({
          at: Time,
          event: z.enum(['entered', 'sync', 'attempt', 'acknowledged', 'verified', 'found', 'connection']),
          text: z.string(),
          code: ReasonView.shape.code.nullable(),
          version: z.int().nullable(),
        }),
      )
      .meta({ description: 'decisions and tries, newest first; at most 50' }),
  })
  .meta({ id: 'Explanation' });

const tag = 'Results';
const lineItem = '/v1/classes/{classId}/lineItems/{lineItemId}';

export const explanationRoutes: Route[] = [
  route({
    method: 'get',
    path: `${lineItem}/results/{studentId}/explanation`,
    operationId: 'explainResult',
    summary:
      'Why this score is, or is not, in the SIS: what happened to it, what comes next, who can put it right',
    tag,
    roles: everyone,
    responses: answers(ExplanationView),
    handle: async (c) => {
      const { classId, lineItemId, studentId } = c.params;
      return ok(await c.store.explanations.of(c.scope, classId, lineItemId, studentId));
    },
  }),
  route({
    method: 'get',
    path: `${lineItem}/explanation`,
    operationId: 'explainLineItem',
    summary: 'The same for a lineItem',
    tag,
    roles: everyone,
    responses: answers(ExplanationView),
    handle: async (c) =>
      ok(await c.store.explanations.of(c.scope, c.params.classId, c.params.lineItemId, null)),
  }),
];
