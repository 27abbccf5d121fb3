/** How a schedule begins a roster pull of its domain: as whoever asks for one does, with nothing confirmed. */
import type { Sql } from './database.ts';
import { startRosterPull } from './roster-pulls.ts';
import { findDomain } from './scope.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { Refusal } from '../passback/refusal.ts';

const request = { full: false, dryRun: false, confirm: false };

/**
 * One that is under way already is the one that is meant, unless it only tries out what it would do: `later` then, and
 * `refused` where no pull may be, which another try would not change.
 */
export async function startPull(
  sql: Sql,
  run: { tenant_id: string; domain_id: string; domain_key: string; started_by: string },
): Promise<{ pullId: string } | { refused: Reason } | 'later'> {
  const scope = { tenantId: run.tenant_id, domainId: run.domain_id, classKeys: null };
  const domain = await findDomain(sql, scope, run.domain_key, 'FOR SHARE OF d');
  const [rehearsal] = await sql.rows(
    `SELECT 1 FROM roster_pull WHERE domain_id = $1 AND status = 'processing' AND dry_run`,
    [run.domain_id],
  );
  if (rehearsal) return 'later';
  try {
    const { id } = await startRosterPull(sql, domain, request, run.started_by);
    return { pullId: id };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'ROSTER_PULL_OFF' || error.code === 'NO_CONNECTION')
      return { refused: { code: error.code } };
    // another one ended in this very moment
    if (error.code === 'UNAVAILABLE') return 'later';
    throw error;
  }
}
