/** OpenID providers of domains, and the browsers that have signed in by them. */
import { v7 as newId } from 'uuid';
import { hashOf, newSecret } from './access.ts';
import type { Database, Sql } from './database.ts';
import { findDomain } from './scope.ts';
import { SealError, type Seal } from './seal.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type {
  ClaimRules,
  Provider,
  Session,
  SignInInput,
  SignIns,
  SignInView,
} from '../passback/ports/sign-in.ts';
import type { SisAddresses } from '../passback/ports/sis.ts';

/** A token lives an hour; whoever has not asked for another one for a while has gone. */
const IDLE = `interval '90 minutes'`;
/** whatever is done: a school day */
const LONGEST = `interval '12 hours'`;

interface ProviderRow {
  id: string;
  tenant_id: string;
  tenant_key: string;
  domain_id: string;
  domain_key: string;
  issuer: string;
  client_id: string;
  secret: string;
  scopes: string[];
  claims: ClaimRules;
}
const providers = `SELECT p.*, d.key AS domain_key, t.key AS tenant_key
  FROM sign_in_provider p JOIN domain d ON d.id = p.domain_id JOIN domain t ON t.id = p.tenant_id`;
/** Where the secret belongs: whoever changes the issuer cannot send it to a host of his own. */
export const secretPlace = (domainId: string, issuer: string) => [domainId, 'signIn.clientSecret', issuer];

export function createSignIns(db: Database, seal: Seal, addresses: SisAddresses): SignIns {
  return {
    async get(scope, domainKey) {
      const domain = await findDomain(db, scope, domainKey);
      const row = await own(db, domain.id);
      if (!row) throw notFound('sign-in');
      return view(row);
    },

    put: (scope, domainKey, input) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey, 'FOR UPDATE OF d');
        const before = await own(sql, domain.id);
        const fault = before?.issuer === input.issuer ? null : addresses.refusal(input.issuer);
        if (fault !== null) throw invalid('/issuer', fault);
        await checkDomains(sql, { ...scope, domainId: domain.id }, input.domainMap);
        const secret =
          input.clientSecret === undefined
            ? keptSecret(before, input)
            : seal.seal(input.clientSecret, secretPlace(domain.id, input.issuer));
        const { roleClaim, admins, domainClaim, domainMap } = input;
        await sql.rows(
          `INSERT INTO sign_in_provider (id, tenant_id, domain_id, issuer, client_id, secret, scopes, claims)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (domain_id) DO UPDATE SET issuer = excluded.issuer, client_id = excluded.client_id,
             secret = excluded.secret, scopes = excluded.scopes, claims = excluded.claims`,
          [
            ...[newId(), domain.tenant_id, domain.id, input.issuer, input.clientId, secret],
            JSON.stringify(input.scopes),
            JSON.stringify({ roleClaim, admins, domainClaim, domainMap }),
          ],
        );
        const row = await own(sql, domain.id);
        if (!row) throw new Error('the provider was not written');
        // who was let in by the former rules comes in again by the new ones, or does not
        await sql.rows(`DELETE FROM sign_in_session WHERE provider_id = $1`, [row.id]);
        return { created: before === null, value: view(row) };
      }),

    async remove(scope, domainKey) {
      const domain = await findDomain(db, scope, domainKey);
      const gone = await db.rows(`DELETE FROM sign_in_provider WHERE domain_id = $1 RETURNING 1`, [
        domain.id,
      ]);
      if (gone.length === 0) throw notFound('sign-in');
    },

    async provider(tenantKey, domainKey) {
      const rows = await db.rows<ProviderRow>(
        `SELECT n.* FROM domain w JOIN domain wt ON wt.id = w.tenant_id CROSS JOIN LATERAL
           (${providers} WHERE p.domain_id = ANY(w.path) ORDER BY array_position(w.path, p.domain_id) DESC LIMIT 1) n
          WHERE w.key = $2 AND ($1::text IS NULL OR wt.key = $1) LIMIT 2`,
        [tenantKey, domainKey],
      );
      const [row, another] = rows;
      return row && !another ? opened(seal, row) : null;
    },

    async providerById(id) {
      const [row] = await db.rows<ProviderRow>(`${providers} WHERE p.id = $1`, [id]);
      return row ? opened(seal, row) : null;
    },

    domains: async (scope, keys) => {
      const rows = await db.rows<{ key: string }>(
        `SELECT key FROM domain WHERE tenant_id = $1 AND key = ANY($2) AND path @> ARRAY[$3::bigint]`,
        [scope.tenantId, keys, scope.domainId],
      );
      const known = new Set(rows.map((row) => row.key));
      return keys.filter((key) => known.has(key));
    },

    async startSession(provider, { domainId, subject, displayName }) {
      const domain = await findDomain(db, provider.scope, domainId);
      const cookie = newSecret('ses');
      const id = newId();
      await db.rows(
        `INSERT INTO sign_in_session (id, hash, provider_id, tenant_id, domain_id, subject, display_name, idle_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, now() + ${IDLE}, now() + ${LONGEST})`,
        [id, hashOf(cookie), provider.id, domain.tenant_id, domain.id, subject, displayName],
      );
      const scope = { ...provider.scope, domainId: domain.id };
      return { session: { id, scope, domainId, subject, displayName }, cookie };
    },

    async session(cookie) {
      const [row] = await db.rows<SessionRow>(
        `UPDATE sign_in_session s SET idle_at = now() + ${IDLE} FROM domain d
          WHERE s.hash = $1 AND s.idle_at > now() AND s.expires_at > now() AND d.id = s.domain_id
          RETURNING s.id, s.tenant_id, s.domain_id, d.key AS domain_key, s.subject, s.display_name`,
        [hashOf(cookie)],
      );
      return row ? session(row) : null;
    },

    async endSession(scope, id) {
      const gone = await db.rows(
        `DELETE FROM sign_in_session WHERE id = $1 AND tenant_id = $2 AND domain_id = $3 RETURNING 1`,
        [id, scope.tenantId, scope.domainId],
      );
      if (gone.length === 0) throw notFound('session');
    },
  };
}

