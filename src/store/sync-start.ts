/** How a sync begins: plan the class, take in what can go, write down what cannot and why. */
import { planned, type PlannedClass } from './cells.ts';
import type { Sql } from './database.ts';
import { lockOrder, priority, wakeLanes } from './duty.ts';
import { findClass, type ClassRef } from './scope.ts';
import { addCounts, addEntries, finishSyncs, readSync, statusSql, type Entry } from './sync-row.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { SyncRequest } from '../gradebook/local.ts';
import { invalid, Refusal } from '../passback/refusal.ts';
import type { Principal, Scope, SyncView } from '../passback/ports/store.ts';

/** joined: a sync of the class was processing and took this press in */
export interface Started {
  sync: SyncView;
  joined: boolean;
}
/** Narrows a sync to some rows: what a retry sends again. */
interface Only {
  lineItem(key: string): boolean;
  result(lineItemKey: string, studentKey: string): boolean;
}

/**
 * Plans the class, writes down what cannot go and why, and takes in what can: those rows carry the sync's id until
 * the lane has brought each to an end.
 */
export async function startSync(
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
  if (by.role === 'admin') await refuseAdmins(sql, cls);
  const studentIds = await studentsOf(sql, cls, request.studentIds);
  await checkLineItems(sql, cls, request.lineItemIds);
  const scoped = { lineItemKeys: request.lineItemIds, studentIds };
  let plan = await planned(sql, cls, scoped, request.mode);
  if (!request.dryRun && (await forgetFruitlessReads(sql, cls, plan)))
    plan = await planned(sql, cls, scoped, request.mode);
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
  return { sync: await readSync(sql, scope, id), joined: processing !== null };
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

/**
 * What the SIS did not have when the class was last read, somebody may have made there since: a press looks again.
 * (A mapping to a category that is gone stays: only a person can choose another one.)
 */
async function forgetFruitlessReads(sql: Sql, cls: ClassRef, plan: PlannedClass): Promise<boolean> {
  const fruitless = new Set<string>(['CAT_MISSING', 'MAP_SCHOOL', 'MAP_CLASS']);
  const any = plan.lineItems.some(
    ({ decision }) => decision.action === 'blocked' && fruitless.has(decision.reason.code),
  );
  if (!any) return false;
  const forgotten = await sql.rows(
    `UPDATE class SET sis_categories = NULL, sis_categories_read_at = NULL, sis_class_missing = false,
            read_school_sourced_id = nullif(read_school_sourced_id, '')
      WHERE id = $1 AND (sis_categories IS NOT NULL OR sis_class_missing OR read_school_sourced_id = '') RETURNING 1`,
    [cls.id],
  );
  return forgotten.length > 0;
}

/** A district may leave the button to its teachers alone (`adminsMaySync`). */
async function refuseAdmins(sql: Sql, cls: ClassRef): Promise<void> {
  const [domain] = await sql.rows<{ may: boolean }>(
    `SELECT coalesce((effective->>'adminsMaySync')::boolean, true) AS may FROM domain WHERE id = $1`,
    [cls.domain_id],
  );
  if (!domain?.may)
    throw new Refusal('FORBIDDEN', 'In this domain administrators do not send grades (adminsMaySync is off)');
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
  const held = heldBack(id, plan, request.studentIds ? [] : plan.lineItems);
  // a press that joins tells what its own scope cannot send, and nothing twice
  await addEntries(sql, first ? held : await untold(sql, id, held));
  if (first) {
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

async function untold(sql: Sql, id: string, entries: Entry[]): Promise<Entry[]> {
  const rows = await sql.rows<{ line_item_key: string; student_key: string | null }>(
    `SELECT DISTINCT line_item_key, student_key FROM sync_entry WHERE sync_id = $1`,
    [id],
  );
  const cell = (lineItemKey: string, studentKey: string | null) => JSON.stringify([lineItemKey, studentKey]);
  const told = new Set(rows.map((row) => cell(row.line_item_key, row.student_key)));
  return entries.filter((entry) => !told.has(cell(entry.lineItemKey, entry.studentKey)));
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
