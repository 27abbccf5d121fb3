/** Fills the demo SIS with a district: schools, terms, grading periods, students, classes and categories. */
import { z } from 'zod';
import type { Records } from './records.ts';

const id = z.string().min(1).max(255);
const period = {
  sourcedId: id,
  title: z.string(),
  startDate: z.iso.date(),
  endDate: z.iso.date(),
  schoolYear: z.string().optional(),
};
const categorySeed = z.strictObject({ sourcedId: id, title: z.string(), weight: z.number().optional() });

export const districtSeed = z.strictObject({
  schools: z.array(z.strictObject({ sourcedId: id, title: z.string() })),
  terms: z.array(z.strictObject(period)).optional(),
  gradingPeriods: z.array(z.strictObject({ ...period, termSourcedId: id.optional() })).optional(),
  students: z.array(
    z.strictObject({
      sourcedId: id,
      givenName: z.string(),
      familyName: z.string(),
      email: z.string().optional(),
      identifier: z.string().optional(),
    }),
  ),
  /** categories that every class may use */
  categories: z.array(categorySeed).optional(),
  classes: z.array(
    z.strictObject({
      sourcedId: id,
      title: z.string(),
      classCode: z.string().optional(),
      schoolSourcedId: id,
      termSourcedIds: z.array(id).optional(),
      categories: z.array(categorySeed).optional(),
      studentSourcedIds: z.array(id),
    }),
  ),
});
export type DistrictSeed = z.infer<typeof districtSeed>;
type CategorySeed = z.infer<typeof categorySeed>;

const DEFAULT_TERM = 'term-1';

/** Adds or replaces what the seed names; grades that are already there stay. */
export function seedRecords(records: Records, given: DistrictSeed): void {
  const seed = districtSeed.parse(given);
  const periods = seed.gradingPeriods ?? [];
  for (const school of seed.schools) records.put('schools', school);
  for (const student of seed.students) records.put('students', student);
  for (const term of seed.terms ?? []) putSession(records, 'term', term);
  const named = new Set(seed.classes.flatMap((c) => c.termSourcedIds ?? []));
  if (seed.classes.some((c) => !c.termSourcedIds?.length)) named.add(DEFAULT_TERM);
  for (const term of named) if (!records.get('academicSessions', term)) inventTerm(records, term, periods);
  const onlyTerm = named.size === 1 ? [...named][0] : undefined;
  for (const { termSourcedId, ...rest } of periods) {
    putSession(records, 'gradingPeriod', rest, termSourcedId ?? onlyTerm);
  }
  for (const category of seed.categories ?? []) putCategory(records, category);
  for (const { categories, termSourcedIds, ...rest } of seed.classes) {
    const terms = termSourcedIds?.length ? termSourcedIds : [DEFAULT_TERM];
    records.put('classes', { ...rest, termSourcedIds: terms });
    for (const category of categories ?? []) putCategory(records, category, rest.sourcedId);
  }
}

type Period = {
  sourcedId: string;
  title: string;
  startDate: string;
  endDate: string;
  schoolYear?: string | undefined;
};

function putSession(records: Records, type: 'term' | 'gradingPeriod', given: Period, parent?: string): void {
  const schoolYear = given.schoolYear ?? given.endDate.slice(0, 4);
  records.put('academicSessions', { ...given, type, schoolYear, parentSourcedId: parent });
}

/** A class must lie in a term; where the seed only names one, it spans the grading periods or this year. */
function inventTerm(records: Records, sourcedId: string, periods: Period[]): void {
  const year = new Date().getUTCFullYear();
  const startDate = periods.map((p) => p.startDate).sort()[0] ?? `${year}-01-01`;
  const endDate =
    periods
      .map((p) => p.endDate)
      .sort()
      .at(-1) ?? `${year}-12-31`;
  putSession(records, 'term', { sourcedId, title: sourcedId, startDate, endDate });
}

function putCategory(records: Records, seed: CategorySeed, classId?: string): void {
  const owners = records.get('categories', seed.sourcedId)?.classSourcedIds ?? [];
  records.put('categories', {
    ...seed,
    status: 'active',
    dateLastModified: new Date().toISOString(),
    ...(classId === undefined ? {} : { classSourcedIds: [...new Set([...owners, classId])] }),
  });
}
