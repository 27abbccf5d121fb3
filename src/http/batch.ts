/** A batch of results: rows are judged one by one, so that a bad one never costs its neighbours. */
import { BatchRow } from '../gradebook/local.ts';
import type { KeptRows, ResultRow } from '../passback/ports/gradebook.ts';
import { fieldErrors } from './validate.ts';

export interface BatchAnswer extends Omit<KeptRows, 'findings'> {
  /** left out: none */
  findings?: KeptRows['findings'];
  /** rows with findings that are not told, for there are too many */
  moreFindings?: number;
}
/** An answer that nobody reads to its end; the plan has them all. */
const MOST_FINDINGS = 200;

/**
 * Keeps what is valid through `keep` and answers for every row by its index in the request.
 * Of one cell twice one row counts (the newer `revision` where both have one, else the last valid one); the others
 * share its fate.
 */
export async function putBatch(
  given: unknown[],
  keep: (rows: ResultRow[]) => Promise<KeptRows>,
): Promise<BatchAnswer> {
  const rejected: BatchAnswer['rejected'] = [];
  const cells = new Map<string, { row: ResultRow; at: number; indices: number[] }>();
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
      if (!isOlder(row, earlier.row)) Object.assign(earlier, { row, at: index });
      earlier.indices.push(index);
    } else cells.set(cell, { row, at: index, indices: [index] });
  });

  const kept = [...cells.values()];
  const none = { accepted: 0, rejected: [], findings: [] };
  const answer = kept.length > 0 ? await keep(kept.map((k) => k.row)) : none;
  for (const { index, code, detail } of answer.rejected)
    for (const original of kept[index]?.indices ?? []) rejected.push({ index: original, code, detail });
  rejected.sort((a, b) => a.index - b.index);
  const findings = answer.findings
    .map((one) => ({ ...one, index: kept[one.index]?.at ?? one.index }))
    .sort((a, b) => a.index - b.index);
  return {
    ...{ accepted: given.length - rejected.length, rejected },
    ...(findings.length > 0 && { findings: findings.slice(0, MOST_FINDINGS) }),
    ...(findings.length > MOST_FINDINGS && { moreFindings: findings.length - MOST_FINDINGS }),
  };
}

function isOlder(row: ResultRow, than: ResultRow): boolean {
  return row.revision != null && than.revision != null && row.revision <= than.revision;
}
