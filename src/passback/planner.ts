/**
 * The one planner: what a sync would do with a lineItem or result, from the facts alone. Preview and sync are
 * the same plan with different endings.
 */
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Decision, LineItemDecision, ResultDecision } from '../gradebook/decision.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { ClassFacts, Duty, LineItemFacts, ResultFacts } from '../gradebook/facts.ts';
import { buildLineItem, lineItemIdOf, type Built } from '../gradebook/line-item.ts';
import { buildResult } from '../gradebook/result.ts';

/** changes: what the SIS already acknowledged stays · all: it is sent again */
export type PlanMode = 'changes' | 'all';

/** What to do with a lineItem. */
export function planLineItem(
  cls: ClassFacts,
  li: LineItemFacts,
  mode: PlanMode = 'changes',
): LineItemDecision {
  const built = buildLineItem(cls, li);
  const decision = decide(built, li, mode);
  const sends = decision.action === 'create' || decision.action === 'update';
  return sends && built.action === 'body' && built.frozenDueDate
    ? { ...decision, frozenDueDate: built.frozenDueDate }
    : decision;
}

/** What to do with a result, given what is done with its lineItem: scores follow their assignment. */
export function planResult(
  cls: ClassFacts,
  li: LineItemFacts,
  lineItem: LineItemDecision,
  r: ResultFacts,
  mode: PlanMode = 'changes',
): ResultDecision {
  switch (lineItem.action) {
    case 'skip':
      return { action: 'skip', reason: because('SKIP_LINE_ITEM', lineItem.reason) };
    case 'blocked':
      // A connection that is missing is not the assignment's fault.
      return lineItem.reason.code === 'NO_CONNECTION'
        ? lineItem
        : { action: 'blocked', reason: because('LINE_ITEM_WAITS', lineItem.reason) };
    case 'needsRead': {
      // what the score itself wants or forbids needs no read to be known
      const own = buildResult(cls, li, lineItemIdOf(cls, li), r);
      return own.action === 'body' ? lineItem : own;
    }
    case 'create':
    case 'update':
    case 'unchanged':
      return decide(buildResult(cls, li, lineItem.sourcedId, r), r, mode);
  }
}

export interface ClassPlan {
  lineItems: { facts: LineItemFacts; decision: LineItemDecision }[];
  results: { facts: ResultFacts; lineItem: LineItemFacts; decision: ResultDecision }[];
}

/** The plan of a class. Results whose lineItem is not among `lineItems` are a caller's mistake and throw. */
export function planClass(
  cls: ClassFacts,
  lineItems: LineItemFacts[],
  results: ResultFacts[],
  mode: PlanMode = 'changes',
): ClassPlan {
  const planned = lineItems.map((facts) => ({ facts, decision: planLineItem(cls, facts, mode) }));
  const byId = new Map(planned.map((p) => [p.facts.id, p]));
  return {
    lineItems: planned,
    results: results.map((facts) => {
      const of = byId.get(facts.lineItemId);
      if (!of) throw new Error(`result ${facts.id} is planned without its lineItem`);
      return {
        facts,
        lineItem: of.facts,
        decision: planResult(cls, of.facts, of.decision, facts, mode),
      };
    }),
  };
}

/** An equal hash settles without a request; `ackedHash` null with an `ackedVersion` means "not certain": send. */
function decide<Body extends { sourcedId: string }>(
  built: Built<Body>,
  duty: Duty,
  mode: PlanMode,
): Decision<Body> {
  if (built.action !== 'body') return built;
  const { body, warnings } = built;
  const hash = canonicalHash(body);
  const { sourcedId } = body;
  if (mode === 'changes' && duty.ackedVersion > 0 && duty.ackedHash === hash)
    return { action: 'unchanged', sourcedId, hash };
  const action = duty.ackedVersion === 0 ? 'create' : 'update';
  return { action, sourcedId, body, hash, ...(warnings.length > 0 && { warnings }) };
}

/** A reason that stands on another one: the cause's own words go with it. */
export function because(code: Reason['code'], cause: Reason): Reason {
  return { code, params: { cause: cause.code, because: explain(cause).message } };
}
