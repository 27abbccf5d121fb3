/** What is kept of one student beside his rows and the history: what the SIS held before syncs, and deletions. */
import type { Sql } from './database.ts';
import type { Shown } from '../gradebook/values.ts';
import type { StudentName } from '../passback/ports/student-data.ts';

export interface KeptBeside {
  class_id: string;
  class_key: string;
  line_item_key: string;
  student_key: string;
  /** a cell of this snapshot; null: a deletion */
  snapshot_id: string | null;
  deletion_id: string | null;
  sourced_id: string | null;
  held: Shown | null;
  at: Date;
  /** the result is in the SIS still, or may be */
  remains: boolean;
}

/** By the LMS's id also of classes that he was taken out of, as in the history. */
export async function keptBeside(
  sql: Sql,
  domainId: string,
  who: StudentName,
  enrollments: { class_id: string; key: string }[],
): Promise<KeptBeside[]> {
  const his = (key: string) =>
    `d.path @> ARRAY[$1::bigint] AND (${key} = $2 OR (c.id, ${key}) IN (SELECT * FROM unnest($3::bigint[], $4::text[])))`;
  return sql.rows<KeptBeside>(
    `SELECT c.id AS class_id, c.key AS class_key, x.line_item_key, x.student_key, x.snapshot_id, NULL::bigint AS deletion_id, x.sourced_id, x.held, o.at, false AS remains
       FROM domain d JOIN class c ON c.domain_id = d.id JOIN snapshot o ON o.class_id = c.id JOIN snapshot_cell x ON x.snapshot_id = o.id WHERE ${his('x.student_key')}
     UNION ALL
     SELECT c.id, c.key, x.line_item_key, x.student_key, NULL, x.id, x.sourced_id, x.acked, x.created_at, x.state NOT IN ('done', 'withdrawn')
       FROM domain d JOIN class c ON c.domain_id = d.id JOIN deletion x ON x.class_id = c.id WHERE ${his('x.student_key')}
      ORDER BY at`,
    [
      domainId,
      'studentId' in who ? who.studentId : null,
      enrollments.map((e) => e.class_id),
      enrollments.map((e) => e.key),
    ],
  );
}

/** All of it. Nothing is sent for it: what was to be deleted in the SIS stays there, and whoever erases him is told. */
export async function forgetBeside(
  sql: Sql,
  kept: KeptBeside[],
  enrollments: { class_id: string; key: string }[],
): Promise<void> {
  const cells = kept.filter((k) => k.snapshot_id !== null);
  await sql.rows(
    `DELETE FROM snapshot_cell WHERE (snapshot_id, line_item_key, student_key) IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]))`,
    [cells.map((k) => k.snapshot_id), cells.map((k) => k.line_item_key), cells.map((k) => k.student_key)],
  );
  await sql.rows(`DELETE FROM deletion WHERE id = ANY($1::bigint[])`, [
    kept.flatMap((k) => (k.deletion_id === null ? [] : [k.deletion_id])),
  ]);
  // the SIS's list of its students names him too: the next reading brings it anew
  await sql.rows(
    `UPDATE class SET sis_students = NULL WHERE id = ANY($1::bigint[]) AND sis_students IS NOT NULL`,
    [enrollments.map((e) => e.class_id)],
  );
  // a press that names him and waits to be confirmed
  await sql.rows(
    `UPDATE sync y SET status = 'cancelled', finished_at = now(), request = NULL FROM unnest($1::bigint[], $2::text[]) AS e(class_id, key)
      WHERE y.class_id = e.class_id AND y.status = 'awaitingConfirmation' AND y.request->'request'->'studentIds' ? e.key`,
    [enrollments.map((e) => e.class_id), enrollments.map((e) => e.key)],
  );
}
