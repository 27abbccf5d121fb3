/** What we know of one class, for the connection test to compare with the SIS. */
import { readClassFacts } from './class-facts.ts';
import type { Sql } from './database.ts';
import { chooseCategory } from '../gradebook/categories.ts';
import { invalid } from '../passback/refusal.ts';
import type { TestExpectation } from '../passback/ports/sis.ts';

/** `useCustomIds` undefined: as it is in force. */
export async function testExpectation(
  sql: Sql,
  classId: string,
  useCustomIds?: boolean,
): Promise<TestExpectation> {
  const facts = (await readClassFacts(sql, [classId])).get(classId);
  const custom = useCustomIds ?? facts?.settings.useCustomIds ?? false;
  const classSourcedId = custom ? facts?.customId : facts?.sourcedId;
  if (!facts || !classSourcedId)
    throw invalid('/classId', custom ? 'this class has no customId' : 'this class has no sourcedId');
  const students = await sql.rows<{ id: string | null }>(
    `SELECT CASE WHEN $2 THEN custom_id ELSE sourced_id END AS id FROM student WHERE class_id = $1 AND active`,
    [classId, custom],
  );
  return {
    classSourcedId,
    // a student without an id counts as one who does not match
    studentSourcedIds: students.map((s) => s.id ?? ''),
    categories: facts.categories.map((category) => {
      const choice = chooseCategory({ ...facts, sisCategories: facts.sisCategories ?? [] }, category.id);
      return { id: category.id, title: category.title, mappedTo: choice.found ? choice.sourcedId : null };
    }),
  };
}
