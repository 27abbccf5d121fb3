/** What was deleted here and is, or was, in the SIS: what is sent, what is done, and what somebody does by hand. */
import type { Database, Sql } from './database.ts';
import { decodeCursor, pageOf, rowId } from './pages.ts';
import { findClass } from './scope.ts';
import { followTitles } from './titles.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import type { Deletions, DeletionView } from '../passback/ports/deletions.ts';

interface Row {
  id: string;
  kind: 'lineItem' | 'result';
  line_item_key: string;
  student_key: string;
  title: string;
  sourced_id: string;
  state: DeletionView['state'];
  results: number;
  waits: boolean;
  next_attempt_at: Date;
  last_reason: Reason | null;
  created_at: Date;
  done_at: Date | null;
  done_by: string | null;
}
/** What went with its lineItem is told with that. A plan that the settings have overtaken is for somebody's hands. */
const select = `SELECT * FROM (
  SELECT x.*, CASE WHEN x.state = 'planned' AND coalesce(d.effective->>'deletePropagation', 'none') = 'none' THEN 'toDoByHand' ELSE x.state END AS shown,
         NOT (x.released OR CASE c.auto_sync WHEN 'on' THEN true WHEN 'off' THEN false ELSE d.auto_sync END) AS waits,
         (SELECT count(*)::int FROM deletion r WHERE r.class_id = x.class_id AND r.line_item_key = x.line_item_key AND r.with_line_item AND x.kind = 'lineItem') AS results
    FROM deletion x JOIN class c ON c.id = x.class_id JOIN domain d ON d.id = c.domain_id
   WHERE x.class_id = $1 AND NOT x.with_line_item AND x.state <> 'withdrawn') x`;

export function createDeletions(db: Database): Deletions {
  return {
    async list(scope, classKey, { state }, page) {
      const cls = await findClass(db, scope, classKey);
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<Row & { shown: Row['state'] }>(
        `${select} WHERE ($2::text IS NULL OR x.shown = $2) AND ($3::bigint IS NULL OR x.id < $3) ORDER BY x.id DESC LIMIT $4`,
        [cls.id, state ?? null, after?.[0] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, view, (row) => [row.id]);
    },

    done: (scope, classKey, id, by) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
        const row = await read(sql, cls.id, id);
        if (row.shown === 'done') throw new Refusal('DELETION_DONE', 'This is done already');
        await followTitles(sql, cls, null, () =>
          sql.rows(
            `UPDATE deletion SET state = 'done', done_at = now(), done_by = $2, last_reason = NULL, acked = NULL WHERE id = $1`,
            [row.id, by.name],
          ),
        );
        if (row.kind === 'lineItem')
          await sql.rows(
            `DELETE FROM deletion WHERE class_id = $1 AND line_item_key = $2 AND with_line_item`,
            [cls.id, row.line_item_key],
          );
        return view(await read(sql, cls.id, id));
      }),
  };
}

async function read(sql: Sql, classId: string, id: string): Promise<Row & { shown: Row['state'] }> {
  const [row] = rowId.test(id)
    ? await sql.rows<Row & { shown: Row['state'] }>(`${select} WHERE x.id = $2`, [classId, id])
    : [];
  if (!row) throw notFound('deletion');
  return row;
}

function view(row: Row & { shown: Row['state'] }): DeletionView {
  const planned = row.shown === 'planned';
  const reason = row.shown === 'toDoByHand' && row.state === 'planned' ? stillThere : row.last_reason;
  return {
    id: row.id,
    kind: row.kind,
    lineItemId: row.line_item_key,
    studentId: row.student_key === '' ? null : row.student_key,
    title: row.title,
    sourcedId: row.sourced_id,
    state: row.shown,
    results: row.results,
    waitsForSync: planned && row.waits,
    nextAttemptAt: planned && !row.waits ? row.next_attempt_at.toISOString() : null,
    reason: reason && explain(reason),
    createdAt: row.created_at.toISOString(),
    doneAt: row.done_at?.toISOString() ?? null,
    doneBy: row.done_by,
  };
}
const stillThere: Reason = { code: 'STILL_IN_SIS' };
