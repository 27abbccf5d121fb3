/** Schedules: when the classes of a domain are synced, compared with the SIS, or read from it, by themselves. */
import { z } from 'zod';
import { ScheduleInput } from '../passback/schedule-input.ts';
import type { ScheduleRunView as RunView, ScheduleView as View } from '../passback/ports/schedules.ts';
import { admins, type Answer, noContent, ok, type Route, route, settingsReaders } from './route.ts';
import { ScheduleRunList, ScheduleRunView, SchedulePreviewView, ScheduleView } from './schedule-views.ts';
import { ifMatch, readIfMatch } from './if-match.ts';
import { answers, listOf, NoFields, pageOf, PageQuery, removed } from './views.ts';

const tag = 'Schedules';
const ofDomain = '/v1/domains/{domainId}/schedules';
const one = '/v1/schedules/{scheduleId}';
const etagged = { ETag: 'its revision, for If-Match' };
const Changed = z
  .strictObject({ changed: z.int().meta({ description: 'schedules of the domain and below' }) })
  .meta({ id: 'SchedulesChanged' });

export const scheduleRoutes: Route[] = [
  route({
    method: 'get',
    path: ofDomain,
    operationId: 'listSchedules',
    summary: 'The schedules of the domain and below',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    responses: answers(listOf(ScheduleView)),
    handle: async (c) => ok(await c.store.schedules.list(c.scope, c.params.domainId, pageOf(c.query))),
  }),
  route({
    method: 'post',
    path: ofDomain,
    operationId: 'createSchedule',
    summary:
      'Sync the classes of the domain, or some of them, compare them with the SIS, or read rosters from it, at set times',
    tag,
    roles: admins,
    body: ScheduleInput,
    audit: {
      action: 'schedule.create',
      subject: (_c, { body }) => ({ scheduleId: (body as View).id }),
      detail: ({ body }) => ({ type: body.type, classes: body.classIds?.length ?? null }),
    },
    once: 'answer',
    responses: {
      201: { description: 'Made', schema: ScheduleView, headers: { ...etagged, Location: 'the schedule' } },
    },
    handle: async (c) => {
      const made = await c.store.schedules.create(c.scope, c.params.domainId, c.body, c.principal);
      const answer = tagged(made);
      return {
        ...answer,
        status: 201,
        headers: { ...answer.headers, Location: `/v1/schedules/${made.schedule.id}` },
      };
    },
  }),
  route({
    method: 'post',
    path: `${ofDomain}/preview`,
    operationId: 'previewSchedule',
    summary: 'When such a schedule would run; nothing is kept',
    tag,
    roles: admins,
    body: ScheduleInput,
    responses: answers(SchedulePreviewView),
    handle: async (c) => ok(await c.store.schedules.preview(c.scope, c.params.domainId, c.body)),
  }),
  route({
    method: 'post',
    path: `${ofDomain}/pauseAll`,
    operationId: 'pauseAllSchedules',
    summary: 'Pause every schedule of the domain and below; runs that are under way go on',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'schedule.pause', detail: (_c, { body }) => ({ ...(body as { changed: number }) }) },
    once: 'answer',
    responses: answers(Changed, 'Paused'),
    handle: async (c) => ok(await c.store.schedules.pauseAll(c.scope, c.params.domainId, c.principal)),
  }),
  route({
    method: 'post',
    path: `${ofDomain}/resumeAll`,
    operationId: 'resumeAllSchedules',
    summary: 'Resume every schedule of the domain and below; what they missed is not made up for',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'schedule.resume', detail: (_c, { body }) => ({ ...(body as { changed: number }) }) },
    once: 'answer',
    responses: answers(Changed, 'Resumed'),
    handle: async (c) => ok(await c.store.schedules.resumeAll(c.scope, c.params.domainId)),
  }),
  route({
    method: 'get',
    path: one,
    operationId: 'getSchedule',
    summary: 'One schedule',
    tag,
    roles: settingsReaders,
    responses: { 200: { description: 'Here it is', schema: ScheduleView, headers: etagged } },
    handle: async (c) => tagged(await c.store.schedules.get(c.scope, c.params.scheduleId)),
  }),
  route({
    method: 'put',
    path: one,
    operationId: 'putSchedule',
    summary: 'Replace a schedule; a paused one stays paused',
    tag,
    roles: admins,
    body: ScheduleInput,
    requestHeaders: ifMatch,
    audit: {
      action: 'schedule.put',
      before: async (c) => (await c.store.schedules.get(c.scope, c.params.scheduleId)).schedule,
    },
    responses: { 200: { description: 'Replaced', schema: ScheduleView, headers: etagged } },
    handle: async (c) => {
      const revision = readIfMatch(c.header('if-match'));
      return tagged(await c.store.schedules.put(c.scope, c.params.scheduleId, c.body, revision, c.principal));
    },
  }),
  route({
    method: 'delete',
    path: one,
    operationId: 'deleteSchedule',
    summary: 'Remove a schedule; syncs that it has started go on',
    tag,
    roles: admins,
    audit: { action: 'schedule.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.schedules.remove(c.scope, c.params.scheduleId);
      return noContent;
    },
  }),
  route({
    method: 'post',
    path: `${one}/pause`,
    operationId: 'pauseSchedule',
    summary: 'It does not run until it is resumed; a run that is under way goes on',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'schedule.pause' },
    once: 'answer',
    responses: answers(ScheduleView, 'Paused'),
    handle: async (c) => ok(await c.store.schedules.pause(c.scope, c.params.scheduleId, c.principal)),
  }),
  route({
    method: 'post',
    path: `${one}/resume`,
    operationId: 'resumeSchedule',
    summary: 'It runs again from its next time on; what it missed is not made up for',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'schedule.resume' },
    once: 'answer',
    responses: answers(ScheduleView, 'Resumed'),
    handle: async (c) => ok(await c.store.schedules.resume(c.scope, c.params.scheduleId)),
  }),
  route({
    method: 'post',
    path: `${one}/run`,
    operationId: 'runSchedule',
    summary: 'Run it now, also while it is paused or in quiet hours',
    tag,
    roles: admins,
    body: NoFields,
    bodyOptional: true,
    audit: { action: 'schedule.run', detail: (_c, { body }) => ({ runId: (body as RunView).id }) },
    once: 'answer',
    limit: 'costly',
    responses: { 202: { description: 'It begins', schema: ScheduleRunView } },
    handle: async (c) => ({
      status: 202,
      body: await c.store.schedules.run(c.scope, c.params.scheduleId, c.principal),
    }),
  }),
  route({
    method: 'get',
    path: `${one}/runs`,
    operationId: 'listScheduleRuns',
    summary: 'Its runs, newest first',
    tag,
    roles: settingsReaders,
    query: PageQuery,
    responses: answers(ScheduleRunList),
    handle: async (c) => ok(await c.store.schedules.runs(c.scope, c.params.scheduleId, pageOf(c.query))),
  }),
];

const tagged = ({ schedule, revision }: { schedule: View; revision: number }): Answer => ({
  status: 200,
  body: schedule,
  headers: { ETag: `"${revision}"` },
});
