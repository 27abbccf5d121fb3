/** The rows of lineItems and results as the planner and everybody else reads them, with the duty that both carry. */
import type { Duty, Found, LineItemFacts, ResultFacts, Restored, SeenOf } from '../gradebook/facts.ts';
import type { LocalStatus } from '../gradebook/local.ts';
import type { Shown } from '../gradebook/values.ts';
import type { Reason } from '../gradebook/decision.ts';
import type { Progress } from '../passback/state.ts';
import type { Sql } from './database.ts';

/** The duty's columns, for `SELECT ${dutyColumns('r')}`. */
export const dutyColumns = (t: string) =>
  [
    'id',
    'version',
    'version_at',
    'dirty_n',
    'clean_n',
    'release_n',
    'acked_version',
    'acked_hash',
    'acked',
    'sourced_id',
    'linked_to',
    'found',
    'seen_of',
    'restored',
    'verified_version',
    'parked_n',
    'priority',
    'attempts',
    'next_attempt_at',
    'last_reason',
    'last_sent_at',
    'sending_epoch',
    'sync_id',
  ]
    .map((column) => `${t}.${column}`)
    .join(', ');

export interface DutyRow {
  id: string;
  version: number;
  version_at: Date;
  dirty_n: number;
  clean_n: number;
  release_n: number;
  acked_version: number;
  acked_hash: string | null;
  acked: Record<string, unknown> | null;
  sourced_id: string | null;
  linked_to: string | null;
  found: Found | null;
  seen_of: SeenOf | null;
  /** what the SIS held when it was last read; only where a list or a plan shows it */
  seen?: Shown | null;
  seen_at?: Date | null;
  restored: Restored | null;
  verified_version: number;
  parked_n: number | null;
  priority: number;
  attempts: number;
  next_attempt_at: Date;
  last_reason: Reason | null;
  last_sent_at: Date | null;
  sending_epoch: string | null;
  sync_id: string | null;
}

export function duty(row: DutyRow): Duty {
  return {
    id: row.id,
    version: row.version,
    versionAt: row.version_at,
    dirtyN: row.dirty_n,
    cleanN: row.clean_n,
    releaseN: row.release_n,
    ackedVersion: row.acked_version,
    ackedHash: row.acked_hash,
    sourcedId: row.sourced_id,
    linkedTo: row.linked_to,
    found: row.found,
    seenOf: row.seen_of,
    restored: row.restored,
  };
}

/** What the row remembers of its way; `epoch` is the lane's current one while its lease lives. */
export function progress(row: DutyRow, epoch: string | null): Progress {
  return {
    verifiedVersion: row.verified_version,
    parkedN: row.parked_n ?? 0,
    parkedReason: row.last_reason,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    lastReason: row.last_reason,
    sending: epoch !== null && row.sending_epoch === epoch,
  };
}

export interface LineItemRow extends DutyRow {
  class_id: string;
  key: string;
  title: string;
  description: string | null;
  category_key: string | null;
  assign_date: Date | null;
  due_date: Date | null;
  result_value_min: string | null;
  result_value_max: string | null;
  published: boolean;
  sync_to_sis: boolean;
  assigned_to: LineItemFacts['assignedTo'];
  due_date_varies: boolean;
  grading_period_sourced_id: string | null;
  overrides: {
    syncToSis?: boolean | null;
    sisTitle?: string | null;
    sisDueDate?: string | null;
    sisCategorySourcedId?: string | null;
  };
  frozen_due_date: Date | null;
  hand_linked: boolean;
  created_at: Date;
}
export const lineItemColumns = `${dutyColumns('l')}, l.class_id, l.key, l.title, l.description, l.category_key, l.assign_date, l.due_date,
  l.result_value_min, l.result_value_max, l.published, l.sync_to_sis, l.assigned_to, l.due_date_varies,
  l.grading_period_sourced_id, l.overrides, l.frozen_due_date, l.hand_linked, l.created_at`;

const numberOrNull = (text: string | null) => (text === null ? null : Number(text));

export function lineItemFacts(row: LineItemRow): LineItemFacts {
  return {
    ...duty(row),
    key: row.key,
    title: row.title,
    description: row.description,
    categoryKey: row.category_key,
    assignDate: row.assign_date,
    dueDate: row.due_date,
    resultValueMin: numberOrNull(row.result_value_min),
    resultValueMax: numberOrNull(row.result_value_max),
    published: row.published,
    syncToSis: row.sync_to_sis,
    assignedTo: row.assigned_to,
    gradingPeriodSourcedId: row.grading_period_sourced_id,
    overrides: {
      syncToSis: row.overrides.syncToSis ?? null,
      sisTitle: row.overrides.sisTitle ?? null,
      sisDueDate: row.overrides.sisDueDate ? new Date(row.overrides.sisDueDate) : null,
      sisCategorySourcedId: row.overrides.sisCategorySourcedId ?? null,
    },
    createdAt: row.created_at,
    frozenDueDate: row.frozen_due_date,
    handLinked: row.hand_linked,
  };
}

export interface ResultRow extends DutyRow {
  line_item_id: string;
  student_id: string;
  student_key: string;
  student_sourced_id: string | null;
  student_custom_id: string | null;
  sourced_id_shared: boolean;
  custom_id_shared: boolean;
  student_active: boolean;
  score: string | null;
  status: LocalStatus | null;
  late: boolean;
  posted: boolean;
  comment: string | null;
  score_date: string | null;
  revision: string | null;
}
/** Needs `r` (result) and `s` (student). */
export const resultColumns = `${dutyColumns('r')}, r.line_item_id, r.student_id, s.key AS student_key, s.sourced_id AS student_sourced_id,
  s.custom_id AS student_custom_id, s.active AS student_active, s.sourced_id_shared, s.custom_id_shared, r.score, r.status, r.late, r.posted, r.comment, r.score_date, r.revision`;

export function resultFacts(row: ResultRow): ResultFacts {
  return {
    ...duty(row),
    lineItemId: row.line_item_id,
    student: {
      id: row.student_id,
      key: row.student_key,
      sourcedId: row.student_sourced_id,
      customId: row.student_custom_id,
      sourcedIdShared: row.sourced_id_shared,
      customIdShared: row.custom_id_shared,
      active: row.student_active,
    },
    score: row.score,
    status: row.status,
    late: row.late,
    posted: row.posted,
    comment: row.comment,
    scoreDate: row.score_date,
  };
}

/** A class's rows as they stand, for plans, lists and syncs. `lineItemKey`/`studentKeys` narrow the results. */
export async function readLineItems(sql: Sql, classId: string): Promise<LineItemRow[]> {
  return sql.rows<LineItemRow>(
    `SELECT ${lineItemColumns}, l.seen, l.seen_at FROM line_item l WHERE l.class_id = $1 ORDER BY l.key COLLATE "C"`,
    [classId],
  );
}
export async function readResults(
  sql: Sql,
  lineItemIds: string[],
  studentIds: string[] | null = null,
): Promise<ResultRow[]> {
  return sql.rows<ResultRow>(
    `SELECT ${resultColumns}, r.seen, r.seen_at FROM result r JOIN student s ON s.id = r.student_id
      WHERE r.line_item_id = ANY($1::bigint[]) AND ($2::bigint[] IS NULL OR r.student_id = ANY($2::bigint[]))`,
    [lineItemIds, studentIds],
  );
}
