/** A result stands on its lineItem: what becomes of it when the SIS does not have that yet. */
import { because } from './planner.ts';
import type { Sent } from './send.ts';
import type { Reason } from '../gradebook/dictionary.ts';

/** In step with its lineItem: tried when that is, and failed for its sync when that has. */
export const waits = (reason: Reason, nextAttemptAt: Date, attempts: number): Sent => ({
  how: 'waits',
  reason: because('LINE_ITEM_WAITS', reason),
  nextAttemptAt,
  attempts,
});

/** What becomes of a result whose lineItem came out so; null: the result goes on (and the planner says what it is). */
export function behind(lineItem: Sent, attempts: number): Sent | null {
  switch (lineItem.how) {
    case 'retry': {
      const { reason, nextAttemptAt, counts } = lineItem;
      return counts ? waits(reason, nextAttemptAt, attempts + 1) : { how: 'untried', nextAttemptAt };
    }
    case 'refused':
      return { how: 'blocked', reason: because('LINE_ITEM_WAITS', lineItem.reason) };
    case 'untried':
    case 'waits':
      return lineItem;
    case 'acknowledged':
    case 'unchanged':
    case 'skipped':
    case 'blocked':
    case 'conflict':
      return null;
  }
}
