/**
 * What is to be told of connections: broken, working again (credentials that end: credential-news.ts). Told by what is, not by what happens:
 * the lane's row says how it stands, a row of our own what was told; so each is told once, and nothing is missed.
 */
import { apart } from './apart.ts';
import type { Sql } from './database.ts';
import type { Telling } from './class-problems.ts';
import { mail, placeOf, publish } from './publish.ts';
import { dictionary, type ErrorCode, type Reason } from '../gradebook/dictionary.ts';
import { brokenNotice, recoveredNotice, worthTelling } from '../passback/notices.ts';

interface LaneRow {
  connection_id: string;
  domain_id: string;
  cause: ErrorCode | null;
  said: { params?: Reason['params'] } | null;
  cause_since: Date | null;
  now: Date;
  told: ErrorCode | null;
  since: Date | null;
}

/** A connection that falls from one cause into another and back is told of no more often. */
const ANOTHER_CAUSE_AFTER = `interval '1 hour'`;

/** Connections whose state is not what was told of them: broken, or for another cause, or working again. */
export async function tellConnections(sql: Sql, telling: Telling): Promise<void> {
  const rows = await sql.rows<LaneRow>(
    `SELECT l.connection_id, k.domain_id, l.cause, l.cause_said AS said, l.cause_since, now() AS now, t.code AS told, t.at AS since
       FROM lane l JOIN connection k ON k.id = l.connection_id
       LEFT JOIN connection_told t ON t.connection_id = l.connection_id AND t.about = 'broken'
      WHERE (l.cause IS NOT NULL AND t.about IS NULL) OR (l.cause IS NULL AND l.last_success_at > t.told_at)
         OR (l.cause <> t.code AND t.told_at < now() - ${ANOTHER_CAUSE_AFTER})`,
  );
  for (const row of rows) {
    const error = await apart(sql, () => tellConnection(sql, row, telling));
    if (error !== null) telling.failed(`connection ${row.connection_id}`, error);
  }
}

async function tellConnection(sql: Sql, row: LaneRow, telling: Telling): Promise<void> {
  const { cause, cause_since: since } = row;
  if (cause === null) return tellRecovered(sql, row, telling);
  // a later release that is beside us has words for it; we have none
  if (!Object.hasOwn(dictionary, cause) || since === null) return;
  if (worthTelling(cause, row.now.getTime() - since.getTime()))
    await tellBroken(sql, row, { cause, since }, telling);
}

async function tellBroken(
  sql: Sql,
  row: LaneRow,
  { cause, since }: { cause: ErrorCode; since: Date },
  telling: Telling,
): Promise<void> {
  const place = await placeOf(sql, row.domain_id);
  if (!place) return;
  await sql.rows(
    `INSERT INTO connection_told (connection_id, about, code, at) VALUES ($1, 'broken', $2, $3)
     ON CONFLICT (connection_id, about) DO UPDATE SET code = excluded.code, told_at = now()`,
    [row.connection_id, cause, since],
  );
  await publish(sql, telling.background, place.id, {
    type: 'connection.broken',
    timestamp: telling.now().toISOString(),
    data: { tenantId: place.tenantKey, domainId: place.key, code: cause, since: since.toISOString() },
  });
  if (!telling.mail) return;
  const reason = { code: cause, ...(row.said?.params ? { params: row.said.params } : {}) };
  const notice = brokenNotice(place, reason, since, telling.mail.publicUrl);
  await mail(sql, telling.background, place.emails, notice);
}

async function tellRecovered(sql: Sql, row: LaneRow, telling: Telling): Promise<void> {
  const place = await placeOf(sql, row.domain_id);
  const { told: code, since } = row;
  if (!place || code === null || since === null) return;
  await sql.rows(`DELETE FROM connection_told WHERE connection_id = $1 AND about = 'broken'`, [
    row.connection_id,
  ]);
  await publish(sql, telling.background, place.id, {
    type: 'connection.recovered',
    timestamp: telling.now().toISOString(),
    data: { tenantId: place.tenantKey, domainId: place.key, code, since: since.toISOString() },
  });
  if (telling.mail)
    await mail(sql, telling.background, place.emails, recoveredNotice(place, since, telling.mail.publicUrl));
}
