/**
 * The one planner: what a sync would do with a lineItem or result, from the facts alone. Preview and sync are
 * the same plan with different endings.
 */
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Decision, LineItemDecision, ResultDecision } from '../gradebook/decision.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import type { ClassFacts, Duty, Found, LineItemFacts, ResultFacts } from '../gradebook/facts.ts';
import { buildLineItem, lineItemIdOf, type Built } from '../gradebook/line-item.ts';
import { lineItemAsLinked, resultAsLinked } from '../gradebook/links.ts';
import { buildResult } from '../gradebook/result.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';

/** changes: what the SIS already acknowledged stays · all: it is sent again */
export type PlanMode = 'changes' | 'all';

/** What to do with a lineItem. */
export function planLineItem(
  cls: ClassFacts,
  li: LineItemFacts,
  mode: PlanMode = 'changes',
): LineItemDecision {
  const built = buildLineItem(cls, li);
  const decision = decide(built, lineItemAsLinked(cls, li), cls.settings, mode);
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
  const under = (sourcedId: string) => {
    const linked = resultAsLinked(cls, sourcedId, r);
    return decide(buildResult(cls, li, sourcedId, linked), linked, cls.settings, mode);
  };
  switch (lineItem.action) {
    // what the SIS shows of the assignment itself is no reason to keep its scores back
    case 'conflict':
      return under(lineItem.standsAs);
    case 'skip':
      if (lineItem.standsAs !== undefined) return under(lineItem.standsAs);
      return { action: 'skip', reason: because('SKIP_LINE_ITEM', lineItem.reason) };
    case 'blocked':
      if (lineItem.standsAs !== undefined) return under(lineItem.standsAs);
      // A connection that is missing is not the assignment's fault.
      return lineItem.reason.code === 'NO_CONNECTION'
        ? lineItem
        : { action: 'blocked', reason: because('LINE_ITEM_WAITS', lineItem.reason) };
    case 'needsRead': {
      // what the score itself wants or forbids needs no read to be known
      const sourcedId = lineItemIdOf(cls, li);
      const own = buildResult(cls, li, sourcedId, resultAsLinked(cls, sourcedId, r));
      return own.action === 'body' ? lineItem : own;
    }
    case 'create':
    case 'update':
    case 'unchanged':
      return under(lineItem.sourcedId);
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
  settings: EffectiveSettings,
  mode: PlanMode,
): Decision<Body> {
  if (built.action !== 'body') return built;
  const { body, warnings } = built;
  const held = heldByReading(duty, body, settings);
  if (held) return held;
  const hash = canonicalHash(body);
  const { sourcedId } = body;
  const there = duty.ackedVersion > 0 && duty.ackedHash === hash && !isOthers(duty.found);
  if (mode === 'changes' && there) return { action: 'unchanged', sourcedId, hash };
  const linked = 'handLinked' in duty && duty.handLinked === true && duty.sourcedId !== null;
  const action = duty.ackedVersion === 0 && !linked ? 'create' : 'update';
  return { action, sourcedId, body, hash, ...(warnings.length > 0 && { warnings }) };
}

/** What a reading showed in the SIS may keep a row from being sent over it, whatever is here. */
function heldByReading<Body extends { sourcedId: string }>(
  duty: Duty,
  body: Body,
  { conflictPolicy }: EffectiveSettings,
): Exclude<Decision<Body>, { hash: string } | { read: string }> | null {
  const { found } = duty;
  const { sourcedId } = body;
  if (!found) return null;
  const { code, params } = found;
  const reason: Reason = params ? { code, params } : { code };
  switch (found.how) {
    case 'altered':
    case 'overwritten':
      return null;
    case 'kept':
      return duty.version > found.version ? null : { action: 'skip', reason, standsAs: sourcedId };
    case 'owned':
    case 'insists':
      // a newer version is another try
      if (duty.version > found.version) return null;
      if (found.how === 'owned' && conflictPolicy === 'keepSis')
        return { action: 'skip', reason: { ...reason, code: 'SIS_KEEPS' }, standsAs: sourcedId };
      return { action: 'blocked', reason, ...(duty.ackedVersion > 0 && { standsAs: sourcedId }) };
    case 'foreign':
      if (conflictPolicy === 'lmsWins') return null;
      return conflictPolicy === 'ask'
        ? { action: 'conflict', reason, standsAs: sourcedId, ours: body }
        : { action: 'skip', reason: { ...reason, code: 'SIS_KEEPS' }, standsAs: sourcedId };
  }
}

/** What is there is not what it acknowledged, whatever the hashes say. */
const isOthers = (found: Found | null): boolean =>
  found !== null && (found.how === 'foreign' || found.how === 'kept' || found.how === 'owned');

/** A reason that stands on another one: the cause's own words go with it. */
export function because(code: Reason['code'], cause: Reason): Reason {
  return { code, params: { cause: cause.code, because: explain(cause).message } };
}
