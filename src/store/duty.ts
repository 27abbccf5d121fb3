/**
 * The set-wise SQL of a duty's counters (schema.prisma, LineItem): one place, for lineItems and results alike.
 *   dirty = dirty_n > clean_n · due = release_n > clean_n
 */
import { hot, type Sql } from './database.ts';

/** Has anything of this class been sent to its SIS, or somebody confirmed that it may be? Needs `c` (class). */
export const begunSql = `(c.send_confirmed OR EXISTS (SELECT 1 FROM line_item k WHERE k.class_id = c.id AND k.last_sent_at IS NOT NULL))`;
/** Does new work of this class go by itself? Needs `c` (class) and `d` (domain). */
export const autoSql = `(CASE c.auto_sync WHEN 'on' THEN true WHEN 'off' THEN false ELSE d.auto_sync END
  AND CASE WHEN d.confirm_first THEN ${begunSql} ELSE true END)`;

/**
 * The instant of a new version, always after the former one's: now() is that of a transaction that may have waited for
 * the row while another one wrote it, and some SISs ignore what is older than what they have.
 */
export const laterThan = (t: string) =>
  `greatest(clock_timestamp(), ${t}.version_at + interval '1 millisecond')`;

/** How urgent: the smaller, the sooner. A teacher who waits for one student is never behind a class or a batch. */
export const priority = { press: 0, single: 1, classSync: 2, bulk: 3 } as const;

type Table = 'line_item' | 'result';

/** Everyone who locks many rows does it in this order, so that two who want the same ones take turns. */
export const lockOrder: Record<Table, string> = {
  line_item: 't.id',
  result: 't.line_item_id, t.student_id',
};
const joined: Record<Table, string> = {
  line_item: `line_item t JOIN class c ON c.id = t.class_id JOIN domain d ON d.id = c.domain_id`,
  result: `result t JOIN line_item li ON li.id = t.line_item_id JOIN class c ON c.id = li.class_id JOIN domain d ON d.id = c.domain_id`,
};

/**
 * "Send it all again" sets the acknowledged hash aside, so that no equal one settles the row without a request. It is
 * kept: who cancels finds the row as it was.
 */
export const again = {
  set: (hash: string) => `'again:' || ${again.unset(hash)}`,
  unset: (hash: string) => `regexp_replace(${hash}, '^again:', '')`,
};

/** The rows that `where` names, locked in order, as `o`; for `UPDATE … t … FROM`. */
export const locked = (table: Table, where: string) =>
  `FROM (SELECT t.id, ${autoSql} AS auto, d.gather_seconds, d.connection_id FROM ${joined[table]} WHERE ${where} ORDER BY ${lockOrder[table]} FOR UPDATE OF t) o
   WHERE o.id = t.id`;

/** What comes in numbers does not pass what somebody has just entered. */
const inBulk = `CASE WHEN t.release_n > t.clean_n THEN t.priority ELSE ${priority.bulk} END`;
const gathered = `now() + o.gather_seconds * interval '1 second'`;

/**
 * Something that moves no version has changed what these rows would send (mapping, sourcedId, settings): the counter
 * rises, a parked row is tried again, and where sending is automatic it is released; an equal hash then settles it
 * without a request. What a lane has taken but not sent yet it puts back, for it was taken as it was before.
 * `where` speaks of `t` (the row), `c`, `d` and, for results, `li`.
 */
export async function raiseDirty(sql: Sql, table: Table, where: string, params: unknown[]): Promise<void> {
  await sql.rows(
    `WITH touched AS (
       UPDATE ${table} t SET dirty_n = t.dirty_n + 1,
              release_n = CASE WHEN t.release_n > t.clean_n OR o.auto THEN t.dirty_n + 1 ELSE t.release_n END,
              next_attempt_at = CASE WHEN t.release_n > t.clean_n THEN t.next_attempt_at ELSE ${gathered} END,
              priority = ${inBulk}, attempts = 0
         ${locked(table, where)} RETURNING o.connection_id, t.sending_epoch) ${haltTheirs}`,
    params,
  );
}

/** Everything of a class is planned anew. */
export async function replanClass(sql: Sql, classId: string, connectionId: string | null): Promise<void> {
  await raiseDirty(sql, 'line_item', 'c.id = $1', [classId]);
  await raiseDirty(sql, 'result', 'c.id = $1', [classId]);
  await wakeLanes(sql, connectionId ? [connectionId] : []);
}

/** Ends the runs that have rows of `touched` in their hands; what of them is under way ends by itself. */
const haltTheirs = `SELECT pg_notify('halt', n.connection_id::text) FROM lane n
  WHERE (n.connection_id, n.epoch) IN (SELECT connection_id, sending_epoch FROM touched) AND n.lease_until > now()`;

