/** The state of one cell (a lineItem or a result) as people read it: pure, from the row and its decision. */
import type { Decision } from '../gradebook/decision.ts';
import { explain, type Reason, type ReasonText } from '../gradebook/dictionary.ts';
import type { Duty } from '../gradebook/facts.ts';
import { heldInWords, restoredIn } from '../gradebook/restored.ts';

export const cellStates = [
  'unsent',
  'queued',
  'sending',
  'retrying',
  'acknowledged',
  'verified',
  'needsAttention',
  'conflict',
  'skipped',
  'suppressed',
] as const;
export type CellState = (typeof cellStates)[number];

/** May this domain send at all? */
export type Sending = 'on' | 'off' | 'excluded' | 'paused' | 'noConnection';

/** What the row remembers of its way to the SIS, besides the duty's counters. */
export interface Progress {
  /** the version that a read-back found in the SIS; 0: none */
  verifiedVersion: number;
  /** refused for this dirtyN; a new version or a change of settings raises dirtyN and so un-parks it */
  parkedN: number;
  parkedReason: Reason | null;
  /** failed tries since the last success */
  attempts: number;
  nextAttemptAt: Date | null;
  lastReason: Reason | null;
  /** a request about it is under way */
  sending: boolean;
}

export interface CellInput {
  duty: Duty & Progress;
  /** what the planner says now; null: not asked */
  decision: Decision<unknown> | null;
  sending: Sending;
  /** why the connection as a whole does not work; null: it does, or was not tried */
  connectionBroken: Reason | null;
  /** quiet hours end then, and what the clock on the wall shows; left out: there are none now */
  quiet?: { until: Date; shown: string } | null;
}

/**
 * The first line that fits is the answer:
 * what the SIS has is said before what we may do; what someone decided or must mend before what is merely waiting.
 */
export function cellState(input: CellInput): { state: CellState; reason?: ReasonText } {
  const { duty, decision, sending, connectionBroken } = input;
  const dirty = duty.dirtyN !== duty.cleanN;
  const released = duty.releaseN > duty.cleanN;

  // what a reading showed there is said first: a settled row may be in conflict, and stays settled
  const read = heldByReading(decision);
  if (read && !duty.sending) return read;

  // `version` too: a newer score that is skipped by choice settles the row although the SIS has the older one.
  const settled = !dirty && duty.ackedVersion > 0 && duty.ackedVersion === duty.version;
  if (settled || decision?.action === 'unchanged') {
    const held = heldReason(duty);
    if (duty.verifiedVersion < duty.ackedVersion) return why('acknowledged', held);
    // confirmed, and told honestly where the SIS writes it in its own way
    return why('verified', duty.found?.how === 'altered' ? duty.found : held);
  }

  if (duty.sending) return { state: 'sending' };
  if (decision?.action === 'skip') return why('skipped', decision.reason);
  // Without a connection nothing can be planned; that is said below, and is nobody's fault in the class.
  if (decision?.action === 'blocked' && decision.reason.code !== 'NO_CONNECTION')
    return why('needsAttention', decision.reason);
  if (dirty && duty.parkedN === duty.dirtyN)
    return why('needsAttention', duty.parkedReason ?? duty.lastReason ?? { code: 'DEFECT' });

  if (sending === 'off') return why('suppressed', { code: 'PASSBACK_OFF' });
  if (sending === 'excluded') return why('suppressed', { code: 'DOMAIN_EXCLUDED' });
  if (sending === 'noConnection') return why('suppressed', { code: 'NO_CONNECTION' });
  // A pause ends by itself or by a click and changes nothing about the row: it stays what it is, with the reason.
  const paused: Reason | null = sending === 'paused' ? { code: 'DOMAIN_PAUSED' } : null;

  // why it is to be sent although it was acknowledged once
  const again = duty.lastReason && sentAgain.has(duty.lastReason.code) ? duty.lastReason : null;
  if (!released) return why('unsent', paused ?? again);
  const quiet = putOffForQuiet(input);
  if (duty.attempts > 0) return why('retrying', paused ?? connectionBroken ?? quiet ?? duty.lastReason);
  return why('queued', paused ?? connectionBroken ?? quiet ?? again);
}

const sentAgain = new Set<Reason['code']>(['NOT_STORED', 'ITEM_DELETED_IN_SIS']);

/** The SIS has what it should, which is not what is here. */
function heldReason(duty: Duty): Reason | null {
  const restored = restoredIn(duty);
  return restored && { code: 'HELD_RESTORED', params: { value: heldInWords(restored.held) } };
}

/** Until the very instant at which they end: what somebody has pressed is not. */
function putOffForQuiet({ duty, quiet }: CellInput): Reason | null {
  return quiet && duty.nextAttemptAt?.getTime() === quiet.until.getTime()
    ? { code: 'QUIET_HOURS', params: { until: quiet.shown } }
    : null;
}

function heldByReading(decision: Decision<unknown> | null): ReturnType<typeof cellState> | null {
  if (!decision || !('standsAs' in decision)) return null;
  const state = { conflict: 'conflict', skip: 'skipped', blocked: 'needsAttention' } as const;
  return why(state[decision.action], decision.reason);
}

function why(state: CellState, reason: Reason | null): { state: CellState; reason?: ReasonText } {
  return reason === null ? { state } : { state, reason: explain(reason) };
}
