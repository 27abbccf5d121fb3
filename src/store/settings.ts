/** Settings of a domain: put, get, test. The tree's consequences are in in-force.ts, the connection's rules in passback. */
import { randomUUID } from 'node:crypto';
import { connectionColumns, openSecrets, sealSecrets, stored, usable, type ConnectionRow } from './connection-row.ts';
import type { Database, Sql } from './database.ts';
import { applyInForce, lockTenant, readInForce } from './in-force.ts';
import { SealError, type Seal } from './seal.ts';
import { findClass, findDomain, type DomainRow } from './scope.ts';
import { testExpectation } from './test-expectation.ts';
import { settingNames, type OwnSettings, type SettingsInput } from '../gradebook/settings.ts';
import { changeConnection, sameGradebook } from '../passback/connection-change.ts';
import { invalid, Refusal } from '../passback/refusal.ts';
import type { Sis, SisConnection } from '../passback/ports/sis.ts';
import type { Scope, Settings, SettingsView } from '../passback/ports/store.ts';

export function createSettings(db: Database, seal: Seal, sis: Pick<Sis, 'test'>): Settings {
  return {
    async get(scope, key, withEffective) {
      const domain = await findDomain(db, scope, key);
      return view(db, domain, withEffective);
    },

    async put(scope, key, input, ifRevision) {
      return db.transaction(async (sql) => {
        await lockTenant(sql, scope.tenantId);
        const domain = await findDomain(sql, scope, key, 'FOR UPDATE OF d');
        if (ifRevision !== null && ifRevision !== domain.settings_revision)
          throw new Refusal('STALE', `Somebody changed these settings meanwhile: they are at revision ${domain.settings_revision}`);
        await checkExclusions(sql, domain, input);
        const changed = await putConnection(sql, seal, domain, input);
        await sql.rows(`UPDATE domain SET settings = $2, settings_revision = settings_revision + 1 WHERE id = $1`, [
          domain.id,
          JSON.stringify(ownSettings(input)),
        ]);
        await applyInForce(sql, scope.tenantId, changed);
        return view(sql, await findDomain(sql, scope, key), false);
      });
    },

    async test(scope, key, input) {
      const domain = await findDomain(db, scope, key);
      const connection = await toTest(db, seal, domain, input.settings);
      const expected = input.classId === undefined ? null : await expectation(db, scope, domain, input.classId);
      return sis.test(connection, expected, AbortSignal.timeout(60_000));
    },
  };

  async function expectation(sql: Sql, scope: Scope, domain: DomainRow, classKey: string) {
    const cls = await findClass(sql, { ...scope, domainId: domain.id }, classKey);
    return testExpectation(sql, cls.id);
  }
}

/** The single fields alone; a cleared connection is kept as `baseUrl: null` beside them. */
function ownSettings(input: SettingsInput): OwnSettings & { baseUrl?: null } {
  const own: Record<string, unknown> = {};
  for (const name of settingNames) if (input[name] !== undefined) own[name] = input[name];
  if (input.baseUrl === null) own.baseUrl = null;
  return own;
}

/** An unknown id is refused: a typing error would silently leave a school included. */
async function checkExclusions(sql: Sql, domain: DomainRow, input: SettingsInput): Promise<void> {
  const ids = input.excludedDomainIds ?? [];
  if (ids.length === 0) return;
  const known = await sql.rows<{ key: string }>(
    `SELECT key FROM domain WHERE tenant_id = $1 AND key = ANY($2) AND path @> ARRAY[$3::bigint] AND id <> $3`,
    [domain.tenant_id, ids, domain.id],
  );
  const found = new Set(known.map((d) => d.key));
  const index = ids.findIndex((id) => !found.has(id));
  if (index >= 0) throw invalid(`/excludedDomainIds/${index}`, 'is not the id of a sub-domain of this domain');
}

/** Writes the domain's own connection; answers the connections that now speak to another SIS. */
async function putConnection(sql: Sql, seal: Seal, domain: DomainRow, input: SettingsInput): Promise<string[]> {
  const before = await ownConnection(sql, domain.id);
  const change = changeConnection(input, before && { connection: stored(before), secretFields: Object.keys(before.secrets) });
  if (!change) {
    // the domains below still name it; in-force.ts sees that they have another one now, or none
    if (before) await sql.rows(`DELETE FROM connection WHERE id = $1`, [before.id]);
    return [];
  }
  const opened = change.kept.length > 0 && before ? openOrRefuse(seal, before) : {};
  const kept = Object.fromEntries(change.kept.map((field) => [field, opened[field] ?? '']));
  const { connection } = change;
  const secrets = sealSecrets(seal, domain.id, connection, { ...kept, ...change.entered });
  const values = [
    domain.id,
    connection.baseUrl,
    connection.rosteringUrl,
    connection.oneRosterVersion,
    JSON.stringify(connection.auth),
    JSON.stringify(secrets),
    connection.caCertificates,
  ];
  const unchanged = before && Object.keys(change.entered).length === 0 && JSON.stringify(stored(before)) === JSON.stringify(connection);
  if (unchanged) return [];
  const [row] = await sql.rows<{ id: string }>(
    `INSERT INTO connection (domain_id, base_url, rostering_url, one_roster_version, auth, secrets, ca_certificates)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (domain_id) DO UPDATE SET base_url = excluded.base_url, rostering_url = excluded.rostering_url,
       one_roster_version = excluded.one_roster_version, auth = excluded.auth, secrets = excluded.secrets,
       ca_certificates = excluded.ca_certificates, revision = connection.revision + 1, learned = '{}'
     RETURNING id`,
    values,
  );
  if (!row) throw new Error('the connection was not written');
  // what was wrong with the former settings says nothing of these: try at once
  await sql.rows(
    `INSERT INTO lane (connection_id, wake_at) VALUES ($1, now())
     ON CONFLICT (connection_id) DO UPDATE SET cause = NULL, cause_said = NULL, cause_since = NULL, paused_until = NULL, probes = 0, wake_at = now()`,
    [row.id],
  );
  return before && !sameGradebook(stored(before), connection) ? [row.id] : [];
}

