/** Root keys that no other key makes: the first one, and one for whoever may open the database and has lost the others. */
import { v7 as newId } from 'uuid';
import { hashOf, newSecret } from './access.ts';
import { addAudit, bySystem } from './audit.ts';
import type { Database, Sql } from './database.ts';
import type { Principal } from '../passback/ports/callers.ts';

/** The first key of all, at first start; true if it was made now. */
export async function ensureRootKey(db: Database, key: string): Promise<boolean> {
  return db.transaction(async (sql) => {
    const [made] = await sql.rows<{ id: string }>(
      `INSERT INTO api_key (id, hash, role, name, created_by) VALUES ($1, $2, 'root', 'bootstrap', 'bootstrap')
       ON CONFLICT (hash) DO NOTHING RETURNING id`,
      [newId(), hashOf(key)],
    );
    if (made) await auditRootKey(sql, made.id, 'bootstrap', 'first start');
    return made !== undefined;
  });
}
export const newRootKey = () => newSecret('key');
export async function anyRootKey(db: Database): Promise<boolean> {
  return (await db.prisma.apiKey.count({ where: { role: 'root' } })) > 0;
}
/** One more root key, for an operator who has lost the others; whoever may open the database may make one. */
export async function createRootKey(db: Database, name: string): Promise<{ id: string; key: string }> {
  const [id, key] = [newId(), newRootKey()];
  await db.transaction(async (sql) => {
    await sql.rows(
      `INSERT INTO api_key (id, hash, role, name, created_by) VALUES ($1, $2, 'root', $3, 'command line')`,
      [id, hashOf(key), name],
    );
    await auditRootKey(sql, id, name, 'command line');
  });
  return { id, key };
}

const auditRootKey = (sql: Sql, keyId: string, name: string, by: string) =>
  addAudit(sql, {
    ...bySystem(by),
    action: 'key.create',
    place: null,
    subject: { keyId },
    detail: { role: 'root', name },
  });

/** The oldest root key, on whose behalf the operator's own links are made. */
export async function rootPrincipal(db: Database): Promise<Principal | null> {
  const key = await db.prisma.apiKey.findFirst({ where: { role: 'root' }, orderBy: { createdAt: 'asc' } });
  return (
    key && {
      kind: 'key',
      role: 'root',
      keyId: key.id,
      tenantId: null,
      domainId: null,
      classKeys: null,
      name: key.name,
      subject: null,
    }
  );
}
