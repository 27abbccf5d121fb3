/**
 * Quiet hours of a domain: rows, deletions and readings that go by themselves are put off until they end, just before a
 * lane would take them, so that they stand in nobody's way. What a person or a key has pressed, joined or asked for goes on.
 */
import { hot, type Sql } from './database.ts';
import { lockOrder } from './duty.ts';
import { nowRounded, pressed } from './take.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import type { Fence } from '../passback/ports/lanes.ts';
import { quietUntil } from '../passback/quiet-hours.ts';

/** At once: what is left is put off by the next look, and none of it is taken before. */
const MOST = 5_000;

interface Row {
  hours: EffectiveSettings['quietHours'];
  zone: string;
  now: Date;
}
const columns = `effective->'quietHours' AS hours, effective_time_zone AS zone, now() AS now`;

/** The domains of this connection that are quiet now, and when their quiet hours end. */
export async function quietDomains(sql: Sql, fence: Fence): Promise<{ id: string; until: Date }[]> {
  // most of them have the hours of the district, and the clock on its wall
  const alike = await sql.rows<Row & { ids: string[] }>(
    hot(`SELECT array_agg(id::text) AS ids, ${columns} FROM domain
      WHERE connection_id = $1 AND sending = 'on' AND effective->>'quietHours' IS NOT NULL GROUP BY hours, zone`),
    [fence.connectionId],
  );
  return alike.flatMap(({ ids, hours, zone, now }) => {
    const until = quietUntil(now, hours, zone);
    return until ? ids.map((id) => ({ id, until })) : [];
  });
}

/** A run takes some rows many times a second; what becomes due in between is not taken before the next look anyway. */
const LOOK_EVERY_MS = 1_000;

/** Which domains of its connection are quiet now; what is due in them is put off when a run asks for the first time, and once a second. */
export function quietWatch(db: Sql): (fence: Fence) => Promise<string[]> {
  const looks = new WeakMap<Fence, { at: number; quiet: string[] }>();
  return async (fence) => {
    const last = looks.get(fence);
    if (last && performance.now() - last.at < LOOK_EVERY_MS) return last.quiet;
    const quiet = await putOffQuiet(db, fence);
    looks.set(fence, { at: performance.now(), quiet });
    return quiet;
  };
}

/** Puts off what is due in domains of this connection that are quiet now, and answers which these are. */
async function putOffQuiet(sql: Sql, fence: Fence): Promise<string[]> {
  const quiet = await quietDomains(sql, fence);
  const ids = quiet.map(({ id }) => id);
  if (ids.length === 0) return ids;
  // of all at once: a district has hundreds of schools, and a lane takes many times in one run
  const them = [ids, quiet.map(({ until }) => until)];
  for (const putOff of [putOffRows('line_item'), putOffRows('result'), putOffReadings])
    for (let moved = MOST; moved === MOST;) moved = (await sql.rows(putOff, them)).length;
  await sql.rows(putOffDeletions, them);
  return ids;
}

/** When the quiet hours of a domain end; null: there are none now. */
export async function quietNow(sql: Sql, domainId: string): Promise<{ until: Date; shown: string } | null> {
  const [row] = await sql.rows<Row>(`SELECT ${columns} FROM domain WHERE id = $1`, [domainId]);
  const until = row ? quietUntil(row.now, row.hours, row.zone) : null;
  return until && { until, shown: row?.hours?.to ?? '' };
}

/** The quiet domains, and when each is quiet no more. */
const resting = `unnest($1::bigint[], $2::timestamptz[]) AS q(domain_id, until)`;

// one that is being written is due again in a moment, and is looked at then
const putOffRows = (table: 'line_item' | 'result') =>
  `UPDATE ${table} t SET next_attempt_at = o.until
     FROM (SELECT t.id, q.until FROM ${resting} CROSS JOIN (VALUES (0), (1), (2), (3)) AS p(priority) CROSS JOIN LATERAL (
             SELECT id FROM ${table} WHERE domain_id = q.domain_id AND priority = p.priority AND release_n > clean_n AND next_attempt_at <= ${nowRounded}) d
             JOIN ${table} t ON t.id = d.id
            WHERE t.release_n > t.clean_n AND t.next_attempt_at <= ${nowRounded} AND NOT ${pressed}
            ORDER BY ${lockOrder[table]} LIMIT ${MOST} FOR UPDATE OF t SKIP LOCKED) o
    WHERE o.id = t.id RETURNING 1`;

const putOffDeletions = `UPDATE deletion t SET next_attempt_at = o.until
   FROM (SELECT t.id, q.until FROM ${resting} JOIN class c ON c.domain_id = q.domain_id JOIN deletion t ON t.class_id = c.id
          WHERE t.state = 'planned' AND NOT ${pressed} AND t.next_attempt_at <= ${nowRounded}
          ORDER BY t.id FOR UPDATE OF t SKIP LOCKED) o
  WHERE o.id = t.id`;

const putOffReadings = `UPDATE line_item t SET verify_at = o.until
   FROM (SELECT t.id, q.until FROM ${resting} CROSS JOIN LATERAL (
           SELECT id FROM line_item WHERE domain_id = q.domain_id AND verify_at <= now()) d
           JOIN line_item t ON t.id = d.id
          WHERE t.verify_at <= now() AND NOT t.verify_asked
          ORDER BY ${lockOrder.line_item} LIMIT ${MOST} FOR UPDATE OF t SKIP LOCKED) o
  WHERE o.id = t.id RETURNING 1`;

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
