/** The part of the connection test that compares one class of ours with the SIS's. */
import { categoryTitleKey } from '../gradebook/categories.ts';
import { explain, type ErrorCode } from '../gradebook/dictionary.ts';
import type { ReadCategory } from '../gradebook/oneroster.ts';
import type { ReadOutcome, SisClient, TestExpectation, TestReport, TestStep } from '../passback/ports/sis.ts';

export type Found = Omit<TestStep, 'name'>;
export const classStepNames = ['class', 'students', 'classCategories', 'reading'] as const;
type Failure = Exclude<ReadOutcome<never>, { kind: 'read' }>;

/** The dictionary's sentence, with the facts of this case where it has a place for them. */
export const describeProblem = (code: ErrorCode, description: string): string =>
  explain({ code, params: description ? { description } : {} }).message;

export async function classSteps(
  client: SisClient,
  expected: TestExpectation | null,
  capabilities: TestReport['capabilities'],
  add: (name: TestStep['name'], found: Found) => boolean,
): Promise<FoundClass | null> {
  if (!expected) {
    for (const name of classStepNames)
      add(name, { status: 'skipped', detail: 'No class was named for the test.' });
    return null;
  }
  const school = await client.readClassSchool(expected.classSourcedId);
  capabilities.readClass = school.kind === 'read';
  if (!add('class', classFound(school, expected.classSourcedId))) return null;
  const schoolSourcedId = school.kind === 'read' ? school.value : null;

  if (expected.studentSourcedIds.length === 0)
    add('students', { status: 'skipped', detail: 'The class has no student with an SIS id yet.' });
  else add('students', studentsFound(await client.readClassStudents(expected.classSourcedId), expected));

  const none = expected.categories.length === 0;
  const categories = none && !expected.probe ? null : await client.readCategories(expected.classSourcedId);
  if (categories) capabilities.readCategories = categories.kind === 'read';
  add(
    'classCategories',
    none || !categories
      ? { status: 'skipped', detail: 'The class has no categories.' }
      : categoriesFound(categories, expected),
  );
  add('reading', await readingFound(client, expected.classSourcedId, capabilities));
  return {
    schoolSourcedId,
    categorySourcedId: (categories?.kind === 'read' ? categories.value[0]?.sourcedId : null) ?? null,
  };
}
/** What an assignment in this class needs to name. */
export interface FoundClass {
  schoolSourcedId: string | null;
  /** any one of them; null: there is none, or they were not read */
  categorySourcedId: string | null;
}

/** Whether what was sent can be read back later: the first page is enough to tell. */
async function readingFound(
  client: SisClient,
  classSourcedId: string,
  capabilities: TestReport['capabilities'],
): Promise<Found> {
  const lineItems = await client.readLineItems(classSourcedId, new Set());
  capabilities.readLineItems = lineItems.kind === 'read';
  if (lineItems.kind !== 'read') return unread('What was sent cannot be checked', lineItems);
  const id = lineItems.value[0]?.sourcedId;
  if (typeof id !== 'string') return { status: 'ok', detail: 'The assignments of the class can be read.' };
  const results = await client.readResults(classSourcedId, id, new Set());
  capabilities.readResults = results.kind === 'read';
  return results.kind === 'read'
    ? { status: 'ok', detail: 'The assignments and scores of the class can be read.' }
    : unread('The scores of an assignment cannot be read', results);
}

function classFound(school: ReadOutcome<string | null>, classSourcedId: string): Found {
  if (school.kind === 'read')
    return school.value === null
      ? {
          status: 'warning',
          detail: 'The SIS has the class, but names no school for it.',
          code: 'MAP_SCHOOL',
        }
      : { status: 'ok', detail: 'The SIS has the class and names its school.' };
  if (school.kind === 'refused' && [404, 410].includes(school.said.status ?? 0))
    return {
      status: 'failed',
      detail: `The SIS does not have a class with the id ${classSourcedId}.`,
      code: 'MAP_CLASS',
      said: school.said,
    };
  return unread('The class cannot be read', school);
}

function studentsFound(students: ReadOutcome<{ sourcedId: string }[]>, expected: TestExpectation): Found {
  if (students.kind !== 'read') return unread('The students of the class cannot be read', students);
  const there = new Set(students.value.map(({ sourcedId }) => sourcedId));
  const wanted = expected.studentSourcedIds;
  const matching = wanted.filter((sourcedId) => there.has(sourcedId)).length;
  return matched(matching, wanted.length, 'students', 'MAP_STUDENT');
}

function categoriesFound(categories: ReadOutcome<ReadCategory[]>, expected: TestExpectation): Found {
  if (categories.kind !== 'read') return unread('The categories of the class cannot be read', categories);
  const matches = ({ title, mappedTo }: TestExpectation['categories'][number]) =>
    mappedTo === null
      ? categories.value.filter((c) => categoryTitleKey(c.title) === categoryTitleKey(title)).length === 1
      : categories.value.some((c) => c.sourcedId === mappedTo);
  const matching = expected.categories.filter(matches).length;
  return matched(matching, expected.categories.length, 'categories', 'CAT_NOT_FOUND');
}

function matched(matching: number, of: number, things: string, code: ErrorCode): Found {
  const detail = `${matching} of ${of} ${things} match.`;
  if (matching === of) return { status: 'ok', detail };
  return { status: matching === 0 ? 'failed' : 'warning', detail, code };
}

/** Sending needs none of these reads, so that they fail is only worth a warning. */
const unread = (what: string, { code, said }: Failure): Found => ({
  status: 'warning',
  detail: `${what}: ${describeProblem(code, said.description ?? '')}`,
  code,
  said,
});
