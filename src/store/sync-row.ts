/** A sync's row, its counts and its end: shared by whoever starts, feeds or reads one. */
import { hot, listSql, type Sql } from './database.ts';
import { classesChanged, syncsEnded } from './outbox.ts';
import { deletionsWaiting, deletionWaits } from './deletion-press.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import { notFound } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { PlanAction, PlanNumbers } from '../passback/ports/plan.ts';
import type { SyncCounts, SyncStatus, SyncView } from '../passback/ports/syncs.ts';

export type Kind = 'lineItem' | 'result';
export type EntryAction = 'created' | 'updated' | 'deleted' | 'unchanged' | 'skipped' | 'failed' | 'conflict';
export interface Entry {
  syncId: string;
  kind: Kind;
  lineItemKey: string;
  studentKey: string | null;
  action: EntryAction;
  reason: Reason | null;
  version: number;
}

const countOf: Record<EntryAction, keyof SyncCounts> = {
  created: 'created',
  updated: 'updated',
  deleted: 'deleted',
  unchanged: 'unchanged',
  skipped: 'skipped',
  failed: 'failed',
  conflict: 'conflicts',
};
const noCounts: SyncCounts = {
  ...{ created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0, conflicts: 0 },
};

/** Writes the entries and adds them up in their syncs; `unchanged` ones are counted only: they would be thousands. */
export async function addEntries(sql: Sql, entries: Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const told = entries.filter((e) => e.action !== 'unchanged');
  const written = sql.rows(
    hot(`INSERT INTO sync_entry (sync_id, kind, line_item_key, student_key, action, reason, version)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::int[])`),
    [
      told.map((e) => e.syncId),
      told.map((e) => e.kind),
      told.map((e) => e.lineItemKey),
      told.map((e) => e.studentKey),
      told.map((e) => e.action),
      told.map((e) => (e.reason ? JSON.stringify(e.reason) : null)),
      told.map((e) => e.version),
    ],
  );
  const bad = new Map<string, boolean>();
  for (const { syncId, action } of entries)
    bad.set(syncId, (bad.get(syncId) ?? false) || action === 'failed' || action === 'conflict');
  const changed = classesChanged(
    sql,
    [...bad].map(([id, is]) => ({ id, bad: is })),
  );
  const sums = new Map<string, number>();
  for (const e of entries) {
    const key = `${e.syncId} ${e.kind === 'lineItem' ? 'lineItems' : 'results'} ${countOf[e.action]}`;
    sums.set(key, (sums.get(key) ?? 0) + 1);
  }
  const counted = addCounts(
    sql,
    [...sums].map(
      ([key, n]) => [...key.split(' '), n] as [string, 'lineItems' | 'results', keyof SyncCounts, number],
    ),
  );
  await Promise.all([written, changed, counted]);
}

/** Whoever follows the sync is told, when and if this transaction is committed; once, however often it is said in it. */
export const toldOf = (id: string) => `pg_notify('sync', ${id}::text)`;

/** counts is a small JSON object of a release that may have known fewer; one statement per sync adds to it. */
export async function addCounts(
  sql: Sql,
  sums: [syncId: string, kind: 'lineItems' | 'results', count: keyof SyncCounts, n: number][],
): Promise<void> {
  const bySync = new Map<string, typeof sums>();
  for (const sum of sums) if (sum[3] > 0) bySync.set(sum[0], [...(bySync.get(sum[0]) ?? []), sum]);
  const inOrder = [...bySync].sort(([a], [b]) => (a < b ? -1 : 1));
  await Promise.all(
    inOrder.map(([id, its]) => {
      const more = byKind({});
      for (const [, kind, count, n] of its) more[kind][count] += n;
      return sql.rows(
        hot(`UPDATE sync y SET counts = (
               SELECT jsonb_object_agg(k.kind, (
                 SELECT jsonb_object_agg(m.name, m.more::int + coalesce((y.counts->k.kind->>m.name)::int, 0)) FROM jsonb_each_text(k.more) AS m(name, more)))
                 FROM jsonb_each($2::jsonb) AS k(kind, more))
              WHERE y.id = $1 RETURNING ${toldOf('y.id')}`),
        [id, JSON.stringify(more)],
      );
    }),
  );
}

