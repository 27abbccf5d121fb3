/** What the planner says about one lineItem or result. */
import type { Reason } from './dictionary.ts';
import type { OneRosterLineItem, OneRosterResult } from './oneroster.ts';

export type { Reason };

/** `standsAs`: not sent for what was read in the SIS, which has it under this id: what stands on it goes on. */
export type Decision<Body> =
  | { action: 'create' | 'update'; sourcedId: string; body: Body; hash: string; warnings?: Reason[] }
  | { action: 'unchanged'; sourcedId: string; hash: string }
  /** by choice: switched off, unpublished, ungraded, held back … */
  | { action: 'skip'; reason: Reason; standsAs?: string }
  /** needs someone */
  | { action: 'blocked'; reason: Reason; standsAs?: string }
  /** the SIS shows what we never sent, and nobody has said which one counts; `ours`: what would go over it */
  | { action: 'conflict'; reason: Reason; standsAs: string; ours: Body }
  /** a fact must first be read from the SIS (categories of the class, its school) */
  | { action: 'needsRead'; read: 'categories' | 'school' };
export type LineItemDecision = Decision<OneRosterLineItem> & { frozenDueDate?: Date };
export type ResultDecision = Decision<OneRosterResult>;
