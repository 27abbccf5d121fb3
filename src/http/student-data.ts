/** What is held about one student: to hand it out when he asks for it, and to forget it. */
import { z } from 'zod';
import { LmsId } from '../gradebook/local.ts';
import type { StudentName } from '../passback/ports/student-data.ts';
import { invalid } from '../passback/refusal.ts';
import { CellView } from './results.ts';
import { admins, ok, type Route, route } from './route.ts';
import { StudentView } from './students.ts';
import { answers, flag, plainText, ReasonView, Time } from './views.ts';

const { lineItemId, desired, acknowledged, lastSentAt } = CellView.shape;
const HeldResult = z.strictObject({
  lineItemId,
  lineItemTitle: z.string(),
  desired,
  acknowledged,
  lastSentAt,
  acknowledgedAt: Time.nullable(),
  verifiedAt: Time.nullable(),
  resultSourcedId: z.string().nullable(),
  seen: acknowledged.meta({
    description: 'what the SIS held when it was last read; null: nothing, or never read',
  }),
  seenAt: Time.nullable(),
  tries: z
    .array(
      z.strictObject({
        at: Time,
        times: z.int(),
        version: z.int(),
        outcome: z.enum(['created', 'updated', 'refused', 'retry']),
        code: z.string().nullable(),
      }),
    )
    .meta({ description: 'what the SIS answered lately; equal tries are one that counts' }),
});
const SisValues = z.record(z.string(), z.unknown()).nullable();
const StudentDataView = z
  .strictObject({
    studentId: z.string().nullable(),
    sourcedId: z.string().nullable(),
    enrollments: z.array(
      z.strictObject({
        classId: z.string(),
        domainId: z.string(),
        classTitle: z.string(),
        student: StudentView,
        results: z.array(HeldResult),
      }),
    ),
    inRosterCopy: z
      .array(
        z.strictObject({
          sourcedId: z.string(),
          givenName: z.string().nullable(),
          familyName: z.string().nullable(),
          classSourcedIds: z.array(z.string()),
        }),
      )
      .meta({ description: 'what roster pulls read of him in the SIS' }),
    beforeSyncs: z
      .array(
        z.strictObject({
          classId: z.string(),
          snapshotId: z.string(),
          lineItemId: z.string(),
          held: SisValues,
          at: Time,
        }),
      )
      .meta({ description: 'what the SIS held of him before syncs wrote there' }),
    deleted: z
      .array(
        z.strictObject({
          classId: z.string(),
          lineItemId: z.string(),
          resultSourcedId: z.string().nullable(),
          held: SisValues,
          at: Time,
        }),
      )
      .meta({ description: 'results that were deleted here, and what the SIS had of them' }),
    history: z
      .array(
        z.strictObject({
          classId: z.string(),
          syncId: z.string(),
          lineItemId: z.string(),
          action: z.enum(['created', 'updated', 'unchanged', 'skipped', 'failed', 'conflict']),
          reason: ReasonView.nullable(),
          version: z.int(),
          at: Time,
        }),
      )
      .meta({ description: 'what syncs did with his results, and when' }),
  })
  .meta({ id: 'StudentData' });
const ErasedView = z
  .strictObject({
    erased: z.strictObject({ enrollments: z.int(), results: z.int(), historyEntries: z.int() }),
    remainsInSis: z
      .array(
        z.strictObject({
          classId: z.string(),
          lineItemId: z.string(),
          lineItemSourcedId: z.string().nullable(),
          resultSourcedId: z.string().nullable(),
          lastSentAt: Time.nullable(),
        }),
      )
      .meta({
        description:
          'what was sent: it is still in the SIS, whose own people delete it there. This list is not kept',
      }),
  })
  .meta({ id: 'StudentErased' });

const who = { studentId: LmsId.optional(), sourcedId: plainText(255).optional() };
const tag = 'Student data';
const path = '/v1/domains/{domainId}/studentData';

/** One of the two: together they could mean two students. */
function named(query: { studentId?: string | undefined; sourcedId?: string | undefined }): StudentName {
  const { studentId, sourcedId } = query;
  if (studentId !== undefined && sourcedId === undefined) return { studentId };
  if (sourcedId !== undefined && studentId === undefined) return { sourcedId };
  throw invalid('?studentId', 'is needed, or ?sourcedId, and not both');
}
const by = (query: Parameters<typeof named>[0]) => ({ by: Object.keys(named(query))[0] });

export const studentDataRoutes: Route[] = [
  route({
    method: 'get',
    path,
    operationId: 'getStudentData',
    summary: 'Everything held about one student in this subtree, by the LMS’s id or the SIS’s (or customId)',
    tag,
    roles: admins,
    query: z.strictObject(who),
    audit: { action: 'student.export', detail: (c) => by(c.query) },
    limit: 'costly',
    responses: answers(StudentDataView),
    handle: async (c) => ok(await c.store.students.data(c.scope, c.params.domainId, named(c.query))),
  }),
  route({
    method: 'delete',
    path,
    operationId: 'eraseStudentData',
    summary:
      'Forget one student: enrollments, results, his id in the history. Nothing is sent for it, and nothing deleted in the SIS',
    tag,
    roles: admins,
    query: z.strictObject({
      ...who,
      confirm: flag.meta({
        description: 'needed: without it the answer is 409 and tells how much it would be',
      }),
    }),
    audit: {
      action: 'student.erase',
      detail: (c, answer) => ({ ...by(c.query), ...(answer.body as { erased: object }).erased }),
    },
    limit: 'costly',
    responses: answers(ErasedView, 'Erased, and what remains elsewhere'),
    handle: async (c) =>
      ok(await c.store.students.erase(c.scope, c.params.domainId, named(c.query), c.query.confirm ?? false)),
  }),
];
