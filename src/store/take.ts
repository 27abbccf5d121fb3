/** What a lane takes to send: due rows, the most urgent first, with all that is needed to decide about them. */
import { readClassFacts } from './class-facts.ts';
import {
  lineItemColumns,
  lineItemFacts,
  resultColumns,
  resultFacts,
  type LineItemRow,
  type ResultRow,
} from './row-facts.ts';
import { hot, type Sql } from './database.ts';
import { triedFor, triedLineItems, triedNow, triedResults, unheard, type Tried } from './tried.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { lineItemAsLinked, resultLink } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import type { Values } from '../gradebook/values.ts';
import type { ClassWork, Fence } from '../passback/ports/lanes.ts';

/** Only while the lane is still ours. */
export const OURS = `connection_id = $1 AND epoch = $2 AND owner = $3`;
export const ours = (fence: Fence) => [fence.connectionId, fence.epoch, fence.owner];

/** The domains that this connection may send for now. */
const domains = `(SELECT id FROM domain WHERE connection_id = $1 AND sending = 'on') d`;
/** One index range per domain and priority: what is not due yet is never read. */
const perPriority = `CROSS JOIN (VALUES (0), (1), (2), (3)) AS p(priority)`;

const firstOf = (table: string) => `
  SELECT t.next_attempt_at FROM ${domains} ${perPriority} CROSS JOIN LATERAL (
    SELECT next_attempt_at FROM ${table}
     WHERE domain_id = d.id AND priority = p.priority AND release_n > clean_n ORDER BY next_attempt_at LIMIT 1) t`;
/** When the connection's next row is due; needs $1 (connection). */
export const nextDue = `(SELECT min(next_attempt_at) FROM (${firstOf('line_item')} UNION ALL ${firstOf('result')}) u)`;

/** Instants are kept in whole milliseconds, rounded: what was written as "now" may lie half a one ahead. */
export const nowRounded = `now() + interval '1 millisecond'`;
const due = `release_n > clean_n AND next_attempt_at <= ${nowRounded} AND sending_epoch IS DISTINCT FROM $2`;
/** Is the sync of a row `t` one that somebody wants now? */
export const pressed = `EXISTS (SELECT 1 FROM sync y WHERE y.id = t.sync_id AND (y.trigger IN ('manual', 'api') OR y.pressed))`;
/**
 * First the ranges that begin with the most urgent rows (no other can hold one of them), then the rows, then their
 * locks: LIMIT … FOR UPDATE within the ranges would lock that many rows of each.
 * $5: domains that are quiet now; what has become due in them since it was put off (quiet.ts) is not taken either.
 * SKIP LOCKED: a row that is being written now will be newer in a moment, and waiting for it could be a deadlock.
 */
const held = (table: string, those = `SELECT id FROM due`) => `
  WITH range AS MATERIALIZED (
    SELECT d.id AS domain_id, p.priority FROM ${domains} ${perPriority} CROSS JOIN LATERAL (
      SELECT next_attempt_at FROM ${table} WHERE domain_id = d.id AND priority = p.priority AND ${due} ORDER BY next_attempt_at LIMIT 1) f
     ORDER BY p.priority, f.next_attempt_at LIMIT $4
  ), due AS MATERIALIZED (
    SELECT r.id FROM range CROSS JOIN LATERAL (
      SELECT id, priority, next_attempt_at FROM ${table} t
       WHERE t.domain_id = range.domain_id AND t.priority = range.priority AND ${due} ORDER BY next_attempt_at LIMIT $4) r
     ORDER BY r.priority, r.next_attempt_at LIMIT $4
  ), held AS MATERIALIZED (
    SELECT t.id, ${unheard('t')} AS unheard FROM ${table} t WHERE t.id IN (${those}) AND ${due} AND (t.domain_id <> ALL($5::bigint[]) OR ${pressed}) FOR UPDATE SKIP LOCKED
  )`;
/** It was tried and is to be tried again later. */
const waitsSql = (t: string) => `(${t}.next_attempt_at > now() AND ${t}.attempts > 0)`;
const stillOurs = `EXISTS (SELECT 1 FROM lane WHERE ${OURS})`;
/** One that was cancelled while a lane held the row is told what came of that, and not what comes later. */
const itsSync = (t: string) =>
  `sync_id = (SELECT y.id FROM sync y WHERE y.id = ${t}.sync_id AND y.status = 'processing')`;
/** The class was read for the sync that it goes with: what was seen then need not be looked at again at once. */
const justRead = (t: string) =>
  `EXISTS (SELECT 1 FROM sync y WHERE y.id = ${t}.sync_id AND (y.reading->>'readAt')::timestamptz <= ${t}.seen_at
            AND ${t}.seen_at > now() - interval '1 minute') AS just_read`;
const takeLineItems = `${held('line_item')}
  UPDATE line_item l SET sending_epoch = $2, ${itsSync('l')}, tried = ${triedNow('line_item', 'l')}
    FROM held WHERE held.id = l.id AND ${stillOurs} RETURNING l.id, CASE WHEN held.unheard THEN l.tried END AS unheard`;
/**
 * Never acknowledged, and results that were taken stand on them, so they are put before those. They were released or
 * locked between the two statements, or had no room among the first: $4. Without the mark of this epoch nobody would
 * know, if the answer never comes, that the SIS may have them. As they stand once they are locked: one whose refusal was
 * being written meanwhile is not sent, and a mark of it would wait for an answer that nobody gives.
 */
