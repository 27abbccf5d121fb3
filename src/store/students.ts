/** The students of a class: one enrollment row each; whoever leaves becomes inactive and keeps what was sent. */
import type { Database, Sql } from './database.ts';
import { raiseDirty, wakeLanes } from './duty.ts';
import { goneColumns, letGo, type Gone } from './gone.ts';
import { decodeCursor, pageOf, rowId } from './pages.ts';
import { findClass, type ClassRef } from './scope.ts';
import type { RosterInput, StudentInput } from '../gradebook/local.ts';
import { putOver, type FromSis } from '../gradebook/roster/fill.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Classes, StudentView } from '../passback/ports/classes.ts';

interface StudentRow {
  id: string;
  key: string;
  sourced_id: string | null;
  custom_id: string | null;
  given_name: string | null;
  family_name: string | null;
  identifier: string | null;
  email: string | null;
  active: boolean;
  from_sis: FromSis | null;
  filled: string[] | null;
}
const columns = `s.id, s.key, s.sourced_id, s.custom_id, s.given_name, s.family_name, s.identifier, s.email, s.active, s.from_sis, s.filled`;
/** A whole-roster PUT that would deactivate more than this share (and more than five) wants to be confirmed. */
const SUSPICIOUS_SHARE = 1 / 5;
export const tooManyLeave = (leaving: number, active: number): boolean =>
  leaving > 5 && leaving > active * SUSPICIOUS_SHARE;

type Students = Pick<Classes, 'students' | 'student' | 'putStudent' | 'removeStudent' | 'putRoster'>;

export function createStudents(db: Database): Students {
  return {
    async students(scope, key, page) {
      const cls = await findClass(db, scope, key);
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<StudentRow>(
        `SELECT ${columns} FROM student s WHERE s.class_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3`,
        [cls.id, after?.[0] ?? '0', page.limit + 1],
      );
      return pageOf(rows, page.limit, view, (row) => [row.id]);
    },

    async student(scope, key, studentKey) {
      const cls = await findClass(db, scope, key);
      return view(await read(db, cls, studentKey));
    },

    putStudent: (scope, key, studentKey, input) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR NO KEY UPDATE');
        const written = await upsert(sql, cls, [{ ...input, studentId: studentKey }]);
        await replanShared(sql, [cls.id]);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
        return { created: written.created > 0, value: view(await read(sql, cls, studentKey)) };
      }),

    async removeStudent(scope, key, studentKey) {
      await db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR UPDATE');
        const student = await read(sql, cls, studentKey);
        const gone = await sql.rows<Gone>(
          `DELETE FROM result r USING line_item l WHERE l.id = r.line_item_id AND l.class_id = $1 AND r.student_id = $2 RETURNING ${goneColumns('r')}`,
          [cls.id, student.id],
        );
        await sql.rows(`DELETE FROM student WHERE id = $1`, [student.id]);
        await letGo(sql, gone);
        await replanShared(sql, [cls.id]);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
      });
    },

    putRoster: (scope, key, input, confirm) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR NO KEY UPDATE');
        onlyOnce(input);
        const leaving = await sql.rows<{ id: string }>(
          `SELECT id FROM student WHERE class_id = $1 AND active AND NOT key = ANY($2)`,
          [cls.id, input.students.map((s) => s.studentId)],
        );
        const [before] = await sql.rows<{ active: number }>(
          `SELECT count(*)::int AS active FROM student WHERE class_id = $1 AND active`,
          [cls.id],
        );
        if (!confirm && tooManyLeave(leaving.length, before?.active ?? 0))
          throw new Refusal(
            'CONFIRM_NEEDED',
            `This would make ${leaving.length} of ${before?.active ?? 0} students inactive. If the roster is complete, send it again with ?confirm=true`,
          );
        const written = await upsert(sql, cls, input.students);
        const gone = leaving.map((s) => s.id);
        await sql.rows(`UPDATE student SET active = false WHERE id = ANY($1::bigint[])`, [gone]);
        await replanOf(sql, [cls.id], gone);
        await replanShared(sql, [cls.id]);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
        const [after] = await sql.rows<{ active: number }>(
          `SELECT count(*)::int AS active FROM student WHERE class_id = $1 AND active`,
          [cls.id],
        );
        return { active: after?.active ?? 0, ...written, deactivated: gone.length };
      }),
  };
}

function onlyOnce(input: RosterInput): void {
  const seen = new Set<string>();
  input.students.forEach((student, index) => {
    if (seen.has(student.studentId))
      throw invalid(`/students/${index}/studentId`, 'stands twice in this roster');
    seen.add(student.studentId);
  });
}

