/** Key rotation: what an older key sealed is opened and sealed anew with the first key of SECRET_KEYS. */
import { addAudit, bySystem } from './audit.ts';
import { connectionColumns, openSecrets, sealSecrets, stored, type ConnectionRow } from './connection-row.ts';
import type { Database, Sql } from './database.ts';
import { SealError, type Seal } from './seal.ts';
import { replaceSealed, sealedTexts, type SealedText } from './sealed-texts.ts';

/** Secrets that none of the keys opens: the domain whose they are, and which key is missing. */
export interface Unreadable {
  domainId: string;
  why: string;
}
export interface SecretsReport {
  /** connections, webhooks and sign-ins that hold secrets */
  total: number;
  /** sealed with a key that is not the first one any more */
  old: number;
  unreadable: Unreadable[];
}

/** Tries to open every secret, and changes nothing. */
export async function checkSecrets(db: Database, seal: Seal): Promise<SecretsReport> {
  const found = await Promise.all((await connections(db)).map((id) => look(db, seal, id)));
  return reportOf([...found, ...(await sealedTexts(db)).map((text) => lookAt(seal, text))]);
}

/**
 * Seals anew what an older key sealed; `old` of the report is how many places that were. One that cannot be
 * opened is left as it is and named, the others are done. Safe to run while the service runs, and to run again.
 */
export async function rotateSecrets(db: Database, seal: Seal): Promise<SecretsReport> {
  const found: Found[] = [];
  for (const id of await connections(db))
    found.push(
      await db.transaction(async (sql) => {
        const seen = await look(sql, seal, id, 'FOR UPDATE OF k');
        if (seen.is === 'old') {
          const secrets = sealSecrets(seal, seen.row.domain_id, stored(seen.row), seen.secrets);
          await sql.rows(`UPDATE connection SET secrets = $2 WHERE id = $1`, [id, JSON.stringify(secrets)]);
          await addAudit(sql, {
            ...bySystem('command line'),
            action: 'secrets.rotate',
            place: { tenantId: seen.row.tenant_id, domainId: seen.row.domain_id },
            subject: { domainId: seen.row.key },
            detail: { fields: Object.keys(secrets).sort() },
          });
        }
        return seen;
      }),
    );
  for (const text of await sealedTexts(db)) found.push(await resealed(db, seal, text));
  return reportOf(found);
}

async function resealed(db: Database, seal: Seal, text: SealedText): Promise<Found> {
  const seen = lookAt(seal, text);
  if (seen.is !== 'old') return seen;
  await db.transaction(async (sql) => {
    if (!(await replaceSealed(sql, text, seal.seal(seal.open(text.sealed, text.place), text.place)))) return;
    const { owner } = text;
    await addAudit(sql, {
      ...bySystem('command line'),
      action: 'secrets.rotate',
      place: owner && { tenantId: owner.tenantId, domainId: owner.domainId },
      subject: owner ? { domainId: owner.key } : {},
      detail: { fields: [`${text.table}.${text.column}`] },
    });
  });
  return seen;
}

/** whose it is */
interface Owner {
  tenant_id: string;
  key: string;
}
type Found = { is: 'gone' | 'current' } | { is: 'old' } | ({ is: 'unreadable' } & Unreadable);

function reportOf(found: Found[]): SecretsReport {
  return {
    total: found.filter(({ is }) => is !== 'gone').length,
    old: found.filter(({ is }) => is === 'old').length,
    unreadable: found.flatMap((f) => (f.is === 'unreadable' ? [{ domainId: f.domainId, why: f.why }] : [])),
  };
}

const connections = async (sql: Sql) =>
  (await sql.rows<{ id: string }>(`SELECT id FROM connection WHERE secrets <> '{}' ORDER BY id`)).map(
    ({ id }) => id,
  );

function lookAt(seal: Seal, { sealed, place, owner }: SealedText): Found {
  try {
    seal.open(sealed, place);
    return { is: seal.isOld(sealed) ? 'old' : 'current' };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { is: 'unreadable', domainId: owner?.key ?? '(the service)', why: error.message };
  }
}

type FoundConnection =
  | Exclude<Found, { is: 'old' }>
  | { is: 'old'; row: ConnectionRow & Owner; secrets: ReturnType<typeof openSecrets> };

async function look(sql: Sql, seal: Seal, id: string, lock = ''): Promise<FoundConnection> {
  const [row] = await sql.rows<ConnectionRow & Owner>(
    `SELECT ${connectionColumns}, d.tenant_id, d.key FROM connection k JOIN domain d ON d.id = k.domain_id WHERE k.id = $1 ${lock}`,
    [id],
  );
  if (!row) return { is: 'gone' };
  try {
    const secrets = openSecrets(seal, row);
    return Object.values(row.secrets).some((sealed) => seal.isOld(sealed))
      ? { is: 'old', row, secrets }
      : { is: 'current' };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { is: 'unreadable', domainId: row.key, why: error.message };
  }
}
