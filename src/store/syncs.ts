/** One run with its history: start (or join), list, cancel, retry. */
import type { Database, Sql } from './database.ts';
import { haltLanes, lockOrder } from './duty.ts';
import { bodyHashOf, remember, repeated } from './idempotency.ts';
import { decodeCursor, pageOf, rowId, rowTime, rowUuid } from './pages.ts';
import { findClass, findDomain, type ClassRef } from './scope.ts';
import { readSync, syncColumns, syncFrom, syncView, type SyncRow } from './sync-row.ts';
import { startSync } from './sync-start.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import { Refusal } from '../passback/refusal.ts';
import type { SyncEntryView, Syncs } from '../passback/ports/store.ts';

export function createSyncs(db: Database): Syncs {
  return {
    async start(scope, classKey, request, by, idempotencyKey) {
      const bodyHash = bodyHashOf([scope.tenantId, classKey, request]);
      return db.transaction(async (sql) => {
        const before = idempotencyKey === null ? null : await repeated(sql, by, idempotencyKey, bodyHash);
        if (before) return { sync: await readSync(sql, scope, before), joined: false };
        const started = await startSync(sql, scope, classKey, request, by);
        if (idempotencyKey !== null) await remember(sql, by, idempotencyKey, bodyHash, started.sync.id);
        return started;
      });
    },

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

    cancel: (scope, id) =>
      db.transaction(async (sql) => {
        const { classId } = await readSync(sql, scope, id);
        const cls = await findClass(sql, scope, classId, 'FOR NO KEY UPDATE');
        const cancelled = await sql.rows(
          `UPDATE sync SET status = 'cancelled', finished_at = now() WHERE id = $1 AND status = 'processing' RETURNING 1`,
          [id],
        );
        const sync = await readSync(sql, scope, id);
        if (cancelled.length === 0) throw new Refusal('SYNC_FINISHED', `This sync is ${sync.status} already`);
        await withdraw(sql, id, cls);
        return sync;
      }),

    retry: (scope, id, by) =>
      db.transaction(async (sql) => {
        const sync = await readSync(sql, scope, id);
        const failed = await sql.rows<{ line_item_key: string; student_key: string | null }>(
          `SELECT DISTINCT line_item_key, student_key FROM sync_entry WHERE sync_id = $1 AND action = 'failed'`,
          [id],
        );
        const lineItems = new Set(failed.filter((f) => f.student_key === null).map((f) => f.line_item_key));
        const cells = new Set(
          failed
            .filter((f) => f.student_key !== null)
            .map((f) => JSON.stringify([f.line_item_key, f.student_key])),
        );
        return startSync(sql, scope, sync.classId, { mode: 'changes', dryRun: false }, by, {
          lineItem: (key) => lineItems.has(key),
          result: (key, student) => cells.has(JSON.stringify([key, student])),
        });
      }),
  };
}

/**
 * Nothing more of this sync is sent. What the lane has in its hands keeps the sync's id, so that what the SIS still
 * answers is told here; the lane itself is told to put back what it has not sent yet.
 */
async function withdraw(sql: Sql, id: string, cls: ClassRef): Promise<void> {
  for (const table of ['line_item', 'result'] as const)
    await sql.rows(
      `UPDATE ${table} t SET release_n = t.clean_n,
              sync_id = CASE WHEN t.sending_epoch = (SELECT epoch FROM lane WHERE connection_id = $2 AND lease_until > now()) THEN t.sync_id END
         FROM (SELECT t.id FROM ${table} t WHERE t.sync_id = $1 ORDER BY ${lockOrder[table]} FOR UPDATE) o WHERE o.id = t.id`,
      [id, cls.connection_id],
    );
  if (cls.connection_id) await haltLanes(sql, [cls.connection_id], 'sameSis');
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
