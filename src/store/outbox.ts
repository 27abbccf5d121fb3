/**
 * What is to be announced is written down in the transaction of what happened, so that nothing is announced that was
 * undone, and nothing is lost. A worker takes it out (relay.ts). Only inserts: nobody who settles scores waits here.
 */
import { hot, type Sql } from './database.ts';

/** What a transaction that announces something says as its last word: workers look when, and if, it is committed. */
const TELL = `pg_notify('outbox', '')`;

/** These syncs have ended. */
export async function syncsEnded(sql: Sql, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.rows(
    `WITH told AS (INSERT INTO outbox (kind, sync_id) SELECT 'sync', unnest($1::uuid[]) RETURNING 1) SELECT ${TELL} FROM told`,
    [ids],
  );
}

/**
 * The problems of these syncs' classes may be others now: something went wrong (`bad`), or went well in a class that
 * has problems. No word to the workers: it is looked at a little later anyway, together with what follows.
 */
export async function classesChanged(sql: Sql, syncs: { id: string; bad: boolean }[]): Promise<void> {
  if (syncs.length === 0) return;
  await sql.rows(
    hot(`INSERT INTO outbox (kind, class_id)
     SELECT DISTINCT 'class', y.class_id FROM sync y JOIN unnest($1::uuid[], $2::boolean[]) AS s(id, bad) ON y.id = s.id
      WHERE y.id = ANY($1) AND NOT y.dry_run AND (s.bad OR EXISTS (SELECT 1 FROM class_problem p WHERE p.class_id = y.class_id))`),
    [syncs.map((s) => s.id), syncs.map((s) => s.bad)],
  );
}

/** Where the SIS was found to hold something else, or does no longer. */
export async function conflictsChanged(sql: Sql, kind: 'lineItem' | 'result', ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const theirs =
    kind === 'lineItem' ? `$1` : `ARRAY(SELECT line_item_id FROM result WHERE id = ANY($1::bigint[]))`;
  await sql.rows(
    `INSERT INTO outbox (kind, class_id) SELECT DISTINCT 'class', class_id FROM line_item WHERE id = ANY(${theirs}::bigint[])`,
    [ids],
  );
}

/** This delivery is to be made now. */
export async function deliveryDue(sql: Sql, id: string): Promise<void> {
  await sql.rows(
    `WITH told AS (INSERT INTO outbox (kind, delivery_id) VALUES ('delivery', $1) RETURNING 1) SELECT ${TELL} FROM told`,
    [id],
  );
}
