/** A domain at a glance: what an admin's first screen tells, in a few cheap reads. */
import type { Sql } from './database.ts';
import { problemCauses } from './problems.ts';
import type { DomainRow } from './scope.ts';
import { connectionState } from './connection-view.ts';
import type { ErrorCode } from '../gradebook/dictionary.ts';
import type { Overview } from '../passback/ports/domains.ts';

/** No more of them than a screen shows. */
const MOST_TROUBLES = 20;

export async function overview(sql: Sql, domain: DomainRow): Promise<Overview> {
  const [classes] = await sql.rows<Overview['classes']>(
    `SELECT count(*)::int AS all, (count(*) FILTER (WHERE CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL))::int AS linked
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE d.path @> ARRAY[$1::bigint]`,
    [domain.id],
  );
  // each along an index of its own: the history behind them may be of years
  const [waiting] = await sql.rows<{ processing: number; awaiting: number }>(
    `SELECT (SELECT count(*)::int FROM sync s JOIN domain d ON d.id = s.domain_id
              WHERE s.status = 'processing' AND s.trigger <> 'automatic' AND NOT s.dry_run AND d.path @> ARRAY[$1::bigint]) AS processing,
            (SELECT count(*)::int FROM sync s JOIN domain d ON d.id = s.domain_id
              WHERE s.status = 'awaitingConfirmation' AND d.path @> ARRAY[$1::bigint]) AS awaiting`,
    [domain.id],
  );
  const n = (name: string) =>
    `coalesce((s.counts->'lineItems'->>'${name}')::int, 0) + coalesce((s.counts->'results'->>'${name}')::int, 0)`;
  const [day] = await sql.rows<Overview['lastDay'] & { automatic: number }>(
    `SELECT count(*)::int AS syncs, (count(*) FILTER (WHERE s.status = 'processing' AND s.trigger = 'automatic'))::int AS automatic, coalesce(sum(${n('created')} + ${n('updated')} + ${n('deleted')}), 0)::int AS sent,
            coalesce(sum(${n('failed')}), 0)::int AS failed, coalesce(sum(${n('conflicts')}), 0)::int AS conflicts
       FROM sync s JOIN domain d ON d.id = s.domain_id
      WHERE d.path @> ARRAY[$1::bigint] AND s.started_at > now() - interval '24 hours' AND NOT s.dry_run`,
    [domain.id],
  );
  const [schedules] = await sql.rows<Overview['schedules']>(
    `SELECT count(*)::int AS all, (count(*) FILTER (WHERE h.paused_at IS NOT NULL))::int AS paused, to_json(min(h.next_run_at)) #>> '{}' AS "nextRunAt"
       FROM schedule h JOIN domain d ON d.id = h.domain_id WHERE d.path @> ARRAY[$1::bigint]`,
    [domain.id],
  );
  return {
    classes: classes ?? { all: 0, linked: 0 },
    syncs: {
      processing: (waiting?.processing ?? 0) + (day?.automatic ?? 0),
      awaitingConfirmation: waiting?.awaiting ?? 0,
    },
    lastDay: {
      ...{ syncs: day?.syncs ?? 0, sent: day?.sent ?? 0 },
      ...{ failed: day?.failed ?? 0, conflicts: day?.conflicts ?? 0 },
    },
    schedules: {
      ...{ all: schedules?.all ?? 0, paused: schedules?.paused ?? 0 },
      nextRunAt: schedules?.nextRunAt ? new Date(schedules.nextRunAt).toISOString() : null,
    },
    problems: await problemCauses(sql, domain.id),
    below: await troublesBelow(sql, domain),
  };
}

/** Sub-domains with an SIS of their own that does not answer, and those that somebody has paused by themselves. */
async function troublesBelow(sql: Sql, domain: DomainRow): Promise<Overview['below']> {
  const rows = await sql.rows<{
    key: string;
    name: string;
    sending: DomainRow['sending'];
    cause: ErrorCode | null;
    cause_said: { broken?: boolean } | null;
    last_success_at: Date | null;
  }>(
    `SELECT d.key, d.name, d.sending, l.cause, l.cause_said, l.last_success_at
       FROM domain d LEFT JOIN connection k ON k.domain_id = d.id LEFT JOIN lane l ON l.connection_id = k.id
      WHERE d.path @> ARRAY[$1::bigint] AND d.id <> $1 AND (l.cause IS NOT NULL OR d.paused_at IS NOT NULL)
      ORDER BY d.name, d.id LIMIT ${MOST_TROUBLES}`,
    [domain.id],
  );
  return rows.map((row) => ({
    ...{ domainId: row.key, name: row.name },
    state: row.cause ? connectionState(row.sending, row) : ('paused' as const),
  }));
}
