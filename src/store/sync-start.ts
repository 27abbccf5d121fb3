/** How a sync begins: who may press, whether one is running that takes the press in, and what then happens to the rows. */
import { hot, type Sql } from './database.ts';
import { overrule } from './overrule.ts';
import { findClass, type ClassRef } from './scope.ts';
import { awaitReading, readingFor, tellUnread, type Reading } from './sync-awaited.ts';
import { beginPress } from './sync-begin.ts';
import { awaitConfirmation, wantsConfirmation } from './sync-guard.ts';
import { refuseIfChanged } from './sync-planned.ts';
import { checkNamed, type Press } from './sync-plan.ts';
import { readSync, type Pressed } from './sync-row.ts';
import { explain } from '../gradebook/dictionary.ts';
import type { SyncRequest } from '../gradebook/local.ts';
import { Refusal } from '../passback/refusal.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { SyncView } from '../passback/ports/syncs.ts';

/** joined: a sync of the class was processing and took this press in */
export interface Started {
  sync: SyncView;
  joined: boolean;
}

/**
 * Plans the class, writes down what cannot go and why, and takes in what can: those rows carry the sync's id until
 * the lane has brought each to an end. A person's press has the class read from the SIS before.
 */
export async function startSync(
  sql: Sql,
  scope: Scope,
  classKey: string,
  press: Press,
  by: Principal,
): Promise<Started> {
  const { request } = press;
  // excludes other presses for this class, changes of its structure, and for a moment scores and answers of the SIS
  const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
  await refuseUnlessMay(sql, cls, by);
  await checkNamed(sql, cls, request);
  const reading = await readingFor(sql, cls, request, by);
  if (request.planId !== undefined) await refuseIfChanged(sql, cls, press, reading === 'wanted');
  const planned = await wantsConfirmation(sql, cls, press);
  if (planned) {
    const { id } = await insertSync(sql, cls, request, by);
    await awaitConfirmation(sql, id, cls, press, planned);
    return { sync: await readSync(sql, scope, id), joined: false };
  }
  const processing = request.dryRun ? null : await processingSync(sql, cls.id);
  const sync = processing ?? (await insertSync(sql, cls, request, by));
  await goOn(sql, sync, cls, press, reading);
  return { sync: await readSync(sql, scope, sync.id), joined: processing !== null };
}

/** What was pressed, and confirmed where that is wanted, begins. The caller holds the class. */
export async function goOn(
  sql: Sql,
  sync: Pressed,
  cls: ClassRef,
  press: Press,
  reading: Reading,
): Promise<void> {
  const { request } = press;
  if (!request.dryRun) await overrule(sql, cls, request);
  // what the plan was made of was read a moment ago
  if (reading === 'wanted' && request.planId === undefined) return awaitReading(sql, sync.id, cls, press);
  if (reading === 'muted') await tellUnread(sql, sync.id);
  await beginPress(sql, sync, cls, press);
}

/** Whether anything may be sent for this class, and this caller may ask for it. */
export async function refuseUnlessMay(sql: Sql, cls: ClassRef, by: Principal): Promise<void> {
  refuseIfOff(cls);
  if (by.role === 'admin') await refuseAdmins(sql, cls);
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
export async function refuseAdmins(sql: Sql, cls: Pick<ClassRef, 'domain_id'>): Promise<void> {
  const [domain] = await sql.rows<{ may: boolean }>(
    `SELECT coalesce((effective->>'adminsMaySync')::boolean, true) AS may FROM domain WHERE id = $1`,
    [cls.domain_id],
  );
  if (!domain?.may)
    throw new Refusal('FORBIDDEN', 'In this domain administrators do not send grades (adminsMaySync is off)');
}

export async function insertSync(
  sql: Sql,
  cls: ClassRef,
  request: SyncRequest,
  by: Principal,
): Promise<Pressed> {
  const [row] = await sql.rows<Pressed>(
    `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, mode, dry_run)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7) RETURNING id, started_at AS "startedAt", false AS begun`,
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
  return row;
}

export async function processingSync(sql: Sql, classId: string): Promise<Pressed | null> {
  const [row] = await sql.rows<Pressed>(
    hot(
      `SELECT id, started_at AS "startedAt", planned IS NOT NULL AS begun FROM sync WHERE class_id = $1 AND status = 'processing' AND trigger <> 'automatic' AND NOT dry_run FOR UPDATE`,
    ),
    [classId],
  );
  return row ?? null;
}
