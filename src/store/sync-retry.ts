/** Retry: what failed in one sync, and nothing else, as a press of its own. */
import type { Sql } from './database.ts';
import type { CellName } from './sync-plan.ts';
import { readSync } from './sync-row.ts';
import { startSync, type Started } from './sync-start.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';

/**
 * Only of what is still not in the SIS: what was mended, or sent by somebody else since, is not sent twice; what still
 * cannot go is told again.
 */
export async function retrySync(sql: Sql, scope: Scope, id: string, by: Principal): Promise<Started> {
  const { classId } = await readSync(sql, scope, id);
  const press = { request: { mode: 'changes' as const, dryRun: false }, cells: await failedIn(sql, id) };
  return startSync(sql, scope, classId, press, by);
}

async function failedIn(sql: Sql, id: string): Promise<CellName[]> {
  const failed = await sql.rows<{ line_item_key: string; student_key: string | null }>(
    `SELECT DISTINCT line_item_key, student_key FROM sync_entry WHERE sync_id = $1 AND action = 'failed'`,
    [id],
  );
  return failed.map((f) => [f.line_item_key, f.student_key]);
}
