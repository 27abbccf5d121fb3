/** Results (one student's score in one lineItem), and the plan: what a sync would do with them. */
import { z } from 'zod';
import { BatchInput, BatchRow, LmsId, LocalStatus, ResultInput } from '../gradebook/local.ts';
import { Finding } from '../gradebook/preflight/finding.ts';
import { putBatch } from './batch.ts';
import { bulkBodyLimit } from './body.ts';
import { everyone, gradebookWriters, noContent, ok, type Route, route } from './route.ts';
import {
  answers,
  CellStateName,
  flag,
  listOf,
  pageOf,
  planActions,
  PlanCounts,
  PlanNumbers,
  pageQuery,
  ReasonView,
  removed,
  Time,
} from './views.ts';

const SisBody = z.record(z.string(), z.unknown()).nullable();
export const CellView = z
  .strictObject({
    lineItemId: z.string(),
    studentId: z.string(),
    desired: z.strictObject({
      score: z.number().nullable(),
      status: LocalStatus.nullable(),
      late: z.boolean(),
      posted: z.boolean(),
      comment: z.string().nullable(),
      scoreDate: z.string().nullable(),
      version: z.int(),
      revision: z.int().nullable(),
    }),
    acknowledged: SisBody.meta({ description: 'what the SIS last acknowledged; null: nothing' }),
    state: CellStateName,
    reason: ReasonView.nullable(),
    nextAttemptAt: Time.nullable(),
    lastSentAt: Time.nullable(),
  })
  .meta({ id: 'Result' });
const PutResultView = z
  .strictObject({
    state: CellStateName,
    version: z.int(),
    ignored: z
      .literal('olderRevision')
      .optional()
      .meta({ description: 'an older or equal revision: nothing was changed' }),
    findings: z.array(Finding).meta({
      description:
        'what is known of this score before it is sent; what its lineItem waits for, the plan says',
    }),
  })
  .meta({ id: 'ResultAnswer' });
const BatchView = z
  .strictObject({
    accepted: z.int(),
    rejected: z.array(z.strictObject({ index: z.int(), code: z.string(), detail: z.string() })),
    findings: z
      .array(z.strictObject({ index: z.int(), findings: z.array(Finding) }))
      .optional()
      .meta({
        description:
          'rows that were kept, and of which something is known before they are sent; at most 200; left out: none',
      }),
    moreFindings: z.int().optional().meta({ description: 'so many rows more have findings: see the plan' }),
  })
  .meta({ id: 'BatchAnswer' });
/** Rows are checked one by one (batch.ts); the documentation still says what they are. */
const DocumentedBatch = BatchInput.extend({
  results: BatchInput.shape.results.meta({
    override: { items: { $ref: '#/components/schemas/BatchRow' } },
    description: 'valid rows are kept even if others are not; of one cell twice, the last counts',
  }),
}).meta({ id: 'BatchInput' });
export const documentedAlso = { BatchRow };

const PlanView = z
  .strictObject({
    planId: z.string().meta({ description: 'for the sync that is to do exactly this' }),
    readAt: Time.nullable().meta({ description: 'when the SIS was read for it; null: it was not' }),
    counts: PlanCounts,
    byKind: PlanNumbers,
    entries: z.array(
      z.strictObject({
        kind: z.enum(['lineItem', 'result']),
        lineItemId: z.string(),
        studentId: z.string().nullable(),
        action: z.enum(planActions),
        reason: ReasonView.nullable(),
        body: SisBody.meta({
          description:
            'what would be sent; of a conflict, what goes if ours is kept; null: nothing, or what is read of the SIS first decides',
        }),
        findings: z
          .array(Finding)
          .meta({ description: 'known before it is sent; what blocks or skips is why it is not' }),
        acknowledged: SisBody,
        sis: SisBody.optional().meta({
          description: 'what the SIS holds now; null: nothing; absent: it was not read, or did not show it',
        }),
      }),
    ),
  })
  .meta({ id: 'Plan' });
const tag = 'Results';
const one = '/v1/classes/{classId}/lineItems/{lineItemId}/results/{studentId}';

export const resultRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/results',
    operationId: 'listResults',
    summary:
      'Every cell of a class: what it should be in the SIS, what the SIS acknowledged, and why they differ',
    tag,
    roles: everyone,
    query: z.strictObject({ lineItemId: LmsId.optional(), state: CellStateName.optional(), ...pageQuery }),
    responses: answers(listOf(CellView)),
    handle: async (c) => {
      const { lineItemId, state } = c.query;
      return ok(
        await c.store.gradebook.results(c.scope, c.params.classId, { lineItemId, state }, pageOf(c.query)),
      );
    },
  }),
  route({
    method: 'post',
    path: '/v1/classes/{classId}/results/batch',
    operationId: 'putResults',
    summary: 'Up to 10,000 results at once',
    tag,
    roles: gradebookWriters,
    body: DocumentedBatch,
    bodyLimit: bulkBodyLimit,
    once: 'answer',
    responses: answers(BatchView, 'Which rows were kept'),
    handle: async (c) =>
      ok(
        await putBatch(c.body.results, (rows) =>
          c.store.gradebook.putResults(c.scope, c.params.classId, rows),
        ),
      ),
  }),
  route({
    method: 'get',
    path: one,
    operationId: 'getResult',
    summary: 'One cell',
    tag,
    roles: everyone,
    responses: answers(CellView),
    handle: async (c) => {
      const { classId, lineItemId, studentId } = c.params;
      return ok(await c.store.gradebook.result(c.scope, classId, lineItemId, studentId));
    },
  }),
  route({
    method: 'put',
    path: one,
    operationId: 'putResult',
    summary: 'What the SIS should hold for this student; the same again changes nothing',
    tag,
    roles: gradebookWriters,
    body: ResultInput,
    responses: { 202: { description: 'Kept; it goes to the SIS when it is due', schema: PutResultView } },
    handle: async (c) => {
      const { classId, lineItemId, studentId } = c.params;
      const row = { ...c.body, lineItemId, studentId };
      return { status: 202, body: await c.store.gradebook.putResult(c.scope, classId, row) };
    },
  }),
  route({
    method: 'delete',
    path: one,
    operationId: 'deleteResult',
    summary:
      'Forget one cell; what was sent stays in the SIS, or goes by `deletePropagation` (to clear it there, put a score of null)',
    tag,
    roles: gradebookWriters,
    responses: removed,
    handle: async (c) => {
      const { classId, lineItemId, studentId } = c.params;
      await c.store.gradebook.removeResult(c.scope, classId, lineItemId, studentId);
      return noContent;
    },
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/plan',
    operationId: 'getPlan',
    summary: 'The dry run: what a sync would do now; writes nothing',
    tag,
    roles: everyone,
    query: z.strictObject({
      mode: z.enum(['changes', 'all']).default('changes'),
      readSis: flag.meta({
        description: 'the class is read from the SIS first: what is there now stands beside each entry',
      }),
    }),
    limit: 'costly',
    responses: answers(PlanView),
    handle: async (c) => {
      const { mode, readSis = false } = c.query;
      return ok(await c.store.gradebook.plan(c.scope, c.params.classId, { mode, readSis }));
    },
  }),
];
