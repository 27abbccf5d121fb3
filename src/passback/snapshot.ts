/** What the SIS held before a write of ours, as far as we know without asking: pure. */
import { isGone, type Shown, type Values } from '../gradebook/values.ts';

/** What a row knew of the SIS before the write was settled. */
export interface Known {
  ackedVersion: number;
  acked: Record<string, unknown> | null;
  ackedAt: Date | null;
  linkedTo: string | null;
  /** as it was read; {}: nothing was there; null: never read */
  seen: Shown | null;
  seenAt: Date | null;
}

/**
 * What was read after the last acknowledgement, else what was acknowledged; null: nothing, as far as we know.
 * `linkedTo`: to whom it was written now. What was acknowledged for another student or class stays with that one.
 */
export function heldBefore(known: Known, linkedTo: string | null): Shown | null {
  const { acked, ackedAt, seen, seenAt } = known;
  const same = known.linkedTo === null || linkedTo === null || known.linkedTo === linkedTo;
  const isAcked = same && known.ackedVersion > 0 && acked !== null;
  if (seen && seenAt && (!isAcked || !ackedAt || seenAt > ackedAt))
    return same && Object.keys(seen).length > 0 ? seen : null;
  return isAcked && !isGone(acked as Values) ? (acked as Values) : null;
}
