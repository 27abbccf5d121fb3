/** The domain tree: put, move, pause, and the health of the connection in force. */
import { acknowledgeTitles } from './category-mapping.ts';
import { connectionView } from './connection-view.ts';
import { overview } from './overview.ts';
import type { Database, Sql } from './database.ts';
import { applyInForce, lockClasses, lockTenant } from './in-force.ts';
import { decodeCursor, pageOf, rowId } from './pages.ts';
import { domainColumns, findDomain, type DomainRow } from './scope.ts';
import type { CategoryMapping, DomainInput } from '../gradebook/local.ts';
import { refuseUnlessAsRead } from '../passback/as-read.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Put, Scope } from '../passback/ports/callers.ts';
import type { Domains, DomainView } from '../passback/ports/domains.ts';

export function createDomains(db: Database): Domains {
  return {
    async list(scope, page) {
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<DomainRow & { classes: number }>(
        `SELECT ${domainColumns}, (SELECT count(*)::int FROM class c WHERE c.domain_id = d.id) AS classes FROM domain d LEFT JOIN domain p ON p.id = d.parent_id
          WHERE ($1::bigint IS NULL OR d.tenant_id = $1) AND ($2::bigint IS NULL OR d.path @> ARRAY[$2::bigint]) AND d.id > $3
          ORDER BY d.id LIMIT $4`,
        [scope?.tenantId ?? null, scope?.domainId ?? null, after?.[0] ?? '0', page.limit + 1],
      );
      return pageOf(
        rows,
        page.limit,
        (row) => ({ ...domainView(row), classes: row.classes }),
        (row) => [row.id],
      );
    },

    get: async (scope, key) => domainView(await findDomain(db, scope, key)),

    put: (scope, key, input) =>
      db.transaction((sql) => (scope ? putInTenant(sql, scope, key, input) : putTenant(sql, key, input))),

    async remove(scope, key) {
      await db.transaction(async (sql) => {
        await lockTenant(sql, scope.tenantId);
        const domain = await findDomain(sql, scope, key, 'FOR UPDATE OF d');
        // whoever is bound to a domain may not saw off the branch that he sits on
        if (domain.id === scope.domainId)
          throw new Refusal('FORBIDDEN', 'A key cannot delete the domain that it is bound to');
        const [inside] = await sql.rows(
          `SELECT 1 FROM domain WHERE parent_id = $1 UNION ALL SELECT 1 FROM class WHERE domain_id = $1 LIMIT 1`,
          [domain.id],
        );
        if (inside) throw new Refusal('DOMAIN_NOT_EMPTY', 'Delete or move its sub-domains and classes first');
        await sql.rows(
          `UPDATE domain SET settings = settings || jsonb_build_object('excludedDomainIds', (settings->'excludedDomainIds') - $2),
                             settings_revision = settings_revision + 1
                         WHERE tenant_id = $1 AND settings->'excludedDomainIds' ? $2`,
          [domain.tenant_id, domain.key],
        );
        await sql.rows(`DELETE FROM user_token WHERE domain_id = $1`, [domain.id]);
        await sql.rows(`DELETE FROM idempotency_key WHERE tenant_id = $1`, [domain.id]);
        await sql.rows(`DELETE FROM domain WHERE id = $1`, [domain.id]);
        await applyInForce(sql, scope.tenantId);
      });
    },

    mapping: async (scope, key) => mappingOf(await findDomain(db, scope, key)),
    putMapping: async (scope, key, mapping, ifTag) => {
      await change(scope, key, `mapping = $2`, [JSON.stringify(mapping)], (sql, domain) => {
        refuseUnlessAsRead(mappingOf(domain), ifTag);
        return sql.rows(
          `UPDATE class c SET ${acknowledgeTitles} FROM domain d WHERE d.id = c.domain_id AND d.path @> ARRAY[$1::bigint] AND c.category_titles <> '{}'`,
          [domain.id],
        );
      });
      return mapping;
    },

    pause: (scope, key, by) =>
      change(scope, key, `paused_at = coalesce(paused_at, now()), paused_by = coalesce(paused_by, $2)`, [by]),
    resume: (scope, key) => change(scope, key, `paused_at = NULL, paused_by = NULL`, []),
    connection: async (scope, key) => connectionView(db, await findDomain(db, scope, key)),
    overview: async (scope, key) => overview(db, await findDomain(db, scope, key)),
  };

  async function change(
    scope: Scope,
    key: string,
    set: string,
    params: unknown[],
    also: (sql: Sql, domain: DomainRow) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    await db.transaction(async (sql) => {
      await lockTenant(sql, scope.tenantId);
      const domain = await findDomain(sql, scope, key);
      await lockClasses(sql, domain.id);
      await sql.rows(`UPDATE domain SET ${set} WHERE id = $1`, [domain.id, ...params]);
      await also(sql, domain);
      await applyInForce(sql, scope.tenantId);
    });
  }
}

