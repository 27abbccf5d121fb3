/** LMSs that open the pages by LTI: who they are, to whom a launch belongs, and which class it means. */
import { v7 as newId } from 'uuid';
import type { Database, Sql } from './database.ts';
import { decodeCursor, pageOf, rowUuid } from './pages.ts';
import { findDomain } from './scope.ts';
import type { Seal } from './seal.ts';
import { newToolKey, toolKeys } from './tool-keys.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type {
  ClassHints,
  LtiClient,
  LtiPlatformInput,
  LtiPlatforms,
  LtiPlatformView,
  RoleMap,
} from '../passback/ports/sign-in.ts';
import type { SisAddresses } from '../passback/ports/sis.ts';

interface PlatformRow {
  id: string;
  tenant_id: string;
  domain_id: string;
  domain_key: string;
  name: string;
  issuer: string;
  client_id: string;
  authorization_url: string;
  jwks_url: string;
  class_param: string | null;
  role_map: RoleMap;
  created_at: Date;
  deployment_ids: string[];
}
const platforms = `SELECT p.*, d.key AS domain_key,
    ARRAY(SELECT e.deployment_id FROM lti_deployment e WHERE e.platform_id = p.id ORDER BY 1) AS deployment_ids
  FROM lti_platform p JOIN domain d ON d.id = p.domain_id`;

