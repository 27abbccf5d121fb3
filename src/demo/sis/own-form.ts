/** What this SIS makes of an object that it takes: some keep things otherwise than they are sent. */
import type { Collections } from './records.ts';
import type { Rules } from './rules.ts';

export function ownForm<N extends keyof Collections>(
  collection: N,
  object: Collections[N],
  rules: Rules,
): Collections[N] {
  const kept = { ...object } as Record<string, unknown>;
  if (collection === 'lineItems' && rules.titleLimit !== null)
    kept['title'] = String(kept['title']).slice(0, rules.titleLimit);
  if (collection === 'results' && rules.exemptAsZero && kept['scoreStatus'] === 'exempt') kept['score'] = 0;
  const converted = ['submitted', 'partially graded'].includes(String(kept['scoreStatus']));
  if (collection === 'results' && rules.statuses === 'gradedOrExempt' && converted)
    kept['scoreStatus'] = 'fully graded';
  return kept as unknown as Collections[N];
}
