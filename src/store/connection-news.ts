/**
 * What is to be told of connections: broken, working again, credentials that end. Told by what is, not by what happens:
 * the lane's row says how it stands, a row of our own what was told; so each is told once, and nothing is missed.
 */
import { X509Certificate } from 'node:crypto';
import { connectionColumns, openSecrets, stored, type ConnectionRow } from './connection-row.ts';
import type { Sql } from './database.ts';
import type { Telling } from './class-problems.ts';
import { mail, placeOf, publish } from './publish.ts';
import { SealError, type Seal } from './seal.ts';
import type { ErrorCode, Reason } from '../gradebook/dictionary.ts';
import {
  brokenNotice,
  expiringNotice,
  recoveredNotice,
  worthTelling,
  type Credential,
} from '../passback/notices.ts';

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

/** Connections whose state is not what was told of them. */
export async function tellConnections(sql: Sql, telling: Telling): Promise<void> {
  const rows = await sql.rows<LaneRow>(
    `SELECT l.connection_id, k.domain_id, l.cause, l.cause_said AS said, l.cause_since, now() AS now, t.code AS told, t.at AS since
       FROM lane l JOIN connection k ON k.id = l.connection_id
       LEFT JOIN connection_told t ON t.connection_id = l.connection_id AND t.about = 'broken'
      WHERE (l.cause IS NOT NULL AND t.about IS NULL) OR (l.cause IS NULL AND l.last_success_at > t.told_at)`,
  );
  for (const row of rows) {
    const { cause, cause_since: since } = row;
    if (cause === null) await tellRecovered(sql, row, telling);
    else if (since && worthTelling(cause, row.now.getTime() - since.getTime()))
      await tellBroken(sql, row, { cause, since }, telling);
  }
}

async function tellBroken(
  sql: Sql,
  row: LaneRow,
  { cause, since }: { cause: ErrorCode; since: Date },
  telling: Telling,
): Promise<void> {
  const place = await placeOf(sql, row.domain_id);
  if (!place) return;
  await remember(sql, row.connection_id, 'broken', cause, since);
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

const remember = (sql: Sql, connectionId: string, about: string, code: string, at: Date) =>
  sql.rows<{ about: string }>(
    `INSERT INTO connection_told (connection_id, about, code, at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (connection_id, about) DO NOTHING RETURNING about`,
    [connectionId, about, code, at],
  );

const DAY_MS = 86_400_000;
/** Told when so many days are left, and once more at the second. */
const DAYS_LEFT = [14, 2] as const;

/**
 * Credentials of saved connections that end soon, as far as it can be known: an access token that is a JWT says so
 * itself, and so does a certificate that somebody has entered. A client secret and an opaque token do not.
 */
export async function tellExpiring(sql: Sql, seal: Seal, telling: Telling): Promise<void> {
  const rows = await sql.rows<ConnectionRow>(
    `SELECT ${connectionColumns} FROM connection k WHERE k.ca_certificates IS NOT NULL OR k.auth->>'method' = 'accessToken'`,
  );
  const now = telling.now();
  for (const row of rows)
    for (const { credential, at } of ends(row, seal)) {
      const left = at.getTime() - now.getTime();
      const due = DAYS_LEFT.filter((days) => left <= days * DAY_MS);
      if (due.length === 0) continue;
      const told = await Promise.all(
        due.map((days) => remember(sql, row.id, `${credential} ${at.toISOString()} ${days}`, 'EXPIRES', at)),
      );
      const place = told.some((one) => one.length > 0) && (await placeOf(sql, row.domain_id));
      if (!place) continue;
      await publish(sql, telling.background, place.id, {
        type: 'credentials.expiring',
        timestamp: now.toISOString(),
        data: {
          tenantId: place.tenantKey,
          domainId: place.key,
          credential,
          expiresAt: at.toISOString(),
        },
      });
      if (telling.mail)
        await mail(
          sql,
          telling.background,
          place.emails,
          expiringNotice(place, credential, at, now, telling.mail.publicUrl),
        );
    }
}

function ends(row: ConnectionRow, seal: Seal): { credential: Credential; at: Date }[] {
  const certificate = firstEnd(row.ca_certificates);
  const token = tokenEnd(row, seal);
  return [
    ...(token ? [{ credential: 'accessToken' as const, at: token }] : []),
    ...(certificate ? [{ credential: 'caCertificate' as const, at: certificate }] : []),
  ];
}

function tokenEnd(row: ConnectionRow, seal: Seal): Date | null {
  if (stored(row).auth.method !== 'accessToken') return null;
  try {
    const payload = openSecrets(seal, row).accessToken?.split('.')[1] ?? '';
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown } | null;
    const exp = said?.exp;
    // a date that no calendar has is none
    return typeof exp === 'number' && exp > 0 && exp < 1e11 ? new Date(exp * 1000) : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SealError) return null;
    throw error;
  }
}

/** The end of the certificate that ends first. */
function firstEnd(pem: string | null): Date | null {
  const blocks = pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const times = blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block).validToDate.getTime()];
    } catch {
      return [];
    }
  });
  return times.length === 0 ? null : new Date(Math.min(...times));
}
