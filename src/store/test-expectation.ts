/** What we know of one class, for the connection test to compare with the SIS. */
import { isDeepStrictEqual } from 'node:util';
import { readClassFacts } from './class-facts.ts';
import type { Sql } from './database.ts';
import { chooseCategory } from '../gradebook/categories.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { settingNames, type SettingsInput } from '../gradebook/settings.ts';
import { invalid } from '../passback/refusal.ts';
import type { SisConnection, TestExpectation } from '../passback/ports/sis.ts';
import { defaultsOf } from '../profiles/index.ts';

export interface TestOf {
  /** unsaved; left out: those in force */
  settings: SettingsInput | undefined;
  connection: SisConnection;
  writes: { studentId?: string | undefined } | null;
}

export async function testExpectation(sql: Sql, classId: string, of: TestOf): Promise<TestExpectation> {
  const saved = (await readClassFacts(sql, [classId])).get(classId);
  const facts = saved && asTested(saved, of);
  const custom = facts?.settings.useCustomIds ?? false;
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
    probe: of.writes && {
      cls: facts,
      studentSourcedId: await testStudent(sql, facts, of.writes.studentId),
    },
  };
}

/** The class as it would be with the settings and the connection that are tried. */
function asTested(facts: ClassFacts, { settings = {}, connection }: TestOf): ClassFacts {
  const { gradebookUrl, rosteringUrl, oneRosterVersion } = connection;
  const before = defaultsOf(facts.settings.profile);
  const now = defaultsOf(settings.profile ?? connection.profile);
  const of = settingNames.map((name) => {
    const [value, saved] = [settings[name], facts.settings[name]];
    // what nobody has set follows the profile that is tried; null clears
    const follows = value === null || (value === undefined && isDeepStrictEqual(saved, before[name]));
    return [name, follows ? now[name] : (value ?? saved)] as const;
  });
  const tried = { ...facts.settings, ...(Object.fromEntries(of) as Partial<ClassFacts['settings']>) };
  return { ...facts, gradebookUrl, rosteringUrl, oneRosterVersion, settings: tried };
}

async function testStudent(sql: Sql, cls: ClassFacts, key: string | undefined): Promise<string | null> {
  if (key === undefined) return null;
  const [row] = await sql.rows<{ sourced_id: string | null; custom_id: string | null }>(
    `SELECT sourced_id, custom_id FROM student WHERE class_id = $1 AND key = $2`,
    [cls.id, key],
  );
  const id = row && sisIdOf({ sourcedId: row.sourced_id, customId: row.custom_id }, cls.settings);
  if (!id)
    throw invalid(
      '/writeProbe/studentId',
      'is not the id of a student of this class who has an id in the SIS',
    );
  return id;
}
