/** The connection's row: sealed on the way in, opened on the way out. */
import type { Seal } from './seal.ts';
import { keptCapabilities } from '../gradebook/capabilities.ts';
import { serviceRoots } from '../gradebook/service-roots.ts';
import { defaultSettings, type EffectiveSettings, type OneRosterVersion } from '../gradebook/settings.ts';
import { boundOrigins, type Secrets, type StoredConnection } from '../passback/connection-change.ts';
import type { Learned, PageSizes, SisConnection } from '../passback/ports/sis.ts';

export interface ConnectionRow {
  id: string;
  domain_id: string;
  revision: number;
  base_url: string;
  rostering_url: string | null;
  /** the one that is spoken: chosen, or as address and profile say */
  one_roster_version: OneRosterVersion;
  version_chosen: OneRosterVersion | null;
  /** in force in the domain that owns the connection */
  profile: EffectiveSettings['profile'] | null;
  auth: StoredConnection['auth'];
  secrets: Record<string, string>;
  ca_certificates: string | null;
  learned: Learned;
  /** what its test found out, as some release wrote it */
  capabilities: unknown;
  /** somewhere under it deletions are carried to the SIS */
  deletes: boolean;
}
export const connectionColumns = `k.id, k.domain_id, k.revision, k.base_url, k.rostering_url, k.one_roster_version, k.version_chosen,
  (SELECT o.effective->>'profile' FROM domain o WHERE o.id = k.domain_id) AS profile, k.auth, k.secrets, k.ca_certificates, k.learned, k.capabilities,
  EXISTS (SELECT 1 FROM domain o WHERE o.connection_id = k.id AND o.effective->>'deletePropagation' = 'delete') AS deletes`;

export function stored(row: ConnectionRow): StoredConnection {
  return {
    baseUrl: row.base_url,
    rosteringUrl: row.rostering_url,
    oneRosterVersion: row.version_chosen,
    auth: row.auth,
    extraHeaderNames: Object.keys(row.secrets)
      .flatMap((field) => (field.startsWith(HEADERS) ? [field.slice(HEADERS.length)] : []))
      .sort(),
    caCertificates: row.ca_certificates,
  };
}
const HEADERS = 'extraHeaders.';

/** Where a secret belongs: the additional data that its ciphertext is tied to. */
const place = (domainId: string, field: string, connection: StoredConnection) => [
  domainId,
  field,
  ...boundOrigins(connection),
];

export function sealSecrets(
  seal: Seal,
  domainId: string,
  connection: StoredConnection,
  secrets: Secrets,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([field, plain]) => [
      field,
      seal.seal(plain, place(domainId, field, connection)),
    ]),
  );
}

/** Throws SealError when a key is missing or the ciphertext does not belong here. */
export function openSecrets(seal: Seal, row: ConnectionRow): Secrets {
  const connection = stored(row);
  return Object.fromEntries(
    Object.entries(row.secrets).map(([field, sealed]) => [
      field,
      seal.open(sealed, place(row.domain_id, field, connection)),
    ]),
  );
}

/** What a connection is besides its own fields. */
export interface Usable {
  /** names it in caches: it moves with every change */
  cacheKey: string;
  learned: Learned;
  version: OneRosterVersion;
  profile: EffectiveSettings['profile'];
  beyond?: SisConnection['beyond'];
  pages?: SisConnection['pages'];
}

/** The same for a connection as it is saved. */
export function asSaved(row: ConnectionRow): Omit<Usable, 'cacheKey'> {
  return {
    learned: row.learned,
    version: row.one_roster_version,
    profile: row.profile ?? defaultSettings.profile,
    beyond: [...(takesMany(row) ? ['post' as const] : []), ...(row.deletes ? ['delete' as const] : [])],
    pages: provedPages(row),
  };
}

/** An SIS may be told to give shorter pages some day: what was proved long ago is proved anew. */
const PROVED_FOR_MS = 30 * 86_400_000;
function provedPages(row: ConnectionRow): PageSizes | null {
  const { pages, testedAt } = keptCapabilities(row.capabilities);
  return testedAt !== null && Date.now() - Date.parse(testedAt) < PROVED_FOR_MS ? pages : null;
}

/** Proved by its test; OneRoster 1.1 has no such request. */
export function takesMany(row: ConnectionRow): boolean {
  const { bulkResults } = keptCapabilities(row.capabilities);
  return row.one_roster_version === '1.2' && bulkResults !== null && bulkResults !== 'no';
}

/** Ready to be used by src/sis. */
export function usable(
  connection: StoredConnection,
  secrets: Secrets,
  { cacheKey, learned, version, profile, beyond = [], pages = null }: Usable,
): SisConnection {
  const { auth } = connection;
  return {
    cacheKey,
    ...serviceRoots(connection.baseUrl, connection.rosteringUrl, version),
    oneRosterVersion: version,
    profile,
    auth:
      auth.method === 'accessToken'
        ? { method: 'accessToken', accessToken: secrets.accessToken ?? '' }
        : { ...auth, clientSecret: secrets.clientSecret ?? '' },
    extraHeaders: Object.fromEntries(
      connection.extraHeaderNames.map((name) => [name, secrets[HEADERS + name] ?? '']),
    ),
    caCertificates: connection.caCertificates,
    learned,
    beyond,
    pages,
  };
}