export function createLtiPlatforms(db: Database, seal: Seal, addresses: SisAddresses): LtiPlatforms {
  return {
    async list(scope, domainKey, page) {
      const domain = await findDomain(db, scope, domainKey);
      const after = decodeCursor(page.cursor, [rowUuid]);
      const rows = await db.rows<PlatformRow>(
        `${platforms} WHERE p.domain_id = $1 AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $3`,
        [domain.id, after?.[0] ?? null, page.limit + 1],
      );
      return pageOf(rows, page.limit, view, (row) => [row.id]);
    },

    async get(scope, domainKey, id) {
      return view(await find(db, scope, domainKey, id));
    },

    create: (scope, domainKey, input) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey, 'FOR SHARE OF d');
        checkAddresses(addresses, input, null);
        const id = newId();
        await sql.rows(
          `INSERT INTO lti_platform (id, tenant_id, domain_id, name, issuer, client_id, authorization_url, jwks_url, class_param, role_map)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [id, domain.tenant_id, domain.id, ...columns(input)],
        );
        await putDeployments(sql, id, input);
        return view(await find(sql, scope, domainKey, id));
      }),

    put: (scope, domainKey, id, input) =>
      db.transaction(async (sql) => {
        const before = await find(sql, scope, domainKey, id, 'FOR UPDATE OF p');
        checkAddresses(addresses, input, before);
        await sql.rows(
          `UPDATE lti_platform SET name = $2, issuer = $3, client_id = $4, authorization_url = $5, jwks_url = $6,
                  class_param = $7, role_map = $8 WHERE id = $1`,
          [before.id, ...columns(input)],
        );
        await putDeployments(sql, before.id, input);
        // who was let in by the former rules comes in again by the new ones, or does not
        if (canonicalHash(rulesOf(view(before))) !== canonicalHash(rulesOf(input)))
          await sql.rows(`DELETE FROM user_token WHERE platform_id = $1`, [before.id]);
        return view(await find(sql, scope, domainKey, id));
      }),

    async remove(scope, domainKey, id) {
      const { id: found } = await find(db, scope, domainKey, id);
      await db.rows(`DELETE FROM lti_platform WHERE id = $1`, [found]);
    },

    clients: (issuer, clientId) =>
      db.rows<LtiClient>(
        `SELECT DISTINCT issuer, client_id AS "clientId", authorization_url AS "authorizationUrl", jwks_url AS "jwksUrl"
           FROM lti_platform WHERE issuer = $1 AND ($2::text IS NULL OR client_id = $2) LIMIT 2`,
        [issuer, clientId],
      ),

    async deployment(issuer, clientId, deploymentId) {
      const [row] = await db.rows<PlatformRow>(
        `${platforms} JOIN lti_deployment e ON e.platform_id = p.id
          WHERE e.issuer = $1 AND e.client_id = $2 AND e.deployment_id = $3 FOR SHARE OF p, e`,
        [issuer, clientId, deploymentId],
      );
      if (!row) return null;
      const {
        id,
        name,
        jwks_url: jwksUrl,
        class_param: classParam,
        role_map: roleMap,
        domain_key: domainId,
      } = row;
      const scope = { tenantId: row.tenant_id, domainId: row.domain_id, classKeys: null };
      return { id, name, jwksUrl, classParam, roleMap, domainId, scope };
    },

    async classOf(scope, hints: ClassHints) {
      const ofPlatform = await firstClass(db, scope, [hints.contextId, hints.sourcedId]);
      if (hints.named === null) return ofPlatform === null ? null : { classId: ofPlatform };
      const named = await firstClass(db, scope, [hints.named]);
      // Some LMSs let teachers write custom parameters into their links: nobody gets into another course by one.
      if (named === null) return null;
      return ofPlatform !== null && named !== ofPlatform ? 'another' : { classId: named };
    },

    async frames(platformId) {
      if (!rowUuid.test(platformId)) return [];
      const [row] = await db.rows<{ urls: string[]; embed: string[] | null }>(
        `SELECT ARRAY[p.authorization_url, p.issuer] AS urls, d.effective->'embedOrigins' AS embed
           FROM lti_platform p JOIN domain d ON d.id = p.domain_id WHERE p.id = $1`,
        [platformId],
      );
      const own = (row?.urls ?? []).flatMap((url) => (/^https?:/.test(url) ? [new URL(url).origin] : []));
      return [...new Set([...own, ...(row?.embed ?? [])])];
    },

    toolKeys: () => toolKeys(db, seal),
    newToolKey: () => newToolKey(db, seal),
  };
}

/** What decides, in a launch, whose it is and what he may. */
const rulesOf = ({ jwksUrl, classParam, roleMap }: LtiPlatformInput) => ({ jwksUrl, classParam, roleMap });
const columns = (input: LtiPlatformInput) => [
  ...[input.name, input.issuer, input.clientId, input.authorizationUrl, input.jwksUrl, input.classParam],
  JSON.stringify(input.roleMap),
];

async function find(
  sql: Sql,
  scope: Scope,
  domainKey: string,
  id: string,
  lock: '' | 'FOR UPDATE OF p' = '',
): Promise<PlatformRow> {
  const domain = await findDomain(sql, scope, domainKey);
  const [row] = rowUuid.test(id)
    ? await sql.rows<PlatformRow>(`${platforms} WHERE p.id = $1 AND p.domain_id = $2 ${lock}`, [
        id,
        domain.id,
      ])
    : [];
  if (!row) throw notFound('LTI platform');
  return row;
}

/**
 * A deployment is of one registration alone, and all that share a client agree on where it signs in and with which
 * keys: else whoever registers a client of somebody else's LMS could bend its launches to himself.
 */
async function putDeployments(sql: Sql, platformId: string, input: LtiPlatformInput): Promise<void> {
  const { issuer, clientId, deploymentIds } = input;
  await sql.rows(`SELECT pg_advisory_xact_lock(hashtextextended($1, 7280))`, [
    JSON.stringify([issuer, clientId]),
  ]);
  const [differs] = await sql.rows(
    `SELECT 1 FROM lti_platform WHERE issuer = $1 AND client_id = $2 AND id <> $3 AND (authorization_url, jwks_url) <> ($4, $5) LIMIT 1`,
    [issuer, clientId, platformId, input.authorizationUrl, input.jwksUrl],
  );
  if (differs)
    throw new Refusal('LTI_TAKEN', 'This client of the LMS is registered already, with other addresses.', {
      errors: [{ pointer: '/clientId', detail: 'is registered with another authorizationUrl or jwksUrl' }],
    });
  // those that stay are not touched, for tokens die with theirs
  const stays = `issuer = $1 AND client_id = $2 AND deployment_id = ANY($3::text[])`;
  const its = [issuer, clientId, deploymentIds, platformId];
  await sql.rows(`DELETE FROM lti_deployment WHERE platform_id = $4 AND NOT (${stays})`, its);
  await sql.rows(
    `INSERT INTO lti_deployment (issuer, client_id, deployment_id, platform_id)
     SELECT $1, $2, unnest($3::text[]), $4 ON CONFLICT DO NOTHING`,
    its,
  );
  const there = await sql.rows<{ deployment_id: string }>(
    `SELECT deployment_id FROM lti_deployment WHERE platform_id = $1`,
    [platformId],
  );
  const done = new Set(there.map((row) => row.deployment_id));
  const taken = deploymentIds.findIndex((id) => !done.has(id));
  if (taken >= 0)
    throw new Refusal('LTI_TAKEN', 'This deployment of the LMS is registered already.', {
      errors: [{ pointer: `/deploymentIds/${taken}`, detail: 'belongs to another registration' }],
    });
}

/** What can never be reached, or would send people over a line that others read, is said when it is entered. */
function checkAddresses(addresses: SisAddresses, input: LtiPlatformInput, before: PlatformRow | null): void {
  const { authorizationUrl, jwksUrl } = input;
  const fault = jwksUrl === before?.jwks_url ? null : addresses.refusal(jwksUrl);
  if (fault !== null) throw invalid('/jwksUrl', fault);
  // the browser goes there, not we: only what is not encrypted has to be ours to allow
  const plain = authorizationUrl.startsWith('http:') ? addresses.refusal(authorizationUrl) : null;
  if (plain !== null) throw invalid('/authorizationUrl', plain);
}

async function firstClass(sql: Sql, scope: Scope, ids: (string | null)[]): Promise<string | null> {
  for (const id of ids) {
    const found = id === null || id === '' ? null : await oneClass(sql, scope, id);
    if (found !== null) return found;
  }
  return null;
}

/** Our own id of it goes first; a sourcedId that two classes have names neither. */
async function oneClass(sql: Sql, scope: Scope, id: string): Promise<string | null> {
  if (id.includes('\u0000')) return null;
  const rows = await sql.rows<{ key: string }>(
    `SELECT c.key FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.tenant_id = $1 AND ($2::bigint IS NULL OR d.path @> ARRAY[$2::bigint]) AND (c.key = $3 OR c.sourced_id = $3)
      ORDER BY c.key = $3 DESC LIMIT 2`,
    [scope.tenantId, scope.domainId, id],
  );
  const [first, second] = rows;
  return first && (first.key === id || !second) ? first.key : null;
}

function view(row: PlatformRow): LtiPlatformView {
  return {
    id: row.id,
    domainId: row.domain_key,
    name: row.name,
    issuer: row.issuer,
    clientId: row.client_id,
    authorizationUrl: row.authorization_url,
    jwksUrl: row.jwks_url,
    deploymentIds: row.deployment_ids,
    classParam: row.class_param,
    roleMap: row.role_map,
    createdAt: row.created_at.toISOString(),
  };
}
