/**
 * Takes out of the outbox what is to be announced and turns it into deliveries and mails, in one transaction each time:
 * there is never one without the other, and never the same one twice. One replica at a time does it.
 */
import { tellProblems, type Telling } from './class-problems.ts';
import { tellConnections, tellExpiring } from './connection-news.ts';
import type { Database, Sql } from './database.ts';
import { sendDigest } from './digest.ts';
import { mail, placeOf, publish } from './publish.ts';
import type { Seal } from './seal.ts';
import { byKind } from './sync-row.ts';
import { disabledNotice } from '../passback/notices.ts';
import type { SyncCounts, SyncStatus, SyncView } from '../passback/ports/syncs.ts';

/** What goes wrong with a class is told together with what follows within so long. */
const GATHER = `interval '5 seconds'`;
const BATCH = 200;
/** Classes of one transaction: each is planned anew. */
const CLASSES = 5;
/** The locks of the two: neither makes the other wait for its next time. */
const NOW = 1;
const NOW_AND_THEN = 2;

interface Taken {
  kind: 'sync' | 'class' | 'delivery';
  sync_id: string | null;
  class_id: string | null;
  delivery_id: string | null;
}

/** Announces what is there; true: there may be more. */
export function relay(db: Database, telling: Telling): Promise<boolean> {
  return alone(db, NOW, async (sql) => {
    const taken = await sql.rows<Taken>(
      `WITH due AS (
         (SELECT id FROM outbox WHERE kind <> 'class' ORDER BY id LIMIT ${BATCH})
         UNION ALL
         (SELECT o.id FROM outbox o WHERE kind = 'class' AND class_id IN (
            SELECT class_id FROM outbox WHERE kind = 'class' GROUP BY class_id HAVING min(at) < now() - ${GATHER} LIMIT ${CLASSES})))
       DELETE FROM outbox WHERE id IN (SELECT id FROM due) RETURNING kind, sync_id, class_id, delivery_id`,
    );
    for (const { sync_id: id } of taken) if (id !== null) await tellSync(sql, id, telling);
    const classes = new Set(taken.flatMap(({ class_id: id }) => id ?? []));
    for (const id of classes) await tellProblems(sql, id, telling);
    const due = taken.flatMap(({ delivery_id: id }) => (id === null ? [] : [{ task: { deliveryId: id } }]));
    await telling.background.add(sql, 'webhook', due);
    await tellConnections(sql, telling);
    return taken.length >= CLASSES;
  });
}

/** What is looked at now and then: credentials that end, the daily mail, deliveries that a dead worker has left. */
export async function relaySlow(
  db: Database,
  seal: Seal,
  telling: Telling,
  stopping: () => boolean = () => false,
): Promise<void> {
  await alone(db, NOW_AND_THEN, async (sql) => {
    await tellExpiring(sql, seal, telling);
    const left = await sql.rows<{ id: string }>(
      `UPDATE webhook_delivery SET next_attempt_at = now() WHERE id IN (
         SELECT id FROM webhook_delivery WHERE state = 'pending' AND next_attempt_at < now() - interval '5 minutes' LIMIT 1000) RETURNING id`,
    );
    await telling.background.add(
      sql,
      'webhook',
      left.map(({ id }) => ({ task: { deliveryId: id } })),
    );
    return false;
  });
  while (!stopping() && (await alone(db, NOW_AND_THEN, (sql) => sendDigest(sql, telling))));
}

/** To those who hear of its domain by mail: the webhook is switched off. */
export async function tellDisabled(sql: Sql, webhookId: string, telling: Telling): Promise<void> {
  const [row] = await sql.rows<{ domain_id: string; url: string; because: 'gone' | 'failing' }>(
    `SELECT domain_id, url, disabled_because AS because FROM webhook WHERE id = $1`,
    [webhookId],
  );
  const place = row && (await placeOf(sql, row.domain_id));
  if (place && telling.mail)
    await mail(sql, telling.background, place.emails, disabledNotice(place, row, telling.mail.publicUrl));
}

/** Others do it already: then there is nothing to do here. */
const alone = (db: Database, lock: 1 | 2, work: (sql: Sql) => Promise<boolean>): Promise<boolean> =>
  db.transaction(async (sql) => {
    const [tried] = await sql.rows<{ held: boolean }>(
      `SELECT pg_try_advisory_xact_lock(7273, $1::int) AS held`,
      [lock],
    );
    return tried?.held ? work(sql) : false;
  });

interface SyncRow {
  domain_id: string;
  class_key: string;
  trigger: SyncView['trigger'];
  status: SyncStatus;
  counts: Parameters<typeof byKind>[0];
  finished_at: Date;
}
async function tellSync(sql: Sql, id: string, telling: Telling): Promise<void> {
  const [row] = await sql.rows<SyncRow>(
    `SELECT c.domain_id, c.key AS class_key, s.trigger, s.status, s.counts, s.finished_at FROM sync s JOIN class c ON c.id = s.class_id
      WHERE s.id = $1 AND s.finished_at IS NOT NULL AND NOT s.dry_run AND s.trigger <> 'automatic'`,
    [id],
  );
  const place = row && (await placeOf(sql, row.domain_id));
  if (!place) return;
  const { lineItems, results } = byKind(row.counts);
  const names = Object.keys(lineItems) as (keyof SyncCounts)[];
  await publish(sql, telling.background, place.id, {
    type: 'sync.finished',
    timestamp: row.finished_at.toISOString(),
    data: {
      tenantId: place.tenantKey,
      domainId: place.key,
      classId: row.class_key,
      syncId: id,
      trigger: row.trigger,
      status: row.status,
      counts: Object.fromEntries(names.map((n) => [n, lineItems[n] + results[n]])) as Record<
        keyof SyncCounts,
        number
      >,
    },
  });
}
