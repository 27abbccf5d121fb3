/** When the SIS is asked what it holds: which lineItems are to be read back, and when next. */
import { readClassFacts } from './class-facts.ts';
import { lineItemColumns, lineItemFacts, type LineItemRow } from './row-facts.ts';
import { hot, listSql, type Sql } from './database.ts';
import { lockOrder, wakeLanes } from './duty.ts';
import { hold } from './hold.ts';
import { quietDomains } from './quiet.ts';
import type { ClassRef } from './scope.ts';
import { OURS, ours } from './take.ts';
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { sisIdOf } from '../gradebook/references.ts';
import type { Fence, ReadingDue, Settlement } from '../passback/ports/lanes.ts';

/** The quiet while of a domain: how late an SIS may still apply what it was sent. Needs `d`. */
export const quietSeconds = `coalesce((d.effective->>'verifyAfterSeconds')::float8, 120)`;
const quiet = `${quietSeconds} * interval '1 second'`;
/** More than these are the next round's: a run must come to an end. */
const AT_ONCE = 20;
/** What could not be read and is tried again within that is still what somebody asked for. */
const SOON_MS = 3_600_000;
/** Where writes go on and on, what is this much older than the quiet while is not put off any more. */
const NOT_FOREVER = 4;

/** The first write of a lineItem or of one of its results sets the time; those that follow soon change nothing. */
export async function scheduleReading(sql: Sql, written: Pick<Settlement, 'kind' | 'id'>[]): Promise<void> {
  if (written.length === 0) return;
  const ids = (kind: Settlement['kind']) => written.filter((s) => s.kind === kind).map((s) => s.id);
  await sql.rows(
    // looked at under its lock: a reading that is being kept sets a time a day away, and has not seen these writes.
    // Materialized, for in a subquery PostgreSQL would ask for the time before it waits for the lock
    hot(`WITH o AS MATERIALIZED (
       SELECT t.id, t.verify_at, now() + ${quiet} AS at FROM line_item t JOIN domain d ON d.id = t.domain_id
        WHERE t.id IN (SELECT unnest(${listSql('$1')}) UNION SELECT line_item_id FROM result WHERE id = ANY(${listSql('$2')}))
        ORDER BY t.id FOR UPDATE OF t)
     UPDATE line_item t SET verify_at = o.at FROM o WHERE o.id = t.id AND (o.verify_at IS NULL OR o.verify_at > o.at)`),
    [ids('lineItem'), ids('result')],
  );
}

/** An SIS that does not let itself be read is asked again after a day. */
const muteUntil = (connection: string) =>
  `(SELECT (mute.learned->>'muteSince')::timestamptz + interval '1 day' FROM connection mute WHERE mute.id = ${connection})`;
export const readable = (connection: string) => `coalesce(${muteUntil(connection)} <= now(), true)`;
function earliest(which = ''): string {
  return `SELECT f.class_id, f.verify_at FROM (SELECT id FROM domain WHERE connection_id = $1 AND sending = 'on') d
    CROSS JOIN LATERAL (SELECT class_id, verify_at FROM line_item WHERE domain_id = d.id AND verify_at IS NOT NULL ${which} ORDER BY verify_at LIMIT 1) f
    ORDER BY f.verify_at LIMIT 1`;
}
/** When the connection's next reading is due; needs $1 (connection). */
export const nextReading = `(SELECT greatest(verify_at, ${muteUntil('$1')}) FROM (${earliest()}) e)`;
/** $2: domains that are quiet now, where only what somebody asked for is read (quiet.ts). */
const mayBeRead = `verify_at <= now() AND (domain_id <> ALL($2::bigint[]) OR verify_asked)`;

