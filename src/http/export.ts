/** A class as a OneRoster CSV package, for SISs that take files, and what could not be put into it. */
import { z } from 'zod';
import type { ClassExport } from '../passback/ports/exports.ts';
import { everyone, ok, type Route, route } from './route.ts';
import { answers, ReasonView } from './views.ts';
import { zipOf } from './zip.ts';

const LeftOut = z.strictObject({
  kind: z.enum(['lineItem', 'result']),
  lineItemId: z.string(),
  studentId: z.string().nullable(),
  reason: ReasonView,
});
const ExportView = z
  .strictObject({
    counts: z.strictObject({ categories: z.int(), lineItems: z.int(), results: z.int() }),
    leftOut: z
      .array(LeftOut)
      .meta({ description: 'what is not in the package: by choice, or because something is missing' }),
  })
  .meta({ id: 'Export' });
const query = z.strictObject({
  only: z.enum(['failed']).optional().meta({
    description: 'failed: the remainder, that is, what the SIS does not have as it is here',
  }),
});
const tag = 'Export';
const leftOutHeader = (pack: ClassExport) => ({ 'X-Left-Out': String(pack.leftOut.length) });

export const exportRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/export.zip',
    operationId: 'exportClass',
    summary:
      'What the SIS should hold as a OneRoster 1.2 CSV package (delta files); the same gradebook gives the same bytes',
    tag,
    roles: everyone,
    query,
    audit: { action: 'class.export', detail: (c) => ({ only: c.query.only ?? null }) },
    limit: 'costly',
    responses: {
      200: {
        description: 'The package',
        file: 'application/zip',
        headers: { 'X-Left-Out': 'how many rows are not in it; GET …/export tells which, and why' },
      },
    },
    handle: async (c) => {
      const pack = await c.store.exports.csv(c.scope, c.params.classId, c.query.only ?? null);
      const file = {
        type: 'application/zip' as const,
        name: 'oneroster.zip',
        bytes: await zipOf(pack.files),
      };
      return { status: 200, file, headers: leftOutHeader(pack) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/export',
    operationId: 'getExport',
    summary: 'What the package would hold, and what not and why',
    tag,
    roles: everyone,
    query,
    limit: 'costly',
    responses: answers(ExportView),
    handle: async (c) => {
      const { counts, leftOut } = await c.store.exports.csv(c.scope, c.params.classId, c.query.only ?? null);
      return ok({ counts, leftOut });
    },
  }),
];