const takeUnder = hot(`
  WITH held AS MATERIALIZED (
    SELECT t.id, ${unheard('t')} AS unheard FROM line_item t WHERE t.id = ANY($4::bigint[]) AND t.acked_version = 0
       AND t.sending_epoch IS DISTINCT FROM $2 AND t.parked_n IS DISTINCT FROM t.dirty_n AND NOT ${waitsSql('t')} ORDER BY t.id FOR UPDATE)
  UPDATE line_item l SET sending_epoch = $2, ${itsSync('l')}, tried = ${triedNow('line_item', 'l')}
    FROM held WHERE held.id = l.id AND ${stillOurs} RETURNING l.id, CASE WHEN held.unheard THEN l.tried END AS unheard`);
/** Those that can share a request with one that is due, of each lineItem; $6: at most so many. */
const withTheirs = `SELECT id FROM due UNION ALL SELECT o.id FROM (SELECT DISTINCT line_item_id FROM result WHERE id IN (SELECT id FROM due)) l
    CROSS JOIN LATERAL (SELECT id FROM result t WHERE t.line_item_id = l.line_item_id AND t.acked_version = 0 AND ${due} LIMIT $6) o`;
const takeResults = (those?: string) => `${held('result', those)}
  UPDATE result r SET sending_epoch = $2, ${itsSync('r')}, tried = ${triedNow('result', 'r')} FROM held, student s
   WHERE held.id = r.id AND s.id = r.student_id AND ${stillOurs} RETURNING ${resultColumns}, r.tried, held.unheard, ${justRead('r')}`;

/** What was tried for a former student is nobody's trace with the one that is meant now. */
function triedForHim(cls: ClassFacts, lineItem: LineItemRow, row: ResultRow & Before): Tried[] {
  const studentId = sisIdOf(resultFacts(row).student, cls.settings);
  return studentId === null || row.linked_to === null
    ? row.tried
    : triedFor(row, resultLink(lineItemIdOf(cls, lineItemFacts(lineItem)), studentId));
}

/** What the SIS may have been told before. */
interface Before {
  tried: Tried[];
  just_read: boolean;
}

const lineItemsTaken = hot(
  `SELECT ${lineItemColumns}, l.tried, ${justRead('l')}, ${waitsSql('l')} AS waits,
          CASE WHEN ${unheard('l')} THEN l.tried END AS unheard FROM line_item l WHERE l.id = ANY($1::bigint[]) ORDER BY l.id`,
);
interface Taken {
  id: string;
  unheard: Tried[] | null;
}
type TakenLineItem = LineItemRow & Before & Taken & { waits: boolean };
const isParked = (row: TakenLineItem) => row.parked_n === row.dirty_n;
const isPut = (row: TakenLineItem) => !row.waits && !isParked(row);

/** Takes up to `limit` rows of each kind. A crash in between leaves them marked by an epoch that is over. */
export async function take(
  sql: Sql,
  fence: Fence,
  limit: number,
  together = 0,
  quiet: string[] = [],
): Promise<ClassWork[]> {
  const params = [...ours(fence), limit, quiet];
  const own = await sql.rows<Taken>(hot(takeLineItems), params);
  const taken = new Map(own.map((row) => [row.id, row.unheard]));
  const results = await sql.rows<ResultRow & Before & { unheard: boolean }>(
    hot(takeResults(together > 0 ? withTheirs : undefined)),
    together > 0 ? [...params, together] : params,
  );
  if (taken.size + results.length === 0) return [];
  results.sort((a, b) => a.next_attempt_at.getTime() - b.next_attempt_at.getTime());
  const ids = [...new Set([...taken.keys(), ...results.map((row) => row.line_item_id)])];
  const read = () => sql.rows<TakenLineItem>(lineItemsTaken, [ids, fence.epoch]);
  let lineItems = await read();
  const under = lineItems.filter((row) => row.acked_version === 0 && !taken.has(row.id) && isPut(row));
  if (under.length > 0) {
    const more = await sql.rows<Taken>(takeUnder, [...ours(fence), under.map((row) => row.id)]);
    for (const row of more) taken.set(row.id, row.unheard);
    lineItems = await read();
  }
  const classOf = new Map(lineItems.map((row) => [row.id, row.class_id]));
  const facts = await readClassFacts(sql, [...new Set(classOf.values())]);
  const rowOf = new Map(lineItems.map((row) => [row.id, row]));
  return [...facts.values()].map((cls) => ({
    cls,
    lineItems: lineItems
      .filter((row) => row.class_id === cls.id)
      .map((row) => {
        const unheardOf = taken.has(row.id) ? taken.get(row.id) : row.unheard;
        return {
          ...lineItemAsLinked(cls, lineItemFacts(row)),
          priority: row.priority,
          attempts: row.attempts,
          taken: taken.has(row.id),
          unheard: unheardOf ? triedLineItems(cls, lineItemFacts(row), unheardOf) : null,
          acked: row.acked as Values | null,
          tried: () => triedLineItems(cls, lineItemFacts(row), row.tried),
          justRead: row.just_read,
          waiting: row.waits,
          nextAttemptAt: row.next_attempt_at,
          lastReason: row.last_reason,
          parked: isParked(row) ? (row.last_reason ?? { code: 'DEFECT' }) : null,
        };
      }),
    results: results
      .filter((row) => classOf.get(row.line_item_id) === cls.id)
      .map((row) => {
        const facts = resultFacts(row);
        const lineItem = rowOf.get(row.line_item_id)!;
        const tried = () =>
          triedResults(cls, lineItemFacts(lineItem), facts, triedForHim(cls, lineItem, row));
        return {
          ...facts,
          priority: row.priority,
          attempts: row.attempts,
          unheard: row.unheard ? triedResults(cls, lineItemFacts(lineItem), facts, row.tried) : null,
          acked: row.acked as Values | null,
          tried,
          justRead: row.just_read,
        };
      }),
  }));
}
