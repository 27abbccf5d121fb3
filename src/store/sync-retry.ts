/** Retry: what failed in one sync, and nothing else, as a press of its own. */
import type { Sql } from './database.ts';
import type { Only } from './sync-plan.ts';
import { readSync } from './sync-row.ts';
import { startSync, type Started } from './sync-start.ts';
import type { Principal, Scope } from '../passback/ports/store.ts';

/**
 * Only of what is still not in the SIS: what was mended, or sent by somebody else since, is not sent twice; what still
 * cannot go is told again.
 */
export async function retrySync(sql: Sql, scope: Scope, id: string, by: Principal): Promise<Started> {
  const { classId } = await readSync(sql, scope, id);
  return startSync(sql, scope, classId, { mode: 'changes', dryRun: false }, by, await failedIn(sql, id));
}

async function failedIn(sql: Sql, id: string): Promise<Only> {
  const failed = await sql.rows<{ line_item_key: string; student_key: string | null }>(
    `SELECT DISTINCT line_item_key, student_key FROM sync_entry WHERE sync_id = $1 AND action = 'failed'`,
    [id],
  );
  const name = (...keys: string[]) => JSON.stringify(keys);
  const rows = new Set(
    failed.map((f) =>
      f.student_key === null ? name(f.line_item_key) : name(f.line_item_key, f.student_key),
    ),
  );
  return {
    lineItem: (key) => rows.has(name(key)),
    result: (lineItemKey, studentKey) => rows.has(name(lineItemKey, studentKey)),
  };
}
