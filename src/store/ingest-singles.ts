/** Single scores, of whatever classes: one statement for all that wait together, so that each costs little. */
import { aroundSql, type Arrival, type Around } from './arrival.ts';
import { hot, listSql, type Sql } from './database.ts';
import { priority } from './duty.ts';
import {
  contentLists,
  contentNames,
  contents,
  holdClasses,
  is,
  leftSql,
  placesSql,
  putSql,
  rowsSql,
  type Place,
  type Written,
} from './ingest-row.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

export interface Cell {
  scope: Scope;
  classKey: string;
  row: ResultRow;
}
const singles = hot(`
WITH input AS (
  SELECT * FROM unnest(${['bigint', 'bigint', 'text', 'smallint', 'text', 'text'].map((type, i) => listSql(`$${i + 1}`, type)).join(', ')}, ${contentLists(7)})
    WITH ORDINALITY AS i(tenant_id, within_id, class_key, priority, line_item_key, student_key, ${contentNames}, ord)
), place AS MATERIALIZED (${placesSql('(c.tenant_id, c.key) IN (SELECT tenant_id, class_key FROM input)')}
), cell AS MATERIALIZED (
  SELECT i.*, p.class_id, p.domain_id, p.connection_id, p.sending, p.gather_seconds, p.auto, p.links_wait, l.id AS line_item_id, s.id AS student_id
    FROM input i
    LEFT JOIN place p ON p.tenant_id = i.tenant_id AND p.key = i.class_key AND (i.within_id IS NULL OR p.path @> ARRAY[i.within_id])
    LEFT JOIN line_item l ON l.class_id = p.class_id AND l.key = i.line_item_key
    LEFT JOIN student s ON s.class_id = p.class_id AND s.key = i.student_key
), put AS (${putSql(`(${rowsSql('cell', { domainId: 'domain_id', auto: 'auto', priority: 'priority', gatherSeconds: 'gather_seconds' })}
    WHERE line_item_id IS NOT NULL AND student_id IS NOT NULL) i`)}
)
SELECT cell.ord, cell.line_item_id, cell.student_id, cell.class_id, cell.sending, cell.connection_id, cell.gather_seconds, cell.links_wait,
       coalesce(put.version, was.version, 0) AS version, coalesce(put.flags, was.flags, 1) AS flags, 
       CASE WHEN l.id IS NOT NULL AND s.id IS NOT NULL THEN ${aroundSql} END AS around
  FROM cell LEFT JOIN put USING (line_item_id, student_id)
  -- looked up one by one, and only where nothing was written: with OFFSET, PostgreSQL does not read the table for it instead
  LEFT JOIN LATERAL (SELECT ${leftSql('cell')} FROM result r
     WHERE put.version IS NULL AND r.line_item_id = cell.line_item_id AND r.student_id = cell.student_id OFFSET 0) was ON true
  LEFT JOIN line_item l ON l.id = cell.line_item_id LEFT JOIN student s ON s.id = cell.student_id`);

/** Keeps single scores of whatever classes; of one cell twice the caller must have chosen one. */
export async function writeSingles(sql: Sql, cells: Cell[], arrival: Arrival): Promise<Written[]> {
  const classes = [cells.map((c) => c.scope.tenantId), cells.map((c) => c.classKey)];
  const rows = cells.map((c) => c.row);
  const params = [
    ...[classes[0], cells.map((c) => c.scope.domainId), classes[1], cells.map(() => priority.single)],
    ...[rows.map((row) => row.lineItemId), rows.map((row) => row.studentId), ...contents(rows)],
  ];
  // both are sent at once; PostgreSQL begins the second when it has done the first
  const [, written] = await Promise.all([
    sql.rows(holdClasses, classes),
    sql.rows<Place & Omit<Written, 'place'> & { ord: string; around: Around | null }>(singles, params),
  ]);
  written.sort((a, b) => Number(a.ord) - Number(b.ord));
  arrival.in([...new Set(written.flatMap((row) => row.class_id ?? []))]);
  arrival.of(written.map((row) => ({ classId: row.class_id, around: is(row, 'older') ? null : row.around })));
  return written.map((row) => ({ ...row, place: row }));
}
