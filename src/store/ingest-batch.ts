/**
 * A batch of one class: what it speaks of is looked up once for all its rows, and the rows are written by their ids. One
 * statement that did both took PostgreSQL, and us to read its answer, nearly twice as long.
 */
import { lineItemSql, studentSql, type Around, type Arrival } from './arrival.ts';
import { hot, listSql, type Sql } from './database.ts';
import { priority } from './duty.ts';
import {
  changesSql,
  contentLists,
  contentNames,
  contents,
  differs,
  is,
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

/**
 * By itself and first, as `holdClasses`. Batches of one class take turns besides: what is the same needs no lock then, for
 * it is not about to be changed by another batch that came before, whose answer nobody has yet. (Those of one process: ingest.ts.)
 */
const holdClass = hot(
  `SELECT pg_advisory_xact_lock(7274, (id % 2147483647)::int) FROM class c WHERE c.tenant_id = $1 AND c.key = $2 FOR SHARE`,
);
const ofClass = 'c.tenant_id = $1 AND c.key = $2';
const placeOf = hot(placesSql(`${ofClass} AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])`));
const lineItemsOf =
  hot(`SELECT l.id, l.key, ${lineItemSql} AS is FROM class c JOIN line_item l ON l.class_id = c.id
  WHERE ${ofClass} AND l.key = ANY(${listSql('$3', 'text')})`);
const studentsOf =
  hot(`SELECT s.id, s.key, ${studentSql} AS is FROM class c JOIN student s ON s.class_id = c.id
  WHERE ${ofClass} AND s.key = ANY(${listSql('$3', 'text')})`);

const ids = `${listSql('$1')}, ${listSql('$2')}`;
const cells = `unnest(${ids}, ${contentLists(7)}) WITH ORDINALITY AS i(line_item_id, student_id, ${contentNames}, ord)`;
const place = {
  ...{ domainId: '$3::bigint', auto: '$4::boolean', priority: '$5::smallint', gatherSeconds: '$6::float8' },
};
/**
 * Always true. PostgreSQL believes that it leaves one row, and looks that one up instead of reading the table: so all are
 * looked up one by one.
 */
const oneByOne = 'ord + 0 = ord';
const rows = `(${rowsSql(cells, place)} WHERE ${oneByOne} ORDER BY line_item_id, student_id OFFSET 0) i`;
const isIt = 'r.line_item_id = i.line_item_id AND r.student_id = i.student_id';

/**
 * What is there and differs; an upsert would lock each row before it writes it, and take nearly twice as long. Who
 * writes many rows locks them in one order: an UPDATE does so in the order in which its join finds them, that is in ours if
 * it looks them up (`byIndex`).
 */
const updateWhere = (news: string, changes: string) =>
  `UPDATE result AS r SET ${changes} FROM ${rows} WHERE ${isIt} AND ${news} RETURNING i.ord::int, ${writtenSql}`;
const update = updateWhere(newsSql('i'), changesSql('i'));
/** Where no row has a revision, every one that is changed differs: what becomes of it need not ask that six times more. */
const updateUnrevised = updateWhere(differs('i'), changesSql('i', true));
/** What is there and is the same, or newer. */
const look = `SELECT i.ord::int, ${leftSql('i')} FROM ${rows} JOIN result r ON ${isIt} WHERE NOT (${newsSql('i')})`;
/** Whether or not it is there. */
const upsert = hot(putSql(`(${rowsSql(cells, place)}) i`));

/**
 * Planned each time, for where the table has one row or two, PostgreSQL does not look them up, and would keep to that. After
 * some batches of more rows it has more.
 */
const FEW = 10;
/** For who looks at their plans. */
export const planned = [update, updateUnrevised, look];

const byIndex = hot(`SELECT set_config('enable_seqscan', 'off', true)`);
const asUsual = hot(`SELECT set_config('enable_seqscan', 'on', true)`);

interface Named<T> {
  id: string;
  key: string;
  is: T;
}
type PlaceRow = Place & { class_id: string; domain_id: string; auto: boolean };
interface Answer extends Pick<Written, 'version' | 'flags'> {
  acked_version: number;
  linked_to: string | null;
}
type ByPlace = Answer & { ord: number };
type ById = Answer & { line_item_id: string; student_id: string };
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
  arrival: Arrival,
): Promise<Written[]> {
  const cls = [scope.tenantId, classKey];
  const distinct = (of: (row: ResultRow) => string) => [...new Set(rows.map(of))];
  // all are sent at once; PostgreSQL begins each when it has done the one before
  const [, [place], lineItems, students] = await Promise.all([
    sql.rows(holdClass, cls),
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
  if (place) {
    arrival.in([place.class_id]);
    await writeCells(sql, place, cells);
    arrival.of(cells.map((cell) => ({ classId: place.class_id, around: aroundOf(cell) })));
  }
  return cells.map((cell) => writtenOf(place ?? nowhere, cell));
}

async function writeCells(sql: Sql, place: PlaceRow, all: Cell[]): Promise<void> {
  const cells = all.filter((cell) => cell.lineItem && cell.student);
  const revised = cells.some(({ row }) => row.revision != null);
  const [, changed] = await Promise.all([
    sql.rows('SAVEPOINT batch'),
    lookUp(sql, revised ? update : updateUnrevised, place, cells),
  ]);
  await lookUp(sql, look, place, open(cells));
  if (open(cells).length === 0) return;
  // Some are new. To lock them behind the others would be no order: those are put back, and all written in one.
  for (const cell of changed) cell.answer = undefined;
  const left = open(cells);
  const [, answers] = await Promise.all([
    sql.rows('ROLLBACK TO batch'),
    sql.rows<ById>(upsert, paramsOf(place, left)),
  ]);
  const written = new Map(answers.map((one) => [`${one.line_item_id} ${one.student_id}`, one]));
  for (const cell of left) cell.answer = written.get(`${cell.lineItem?.id} ${cell.student?.id}`);
  // somebody else has put the same there meanwhile
  await lookUp(sql, look, place, open(left));
}

const open = (cells: Cell[]) => cells.filter((cell) => !cell.answer);

/** Answers which of these cells the statement had to do with. */
async function lookUp(sql: Sql, statement: string, place: PlaceRow, cells: Cell[]): Promise<Cell[]> {
  if (cells.length === 0) return [];
  const params = paramsOf(place, cells);
  const text = cells.length < FEW ? statement : hot(statement);
  const asked = [sql.rows(byIndex), sql.rows<ByPlace>(text, params), sql.rows(asUsual)] as const;
  const [, answers] = await Promise.all(asked);
  return answers.map((answer) => {
    const cell = cells[answer.ord - 1]!;
    cell.answer = answer;
    return cell;
  });
}

const paramsOf = (place: PlaceRow, cells: Cell[]): unknown[] => [
  ...[numbers(cells.map((cell) => cell.lineItem?.id)), numbers(cells.map((cell) => cell.student?.id))],
  ...[place.domain_id, place.auto, priority.bulk, place.gather_seconds],
  ...contents(cells.map((cell) => cell.row)),
];

const nowhere = { class_id: null, sending: '', connection_id: null, gather_seconds: 0, links_wait: false };

function writtenOf(place: Place, { lineItem, student, answer }: Cell): Written {
  const at = { place, line_item_id: lineItem?.id ?? null, student_id: student?.id ?? null };
  const { version, flags } = answer ?? { version: 0, flags: 0 };
  return { ...at, version, flags };
}

function aroundOf({ lineItem, student, answer }: Cell): Around | null {
  if (!lineItem || !student || !answer || is(answer, 'older')) return null;
  const { acked_version: ackedVersion, linked_to: linkedTo } = answer;
  return { lineItem: lineItem.is, student: student.is, ackedVersion, linkedTo };
}
