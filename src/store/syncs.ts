/** One run with its history: start (or join), list, cancel, retry. */
import type { Database } from './database.ts';
import { decodeCursor, pageOf, rowId, rowTime, rowUuid } from './pages.ts';
import { findClass, findDomain } from './scope.ts';
import { cancelSync } from './sync-cancel.ts';
import { confirmSync } from './sync-confirm.ts';
import { retrySync } from './sync-retry.ts';
import { readSync, syncColumns, syncFrom, syncView, type SyncRow } from './sync-row.ts';
import { startSync } from './sync-start.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { SyncEntryView, Syncs } from '../passback/ports/syncs.ts';

export function createSyncs(db: Database): Syncs {
  return {
    start: (scope, classKey, request, by) =>
      db.transaction((sql) => startSync(sql, scope, classKey, { request }, by)),

    async list(scope, filter, page) {
      const within =
        filter.domainId === undefined
          ? null
          : (await findDomain(db, { ...scope, classKeys: null }, filter.domainId)).id;
      const cls = filter.classId === undefined ? null : (await findClass(db, scope, filter.classId)).id;
      const after = decodeCursor(page.cursor, [rowTime, rowUuid]);
      const rows = await db.rows<SyncRow>(
        `SELECT ${syncColumns} FROM ${syncFrom}
          WHERE s.tenant_id = $1 AND ($2::bigint IS NULL OR d.path @> ARRAY[$2::bigint]) AND ($3::text[] IS NULL OR c.key = ANY($3))
            AND ($4::bigint IS NULL OR d.path @> ARRAY[$4::bigint]) AND ($5::bigint IS NULL OR s.class_id = $5)
            AND ($6::text IS NULL OR s.status = $6) AND ($7::timestamptz IS NULL OR s.started_at >= $7)
            AND ($8::timestamptz IS NULL OR (s.started_at, s.id) < ($8, $9::uuid))
          ORDER BY s.started_at DESC, s.id DESC LIMIT $10`,
        [
          scope.tenantId,
          scope.domainId,
          scope.classKeys,
          within,
          cls,
          filter.status ?? null,
          filter.since ?? null,
          after?.[0] ?? null,
          after?.[1] ?? null,
          page.limit + 1,
        ],
      );
      return pageOf(rows, page.limit, syncView, (row) => [row.started_at.toISOString(), row.id]);
    },

    get: (scope, id) => readSync(db, scope, id),

    async entries(scope, id, page) {
      await readSync(db, scope, id);
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<EntryRow>(
        `SELECT id, kind, line_item_key, student_key, action, reason, version, at FROM sync_entry WHERE sync_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
        [id, after?.[0] ?? '0', page.limit + 1],
      );
      return pageOf(rows, page.limit, entryView, (row) => [row.id]);
    },

    cancel: (scope, id) => db.transaction((sql) => cancelSync(sql, scope, id)),
    confirm: (scope, id, evenIfChanged, by) =>
      db.transaction((sql) => confirmSync(sql, scope, id, evenIfChanged, by)),
    retry: (scope, id, by) => db.transaction((sql) => retrySync(sql, scope, id, by)),
  };
}

interface EntryRow {
  id: string;
  kind: 'lineItem' | 'result';
  line_item_key: string;
  student_key: string | null;
  action: SyncEntryView['action'];
  reason: Reason | null;
  version: number;
  at: Date;
}
function entryView(row: EntryRow): SyncEntryView {
  return {
    kind: row.kind,
    lineItemId: row.line_item_key,
    studentId: row.student_key,
    action: row.action,
    reason: row.reason ? explain(row.reason) : null,
    version: row.version,
    at: row.at.toISOString(),
  };
}
