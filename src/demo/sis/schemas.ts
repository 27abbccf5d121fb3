/**
 * What the demo SIS accepts on the wire: OneRoster gradebook objects, every key and format checked. What one version
 * requires and the other forbids stands in grammar.ts.
 */
import { z } from 'zod';

const sourcedId = z
  .string()
  .min(1)
  .max(255)
  .regex(/^\P{Cc}+$/u, 'control characters are not allowed');
// normalizedString of XML Schema: no tab, line feed or carriage return.
const normalized = z.string().regex(/^[^\t\r\n]*$/, 'must be one line without tabs');
const title = normalized.regex(/\S/, 'must not be blank');
// RFC 3339: seconds and a zone are not optional, whatever ISO 8601 allows.
const dateTime = z.iso.datetime({ offset: true }).regex(/T\d\d:\d\d:\d\d/, 'seconds are required');
const utcDateTime = dateTime.regex(/Z$/, 'must be in UTC (…Z)');
const flag = z.enum(['true', 'false']);
const metadata = z.looseObject({});

/** A reference by href, sourcedId and type, and nothing else; whether all three are required grammar.ts says. */
function guidRef<T extends string>(type: T) {
  const href = z.url().regex(/^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i, 'must be an absolute URI');
  return z.strictObject({ href: href.optional(), sourcedId, type: z.literal(type).optional() });
}

const base = {
  sourcedId,
  status: z.enum(['active', 'tobedeleted']),
  dateLastModified: utcDateTime,
  metadata: metadata.optional(),
};

const lineItem = z.strictObject({
  ...base,
  title,
  description: z.string().optional(),
  assignDate: dateTime,
  dueDate: dateTime,
  class: guidRef('class'),
  school: guidRef('org').optional(),
  category: guidRef('category'),
  gradingPeriod: guidRef('academicSession').optional(),
  academicSession: guidRef('academicSession').optional(),
  scoreScale: guidRef('scoreScale').optional(),
  resultValueMin: z.number().optional(),
  resultValueMax: z.number().optional(),
  learningObjectiveSet: z
    .array(z.strictObject({ source: normalized, learningObjectiveIds: z.array(z.string()).min(1) }))
    .optional(),
});

const learningObjectiveResult = z.strictObject({
  learningObjectiveId: z.string(),
  score: z.number().optional(),
  textScore: normalized.optional(),
});

const scoreStatus = z.union([
  z.enum(['exempt', 'fully graded', 'not submitted', 'partially graded', 'submitted']),
  z.string().regex(/^ext:[a-zA-Z0-9.\-_]+$/),
]);

const result = z.strictObject({
  ...base,
  lineItem: guidRef('lineItem'),
  student: guidRef('user'),
  class: guidRef('class').optional(),
  scoreScale: guidRef('scoreScale').optional(),
  scoreStatus,
  score: z.number().optional(),
  textScore: normalized.optional(),
  scoreDate: z.union([z.iso.date(), dateTime]),
  comment: z.string().optional(),
  learningObjectiveSet: z
    .array(
      z.strictObject({
        source: normalized,
        learningObjectiveResults: z.array(learningObjectiveResult).min(1),
      }),
    )
    .optional(),
  inProgress: flag.optional(),
  incomplete: flag.optional(),
  late: flag.optional(),
  missing: flag.optional(),
});

const category = z.strictObject({ ...base, title, weight: z.number().optional() });

export const lineItemBody = z.strictObject({ lineItem });
export const resultBody = z.strictObject({ result });
export const resultsBody = z.strictObject({ results: z.array(result).min(1) });
export const categoryBody = z.strictObject({ category });

export type LineItem = z.infer<typeof lineItem>;
export type Result = z.infer<typeof result>;
export type Category = z.infer<typeof category>;

/** The field names of each object: what `fields`, `sort` and `filter` may name. */
export const fieldNames = {
  lineItem: Object.keys(lineItem.shape),
  result: Object.keys(result.shape),
  category: Object.keys(category.shape),
};