/** Automatic sending was switched on: what is dirty and was not refused goes. */
export async function releaseDirty(sql: Sql, where: string, params: unknown[]): Promise<void> {
  for (const table of ['line_item', 'result'] as const)
    await sql.rows(
      `UPDATE ${table} t SET release_n = t.dirty_n, next_attempt_at = ${gathered}, priority = ${inBulk}, attempts = 0
         ${locked(table, `t.dirty_n > t.clean_n AND t.release_n <= t.clean_n AND t.parked_n IS DISTINCT FROM t.dirty_n AND ${autoSql} AND ${where}`)}`,
      params,
    );
}

/**
 * Automatic sending was switched off: what only that had released, and was not tried yet, waits for somebody to press.
 * What was tried goes on until it is certain, and so does what the SIS had already (a repair, a category).
 */
export async function withholdAutomatic(sql: Sql, where: string, params: unknown[]): Promise<void> {
  for (const table of ['line_item', 'result'] as const)
    await sql.rows(
      `WITH touched AS (
         UPDATE ${table} t SET release_n = t.clean_n
           ${locked(
             table,
             `t.release_n > t.clean_n AND t.sync_id IS NULL AND t.attempts = 0 AND t.acked_version < t.version AND NOT (${autoSql}) AND ${where}`,
           )} RETURNING o.connection_id, t.sending_epoch) ${haltTheirs}`,
      params,
    );
}

/** What these released rows waited for is over (a broken connection was mended, a slow SIS replaced): they go now. */
export async function hasten(sql: Sql, where: string, params: unknown[]): Promise<void> {
  for (const table of ['line_item', 'result'] as const)
    await sql.rows(
      `UPDATE ${table} t SET next_attempt_at = now(), attempts = 0
         ${locked(table, `t.release_n > t.clean_n AND t.next_attempt_at > now() AND ${where}`)}`,
      params,
    );
}

/**
 * These rows now belong to another SIS: nothing that the former one acknowledged counts, nor what was tried there. Settings
 * that are taken back bring conflicts for what was changed meanwhile: the price of never going over what a person typed
 * in the other SIS, which may well be what had once been sent to the first.
 */
export async function forgetAcknowledged(
  sql: Sql,
  table: Table,
  where: string,
  params: unknown[],
): Promise<void> {
  await sql.rows(
    `UPDATE ${table} t SET acked_version = 0, acked_hash = NULL, acked = NULL, acked_at = NULL, verified_version = 0,
            sourced_id = NULL, linked_to = NULL, last_sent_at = NULL, parked_n = NULL, last_reason = NULL, tried = '[]', restored = NULL, attempt_log = '[]', found = NULL, found_at = NULL, seen = NULL, seen_at = NULL, seen_of = NULL, repairs = 0, sending_epoch = NULL ${table === 'line_item' ? ', frozen_due_date = NULL, verify_at = NULL, verify_asked = false, hand_linked = false' : ''}
       ${locked(table, where)}`,
    params,
  );
}

const waking = hot(
  `WITH woken AS (
     UPDATE lane SET wake_at = now() + $2 * interval '1 second'
      WHERE connection_id = ANY($1::bigint[]) AND (wake_at IS NULL OR wake_at > now() + $2 * interval '1 second')
      RETURNING connection_id),
   running AS (SELECT connection_id FROM lane WHERE connection_id = ANY($1::bigint[]) AND owner IS NOT NULL)
   SELECT pg_notify('lane', connection_id::text) FROM (TABLE woken UNION TABLE running) w WHERE $2 = 0`,
);
/**
 * Wakes the lanes of these connections now (or `afterSeconds` later): lowers wake_at and tells every pump. A lane
 * that runs is told each time, for it may have nothing to do but wait for a slow answer.
 */
export async function wakeLanes(sql: Sql, connectionIds: string[], afterSeconds = 0): Promise<void> {
  if (connectionIds.length === 0) return;
  await sql.rows(waking, [connectionIds, afterSeconds]);
}

/**
 * Ends the lanes' runs of these connections, for what they may send or where to has changed: what is taken but not
 * under way goes back. `otherSis`: it is another SIS or sign-in now, so the runs lose their fence too, and no answer
 * to a request that is still in flight counts (before the domain and its rows are written: settling waits for those,
 * and looks at the fence after it).
 */
export async function haltLanes(
  sql: Sql,
  connectionIds: string[],
  change: 'sameSis' | 'otherSis',
): Promise<void> {
  if (connectionIds.length === 0) return;
  if (change === 'otherSis')
    await sql.rows(
      `UPDATE lane SET epoch = epoch + 1, owner = NULL, lease_until = NULL, wake_at = now() WHERE connection_id = ANY($1::bigint[])`,
      [connectionIds],
    );
  await sql.rows(
    `SELECT pg_notify('halt', id::text), pg_notify('lane', id::text) FROM unnest($1::bigint[]) AS id`,
    [connectionIds],
  );
}
