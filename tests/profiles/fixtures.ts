/**
 * One SIS as a profile describes it, for the contract suite: how it behaves (the rules of the demo SIS), how it is
 * reached, and in what form everything must arrive there. One JSON file per profile.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Rules } from '../../src/demo/sis/rules.ts';
import { settingFields } from '../../src/gradebook/settings.ts';

const fields = z.record(z.string(), z.unknown());
/** In the SIS with these fields (null: without that one), or not there, for this reason. */
const Expected = z.union([fields, z.string().regex(/^[A-Z_]+$/)]);

/** Every status that a score may have, and the scores that some SISs do not take. */
export const cells = {
  graded: { score: 80 },
  zero: { score: 0 },
  missing: { status: 'missing' },
  excused: { status: 'excused', score: 50 },
  late: { score: 70, late: true },
  incomplete: { status: 'incomplete', score: 20 },
  submitted: { status: 'submitted' },
  notSubmitted: { status: 'notSubmitted' },
  partiallyGraded: { status: 'partiallyGraded', score: 30 },
  extraCredit: { score: 105 },
  beforeAssigned: { score: 60, scoreDate: '2026-10-01' },
};
/** Assignments that some SISs do not take. */
export const lineItems = {
  fractionalPoints: { resultValueMax: 12.5 },
  singleStudents: { assignedTo: 'individuals' },
  outsidePeriods: { dueDate: '2028-01-10T12:00:00-06:00', assignDate: '2028-01-03T12:00:00-06:00' },
  sameTitle: {},
};
const all = <K extends string, T extends z.ZodType>(names: Record<K, unknown>, of: T) =>
  z.strictObject(Object.fromEntries(Object.keys(names).map((name) => [name, of])) as Record<K, T>);

const Fixture = z.strictObject({
  profile: settingFields.profile,
  /** what the domain sets otherwise */
  settings: fields.optional(),
  sis: z.strictObject({
    oneRosterVersion: z.enum(['1.1', '1.2']),
    basePath: z.string().optional(),
    tokenPath: z.string().optional(),
    /** the demo SIS knows which there are */
    rules: z.custom<Partial<Rules>>(),
  }),
  connection: z.strictObject({
    /** what stands behind the host in the address that is entered */
    address: z.string(),
    auth: z.enum(['clientCredentials', 'accessToken']),
    extraHeaders: z.record(z.string(), z.string()).optional(),
  }),
  /** most requests at once */
  atOnce: z.int(),
  /** the assignment that all the cells belong to */
  essay: fields,
  cells: all(cells, Expected),
  lineItems: all(lineItems, Expected),
  /** a score that was typed in the SIS by hand, and then changes here */
  typedInSis: z.enum(['overwritten', 'SCORE_OWNED_BY_SIS', 'SIS_EMPTY_REASON']),
});
export type Fixture = z.infer<typeof Fixture>;

const folder = new URL('../fixtures/profiles/', import.meta.url);

/** Every fixture, by its name: that of its profile or, where a domain sets everything otherwise, another one. */
export const fixtures: Record<string, Fixture> = Object.fromEntries(
  readdirSync(folder).map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    return [file.replace(/\.json$/, ''), Fixture.parse(JSON.parse(text))];
  }),
);
