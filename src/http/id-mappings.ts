/** A CSV file of ids of the SIS for classes and students, with a report of what each line would do. */
import { z } from 'zod';
import type { IdMappingsReport } from '../passback/ports/id-mappings.ts';
import { megabyte } from './body.ts';
import { readIdRows } from './id-rows.ts';
import { ok, type Route, route, settingsReaders } from './route.ts';
import { answers, flag } from './views.ts';

const Change = z.strictObject({
  classId: z.string(),
  studentId: z.string().nullable(),
  field: z.enum(['sourcedId', 'customId']),
  from: z.string().nullable(),
  to: z.string(),
});
const outcomes = ['changed', 'unchanged', 'unknown', 'duplicate', 'invalid'] as const;
const ReportView = z
  .strictObject({
    dryRun: z.boolean(),
    counts: z.strictObject(Object.fromEntries(outcomes.map((name) => [name, z.int()]))),
    rows: z.array(
      z.strictObject({
        line: z.int().meta({ description: 'of the file; the header is line 1' }),
        outcome: z.enum(outcomes),
        detail: z.string().nullable(),
        changes: z.array(Change),
        sharedIn: z.array(z.string()).meta({
          description:
            'classes in which another active student then has the same id: neither’s scores are sent',
        }),
      }),
    ),
  })
  .meta({ id: 'IdMappingsReport' });

export const idMappingRoutes: Route[] = [
  route({
    method: 'post',
    path: '/v1/domains/{domainId}/idMappings',
    operationId: 'putIdMappings',
    summary:
      'The SIS’s ids of many classes and students, as CSV; all of it or, if a line is wrong, nothing. A later PUT of a class or roster by the LMS replaces them',
    tag: 'Classes',
    roles: settingsReaders,
    query: z.strictObject({
      dryRun: flag.meta({ description: 'true: only report what each line would do' }),
      partial: flag.meta({ description: 'true: write the lines that are right, whatever the others are' }),
    }),
    body: z.string().meta({
      description:
        'A header and at most 50,000 lines of kind (class, student), classId (of a student: empty for every class that has him), studentId, sourcedId, customId; an id that is left empty stays as it is',
      example:
        'kind,classId,studentId,sourcedId,customId\nclass,algebra-1,,sis-4711,\nstudent,,ann,sis-u9,\n',
    }),
    bodyType: 'text/csv',
    bodyLimit: 5 * megabyte,
    audit: {
      action: 'idMappings.put',
      detail: (c, answer) => ({
        dryRun: c.query.dryRun ?? false,
        partial: c.query.partial ?? false,
        ...(answer.body as IdMappingsReport).counts,
      }),
    },
    limit: 'costly',
    responses: answers(ReportView, 'What each line did, or would do'),
    handle: async (c) => {
      const { dryRun = false, partial = false } = c.query;
      const rows = readIdRows(c.body);
      return ok(await c.store.idMappings.put(c.scope, c.params.domainId, rows, { dryRun, partial }));
    },
  }),
];
