/** In which sync's history what a lane did stands: the one that took the row in, or the automatic record of its class. */
import type { Sql } from './database.ts';
import { addEntries, statusSql, type Entry } from './sync-row.ts';

/** Of automatic work it is not known yet which record it stands in. */
export type Unnamed<T extends { syncId: string }> = Omit<T, 'syncId'> & {
  syncId: string | null;
  classId: string;
};
export type Told = Unnamed<Entry>;

/** What has become of these, in their syncs; automatic work in the record of its class and quarter of an hour. */
export async function tell(sql: Sql, told: Told[]): Promise<void> {
  await record(sql, told, await automaticSyncs(sql, told));
}

export interface Named {
  automatic: string[];
  syncOf(one: { syncId: string | null; classId: string }): string | null;
}
/** With the sync that it stands in. */
export function inItsSync<T extends { syncId: string | null; classId: string }>(
  one: T,
  named: Named,
): (Omit<T, 'syncId' | 'classId'> & { syncId: string })[] {
  const { syncId: _own, classId: _of, ...rest } = one;
  const syncId = named.syncOf(one);
  return syncId === null ? [] : [{ ...rest, syncId }];
}

/** Automatic work is gathered into one record per class and quarter of an hour. */
export async function automaticSyncs(
  sql: Sql,
  all: { syncId: string | null; classId: string }[],
): Promise<Named> {
  const classes = [...new Set(all.filter((e) => e.syncId === null).map((e) => e.classId))];
  const automatic = new Map<string, string>();
  if (classes.length > 0) {
    const rows = await sql.rows<{ id: string; class_id: string }>(
      `INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, status, "window")
       SELECT gen_random_uuid(), c.tenant_id, c.domain_id, c.id, 'automatic', 'Automatic', 'complete', date_bin('15 minutes', now(), 'epoch')
         FROM class c WHERE c.id = ANY($1::bigint[]) ORDER BY c.id
       ON CONFLICT (class_id, "window") WHERE trigger = 'automatic' DO UPDATE SET finished_at = now() RETURNING id, class_id`,
      [classes],
    );
    for (const row of rows) automatic.set(row.class_id, row.id);
  }
  return {
    automatic: [...automatic.values()],
    syncOf: ({ syncId, classId }) => syncId ?? automatic.get(classId) ?? null,
  };
}

export async function record(sql: Sql, told: Told[], named: Named): Promise<void> {
  await addEntries(
    sql,
    told.flatMap((entry) => inItsSync(entry, named)),
  );
  if (named.automatic.length > 0)
    await sql.rows(
      `UPDATE sync s SET status = ${statusSql}, finished_at = now() WHERE id = ANY($1::uuid[])`,
      [named.automatic],
    );
}
