/** Credentials of saved connections that end soon: each mark on the way to the end is told once (connection_told). */
import { apart } from './apart.ts';
import type { Telling } from './class-problems.ts';
import { connectionColumns, openSecrets, stored, type ConnectionRow } from './connection-row.ts';
import type { Sql } from './database.ts';
import { mail, placeOf, publish } from './publish.ts';
import { SealError, type Seal } from './seal.ts';
import { certificateLife, marksPassed, tokenLife, type Life } from '../passback/credential-ends.ts';
import { expiringNotice, type Credential } from '../passback/notices.ts';

export async function tellExpiring(sql: Sql, seal: Seal, telling: Telling): Promise<void> {
  const rows = await sql.rows<ConnectionRow>(
    `SELECT ${connectionColumns} FROM connection k WHERE k.ca_certificates IS NOT NULL OR k.auth->>'method' = 'accessToken'`,
  );
  for (const row of rows) {
    const error = await apart(sql, async () => {
      for (const [credential, life] of lives(row, seal)) await tellOne(sql, row, credential, life, telling);
    });
    if (error !== null) telling.failed(`credentials of connection ${row.id}`, error);
  }
}

async function tellOne(
  sql: Sql,
  row: ConnectionRow,
  credential: Credential,
  life: Life,
  telling: Telling,
): Promise<void> {
  const { to } = life;
  const now = telling.now();
  const marks = marksPassed(life, now).map((days) => `${credential} ${to.toISOString()} ${days}`);
  if (marks.length === 0) return;
  const told = await sql.rows(
    `INSERT INTO connection_told (connection_id, about, code, at) SELECT $1, unnest($2::text[]), 'EXPIRES', $3
     ON CONFLICT (connection_id, about) DO NOTHING RETURNING 1`,
    [row.id, marks, to],
  );
  const place = told.length > 0 && (await placeOf(sql, row.domain_id));
  if (!place) return;
  await publish(sql, telling.background, place.id, {
    type: 'credentials.expiring',
    timestamp: now.toISOString(),
    data: { tenantId: place.tenantKey, domainId: place.key, credential, expiresAt: to.toISOString() },
  });
  if (!telling.mail) return;
  const notice = expiringNotice(place, credential, to, now, telling.mail.publicUrl);
  await mail(sql, telling.background, place.emails, notice);
}

function lives(row: ConnectionRow, seal: Seal): [Credential, Life][] {
  const token = tokenOf(row, seal);
  const ends: [Credential, Life | null][] = [
    ['accessToken', token === null ? null : tokenLife(token)],
    ['caCertificate', certificateLife(row.ca_certificates)],
  ];
  return ends.flatMap(([credential, life]) => (life ? [[credential, life]] : []));
}

function tokenOf(row: ConnectionRow, seal: Seal): string | null {
  if (stored(row).auth.method !== 'accessToken') return null;
  try {
    return openSecrets(seal, row).accessToken ?? null;
  } catch (error) {
    // sealed with a key that is not here: the connection says so itself
    if (error instanceof SealError) return null;
    throw error;
  }
}
