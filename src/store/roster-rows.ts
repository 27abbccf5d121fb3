/** The rows that a roster pull works on, and how they are held while it does. */
import type { Sql } from './database.ts';
import { OURS, ours } from './take.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { GradingPeriod } from '../gradebook/local.ts';
import type { FromSis } from '../gradebook/roster/fill.ts';
import type { RosterList } from '../gradebook/roster/items.ts';
import type { Fence } from '../passback/ports/lanes.ts';
import type { RosterCounts } from '../passback/ports/roster-pulls.ts';

export interface PullRow {
  id: string;
  tenant_id: string;
  domain_id: string;
  connection_id: string;
  /** everything is read, not only what changed; null: not decided */
  whole: boolean | null;
  asked_full: boolean;
  dry_run: boolean;
  confirmed: boolean;
  since: Date | null;
  basis: string | null;
  phase: RosterList | 'matching' | 'creating';
  received: number;
  last_page: { hash: string; size: number } | null;
  partial: string[];
  after_id: string | null;
  counts: Partial<RosterCounts>;
  attempts: number;
}
export interface StudentCounts {
  linked: number;
  filled: number;
  created: number;
  deactivated: number;
}
export interface ClassRow {
  id: string;
  key: string;
  title: string;
  sourced_id: string | null;
  custom_id: string | null;
  school_sourced_id: string | null;
  class_code: string | null;
  grading_periods: GradingPeriod[];
  from_sis: FromSis | null;
  filled: string[] | null;
  by_pull: boolean;
  custom_ids: boolean;
  create: boolean;
}
export interface Unmatched {
  kind: 'class' | 'student';
  sourcedId: string | null;
  studentKey: string | null;
  reason: Reason;
  candidates: number;
}
export interface ClassOutcome {
  linked: boolean;
  filled: boolean;
  students: StudentCounts;
  unmatched: Unmatched[];
}
export const noStudents: StudentCounts = { linked: 0, filled: 0, created: 0, deactivated: 0 };

/**
 * Held until the transaction ends; null: the lane has moved on, or the pull has ended. The lane's row is not held: whoever
 * writes a class locks that first and wakes the lane last. Two lanes of one pull would meet at its row, and the second
 * one finds the step done.
 */
export async function holdPull(sql: Sql, fence: Fence, pullId: string): Promise<PullRow | null> {
  const [still] = await sql.rows(`SELECT 1 FROM lane WHERE ${OURS}`, ours(fence));
  if (!still) return null;
  const [pull] = await sql.rows<PullRow>(
    `SELECT * FROM roster_pull WHERE id = $1 AND connection_id = $2 AND status = 'processing' FOR UPDATE`,
    [pullId, fence.connectionId],
  );
  return pull ?? null;
}

/** The classes that a pull is about; needs $1 (connection) and $2 (the pull's domain), and `c`, `d`. */
export const inPull = `d.connection_id = $1 AND d.path @> ARRAY[$2::bigint] AND jsonb_typeof(d.effective->'rosterPull') = 'object'`;

/** Locks it; null: it is none of the pull's any more. */
export async function holdClass(sql: Sql, pull: PullRow, id: string): Promise<ClassRow | null> {
  await sql.rows(`SELECT 1 FROM class WHERE id = $1 FOR NO KEY UPDATE`, [id]);
  const [row] = await sql.rows<ClassRow>(
    `SELECT c.id, c.key, c.title, c.sourced_id, c.custom_id, c.school_sourced_id, c.class_code, c.grading_periods, c.from_sis, c.filled, c.by_pull,
            coalesce((d.effective->>'useCustomIds')::boolean, false) AS custom_ids, coalesce((d.effective->'rosterPull'->>'create')::boolean, false) AS create
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE ${inPull} AND c.id = $3 FOR SHARE OF d`,
    [pull.connection_id, pull.domain_id, id],
  );
  return row ?? null;
}
