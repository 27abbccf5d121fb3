/** A snapshot's row, found inside of a caller's scope. */
import type { Sql } from './database.ts';
import { rowUuid } from './pages.ts';
import { notFound } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { SnapshotView } from '../passback/ports/snapshots.ts';

export interface SnapshotRow {
  id: string;
  class_key: string;
  trigger: SnapshotView['trigger'];
  started_by: string;
  at: Date;
  cells: number;
}
export const snapshotColumns = `x.id, c.key AS class_key, y.trigger, y.started_by, x.at, (SELECT count(*)::int FROM snapshot_cell WHERE snapshot_id = x.id) AS cells`;
export const snapshotFrom = `snapshot x JOIN sync y ON y.id = x.id JOIN class c ON c.id = y.class_id JOIN domain d ON d.id = c.domain_id`;

/** The snapshot as the caller may see it; refuses with "not found". */
export async function findSnapshot(sql: Sql, scope: Scope, id: string): Promise<SnapshotRow> {
  const [row] = rowUuid.test(id)
    ? await sql.rows<SnapshotRow>(
        `SELECT ${snapshotColumns} FROM ${snapshotFrom} WHERE x.id = $1 AND y.tenant_id = $2
            AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint]) AND ($4::text[] IS NULL OR c.key = ANY($4))`,
        [id, scope.tenantId, scope.domainId, scope.classKeys],
      )
    : [];
  if (!row) throw notFound('snapshot');
  return row;
}
