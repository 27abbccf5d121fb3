/** API keys, people's tokens and one-time links: long random strings, kept as SHA-256 only (docs/adr/0018). */
import { createHash, randomBytes } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { conflictClass } from './conflict-rows.ts';
import { hot, type Database, type Sql } from './database.ts';
import { decodeCursor, pageOf, rowUuid } from './pages.ts';
import { findDomain } from './scope.ts';
import { together } from './together.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Access, KeyView, OpenedLink, TokenInput } from '../passback/ports/access.ts';
import type { Principal, Role, Scope } from '../passback/ports/callers.ts';

/** What stands in an Authorization header, as it is looked up. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();
/** The prefix lets secret scanners and our own log filter recognise them. */
export const newSecret = (kind: 'key' | 'tok' | 'lnk' | 'ses') =>
  `orp_${kind}_${randomBytes(32).toString('base64url')}`;
const strength: Record<Role, number> = { teacher: 0, lms: 1, admin: 2, root: 3 };

/** exactly one of them is there */
const madeWith = `coalesce(key_id, platform_id, session_id) AS key_id`;

interface PrincipalRow {
  hash: Buffer;
  kind: 'key' | 'token';
  role: Role;
  key_id: string;
  tenant_id: string | null;
  domain_id: string | null;
  class_keys: string[] | null;
  name: string;
  subject: string | null;
  /** a key that was not noted as used for a minute: exact enough, and spares a write per request */
  unseen: boolean;
}

// everybody waits for it: a connection that died without a word must not hold up all that follow
const holders = {
  ...hot(
    `SELECT hash, 'key' AS kind, role, id AS key_id, tenant_id, domain_id, NULL::jsonb AS class_keys, name, NULL AS subject,
          last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS unseen FROM api_key WHERE hash = ANY ($1::bytea[])
   UNION ALL
   SELECT hash, 'token', role, ${madeWith}, tenant_id, domain_id, class_keys, display_name, subject, false FROM user_token
    WHERE hash = ANY ($1::bytea[]) AND kind = 'token' AND expires_at > now()`,
  ),
  query_timeout: 10_000,
};

