/** A domain's own connection: written with its secrets sealed, and made ready for a test before it is saved. */
import { randomUUID } from 'node:crypto';
import {
  asSaved,
  connectionColumns,
  openSecrets,
  sealSecrets,
  stored,
  usable,
  type ConnectionRow,
} from './connection-row.ts';
import type { Sql } from './database.ts';
import { haltLanes, hasten, wakeLanes } from './duty.ts';
import { SealError, type Seal } from './seal.ts';
import type { DomainRow } from './scope.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import { versionOf } from '../gradebook/service-roots.ts';
import { defaultSettings, type EffectiveSettings, type SettingsInput } from '../gradebook/settings.ts';
import { changeConnection, sameGradebook, type Secrets } from '../passback/connection-change.ts';
import { profileOf } from '../profiles/index.ts';
import { invalid, Refusal } from '../passback/refusal.ts';
import type { SisConnection } from '../passback/ports/sis.ts';

export interface PutConnection {
  changed: boolean;
  /** connections that now speak to another SIS although they kept their id */
  otherSis: string[];
}
const same: PutConnection = { changed: false, otherSis: [] };

/** Writes the domain's own connection. */
export async function putConnection(
  sql: Sql,
  seal: Seal,
  domain: DomainRow,
  input: SettingsInput,
): Promise<PutConnection> {
  const before = await ownConnection(sql, domain.id);
  const change = changeConnection(
    input,
    before && { connection: stored(before), secretFields: Object.keys(before.secrets) },
  );
  if (!change) {
    // the domains below still name it; in-force.ts sees that they have another one now, or none
    if (before) await sql.rows(`DELETE FROM connection WHERE id = $1`, [before.id]);
    return { changed: before !== null, otherSis: [] };
  }
  const { connection } = change;
  if (before && unchanged(seal, before, change)) {
    // whoever enters the same secret again wants to see it tried
    if (Object.keys(change.entered).length > 0) {
      await sql.rows(`UPDATE lane SET paused_until = NULL WHERE connection_id = $1`, [before.id]);
      await hasten(sql, 'd.connection_id = $1', [before.id]);
      await wakeLanes(sql, [before.id]);
    }
    return same;
  }
  const secrets = sealSecrets(seal, domain.id, connection, secretsOf(seal, before, change));
  const values = [
    domain.id,
    connection.baseUrl,
    connection.rosteringUrl,
    connection.oneRosterVersion,
    JSON.stringify(connection.auth),
    JSON.stringify(secrets),
    connection.caCertificates,
  ];
  const otherSis = before !== null && !sameGradebook(stored(before), connection);
  const [row] = await sql.rows<{ id: string }>(
    // which version it speaks follows from all settings in force (in-force.ts)
    `INSERT INTO connection (domain_id, base_url, rostering_url, version_chosen, auth, secrets, ca_certificates)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (domain_id) DO UPDATE SET base_url = excluded.base_url, rostering_url = excluded.rostering_url,
       version_chosen = excluded.version_chosen, auth = excluded.auth, secrets = excluded.secrets,
       ca_certificates = excluded.ca_certificates, revision = connection.revision + 1, learned = '{}',
       capabilities = CASE WHEN $8 THEN '{}' ELSE connection.capabilities END
     RETURNING id`,
    [...values, otherSis],
  );
  if (!row) throw new Error('the connection was not written');
  await tryAtOnce(sql, row.id, otherSis);
  return { changed: true, otherSis: otherSis ? [row.id] : [] };
}

/** The connection speaks otherwise now: what was wrong with it before says nothing of what it is. */
export async function tryAtOnce(sql: Sql, connectionId: string, otherSis: boolean): Promise<void> {
  await sql.rows(
    `INSERT INTO lane (connection_id, wake_at) VALUES ($1, now())
     ON CONFLICT (connection_id) DO UPDATE SET cause = NULL, cause_said = NULL, cause_since = NULL, paused_until = NULL, probes = 0, breaker = '{}', wake_at = now(),
       last_success_at = CASE WHEN $2 THEN NULL ELSE lane.last_success_at END`,
    [connectionId, otherSis],
  );
  // A run that still goes on would send with the former settings, perhaps to the former SIS; and what it says of the
  // connection (refused credentials) says nothing of this one. So its fence goes too, also where only the sign-in has
  // changed: nobody waits for its last requests, and those few are sent once more, which a PUT does not mind.
  await haltLanes(sql, [connectionId], 'otherSis');
  await hasten(sql, 'd.connection_id = $1', [connectionId]);
}

