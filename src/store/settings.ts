/** Settings of a domain: put, get, test. The tree's consequences are in in-force.ts, the connection's rules in passback. */
import { beginTest, keepTest } from './capabilities.ts';
import { connectionColumns, stored, type ConnectionRow } from './connection-row.ts';
import type { Database, Sql } from './database.ts';
import { applyInForce, lockClasses, lockTenant, readInForce } from './in-force.ts';
import { connectionToTest, ownConnection, putConnection } from './own-connection.ts';
import type { Seal } from './seal.ts';
import { findClass, findDomain, type DomainRow } from './scope.ts';
import { testExpectation } from './test-expectation.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { keptCapabilities } from '../gradebook/capabilities.ts';
import {
  settingNames,
  type OwnSettings,
  type SettingName,
  type SettingsInput,
} from '../gradebook/settings.ts';
import type { InForce } from '../passback/in-force.ts';
import { invalid, Refusal } from '../passback/refusal.ts';
import type { Sis, SisAddresses } from '../passback/ports/sis.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { Settings, SettingsView } from '../passback/ports/settings.ts';
import { profileOf } from '../profiles/index.ts';

export function createSettings(db: Database, seal: Seal, sis: Pick<Sis, 'test'> & SisAddresses): Settings {
  return {
    async get(scope, key, withEffective) {
      const domain = await findDomain(db, scope, key);
      return view(db, scope, domain, withEffective);
    },

    async put(scope, key, input, ifRevision) {
      return db.transaction(async (sql) => {
        await lockTenant(sql, scope.tenantId);
        const domain = await findDomain(sql, scope, key);
        if (ifRevision !== null && ifRevision !== domain.settings_revision)
          throw new Refusal(
            'STALE',
            `Somebody changed these settings meanwhile: they are at revision ${domain.settings_revision}`,
          );
        await checkExclusions(sql, domain, input);
        await checkReachable(sql, sis, domain, input);
        await lockClasses(sql, domain.id);
        const { changed, otherSis } = await putConnection(sql, seal, domain, input);
        const own = ownSettings(input);
        // the same once more is no change: nobody else's form has become stale by it
        if (!changed && canonicalHash(own) === canonicalHash(domain.settings))
          return view(sql, scope, domain, false);
        await sql.rows(
          `UPDATE domain SET settings = $2, settings_revision = settings_revision + 1 WHERE id = $1`,
          [domain.id, JSON.stringify(own)],
        );
        await applyInForce(sql, scope.tenantId, otherSis);
        return view(sql, scope, await findDomain(sql, scope, key), false);
      });
    },

    async test(scope, key, input) {
      const domain = await findDomain(db, scope, key);
      const tested = input.settings ? null : await beginTest(db, domain);
      const writes = input.writes ?? null;
      const connection = await connectionToTest(db, seal, domain, input.settings, writes !== null);
      const cls =
        input.classId === undefined
          ? null
          : await findClass(db, { ...scope, domainId: domain.id }, input.classId);
      if (cls && writes && tested && cls.connection_id !== tested.connectionId)
        throw invalid('/classId', 'belongs to a sub-domain that has another connection');
      const about = { settings: input.settings, connection, writes };
      const expected = cls && (await testExpectation(db, cls.id, about));
      const report = await sis.test(connection, expected, AbortSignal.timeout(60_000));
      if (tested) await keepTest(db, scope, tested, report.capabilities);
      return report;
    },
  };
}

/** The single fields alone; a cleared connection is kept as `baseUrl: null` beside them. */
function ownSettings(input: SettingsInput): OwnSettings & { baseUrl?: null } {
  const own: Record<string, unknown> = {};
  for (const name of settingNames) if (input[name] !== undefined) own[name] = input[name];
  if (input.baseUrl === null) own.baseUrl = null;
  return own;
}

/**
 * What can never be reached is said when it is entered. An address that stands there already is left: the networks
 * that are allowed may have changed since, and the form must still be able to save the rest.
 */
async function checkReachable(
  sql: Sql,
  sis: SisAddresses,
  domain: DomainRow,
  input: SettingsInput,
): Promise<void> {
  const row = await ownConnection(sql, domain.id);
  const before = row && stored(row);
  const known = [
    before?.baseUrl,
    before?.rosteringUrl,
    before?.auth.method === 'clientCredentials' ? before.auth.tokenUrl : null,
  ];
  const entered = {
    '/baseUrl': input.baseUrl,
    '/rosteringUrl': input.rosteringUrl,
    '/auth/tokenUrl': input.auth?.method === 'clientCredentials' ? input.auth.tokenUrl : null,
  };
  for (const [pointer, url] of Object.entries(entered)) {
    const fault = url && !known.includes(url) ? sis.refusal(url) : null;
    if (fault !== null) throw invalid(pointer, fault);
  }
}

