/** The lanes' rows: claim, lease, work, cause (DESIGN §3.2). What a settlement writes is in settle.ts. */
import { readClassFacts } from './class-facts.ts';
import { classToRead, keepClassReading } from './class-reading.ts';
import {
  asSaved,
  connectionColumns,
  openSecrets,
  stored,
  takesMany,
  usable,
  type ConnectionRow,
} from './connection-row.ts';
import { hot, type Database } from './database.ts';
import { raiseDirty } from './duty.ts';
import { deletionsDue, keepDeletion, nextDeletion } from './deletion-lane.ts';
import { triedByOthers } from './mixed-up.ts';
import { quietWatch } from './quiet.ts';
import { keepReading } from './read-back.ts';
import { nextReading, putOffReading, readable, readingDue } from './readings.ts';
import { lineItemGone } from './recreate.ts';
import { keepRosterPage, nextRoster, rosterDue, rosterUnread } from './roster-lane.ts';
import { matchRoster } from './roster-match.ts';
import { SealError, type Seal } from './seal.ts';
import { settle } from './settle.ts';
import { keepLineItems } from './sis-line-items.ts';
import { awaitedReads, classUnread, nextAwaited } from './sync-awaited.ts';
import { nextDue, nowRounded, OURS, ours, take } from './take.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import type { Fence, LaneRead, Lanes } from '../passback/ports/lanes.ts';

const LEASE = `interval '15 seconds'`;