type Change = NonNullable<ReturnType<typeof changeConnection>>;

/** jsonb keeps an order of keys of its own, so the two are compared as what they say. */
function unchanged(seal: Seal, before: ConnectionRow, change: Change): boolean {
  if (canonicalHash(stored(before)) !== canonicalHash(change.connection)) return false;
  const entered = Object.entries(change.entered);
  if (entered.length === 0) return true;
  try {
    const known = openSecrets(seal, before);
    return entered.every(([field, plain]) => known[field] === plain);
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

/** Those entered now and the former ones that stay. */
function secretsOf(seal: Seal, before: ConnectionRow | null, change: Change, at = ''): Secrets {
  const opened = change.kept.length > 0 && before ? openOrRefuse(seal, before, at) : {};
  const kept = Object.fromEntries(change.kept.map((field) => [field, opened[field] ?? '']));
  return { ...kept, ...change.entered };
}

export async function ownConnection(sql: Sql, domainId: string): Promise<ConnectionRow | null> {
  const [row] = await sql.rows<ConnectionRow>(
    `SELECT ${connectionColumns} FROM connection k WHERE k.domain_id = $1`,
    [domainId],
  );
  return row ?? null;
}

function openOrRefuse(seal: Seal, row: ConnectionRow, at = ''): Secrets {
  try {
    return openSecrets(seal, row);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Refusal('SECRET_NEEDED', 'The stored secret cannot be opened with the keys of this service', {
      errors: [{ pointer: `${at}/auth`, detail: `enter the secret again: ${error.message}` }],
    });
  }
}

/** The connection to try: that of the unsaved settings, or what the saved or the unsaved ones inherit. */
export async function connectionToTest(
  sql: Sql,
  seal: Seal,
  domain: DomainRow,
  unsaved: SettingsInput | undefined,
  writes = false,
): Promise<SisConnection> {
  const beyond: SisConnection['beyond'] = writes ? ['post', 'delete'] : [];
  const at = '/settings';
  const cacheKey = `test:${randomUUID()}`;
  if (unsaved?.baseUrl !== undefined) {
    // it may leave out secrets that this domain itself has stored, never those of a domain above
    const before = await ownConnection(sql, domain.id);
    const change = changeConnection(
      unsaved,
      before && { connection: stored(before), secretFields: Object.keys(before.secrets) },
      at,
    );
    if (!change) throw invalid(`${at}/baseUrl`, 'is needed for a test: the address of the SIS');
    const profile = await profileIn(sql, domain, unsaved);
    const version = versionOf(change.connection, profileOf(profile).connection.oneRosterVersion);
    const secrets = secretsOf(seal, before, change, at);
    return usable(change.connection, secrets, { cacheKey, learned: {}, version, profile, beyond });
  }
  const [row] = await sql.rows<ConnectionRow>(
    `SELECT ${connectionColumns} FROM connection k JOIN domain d ON d.connection_id = k.id WHERE d.id = $1`,
    [unsaved ? domain.parent_id : domain.id],
  );
  if (!row)
    throw new Refusal('NO_CONNECTION', 'No SIS is set up for this domain: enter its address and credentials');
  return usable(stored(row), openOrRefuse(seal, row), {
    ...asSaved(row),
    cacheKey,
    learned: {},
    beyond,
    pages: null,
  });
}

/** The profile that unsaved settings would have in force in the domain. */
async function profileIn(
  sql: Sql,
  domain: DomainRow,
  { profile }: SettingsInput,
): Promise<EffectiveSettings['profile']> {
  if (profile !== undefined) return profile ?? defaultSettings.profile;
  const [above] = await sql.rows<{ profile: EffectiveSettings['profile'] | null }>(
    `SELECT effective->>'profile' AS profile FROM domain WHERE id = $1`,
    [domain.parent_id],
  );
  return above?.profile ?? defaultSettings.profile;
}
