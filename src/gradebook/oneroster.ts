/**
 * OneRoster 1.2 gradebook objects as we write them (as strict as the official schema: no unknown keys,
 * full GUIDRefs, `late`/`missing`/… as the strings "true"/"false").
 * Rules: OneRoster 1.2 Gradebook Service, LineItem / Result data models.
 */
import { z } from 'zod';

export const RefType = z.enum(['class', 'org', 'category', 'academicSession', 'lineItem', 'user']);
const ref = <T extends z.infer<typeof RefType>>(type: T) =>
  z.strictObject({ href: z.url(), sourcedId: z.string().min(1), type: z.literal(type) });

const base = {
  sourcedId: z.string().min(1),
  status: z.enum(['active', 'tobedeleted']),
  /** W3C ISO 8601 with UTC */
  dateLastModified: z.iso.datetime(),
  metadata: z.record(z.string(), z.unknown()).optional(),
};

export const OneRosterLineItem = z.strictObject({
  ...base,
  title: z.string().min(1),
  description: z.string().optional(),
  assignDate: z.iso.datetime(),
  dueDate: z.iso.datetime(),
  class: ref('class'),
  /** always there in OneRoster 1.2; 1.1 has none */
  school: ref('org').optional(),
  category: ref('category'),
  gradingPeriod: ref('academicSession').optional(),
  academicSession: ref('academicSession').optional(),
  resultValueMin: z.number().optional(),
  resultValueMax: z.number().optional(),
});
export type OneRosterLineItem = z.infer<typeof OneRosterLineItem>;

export const ScoreStatus = z.enum([
  'exempt',
  'fully graded',
  'not submitted',
  'partially graded',
  'submitted',
]);
export type ScoreStatus = z.infer<typeof ScoreStatus>;
const flag = z.enum(['true', 'false']).optional();

export const OneRosterResult = z.strictObject({
  ...base,
  lineItem: ref('lineItem'),
  student: ref('user'),
  class: ref('class').optional(),
  scoreStatus: ScoreStatus,
  score: z.number().optional(),
  scoreDate: z.iso.date(),
  comment: z.string().optional(),
  inProgress: flag,
  incomplete: flag,
  late: flag,
  missing: flag,
});
export type OneRosterResult = z.infer<typeof OneRosterResult>;

/** A category as we read it; SISs add and leave out fields, so only what we use is required. */
export const ReadCategory = z.object({ sourcedId: z.string().min(1), title: z.string() });
export type ReadCategory = z.infer<typeof ReadCategory>;
