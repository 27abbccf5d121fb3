/** The lanes' rows: claim, lease, work, cause (DESIGN §3.2). What a settlement writes is in settle.ts. */
import {
  duty,
  lineItemColumns,
  lineItemFacts,
  readClassFacts,
  resultColumns,
  resultFacts,
  type LineItemRow,
  type ResultRow,
} from './class-facts.ts';
import { connectionColumns, openSecrets, stored, usable, type ConnectionRow } from './connection-row.ts';
import type { Database, Sql } from './database.ts';
import { SealError, type Seal } from './seal.ts';
import { settle } from './settle.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import type { ClassWork, Fence, LaneRead, Lanes } from '../passback/ports/lanes.ts';

const LEASE = `interval '15 seconds'`;
/** Only while the lane is still ours. */
const OURS = `connection_id = $1 AND epoch = $2 AND owner = $3`;
const ours = (fence: Fence) => [fence.connectionId, fence.epoch, fence.owner];

export function createLanes(db: Database, seal: Seal): Lanes {
  return {
    async claim(owner, slots) {
      const rows = await db.rows<{ connection_id: string; epoch: string }>(
        // owner not null with a lease that ran out: its process died in the middle of something
        `UPDATE lane SET owner = $1, epoch = epoch + 1, lease_until = now() + ${LEASE}, wake_at = NULL
          WHERE connection_id IN (
            SELECT connection_id FROM lane
             WHERE (wake_at <= now() OR owner IS NOT NULL) AND (lease_until IS NULL OR lease_until < now())
               AND (paused_until IS NULL OR paused_until <= now())
             ORDER BY wake_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED)
          RETURNING connection_id, epoch`,
        [owner, slots],
      );
      return rows.map((row) => ({ connectionId: row.connection_id, epoch: row.epoch, owner }));
    },

    async renew(fences) {
      const rows = await db.rows<{ connection_id: string; epoch: string }>(
        `UPDATE lane l SET lease_until = now() + ${LEASE}
           FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS f(connection_id, epoch, owner)
          WHERE l.connection_id = f.connection_id AND l.epoch = f.epoch AND l.owner = f.owner
          RETURNING l.connection_id, l.epoch`,
        [fences.map((f) => f.connectionId), fences.map((f) => f.epoch), fences.map((f) => f.owner)],
      );
      const alive = new Set(rows.map((row) => `${row.connection_id}:${row.epoch}`));
      return fences.filter((f) => alive.has(`${f.connectionId}:${f.epoch}`));
    },

    async release(fence, restMs) {
      await db.rows(
        `UPDATE lane SET owner = NULL, lease_until = NULL,
                wake_at = CASE WHEN cause IS NOT NULL THEN greatest(paused_until, now())
                  -- greatest() passes over NULL: an idle lane would be due at once, for ever
                  ELSE (SELECT CASE WHEN $4::float8 = 0 AND next IS NULL THEN NULL
                                    ELSE greatest(next, now() + $4::float8 * interval '1 millisecond') END
                          FROM (SELECT least(wake_at, ${nextDue}) AS next) n) END
          WHERE ${OURS}`,
        [...ours(fence), restMs],
      );
    },

    open: (fence) => open(db, seal, fence),
    take: (fence, limit) => db.transaction((sql) => take(sql, fence, limit)),
    settle: (fence, settlements) => db.transaction((sql) => settle(sql, fence, settlements)),

    async stop(fence, stop) {
      await db.rows(
        `UPDATE lane SET cause = $4, cause_said = $5, cause_since = CASE WHEN cause IS NULL THEN now() ELSE cause_since END,
                paused_until = now() + $6 * interval '1 millisecond', wake_at = now() + $6 * interval '1 millisecond', probes = probes + 1
          WHERE ${OURS}`,
        [
          ...ours(fence),
          stop.reason.code,
          JSON.stringify({ params: stop.reason.params ?? {}, broken: stop.broken }),
          Math.max(0, stop.until.getTime() - Date.now()),
        ],
      );
      // whoever waits for a read learns of it now
      await db.rows(`SELECT pg_notify('answer', '')`);
    },

    async succeeded(fence) {
      await db.rows(
        `UPDATE lane SET last_success_at = now(), cause = NULL, cause_said = NULL, cause_since = NULL, paused_until = NULL, probes = 0 WHERE ${OURS}`,
        ours(fence),
      );
    },

    async learn(fence, learned) {
      await db.rows(`UPDATE connection SET learned = $2 WHERE id = $1 AND learned <> $2::jsonb`, [
        fence.connectionId,
        JSON.stringify(learned),
      ]);
    },

    async keepCategories(classId, categories) {
      await db.rows(`UPDATE class SET sis_categories = $2, sis_categories_read_at = now() WHERE id = $1`, [
        classId,
        JSON.stringify(categories),
      ]);
    },
    async keepSchool(classId, schoolSourcedId) {
      await db.rows(`UPDATE class SET read_school_sourced_id = $2 WHERE id = $1`, [
        classId,
        schoolSourcedId ?? '',
      ]);
    },
    classFacts: async (classId) => (await readClassFacts(db, [classId])).get(classId) ?? null,

    async reads(fence) {
      const rows = await db.rows<{ id: string; kind: LaneRead['kind']; class_id: string }>(
        `SELECT id, kind, class_id FROM lane_request WHERE connection_id = $1 AND answered_at IS NULL ORDER BY created_at LIMIT 50`,
        [fence.connectionId],
      );
      return rows.map((row) => ({ id: row.id, kind: row.kind, classId: row.class_id }));
    },
    async answer(read, answer) {
      await db.rows(
        `WITH answered AS (UPDATE lane_request SET answer = $2, answered_at = now() WHERE id = $1 RETURNING id) SELECT pg_notify('answer', id::text) FROM answered`,
        [read.id, JSON.stringify(answer)],
      );
    },
  };
}

