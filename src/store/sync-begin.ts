/** A press takes effect: at once, or when the class has been read from the SIS for it. */
import type { Sql } from './database.ts';
import { releaseDeletions } from './deletion-press.ts';
import { beginRestore } from './restore-begin.ts';
import type { ClassRef } from './scope.ts';
import { recordDryRun } from './sync-dry-run.ts';
import { isWhole, planPress, type Press } from './sync-plan.ts';
import type { Pressed } from './sync-row.ts';
import { takeInFirst, takeInMore } from './sync-take-in.ts';

/** Plans what was pressed, writes down what cannot go and why, and takes in what can. The caller holds the class. */
export async function beginPress(sql: Sql, sync: Pressed, cls: ClassRef, press: Press): Promise<void> {
  const { request } = press;
  if (press.restore) return beginRestore(sql, sync.id, cls, press.restore);
  const plan = await planPress(sql, cls, press);
  if (request.dryRun) return recordDryRun(sql, sync.id, plan);
  if (isWhole(press)) await releaseDeletions(sql, cls, sync.id);
  if (sync.begun) await takeInMore(sql, sync, cls, plan, request, press.yields);
  else await takeInFirst(sql, sync.id, cls, plan, request, press.yields);
}
