/** Classes, and what a teacher decides for a whole one. */
import { z } from 'zod';
import { ClassInput, LmsId, SyncSettingsInput } from '../gradebook/local.ts';
import { ifMatch, readIfTag, tagged, taggedAnswers } from './if-match.ts';
import { everyone, gradebookWriters, noContent, ok, putAnswer, type Route, route } from './route.ts';
import {
  answered,
  answers,
  FromSis,
  listOf,
  pageOf,
  pageQuery,
  plainText,
  putResponses,
  removed,
  Time,
} from './views.ts';

const ClassView = z
  .strictObject({ classId: z.string(), ...answered(ClassInput.shape), fromSis: FromSis })
  .meta({ id: 'Class' });
const SyncSettingsView = z.strictObject(answered(SyncSettingsInput.shape)).meta({ id: 'SyncSettingsAnswer' });
const SendingView = z
  .strictObject({
    sending: z.enum(['on', 'off', 'excluded', 'paused', 'noConnection']),
    linked: z.boolean().meta({ description: 'to a class of the SIS' }),
    timeZone: z.string().meta({ description: 'the school’s' }),
    automatic: z.strictObject({
      on: z.boolean().meta({ description: 'new grades of the class go by themselves' }),
      byDomain: z.boolean().meta({ description: 'what holds where the class says `inherit`' }),
      gatherSeconds: z.int(),
      firstWaits: z
        .boolean()
        .meta({ description: 'nothing goes by itself until the first sync of the class was confirmed' }),
    }),
    nextScheduledAt: Time.nullable().meta({ description: 'when the next schedule takes it along' }),
    conflictPolicy: z.enum(['ask', 'lmsWins', 'keepSis']),
    titleLimit: z
      .int()
      .nullable()
      .meta({ description: 'characters that the SIS allows a title; null: no limit is known' }),
  })
  .meta({ id: 'ClassSending' });
const tag = 'Classes';
const gradebookKeepers = ['root', 'admin', 'lms'] as const;

export const classRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes',
    operationId: 'listClasses',
    summary: 'The classes that the caller may see; ?domainId= those of a subtree',
    tag,
    roles: everyone,
    query: z.strictObject({
      domainId: LmsId.optional(),
      text: plainText(100)
        .optional()
        .meta({ description: 'somewhere in the title, in any case; or one of its ids as it is' }),
      ...pageQuery,
    }),
    holders: ({ query }) => (query.domainId === undefined ? [] : [{ what: 'domain', key: query.domainId }]),
    responses: answers(listOf(ClassView)),
    handle: async (c) => {
      const { domainId = null, text = null, ...page } = c.query;
      return ok(await c.store.classes.list(c.scope, { domainId, text }, pageOf(page)));
    },
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}',
    operationId: 'getClass',
    summary: 'One class',
    tag,
    roles: everyone,
    responses: answers(ClassView),
    handle: async (c) => ok(await c.store.classes.get(c.scope, c.params.classId)),
  }),
  route({
    method: 'put',
    path: '/v1/classes/{classId}',
    operationId: 'putClass',
    summary: 'Make or replace a class',
    tag,
    roles: gradebookWriters,
    body: ClassInput,
    // The class may be new: its domain tells the tenant.
    holders: ({ body }) => [{ what: 'domain', key: body.domainId }],
    responses: putResponses(ClassView),
    handle: async (c) => putAnswer(await c.store.classes.put(c.scope, c.params.classId, c.body)),
  }),
  route({
    method: 'delete',
    path: '/v1/classes/{classId}',
    operationId: 'deleteClass',
    summary: 'Remove a class with its roster and gradebook; what the SIS has stays there',
    tag,
    roles: gradebookWriters,
    audit: { action: 'class.delete' },
    responses: removed,
    handle: async (c) => {
      await c.store.classes.remove(c.scope, c.params.classId);
      return noContent;
    },
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/syncSettings',
    operationId: 'getSyncSettings',
    summary: 'Whether new grades of this class are sent automatically, and what counts in a conflict',
    tag,
    roles: everyone,
    responses: taggedAnswers(SyncSettingsView),
    handle: async (c) => tagged(await c.store.classes.syncSettings(c.scope, c.params.classId)),
  }),
  route({
    method: 'put',
    path: '/v1/classes/{classId}/syncSettings',
    operationId: 'putSyncSettings',
    summary: 'Send new grades of this class automatically, or not, or as the domain says',
    tag,
    roles: everyone,
    body: SyncSettingsInput,
    requestHeaders: ifMatch,
    audit: {
      action: 'syncSettings.put',
      before: (c) => c.store.classes.syncSettings(c.scope, c.params.classId),
    },
    responses: taggedAnswers(SyncSettingsView, 'Replaced'),
    handle: async (c) => {
      const tag = readIfTag(c.header('if-match'));
      return tagged(await c.store.classes.putSyncSettings(c.scope, c.params.classId, c.body, tag));
    },
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/sending',
    operationId: 'getClassSending',
    summary: 'How this class is sent: what is in force for it, and when it goes by itself',
    tag,
    roles: everyone,
    responses: answers(SendingView),
    handle: async (c) => ok(await c.store.classes.sending(c.scope, c.params.classId)),
  }),
  route({
    method: 'post',
    path: '/v1/classes/{classId}/readBack',
    operationId: 'readBackClass',
    summary:
      'Have the SIS asked now what it holds of this class (after a restored backup, a change made there by hand)',
    tag,
    roles: gradebookKeepers,
    once: 'answer',
    limit: 'costly',
    audit: { action: 'class.readBack' },
    responses: {
      202: {
        description:
          'It is read as soon as there is nothing to send; what was written just now, a little later',
        schema: z.strictObject({ lineItems: z.number().int() }).meta({ id: 'ReadBackAnswer' }),
      },
    },
    handle: async (c) => ({ status: 202, body: await c.store.classes.readBack(c.scope, c.params.classId) }),
  }),
];
