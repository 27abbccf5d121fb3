/** One run with its history: start (or join), list, cancel, retry. */
import { createHash } from 'node:crypto';
import { planned, type PlannedClass } from './cells.ts';
import type { Database, Sql } from './database.ts';
import { haltLanes, lockOrder, priority, wakeLanes } from './duty.ts';
import { decodeCursor, pageOf } from './pages.ts';
import { findClass, findDomain, type ClassRef } from './scope.ts';
import {
  addCounts,
  addEntries,
  finishSyncs,
  statusSql,
  syncColumns,
  syncFrom,
  syncView,
  type Entry,
  type SyncRow,
} from './sync-row.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { SyncRequest } from '../gradebook/local.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Principal, Scope, SyncEntryView, Syncs, SyncView } from '../passback/ports/store.ts';

type Started = { sync: SyncView; joined: boolean };

export function createSyncs(db: Database): Syncs {
  return {
    async start(scope, classKey, request, by, idempotencyKey) {
      const bodyHash = createHash('sha256')
        .update(JSON.stringify([scope.tenantId, classKey, request]))
        .digest('base64url');
      return db.transaction(async (sql) => {
        const before = idempotencyKey === null ? null : await repeated(sql, by, idempotencyKey, bodyHash);
        if (before) return { sync: await read(sql, scope, before), joined: false };
        const started = await start(sql, scope, classKey, request, by);
        if (idempotencyKey !== null)
          await sql.rows(
            `INSERT INTO idempotency_key (principal, key, body_hash, sync_id) VALUES ($1, $2, $3, $4)`,
            [principalOf(by), idempotencyKey, bodyHash, started.sync.id],
          );
        return started;
      });
    },

    async list(scope, filter, page) {
      const within =
        filter.domainId === undefined
          ? null
          : (await findDomain(db, { ...scope, classKeys: null }, filter.domainId)).id;
      const cls = filter.classId === undefined ? null : (await findClass(db, scope, filter.classId)).id;
      const after = decodeCursor(page.cursor, 2);
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

    get: (scope, id) => read(db, scope, id),

    async entries(scope, id, page) {
      await read(db, scope, id);
      const after = decodeCursor(page.cursor, 1);
      const rows = await db.rows<EntryRow>(
        `SELECT id, kind, line_item_key, student_key, action, reason, version, at FROM sync_entry WHERE sync_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
        [id, after?.[0] ?? '0', page.limit + 1],
      );
      return pageOf(rows, page.limit, entryView, (row) => [row.id]);
    },

    cancel: (scope, id) =>
      db.transaction(async (sql) => {
        const { classId } = await read(sql, scope, id);
        const cls = await findClass(sql, scope, classId, 'FOR NO KEY UPDATE');
        const cancelled = await sql.rows(
          `UPDATE sync SET status = 'cancelled', finished_at = now() WHERE id = $1 AND status = 'processing' RETURNING 1`,
          [id],
        );
        const sync = await read(sql, scope, id);
        if (cancelled.length === 0)
          throw new Refusal('SYNC_FINISHED', `This sync is ${sync.status} already`);
        await withdraw(sql, id, cls);
        return sync;
      }),

    retry: (scope, id, by) =>
      db.transaction(async (sql) => {
        const sync = await read(sql, scope, id);
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
        return start(sql, scope, sync.classId, { mode: 'changes', dryRun: false }, by, {
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

interface Only {
  lineItem(key: string): boolean;
  result(lineItemKey: string, studentKey: string): boolean;
}

/**
 * Plans the class, writes down what cannot go and why, and takes in what can: those rows carry the sync's id until
 * the lane has brought each to an end.
 */
async function start(
  sql: Sql,
  scope: Scope,
  classKey: string,
  request: SyncRequest,
  by: Principal,
  only?: Only,
): Promise<Started> {
  // excludes other presses for this class, changes of its structure, and for a moment scores and answers of the SIS
  const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
  refuseIfOff(cls);
  const studentIds = await studentsOf(sql, cls, request.studentIds);
  await checkLineItems(sql, cls, request.lineItemIds);
  const plan = await planned(sql, cls, { lineItemKeys: request.lineItemIds, studentIds }, request.mode);
  const mine = (what: 'lineItem' | 'result', key: string, student = '') =>
    !only || (what === 'lineItem' ? only.lineItem(key) : only.result(key, student));
  const narrow: PlannedClass = {
    ...plan,
    lineItems: plan.lineItems.filter((l) => mine('lineItem', l.row.key)),
    results: plan.results.filter((r) => mine('result', r.lineItemKey, r.row.student_key)),
  };
  const processing = request.dryRun ? null : await processingSync(sql, cls.id);
  const id = processing ?? (await insertSync(sql, cls, request, by));
  if (request.dryRun) await recordDryRun(sql, id, narrow);
  else await takeIn(sql, id, cls, narrow, plan, request, processing === null);
  return { sync: await read(sql, scope, id), joined: processing !== null };
}

function refuseIfOff(cls: ClassRef): void {
  const refused = {
    off: 'PASSBACK_OFF',
    excluded: 'DOMAIN_EXCLUDED',
    noConnection: 'NO_CONNECTION',
  } as const;
  if (cls.sending === 'on' || cls.sending === 'paused') return;
  const code = refused[cls.sending];
  const { message, fix } = explain({ code });
  throw new Refusal(code, `${message} ${fix}`);
}

async function insertSync(sql: Sql, cls: ClassRef, request: SyncRequest, by: Principal): Promise<string> {
  const [row] = await sql.rows<{ id: string }>(
    `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, mode, dry_run)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [
      cls.tenant_id,
      cls.domain_id,
      cls.id,
      by.kind === 'token' ? 'manual' : 'api',
      by.name,
      request.mode,
      request.dryRun,
    ],
  );
  if (!row) throw new Error('the sync was not written');
  return row.id;
}

async function processingSync(sql: Sql, classId: string): Promise<string | null> {
  const [row] = await sql.rows<{ id: string }>(
    `SELECT id FROM sync WHERE class_id = $1 AND status = 'processing' AND trigger <> 'automatic' AND NOT dry_run FOR UPDATE`,
    [classId],
  );
  return row?.id ?? null;
}

const sends = (action: string) => action === 'create' || action === 'update' || action === 'needsRead';

async function takeIn(
  sql: Sql,
  id: string,
  cls: ClassRef,
  plan: PlannedClass,
  whole: PlannedClass,
  request: SyncRequest,
  first: boolean,
): Promise<void> {
  const urgency =
    request.studentIds?.length === 1
      ? priority.press
      : request.mode === 'all'
        ? priority.bulk
        : priority.classSync;
  const results = plan.results.filter((r) => sends(r.decision.action));
  // a score can only follow its lineItem: one that the SIS does not have yet goes with it, asked for or not
  const needed = new Set(results.map((r) => r.row.line_item_id));
  const picked = request.studentIds
    ? whole.lineItems.filter((l) => needed.has(l.row.id) && l.row.acked_version === 0)
    : [
        ...plan.lineItems,
        ...whole.lineItems.filter(
          (l) => needed.has(l.row.id) && l.row.acked_version === 0 && !plan.lineItems.includes(l),
        ),
      ];
  const lineItems = picked.filter((l) => sends(l.decision.action));
  await release(
    sql,
    'line_item',
    lineItems.map((l) => l.row.id),
    id,
    urgency,
    request.mode,
  );
  await release(
    sql,
    'result',
    results.map((r) => r.row.id),
    id,
    urgency,
    request.mode,
  );
  if (first) {
    await addEntries(sql, heldBack(id, plan, request.studentIds ? [] : plan.lineItems));
    await addCounts(sql, [
      [
        id,
        'lineItems',
        'unchanged',
        request.studentIds ? 0 : plan.lineItems.filter((l) => l.decision.action === 'unchanged').length,
      ],
      [id, 'results', 'unchanged', plan.results.filter((r) => r.decision.action === 'unchanged').length],
    ]);
  }
  await finishSyncs(sql, [id]);
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
}

/** Rows that the plan keeps here, with the reason: by choice (skipped), or wanting someone (failed). */
function heldBack(syncId: string, plan: PlannedClass, lineItems: PlannedClass['lineItems']): Entry[] {
  const entry = (
    kind: 'lineItem' | 'result',
    lineItemKey: string,
    studentKey: string | null,
    version: number,
    decision: { action: string; reason?: Reason },
  ): Entry[] =>
    decision.action === 'skip' || decision.action === 'blocked'
      ? [
          {
            syncId,
            kind,
            lineItemKey,
            studentKey,
            action: decision.action === 'skip' ? 'skipped' : 'failed',
            reason: decision.reason ?? null,
            version,
          },
        ]
      : [];
  return [
    ...lineItems.flatMap((l) => entry('lineItem', l.row.key, null, l.row.version, l.decision)),
    ...plan.results.flatMap((r) =>
      entry('result', r.lineItemKey, r.row.student_key, r.row.version, r.decision),
    ),
  ];
}

async function release(
  sql: Sql,
  table: 'line_item' | 'result',
  ids: string[],
  syncId: string,
  urgency: number,
  mode: 'changes' | 'all',
): Promise<void> {
  if (ids.length === 0) return;
  // "all" sends what the SIS has acknowledged once more: the counter rises, and no hash settles it without a request;
  // it rises for a parked row too, so that its next try is not taken for the one that was refused
  const more = mode === 'all' ? '1' : 'CASE WHEN t.parked_n = t.dirty_n THEN 1 ELSE 0 END';
  await sql.rows(
    `UPDATE ${table} t SET dirty_n = t.dirty_n + ${more}, release_n = t.dirty_n + ${more}, sync_id = $2,
            priority = CASE WHEN t.release_n > t.clean_n THEN least(t.priority, $3) ELSE $3 END,
            next_attempt_at = now(), attempts = 0, parked_n = NULL ${mode === 'all' ? ', acked_hash = NULL' : ''}
       FROM (SELECT t.id FROM ${table} t WHERE t.id = ANY($1::bigint[]) ORDER BY ${lockOrder[table]} FOR UPDATE) o
      WHERE o.id = t.id AND ($4 OR t.dirty_n > t.clean_n)`,
    [ids, syncId, urgency, mode === 'all'],
  );
}

async function recordDryRun(sql: Sql, id: string, plan: PlannedClass): Promise<void> {
  const action = (is: string) =>
    is === 'create' || is === 'needsRead'
      ? 'created'
      : is === 'update'
        ? 'updated'
        : is === 'unchanged'
          ? 'unchanged'
          : is === 'skip'
            ? 'skipped'
            : 'failed';
  const reason = (decision: { reason?: Reason }) => decision.reason ?? null;
  await addEntries(sql, [
    ...plan.lineItems.map((l): Entry => ({
      syncId: id,
      kind: 'lineItem',
      lineItemKey: l.row.key,
      studentKey: null,
      action: action(l.decision.action),
      reason: reason(l.decision as { reason?: Reason }),
      version: l.row.version,
    })),
    ...plan.results.map((r): Entry => ({
      syncId: id,
      kind: 'result',
      lineItemKey: r.lineItemKey,
      studentKey: r.row.student_key,
      action: action(r.decision.action),
      reason: reason(r.decision as { reason?: Reason }),
      version: r.row.version,
    })),
  ]);
  await sql.rows(`UPDATE sync s SET finished_at = now(), status = ${statusSql} WHERE id = $1`, [id]);
}

async function studentsOf(
  sql: Sql,
  cls: ClassRef,
  keys: string[] | undefined,
): Promise<string[] | undefined> {
  if (!keys) return undefined;
  const rows = await sql.rows<{ id: string; key: string }>(
    `SELECT id, key FROM student WHERE class_id = $1 AND key = ANY($2)`,
    [cls.id, keys],
  );
  const found = new Set(rows.map((s) => s.key));
  const missing = keys.findIndex((key) => !found.has(key));
  if (missing >= 0) throw invalid(`/studentIds/${missing}`, 'is not the id of a student of this class');
  return rows.map((s) => s.id);
}

async function checkLineItems(sql: Sql, cls: ClassRef, keys: string[] | undefined): Promise<void> {
  if (!keys) return;
  const rows = await sql.rows<{ key: string }>(
    `SELECT key FROM line_item WHERE class_id = $1 AND key = ANY($2)`,
    [cls.id, keys],
  );
  const found = new Set(rows.map((l) => l.key));
  const missing = keys.findIndex((key) => !found.has(key));
  if (missing >= 0) throw invalid(`/lineItemIds/${missing}`, 'is not the id of a lineItem of this class');
}

async function read(sql: Sql, scope: Scope, id: string): Promise<SyncView> {
  const [row] = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? await sql.rows<SyncRow>(
        `SELECT ${syncColumns} FROM ${syncFrom} WHERE s.id = $1 AND s.tenant_id = $2
            AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint]) AND ($4::text[] IS NULL OR c.key = ANY($4))`,
        [id, scope.tenantId, scope.domainId, scope.classKeys],
      )
    : [];
  if (!row) throw notFound('sync');
  return syncView(row);
}

/** A key names one person's or program's repeats, nobody else's. */
const principalOf = (by: Principal) => `${by.kind}:${by.keyId}:${by.name}`;

async function repeated(sql: Sql, by: Principal, key: string, bodyHash: string): Promise<string | null> {
  // two at once: the second waits here for the first one's commit
  await sql.rows(`SELECT pg_advisory_xact_lock(7271, hashtext($1))`, [`${principalOf(by)} ${key}`]);
  const [row] = await sql.rows<{ body_hash: string; sync_id: string }>(
    `SELECT body_hash, sync_id FROM idempotency_key WHERE principal = $1 AND key = $2 AND created_at > now() - interval '24 hours'`,
    [principalOf(by), key],
  );
  if (!row) {
    await sql.rows(`DELETE FROM idempotency_key WHERE principal = $1 AND key = $2`, [principalOf(by), key]);
    return null;
  }
  if (row.body_hash !== bodyHash)
    throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another request');
  return row.sync_id;
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
