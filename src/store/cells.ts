/** Rows as people see them: the planner's decision and the row's way, put into one state per cell. */
import type { DutyRow, LineItemRow, ResultRow } from './row-facts.ts';
import { readClassFacts } from './class-facts.ts';
import { duty, lineItemFacts, progress, readLineItems, readResults, resultFacts } from './row-facts.ts';
import type { Sql } from './database.ts';
import { quietNow } from './quiet.ts';
import type { ClassRef } from './scope.ts';
import { asSent, type AsSent } from '../gradebook/as-sent.ts';
import type { Decision } from '../gradebook/decision.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { Finding } from '../gradebook/preflight/finding.ts';
import { asDecided, preflightLineItem, preflightResult } from '../gradebook/preflight/preflight.ts';
import { wireForm, type WireForm } from '../gradebook/wire.ts';
import { planClass, type PlanMode } from '../passback/planner.ts';
import { notFound } from '../passback/refusal.ts';
import { cellState, type CellState, type Sending } from '../passback/state.ts';
import type { CellView, LineItemView } from '../passback/ports/gradebook.ts';
import type { ReasonText } from '../gradebook/dictionary.ts';

export interface PlannedClass {
  /** how bodies are written for this SIS */
  form: WireForm;
  lineItems: { row: LineItemRow; decision: Decision<unknown> }[];
  results: { row: ResultRow; lineItemKey: string; decision: Decision<unknown> }[];
  stateOf(row: DutyRow, decision: Decision<unknown>): { state: CellState; reason: ReasonText | null };
  /** all that is known of a row before it is sent */
  findingsOf(item: { row: LineItemRow | ResultRow; decision: Decision<unknown> }): Finding[];
  asSent(row: LineItemRow): AsSent;
}

/** The class's plan over the rows as they stand; `only` narrows it to some lineItems and students (our ids). */
export async function planned(
  sql: Sql,
  cls: ClassRef,
  only: {
    lineItemKeys?: string[] | undefined;
    studentIds?: string[] | undefined;
    withResults?: boolean;
    /** rows as they would be: a preview of what is not written */
    as?: <R extends LineItemRow | ResultRow>(row: R) => R;
  } = {},
  mode: PlanMode = 'changes',
): Promise<PlannedClass> {
  const facts = (await readClassFacts(sql, [cls.id], { titles: 'always' })).get(cls.id);
  if (!facts) throw notFound('class');
  const as = only.as ?? ((row) => row);
  const all = (await readLineItems(sql, cls.id)).map(as);
  const lineItems = only.lineItemKeys ? all.filter((l) => only.lineItemKeys?.includes(l.key)) : all;
  const results =
    only.withResults === false
      ? []
      : (
          await readResults(
            sql,
            lineItems.map((l) => l.id),
            only.studentIds ?? null,
          )
        ).map(as);
  const lineItemOf = new Map(lineItems.map((l) => [l.id, l]));
  const resultOf = new Map(results.map((r) => [r.id, r]));
  const plan = planClass(facts, lineItems.map(lineItemFacts), results.map(resultFacts), mode);
  const lane = await laneNow(sql, cls.connection_id);
  const quiet = facts.settings.quietHours ? await quietNow(sql, cls.domain_id) : null;
  const keyOf = (id: string) => lineItemOf.get(id)?.key ?? '';
  return {
    form: wireForm(facts),
    lineItems: plan.lineItems.map(({ facts: f, decision }) => ({ row: lineItemOf.get(f.id)!, decision })),
    results: plan.results
      .map(({ facts: f, decision }) => ({
        row: resultOf.get(f.id)!,
        lineItemKey: keyOf(f.lineItemId),
        decision,
      }))
      .sort((a, b) => order(a.lineItemKey, b.lineItemKey) || order(a.row.student_key, b.row.student_key)),
    stateOf(row, decision) {
      const is = cellState({
        duty: { ...duty(row), ...progress(row, lane.epoch) },
        decision,
        sending: cls.sending,
        connectionBroken: lane.broken,
        quiet,
      });
      return { state: is.state, reason: is.reason ?? null };
    },
    findingsOf({ row, decision }) {
      if (!('line_item_id' in row))
        return asDecided(preflightLineItem(facts, lineItemFacts(row)), decision, 'lineItem');
      const lineItem = lineItemFacts(lineItemOf.get(row.line_item_id)!);
      return asDecided(preflightResult(facts, lineItem, resultFacts(row)), decision, 'result');
    },
    asSent: (row) => asSent(facts, lineItemFacts(row)),
  };
}