/** The domains that this connection may send for now. */
const domains = `(SELECT id FROM domain WHERE connection_id = $1 AND sending = 'on') d`;
/** One index range per domain and priority: what is not due yet is never read. */
const perPriority = `CROSS JOIN (VALUES (0), (1), (2), (3)) AS p(priority)`;
const firstOf = (
  table: string,
) => `SELECT t.next_attempt_at FROM ${domains} ${perPriority} CROSS JOIN LATERAL (
  SELECT next_attempt_at FROM ${table} WHERE domain_id = d.id AND priority = p.priority AND release_n > clean_n ORDER BY next_attempt_at LIMIT 1) t`;
const nextDue = `(SELECT min(next_attempt_at) FROM (${firstOf('line_item')} UNION ALL ${firstOf('result')}) u)`;

/** SKIP LOCKED: a row that is being written now will be newer in a moment, and waiting for it could be a deadlock. */
const takeFrom = (table: string) => `
  UPDATE ${table} t SET sending_epoch = $2
    FROM (SELECT due.id, due.priority, due.next_attempt_at FROM ${domains} ${perPriority} CROSS JOIN LATERAL (
            SELECT r.id, r.priority, r.next_attempt_at FROM ${table} r
             WHERE r.domain_id = d.id AND r.priority = p.priority AND r.release_n > r.clean_n AND r.next_attempt_at <= now()
               AND r.sending_epoch IS DISTINCT FROM $2
             ORDER BY r.next_attempt_at LIMIT $4 FOR UPDATE SKIP LOCKED) due
          ORDER BY due.priority, due.next_attempt_at LIMIT $4) o
   WHERE o.id = t.id AND EXISTS (SELECT 1 FROM lane WHERE ${OURS}) RETURNING t.id, o.priority, o.next_attempt_at`;

async function take(sql: Sql, fence: Fence, limit: number): Promise<ClassWork[]> {
  const params = [...ours(fence), limit];
  const items = await sql.rows<{ id: string }>(takeFrom('line_item'), params);
  const taken = await sql.rows<{ id: string; priority: number; next_attempt_at: Date }>(
    takeFrom('result'),
    params,
  );
  if (items.length + taken.length === 0) return [];
  const urgency = new Map(taken.map((row, index) => [row.id, row.priority * 1e6 + index]));
  const results = await sql.rows<ResultRow>(
    `SELECT ${resultColumns} FROM result r JOIN student s ON s.id = r.student_id WHERE r.id = ANY($1::bigint[])`,
    [taken.map((row) => row.id)],
  );
  results.sort((a, b) => (urgency.get(a.id) ?? 0) - (urgency.get(b.id) ?? 0));
  const lineItems = await sql.rows<LineItemRow & { waits: boolean }>(
    `SELECT ${lineItemColumns}, l.next_attempt_at > now() AND l.attempts > 0 AS waits FROM line_item l WHERE l.id = ANY($1::bigint[]) ORDER BY l.id`,
    [[...new Set([...items.map((row) => row.id), ...results.map((row) => row.line_item_id)])]],
  );
  const facts = await readClassFacts(sql, [...new Set(lineItems.map((row) => row.class_id))]);
  const due = new Set(items.map((row) => row.id));
  const classOf = new Map(lineItems.map((row) => [row.id, row.class_id]));
  return [...facts.values()].map((cls) => ({
    cls,
    lineItems: lineItems
      .filter((row) => row.class_id === cls.id)
      .map((row) => ({
        ...lineItemFacts(row),
        taken: due.has(row.id),
        nextAttemptAt: row.next_attempt_at,
        attempts: row.attempts,
        waiting: row.waits,
      })),
    results: results
      .filter((row) => classOf.get(row.line_item_id) === cls.id)
      .map((row) => ({ ...resultFacts(row), ...duty(row), attempts: row.attempts })),
  }));
}

interface OpenRow extends ConnectionRow {
  settings: Partial<EffectiveSettings>;
  cause: Reason['code'] | null;
  cause_said: { params?: Reason['params']; broken?: boolean } | null;
  probes: number;
}

async function open(db: Database, seal: Seal, fence: Fence): ReturnType<Lanes['open']> {
  // pace and limits are those of the domain that owns the connection
  const [row] = await db.rows<OpenRow>(
    `SELECT ${connectionColumns}, d.effective AS settings, l.cause, l.cause_said, l.probes
       FROM lane l JOIN connection k ON k.id = l.connection_id JOIN domain d ON d.id = k.domain_id WHERE l.connection_id = $1 AND l.epoch = $2 AND l.owner = $3`,
    ours(fence),
  );
  if (!row) return null;
  const connection = stored(row);
  try {
    return {
      connection: usable(connection, openSecrets(seal, row), `${row.id}:${row.revision}`, row.learned),
      revision: row.revision,
      maxConcurrentRequests: row.settings.maxConcurrentRequests ?? 4,
      requestsPerSecond: row.settings.requestsPerSecond ?? null,
      cause: row.cause
        ? {
            reason: { code: row.cause, ...(row.cause_said?.params ? { params: row.cause_said.params } : {}) },
            broken: row.cause_said?.broken ?? false,
            probes: row.probes,
          }
        : null,
    };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    await db.rows(
      `UPDATE lane SET cause = 'SETTINGS_SECRET_UNREADABLE', cause_said = '{"broken":true}', cause_since = coalesce(cause_since, now()), paused_until = now() + interval '5 minutes' WHERE ${OURS}`,
      ours(fence),
    );
    return null;
  }
}
