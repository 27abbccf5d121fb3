/** Which SIS category a local one stands for, and which ones the SIS has. */
import { z } from 'zod';
import { CategoryMapping, LmsId } from '../gradebook/local.ts';
import { ifMatch, readIfTag, tagged, taggedAnswers } from './if-match.ts';
import { admins, everyone, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, flag, ReasonView, Time } from './views.ts';

const sisCategory = { sourcedId: z.string(), title: z.string() };
const SisCategoriesView = z
  .strictObject({
    items: z.array(
      z.strictObject({
        ...sisCategory,
        formerly: z
          .string()
          .nullable()
          .meta({ description: 'what it was called when somebody last saved the mapping; null: the same' }),
      }),
    ),
    readAt: Time,
    suggestions: z.array(
      z.strictObject({
        categoryId: z.string(),
        title: z.string(),
        sourcedId: z.string().nullable(),
        how: z
          .enum(['mapped', 'domain', 'sameName', 'default'])
          .nullable()
          .meta({ description: 'why it maps to this one; null: it maps to none' }),
        reason: ReasonView.nullable().meta({ description: 'why it maps to none' }),
        similar: z
          .array(z.strictObject(sisCategory))
          .meta({ description: 'others whose names are like it, the likeliest first' }),
      }),
    ),
  })
  .meta({ id: 'SisCategories' });
const CopyInput = z
  .strictObject({ classIds: z.array(LmsId).min(1).max(100) })
  .meta({ id: 'MappingCopyInput' });
const CopyView = z
  .strictObject({
    classes: z.array(
      z.strictObject({
        classId: z.string(),
        copied: z.array(z.strictObject({ categoryId: z.string(), sourcedId: z.string() })),
        defaultCopied: z.boolean(),
        leftOut: z.array(
          z.strictObject({
            categoryId: z
              .string()
              .nullable()
              .meta({ description: 'of the class that was copied from; null: the default' }),
            title: z.string().nullable(),
            why: z.enum(['noCategory', 'notInSisClass', 'sisNotRead']).meta({
              description:
                'noCategory: the class has none of that id or title; notInSisClass: the SIS has none there; sisNotRead: the SIS did not say which it has there',
            }),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'MappingCopy' });
const tag = 'Categories';

export const mappingRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/categoryMapping',
    operationId: 'getClassMapping',
    summary: 'The class’s own mapping: local category id to SIS category',
    tag,
    roles: everyone,
    responses: taggedAnswers(CategoryMapping),
    handle: async (c) => tagged(await c.store.classes.mapping(c.scope, c.params.classId)),
  }),
  route({
    method: 'put',
    path: '/v1/classes/{classId}/categoryMapping',
    operationId: 'putClassMapping',
    summary: 'Replace it; several local categories may map to one',
    tag,
    roles: everyone,
    body: CategoryMapping,
    requestHeaders: ifMatch,
    audit: { action: 'mapping.put', before: (c) => c.store.classes.mapping(c.scope, c.params.classId) },
    responses: taggedAnswers(CategoryMapping, 'Replaced'),
    handle: async (c) => {
      const tag = readIfTag(c.header('if-match'));
      return tagged(await c.store.classes.putMapping(c.scope, c.params.classId, c.body, tag));
    },
  }),
  route({
    method: 'post',
    path: '/v1/classes/{classId}/categoryMapping/copy',
    operationId: 'copyClassMapping',
    summary: 'Use it for other classes too: by title where the ids of categories differ',
    tag,
    roles: everyone,
    body: CopyInput,
    audit: {
      action: 'mapping.copy',
      detail: (c, { body }) => ({
        classIds: c.body.classIds,
        copied: (body as z.output<typeof CopyView>).classes.map(({ copied }) => copied.length),
      }),
    },
    once: 'answer',
    limit: 'costly',
    responses: answers(CopyView, 'What was copied, and what does not fit'),
    prepare: (c) => c.store.classes.readCategories(c.scope, c.params.classId, c.body.classIds),
    handle: async (c) =>
      ok({ classes: await c.store.classes.copyMapping(c.scope, c.params.classId, c.body.classIds) }),
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/sisCategories',
    operationId: 'getSisCategories',
    summary: 'The categories that the SIS has for this class, and what maps to them',
    tag,
    roles: everyone,
    query: z.strictObject({
      refresh: flag.meta({ description: 'read them now; else those read within a day are answered' }),
    }),
    limit: 'costly',
    responses: answers(SisCategoriesView),
    handle: async (c) =>
      ok(await c.store.classes.sisCategories(c.scope, c.params.classId, c.query.refresh ?? false)),
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/categoryMapping',
    operationId: 'getDomainMapping',
    summary: 'The domain’s default mapping: category title to SIS category',
    tag,
    roles: settingsReaders,
    responses: taggedAnswers(CategoryMapping),
    handle: async (c) => tagged(await c.store.domains.mapping(c.scope, c.params.domainId)),
  }),
  route({
    method: 'put',
    path: '/v1/domains/{domainId}/categoryMapping',
    operationId: 'putDomainMapping',
    summary: 'Replace it',
    tag,
    roles: admins,
    body: CategoryMapping,
    requestHeaders: ifMatch,
    audit: { action: 'mapping.put', before: (c) => c.store.domains.mapping(c.scope, c.params.domainId) },
    responses: taggedAnswers(CategoryMapping, 'Replaced'),
    handle: async (c) => {
      const tag = readIfTag(c.header('if-match'));
      return tagged(await c.store.domains.putMapping(c.scope, c.params.domainId, c.body, tag));
    },
  }),
];
