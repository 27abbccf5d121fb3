/** What is known before anything is sent: every finding about a lineItem or result. */
import type { Decision } from '../decision.ts';
import { explain } from '../dictionary.ts';
import type { ClassFacts, LineItemFacts } from '../facts.ts';
import { lineItemIdOf } from '../line-item.ts';
import { draftLineItem } from '../line-item-draft.ts';
import { resultAsLinked } from '../links.ts';
import { draftResult, type Scored } from '../result-draft.ts';
import type { Kind } from '../values.ts';
import { findAll, toFinding, type Finding } from './finding.ts';
import { lineItemRules } from './line-item-rules.ts';
import { resultRules } from './result-rules.ts';

export const preflightLineItem = (cls: ClassFacts, li: LineItemFacts): Finding[] =>
  findAll(lineItemRules, draftLineItem(cls, li)).map(toFinding);

/** What of a lineItem has a say in its results. */
export type Under = Pick<
  LineItemFacts,
  'key' | 'linkedTo' | 'sourcedId' | 'resultValueMin' | 'resultValueMax'
>;

/** About the score itself; what it waits for in its lineItem, the plan adds (`asDecided`). */
export const preflightResult = (cls: ClassFacts, li: Under, r: Scored): Finding[] =>
  preflightResultsOf(cls, li)(r);

/** The same for many results of one lineItem, whose id is made once. */
export function preflightResultsOf(cls: ClassFacts, li: Under): (r: Scored) => Finding[] {
  const lineItemId = lineItemIdOf(cls, li);
  return (r) => findAll(resultRules, draftResult(cls, li, resultAsLinked(cls, lineItemId, r))).map(toFinding);
}

/**
 * The findings of a row next to what the plan does with it, the one that decides first. The plan knows more than the
 * row: that its lineItem waits, what a reading showed in the SIS; what keeps it here for that is a finding too.
 */
export function asDecided(findings: Finding[], decision: Decision<unknown>, of: Kind): Finding[] {
  if (!('reason' in decision)) return findings;
  const decides = (one: Finding) => one.severity !== 'warns' && one.code === decision.reason.code;
  const deciding: Finding = findings.find(decides) ?? {
    ...explain(decision.reason),
    severity: decision.action === 'skip' ? 'skips' : 'blocks',
    automatic: null,
    seenIn: { where: 'here', of, field: null },
  };
  return [deciding, ...findings.filter((one) => one !== deciding)];
}
