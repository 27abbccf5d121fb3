/** Conflicts: where the SIS holds what was never sent from here, and who says which one counts. */
import { z } from 'zod';
import type { Resolved } from '../passback/ports/conflicts.ts';
import { type Answer, type AnyContext, type Audited, everyone, ok, type Route, route } from './route.ts';
import { answers, listOf, pageOf, PageQuery, plainText, ReasonView, Time } from './views.ts';

const Values = z.record(z.string(), z.unknown()).nullable();
const ConflictView = z
  .strictObject({
    id: z.string().meta({ description: 'of the conflict as it is now: one that changes has another id' }),
    kind: z.enum(['lineItem', 'result']),
    lineItemId: z.string(),
    studentId: z.string().nullable(),
    cause: z.enum(['changed', 'altered', 'owned']).meta({
      description:
        'changed: somebody entered it in the SIS · altered: the SIS puts it there whatever is sent · owned: the SIS lets nobody else change it',
    }),
    acknowledged: Values.meta({ description: 'what was last sent from here; null: nothing' }),
    sis: Values.meta({ description: 'what the SIS holds, as last read; null: not known' }),
    lms: Values.meta({ description: 'what would be sent now; null: nothing' }),
    since: Time.nullable(),
    reason: ReasonView,
  })
  .meta({ id: 'Conflict' });
const keep = z.enum(['lms', 'sis']).meta({
  description:
    'lms: it is sent over what is there, once · sis: what is there stays until it changes here (the only way where the SIS owns it)',
});
const ResolveBody = z.strictObject({ keep }).meta({ id: 'ResolveConflict' });
const ResolveManyBody = z
  .strictObject({
    keep,
    ids: z.array(plainText(255)).min(1).max(1000).optional().meta({ description: 'left out: all of them' }),
  })
  .meta({ id: 'ResolveConflicts' });
const ResolvedView = z
  .strictObject({
    classId: z.string(),
    keep,
    resolved: z.int(),
    left: z.int().meta({ description: 'that cannot be decided so: the SIS owns them' }),
    syncId: z.string().nullable().meta({ description: 'the sync that sends them; null: nothing is sent' }),
  })
  .meta({ id: 'ResolvedConflicts' });

const resolved: Audited<AnyContext> = {
  action: 'conflict.resolve',
  subject: (_c, answer) => ({ classId: (answer.body as Resolved).classId }),
  detail: (_c, answer: Answer) => {
    const { keep, resolved: rows } = answer.body as Resolved;
    return { keep, rows };
  },
};
const tag = 'Conflicts';

export const conflictRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/conflicts',
    operationId: 'listConflicts',
    summary: 'Where the SIS holds something else than what was sent and what would be sent',
    tag,
    roles: everyone,
    query: PageQuery,
    responses: answers(listOf(ConflictView)),
    handle: async (c) => ok(await c.store.conflicts.list(c.scope, c.params.classId, pageOf(c.query))),
  }),
  route({
    method: 'post',
    path: '/v1/classes/{classId}/conflicts/resolve',
    operationId: 'resolveConflicts',
    summary: 'Decide many at once',
    tag,
    roles: everyone,
    body: ResolveManyBody,
    audit: resolved,
    once: 'answer',
    limit: 'costly',
    responses: answers(ResolvedView, 'Decided'),
    handle: async (c) =>
      ok(await c.store.conflicts.resolveMany(c.scope, c.params.classId, c.body, c.principal)),
  }),
  route({
    method: 'post',
    path: '/v1/conflicts/{conflictId}/resolve',
    operationId: 'resolveConflict',
    summary: 'Say which one counts; refused with CONFLICT_CHANGED when it is another one by now',
    tag,
    roles: everyone,
    body: ResolveBody,
    audit: resolved,
    once: 'answer',
    limit: 'costly',
    responses: answers(ResolvedView, 'Decided'),
    handle: async (c) =>
      ok(await c.store.conflicts.resolve(c.scope, c.params.conflictId, c.body.keep, c.principal)),
  }),
];
