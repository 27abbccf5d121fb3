/** The health of the SIS connection in force in a domain, in one read. */
import type { Sql } from './database.ts';
import type { DomainRow } from './scope.ts';
import { keptCapabilities } from '../gradebook/capabilities.ts';
import { explain, type ErrorCode } from '../gradebook/dictionary.ts';
import type { ConnectionView } from '../passback/ports/domains.ts';

interface Row {
  base_url: string;
  owned_by: string;
  cause: ErrorCode | null;
  cause_said: { params?: Record<string, string | number>; broken?: boolean } | null;
  cause_since: Date | null;
  paused_until: Date | null;
  last_success_at: Date | null;
  capabilities: unknown;
}

/** Marked by the lane's present run; a mark of an earlier one means nothing. */
const inHand = `EXISTS (SELECT 1 FROM lane n WHERE n.connection_id = d.connection_id AND n.epoch = t.sending_epoch AND n.lease_until > now())`;

export async function connectionView(sql: Sql, domain: DomainRow): Promise<ConnectionView> {
  const [row] = await sql.rows<Row>(
    `SELECT k.base_url, o.key AS owned_by, l.cause, l.cause_said, l.cause_since, l.paused_until, l.last_success_at, k.capabilities
       FROM connection k JOIN domain o ON o.id = k.domain_id JOIN lane l ON l.connection_id = k.id WHERE k.id = $1`,
    [domain.connection_id],
  );
  const [waiting] = await sql.rows<{ rows: number; oldest: number | null; in_flight: number }>(
    `SELECT count(*)::int AS rows, extract(epoch FROM now() - min(version_at))::float8 AS oldest, count(*) FILTER (WHERE sending)::int AS in_flight FROM (
       SELECT t.version_at, ${inHand} AS sending FROM result t JOIN domain d ON d.id = t.domain_id WHERE d.path @> ARRAY[$1::bigint] AND (d.sending <> 'excluded' OR $2) AND t.release_n > t.clean_n
       UNION ALL
       SELECT t.version_at, ${inHand} FROM line_item t JOIN domain d ON d.id = t.domain_id WHERE d.path @> ARRAY[$1::bigint] AND (d.sending <> 'excluded' OR $2) AND t.release_n > t.clean_n) w`,
    [domain.id, domain.sending === 'excluded'],
  );
  // its own pause or the nearest one above
  const [pause] = await sql.rows<{ by: string; at: Date; key: string }>(
    `SELECT paused_by AS by, paused_at AS at, key FROM domain WHERE id = ANY($1::bigint[]) AND paused_at IS NOT NULL ORDER BY cardinality(path) DESC LIMIT 1`,
    [domain.path],
  );
  return {
    ownedBy: row?.owned_by ?? null,
    baseUrl: row?.base_url ?? null,
    sisName: typeof domain.effective.sisName === 'string' ? domain.effective.sisName : null,
    state: connectionState(domain.sending, row),
    cause: row?.cause ? explain({ code: row.cause, params: row.cause_said?.params ?? {} }) : null,
    since: row?.cause_since?.toISOString() ?? null,
    lastSuccessAt: row?.last_success_at?.toISOString() ?? null,
    nextProbeAt: row?.cause ? (row.paused_until?.toISOString() ?? null) : null,
    pausedBy: pause?.by ?? null,
    pausedAt: pause?.at.toISOString() ?? null,
    pausedIn: pause?.key ?? null,
    waiting: {
      rows: waiting?.rows ?? 0,
      oldestSeconds: waiting?.oldest == null ? null : Math.round(waiting.oldest),
    },
    inFlight: waiting?.in_flight ?? 0,
    capabilities: row ? keptCapabilities(row.capabilities) : null,
  };
}

/** What is wrong with the connection is said before what we may do with it. */
export function connectionState(
  sending: DomainRow['sending'],
  row: (Pick<Row, 'cause' | 'last_success_at'> & { cause_said: { broken?: boolean } | null }) | undefined,
): ConnectionView['state'] {
  if (!row) return 'none';
  if (row.cause) return row.cause_said?.broken ? 'broken' : 'waiting';
  if (sending !== 'on') return sending === 'noConnection' ? 'none' : sending;
  return row.last_success_at ? 'working' : 'untried';
}
