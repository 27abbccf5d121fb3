/** Cancel: nothing more of a sync is sent, and what is under way is told in it as it comes out. */
import { again, haltLanes, locked } from './duty.ts';
import type { Sql } from './database.ts';
import { withdrawDeletions } from './deletion-press.ts';
import { syncsEnded } from './outbox.ts';
import { findClass, type ClassRef } from './scope.ts';
import { readSync, toldOf } from './sync-row.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { SyncView } from '../passback/ports/syncs.ts';

export async function cancelSync(sql: Sql, scope: Scope, id: string): Promise<SyncView> {
  const { classId } = await readSync(sql, scope, id);
  // an answer that is being settled, or a press that joins, goes first or comes after
  const cls = await findClass(sql, scope, classId, 'FOR NO KEY UPDATE');
  const cancelled = await sql.rows(
    `UPDATE sync SET status = 'cancelled', finished_at = now(), reading_due = NULL, request = NULL,
            reading = CASE WHEN NOT reading ? 'presses' THEN reading END
      WHERE id = $1 AND status IN ('processing', 'awaitingConfirmation') RETURNING ${toldOf('id')}`,
    [id],
  );
  const sync = await readSync(sql, scope, id);
  if (cancelled.length === 0) throw new Refusal('SYNC_FINISHED', `This sync is ${sync.status} already`);
  await withdraw(sql, id, cls);
  await syncsEnded(sql, [id]);
  return sync;
}

/**
 * The rows go back to what they were: unsent, or waiting to go by themselves where that is switched on; and those
 * that only this sync wanted sent once more are as acknowledged as before. What the lane has in its hands keeps the
 * sync's id, so that an answer that still comes is told here, until it is taken again (take.ts); the lane is told to
 * put back what it has not sent yet.
 */
async function withdraw(sql: Sql, id: string, cls: ClassRef): Promise<void> {
  const live = `(SELECT epoch FROM lane WHERE connection_id = $2 AND lease_until > now())`;
  const held = {
    result: `t.sending_epoch = ${live}`,
    // a result that is in hand may be sending its lineItem first
    line_item: `(t.sending_epoch = ${live} OR EXISTS (SELECT 1 FROM result r WHERE r.line_item_id = t.id AND r.sending_epoch = ${live}))`,
  };
  // results first: none that we hold can be taken any more when their lineItems are looked at
  for (const table of ['result', 'line_item'] as const)
    await sql.rows(
      `UPDATE ${table} t SET release_n = CASE WHEN o.auto THEN t.release_n ELSE t.clean_n END,
              acked_hash = ${again.unset('t.acked_hash')},
              sync_id = CASE WHEN ${held[table]} THEN t.sync_id END
         ${locked(table, 't.sync_id = $1')}`,
      [id, cls.connection_id],
    );
  await withdrawDeletions(sql, id);
  if (cls.connection_id) await haltLanes(sql, [cls.connection_id], 'sameSis');
}
