/** How a class stands, in one small answer: for buttons and badges, which nobody has pressed yet. */
import { z } from 'zod';
import { LmsId } from '../gradebook/local.ts';
import { cellStates } from '../passback/state.ts';
import { everyone, ok, type Route, route } from './route.ts';
import { SyncAnswer } from './sync-views.ts';
import { answers, ReasonView, Time } from './views.ts';

const counts = z.strictObject(Object.fromEntries(cellStates.map((state) => [state, z.int().optional()])));
const StandingView = z
  .strictObject({
    reason: ReasonView.nullable().meta({ description: 'why nothing of the class can be sent, or not now' }),
    lineItems: counts,
    results: counts,
    changes: z.int().meta({ description: 'what a sync would take in: lineItems and results together' }),
    attention: z.int().meta({
      description:
        'what needs somebody, each thing once: scores that only wait for their lineItem are not counted',
    }),
    sync: SyncAnswer.nullable().meta({ description: 'under way, or waiting for a confirmation' }),
    lastSync: SyncAnswer.nullable().meta({
      description:
        'the last that has ended; null also where a lineItem or student is asked for: no sync is of that alone',
    }),
    lastSentAt: Time.nullable().meta({ description: 'when something of what is asked for was sent last' }),
  })
  .meta({ id: 'ClassStanding' });

export const standingRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/standing',
    operationId: 'getStanding',
    summary: 'How a class stands, in numbers; or one lineItem of it, or one student',
    tag: 'Classes',
    roles: everyone,
    query: z.strictObject({ lineItemId: LmsId.optional(), studentId: LmsId.optional() }),
    responses: answers(StandingView),
    handle: async (c) => ok(await c.store.standings.of(c.scope, c.params.classId, c.query)),
  }),
];