export function createLanes(db: Database, seal: Seal): Lanes {
  const quietOf = quietWatch(db);
  return {
    async claim(owner, slots, running) {
      const rows = await db.rows<{ connection_id: string; epoch: string }>(
        // owner not null with a lease that ran out: its process died in the middle of something. Ours, and nothing of
        // us runs it: the database was away when we took it or gave it back, and nobody knows; it need not wait 15 s
        hot(`UPDATE lane SET owner = $1, epoch = epoch + 1, lease_until = now() + ${LEASE}, wake_at = NULL
          WHERE connection_id IN (
            SELECT connection_id FROM lane
             WHERE (wake_at <= ${nowRounded} OR owner IS NOT NULL)
               AND (lease_until IS NULL OR lease_until < now() OR (owner = $1 AND connection_id <> ALL ($3::bigint[])))
               AND (paused_until IS NULL OR paused_until <= now())
             ORDER BY wake_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED)
          RETURNING connection_id, epoch`),
        [owner, slots, running],
      );
      return rows.map((row) => ({ connectionId: row.connection_id, epoch: row.epoch, owner }));
    },

    async renew(fences) {
      const rows = await db.rows<{ connection_id: string; epoch: string }>(
        hot(`UPDATE lane l SET lease_until = now() + ${LEASE}
           FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS f(connection_id, epoch, owner)
          WHERE l.connection_id = f.connection_id AND l.epoch = f.epoch AND l.owner = f.owner
          RETURNING l.connection_id, l.epoch`),
        [fences.map((f) => f.connectionId), fences.map((f) => f.epoch), fences.map((f) => f.owner)],
      );
      const alive = new Set(rows.map((row) => `${row.connection_id}:${row.epoch}`));
      return fences.filter((f) => alive.has(`${f.connectionId}:${f.epoch}`));
    },

    async release(fence, restMs) {
      await db.rows(
        hot(`UPDATE lane SET owner = NULL, lease_until = NULL,
                wake_at = CASE WHEN cause IS NOT NULL THEN greatest(paused_until, now())
                  -- greatest() passes over NULL: an idle lane would be due at once, for ever
                  ELSE (SELECT CASE WHEN $4::float8 = 0 AND next IS NULL THEN NULL
                                    ELSE greatest(next, now() + $4::float8 * interval '1 millisecond') END
                          FROM (SELECT least(wake_at, ${nextDue}, ${nextDeletion}, ${nextReading}, ${nextAwaited}, ${nextRoster}) AS next) n) END
          WHERE ${OURS}`),
        [...ours(fence), restMs],
      );
    },

    open: (fence) => open(db, seal, fence),
    async take(fence, limit, together) {
      return take(db, fence, limit, together, await quietOf(fence));
    },
    settle: (fence, settlements) => db.transaction((sql) => settle(sql, fence, settlements)),

    async stop(fence, stop) {
      await db.rows(
        `UPDATE lane SET cause = $4, cause_said = $5, cause_since = CASE WHEN cause IS NULL THEN now() ELSE cause_since END,
                paused_until = now() + $6 * interval '1 millisecond', wake_at = now() + $6 * interval '1 millisecond', probes = probes + 1,
                breaker = $7
          WHERE ${OURS}`,
        [
          ...ours(fence),
          stop.reason.code,
          JSON.stringify({ params: stop.reason.params ?? {}, broken: stop.broken }),
          stop.restMs,
          JSON.stringify(stop.breaker),
        ],
      );
      // whoever waits for a read learns of it now
      await db.rows(`SELECT pg_notify('answer', '')`);
    },

    async succeeded(fence, breaker) {
      await db.rows(
        hot(`UPDATE lane SET last_success_at = now(), cause = NULL, cause_said = NULL, cause_since = NULL, paused_until = NULL, probes = 0, breaker = $4
          WHERE ${OURS}`),
        [...ours(fence), JSON.stringify(breaker)],
      );
    },

    async learn(fence, learned) {
      const muteSince = `jsonb_strip_nulls(jsonb_build_object('muteSince', learned->'muteSince'))`;
      await db.rows(
        `UPDATE connection SET learned = $2::jsonb || ${muteSince} WHERE id = $1 AND learned - 'muteSince' <> $2::jsonb`,
        [fence.connectionId, JSON.stringify(learned)],
      );
    },

    keepCategories: (classId, categories) =>
      db.transaction(async (sql) => {
        const [before] = await sql.rows<{ items: object | null }>(
          `SELECT sis_categories AS items FROM class WHERE id = $1 FOR NO KEY UPDATE`,
          [classId],
        );
        // what each was called when it was first read, or last looked at, tells a renamed one
        const first = Object.fromEntries(categories.map(({ sourcedId, title }) => [sourcedId, title]));
        await sql.rows(
          `UPDATE class SET sis_categories = $2, sis_categories_read_at = now(), category_titles = $3::jsonb || category_titles WHERE id = $1`,
          [classId, JSON.stringify(categories), JSON.stringify(first)],
        );
        if (!before?.items || canonicalHash(before.items) === canonicalHash(categories)) return;
        // a lineItem may have waited for the category that somebody has now made in the SIS
        for (const table of ['line_item', 'result'] as const)
          await raiseDirty(sql, table, 'c.id = $1 AND t.dirty_n > t.clean_n', [classId]);
      }),
    async keepClass(classId, found) {
      await db.rows(`UPDATE class SET sis_class_missing = $2, read_school_sourced_id = $3 WHERE id = $1`, [
        classId,
        found === null,
        found && (found.schoolSourcedId ?? ''),
      ]);
    },
    keepLineItems: (fence, classId, listed) =>
      db.transaction((sql) => keepLineItems(sql, fence, classId, listed)),
    classFacts: async (classId) => (await readClassFacts(db, [classId])).get(classId) ?? null,

    readingDue: (fence) => db.transaction((sql) => readingDue(sql, fence)),
    keepReading: (fence, reading) => db.transaction((sql) => keepReading(sql, fence, reading)),
    putOffReading: (fence, lineItemIds, ms) => putOffReading(db, fence, lineItemIds, ms),
    lineItemGone: (fence, classId, lineItemId) =>
      db.transaction((sql) => lineItemGone(sql, fence, classId, lineItemId)),
    lineItemIds: async (classId) => {
      const rows = await db.rows<{ key: string; sourced_id: string }>(
        `SELECT key, sourced_id FROM line_item WHERE class_id = $1 AND sourced_id IS NOT NULL`,
        [classId],
      );
      return rows.map((row) => ({ key: row.key, sourcedId: row.sourced_id }));
    },

    triedByOthers: (resultId, linkedTo) => triedByOthers(db, resultId, linkedTo),
    classToRead: (classId) => classToRead(db, classId),
    keepClassReading: (fence, reading) => db.transaction((sql) => keepClassReading(sql, fence, reading)),
    classUnread: (fence, classId, reason, again) =>
      db.transaction((sql) => classUnread(sql, fence, { classId, reason, again })),
    deletionsDue: (fence) => db.transaction((sql) => deletionsDue(sql, fence)),
    keepDeletion: (fence, deletion, done) =>
      db.transaction((sql) => keepDeletion(sql, fence, deletion, done)),

    rosterDue: (fence) => db.transaction((sql) => rosterDue(sql, fence, seal)),
    keepRosterPage: (fence, step, page) => db.transaction((sql) => keepRosterPage(sql, fence, step, page)),
    rosterUnread: (fence, step, failed) => db.transaction((sql) => rosterUnread(sql, fence, step, failed)),
    matchRoster: (fence, pullId) => matchRoster(db, seal, fence, pullId),

    async reads(fence) {
      const rows = await db.rows<{ id: string; kind: LaneRead['kind']; class_id: string }>(
        hot(`(SELECT id::text, kind, class_id FROM lane_request WHERE connection_id = $1 AND answered_at IS NULL ORDER BY created_at LIMIT 50)
         UNION ALL (SELECT id, kind, class_id FROM (${awaitedReads}) r WHERE due <= ${nowRounded} ORDER BY kind DESC, due LIMIT 50)`),
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

interface OpenRow extends ConnectionRow {
  settings: Partial<EffectiveSettings>;
  readable: boolean;
  cause: Reason['code'] | null;
  cause_said: { params?: Reason['params']; broken?: boolean } | null;
  probes: number;
  breaker: unknown;
}

async function open(db: Database, seal: Seal, fence: Fence): ReturnType<Lanes['open']> {
  // pace and limits are those of the domain that owns the connection
  const [row] = await db.rows<OpenRow>(
    hot(`SELECT ${connectionColumns}, ${readable('k.id')} AS readable, d.effective AS settings, l.cause, l.cause_said, l.probes, l.breaker
       FROM lane l JOIN connection k ON k.id = l.connection_id JOIN domain d ON d.id = k.domain_id WHERE l.connection_id = $1 AND l.epoch = $2 AND l.owner = $3`),
    ours(fence),
  );
  if (!row) return null;
  const connection = stored(row);
  try {
    return {
      connection: usable(connection, openSecrets(seal, row), {
        cacheKey: `${row.id}:${row.revision}`,
        ...asSaved(row),
      }),
      revision: row.revision,
      maxConcurrentRequests: row.settings.maxConcurrentRequests ?? 4,
      requestsPerSecond: row.settings.requestsPerSecond ?? null,
      bulk: takesMany(row),
      readable: row.readable,
      cause: row.cause
        ? {
            reason: { code: row.cause, ...(row.cause_said?.params ? { params: row.cause_said.params } : {}) },
            broken: row.cause_said?.broken ?? false,
            probes: row.probes,
          }
        : null,
      breaker: row.breaker,
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
