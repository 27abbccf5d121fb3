/**
 * What a deletion here means for the SIS: a row that survives the deleted one, with all that is known of it there. By
 * the settings it is sent, or somebody removes it by hand; and while it is there, whoever puts it here again finds its
 * link as it was.
 */
import type { LineItemRow, ResultRow } from './row-facts.ts';
import { readClassFacts } from './class-facts.ts';
import { lineItemFacts } from './row-facts.ts';
import type { Sql } from './database.ts';
import type { ClassRef } from './scope.ts';
import { finishSyncs } from './sync-row.ts';
import { keptCapabilities } from '../gradebook/capabilities.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { lineItemLink, resultLink } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { resultSourcedId } from '../gradebook/source-ids.ts';

/** Acknowledged, sent, or in the hands of a lane: it is in the SIS, or may be. */
const mayBeThere = (row: LineItemRow | ResultRow) =>
  row.acked_version > 0 || row.last_sent_at !== null || row.sending_epoch !== null;

/** The rows are deleted after this, in the same transaction; the caller holds the class. */
export async function planDeletions(
  sql: Sql,
  cls: ClassRef,
  gone: { lineItem: LineItemRow; results: ResultRow[]; withLineItem: boolean },
): Promise<void> {
  const facts = (await readClassFacts(sql, [cls.id], { titles: 'never' })).get(cls.id);
  if (!facts || cls.connection_id === null) return;
  const { lineItem, withLineItem } = gone;
  const lineItemId = lineItemIdOf(facts, lineItemFacts(lineItem));
  const classId = sisIdOf(facts, facts.settings);
  const rows = [
    ...(withLineItem && mayBeThere(lineItem)
      ? [
          {
            ...about(lineItem),
            kind: 'lineItem' as const,
            student_key: '',
            with_line_item: false,
            sourced_id: lineItem.sourced_id ?? lineItemId,
            linked_to: lineItem.linked_to ?? (classId === null ? null : lineItemLink(classId)),
          },
        ]
      : []),
    ...gone.results.filter(mayBeThere).flatMap((row) => {
      const studentId = facts.settings.useCustomIds ? row.student_custom_id : row.student_sourced_id;
      const link = studentId === null ? null : resultLink(lineItemId, studentId);
      const sourcedId =
        row.sourced_id ?? (studentId === null ? null : resultSourcedId(lineItemId, studentId));
      if (sourcedId === null) return [];
      return [
        {
          ...about(row),
          kind: 'result' as const,
          student_key: row.student_key,
          with_line_item: withLineItem,
          sourced_id: sourcedId,
          linked_to: row.linked_to ?? link,
        },
      ];
    }),
  ];
  if (rows.length === 0) return;
  const reasons = await byHand(sql, cls, facts.settings.deletePropagation);
  // what somebody entered there is not ours to take away, nor with its assignment
  const theirs: Reason = { code: 'STILL_IN_SIS' };
  const anyTheirs = gone.results.some(isTheirs);
  await sql.rows(
    `INSERT INTO deletion (class_id, kind, line_item_key, student_key, title, with_line_item, sourced_id, linked_to, acked_hash, acked, acked_at, tried, state, last_reason, next_attempt_at)
     SELECT c.id, n.kind, $2, n.student_key, $3, n.with_line_item, n.sourced_id, n.linked_to, n.acked_hash, n.acked, n.acked_at,
            CASE n.kind WHEN 'lineItem' THEN (SELECT tried FROM line_item WHERE id = n.row_id) ELSE (SELECT tried FROM result WHERE id = n.row_id) END,
            n.state, n.last_reason,
            now() + d.gather_seconds * interval '1 second'
       FROM jsonb_to_recordset($4::jsonb) AS n(kind text, student_key text, with_line_item boolean, sourced_id text, linked_to text,
            acked_hash text, acked jsonb, acked_at timestamptz, row_id bigint, state text, last_reason jsonb), class c JOIN domain d ON d.id = c.domain_id
      WHERE c.id = $1`,
    [
      cls.id,
      lineItem.key,
      lineItem.title,
      JSON.stringify(
        rows.map(({ theirs: held, ...row }) => {
          const reason = reasons[row.kind] ?? ((row.kind === 'lineItem' ? anyTheirs : held) ? theirs : null);
          return { ...row, state: reason ? 'toDoByHand' : 'planned', last_reason: reason };
        }),
      ),
    ],
  );
}

/** The SIS shows what was never sent from here. */
const isTheirs = ({ found }: LineItemRow | ResultRow) =>
  found !== null && ['foreign', 'insists', 'kept', 'owned'].includes(found.how) && found.shown !== null;

const about = (row: LineItemRow | ResultRow) => ({
  theirs: isTheirs(row),
  acked_hash: row.acked_version > 0 ? row.acked_hash : null,
  acked: row.acked_version > 0 ? row.acked : null,
  acked_at: row.acked_version > 0 ? row.last_sent_at : null,
  row_id: row.id,
});

