/** What roster pulls keep of one student beside his rows: the copy of the SIS's roster, and reports that name him. */
import type { Sql } from './database.ts';
import type { SisUser } from '../gradebook/roster/items.ts';
import type { StudentData, StudentName } from '../passback/ports/student-data.ts';

interface Enrolled {
  class_key: string;
  key: string;
  sourced_id: string | null;
  custom_id: string | null;
}
export interface KeptOfRoster {
  copies: StudentData['inRosterCopy'];
  /** ids by which the copy has him */
  sourcedIds: string[];
  connectionIds: string[];
  /** rows of reports */
  reports: string[];
}

/**
 * The copy is its connection's. Where that is owned above, only who is in a class here is looked up: an admin of one school
 * must not read the students of another out of the district's.
 */
export async function keptOfRoster(
  sql: Sql,
  domainId: string,
  who: StudentName,
  enrollments: Enrolled[],
): Promise<KeptOfRoster> {
  const enrolled = enrollments.flatMap((e) => [e.sourced_id, e.custom_id].filter((id) => id !== null));
  const named = [...enrolled, ...('sourcedId' in who ? [who.sourcedId] : [])];
  const rows = await sql.rows<{
    connection_id: string;
    kind: string;
    sourced_id: string;
    class: string;
    record: SisUser;
  }>(
    `WITH k AS (SELECT DISTINCT k.id, o.path @> ARRAY[$1::bigint] AS own FROM domain d JOIN connection k ON k.id = d.connection_id JOIN domain o ON o.id = k.domain_id
                 WHERE d.path @> ARRAY[$1::bigint])
     SELECT r.connection_id, r.kind, coalesce(r.user_sourced_id, r.sourced_id) AS sourced_id, r.class_sourced_id AS class, r.record FROM k JOIN roster_record r ON r.connection_id = k.id
      WHERE r.kind IN ('users', 'enrollments') AND CASE r.kind WHEN 'users' THEN r.sourced_id ELSE r.user_sourced_id END = ANY(CASE WHEN k.own THEN $2::text[] ELSE $3::text[] END)`,
    [domainId, named, enrolled],
  );
  const sourcedIds = [...new Set(rows.map((row) => row.sourced_id))];
  const reports = await sql.rows<{ id: string }>(
    `SELECT u.id FROM domain d JOIN roster_pull p ON p.domain_id = d.id JOIN roster_unmatched u ON u.pull_id = p.id
      WHERE u.kind = 'student' AND (d.path @> ARRAY[$1::bigint] OR p.connection_id IN (SELECT connection_id FROM domain WHERE path @> ARRAY[$1::bigint]))
        AND (u.sourced_id = ANY($2) OR (u.class_key, u.student_key) IN (SELECT * FROM unnest($3::text[], $4::text[])))`,
    [
      domainId,
      [...new Set([...sourcedIds, ...enrolled])],
      enrollments.map((e) => e.class_key),
      enrollments.map((e) => e.key),
    ],
  );
  return {
    copies: sourcedIds.map((sourcedId) => {
      const his = rows.filter((row) => row.sourced_id === sourcedId);
      const user = his.find((row) => row.kind === 'users')?.record;
      return {
        ...{ sourcedId, givenName: user?.givenName ?? null, familyName: user?.familyName ?? null },
        classSourcedIds: [...new Set(his.flatMap((row) => (row.kind === 'enrollments' ? [row.class] : [])))],
      };
    }),
    sourcedIds,
    connectionIds: [...new Set(rows.map((row) => row.connection_id))],
    reports: reports.map((row) => row.id),
  };
}

/** Until the SIS tells of him again. */
export async function forgetOfRoster(sql: Sql, kept: KeptOfRoster): Promise<void> {
  await sql.rows(
    `DELETE FROM roster_record WHERE connection_id = ANY($1::bigint[]) AND ((kind = 'users' AND sourced_id = ANY($2)) OR (kind = 'enrollments' AND user_sourced_id = ANY($2)))`,
    [kept.connectionIds, kept.sourcedIds],
  );
  await sql.rows(`DELETE FROM roster_unmatched WHERE id = ANY($1::bigint[])`, [kept.reports]);
}