export async function readingDue(sql: Sql, fence: Fence): Promise<ReadingDue | null> {
  const resting = (await quietDomains(sql, fence)).map(({ id }) => id);
  const [due] = await sql.rows<{ class_id: string; at: Date }>(
    hot(
      `SELECT class_id, date_trunc('milliseconds', now()) AS at FROM (${earliest(`AND ${mayBeRead}`)}) e WHERE ${readable('$1')}`,
    ),
    [fence.connectionId, resting],
  );
  if (!due || !(await hold(sql, fence, [due.class_id]))?.has(due.class_id)) return null;
  const cls = (await readClassFacts(sql, [due.class_id])).get(due.class_id);
  if (!cls) return null;
  const rows = await sql.rows<LineItemRow & { put_off: boolean; result_ids: string[] | null }>(
    `WITH due AS (
       SELECT l.id, greatest(l.last_sent_at, w.last) + ${quiet} AS calm, least(l.verify_at, w.first) AS first, ${quiet} AS quiet, w.ids AS result_ids
         FROM line_item l JOIN domain d ON d.id = l.domain_id LEFT JOIN LATERAL (
           SELECT max(r.last_sent_at) AS last, min(r.last_sent_at) FILTER (WHERE r.verified_version < r.acked_version) AS first,
                  array_agg(r.sourced_id) FILTER (WHERE r.acked_version > 0) AS ids
             FROM result r WHERE r.line_item_id = l.id) w ON true
        WHERE l.class_id = $1 AND ${mayBeRead} ORDER BY l.id LIMIT ${AT_ONCE} FOR UPDATE OF l),
     -- its last results were written after the first ones that set the time: one reading for all, a little later
     put_off AS (
       UPDATE line_item l SET verify_at = due.calm FROM due
        WHERE due.id = l.id AND l.acked_version > 0 AND due.calm > now() AND due.first > now() - ${NOT_FOREVER} * due.quiet
        RETURNING l.id),
     -- its first acknowledgement sets the time
     without AS (UPDATE line_item l SET verify_at = NULL, verify_asked = false FROM due WHERE due.id = l.id AND l.acked_version = 0)
     SELECT ${lineItemColumns}, due.result_ids, l.id IN (SELECT id FROM put_off) AS put_off
       FROM line_item l JOIN due ON due.id = l.id WHERE l.acked_version > 0 ORDER BY l.id`,
    [due.class_id, resting],
  );
  return {
    cls,
    classSourcedId: sisIdOf(cls, cls.settings),
    at: due.at,
    lineItems: rows
      .filter((row) => !row.put_off)
      .map((row) => ({
        id: row.id,
        sourcedId: lineItemIdOf(cls, lineItemFacts(row)),
        resultIds: row.result_ids ?? [],
      })),
  };
}

export async function putOffReading(
  sql: Sql,
  fence: Fence,
  lineItemIds: string[] | null,
  ms: number,
): Promise<void> {
  const still = `EXISTS (SELECT 1 FROM lane WHERE ${OURS})`;
  if (lineItemIds === null)
    await sql.rows(
      `UPDATE connection SET learned = learned || jsonb_build_object('muteSince', now()) WHERE id = $1 AND ${still}`,
      ours(fence),
    );
  else
    await sql.rows(
      `UPDATE line_item t SET verify_at = now() + $4::float8 * interval '1 millisecond', verify_asked = verify_asked AND $4::float8 < ${SOON_MS}
         FROM (SELECT t.id FROM line_item t WHERE t.id = ANY($5::bigint[]) ORDER BY ${lockOrder.line_item} FOR UPDATE) o
        WHERE o.id = t.id AND ${still}`,
      [...ours(fence), ms, lineItemIds],
    );
}

/** Somebody wants it known now, also of an SIS that did not let itself be read before. The caller holds the class. */
export async function readSoon(sql: Sql, cls: ClassRef): Promise<number> {
  const due = await sql.rows(
    `UPDATE line_item SET verify_at = now(), verify_asked = true WHERE class_id = $1 AND acked_version > 0 RETURNING 1`,
    [cls.id],
  );
  if (cls.connection_id) {
    await sql.rows(
      `UPDATE connection SET learned = learned - 'muteSince' WHERE id = $1 AND learned ? 'muteSince'`,
      [cls.connection_id],
    );
    await wakeLanes(sql, [cls.connection_id]);
  }
  return due.length;
}
