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
  /** whom it was read of; null: the one that it was acknowledged for */
  seenOf?: string | null;
}

/**
 * What was read after the last acknowledgement, else what was acknowledged; null: nothing, as far as we know.
 * `linkedTo`: to whom it was written now. What was acknowledged for, or read of, another student or class stays with
 * that one.
 */
export function heldBefore(known: Known, linkedTo: string | null): Shown | null {
  const { acked, ackedAt, seen, seenAt } = known;
  const isHis = (of: string | null) => of === null || linkedTo === null || of === linkedTo;
  const isAcked = isHis(known.linkedTo) && known.ackedVersion > 0 && acked !== null;
  const isSeen = seen !== null && isHis(known.seenOf ?? known.linkedTo);
  if (isSeen && seenAt && (!isAcked || !ackedAt || seenAt > ackedAt))
    return Object.keys(seen).length > 0 ? seen : null;
  return isAcked && !isGone(acked as Values) ? (acked as Values) : null;
}
