/** One row, decided and sent: the planner's decision, then at most one request. */
import { because, planResult } from './planner.ts';
import type { LineItemDecision, Reason } from '../gradebook/decision.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from '../gradebook/facts.ts';
import type { OneRosterLineItem, OneRosterResult } from '../gradebook/oneroster.ts';
import type { Outcome } from '../gradebook/outcome.ts';
import type { Settlement } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';

type WithoutRow<S> = S extends unknown ? Omit<S, 'kind' | 'id' | 'classId' | 'n' | 'version'> : never;
/** What became of a row, before it is known which row. */
export type Sent = WithoutRow<Settlement>;
/** The SIS said no, or nothing: what that means for row and lane is the lane's to judge. */
export type Answered = Sent | { how: 'outcome'; outcome: Exclude<Outcome, { kind: 'acknowledged' }> };

export interface SendParts {
  cls(): Promise<ClassFacts>;
  planLineItem(cls: ClassFacts, lineItem: LineItemFacts): LineItemDecision;
  client: SisClient;
  /** null: it is read and kept; else what becomes of the row that needed it */
  readCategories(): Promise<Sent | null>;
  readSchool(): Promise<Sent | null>;
}

/** The decision about a lineItem, after reading from the SIS what it needs to be made. */
async function decided(
  lineItem: LineItemFacts,
  by: SendParts,
): Promise<Sent | Exclude<LineItemDecision, { action: 'needsRead' }>> {
  // at most one read of each kind: after it the planner knows, one way or the other
  for (let reads = 0; reads <= 3; reads++) {
    const cls = await by.cls();
    const decision = by.planLineItem(cls, lineItem);
    if (decision.action !== 'needsRead') {
      // no category fits: of a class that the SIS does not have, that is not what should be said
      const doubt = decision.action === 'blocked' && decision.reason.code === 'CAT_MISSING';
      if (!doubt || cls.schoolSourcedId !== null || cls.schoolMissing || cls.classMissing) return decision;
      const failed = await by.readSchool();
      if (failed) return failed;
      continue;
    }
    const failed = await (decision.read === 'categories' ? by.readCategories() : by.readSchool());
    if (failed) return failed;
  }
  throw new Error('the planner asked for the same read again');
}

export async function sendLineItem(lineItem: LineItemFacts, by: SendParts): Promise<Answered> {
  const decision = await decided(lineItem, by);
  if ('how' in decision) return decision;
  switch (decision.action) {
    case 'skip':
      return { how: 'skipped', reason: decision.reason };
    case 'blocked':
      return { how: 'blocked', reason: decision.reason };
    case 'unchanged':
      return { how: 'unchanged' };
    case 'create':
    case 'update': {
      const outcome = await by.client.putLineItem(decision.sourcedId, decision.body);
      if (outcome.kind !== 'acknowledged') return { how: 'outcome', outcome };
      return {
        how: 'acknowledged',
        created: decision.action === 'create',
        hash: decision.hash,
        acked: ackedLineItem(decision.body),
        sourcedId: outcome.allocatedSourcedId ?? decision.sourcedId,
        ...(decision.frozenDueDate ? { frozenDueDate: decision.frozenDueDate } : {}),
      };
    }
  }
}

/** `parked`: why the SIS does not have the lineItem and will not take it as it is. */
export async function sendResult(
  result: ResultFacts,
  lineItem: LineItemFacts,
  parked: Reason | null,
  by: SendParts,
): Promise<Answered> {
  const about = await decided(lineItem, by);
  if ('how' in about) return about;
  if (parked && about.action === 'create')
    return { how: 'blocked', reason: because('LINE_ITEM_WAITS', parked) };
  const decision = planResult(await by.cls(), lineItem, about, result);
  switch (decision.action) {
    case 'needsRead':
      throw new Error('a result needs no read of its own');
    case 'skip':
      return { how: 'skipped', reason: decision.reason };
    case 'blocked':
      return { how: 'blocked', reason: decision.reason };
    case 'unchanged':
      return { how: 'unchanged' };
    case 'create':
    case 'update': {
      const outcome = await by.client.putResult(decision.sourcedId, decision.body);
      if (outcome.kind !== 'acknowledged') return { how: 'outcome', outcome };
      return {
        how: 'acknowledged',
        created: decision.action === 'create',
        hash: decision.hash,
        acked: ackedResult(decision.body),
        sourcedId: outcome.allocatedSourcedId ?? decision.sourcedId,
      };
    }
  }
}

function ackedLineItem(body: OneRosterLineItem): Record<string, unknown> {
  return {
    title: body.title,
    dueDate: body.dueDate,
    assignDate: body.assignDate,
    categorySourcedId: body.category.sourcedId,
    resultValueMax: body.resultValueMax ?? null,
  };
}

function ackedResult(body: OneRosterResult): Record<string, unknown> {
  return {
    scoreStatus: body.scoreStatus,
    score: body.score ?? null,
    late: body.late === 'true',
    missing: body.missing === 'true',
    scoreDate: body.scoreDate,
    ...(body.comment === undefined ? {} : { comment: body.comment }),
  };
}
