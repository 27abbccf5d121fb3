/** API keys, people's tokens and one-time links: long random strings, kept as SHA-256 only. */
import { createHash, randomBytes } from 'node:crypto';
import type { Database, Sql } from './database.ts';
import { decodeCursor, pageOf, rowUuid } from './pages.ts';
import { findDomain } from './scope.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Access, KeyView, Principal, Role, Scope, TokenInput } from '../passback/ports/store.ts';

/** What stands in an Authorization header, as it is looked up. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();
/** The prefix lets secret scanners and our own log filter recognise them. */
const newSecret = (kind: 'key' | 'tok' | 'lnk') => `orp_${kind}_${randomBytes(32).toString('base64url')}`;
const strength: Record<Role, number> = { teacher: 0, lms: 1, admin: 2, root: 3 };

interface PrincipalRow {
  kind: 'key' | 'token';
  role: Role;
  key_id: string;
  tenant_id: string | null;
  domain_id: string | null;
  class_keys: string[] | null;
  name: string;
  /** a key that was not noted as used for a minute: exact enough, and spares a write per request */
  unseen: boolean;
}

export function createAccess(db: Database): Access {
  return {
    async authenticate(hash) {
      const [row] = await db.rows<PrincipalRow>(
        `SELECT 'key' AS kind, role, id AS key_id, tenant_id, domain_id, NULL::jsonb AS class_keys, name,
                last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS unseen FROM api_key WHERE hash = $1
         UNION ALL
         SELECT 'token', role, key_id, tenant_id, domain_id, class_keys, display_name, false FROM user_token
          WHERE hash = $1 AND kind = 'token' AND expires_at > now()`,
        [hash],
      );
      if (!row) return null;
      if (row.unseen) await touch(db, row.key_id);
      return principal(row);
    },

    async createKey(scope, domainKey, input, by) {
      if (strength[input.role] > strength[by.role])
        throw new Refusal('FORBIDDEN', `A key of role ${by.role} cannot make one of role ${input.role}`);
      const domain = await findDomain(db, scope, domainKey);
      const key = newSecret('key');
      const row = await db.prisma.apiKey.create({
        data: {
          hash: new Uint8Array(hashOf(key)),
          role: input.role,
          name: input.name,
          // a root key is bound to nothing; the domain only says where it is listed
          tenantId: BigInt(domain.tenant_id),
          domainId: BigInt(domain.id),
          createdBy: by.name,
        },
      });
      return { id: row.id, key };
    },

    async listKeys(scope, domainKey, page) {
      const domain = await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowUuid]);
      const rows = await db.prisma.apiKey.findMany({
        where: {
          domain: { path: { has: BigInt(domain.id) } },
          ...(after ? { id: { gt: after[0] ?? '' } } : {}),
        },
        orderBy: { id: 'asc' },
        take: page.limit + 1,
        include: { domain: { select: { key: true } } },
      });
      return pageOf(
        rows,
        page.limit,
        (k) => keyView(k, k.domain?.key ?? null),
        (k) => [k.id],
      );
    },

    async deleteKey(scope, domainKey, id, by) {
      const within =
        domainKey === null || scope === null
          ? (scope?.domainId ?? null)
          : (await findDomain(db, scope, domainKey)).id;
      const found = await db.prisma.apiKey.findFirst({
        where: {
          id: uuid(id),
          ...(scope ? { tenantId: BigInt(scope.tenantId) } : {}),
          ...(within ? { domain: { path: { has: BigInt(within) } } } : {}),
        },
      });
      if (!found) throw notFound('key');
      if (strength[found.role as Role] > strength[by.role])
        throw new Refusal('FORBIDDEN', `A key of role ${by.role} cannot delete one of role ${found.role}`);
      await db.prisma.apiKey.deleteMany({ where: { id: found.id } });
    },

    async createToken(scope, input, by) {
      const place = await tokenPlace(db, scope, input);
      const expiresAt = new Date(Date.now() + input.expiresInSeconds * 1000);
      const token = newSecret('tok');
      const linkCode = newSecret('lnk');
      const common = {
        keyId: by.keyId,
        ...place,
        role: input.role,
        subject: input.subject,
        displayName: input.displayName,
        ...(input.role === 'teacher' ? { classKeys: input.classIds ?? [] } : {}),
        expiresAt,
      };
      await db.prisma.userToken.createMany({
        data: [
          { ...common, kind: 'token', hash: new Uint8Array(hashOf(token)) },
          { ...common, kind: 'link', hash: new Uint8Array(hashOf(linkCode)) },
        ],
      });
      return { token, expiresAt: expiresAt.toISOString(), linkCode };
    },

    async openLink(code) {
      const token = newSecret('tok');
      // the row of the link becomes the row of the token: it can be used once, whoever comes first
      const [row] = await db.rows<{
        role: 'teacher' | 'admin';
        expires_at: Date;
        class_keys: string[] | null;
        display_name: string;
        domain_key: string;
        sis_name: string | null;
      }>(
        `UPDATE user_token t SET kind = 'token', hash = $2 FROM domain d
          WHERE t.hash = $1 AND t.kind = 'link' AND t.expires_at > now() AND d.id = t.domain_id
          RETURNING t.role, t.expires_at, t.class_keys, t.display_name, d.key AS domain_key,
            d.effective->>'sisName' AS sis_name`,
        [hashOf(code), hashOf(token)],
      );
      if (!row) return null;
      return {
        token,
        expiresAt: row.expires_at.toISOString(),
        role: row.role,
        domainId: row.domain_key,
        classIds: row.class_keys,
        displayName: row.display_name,
        sisName: row.sis_name,
      };
    },

    async tenantByKey(key) {
      const [row] = await db.rows<{ id: string }>(
        `SELECT id FROM domain WHERE key = $1 AND parent_id IS NULL`,
        [key],
      );
      return row?.id ?? null;
    },

    async tenantsHolding(what, key) {
      if (what === 'sync' && !rowUuid.test(key)) return [];
      const text = {
        domain: `SELECT tenant_id AS id FROM domain WHERE key = $1`,
        class: `SELECT tenant_id AS id FROM class WHERE key = $1`,
        sync: `SELECT tenant_id AS id FROM sync WHERE id = $1::uuid`,
      }[what];
      return (await db.rows<{ id: string }>(`${text} LIMIT 2`, [key])).map((row) => row.id);
    },
  };
}

