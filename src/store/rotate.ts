/** Key rotation: what an older key sealed is opened and sealed anew with the first key of SECRET_KEYS. */
import { connectionColumns, openSecrets, sealSecrets, stored, type ConnectionRow } from './connection-row.ts';
import type { Database } from './database.ts';
import type { Seal } from './seal.ts';

/** Answers how many connections were sealed anew. Safe to run while the service runs, and to run again. */
export async function rotateSecrets(db: Database, seal: Seal): Promise<{ rotated: number; total: number }> {
  const all = await db.rows<{ id: string }>(`SELECT id FROM connection ORDER BY id`);
  let rotated = 0;
  for (const { id } of all)
    await db.transaction(async (sql) => {
      const [row] = await sql.rows<ConnectionRow>(`SELECT ${connectionColumns} FROM connection k WHERE k.id = $1 FOR UPDATE`, [id]);
      if (!row || !Object.values(row.secrets).some((sealed) => seal.isOld(sealed))) return;
      const secrets = sealSecrets(seal, row.domain_id, stored(row), openSecrets(seal, row));
      await sql.rows(`UPDATE connection SET secrets = $2 WHERE id = $1`, [id, JSON.stringify(secrets)]);
      rotated++;
    });
  return { rotated, total: all.length };
}
