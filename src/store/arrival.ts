/** What is known of a score in the moment in which it comes: from what its own statement has seen, and its class. */
import type { Finding } from '../gradebook/preflight/finding.ts';
import { preflightResultsOf, type Under } from '../gradebook/preflight/preflight.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import type { Scored } from '../gradebook/result-draft.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

/** What stands around a cell; the JSON of `aroundSql`. */
export interface Around {
  lineItem: Under;
  student: Omit<Scored['student'], 'id' | 'key'>;
  ackedVersion: number;
  linkedTo: string | null;
}
/** Needs `l` (line_item). */
export const lineItemSql = `jsonb_build_object('key', l.key, 'linkedTo', l.linked_to, 'sourcedId', l.sourced_id,
     'resultValueMin', l.result_value_min, 'resultValueMax', l.result_value_max)`;
/** Needs `s` (student). */
export const studentSql = `jsonb_build_object('sourcedId', s.sourced_id, 'customId', s.custom_id, 'active', s.active,
     'sourcedIdShared', s.sourced_id_shared, 'customIdShared', s.custom_id_shared)`;
/** Needs `l` (line_item), `s` (student), and `put` or `was` (the cell). */
export const aroundSql = `jsonb_build_object('lineItem', ${lineItemSql}, 'student', ${studentSql},
  'ackedVersion', coalesce(put.acked_version, was.acked_version, 0), 'linkedTo', coalesce(put.linked_to, was.linked_to))`;

interface Arrived {
  classId: string | null;
  /** null: nothing was kept */
  around: Around | null;
  row: ResultRow;
}
/** Of all that came together, in their order. */
export function findingsOnArrival(classes: Map<string, ClassFacts>, arrived: Arrived[]): Finding[][] {
  // a batch has many of each
  const rules = new Map<Under, ReturnType<typeof preflightResultsOf>>();
  return arrived.map(({ classId, around, row }) => {
    const cls = classId === null ? undefined : classes.get(classId);
    // deleted in this moment
    if (!cls || !around) return [];
    const { lineItem, student, ackedVersion, linkedTo } = around;
    const find = rules.get(lineItem) ?? preflightResultsOf(cls, lineItem);
    rules.set(lineItem, find);
    return find({
      student: { id: '', key: row.studentId, ...student },
      score: row.score == null ? null : String(row.score),
      status: row.status ?? null,
      late: row.late,
      posted: row.posted,
      ackedVersion,
      linkedTo,
    });
  });
}