/** An unknown id is refused: a typing error would silently leave a school included. */
async function checkExclusions(sql: Sql, domain: DomainRow, input: SettingsInput): Promise<void> {
  const ids = input.excludedDomainIds ?? [];
  if (ids.length === 0) return;
  const known = await sql.rows<{ key: string }>(
    `SELECT key FROM domain WHERE tenant_id = $1 AND key = ANY($2) AND path @> ARRAY[$3::bigint] AND id <> $3`,
    [domain.tenant_id, ids, domain.id],
  );
  // one that stands there already may have been moved away since: a GET's answer can be PUT back as it is
  const before = (domain.settings as OwnSettings).excludedDomainIds ?? [];
  const found = new Set([...known.map((d) => d.key), ...before]);
  const index = ids.findIndex((id) => !found.has(id));
  if (index >= 0)
    throw invalid(`/excludedDomainIds/${index}`, 'is not the id of a sub-domain of this domain');
}

async function view(
  sql: Sql,
  scope: Scope,
  domain: DomainRow,
  withEffective: boolean,
): Promise<SettingsView> {
  const row = await ownConnection(sql, domain.id);
  const settings: Record<string, unknown> = { ...domain.settings };
  if (row) Object.assign(settings, masked(row));
  const answer: SettingsView = { settings: settings, revision: domain.settings_revision };
  if (!withEffective) return answer;
  const force = await readInForce(sql, domain.tenant_id, domain.id);
  const effective: NonNullable<SettingsView['effective']> = {};
  if (force) {
    for (const name of settingNames)
      effective[name] = {
        value: force.settings[name],
        origin: force.origins[name] ?? defaultFrom(force, name),
      };
    const excluded = await within(sql, scope, force.settings.excludedDomainIds);
    effective.excludedDomainIds = {
      value: excluded,
      origin: force.origins.excludedDomainIds ?? 'default',
    };
    const [inherited] = force.connectionId
      ? await sql.rows<ConnectionRow>(`SELECT ${connectionColumns} FROM connection k WHERE k.id = $1`, [
          force.connectionId,
        ])
      : [];
    if (!inherited && force.connectionOrigin !== null)
      effective.baseUrl = { value: null, origin: force.connectionOrigin };
    if (inherited)
      for (const [name, value] of Object.entries({
        ...masked(inherited),
        oneRosterVersion: inherited.one_roster_version,
        capabilities: keptCapabilities(inherited.capabilities),
      }))
        effective[name] = { value, origin: force.connectionOrigin ?? 'default' };
  }
  return { ...answer, effective };
}

/** Where a value comes from that no domain has set. */
function defaultFrom({ settings, proved }: InForce, name: SettingName): string {
  if (name in proved) return 'connectionTest';
  return name in profileOf(settings.profile).settings ? 'profile' : 'default';
}

/** Which of these domains lie in the caller's subtree: those above may have excluded others, whom he does not know. */
async function within(sql: Sql, scope: Scope, keys: string[]): Promise<string[]> {
  if (scope.domainId === null || keys.length === 0) return keys;
  const rows = await sql.rows<{ key: string }>(
    `SELECT key FROM domain WHERE tenant_id = $1 AND key = ANY($2) AND path @> ARRAY[$3::bigint]`,
    [scope.tenantId, keys, scope.domainId],
  );
  const known = new Set(rows.map((row) => row.key));
  return keys.filter((key) => known.has(key));
}

/** The connection as GET shows it: of secrets only that they are there. */
function masked(row: ConnectionRow): Record<string, unknown> {
  const connection = stored(row);
  const { auth } = connection;
  const present = Object.fromEntries(Object.entries(auth).filter(([, value]) => value !== null));
  return {
    baseUrl: connection.baseUrl,
    ...(connection.rosteringUrl === null ? {} : { rosteringUrl: connection.rosteringUrl }),
    ...(connection.oneRosterVersion === null ? {} : { oneRosterVersion: connection.oneRosterVersion }),
    auth: { ...present, [auth.method === 'accessToken' ? 'accessTokenSet' : 'clientSecretSet']: true },
    ...(connection.extraHeaderNames.length === 0
      ? {}
      : { extraHeaders: Object.fromEntries(connection.extraHeaderNames.map((name) => [name, true])) }),
    ...(connection.caCertificates === null ? {} : { caCertificates: connection.caCertificates }),
  };
}
