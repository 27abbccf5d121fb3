/**
 * Takes out of the outbox what is to be announced and turns it into deliveries and mails, in one transaction each time:
 * there is never one without the other, and never the same one twice. One replica at a time does it.
 */
import { apart } from './apart.ts';
import { tellProblems, type Telling } from './class-problems.ts';
import { tellConnections } from './connection-news.ts';
import { tellExpiring } from './credential-news.ts';
import { hot, type Database, type Sql } from './database.ts';
import { sendDigests } from './digest.ts';
import { deliverNow, mail, placeOf, publish, type DeliveryRow } from './publish.ts';
import type { Seal } from './seal.ts';
import { byKind } from './sync-row.ts';
import { disabledNotice } from '../passback/notices.ts';
import type { SyncCounts, SyncStatus, SyncView } from '../passback/ports/syncs.ts';

/** What goes wrong with a class is told together with what follows within so long. */
const GATHER = `interval '5 seconds'`;
const BATCH = 200;
/** `at` is rounded to a millisecond, up too: what was written just now is due now. */
const ROUNDED = `interval '1 second'`;
/** Classes of one transaction: each is planned anew. */
const CLASSES = 5;
/** What cannot be announced is put off so often, twice as long each time: two hours in all. */
const TRIES = 8;
/** The locks of the two: neither makes the other wait for its next time. */
const NOW = 1;
const NOW_AND_THEN = 2;

interface Taken {
  kind: 'sync' | 'class' | 'delivery';
  sync_id: string | null;
  class_id: string | null;
  delivery_id: string | null;
  tries: number;
}

/** Announces what is there; true: there may be more. */
export async function relay(db: Database, telling: Telling): Promise<boolean> {
  const more = await alone(db, NOW, async (sql) => {
    const taken = await sql.rows<Taken>(
      `WITH due AS (
         (SELECT id FROM outbox WHERE kind <> 'class' AND at < now() + ${ROUNDED} ORDER BY id LIMIT ${BATCH})
         UNION ALL
         (SELECT o.id FROM outbox o WHERE kind = 'class' AND class_id IN (
            SELECT class_id FROM outbox WHERE kind = 'class' GROUP BY class_id HAVING min(at) < now() - ${GATHER} LIMIT ${CLASSES})))
       DELETE FROM outbox WHERE id IN (SELECT id FROM due) RETURNING kind, sync_id, class_id, delivery_id, tries`,
    );
    for (const one of [...taken.filter(({ kind }) => kind === 'sync'), ...eachClass(taken)])
      await tellOrPutOff(sql, one, telling);
    const due = taken.flatMap(({ delivery_id: id }) => id ?? []);
    if (due.length > 0)
      await deliverNow(
        sql,
        telling.background,
        await sql.rows(
          `SELECT v.id, w.tenant_id FROM webhook_delivery v JOIN webhook w ON w.id = v.webhook_id WHERE v.id = ANY($1)`,
          [due],
        ),
      );
    await tellConnections(sql, telling);
    return taken.length >= CLASSES;
  });
  return more ?? false;
}

/** A class stands there once for each time that something happened in it. */
function eachClass(taken: Taken[]): Taken[] {
  const classes = new Map<string, Taken>();
  for (const one of taken)
    if (one.class_id !== null)
      classes.set(one.class_id, {
        ...one,
        tries: Math.max(one.tries, classes.get(one.class_id)?.tries ?? 0),
      });
  return [...classes.values()];
}

/** What fails for a reason of its own keeps nobody else's from being announced: it comes again later, and later. */
async function tellOrPutOff(
  sql: Sql,
  { kind, sync_id: syncId, class_id: classId, tries }: Taken,
  telling: Telling,
): Promise<void> {
  const error = await apart(sql, async () => {
    if (syncId !== null) await tellSync(sql, syncId, telling);
    if (classId !== null) await tellProblems(sql, classId, telling);
  });
  if (error === null) return;
  telling.failed(`${kind} ${syncId ?? classId}`, error);
  if (tries + 1 < TRIES)
    await sql.rows(
      `INSERT INTO outbox (kind, sync_id, class_id, tries, at) VALUES ($1, $2, $3, $4, now() + $5 * interval '1 minute')`,
      [kind, syncId, classId, tries + 1, 2 ** tries],
    );
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
    const left = await sql.rows<DeliveryRow>(
      `UPDATE webhook_delivery v SET next_attempt_at = now() FROM webhook w WHERE w.id = v.webhook_id AND v.id IN (
         SELECT id FROM webhook_delivery WHERE state = 'pending' AND next_attempt_at < now() - interval '5 minutes' LIMIT 1000) RETURNING v.id, w.tenant_id`,
    );
    await deliverNow(sql, telling.background, left, true);
  });
  await sendDigests(db, (work) => alone(db, NOW_AND_THEN, work), telling, stopping);
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

/** A transaction, unless others do it already: then there is nothing to do here (null). */
const alone = <T>(db: Database, lock: 1 | 2, work: (sql: Sql) => Promise<T>): Promise<T | null> =>
  db.transaction(async (sql) => {
    const [tried] = await sql.rows<{ held: boolean }>(
      `SELECT pg_try_advisory_xact_lock(7273, $1::int) AS held`,
      [lock],
    );
    return tried?.held ? work(sql) : null;
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
    hot(`SELECT c.domain_id, c.key AS class_key, s.trigger, s.status, s.counts, s.finished_at FROM sync s JOIN class c ON c.id = s.class_id
      WHERE s.id = $1 AND s.finished_at IS NOT NULL AND NOT s.dry_run AND s.trigger <> 'automatic'`),
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
