/** Roster pulls as callers see them: started, looked at, cancelled. The lane does the rest (roster-lane.ts). */
import { randomUUID } from 'node:crypto';
import type { Database, Sql } from './database.ts';
import { wakeLanes } from './duty.ts';
import { decodeCursor, pageOf, rowId, rowTime, rowUuid } from './pages.ts';
import { noCounts } from './roster-match.ts';
import type { PullRow } from './roster-rows.ts';
import { findDomain } from './scope.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { Scope } from '../passback/ports/callers.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import type {
  RosterPullRequest,
  RosterPulls,
  RosterPullView,
  UnmatchedView,
} from '../passback/ports/roster-pulls.ts';

interface Row extends PullRow {
  domain_key: string;
  started_by: string;
  status: RosterPullView['status'];
  reason: Reason | null;
  next_attempt_at: Date;
  created_at: Date;
  finished_at: Date | null;
}
const pulls = `SELECT p.*, d.key AS domain_key FROM roster_pull p JOIN domain d ON d.id = p.domain_id`;

/** Where a pull stands that has ended or begun: one of the domain that is under way is answered (`joined`). */
export async function startRosterPull(
  sql: Sql,
  domain: { id: string; tenant_id: string; connection_id: string | null; effective: Record<string, unknown> },
  { full, dryRun, confirm }: RosterPullRequest,
  startedBy: string,
): Promise<{ id: string; joined: boolean }> {
  if (!domain.effective['rosterPull'])
    throw new Refusal(
      'ROSTER_PULL_OFF',
      'The settings of this domain do not let rosters be read from the SIS: set rosterPull first',
    );
  if (!domain.connection_id) throw new Refusal('NO_CONNECTION', 'No SIS is set up for this domain');
  const [made] = await sql.rows<{ id: string }>(
    `INSERT INTO roster_pull (id, tenant_id, domain_id, connection_id, started_by, asked_full, dry_run, confirmed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (domain_id) WHERE status = 'processing' DO NOTHING RETURNING id`,
    [randomUUID(), domain.tenant_id, domain.id, domain.connection_id, startedBy, full, dryRun, confirm],
  );
  const [running] = made
    ? [made]
    : await sql.rows<{ id: string }>(
        `SELECT id FROM roster_pull WHERE domain_id = $1 AND status = 'processing'`,
        [domain.id],
      );
  if (!running) throw new Refusal('UNAVAILABLE', 'Another pull has just ended; try again');
  await wakeLanes(sql, [domain.connection_id]);
  return { id: running.id, joined: !made };
}

export function createRosterPulls(db: Database): RosterPulls {
  return {
    start: (scope, domainKey, request, by) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey, 'FOR SHARE OF d');
        const { id, joined } = await startRosterPull(sql, domain, request, by.name);
        return { pull: view(await read(sql, scope, id)), joined };
      }),

    async list(scope, domainKey, page) {
      const domain = await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowTime, rowUuid]);
      const rows = await db.rows<Row>(
        `${pulls} WHERE d.path @> ARRAY[$1::bigint] AND ($2::timestamptz IS NULL OR (p.created_at, p.id) < ($2, $3::uuid))
          ORDER BY p.created_at DESC, p.id DESC LIMIT $4`,
        [domain.id, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, view, (row) => [row.created_at.toISOString(), row.id]);
    },

    get: async (scope, id) => view(await read(db, scope, id)),

    async unmatched(scope, id, page) {
      const pull = await read(db, scope, id);
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<UnmatchedRow>(
        `SELECT id, kind, sourced_id, class_key, student_key, reason, candidates FROM roster_unmatched WHERE pull_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
        [pull.id, after?.[0] ?? '0', page.limit + 1],
      );
      return pageOf(rows, page.limit, unmatchedView, (row) => [row.id]);
    },

    cancel: (scope, id) =>
      db.transaction(async (sql) => {
        const pull = await read(sql, scope, id);
        await sql.rows(
          `UPDATE roster_pull SET status = 'cancelled', finished_at = now() WHERE id = $1 AND status = 'processing'`,
          [pull.id],
        );
        return view(await read(sql, scope, id));
      }),
  };
}

async function read(sql: Sql, scope: Scope, id: string): Promise<Row> {
  if (scope.classKeys || !rowUuid.test(id)) throw notFound('roster pull');
  const [row] = await sql.rows<Row>(
    `${pulls} WHERE p.id = $1::uuid AND p.tenant_id = $2 AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])`,
    [id, scope.tenantId, scope.domainId],
  );
  if (!row) throw notFound('roster pull');
  return row;
}

function view(row: Row): RosterPullView {
  const processing = row.status === 'processing';
  return {
    id: row.id,
    domainId: row.domain_key,
    startedBy: row.started_by,
    status: row.status,
    mode: row.whole === null ? null : row.whole ? 'full' : 'changes',
    dryRun: row.dry_run,
    phase: processing ? row.phase : null,
    counts: { ...noCounts, ...row.counts },
    partialLists: row.partial,
    reason: row.reason && explain(row.reason),
    nextAttemptAt: processing && row.attempts > 0 ? row.next_attempt_at.toISOString() : null,
    startedAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

interface UnmatchedRow {
  id: string;
  kind: UnmatchedView['kind'];
  sourced_id: string | null;
  class_key: string | null;
  student_key: string | null;
  reason: Reason;
  candidates: number;
}
const unmatchedView = (row: UnmatchedRow): UnmatchedView => ({
  kind: row.kind,
  sourcedId: row.sourced_id,
  classId: row.class_key,
  studentId: row.student_key,
  reason: explain(row.reason),
  candidates: row.candidates,
});
