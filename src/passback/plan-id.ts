/**
 * A plan in a text that its reader gives back with the press: which rows it would do something with, and what. The
 * sync then does exactly that, or is told which rows have changed in between. Nothing is kept of a plan, so the text
 * holds what is needed to name them: a few bytes per row that is not merely unchanged.
 */
import { createHash } from 'node:crypto';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Decision } from '../gradebook/decision.ts';

/** One row of a plan. */
export interface PlannedRow {
  lineItemKey: string;
  /** null: the lineItem itself */
  studentKey: string | null;
  version: number;
  /** delete: it is none of our rows any more */
  decision: Decision<unknown> | { action: 'delete'; hash: string };
}

const KEY_BYTES = 5;
/** A change goes unnoticed once in 16 million. */
const WHAT_BYTES = 3;
const ROW_BYTES = KEY_BYTES + WHAT_BYTES;

export function planId(mode: string, rows: PlannedRow[]): string {
  const records = rows.flatMap((row) => {
    const what = whatOf(row);
    return what === null ? [] : [Buffer.concat([keyOf(row), what])];
  });
  return `${mode}.${Buffer.concat(records.sort((a, b) => a.compare(b))).toString('base64url')}`;
}

/** The rows of these with which something else would be done now than `id` says; null: it is no plan of this mode. */
export function changedSince<R extends PlannedRow>(id: string, mode: string, rows: R[]): R[] | null {
  const [, ofMode, text = ''] = /^(\w+)\.([\w-]*)$/.exec(id) ?? [];
  const bytes = Buffer.from(text, 'base64url');
  if (ofMode !== mode || bytes.length % ROW_BYTES !== 0) return null;
  const before = new Map<string, string>();
  for (let at = 0; at < bytes.length; at += ROW_BYTES)
    before.set(hex(bytes.subarray(at, at + KEY_BYTES)), hex(bytes.subarray(at + KEY_BYTES, at + ROW_BYTES)));
  return rows.filter((row) => {
    const what = whatOf(row);
    return before.get(hex(keyOf(row))) !== (what === null ? undefined : hex(what));
  });
}

const hex = (bytes: Buffer) => bytes.toString('hex');
const keyOf = ({ lineItemKey, studentKey, decision }: PlannedRow) =>
  createHash('sha256')
    .update(JSON.stringify([lineItemKey, studentKey, ...(decision.action === 'delete' ? ['delete'] : [])]))
    .digest()
    .subarray(0, KEY_BYTES);

/** null: nothing is done with it */
function whatOf({ version, decision }: PlannedRow): Buffer | null {
  if (decision.action === 'unchanged') return null;
  const what =
    'hash' in decision
      ? { action: decision.action, hash: decision.hash, version }
      : 'reason' in decision
        ? { action: decision.action, reason: decision.reason, version }
        : { action: decision.action, version };
  return createHash('sha256').update(canonicalHash(what)).digest().subarray(0, WHAT_BYTES);
}
