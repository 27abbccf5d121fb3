/** How a schedule begins the sync of one class: as a press does, but behind everybody who presses himself. */
import { v7 as newId } from 'uuid';
import type { Sql } from './database.ts';
import type { LeftOut, RunRow } from './schedule-row.ts';
import { findClass, type ClassRef } from './scope.ts';
import { wantsConfirmation } from './sync-guard.ts';
import type { Press } from './sync-plan.ts';
import type { Pressed } from './sync-row.ts';
import { goOn, processingSync } from './sync-start.ts';

const press: Press = { request: { mode: 'changes', dryRun: false }, yields: true };

const held = {
  off: 'PASSBACK_OFF',
  excluded: 'DOMAIN_EXCLUDED',
  noConnection: 'NO_CONNECTION',
  paused: 'DOMAIN_PAUSED',
} as const;

/** The class may have a sync under way already, which takes in what has changed since it began. */
export async function startClass(
  sql: Sql,
  run: Pick<RunRow, 'id' | 'started_by' | 'by_hand'> & {
    tenant_id: string;
    domain_id: string;
    schedule_id: string;
  },
  classKey: string,
): Promise<{ syncId: string } | { leftOut: keyof LeftOut }> {
  const scope = { tenantId: run.tenant_id, domainId: run.domain_id, classKeys: null };
  const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
  if (cls.sending !== 'on') return { leftOut: held[cls.sending] };
  if (!(await isLinked(sql, cls))) return { leftOut: 'MAP_CLASS' };
  // nobody is there to confirm it, and one that waits for a person must not be put aside
  if (await wantsConfirmation(sql, cls, press)) return { leftOut: 'AWAITS_CONFIRMATION' };
  const sync = (await processingSync(sql, cls.id)) ?? (await insert(sql, cls, run));
  await goOn(sql, sync, cls, press, 'none');
  return { syncId: sync.id };
}

async function isLinked(sql: Sql, cls: ClassRef): Promise<boolean> {
  const [linked] = await sql.rows(
    `SELECT 1 FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.id = $1 AND CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL`,
    [cls.id],
  );
  return linked !== undefined;
}

async function insert(
  sql: Sql,
  cls: ClassRef,
  run: Pick<RunRow, 'id' | 'started_by' | 'by_hand'> & { schedule_id: string },
): Promise<Pressed> {
  const [row] = await sql.rows<Pressed>(
    `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, schedule_id, schedule_run_id, pressed)
     VALUES ($1, $2, $3, $4, 'schedule', $5, $6, $7, $8) RETURNING id, started_at AS "startedAt", false AS begun`,
    [newId(), cls.tenant_id, cls.domain_id, cls.id, run.started_by, run.schedule_id, run.id, run.by_hand],
  );
  if (!row) throw new Error('the sync was not written');
  return row;
}
