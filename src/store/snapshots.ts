/** Snapshots: what the SIS held before a sync wrote, to look at, to keep as a file, and to bring back. */
import type { Database, Sql } from './database.ts';
import { laterThan, raiseDirty, wakeLanes } from './duty.ts';
import type { Listener } from './listen.ts';
import { decodeCursor, pageOf, rowTime, rowUuid } from './pages.ts';
import { readNow } from './plan-view.ts';
import { restoreSnapshot } from './restore.ts';
import { findClass } from './scope.ts';
import { findSnapshot, snapshotColumns, snapshotFrom, type SnapshotRow } from './snapshot-row.ts';
import type { Shown } from '../gradebook/values.ts';
import { notFound } from '../passback/refusal.ts';
import type { Snapshots, SnapshotView } from '../passback/ports/snapshots.ts';

interface CellRow {
  line_item_key: string;
  student_key: string;
  held: Shown | null;
  version: number;
}

export function createSnapshots(db: Database, listener: Listener): Snapshots {
  return {
    async list(scope, classKey, page) {
      const cls = await findClass(db, scope, classKey);
      const after = decodeCursor(page.cursor, [rowTime, rowUuid]);
      const rows = await db.rows<SnapshotRow>(
        `SELECT ${snapshotColumns} FROM ${snapshotFrom} WHERE x.class_id = $1 AND ($2::timestamptz IS NULL OR (x.at, x.id) < ($2, $3::uuid))
          ORDER BY x.at DESC, x.id DESC LIMIT $4`,
        [cls.id, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, view, (row) => [row.at.toISOString(), row.id]);
    },

    async get(scope, id, page) {
      const snapshot = await findSnapshot(db, scope, id);
      const after = decodeCursor(page.cursor, 2);
      const rows = await db.rows<CellRow>(
        `SELECT line_item_key, student_key, held, version FROM snapshot_cell
          WHERE snapshot_id = $1 AND ($2::text IS NULL OR (line_item_key, student_key) > ($2, $3)) ORDER BY line_item_key, student_key LIMIT $4`,
        [id, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
      );
      return {
        ...view(snapshot),
        ...pageOf(rows, page.limit, cellView, (row) => [row.line_item_key, row.student_key]),
      };
    },

    async table(scope, id) {
      await findSnapshot(db, scope, id);
      const rows = await db.rows<CellRow & Record<'title' | 'given_name' | 'family_name', string | null>>(
        `SELECT x.line_item_key, x.student_key, x.held, x.version, l.title, s.given_name, s.family_name
           FROM snapshot_cell x JOIN snapshot o ON o.id = x.snapshot_id
           LEFT JOIN line_item l ON l.class_id = o.class_id AND l.key = x.line_item_key
           LEFT JOIN student s ON s.class_id = o.class_id AND s.key = x.student_key
          WHERE x.snapshot_id = $1 ORDER BY x.line_item_key, x.student_key`,
        [id],
      );
      return rows.map((row) => ({
        ...cellView(row),
        title: row.title,
        givenName: row.given_name,
        familyName: row.family_name,
      }));
    },

    async read(scope, id) {
      const snapshot = await findSnapshot(db, scope, id);
      await readNow(db, listener, await findClass(db, scope, snapshot.class_key));
    },

    restore: (scope, id, request, by) =>
      db.transaction((sql) => restoreSnapshot(sql, scope, id, request, by)),

    release: (scope, classKey, lineItemKey, studentKey) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
        const [item] = await sql.rows<{ id: string }>(
          `SELECT id FROM line_item WHERE class_id = $1 AND key = $2`,
          [cls.id, lineItemKey],
        );
        if (!item) throw notFound('lineItem');
        if (studentKey === null) {
          const own = await letGoOf(sql, 'line_item', 't.id = $1', [item.id]);
          const results = await letGoOf(sql, 'result', 't.line_item_id = $1', [item.id]);
          await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
          return { released: own + results };
        }
        const [cell] = await sql.rows<{ id: string }>(
          `SELECT r.id FROM result r JOIN student s ON s.id = r.student_id WHERE r.line_item_id = $1 AND s.key = $2`,
          [item.id, studentKey],
        );
        if (!cell) throw notFound('result');
        const released = await letGoOf(sql, 'result', 't.id = $1', [cell.id]);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
        return { released };
      }),
  };
}

/** What is here counts again, as a version of its own: some SISs ignore what is older than what they have. */
async function letGoOf(
  sql: Sql,
  table: 'line_item' | 'result',
  where: string,
  params: unknown[],
): Promise<number> {
  const released = await sql.rows<{ id: string }>(
    `UPDATE ${table} t SET restored = NULL, version = t.version + 1, version_at = ${laterThan('t')}
      WHERE ${where} AND (t.restored->>'version')::int >= t.version RETURNING t.id`,
    params,
  );
  if (released.length > 0)
    await raiseDirty(sql, table, 't.id = ANY($1::bigint[])', [released.map((row) => row.id)]);
  return released.length;
}

function view(row: SnapshotRow): SnapshotView {
  return {
    id: row.id,
    syncId: row.id,
    classId: row.class_key,
    trigger: row.trigger,
    startedBy: row.started_by,
    at: row.at.toISOString(),
    cells: row.cells,
  };
}

const cellView = (row: CellRow) => ({
  kind: row.student_key === '' ? ('lineItem' as const) : ('result' as const),
  lineItemId: row.line_item_key,
  studentId: row.student_key === '' ? null : row.student_key,
  held: row.held,
  version: row.version,
});
