/**
 * Syncs that have the class read from the SIS before they take rows in: a value that was typed there is a conflict
 * before it is overwritten, and what is missing there goes along. The lane reads; until then the sync is processing.
 */
import type { Sql } from './database.ts';
import { wakeLanes } from './duty.ts';
import { hold } from './hold.ts';
import { readable } from './readings.ts';
import type { ClassRef } from './scope.ts';
import { beginPress } from './sync-begin.ts';
import type { Press } from './sync-plan.ts';
import type { Pressed, ReadingEnd } from './sync-row.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { SyncRequest } from '../gradebook/local.ts';
import type { Principal } from '../passback/ports/callers.ts';
import type { Fence } from '../passback/ports/lanes.ts';

interface Awaited {
  presses: Press[];
  tries: number;
}

/** A trouble that lasts longer must not keep grades from being sent. */
const MOST_TRIES = 3;
const LATER = `interval '5 minutes'`;

/** Does this press want the class to be read first: a person's does, and nobody else's who does not say so. */
const wantsReading = (request: SyncRequest, by: Principal): boolean =>
  request.readSis ?? (by.kind === 'token' && !request.dryRun);

/** muted: the SIS was asked a while ago and does not let itself be read */
export type Reading = 'wanted' | 'muted' | 'none';

/** Whether the class is to be read for this press, and can be: the SIS lets itself be read, and the class is linked. */
export async function readingFor(
  sql: Sql,
  cls: ClassRef,
  request: SyncRequest,
  by: Principal,
): Promise<Reading> {
  if (!wantsReading(request, by)) return 'none';
  const [row] = await sql.rows<{ linked: boolean; can: boolean }>(
    `SELECT ${readable('d.connection_id')} AS can,
            CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL AS linked
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1 AND d.connection_id IS NOT NULL`,
    [cls.id],
  );
  return !row?.linked ? 'none' : row.can ? 'wanted' : 'muted';
}

/** It goes on without, and says why. */
export async function tellUnread(sql: Sql, id: string): Promise<void> {
  const end: ReadingEnd = { reason: { code: 'SIS_NOT_READABLE' } };
  await sql.rows(`UPDATE sync SET reading = $2 WHERE id = $1 AND reading IS NULL`, [id, JSON.stringify(end)]);
}

/** A press that joins while the reading is under way shares it: otherwise quick presses would put it off for ever. */
export async function awaitReading(sql: Sql, id: string, cls: ClassRef, press: Press): Promise<void> {
  await sql.rows(
    `UPDATE sync SET reading_due = coalesce(least(reading_due, now()), now()),
            reading = jsonb_build_object('presses', coalesce(reading->'presses', '[]') || $2::jsonb, 'tries', 0)
      WHERE id = $1`,
    [id, JSON.stringify([press])],
  );
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
}

/** A press waits for what is being read of the class. */
export async function isAwaited(sql: Sql, classId: string): Promise<boolean> {
  const waiting = await sql.rows(
    `SELECT 1 FROM sync WHERE class_id = $1 AND reading_due IS NOT NULL AND status = 'processing' LIMIT 1`,
    [classId],
  );
  return waiting.length > 0;
}

interface AwaitedRow extends Pressed {
  reading: Awaited;
}

/** What waited for the reading of this class begins. The caller holds the class. */
export async function beginAwaited(sql: Sql, classId: string, end: ReadingEnd): Promise<void> {
  const syncs = await sql.rows<AwaitedRow>(
    `SELECT id, started_at AS "startedAt", reading, planned IS NOT NULL AS begun FROM sync
      WHERE class_id = $1 AND reading_due IS NOT NULL AND status = 'processing' ORDER BY started_at, id FOR UPDATE`,
    [classId],
  );
  const [cls] = syncs.length > 0 ? await classRef(sql, classId) : [];
  if (!cls) return;
  for (const { reading, ...sync } of syncs) {
    await sql.rows(`UPDATE sync SET reading = $2, reading_due = NULL WHERE id = $1`, [
      sync.id,
      JSON.stringify(end),
    ]);
    let { begun } = sync;
    for (const press of reading.presses) {
      await beginPress(sql, { ...sync, begun }, cls, await ofWhatIsThere(sql, cls, press));
      begun = true;
    }
  }
}

/** It could not be read: tried again, or they go on without, as a key's sync does, and say so. */
export async function classUnread(
  sql: Sql,
  fence: Fence,
  about: { classId: string; reason: Reason; again: Date | null },
): Promise<void> {
  const { classId, reason, again } = about;
  await sql.rows(`SELECT 1 FROM class WHERE id = $1 FOR NO KEY UPDATE`, [classId]);
  if (!(await hold(sql, fence, [classId]))?.has(classId)) return;
  // nobody waits for it, and nothing counts how often it is tried
  await sql.rows(
    `UPDATE class SET read_due = CASE WHEN $2::timestamptz IS NOT NULL THEN greatest($2, now() + ${LATER}) END WHERE id = $1 AND read_due IS NOT NULL`,
    [classId, again],
  );
  if (again)
    await sql.rows(
      `UPDATE sync SET reading_due = $2, reading = jsonb_set(reading, '{tries}', to_jsonb((reading->>'tries')::int + 1))
        WHERE class_id = $1 AND reading_due IS NOT NULL AND status = 'processing' AND (reading->>'tries')::int + 1 < ${MOST_TRIES}`,
      [classId, again],
    );
  const waiting = await sql.rows(
    `SELECT 1 FROM sync WHERE class_id = $1 AND reading_due IS NOT NULL AND ($2::timestamptz IS NULL OR reading_due <> $2)`,
    [classId, again],
  );
  if (waiting.length > 0) await beginAwaited(sql, classId, { reason });
}

/** The connection's next class to be read; needs $1 (connection). */
const awaited = `SELECT s.id::text AS id, 'sync' AS kind, s.class_id, s.reading_due AS due FROM sync s WHERE s.reading_due IS NOT NULL AND s.status = 'processing'
  UNION ALL SELECT c.id::text, 'drift', c.id, c.read_due FROM class c WHERE c.read_due IS NOT NULL`;
export const awaitedReads = `SELECT a.id || '@' || extract(epoch FROM a.due) AS id, a.kind, a.class_id, a.due FROM (${awaited}) a
   JOIN class c ON c.id = a.class_id JOIN domain d ON d.id = c.domain_id
  WHERE d.connection_id = $1 AND d.sending = 'on' AND (a.kind = 'sync' OR ${readable('$1')})`;
export const nextAwaited = `(SELECT min(due) FROM (${awaitedReads}) r)`;

const classRef = (sql: Sql, classId: string): Promise<ClassRef[]> =>
  sql.rows<ClassRef>(
    `SELECT c.id, c.key, c.tenant_id, c.domain_id, d.key AS domain_key, d.connection_id, d.sending
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`,
    [classId],
  );

/** Who was named when it was pressed may be gone by now. */
export async function ofWhatIsThere(sql: Sql, cls: ClassRef, press: Press): Promise<Press> {
  const there = async (table: 'line_item' | 'student', keys: string[]) =>
    (
      await sql.rows<{ key: string }>(`SELECT key FROM ${table} WHERE class_id = $1 AND key = ANY($2)`, [
        cls.id,
        keys,
      ])
    ).map(({ key }) => key);
  const { lineItemIds, studentIds, ...request } = press.request;
  return {
    ...press,
    request: {
      ...request,
      ...(lineItemIds && { lineItemIds: await there('line_item', lineItemIds) }),
      ...(studentIds && { studentIds: await there('student', studentIds) }),
    },
  };
}
