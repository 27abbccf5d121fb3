/** What was deleted here and is, or was, in the SIS: planned, done, or for somebody to remove by hand. */
import { z } from 'zod';
import { everyone, ok, type Route, route } from './route.ts';
import { answers, listOf, NoFields, pageOf, pageQuery, ReasonView, Time } from './views.ts';

const states = ['planned', 'done', 'refused', 'toDoByHand'] as const;
const DeletionView = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['lineItem', 'result']),
    lineItemId: z.string(),
    studentId: z.string().nullable(),
    title: z.string().meta({ description: 'of the lineItem' }),
    sourcedId: z.string().meta({ description: 'in the SIS' }),
    state: z.enum(states).meta({
      description:
        'planned: it is sent · refused: the SIS does not allow it · toDoByHand: by the settings nothing is sent',
    }),
    results: z.int().meta({ description: 'of a lineItem: scores that went with it' }),
    waitsForSync: z
      .boolean()
      .meta({ description: 'where sending is not automatic: the next sync of the class takes it along' }),
    nextAttemptAt: Time.nullable(),
    reason: ReasonView.nullable(),
    createdAt: Time,
    doneAt: Time.nullable(),
    doneBy: z
      .string()
      .nullable()
      .meta({ description: 'who has ticked it off; null: nobody, it was done by us' }),
  })
  .meta({ id: 'Deletion' });

const tag = 'Deletions';

export const deletionRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/deletions',
    operationId: 'listDeletions',
    summary: 'What was deleted here and is, or was, in the SIS, newest first',
    tag,
    roles: everyone,
    query: z.strictObject({ state: z.enum(states).optional(), ...pageQuery }),
    responses: answers(listOf(DeletionView)),
    handle: async (c) => {
      const { state } = c.query;
      return ok(await c.store.deletions.list(c.scope, c.params.classId, { state }, pageOf(c.query)));
    },
  }),
  route({
    method: 'post',
    path: '/v1/classes/{classId}/deletions/{deletionId}/done',
    operationId: 'tickOffDeletion',
    summary: 'It was removed in the SIS by hand: nothing more is sent for it',
    tag,
    roles: everyone,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'deletion.done' },
    responses: answers(DeletionView, 'Ticked off'),
    handle: async (c) =>
      ok(await c.store.deletions.done(c.scope, c.params.classId, c.params.deletionId, c.principal)),
  }),
];