/** A root key makes or replaces a tenant: the top-level domain is its own tenant. */
async function putTenant(sql: Sql, key: string, input: DomainInput): Promise<Put<DomainView>> {
  const [known] = await sql.rows<{ id: string }>(
    `SELECT id FROM domain WHERE key = $1 AND parent_id IS NULL`,
    [key],
  );
  if (known) {
    await lockTenant(sql, known.id);
    await lockClasses(sql, known.id);
  }
  const [row] = await sql.rows<{ id: string; created: boolean }>(
    `WITH fresh AS (SELECT nextval('domain_id_seq') AS id)
     INSERT INTO domain (id, tenant_id, key, name, time_zone, path) SELECT id, id, $1, $2, $3, ARRAY[id] FROM fresh
     ON CONFLICT (key) WHERE parent_id IS NULL DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone
     RETURNING id, xmax = 0 AS created`,
    [key, input.name, input.timeZone ?? null],
  );
  if (!row) throw new Error('the domain was not written');
  await applyInForce(sql, row.id);
  const value = await findDomain(sql, { tenantId: row.id, domainId: null, classKeys: null }, key);
  return { created: row.created, value: domainView(value) };
}

async function putInTenant(
  sql: Sql,
  scope: Scope,
  key: string,
  input: DomainInput,
): Promise<Put<DomainView>> {
  await lockTenant(sql, scope.tenantId);
  const before = await findDomain(sql, { ...scope, domainId: null }, key).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'NOT_FOUND') return null;
    throw error;
  });
  if (before && scope.domainId && !before.path.includes(scope.domainId)) throw notFound('domain');
  const own = before !== null && before.id === scope.domainId;
  const parent = await parentOf(sql, scope, key, input, before, own);
  if (before) {
    if (parent?.path.includes(before.id))
      throw invalid('/parentId', 'must not lie inside of the domain itself');
    await lockClasses(sql, before.id);
    await sql.rows(`UPDATE domain SET name = $2, time_zone = $3, parent_id = $4 WHERE id = $1`, [
      before.id,
      input.name,
      input.timeZone ?? null,
      parent?.id ?? null,
    ]);
  } else
    await sql.rows(
      `INSERT INTO domain (tenant_id, key, name, time_zone, parent_id, path) VALUES ($1, $2, $3, $4, $5, $6)`,
      [scope.tenantId, key, input.name, input.timeZone ?? null, parent?.id ?? null, parent?.path ?? []],
    );
  await applyInForce(sql, scope.tenantId);
  return { created: !before, value: domainView(await findDomain(sql, { ...scope, domainId: null }, key)) };
}

/** The new parent, in scope; null for the top of the tenant, which stays where it is. */
async function parentOf(
  sql: Sql,
  scope: Scope,
  key: string,
  input: DomainInput,
  before: DomainRow | null,
  own: boolean,
): Promise<DomainRow | null> {
  const wanted = input.parentId ?? null;
  if (before && before.parent_id === null) {
    if (wanted !== null) throw invalid('/parentId', 'must be left out: this domain is the top of its tenant');
    return null;
  }
  if (wanted === null) throw invalid('/parentId', 'is needed: the id of the domain above');
  // a key bound to a domain may rename it, but not move it: its place belongs to those above
  if (own) {
    if (wanted !== before?.parent_key)
      throw invalid('/parentId', 'cannot be changed by a key that is bound to this domain');
    return findDomain(sql, { ...scope, domainId: null }, wanted);
  }
  if (wanted === key) throw invalid('/parentId', 'must not be the domain itself');
  try {
    return await findDomain(sql, scope, wanted);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'NOT_FOUND')
      throw invalid('/parentId', 'is not the id of a domain');
    throw error;
  }
}

const mappingOf = ({ mapping }: DomainRow) => (mapping as CategoryMapping | null) ?? { map: {} };

function domainView(row: DomainRow): DomainView {
  return { domainId: row.key, name: row.name, parentId: row.parent_key, timeZone: row.time_zone };
}
