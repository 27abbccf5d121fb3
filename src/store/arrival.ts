/** What is known of a score in the moment in which it comes: from what its own statement has seen, and its class. */
import { readClassFacts } from './class-facts.ts';
import { hot, type Database, type Hot } from './database.ts';
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

/** Where a score stands. */
export interface Placed extends Pick<Around, 'ackedVersion' | 'linkedTo'> {
  classId: string;
  lineItemId: string;
  studentId: string;
  /** null: it came in a batch, whose lineItems and students are read once for all of them */
  around: Around | null;
}

/** Of all that came together, in their order; what they stand on is asked for at once. */
export async function findingsOnArrival(
  db: Database,
  arrived: (Placed & { row: ResultRow })[],
): Promise<Finding[][]> {
  if (arrived.length === 0) return [];
  const batch = arrived.filter(({ around }) => around === null);
  const [classes, lineItems, students] = await Promise.all([
    readClassFacts(db, [...new Set(arrived.map((one) => one.classId))], { titles: 'never' }),
    readEach<Around['lineItem']>(
      db,
      lineItemsSql,
      batch.map((one) => one.lineItemId),
    ),
    readEach<Around['student']>(
      db,
      studentsSql,
      batch.map((one) => one.studentId),
    ),
  ]);
  const around = ({ around, lineItemId, studentId, ackedVersion, linkedTo }: Placed): Around | null => {
    if (around) return around;
    const lineItem = lineItems.get(lineItemId);
    const student = students.get(studentId);
    return lineItem && student ? { lineItem, student, ackedVersion, linkedTo } : null;
  };
  // a batch has many of each
  const rules = new Map<Under, ReturnType<typeof preflightResultsOf>>();
  return arrived.map((one) => {
    const cls = classes.get(one.classId);
    const on = around(one);
    // deleted in this moment
    if (!cls || !on) return [];
    const find = rules.get(on.lineItem) ?? preflightResultsOf(cls, on.lineItem);
    rules.set(on.lineItem, find);
    const { row } = one;
    return find({
      student: { id: '', key: row.studentId, ...on.student },
      score: row.score == null ? null : String(row.score),
      status: row.status ?? null,
      late: row.late,
      posted: row.posted,
      ackedVersion: on.ackedVersion,
      linkedTo: on.linkedTo,
    });
  });
}

const lineItemsSql = hot(`SELECT l.id, ${lineItemSql} AS is FROM line_item l WHERE l.id = ANY($1::bigint[])`);
const studentsSql = hot(`SELECT s.id, ${studentSql} AS is FROM student s WHERE s.id = ANY($1::bigint[])`);
async function readEach<T>(db: Database, text: Hot, ids: string[]): Promise<Map<string, T>> {
  if (ids.length === 0) return new Map();
  const rows = await db.rows<{ id: string; is: T }>(text, [[...new Set(ids)]]);
  return new Map(rows.map((row) => [row.id, row.is]));
}
