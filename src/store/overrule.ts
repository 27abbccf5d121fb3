/** A person says that the value from here counts, over what somebody, or the SIS itself, has put there. */
import { hot, type Sql } from './database.ts';
import { lockOrder } from './duty.ts';
import type { ClassRef } from './scope.ts';
import type { SyncRequest } from '../gradebook/local.ts';

const overruled = (table: 'line_item' | 'result', from: string, where: string) =>
  `UPDATE ${table} t SET dirty_n = t.dirty_n + 1, acked_hash = NULL, verified_version = 0, parked_n = NULL, repairs = 0,
          found = t.found || '{"how":"overwritten"}'
     FROM (SELECT t.id FROM ${from} WHERE ${where} AND t.found->>'how' IN ('foreign', 'insists', 'kept', 'owned') ORDER BY ${lockOrder[table]} FOR UPDATE OF t) o
    WHERE o.id = t.id`;
const results = `result t JOIN line_item l ON l.id = t.line_item_id`;

/** Somebody has decided about these very rows. The caller holds the class. */
export async function overruleRows(sql: Sql, table: 'line_item' | 'result', ids: string[]): Promise<void> {
  if (ids.length > 0) await sql.rows(overruled(table, `${table} t`, 't.id = ANY($1::bigint[])'), [ids]);
}

/**
 * By pressing for that very cell, or for that very assignment (its own title and dates, not its scores). A press for
 * the class is none, unless the policy lets the LMS win; nor is one that names a plan: it does what that says, and a
 * plan sends nothing over what it shows as a conflict. The caller holds the class.
 */
export async function overrule(sql: Sql, cls: ClassRef, request: SyncRequest): Promise<void> {
  const [lineItem, ...otherLineItems] = request.lineItemIds ?? [];
  const [student, ...otherStudents] = request.studentIds ?? [];
  if (request.planId === undefined && lineItem !== undefined && otherLineItems.length === 0) {
    if (student !== undefined && otherStudents.length === 0)
      await sql.rows(
        overruled(
          'result',
          `${results} JOIN student s ON s.id = t.student_id`,
          'l.class_id = $1 AND l.key = $2 AND s.key = $3',
        ),
        [cls.id, lineItem, student],
      );
    if (!request.studentIds)
      await sql.rows(overruled('line_item', 'line_item t', 't.class_id = $1 AND t.key = $2'), [
        cls.id,
        lineItem,
      ]);
  }
  const [wins] = await sql.rows(
    hot(`SELECT 1 FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.id = $1 AND coalesce(c.conflict_policy, d.effective->>'conflictPolicy') = 'lmsWins'`),
    [cls.id],
  );
  if (!wins) return;
  // found while another policy held
  const foreign = `t.found->>'how' = 'foreign'`;
  await sql.rows(overruled('line_item', 'line_item t', `t.class_id = $1 AND ${foreign}`), [cls.id]);
  await sql.rows(overruled('result', results, `l.class_id = $1 AND ${foreign}`), [cls.id]);
}