/** Why nothing is sent: nobody wants it, or this SIS was found to forbid it. */
async function byHand(
  sql: Sql,
  cls: ClassRef,
  how: 'none' | 'tobedeleted' | 'delete',
): Promise<Record<'lineItem' | 'result', Reason | null>> {
  if (how === 'none') return { lineItem: { code: 'STILL_IN_SIS' }, result: { code: 'STILL_IN_SIS' } };
  const [connection] = await sql.rows<{ capabilities: unknown }>(
    `SELECT capabilities FROM connection WHERE id = $1`,
    [cls.connection_id],
  );
  const can = keptCapabilities(connection?.capabilities);
  const forbidden: Reason = { code: 'ITEM_DELETE_REFUSED' };
  return {
    lineItem: how === 'delete' && can.deleteLineItem === false ? forbidden : null,
    result: how === 'delete' && can.deleteResult === false ? forbidden : null,
  };
}

/** It may have been sent: a lane has, or had, it in its hands. */
const underWay = `(x.sending_epoch IS NOT NULL OR x.sent_at IS NOT NULL)`;
const open = `x.state IN ('planned', 'refused', 'toDoByHand')`;
/** The facts of a deletion `x` for a row that has none yet, what was tried too (of no version of this row); uncertain where the deletion may have been done meanwhile. */
const comesBack = `sourced_id = x.sourced_id, linked_to = x.linked_to, acked = x.acked, acked_at = x.acked_at, last_sent_at = x.acked_at,
  acked_version = CASE WHEN x.acked IS NULL THEN 0 ELSE 1 END, acked_hash = CASE WHEN ${underWay} THEN NULL ELSE x.acked_hash END,
  tried = (SELECT coalesce(jsonb_agg(CASE WHEN e ? 'v' THEN jsonb_set(e, '{v}', '0') ELSE e END ORDER BY n), '[]') FROM jsonb_array_elements(x.tried) WITH ORDINALITY AS t(e, n))`;

/** A lineItem was put here again: what was planned for the SIS is withdrawn, and its link comes back. */
export async function relinkLineItem(sql: Sql, cls: ClassRef, key: string, rowId: string): Promise<void> {
  const back = await sql.rows<{ id: string }>(
    `UPDATE line_item t SET ${comesBack} FROM deletion x
      WHERE t.id = $1 AND x.id = (SELECT x.id FROM deletion x WHERE x.class_id = $2 AND x.line_item_key = $3 AND x.kind = 'lineItem' AND ${open}
                                   ORDER BY x.id DESC LIMIT 1 FOR UPDATE)
      RETURNING x.id`,
    [rowId, cls.id, key],
  );
  await withdraw(
    sql,
    back.map((row) => row.id),
  );
  // the LMS will say its scores again: until then none of them is taken away, and their links wait for them
  if (back.length > 0)
    await sql.rows(
      `UPDATE deletion x SET state = CASE WHEN ${underWay} THEN 'withdrawn' ELSE 'toDoByHand' END, with_line_item = false, last_reason = '{"code":"STILL_IN_SIS"}'
        WHERE x.class_id = $1 AND x.line_item_key = $2 AND x.kind = 'result' AND x.with_line_item AND ${open}`,
      [cls.id, key],
    );
}

/** Whether there are links that may come back with scores of this class. Needs `c` (class). */
export const linksWait = `EXISTS (SELECT 1 FROM deletion x WHERE x.class_id = c.id AND x.kind = 'result' AND ${open})`;

/** Scores were put here again. Those that take a link back are new, and locked by who wrote them. */
export async function relinkResults(
  sql: Sql,
  cells: { lineItemId: string; studentId: string }[],
): Promise<void> {
  const back = await sql.rows<{ id: string }>(
    `UPDATE result t SET ${comesBack} FROM (
       SELECT x.*, l.id AS line_item_id, s.id AS student_id
         FROM unnest($1::bigint[], $2::bigint[]) AS n(line_item_id, student_id) JOIN line_item l ON l.id = n.line_item_id JOIN student s ON s.id = n.student_id
         JOIN deletion x ON x.class_id = l.class_id AND x.line_item_key = l.key AND x.student_key = s.key AND x.kind = 'result' AND ${open}
        ORDER BY x.id FOR UPDATE OF x) x
      WHERE t.line_item_id = x.line_item_id AND t.student_id = x.student_id AND t.acked_version = 0 AND t.sourced_id IS NULL RETURNING x.id`,
    [cells.map((cell) => cell.lineItemId), cells.map((cell) => cell.studentId)],
  );
  await withdraw(
    sql,
    back.map((row) => row.id),
  );
}

async function withdraw(sql: Sql, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const going = await sql.rows<{ sync_id: string | null }>(
    `UPDATE deletion x SET state = 'withdrawn' WHERE id = ANY($1::bigint[]) AND ${underWay} RETURNING sync_id`,
    [ids],
  );
  const gone = await sql.rows<{ sync_id: string | null }>(
    `DELETE FROM deletion x WHERE id = ANY($1::bigint[]) AND NOT ${underWay} RETURNING sync_id`,
    [ids],
  );
  // nothing of it is left to wait for
  await finishSyncs(sql, [...new Set([...going, ...gone].flatMap((row) => row.sync_id ?? []))]);
}

/** These classes speak to another SIS now: what was to be deleted in the former one is nobody's any more. */
export async function forgetDeletions(sql: Sql, where: string, params: unknown[]): Promise<void> {
  await sql.rows(
    `DELETE FROM deletion x USING class c, domain d WHERE c.id = x.class_id AND d.id = c.domain_id AND ${where}`,
    params,
  );
}