export function createAccess(db: Database): Access {
  // nothing is remembered, for a key may end at any time
  const known = together((hashes: readonly Buffer[]) => principalsOf(db, hashes));
  return {
    authenticate: (hash) => known.load(hash),

    async createKey(scope, domainKey, input, by) {
      if (strength[input.role] > strength[by.role])
        throw new Refusal('FORBIDDEN', `A key of role ${by.role} cannot make one of role ${input.role}`);
      const domain = await findDomain(db, scope, domainKey);
      const key = newSecret('key');
      // a root key is bound to nothing; the domain only says where it is listed
      const [row] = await db.rows<{ id: string }>(
        `INSERT INTO api_key (id, hash, role, name, tenant_id, domain_id, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
        [newId(), hashOf(key), input.role, input.name, domain.tenant_id, domain.id, by.name],
      );
      if (!row) throw new Error('the key was not written');
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
      const [found] = await db.rows<{ id: string; role: Role }>(
        `SELECT k.id, k.role FROM api_key k LEFT JOIN domain d ON d.id = k.domain_id
          WHERE k.id = $1 AND ($2::bigint IS NULL OR k.tenant_id = $2) AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])`,
        [uuid(id), scope?.tenantId ?? null, within],
      );
      if (!found) throw notFound('key');
      if (strength[found.role] > strength[by.role])
        throw new Refusal('FORBIDDEN', `A key of role ${by.role} cannot delete one of role ${found.role}`);
      await db.rows(`DELETE FROM api_key WHERE id = $1`, [found.id]);
    },

    async createToken(scope, input, by) {
      const place = await tokenPlace(db, scope, input);
      const expiresAt = new Date(Date.now() + input.expiresInSeconds * 1000);
      const token = newSecret('tok');
      const linkCode = newSecret('lnk');
      await db.rows(
        `INSERT INTO user_token (hash, kind, key_id, tenant_id, domain_id, role, subject, display_name, class_keys, expires_at, platform_id, deployment_id, session_id)
         SELECT h.hash, h.kind, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM (VALUES ($1::bytea, 'token'), ($2::bytea, 'link')) AS h(hash, kind)`,
        [
          hashOf(token),
          hashOf(linkCode),
          'keyId' in by ? by.keyId : null,
          place.tenantId,
          place.domainId,
          input.role,
          input.subject,
          input.displayName,
          input.role === 'teacher' ? JSON.stringify(input.classIds ?? []) : null,
          expiresAt,
          'platformId' in by ? by.platformId : null,
          'deploymentId' in by ? by.deploymentId : null,
          'sessionId' in by ? by.sessionId : null,
        ],
      );
      return { token, expiresAt: expiresAt.toISOString(), linkCode };
    },

    async openLink(code) {
      const token = newSecret('tok');
      // the row of the link becomes the row of the token: it can be used once, whoever comes first
      const [row] = await db.rows<LinkRow>(
        `UPDATE user_token t SET kind = 'token', hash = $2 FROM domain d
          WHERE t.hash = $1 AND t.kind = 'link' AND t.expires_at > now() AND d.id = t.domain_id
          RETURNING t.kind, t.role, ${madeWith}, t.tenant_id, t.domain_id, t.class_keys, t.display_name AS name, t.subject,
            t.expires_at, d.key AS domain_key, d.effective->>'sisName' AS sis_name`,
        [hashOf(code), hashOf(token)],
      );
      return row ? openedLink(token, row) : null;
    },

    async tenantByKey(key) {
      const [row] = await db.rows<{ id: string }>(
        `SELECT id FROM domain WHERE key = $1 AND parent_id IS NULL`,
        [key],
      );
      return row?.id ?? null;
    },

    async tenantsHolding(what, key) {
      if (
        (what === 'sync' || what === 'snapshot' || what === 'schedule' || what === 'rosterPull') &&
        !rowUuid.test(key)
      )
        return [];
      if (what === 'conflict') {
        const query = conflictClass(key);
        return query ? (await db.rows<{ id: string }>(query.text, query.params)).map((row) => row.id) : [];
      }
      const text = {
        domain: `SELECT tenant_id AS id FROM domain WHERE key = $1`,
        class: `SELECT tenant_id AS id FROM class WHERE key = $1`,
        sync: `SELECT tenant_id AS id FROM sync WHERE id = $1::uuid`,
        schedule: `SELECT tenant_id AS id FROM schedule WHERE id = $1::uuid`,
        snapshot: `SELECT y.tenant_id AS id FROM snapshot x JOIN sync y ON y.id = x.id WHERE x.id = $1::uuid`,
        rosterPull: `SELECT tenant_id AS id FROM roster_pull WHERE id = $1::uuid`,
      }[what];
      return (await db.rows<{ id: string }>(`${text} LIMIT 2`, [key])).map((row) => row.id);
    },
  };
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
  return { tenantId: domain.tenant_id, domainId: domain.id };
}

/** A made-up id is nobody's, not an error of the database. */
function uuid(text: string): string {
  if (!rowUuid.test(text)) throw notFound('key');
  return text;
}

/** Whose each is, in the order asked for; the index has compared, and tells no more of a hash than that it is there. */
async function principalsOf(db: Database, hashes: readonly Buffer[]): Promise<(Principal | null)[]> {
  const rows = await db.rows<PrincipalRow>(holders, [hashes]);
  const unseen = rows.filter((row) => row.unseen).map((row) => row.key_id);
  // a note for people: nobody waits for it, and nobody is refused for want of it
  if (unseen.length > 0) void touch(db, unseen).catch(() => undefined);
  const found = new Map(rows.map((row) => [row.hash.toString('base64'), principal(row)]));
  return hashes.map((hash) => found.get(hash.toString('base64')) ?? null);
}

/** Whoever notes it at the same time notes the same. */
async function touch(db: Database, ids: string[]): Promise<void> {
  await db.rows(
    `UPDATE api_key SET last_used_at = now()
      WHERE id IN (SELECT id FROM api_key WHERE id = ANY ($1::uuid[]) FOR UPDATE SKIP LOCKED)`,
    [ids],
  );
}

interface LinkRow extends Omit<PrincipalRow, 'hash' | 'unseen'> {
  role: 'teacher' | 'admin';
  expires_at: Date;
  domain_key: string;
  sis_name: string | null;
}
function openedLink(token: string, row: LinkRow): OpenedLink {
  return {
    token,
    expiresAt: row.expires_at.toISOString(),
    role: row.role,
    domainId: row.domain_key,
    classIds: row.class_keys,
    displayName: row.name,
    sisName: row.sis_name,
    principal: principal(row),
  };
}

function principal(row: Omit<PrincipalRow, 'hash' | 'unseen'>): Principal {
  return {
    kind: row.kind,
    role: row.role,
    keyId: row.key_id,
    tenantId: row.role === 'root' ? null : row.tenant_id,
    domainId: row.role === 'root' ? null : row.domain_id,
    classKeys: row.class_keys,
    name: row.name,
    subject: row.subject,
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