/** Code unit order, the same as `COLLATE "C"` for the cursor's purposes. */
export const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The lane's live epoch (null while nobody holds it) and why nothing can be sent now. */
async function laneNow(
  sql: Sql,
  connectionId: string | null,
): Promise<{ epoch: string | null; broken: Reason | null }> {
  const [lane] = await sql.rows<{
    epoch: string;
    live: boolean;
    cause: Reason['code'] | null;
    said: { params?: Reason['params'] } | null;
  }>(
    `SELECT epoch, lease_until > now() AS live, cause, cause_said AS said FROM lane WHERE connection_id = $1`,
    [connectionId],
  );
  return {
    epoch: lane?.live ? lane.epoch : null,
    broken: lane?.cause
      ? { code: lane.cause, ...(lane.said?.params ? { params: lane.said.params } : {}) }
      : null,
  };
}

const time = (at: Date | null) => at?.toISOString() ?? null;
/** When it is tried next, where that is still to come. */
const next = (row: DutyRow, state: CellState) =>
  state === 'queued' || state === 'retrying' ? row.next_attempt_at.toISOString() : null;

export function cellView(plan: PlannedClass, cell: PlannedClass['results'][number]): CellView {
  const { row } = cell;
  const { state, reason } = plan.stateOf(row, cell.decision);
  return {
    lineItemId: cell.lineItemKey,
    studentId: row.student_key,
    desired: {
      score: row.score === null ? null : Number(row.score),
      status: row.status,
      late: row.late,
      posted: row.posted,
      comment: row.comment,
      scoreDate: row.score_date,
      version: row.version,
      revision: row.revision === null ? null : Number(row.revision),
    },
    acknowledged: row.acked ? { ...row.acked, version: row.acked_version } : null,
    state,
    reason,
    nextAttemptAt: next(row, state),
    lastSentAt: time(row.last_sent_at),
  };
}

export function lineItemView(plan: PlannedClass, item: PlannedClass['lineItems'][number]): LineItemView {
  const { row } = item;
  const { state, reason } = plan.stateOf(row, item.decision);
  const cells: LineItemView['cells'] = {};
  for (const cell of plan.results) {
    if (cell.row.line_item_id !== row.id) continue;
    const is = plan.stateOf(cell.row, cell.decision).state;
    cells[is] = (cells[is] ?? 0) + 1;
  }
  return {
    lineItemId: row.key,
    title: row.title,
    description: row.description,
    categoryId: row.category_key,
    assignDate: time(row.assign_date),
    dueDate: time(row.due_date),
    resultValueMin: row.result_value_min === null ? null : Number(row.result_value_min),
    resultValueMax: row.result_value_max === null ? null : Number(row.result_value_max),
    published: row.published,
    syncToSis: row.sync_to_sis,
    assignedTo: row.assigned_to,
    dueDateVaries: row.due_date_varies,
    gradingPeriodSourcedId: row.grading_period_sourced_id,
    overrides: row.overrides,
    state,
    reason,
    sourcedId: row.sourced_id,
    asSent: plan.asSent(row),
    lastSentAt: time(row.last_sent_at),
    nextAttemptAt: next(row, state),
    cells,
    findings: plan.findingsOf(item),
  };
}
export type { Sending };