/** The first key of all, at first start; true if it was made now. */
export async function ensureRootKey(db: Database, key: string): Promise<boolean> {
  const made = await db.rows(
    `INSERT INTO api_key (id, hash, role, name, created_by) VALUES (gen_random_uuid(), $1, 'root', 'bootstrap', 'bootstrap')
     ON CONFLICT (hash) DO NOTHING RETURNING id`,
    [hashOf(key)],
  );
  return made.length > 0;
}
export const newRootKey = () => newSecret('key');
export async function anyRootKey(db: Database): Promise<boolean> {
  return (await db.prisma.apiKey.count({ where: { role: 'root' } })) > 0;
}
/** One more root key, for an operator who has lost the others; whoever may open the database may make one. */
export async function createRootKey(db: Database, name: string): Promise<{ id: string; key: string }> {
  const key = newRootKey();
  const { id } = await db.prisma.apiKey.create({
    data: { hash: new Uint8Array(hashOf(key)), role: 'root', name, createdBy: 'command line' },
  });
  return { id, key };
}

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
    }
  );
}

async function tokenPlace(sql: Sql, scope: Scope, input: TokenInput) {
  const domain = await findDomain(sql, scope, input.domainId);
  if (input.role === 'teacher') {
    const ids = input.classIds ?? [];
    const known = await sql.rows<{ key: string }>(
      `SELECT c.key FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.tenant_id = $1 AND c.key = ANY($2) AND d.path @> ARRAY[$3::bigint]`,
      [domain.tenant_id, ids, domain.id],
    );
    const found = new Set(known.map((c) => c.key));
    const missing = ids.findIndex((id) => !found.has(id));
    if (ids.length === 0)
      throw invalid('/classIds', 'is needed for a teacher: the classes that the token may see');
    if (missing >= 0) throw invalid(`/classIds/${missing}`, 'is not the id of a class in this domain');
  }
  return { tenantId: BigInt(domain.tenant_id), domainId: BigInt(domain.id) };
}

/** A made-up id is nobody's, not an error of the database. */
function uuid(text: string): string {
  if (!rowUuid.test(text)) throw notFound('key');
  return text;
}

async function touch(db: Database, id: string): Promise<void> {
  await db.rows(`UPDATE api_key SET last_used_at = now() WHERE id = $1`, [id]);
}

function principal(row: PrincipalRow): Principal {
  return {
    kind: row.kind,
    role: row.role,
    keyId: row.key_id,
    tenantId: row.role === 'root' ? null : row.tenant_id,
    domainId: row.role === 'root' ? null : row.domain_id,
    classKeys: row.class_keys,
    name: row.name,
  };
}

function keyView(
  row: { id: string; role: string; name: string; createdAt: Date; lastUsedAt: Date | null },
  domainKey: string | null,
): KeyView {
  return {
    id: row.id,
    role: row.role as Role,
    name: row.name,
    domainId: domainKey,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
