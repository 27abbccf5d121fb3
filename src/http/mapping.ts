/** Which SIS category a local one stands for, and which ones the SIS has. */
import { z } from 'zod';
import { CategoryMapping } from '../gradebook/local.ts';
import { admins, everyone, ok, type Route, route, settingsReaders } from './route.ts';
import { answers, Time } from './views.ts';

const SisCategoriesView = z
  .strictObject({
    items: z.array(z.strictObject({ sourcedId: z.string(), title: z.string() })),
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
      }),
    ),
  })
  .meta({ id: 'SisCategories' });
const tag = 'Categories';

export const mappingRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/categoryMapping',
    operationId: 'getClassMapping',
    summary: 'The class’s own mapping: local category id to SIS category',
    tag,
    roles: everyone,
    responses: answers(CategoryMapping),
    handle: async (c) => ok(await c.store.classes.mapping(c.scope, c.params.classId)),
  }),
  route({
    method: 'put',
    path: '/v1/classes/{classId}/categoryMapping',
    operationId: 'putClassMapping',
    summary: 'Replace it; several local categories may map to one',
    tag,
    roles: everyone,
    body: CategoryMapping,
    audit: { action: 'mapping.put', before: (c) => c.store.classes.mapping(c.scope, c.params.classId) },
    responses: answers(CategoryMapping, 'Replaced'),
    handle: async (c) => ok(await c.store.classes.putMapping(c.scope, c.params.classId, c.body)),
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/sisCategories',
    operationId: 'getSisCategories',
    summary: 'The categories that the SIS has for this class, read now, and what maps to them',
    tag,
    roles: everyone,
    limit: 'costly',
    responses: answers(SisCategoriesView),
    handle: async (c) => ok(await c.store.classes.sisCategories(c.scope, c.params.classId)),
  }),
  route({
    method: 'get',
    path: '/v1/domains/{domainId}/categoryMapping',
    operationId: 'getDomainMapping',
    summary: 'The domain’s default mapping: category title to SIS category',
    tag,
    roles: settingsReaders,
    responses: answers(CategoryMapping),
    handle: async (c) => ok(await c.store.domains.mapping(c.scope, c.params.domainId)),
  }),
  route({
    method: 'put',
    path: '/v1/domains/{domainId}/categoryMapping',
    operationId: 'putDomainMapping',
    summary: 'Replace it',
    tag,
    roles: admins,
    body: CategoryMapping,
    audit: { action: 'mapping.put', before: (c) => c.store.domains.mapping(c.scope, c.params.domainId) },
    responses: answers(CategoryMapping, 'Replaced'),
    handle: async (c) => ok(await c.store.domains.putMapping(c.scope, c.params.domainId, c.body)),
  }),
];
