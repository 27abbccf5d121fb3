/** Two students who were mixed up in the SIS: what one's row had sent stands with the other, and is ours all the same. */
import { readClassFacts } from './class-facts.ts';
import {
  lineItemColumns,
  lineItemFacts,
  resultColumns,
  resultFacts,
  type LineItemRow,
  type ResultRow,
} from './row-facts.ts';
import type { Sql } from './database.ts';
import { triedFor, triedResults, type Tried } from './tried.ts';
import type { Values } from '../gradebook/values.ts';

/** What the other results of its lineItem had for `linkedTo`, to whom this one is linked now. */
export async function triedByOthers(sql: Sql, resultId: string, linkedTo: string): Promise<Values[]> {
  const [lineItem] = await sql.rows<LineItemRow>(
    `SELECT ${lineItemColumns} FROM line_item l WHERE l.id = (SELECT line_item_id FROM result WHERE id = $1)`,
    [resultId],
  );
  const cls = lineItem && (await readClassFacts(sql, [lineItem.class_id])).get(lineItem.class_id);
  if (!cls) return [];
  const rows = await sql.rows<ResultRow & { tried: Tried[] }>(
    `SELECT ${resultColumns}, r.tried FROM result r JOIN student s ON s.id = r.student_id
      WHERE r.line_item_id = $1 AND r.id <> $2 AND (r.linked_to = $3 OR r.tried @> jsonb_build_array(jsonb_build_object('of', $3::text)) OR r.tried @> jsonb_build_array(jsonb_build_object('for', $3::text)))`,
    [lineItem.id, resultId, linkedTo],
  );
  const tried = rows.flatMap((row) => {
    const acked: Tried[] = row.linked_to === linkedTo && row.acked ? [{ as: row.acked as Values }] : [];
    const tried = [...triedFor(row, linkedTo), ...acked];
    return triedResults(cls, lineItemFacts(lineItem), resultFacts(row), tried);
  });
  return [...tried, ...((await sentByDeleted(sql, lineItem.class_id, linkedTo)).get(linkedTo) ?? [])];
}

/** The same of results that were deleted here since, by the links that they had; of one link, or all of a class. */
export async function sentByDeleted(
  sql: Sql,
  classId: string,
  linkedTo: string | null = null,
): Promise<Map<string, Values[]>> {
  const rows = await sql.rows<{ linked_to: string; acked: Values }>(
    `SELECT linked_to, acked FROM deletion
      WHERE class_id = $1 AND kind = 'result' AND linked_to IS NOT NULL AND acked IS NOT NULL AND ($2::text IS NULL OR linked_to = $2)`,
    [classId, linkedTo],
  );
  const sent = new Map<string, Values[]>();
  for (const row of rows) sent.set(row.linked_to, [...(sent.get(row.linked_to) ?? []), row.acked]);
  return sent;
}