async function own(sql: Sql, domainId: string): Promise<ProviderRow | null> {
  const [row] = await sql.rows<ProviderRow>(`${providers} WHERE p.domain_id = $1`, [domainId]);
  return row ?? null;
}

function keptSecret(before: ProviderRow | null, input: SignInInput): string {
  if (before?.issuer === input.issuer) return before.secret;
  throw new Refusal('SECRET_NEEDED', 'A secret must be entered', {
    errors: [
      {
        pointer: '/clientSecret',
        detail: before ? 'enter it again: it was entered for another issuer' : 'is needed',
      },
    ],
  });
}

/** An unknown id is refused: a typing error would silently shut somebody out. */
async function checkDomains(sql: Sql, scope: Scope, map: Record<string, string>): Promise<void> {
  const rows = await sql.rows<{ key: string }>(
    `SELECT key FROM domain WHERE tenant_id = $1 AND key = ANY($2) AND path @> ARRAY[$3::bigint]`,
    [scope.tenantId, Object.values(map), scope.domainId],
  );
  const known = new Set(rows.map((row) => row.key));
  const wrong = Object.entries(map).find(([, key]) => !known.has(key));
  if (wrong)
    throw invalid(
      `/domainMap/${wrong[0].replaceAll('~', '~0').replaceAll('/', '~1')}`,
      'is not the id of this domain or of one below it',
    );
}

function opened(seal: Seal, row: ProviderRow): Provider {
  let clientSecret: string;
  try {
    clientSecret = seal.open(row.secret, secretPlace(row.domain_id, row.issuer));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Refusal('SECRET_NEEDED', 'The stored secret cannot be opened with the keys of this service', {
      errors: [{ pointer: '/clientSecret', detail: `enter the secret again: ${error.message}` }],
    });
  }
  return {
    id: row.id,
    issuer: row.issuer,
    clientId: row.client_id,
    clientSecret,
    scopes: row.scopes,
    ...row.claims,
    scope: { tenantId: row.tenant_id, domainId: row.domain_id, classKeys: null },
    domainId: row.domain_key,
    tenantId: row.tenant_key,
  };
}

function view(row: ProviderRow): SignInView {
  const { issuer, client_id: clientId, scopes, claims, tenant_key: tenantId } = row;
  return { id: row.id, issuer, clientId, clientSecretSet: true, scopes, ...claims, tenantId };
}

interface SessionRow {
  id: string;
  tenant_id: string;
  domain_id: string;
  domain_key: string;
  subject: string;
  display_name: string;
}
const session = (row: SessionRow): Session => ({
  id: row.id,
  scope: { tenantId: row.tenant_id, domainId: row.domain_id, classKeys: null },
  domainId: row.domain_key,
  subject: row.subject,
  displayName: row.display_name,
});
