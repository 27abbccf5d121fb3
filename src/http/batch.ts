/** A batch of results: rows are judged one by one, so that a bad one never costs its neighbours. */
import { BatchRow } from '../gradebook/local.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';
import { fieldErrors } from './validate.ts';

export interface Rejection {
  index: number;
  code: string;
  detail: string;
}
export interface BatchAnswer {
  accepted: number;
  rejected: Rejection[];
}

/**
 * Keeps what is valid through `keep` and answers for every row by its index in the request.
 * Of one cell twice one row counts (the newer `revision` where both have one, else the last valid one); the others
 * share its fate.
 */
export async function putBatch(
  given: unknown[],
  keep: (rows: ResultRow[]) => Promise<BatchAnswer>,
): Promise<BatchAnswer> {
  const rejected: Rejection[] = [];
  const cells = new Map<string, { row: ResultRow; indices: number[] }>();
  given.forEach((value, index) => {
    const parsed = BatchRow.safeParse(value);
    if (!parsed.success) {
      const errors = fieldErrors(parsed.error).slice(0, 5);
      const detail = errors
        .map((e) => (e.pointer === '' ? e.detail : `${e.pointer}: ${e.detail}`))
        .join('; ');
      rejected.push({ index, code: 'VALIDATION', detail });
      return;
    }
    const row = parsed.data;
    // Ids hold no NUL, so it parts them without doubt.
    const cell = `${row.lineItemId}\u0000${row.studentId}`;
    const earlier = cells.get(cell);
    if (earlier) {
      if (!isOlder(row, earlier.row)) earlier.row = row;
      earlier.indices.push(index);
    } else cells.set(cell, { row, indices: [index] });
  });

  const kept = [...cells.values()];
  const answer = kept.length > 0 ? await keep(kept.map((k) => k.row)) : { accepted: 0, rejected: [] };
  for (const { index, code, detail } of answer.rejected)
    for (const original of kept[index]?.indices ?? []) rejected.push({ index: original, code, detail });
  rejected.sort((a, b) => a.index - b.index);
  return { accepted: given.length - rejected.length, rejected };
}

function isOlder(row: ResultRow, than: ResultRow): boolean {
  return row.revision != null && than.revision != null && row.revision <= than.revision;
}
