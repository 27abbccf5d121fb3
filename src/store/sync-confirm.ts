/** Somebody confirms a sync that the guard has kept waiting. */
import type { Sql } from './database.ts';
import { releaseDirty } from './duty.ts';
import { findClass } from './scope.ts';
import { ofWhatIsThere, readingFor } from './sync-awaited.ts';
import type { Pressed } from './sync-row.ts';
import { plannedNow } from './sync-guard.ts';
import type { Press } from './sync-plan.ts';
import { readSync } from './sync-row.ts';
import { goOn, processingSync, refuseUnlessMay } from './sync-start.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { PlanNumbers } from '../passback/ports/plan.ts';
import type { SyncView } from '../passback/ports/syncs.ts';

/** What he confirms is what he was told: if it would do something else by now, he is told that instead. */
export async function confirmSync(
  sql: Sql,
  scope: Scope,
  id: string,
  evenIfChanged: boolean,
  by: Principal,
): Promise<{ sync: SyncView; confirmed: boolean }> {
  const { classId, status } = await readSync(sql, scope, id);
  const cls = await findClass(sql, scope, classId, 'FOR NO KEY UPDATE');
  await refuseUnlessMay(sql, cls, by);
  const [waiting] = await sql.rows<Pressed & { request: Press; planned: PlanNumbers }>(
    `SELECT id, started_at AS "startedAt", false AS begun, request, planned FROM sync WHERE id = $1 AND status = 'awaitingConfirmation' FOR UPDATE`,
    [id],
  );
  if (!waiting) throw new Refusal('SYNC_FINISHED', `This sync waits for no confirmation: it is ${status}`);
  if (await processingSync(sql, cls.id))
    throw new Refusal('SYNC_UNDER_WAY', 'Another sync of this class is under way');
  const press = await ofWhatIsThere(sql, cls, waiting.request);
  const { numbers } = await plannedNow(sql, cls, press);
  if (!evenIfChanged && canonicalHash(numbers) !== canonicalHash(waiting.planned)) {
    await sql.rows(`UPDATE sync SET planned = $2 WHERE id = $1`, [id, JSON.stringify(numbers)]);
    return { sync: await readSync(sql, scope, id), confirmed: false };
  }
  await sql.rows(`UPDATE sync SET status = 'processing', request = NULL, planned = NULL WHERE id = $1`, [id]);
  await goOn(sql, waiting, cls, press, await readingFor(sql, cls, press.request, by));
  // and from now on what is automatic goes by itself
  await sql.rows(`UPDATE class SET send_confirmed = true WHERE id = $1`, [cls.id]);
  await releaseDirty(sql, 'c.id = $1', [cls.id]);
  return { sync: await readSync(sql, scope, id), confirmed: true };
}