/** Adds to what the sync has said that it would do. */
export async function addPlanned(sql: Sql, id: string, more: PlanNumbers): Promise<void> {
  const [row] = await sql.rows<{ planned: PlanNumbers | null }>(
    `SELECT planned FROM sync WHERE id = $1 FOR UPDATE`,
    [id],
  );
  const sum = row?.planned ? plannedOf(row.planned) : more;
  if (row?.planned)
    for (const kind of ['lineItems', 'results'] as const)
      for (const action of Object.keys(more[kind]) as PlanAction[]) sum[kind][action] += more[kind][action];
  await sql.rows(`UPDATE sync SET planned = $2 WHERE id = $1`, [id, JSON.stringify(sum)]);
}

/**
 * Ends those of these syncs that have no row left; an automatic one is never "processing". The caller holds the
 * syncs' rows, or their class: a press that joins one while we wait for it would not be seen by this statement.
 */
export async function finishSyncs(sql: Sql, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const ended = await sql.rows<{ id: string }>(
    hot(`UPDATE sync s SET finished_at = now(), status = ${statusSql}
      WHERE s.id = ANY(${listSql('$1', 'uuid')}) AND s.status = 'processing' AND s.reading_due IS NULL
        AND NOT EXISTS (SELECT 1 FROM result WHERE sync_id = s.id) AND NOT EXISTS (SELECT 1 FROM line_item WHERE sync_id = s.id)
        AND NOT ${deletionWaits}
      RETURNING s.id, ${toldOf('s.id')}`),
    [ids],
  );
  await syncsEnded(
    sql,
    ended.map(({ id }) => id),
  );
}
const sum = (names: (keyof SyncCounts)[]) =>
  ['lineItems', 'results']
    .flatMap((k) => names.map((n) => `coalesce((s.counts->'${k}'->>'${n}')::int, 0)`))
    .join(' + ');
/** failed: nothing arrived · completeWithProblems: some did */
export const statusSql = `CASE WHEN ${sum(['failed', 'conflicts'])} = 0 THEN 'complete'
  WHEN ${sum(['created', 'updated', 'deleted', 'unchanged'])} = 0 THEN 'failed' ELSE 'completeWithProblems' END`;

/** A sync that a press has begun or joined. */
export interface Pressed {
  id: string;
  startedAt: Date;
  /** it has taken in a press before */
  begun: boolean;
}
/** What came of the reading that a sync waited for: it was read then, or why the sync went on without. */
export type ReadingEnd = { readAt: string } | { reason: Reason };

export interface SyncRow {
  id: string;
  class_key: string;
  class_title: string;
  domain_key: string;
  trigger: SyncView['trigger'];
  started_by: string;
  status: SyncStatus;
  mode: 'changes' | 'all';
  dry_run: boolean;
  counts: Partial<Record<'lineItems' | 'results', Partial<SyncCounts>>>;
  planned: PlanNumbers | null;
  reading: ReadingEnd | { presses: unknown } | null;
  started_at: Date;
  finished_at: Date | null;
  pending: number;
  in_flight: number;
  sending: string;
  cause: Reason['code'] | null;
  cause_said: { params?: Reason['params'] } | null;
  cause_since: Date | null;
  paused_until: Date | null;
}
/** Needs `s` (sync), `c` (class), `d` (domain), `n` (lane, may be missing), `w` (its rows). */
export const syncColumns = `s.id, c.key AS class_key, c.title AS class_title, d.key AS domain_key, s.trigger, s.started_by, s.status, s.mode, s.dry_run, s.counts, s.planned, s.reading,
  s.started_at, s.finished_at, d.sending, n.cause, n.cause_said, n.cause_since, n.paused_until,
  CASE WHEN s.status = 'processing' THEN w.waiting + ${deletionsWaiting} ELSE 0 END AS pending,
  CASE WHEN n.lease_until > now() THEN w.in_flight ELSE 0 END AS in_flight`;
