/**
 * Quiet hours of a domain: rows, deletions and readings that go by themselves are put off until they end, just before a
 * lane would take them, so that they stand in nobody's way. What a person or a key has pressed, joined or asked for goes on.
 */
import type { Sql } from './database.ts';
import { lockOrder } from './duty.ts';
import { nowRounded, pressed } from './take.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import type { Fence } from '../passback/ports/lanes.ts';
import { quietUntil } from '../passback/quiet-hours.ts';

/** At once: what is left is put off by the next look, and none of it is taken before. */
const MOST = 5_000;

interface Row {
  id: string;
  hours: EffectiveSettings['quietHours'];
  zone: string;
  now: Date;
}
const columns = `id, effective->'quietHours' AS hours, effective_time_zone AS zone, now() AS now`;

/** The domains of this connection that are quiet now, and when their quiet hours end. */
export async function quietDomains(sql: Sql, fence: Fence): Promise<{ id: string; until: Date }[]> {
  const domains = await sql.rows<Row>(
    `SELECT ${columns} FROM domain
      WHERE connection_id = $1 AND sending = 'on' AND effective->>'quietHours' IS NOT NULL`,
    [fence.connectionId],
  );
  return domains.flatMap(({ id, hours, zone, now }) => {
    const until = quietUntil(now, hours, zone);
    return until ? [{ id, until }] : [];
  });
}

/** Puts off what is due in domains of this connection that are quiet now, and answers which these are. */
export async function putOffQuiet(sql: Sql, fence: Fence): Promise<string[]> {
  const quiet = await quietDomains(sql, fence);
  for (const { id, until } of quiet) {
    for (const table of ['line_item', 'result'] as const)
      for (let moved = MOST; moved === MOST;) moved = await putOff(sql, table, id, until);
    await putOffDeletions(sql, id, until);
    for (let moved = MOST; moved === MOST;) moved = await putOffReadings(sql, id, until);
  }
  return quiet.map(({ id }) => id);
}

/** When the quiet hours of a domain end; null: there are none now. */
export async function quietNow(sql: Sql, domainId: string): Promise<{ until: Date; shown: string } | null> {
  const [row] = await sql.rows<Row>(`SELECT ${columns} FROM domain WHERE id = $1`, [domainId]);
  const until = row ? quietUntil(row.now, row.hours, row.zone) : null;
  return until && { until, shown: row?.hours?.to ?? '' };
}

async function putOff(
  sql: Sql,
  table: 'line_item' | 'result',
  domainId: string,
  until: Date,
): Promise<number> {
  // one that is being written is due again in a moment, and is looked at then
  const rows = await sql.rows(
    `UPDATE ${table} t SET next_attempt_at = $2
       FROM (SELECT t.id FROM (VALUES (0), (1), (2), (3)) AS p(priority) CROSS JOIN LATERAL (
               SELECT id FROM ${table} WHERE domain_id = $1 AND priority = p.priority AND release_n > clean_n AND next_attempt_at <= ${nowRounded}) d
               JOIN ${table} t ON t.id = d.id
              WHERE t.release_n > t.clean_n AND t.next_attempt_at <= ${nowRounded} AND NOT ${pressed}
              ORDER BY ${lockOrder[table]} LIMIT ${MOST} FOR UPDATE OF t SKIP LOCKED) o
      WHERE o.id = t.id RETURNING 1`,
    [domainId, until],
  );
  return rows.length;
}

async function putOffDeletions(sql: Sql, domainId: string, until: Date): Promise<void> {
  await sql.rows(
    `UPDATE deletion t SET next_attempt_at = $2
       FROM (SELECT t.id FROM class c JOIN deletion t ON t.class_id = c.id
              WHERE c.domain_id = $1 AND t.state = 'planned' AND NOT ${pressed} AND t.next_attempt_at <= ${nowRounded}
              ORDER BY t.id FOR UPDATE OF t SKIP LOCKED) o
      WHERE o.id = t.id`,
    [domainId, until],
  );
}

async function putOffReadings(sql: Sql, domainId: string, until: Date): Promise<number> {
  const rows = await sql.rows(
    `UPDATE line_item t SET verify_at = $2
       FROM (SELECT t.id FROM line_item t WHERE t.domain_id = $1 AND t.verify_at <= now() AND NOT t.verify_asked
              ORDER BY ${lockOrder.line_item} LIMIT ${MOST} FOR UPDATE OF t SKIP LOCKED) o
      WHERE o.id = t.id RETURNING 1`,
    [domainId, until],
  );
  return rows.length;
}

/** Deletions that wait for the end of former quiet hours are looked at anew: `domainIds` have other ones. */
export async function hastenDeletions(sql: Sql, domainIds: string[]): Promise<void> {
  await sql.rows(
    `UPDATE deletion t SET next_attempt_at = now()
       FROM (SELECT t.id FROM class c JOIN deletion t ON t.class_id = c.id
              WHERE c.domain_id = ANY($1::bigint[]) AND t.state = 'planned' AND t.next_attempt_at > now()
              ORDER BY t.id FOR UPDATE OF t) o
      WHERE o.id = t.id`,
    [domainIds],
  );
}
