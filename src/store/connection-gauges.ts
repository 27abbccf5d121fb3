/** How every SIS connection stands, in one statement: for operators, who look every few seconds. */
import type { Sql } from './database.ts';
import type { ErrorCode } from '../gradebook/dictionary.ts';

export interface ConnectionGauge {
  connection: string;
  tenant: string;
  rows: number;
  oldestSeconds: number;
  state: 'closed' | 'open' | 'halfOpen' | 'ramp';
  cause: ErrorCode | null;
  broken: boolean;
  lastSuccessAt: Date | null;
}
export const MOST_CONNECTIONS = 1_000;

/** Only what may be sent counts as waiting: nobody is to be woken for what was paused or switched off. */
const waiting = (table: 'result' | 'line_item') =>
  `SELECT domain_id, count(*) AS rows, min(version_at) AS since FROM ${table} WHERE release_n > clean_n GROUP BY domain_id`;

/** The troubled ones first, then those with the longest queue. */
export async function connectionGauges(sql: Sql): Promise<{ all: number; gauges: ConnectionGauge[] }> {
  const rows = await sql.rows<ConnectionGauge & { all: number }>(
    `SELECT n.connection_id AS connection, t.key AS tenant, n.cause, coalesce((n.cause_said->>'broken')::boolean, false) AS broken,
            coalesce(w.rows, 0)::int AS rows, greatest(0, coalesce(extract(epoch FROM now() - w.since), 0))::float8 AS "oldestSeconds",
            CASE WHEN n.cause IS NOT NULL AND n.paused_until > now() THEN 'open' WHEN n.cause IS NOT NULL THEN 'halfOpen'
                 WHEN n.breaker ? 'allowed' THEN 'ramp' ELSE 'closed' END AS state,
            n.last_success_at AS "lastSuccessAt", (count(*) OVER ())::int AS all
       FROM lane n JOIN connection k ON k.id = n.connection_id JOIN domain o ON o.id = k.domain_id JOIN domain t ON t.id = o.tenant_id
       LEFT JOIN (SELECT d.connection_id, sum(q.rows) AS rows, min(q.since) AS since
                    FROM (${waiting('result')} UNION ALL ${waiting('line_item')}) q JOIN domain d ON d.id = q.domain_id
                   WHERE d.sending = 'on' GROUP BY d.connection_id) w ON w.connection_id = n.connection_id
      ORDER BY n.cause IS NULL, w.rows DESC NULLS LAST, n.connection_id LIMIT ${MOST_CONNECTIONS}`,
  );
  return { all: rows[0]?.all ?? 0, gauges: rows };
}
