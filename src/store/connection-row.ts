/** The connection's row: sealed on the way in, opened on the way out. */
import type { Seal } from './seal.ts';
import { serviceRoots } from '../gradebook/service-roots.ts';
import { boundOrigins, type Secrets, type StoredConnection } from '../passback/connection-change.ts';
import type { Learned, SisConnection } from '../passback/ports/sis.ts';

export interface ConnectionRow {
  id: string;
  domain_id: string;
  revision: number;
  base_url: string;
  rostering_url: string | null;
  one_roster_version: '1.2';
  auth: StoredConnection['auth'];
  secrets: Record<string, string>;
  ca_certificates: string | null;
  learned: Learned;
}
export const connectionColumns = `k.id, k.domain_id, k.revision, k.base_url, k.rostering_url, k.one_roster_version, k.auth, k.secrets, k.ca_certificates, k.learned`;

export function stored(row: ConnectionRow): StoredConnection {
  return {
    baseUrl: row.base_url,
    rosteringUrl: row.rostering_url,
    oneRosterVersion: row.one_roster_version,
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

/** Ready to be used by src/sis. `identity` names it in caches: it moves with every change. */
export function usable(
  connection: StoredConnection,
  secrets: Secrets,
  identity: string,
  learned: Learned,
): SisConnection {
  const { auth } = connection;
  return {
    cacheKey: identity,
    ...serviceRoots(connection.baseUrl, connection.rosteringUrl),
    auth:
      auth.method === 'accessToken'
        ? { method: 'accessToken', accessToken: secrets.accessToken ?? '' }
        : { ...auth, clientSecret: secrets.clientSecret ?? '' },
    extraHeaders: Object.fromEntries(
      connection.extraHeaderNames.map((name) => [name, secrets[HEADERS + name] ?? '']),
    ),
    caCertificates: connection.caCertificates,
    learned,
  };
}
