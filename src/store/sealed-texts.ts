/** Sealed secrets besides those of connections: where each stands, and what its ciphertext is tied to. */
import type { Sql } from './database.ts';
import { secretPlace as providerPlace } from './sign-ins.ts';
import { place as toolKeyPlace } from './tool-keys.ts';
import { secretPlace as webhookPlace } from './webhook-row.ts';

/** One sealed text; every place that seals something has its line in `read`, or its secrets are lost with their key. */
export interface SealedText {
  table: 'webhook' | 'sign_in_provider' | 'tool_key';
  column: string;
  id: string;
  sealed: string;
  place: string[];
  /** whose it is; null: of the service as a whole */
  owner: { tenantId: string; domainId: string; key: string } | null;
}

interface Row {
  table_name: SealedText['table'];
  column_name: string;
  id: string;
  sealed: string;
  issuer: string | null;
  tenant_id: string | null;
  domain_id: string | null;
  key: string | null;
}
const read = `
  SELECT 'webhook' AS table_name, c.name AS column_name, w.id::text AS id, c.sealed, NULL AS issuer, d.tenant_id, d.id AS domain_id, d.key
    FROM webhook w JOIN domain d ON d.id = w.domain_id CROSS JOIN LATERAL (VALUES ('secret', w.secret), ('old_secret', w.old_secret)) AS c(name, sealed)
   WHERE c.sealed IS NOT NULL
  UNION ALL
  SELECT 'sign_in_provider', 'secret', p.id::text, p.secret, p.issuer, d.tenant_id, d.id, d.key
    FROM sign_in_provider p JOIN domain d ON d.id = p.domain_id
  UNION ALL
  SELECT 'tool_key', 'private', kid, private, NULL, NULL, NULL, NULL FROM tool_key`;
const idOf: Record<SealedText['table'], string> = {
  webhook: 'id::text',
  sign_in_provider: 'id::text',
  tool_key: 'kid',
};

export async function sealedTexts(sql: Sql): Promise<SealedText[]> {
  return (await sql.rows<Row>(read)).map((row) => ({
    table: row.table_name,
    column: row.column_name,
    id: row.id,
    sealed: row.sealed,
    place: placeOf(row),
    owner:
      row.tenant_id === null
        ? null
        : { tenantId: row.tenant_id, domainId: row.domain_id ?? '', key: row.key ?? '' },
  }));
}

function placeOf(row: Row): string[] {
  if (row.table_name === 'webhook') return webhookPlace(row.id);
  if (row.table_name === 'tool_key') return toolKeyPlace(row.id);
  return providerPlace(row.domain_id ?? '', row.issuer ?? '');
}

/** Puts another ciphertext there; false: somebody has put a new secret there meanwhile. */
export async function replaceSealed(sql: Sql, text: SealedText, sealed: string): Promise<boolean> {
  const rows = await sql.rows(
    `UPDATE ${text.table} SET ${text.column} = $3 WHERE ${idOf[text.table]} = $1 AND ${text.column} = $2 RETURNING 1`,
    [text.id, text.sealed, sealed],
  );
  return rows.length > 0;
}
