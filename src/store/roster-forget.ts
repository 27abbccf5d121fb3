/** What roster pulls have kept, taken away again. */
import type { Sql } from './database.ts';

/** Classes (`c`) that are another SIS's now: what was filled in was the former one's. What the LMS gave stays. */
export async function forgetFilled(sql: Sql, where: string, params: unknown[]): Promise<void> {
  const without = (t: string, name: string, column: string) =>
    `${column} = CASE WHEN '${name}' = ANY(${t}.filled) THEN NULL ELSE ${t}.${column} END`;
  await sql.rows(
    `UPDATE student s SET ${without('s', 'sourcedId', 'sourced_id')}, ${without('s', 'customId', 'custom_id')},
            ${without('s', 'givenName', 'given_name')}, ${without('s', 'familyName', 'family_name')}, from_sis = NULL, filled = '{}'
       FROM class c WHERE c.id = s.class_id AND s.from_sis IS NOT NULL AND ${where}`,
    params,
  );
  await sql.rows(
    `UPDATE class c SET ${without('c', 'sourcedId', 'sourced_id')}, ${without('c', 'customId', 'custom_id')},
            ${without('c', 'schoolSourcedId', 'school_sourced_id')},
            grading_periods = CASE WHEN 'gradingPeriods' = ANY(c.filled) THEN '[]' ELSE c.grading_periods END, from_sis = NULL, filled = '{}'
      WHERE c.from_sis IS NOT NULL AND ${where}`,
    params,
  );
}

/** The copy of a roster that nobody lets us read any more, so many objects at a time; old pulls go with their reports. */
export async function retireRoster(sql: Sql, days: number): Promise<number> {
  const gone = await sql.rows(
    `DELETE FROM roster_record WHERE ctid = ANY(ARRAY(
       SELECT r.ctid FROM roster_record r WHERE r.connection_id IN (
         SELECT k.id FROM connection k WHERE NOT EXISTS (SELECT 1 FROM domain d WHERE d.connection_id = k.id AND jsonb_typeof(d.effective->'rosterPull') = 'object'))
        LIMIT 5000)) RETURNING 1`,
  );
  await sql.rows(
    `DELETE FROM roster_pull WHERE id IN (
       SELECT id FROM roster_pull WHERE status <> 'processing' AND finished_at < now() - $1 * interval '1 day' LIMIT 100)`,
    [days],
  );
  return gone.length;
}