/** Multi-row upsert; the results of students whose SIS id or activity changed are planned anew. */
async function upsert(
  sql: Sql,
  cls: ClassRef,
  students: (StudentInput & { studentId: string })[],
): Promise<{ created: number; updated: number }> {
  const before = await sql.rows<StudentRow>(
    `SELECT ${columns} FROM student s WHERE s.class_id = $1 AND s.key = ANY($2)`,
    [cls.id, students.map((s) => s.studentId)],
  );
  const known = new Map(before.map((s) => [s.key, s]));
  // what the LMS leaves empty stays as it was read of the SIS
  const given = students.map((student) => {
    const { sourcedId = null, customId = null, givenName = null, familyName = null } = student;
    const was = known.get(student.studentId);
    const stored = was && { sourcedId: was.sourced_id, customId: was.custom_id, fromSis: was.from_sis };
    return putOver({ sourcedId, customId, givenName, familyName }, stored ?? null);
  });
  const rows = await sql.rows<{
    id: string;
    key: string;
    sourced_id: string | null;
    custom_id: string | null;
    active: boolean;
  }>(
    `INSERT INTO student (class_id, key, sourced_id, custom_id, given_name, family_name, active, identifier, email, from_sis, filled)
     SELECT $1, u.key, u.sourced_id, u.custom_id, u.given_name, u.family_name, u.active, u.identifier, u.email, u.from_sis,
            ARRAY(SELECT jsonb_array_elements_text(u.filled))
       FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[], $10::jsonb[], $11::jsonb[])
         AS u(key, sourced_id, custom_id, given_name, family_name, active, identifier, email, from_sis, filled)
     ON CONFLICT (class_id, key) DO UPDATE SET sourced_id = excluded.sourced_id, custom_id = excluded.custom_id,
       given_name = excluded.given_name, family_name = excluded.family_name, active = excluded.active, identifier = excluded.identifier,
       email = excluded.email, from_sis = excluded.from_sis, filled = excluded.filled, by_pull = false
     RETURNING id, key, sourced_id, custom_id, active`,
    [
      cls.id,
      students.map((s) => s.studentId),
      given.map(({ value }) => value.sourcedId),
      given.map(({ value }) => value.customId),
      given.map(({ value }) => value.givenName),
      given.map(({ value }) => value.familyName),
      students.map((s) => s.active),
      students.map((s) => s.identifier ?? null),
      students.map((s) => s.email ?? null),
      given.map(({ fromSis }) => fromSis && JSON.stringify(fromSis)),
      // lists of several lengths are no array of PostgreSQL's
      given.map(({ filled }) => JSON.stringify(filled)),
    ],
  );
  const changed = rows.filter((row) => {
    const was = known.get(row.key);
    return (
      was &&
      (was.sourced_id !== row.sourced_id || was.custom_id !== row.custom_id || was.active !== row.active)
    );
  });
  await replanOf(
    sql,
    [cls.id],
    changed.map((row) => row.id),
  );
  return { created: rows.filter((row) => !known.has(row.key)).length, updated: known.size };
}

/** Who has the same SIS id as another active one of the class: their scores wait until it is known whose it is. */
export async function replanShared(sql: Sql, classIds: string[]): Promise<void> {
  const shared = (column: string) =>
    `active AND ${column} IS NOT NULL AND count(*) FILTER (WHERE active) OVER (PARTITION BY class_id, ${column}) > 1`;
  const changed = await sql.rows<{ id: string }>(
    `UPDATE student s SET sourced_id_shared = n.sourced_id_shared, custom_id_shared = n.custom_id_shared
       FROM (SELECT id, ${shared('sourced_id')} AS sourced_id_shared, ${shared('custom_id')} AS custom_id_shared
               FROM student WHERE class_id = ANY($1::bigint[])) n
      WHERE n.id = s.id AND (s.sourced_id_shared, s.custom_id_shared) <> (n.sourced_id_shared, n.custom_id_shared) RETURNING s.id`,
    [classIds],
  );
  await replanOf(
    sql,
    classIds,
    changed.map((row) => row.id),
  );
}

/** The results of these students are planned anew. */
export async function replanOf(sql: Sql, classIds: string[], studentIds: string[]): Promise<void> {
  if (studentIds.length > 0)
    await raiseDirty(sql, 'result', 'c.id = ANY($1::bigint[]) AND t.student_id = ANY($2::bigint[])', [
      classIds,
      studentIds,
    ]);
}

async function read(sql: Sql, cls: ClassRef, studentKey: string): Promise<StudentRow> {
  const [row] = await sql.rows<StudentRow>(
    `SELECT ${columns} FROM student s WHERE s.class_id = $1 AND s.key = $2`,
    [cls.id, studentKey],
  );
  if (!row) throw notFound('student');
  return row;
}

function view(row: StudentRow): StudentView {
  return {
    studentId: row.key,
    sourcedId: row.sourced_id,
    customId: row.custom_id,
    givenName: row.given_name,
    familyName: row.family_name,
    identifier: row.identifier,
    email: row.email,
    active: row.active,
    fromSis: row.filled ?? [],
  };
}