export async function ownConnection(sql: Sql, domainId: string): Promise<ConnectionRow | null> {
  const [row] = await sql.rows<ConnectionRow>(`SELECT ${connectionColumns} FROM connection k WHERE k.domain_id = $1`, [domainId]);
  return row ?? null;
}

function openOrRefuse(seal: Seal, row: ConnectionRow): Record<string, string> {
  try {
    return openSecrets(seal, row);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Refusal('SECRET_NEEDED', 'The stored secret cannot be opened with the keys of this service', {
      errors: [{ pointer: '/auth', detail: `enter the secret again: ${error.message}` }],
    });
  }
}

async function toTest(sql: Sql, seal: Seal, domain: DomainRow, unsaved: SettingsInput | undefined): Promise<SisConnection> {
  // an unsaved body may leave out secrets that this domain itself has stored, never those of a domain above
  if (unsaved) {
    const before = await ownConnection(sql, domain.id);
    const change = changeConnection(unsaved, before && { connection: stored(before), secretFields: Object.keys(before.secrets) });
    if (!change) throw invalid('/settings/baseUrl', 'is needed for a test: the address of the SIS');
    const opened = change.kept.length > 0 && before ? openOrRefuse(seal, before) : {};
    const kept = Object.fromEntries(change.kept.map((field) => [field, opened[field] ?? '']));
    return usable(change.connection, { ...kept, ...change.entered }, `test:${randomUUID()}`, {});
  }
  const [row] = domain.connection_id
    ? await sql.rows<ConnectionRow>(`SELECT ${connectionColumns} FROM connection k WHERE k.id = $1`, [domain.connection_id])
    : [];
  if (!row) throw new Refusal('NO_CONNECTION', 'No SIS is set up for this domain: enter its address and credentials');
  return usable(stored(row), openOrRefuse(seal, row), `test:${randomUUID()}`, {});
}

async function view(sql: Sql, domain: DomainRow, withEffective: boolean): Promise<SettingsView> {
  const row = await ownConnection(sql, domain.id);
  const settings: Record<string, unknown> = { ...domain.settings };
  if (row) Object.assign(settings, masked(row));
  const answer: SettingsView = { settings: settings as SettingsInput, revision: domain.settings_revision };
  if (!withEffective) return answer;
  const force = await readInForce(sql, domain.tenant_id, domain.id);
  const effective: NonNullable<SettingsView['effective']> = {};
  if (force) {
    for (const name of settingNames)
      effective[name] = { value: force.settings[name], origin: force.origins[name] ?? 'default' };
    const [inherited] = force.connectionId
      ? await sql.rows<ConnectionRow>(`SELECT ${connectionColumns} FROM connection k WHERE k.id = $1`, [force.connectionId])
      : [];
    if (inherited)
      for (const [name, value] of Object.entries(masked(inherited))) effective[name] = { value, origin: force.connectionOrigin ?? 'default' };
  }
  return { ...answer, effective };
}

/** The connection as GET shows it: of secrets only that they are there. */
function masked(row: ConnectionRow): Record<string, unknown> {
  const connection = stored(row);
  const { auth } = connection;
  const present = Object.fromEntries(
    Object.entries(auth).filter(([, value]) => value !== null),
  );
  return {
    baseUrl: connection.baseUrl,
    ...(connection.rosteringUrl === null ? {} : { rosteringUrl: connection.rosteringUrl }),
    oneRosterVersion: connection.oneRosterVersion,
    auth: { ...present, [auth.method === 'accessToken' ? 'accessTokenSet' : 'clientSecretSet']: true },
    ...(connection.extraHeaderNames.length === 0
      ? {}
      : { extraHeaders: Object.fromEntries(connection.extraHeaderNames.map((name) => [name, true])) }),
    ...(connection.caCertificates === null ? {} : { caCertificates: connection.caCertificates }),
  };
}
