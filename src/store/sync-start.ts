/** How a sync begins: who may press, whether one is running that takes the press in, and what then happens to the rows. */
import type { Sql } from './database.ts';
import { overrule } from './overrule.ts';
import { findClass, type ClassRef } from './scope.ts';
import { recordDryRun } from './sync-dry-run.ts';
import { planPress, type Only } from './sync-plan.ts';
import { readSync } from './sync-row.ts';
import { takeInFirst, takeInMore, type Processing } from './sync-take-in.ts';
import { explain } from '../gradebook/dictionary.ts';
import type { SyncRequest } from '../gradebook/local.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Principal, Scope, SyncView } from '../passback/ports/store.ts';

/** joined: a sync of the class was processing and took this press in */
export interface Started {
  sync: SyncView;
  joined: boolean;
}

/**
 * Plans the class, writes down what cannot go and why, and takes in what can: those rows carry the sync's id until
 * the lane has brought each to an end.
 */
export async function startSync(
  sql: Sql,
  scope: Scope,
  classKey: string,
  request: SyncRequest,
  by: Principal,
  only?: Only,
): Promise<Started> {
  // excludes other presses for this class, changes of its structure, and for a moment scores and answers of the SIS
  const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
  refuseIfOff(cls);
  if (by.role === 'admin') await refuseAdmins(sql, cls);
  if (!request.dryRun) await overrule(sql, cls, request);
  const plan = await planPress(sql, cls, request, only);
  const processing = request.dryRun ? null : await processingSync(sql, cls.id);
  const id = processing?.id ?? (await insertSync(sql, cls, request, by));
  if (request.dryRun) await recordDryRun(sql, id, plan);
  else if (processing) await takeInMore(sql, processing, cls, plan, request);
  else await takeInFirst(sql, id, cls, plan, request);
  return { sync: await readSync(sql, scope, id), joined: processing !== null };
}

function refuseIfOff(cls: ClassRef): void {
  const refused = {
    off: 'PASSBACK_OFF',
    excluded: 'DOMAIN_EXCLUDED',
    noConnection: 'NO_CONNECTION',
  } as const;
  if (cls.sending === 'on' || cls.sending === 'paused') return;
  const code = refused[cls.sending];
  const { message, fix } = explain({ code });
  throw new Refusal(code, `${message} ${fix}`);
}

/** A district may leave the button to its teachers alone (`adminsMaySync`). */
async function refuseAdmins(sql: Sql, cls: ClassRef): Promise<void> {
  const [domain] = await sql.rows<{ may: boolean }>(
    `SELECT coalesce((effective->>'adminsMaySync')::boolean, true) AS may FROM domain WHERE id = $1`,
    [cls.domain_id],
  );
  if (!domain?.may)
    throw new Refusal('FORBIDDEN', 'In this domain administrators do not send grades (adminsMaySync is off)');
}

async function insertSync(sql: Sql, cls: ClassRef, request: SyncRequest, by: Principal): Promise<string> {
  const [row] = await sql.rows<{ id: string }>(
    `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, mode, dry_run)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [
      cls.tenant_id,
      cls.domain_id,
      cls.id,
      by.kind === 'token' ? 'manual' : 'api',
      by.name,
      request.mode,
      request.dryRun,
    ],
  );
  if (!row) throw new Error('the sync was not written');
  return row.id;
}

async function processingSync(sql: Sql, classId: string): Promise<Processing | null> {
  const [row] = await sql.rows<Processing>(
    `SELECT id, started_at AS "startedAt" FROM sync WHERE class_id = $1 AND status = 'processing' AND trigger <> 'automatic' AND NOT dry_run FOR UPDATE`,
    [classId],
  );
  return row ?? null;
}
