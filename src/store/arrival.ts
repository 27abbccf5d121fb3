/** What is known of a score in the moment in which it comes: from what its own statement has seen, and its class. */
import { readClassFacts } from './class-facts.ts';
import { hot, type Sql } from './database.ts';
import type { Finding } from '../gradebook/preflight/finding.ts';
import { preflightResultsOf, type Under } from '../gradebook/preflight/preflight.ts';
import type { Scored } from '../gradebook/result-draft.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

/** What stands around a cell; the JSON of `aroundSql`. */
export interface Around {
  lineItem: Under;
  student: Omit<Scored['student'], 'id' | 'key'>;
  ackedVersion: number;
  linkedTo: string | null;
}
const lineItemSql = `jsonb_build_object('key', l.key, 'linkedTo', l.linked_to, 'sourcedId', l.sourced_id,
     'resultValueMin', l.result_value_min, 'resultValueMax', l.result_value_max)`;
const studentSql = `jsonb_build_object('sourcedId', s.sourced_id, 'customId', s.custom_id, 'active', s.active,
     'sourcedIdShared', s.sourced_id_shared, 'customIdShared', s.custom_id_shared)`;
/** Needs `l` (line_item), `s` (student), and `put` or `was` (the cell). */
export const aroundSql = `jsonb_build_object('lineItem', ${lineItemSql}, 'student', ${studentSql},
  'ackedVersion', coalesce(put.acked_version, was.acked_version, 0), 'linkedTo', coalesce(put.linked_to, was.linked_to))`;

/** Where a score of a batch stands: what it shares with the others is read once for all of them. */
export interface Placed extends Pick<Around, 'ackedVersion' | 'linkedTo'> {
  lineItemId: string;
  studentId: string;
}
export async function aroundMany(sql: Sql, placed: Placed[]): Promise<(Around | null)[]> {
  const lineItems = await sql.rows<{ id: string; is: Around['lineItem'] }>(
    hot(`SELECT l.id, ${lineItemSql} AS is FROM line_item l WHERE l.id = ANY($1::bigint[])`),
    [[...new Set(placed.map((one) => one.lineItemId))]],
  );
  const students = await sql.rows<{ id: string; is: Around['student'] }>(
    hot(`SELECT s.id, ${studentSql} AS is FROM student s WHERE s.id = ANY($1::bigint[])`),
    [[...new Set(placed.map((one) => one.studentId))]],
  );
  const lineItemOf = new Map(lineItems.map((one) => [one.id, one.is]));
  const studentOf = new Map(students.map((one) => [one.id, one.is]));
  return placed.map(({ lineItemId, studentId, ackedVersion, linkedTo }) => {
    const lineItem = lineItemOf.get(lineItemId);
    const student = studentOf.get(studentId);
    return lineItem && student ? { lineItem, student, ackedVersion, linkedTo } : null;
  });
}

/** One statement for all that came together. */
export async function findingsOnArrival(
  sql: Sql,
  arrived: { classId: string; row: ResultRow; around: Around }[],
): Promise<Finding[][]> {
  const classes = await readClassFacts(sql, [...new Set(arrived.map((one) => one.classId))], {
    titles: 'never',
  });
  // a batch has many of each
  const lineItems = new Map<Under, ReturnType<typeof preflightResultsOf>>();
  return arrived.map(({ classId, row, around }) => {
    const cls = classes.get(classId);
    // deleted in this moment
    if (!cls) return [];
    const find = lineItems.get(around.lineItem) ?? preflightResultsOf(cls, around.lineItem);
    lineItems.set(around.lineItem, find);
    return find({
      student: { id: '', key: row.studentId, ...around.student },
      score: row.score == null ? null : String(row.score),
      status: row.status ?? null,
      late: row.late,
      posted: row.posted,
      ackedVersion: around.ackedVersion,
      linkedTo: around.linkedTo,
    });
  });
}