/** Whoever follows a sync asks four times a second: its rows are walked through once, and those of an ended one not at all. */
export const syncFrom = `sync s JOIN class c ON c.id = s.class_id JOIN domain d ON d.id = c.domain_id LEFT JOIN lane n ON n.connection_id = d.connection_id
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS waiting, (count(*) FILTER (WHERE r.sending_epoch = n.epoch))::int AS in_flight
      FROM (SELECT sending_epoch FROM result WHERE sync_id = s.id UNION ALL SELECT sending_epoch FROM line_item WHERE sync_id = s.id) r
     WHERE s.status IN ('processing', 'cancelled')) w`;

export function byKind(counts: SyncRow['counts']): Record<'lineItems' | 'results', SyncCounts> {
  return { lineItems: { ...noCounts, ...counts.lineItems }, results: { ...noCounts, ...counts.results } };
}

export function syncView(row: SyncRow): SyncView {
  const kinds = byKind(row.counts);
  const counts = { ...noCounts };
  for (const name of Object.values(countOf)) counts[name] = kinds.lineItems[name] + kinds.results[name];
  return {
    id: row.id,
    classId: row.class_key,
    classTitle: row.class_title,
    domainId: row.domain_key,
    trigger: row.trigger,
    startedBy: row.started_by,
    status: row.status,
    mode: row.mode,
    dryRun: row.dry_run,
    counts,
    byKind: kinds,
    planned: row.planned && plannedOf(row.planned),
    sisRead: sisRead(row.reading),
    pending: row.pending,
    inFlight: row.in_flight,
    waitingFor: row.status === 'processing' ? waitingFor(row) : null,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

/** An earlier release knew of no deletions in it. */
const plannedOf = ({ lineItems, results }: PlanNumbers): PlanNumbers => ({
  lineItems: { ...noDeletions, ...lineItems },
  results: { ...noDeletions, ...results },
});
const noDeletions = { delete: 0 };

function sisRead(reading: SyncRow['reading']): SyncView['sisRead'] {
  if (!reading) return null;
  if ('readAt' in reading) return { state: 'read', at: reading.readAt, reason: null };
  if ('reason' in reading) return { state: 'failed', at: null, reason: explain(reading.reason) };
  return { state: 'waiting', at: null, reason: null };
}

const notNow: Record<string, Reason['code']> = {
  off: 'PASSBACK_OFF',
  excluded: 'DOMAIN_EXCLUDED',
  paused: 'DOMAIN_PAUSED',
  noConnection: 'NO_CONNECTION',
};

/** Why a sync does not get on: what was decided here before what is wrong there. */
function waitingFor(row: SyncRow): SyncView['waitingFor'] {
  const here = notNow[row.sending];
  if (here) return { code: here, message: explain({ code: here }).message, since: null, nextAttemptAt: null };
  if (row.cause) {
    const { code, message } = explain({
      code: row.cause,
      ...(row.cause_said?.params ? { params: row.cause_said.params } : {}),
    });
    return {
      code,
      message,
      since: row.cause_since?.toISOString() ?? null,
      nextAttemptAt: row.paused_until?.toISOString() ?? null,
    };
  }
  return null;
}

/** The sync as the caller may see it; refuses with "not found". */
export async function readSync(sql: Sql, scope: Scope, id: string): Promise<SyncView> {
  const [row] = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? await sql.rows<SyncRow>(
        hot(`SELECT ${syncColumns} FROM ${syncFrom} WHERE s.id = $1 AND s.tenant_id = $2
            AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint]) AND ($4::text[] IS NULL OR c.key = ANY($4))`),
        [id, scope.tenantId, scope.domainId, scope.classKeys],
      )
    : [];
  if (!row) throw notFound('sync');
  return syncView(row);
}
