/** Classes and rosters read from the SIS, so that an LMS need not push what the SIS knows. */
import { z } from 'zod';
import { rosterLists } from '../gradebook/roster/items.ts';
import type { RosterPullView } from '../passback/ports/roster-pulls.ts';
import { type Answer, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, listOf, NoFields, pageOf, PageQuery, ReasonView, Time } from './views.ts';

const counts = <const N extends string>(...names: N[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, z.int()])) as Record<N, z.ZodInt>);
const PullView = z
  .strictObject({
    id: z.string(),
    domainId: z.string(),
    startedBy: z.string(),
    status: z.enum(['processing', 'complete', 'completeWithProblems', 'failed', 'cancelled']),
    mode: z.enum(['full', 'changes']).nullable().meta({
      description: 'all of the SIS’s lists, or only what changed since the last pull; null: not begun',
    }),
    dryRun: z.boolean(),
    phase: z
      .enum([...rosterLists, 'matching', 'creating'])
      .nullable()
      .meta({ description: 'what is done now; null: it has ended' }),
    counts: z.strictObject({
      read: counts(...rosterLists, 'pages').meta({ description: 'what the SIS listed, in how many answers' }),
      classes: counts('linked', 'filled', 'created', 'unmatched').meta({
        description: 'filled: something that the LMS left empty was filled in, or would be in a dry run',
      }),
      students: counts('linked', 'filled', 'created', 'deactivated', 'unmatched'),
    }),
    partialLists: z.array(z.string()).meta({
      description: 'lists that the SIS did not give whole: what is missing in them is not taken as gone',
    }),
    reason: ReasonView.nullable().meta({ description: 'why it waits, has failed, or left something' }),
    nextAttemptAt: Time.nullable(),
    startedAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: 'RosterPull' });
const Unmatched = z
  .strictObject({
    kind: z.enum(['class', 'student']),
    sourcedId: z.string().nullable().meta({ description: 'the SIS’s id' }),
    classId: z.string().nullable(),
    studentId: z.string().nullable(),
    reason: ReasonView,
    candidates: z.int().meta({ description: 'how many it could be' }),
  })
  .meta({ id: 'RosterUnmatched' });
const Request = z
  .strictObject({
    full: z
      .boolean()
      .default(false)
      .meta({ description: 'read everything, not only what changed since the last pull' }),
    dryRun: z.boolean().default(false).meta({ description: 'only find out what it would do' }),
    confirm: z
      .boolean()
      .default(false)
      .meta({ description: 'also where more than a fifth of a class, or of a list, would be gone' }),
  })
  .meta({ id: 'RosterPullRequest' });
const tag = 'Roster pulls';
const path = '/v1/domains/{domainId}/rosterPulls';
const one = '/v1/rosterPulls/{rosterPullId}';
const started = (pull: RosterPullView, joined: boolean): Answer => ({
  status: joined ? 200 : 202,
  body: pull,
  headers: { Location: `/v1/rosterPulls/${pull.id}` },
});

export const rosterPullRoutes: Route[] = [
  route({
    method: 'post',
    path,
    operationId: 'pullRoster',
    summary:
      'Read classes, students, enrollments and grading periods from the SIS: what the LMS left empty is filled in, what is not certain is told. The setting `rosterPull` must allow it',
    tag,
    roles: settingsReaders,
    body: Request,
    bodyOptional: true,
    audit: {
      action: 'rosterPull.start',
      detail: ({ body }) => ({ full: body.full, dryRun: body.dryRun, confirm: body.confirm }),
    },
    once: 'answer',
    limit: 'costly',
    responses: {
      202: {
        description: 'It is read page by page, when there is nothing to send',
        schema: PullView,
        headers: { Location: 'the pull' },
      },
      200: {
        description: 'One of this domain is under way already: here it is, and nothing more is begun',
        schema: PullView,
        headers: { Location: 'the pull' },
      },
    },
    handle: async (c) => {
      const { pull, joined } = await c.store.rosterPulls.start(
        c.scope,
        c.params.domainId,
        c.body,
        c.principal,
      );
      return started(pull, joined);
    },
  }),
  route({
    method: 'get',
    path,
    operationId: 'listRosterPulls',
    summary: 'The pulls of this subtree, newest first',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    responses: answers(listOf(PullView)),
    handle: async (c) => ok(await c.store.rosterPulls.list(c.scope, c.params.domainId, pageOf(c.query))),
  }),
  route({
    method: 'get',
    path: one,
    operationId: 'getRosterPull',
    summary: 'How far a pull is, and what it did',
    tag,
    roles: settingsReaders,
    responses: answers(PullView),
    handle: async (c) => ok(await c.store.rosterPulls.get(c.scope, c.params.rosterPullId)),
  }),
  route({
    method: 'get',
    path: `${one}/unmatched`,
    operationId: 'listUnmatched',
    summary: 'What it could not match and did not guess, with what to do about each',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    responses: answers(listOf(Unmatched)),
    handle: async (c) =>
      ok(await c.store.rosterPulls.unmatched(c.scope, c.params.rosterPullId, pageOf(c.query))),
  }),
  route({
    method: 'post',
    path: `${one}/cancel`,
    operationId: 'cancelRosterPull',
    summary: 'Stop it; what was filled in stays',
    tag,
    roles: settingsReaders,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'rosterPull.cancel' },
    once: 'answer',
    responses: answers(PullView, 'Cancelled, or as it ended'),
    handle: async (c) => ok(await c.store.rosterPulls.cancel(c.scope, c.params.rosterPullId)),
  }),
];
