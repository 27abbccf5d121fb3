/** Everything that is known about one lineItem or one score, gathered to explain it (passback/explain.ts). */
import { planned, type PlannedClass } from './cells.ts';
import { readClassFacts } from './class-facts.ts';
import { type LineItemRow, type ResultRow } from './row-facts.ts';
import { connectionState } from './connection-view.ts';
import type { Database, Sql } from './database.ts';
import { findClass, findStudent, type ClassRef } from './scope.ts';
import { stepsOf } from './sync-steps.ts';
import { explain, type ErrorCode, type Reason } from '../gradebook/dictionary.ts';
import type { Found } from '../gradebook/facts.ts';
import type { Shown } from '../gradebook/values.ts';
import type { Attempt } from '../passback/attempts.ts';
import { answerOf, neverEntered, type Story } from '../passback/explain.ts';
import { notFound } from '../passback/refusal.ts';
import { timelineOf } from '../passback/timeline.ts';
import type { Explanations, ExplanationView } from '../passback/ports/explanations.ts';

export function createExplanations(db: Database): Explanations {
  return {
    of: (scope, classKey, lineItemKey, studentKey) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey);
        const student = studentKey === null ? null : await findStudent(sql, cls, studentKey);
        const only = { lineItemKeys: [lineItemKey], studentIds: [student ?? '0'] };
        const plan = await planned(sql, cls, only);
        const item = plan.lineItems[0];
        if (!item) throw notFound('lineItem');
        const cell = student === null ? item : plan.results[0];
        const common = {
          lineItemId: lineItemKey,
          studentId: studentKey,
          lineItem: student === null ? null : plan.stateOf(item.row, item.decision),
          connection: await connectionOf(sql, cls),
          timeZone: (await readClassFacts(sql, [cls.id])).get(cls.id)?.timeZone ?? 'UTC',
        };
        return cell ? explained(sql, cls, plan, cell, common) : { ...neverEntered(), ...common };
      }),
  };
}

type Common = Pick<ExplanationView, 'lineItemId' | 'studentId' | 'lineItem' | 'connection' | 'timeZone'>;
type Cell = PlannedClass['lineItems'][number] | PlannedClass['results'][number];

async function explained(
  sql: Sql,
  cls: ClassRef,
  plan: PlannedClass,
  { row, decision }: Cell,
  common: Common,
): Promise<ExplanationView> {
  const kind = common.studentId === null ? 'lineItem' : 'result';
  const { state, reason } = plan.stateOf(row, decision);
  const way = await wayOf(sql, kind, row.id);
  const { lineItemId, studentId } = common;
  const { cause, since, nextProbeAt } = common.connection;
  const waits = state === 'queued' || state === 'retrying';
  const story: Story = {
    kind,
    state,
    reason,
    version: row.version,
    versionAt: row.version_at,
    ackedVersion: row.acked_version,
    ackedAt: way.acked_at,
    verifiedAt: row.verified_version > 0 ? way.verified_at : null,
    nextAttemptAt: waits ? row.next_attempt_at : null,
    attempts: way.attempt_log,
    syncs: await stepsOf(sql, cls, { kind, syncId: row.sync_id, lineItemId, studentId }),
    found: row.found,
    foundAt: way.found_at,
    connection: cause && { cause, since: dateOf(since), nextProbeAt: dateOf(nextProbeAt) },
    timeZone: common.timeZone,
  };
  return {
    answer: answerOf(story),
    state,
    reason,
    fixBy: (reason ?? (state === 'unsent' || waits ? cause : null))?.fixBy ?? 'nobody',
    ...common,
    here: {
      version: row.version,
      at: row.version_at.toISOString(),
      values: 'student_key' in row ? scoreOf(row) : assignmentOf(row),
    },
    acknowledged: row.acked
      ? { version: row.acked_version, at: time(way.acked_at), values: row.acked }
      : null,
    seen: way.seen && { at: time(way.seen_at), values: way.seen },
    verifiedAt: time(story.verifiedAt),
    lastSentAt: time(row.last_sent_at),
    nextAttemptAt: time(story.nextAttemptAt),
    tries: row.attempts,
    timeline: timelineOf(story),
  };
}

interface Way {
  acked_at: Date | null;
  verified_at: Date | null;
  found: Found | null;
  found_at: Date | null;
  seen: Shown | null;
  seen_at: Date | null;
  attempt_log: Attempt[];
}
async function wayOf(sql: Sql, kind: Story['kind'], id: string): Promise<Way> {
  const [way] = await sql.rows<Way>(
    `SELECT acked_at, verified_at, found, found_at, seen, seen_at, attempt_log FROM ${kind === 'result' ? 'result' : 'line_item'} WHERE id = $1`,
    [id],
  );
  if (!way) throw notFound(kind);
  return way;
}

async function connectionOf(sql: Sql, cls: ClassRef): Promise<ExplanationView['connection']> {
  const [lane] = await sql.rows<{
    cause: ErrorCode | null;
    cause_said: { params?: Reason['params']; broken?: boolean } | null;
    cause_since: Date | null;
    paused_until: Date | null;
    last_success_at: Date | null;
  }>(
    `SELECT cause, cause_said, cause_since, paused_until, last_success_at FROM lane WHERE connection_id = $1`,
    [cls.connection_id],
  );
  return {
    state: connectionState(cls.sending, lane),
    cause: lane?.cause ? explain({ code: lane.cause, params: lane.cause_said?.params ?? {} }) : null,
    since: time(lane?.cause_since ?? null),
    lastSuccessAt: time(lane?.last_success_at ?? null),
    nextProbeAt: lane?.cause ? time(lane.paused_until) : null,
  };
}

const scoreOf = (row: ResultRow) => ({
  score: row.score === null ? null : Number(row.score),
  status: row.status,
  late: row.late,
  posted: row.posted,
  scoreDate: row.score_date,
});
const assignmentOf = (row: LineItemRow) => ({
  title: row.title,
  categoryId: row.category_key,
  dueDate: time(row.due_date),
  resultValueMax: row.result_value_max === null ? null : Number(row.result_value_max),
  published: row.published,
  syncToSis: row.sync_to_sis,
});
const time = (at: Date | null) => at?.toISOString() ?? null;
const dateOf = (text: string | null) => (text === null ? null : new Date(text));
