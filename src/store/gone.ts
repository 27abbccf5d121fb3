/** Rows that were deleted: what a lane or a sync still had to do with them. */
import type { Sql } from './database.ts';
import { finishSyncs } from './sync-row.ts';

export interface Gone {
  sync_id: string | null;
  domain_id: string;
  sending_epoch: string | null;
}
/** For `DELETE … RETURNING`. */
export const goneColumns = (t: string) => `${t}.sync_id, ${t}.domain_id, ${t}.sending_epoch`;

/** A lane that has taken some of them sends none of them any more; a sync that waited for them does not wait for ever. */
export async function letGo(sql: Sql, gone: Gone[]): Promise<void> {
  const held = gone.filter((row) => row.sending_epoch !== null);
  if (held.length > 0)
    await sql.rows(
      `SELECT pg_notify('halt', n.connection_id::text) FROM lane n
        WHERE n.lease_until > now() AND (n.connection_id, n.epoch) IN (
          SELECT d.connection_id, h.epoch FROM unnest($1::bigint[], $2::bigint[]) AS h(domain_id, epoch) JOIN domain d ON d.id = h.domain_id)`,
      [held.map((row) => row.domain_id), held.map((row) => row.sending_epoch)],
    );
  await finishSyncs(sql, [...new Set(gone.flatMap(({ sync_id }) => (sync_id === null ? [] : [sync_id])))]);
}
