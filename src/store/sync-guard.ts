/**
 * The guard of a domain (`confirmFirstSync`, `confirmAbove`): a sync that would do much, or is the first of its class,
 * takes nothing in before somebody has confirmed what it would do. Automatic work waits for the first one too
 * (duty.ts, autoSql); later it goes by itself whatever its size, for nobody would be there to confirm it.
 */
import { hot, type Sql } from './database.ts';
import { begunSql } from './duty.ts';
import type { ClassRef } from './scope.ts';
import { numbersOf, planPress, sizeOf, type Press } from './sync-plan.ts';
import { addPlanned } from './sync-row.ts';
import type { PlanNumbers } from '../passback/ports/plan.ts';

/** Whoever wanted it does not any more, or has forgotten it. */
const KEPT = `interval '24 hours'`;

/**
 * What it would do, if that has to be confirmed; null: it need not be. What names its cells (a retry of what failed, a
 * conflict that somebody decides) is chosen by hand already.
 */
export async function wantsConfirmation(sql: Sql, cls: ClassRef, press: Press): Promise<PlanNumbers | null> {
  if (press.request.dryRun || press.cells) return null;
  const [guard] = await sql.rows<{ first: boolean; above: number | null }>(
    hot(`SELECT d.confirm_first AND NOT ${begunSql} AS first, (d.effective->>'confirmAbove')::int AS above
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`),
    [cls.id],
  );
  if (!guard || (!guard.first && guard.above === null)) return null;
  const { sent, numbers } = await plannedNow(sql, cls, press);
  if (sent === 0) return null;
  return guard.first || sent > (guard.above ?? Infinity) ? numbers : null;
}

/** How much it would send or delete, and all of its numbers, with nothing written. */
export async function plannedNow(
  sql: Sql,
  cls: ClassRef,
  press: Press,
): Promise<{ sent: number; numbers: PlanNumbers }> {
  const plan = await planPress(sql, cls, { ...press, request: { ...press.request, dryRun: true } });
  return { sent: sizeOf(plan), numbers: numbersOf(plan) };
}

/** Of a class, one waits: a newer press stands for those before it. */
export async function awaitConfirmation(
  sql: Sql,
  id: string,
  cls: ClassRef,
  press: Press,
  planned: PlanNumbers,
): Promise<void> {
  await sql.rows(
    `UPDATE sync SET status = 'cancelled', finished_at = now(), request = NULL WHERE class_id = $1 AND status = 'awaitingConfirmation'`,
    [cls.id],
  );
  await sql.rows(`UPDATE sync SET status = 'awaitingConfirmation', request = $2 WHERE id = $1`, [
    id,
    JSON.stringify(press),
  ]);
  await addPlanned(sql, id, planned);
}

export const expireUnconfirmed = `UPDATE sync SET status = 'cancelled', finished_at = now(), request = NULL
  WHERE status = 'awaitingConfirmation' AND started_at < now() - ${KEPT}`;
