/**
 * A batch of one class: what it speaks of is looked up once for all its rows, and the rows are written by their ids. One
 * statement that did both took PostgreSQL, and us to read its answer, nearly twice as long.
 */
import { lineItemSql, studentSql, type Around } from './arrival.ts';
import { hot, listSql, type Sql } from './database.ts';
import { priority } from './duty.ts';
import {
  changesSql,
  contentLists,
  contentNames,
  contents,
  holdClasses,
  leftSql,
  newsSql,
  numbers,
  placesSql,
  putSql,
  rowsSql,
  writtenSql,
  type Place,
  type Written,
} from './ingest-row.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

const ofClass = 'c.tenant_id = $1 AND c.key = $2';
const placeOf = hot(placesSql(`${ofClass} AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])`));
const lineItemsOf =
  hot(`SELECT l.id, l.key, ${lineItemSql} AS is FROM class c JOIN line_item l ON l.class_id = c.id
  WHERE ${ofClass} AND l.key = ANY(${listSql('$3', 'text')})`);
const studentsOf =
  hot(`SELECT s.id, s.key, ${studentSql} AS is FROM class c JOIN student s ON s.class_id = c.id
  WHERE ${ofClass} AND s.key = ANY(${listSql('$3', 'text')})`);

/**
 * In the order in which everybody locks them. An UPDATE locks in the order in which its join finds the rows, and that is
 * this one where PostgreSQL looks them up one by one: it may not read the table (`byIndex`), and the condition, which is
 * always true, makes it believe that there is one row to look up. Planned each time, for of a plan from when the table was
 * empty that would not be so.
 */
const rows = `(${rowsSql(
  `unnest(${listSql('$1')}, ${listSql('$2')}, ${contentLists(7)}) WITH ORDINALITY AS i(line_item_id, student_id, ${contentNames}, ord)`,
  { domainId: '$3::bigint', auto: '$4::boolean', priority: '$5::smallint', gatherSeconds: '$6::float8' },
)} WHERE ord + 0 = ord ORDER BY line_item_id, student_id OFFSET 0) i`;
const isIt = 'r.line_item_id = i.line_item_id AND r.student_id = i.student_id';

/** What is there and differs. An upsert locks each row before it writes it, and takes nearly twice as long. */
const update = `UPDATE result AS r SET ${changesSql('i')} FROM ${rows} WHERE ${isIt} AND ${newsSql('i')} RETURNING i.ord::int, ${writtenSql}`;
/** What is there and is the same, or newer. */
const look = `SELECT i.ord::int, ${leftSql('i')} FROM ${rows} JOIN result r ON ${isIt} WHERE NOT (${newsSql('i')})`;
/** What is not there, or was not a moment ago. */
const insert = hot(
  `WITH i AS MATERIALIZED (SELECT * FROM ${rows}), put AS (${putSql('i')}) SELECT i.ord::int, put.* FROM put JOIN i USING (line_item_id, student_id)`,
);

/** For who looks at their plans. */
export const plannedEachTime = [update, look];

const byIndex = hot(`SELECT set_config('enable_seqscan', 'off', true)`);
const asUsual = hot(`SELECT set_config('enable_seqscan', 'on', true)`);

interface Named<T> {
  id: string;
  key: string;
  is: T;
}
type PlaceRow = Place & { domain_id: string; auto: boolean };
interface Answer extends Pick<Written, 'version' | 'flags'> {
  ord: number;
  acked_version: number;
  linked_to: string | null;
}
interface Cell {
  row: ResultRow;
  lineItem: Named<Around['lineItem']> | undefined;
  student: Named<Around['student']> | undefined;
  answer: Answer | undefined;
}

/** Keeps rows of one class, each cell once; answers in their order. */
export async function writeBatch(
  sql: Sql,
  scope: Scope,
  classKey: string,
  rows: ResultRow[],
): Promise<Written[]> {
  const cls = [scope.tenantId, classKey];
  const distinct = (of: (row: ResultRow) => string) => [...new Set(rows.map(of))];
  // all are sent at once; PostgreSQL begins each when it has done the one before
  const [, [place], lineItems, students] = await Promise.all([
    sql.rows(holdClasses, [[scope.tenantId], [classKey]]),
    sql.rows<PlaceRow>(placeOf, [...cls, scope.domainId]),
    sql.rows<Named<Around['lineItem']>>(lineItemsOf, [...cls, distinct((row) => row.lineItemId)]),
    sql.rows<Named<Around['student']>>(studentsOf, [...cls, distinct((row) => row.studentId)]),
  ]);
  const lineItemOf = new Map(lineItems.map((l) => [l.key, l]));
  const studentOf = new Map(students.map((s) => [s.key, s]));
  const cells = rows.map((row): Cell => ({
    row,
    lineItem: lineItemOf.get(row.lineItemId),
    student: studentOf.get(row.studentId),
    answer: undefined,
  }));
  if (place) await writeCells(sql, place, cells);
  return cells.map((cell) => writtenOf(place ?? nowhere, cell));
}

/** Each step takes what those before it have left. */
async function writeCells(sql: Sql, place: PlaceRow, cells: Cell[]): Promise<void> {
  let left = cells.filter((cell) => cell.lineItem && cell.student);
  // the last: somebody else has put the same there meanwhile
  for (const step of [update, look, insert, look]) {
    if (left.length === 0) return;
    const params = [
      ...[numbers(left.map((cell) => cell.lineItem?.id)), numbers(left.map((cell) => cell.student?.id))],
      ...[place.domain_id, place.auto, priority.bulk, place.gather_seconds],
      ...contents(left.map((cell) => cell.row)),
    ];
    const asked = [sql.rows(byIndex), sql.rows<Answer>(step, params), sql.rows(asUsual)] as const;
    const [, answers] = await Promise.all(asked);
    for (const answer of answers) left[answer.ord - 1]!.answer = answer;
    left = left.filter((cell) => !cell.answer);
  }
}

const nowhere = { class_id: null, sending: '', connection_id: null, gather_seconds: 0, links_wait: false };

function writtenOf(place: Place, { lineItem, student, answer }: Cell): Written {
  const at = { place, line_item_id: lineItem?.id ?? null, student_id: student?.id ?? null };
  if (!lineItem || !student || !answer) return { ...at, version: 0, flags: 0, around: null };
  const { version, flags, acked_version: ackedVersion, linked_to: linkedTo } = answer;
  return {
    ...at,
    version,
    flags,
    around: { lineItem: lineItem.is, student: student.is, ackedVersion, linkedTo },
  };
}
