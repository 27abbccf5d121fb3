/** Drift: what the SIS holds against what it acknowledged, class by class; asked for, and told from what was last read. */
import type { Database, Sql } from './database.ts';
import { wakeLanes } from './duty.ts';
import { decodeCursor, pageOf, rowId } from './pages.ts';
import { quietSeconds } from './readings.ts';
import { findDomain } from './scope.ts';
import type { Drift, DriftCounts, DriftView } from '../passback/ports/drift.ts';

interface Row {
  id: string;
  key: string;
  title: string;
  read_at: Date | null;
  reading: boolean;
  counts: Partial<DriftCounts> | null;
}

/** Of a row `t` that the SIS acknowledged, or that stands against what somebody entered there; needs `d`. */
const stateOf = `CASE
  WHEN t.last_reason->>'code' = 'NOT_STORED' AND t.dirty_n > t.clean_n THEN 'missing'
  WHEN t.seen IS NULL OR t.seen_at < t.acked_at THEN 'notRead'
  WHEN t.found->>'how' IN ('foreign', 'insists', 'kept', 'owned') THEN 'changed'
  -- what was written a moment ago may still be on its way
  WHEN t.seen = '{}' THEN CASE WHEN t.last_sent_at > t.seen_at - ${quietSeconds} * interval '1 second' THEN 'notRead' ELSE 'missing' END
  WHEN t.found->>'how' = 'altered' THEN 'ownForm' ELSE 'same' END`;
const counted = `(t.acked_version > 0 OR t.found->>'how' = 'foreign')`;
const counts = `(SELECT jsonb_object_agg(state, n) FROM (
    SELECT state, count(*) AS n FROM (
      SELECT ${stateOf} AS state FROM line_item t WHERE t.class_id = c.id AND ${counted}
      UNION ALL SELECT ${stateOf} FROM line_item l JOIN result t ON t.line_item_id = l.id WHERE l.class_id = c.id AND ${counted}) s
    GROUP BY state) g)`;
const none: DriftCounts = { same: 0, ownForm: 0, changed: 0, missing: 0, notRead: 0 };

export function createDrift(db: Database): Drift {
  return {
    audit: (scope, domainKey) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey);
        return askForReadings(sql, domain.id, null);
      }),

    async report(scope, domainKey, page) {
      const domain = await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<Row>(
        `SELECT c.id, c.key, c.title, c.read_at, c.read_due IS NOT NULL AS reading, ${counts} AS counts
           FROM class c JOIN domain d ON d.id = c.domain_id
          WHERE d.path @> ARRAY[$1::bigint] AND c.id > $2 ORDER BY c.id LIMIT $3`,
        [domain.id, after?.[0] ?? '0', page.limit + 1],
      );
      return pageOf(rows, page.limit, view, (row) => [row.id]);
    },
  };
}

/** Has the classes of a domain and below, or those of these keys, read soon. */
export async function askForReadings(
  sql: Sql,
  domainId: string,
  classKeys: string[] | null,
): Promise<{ classes: number; leftOut: number }> {
  const theirs = `d.path @> ARRAY[$1::bigint] AND ($2::text[] IS NULL OR c.key = ANY($2))`;
  const [all] = await sql.rows<{ n: number }>(
    `SELECT count(*)::int AS n FROM class c JOIN domain d ON d.id = c.domain_id WHERE ${theirs}`,
    [domainId, classKeys],
  );
  // what may not be sent is not read
  const asked = await sql.rows<{ connection_id: string }>(
    `UPDATE class c SET read_due = coalesce(c.read_due, now())
       FROM (SELECT c.id, d.connection_id FROM class c JOIN domain d ON d.id = c.domain_id
              WHERE ${theirs} AND d.sending = 'on'
                AND CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL
              ORDER BY c.id FOR NO KEY UPDATE OF c) o
      WHERE o.id = c.id RETURNING o.connection_id`,
    [domainId, classKeys],
  );
  const connections = [...new Set(asked.map((row) => row.connection_id))];
  // somebody wants it known now, also of an SIS that did not let itself be read before
  await sql.rows(
    `UPDATE connection SET learned = learned - 'muteSince' WHERE id = ANY($1::bigint[]) AND learned ? 'muteSince'`,
    [connections],
  );
  await wakeLanes(sql, connections);
  return { classes: asked.length, leftOut: (all?.n ?? 0) - asked.length };
}

const view = (row: Row): DriftView => ({
  classId: row.key,
  title: row.title,
  readAt: row.read_at?.toISOString() ?? null,
  reading: row.reading,
  counts: { ...none, ...row.counts },
});
