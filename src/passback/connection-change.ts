/**
 * What becomes of a connection when its settings are put again: pure. Secrets are bound to the origins that they
 * were entered for; a changed address that leads elsewhere needs the secret again, else any editor of settings could
 * send it to a host of his own.
 */
import { X509Certificate } from 'node:crypto';
import { invalid, Refusal } from './refusal.ts';
import { placeOf, serviceRoots, UnusableAddress, versionOf } from '../gradebook/service-roots.ts';
import type { OneRosterVersion, SettingsInput } from '../gradebook/settings.ts';

/** A connection without its secrets, as it is stored. */
export interface StoredConnection {
  baseUrl: string;
  rosteringUrl: string | null;
  /** as it was chosen; null: as the address or the profile says (versionOf) */
  oneRosterVersion: OneRosterVersion | null;
  auth:
    | {
        method: 'clientCredentials';
        clientId: string;
        tokenUrl: string | null;
        scopes: string[] | null;
        clientAuthMethod: 'basic' | 'basicRaw' | 'body' | null;
      }
    | { method: 'accessToken' };
  extraHeaderNames: string[];
  caCertificates: string | null;
}
/** Secret field → plain text; extra headers as "extraHeaders.NAME". */
export type Secrets = Record<string, string>;

/** Every origin that the secrets may be sent to, sorted: what they are bound to. */
export function boundOrigins(c: StoredConnection): string[] {
  const urls = [c.baseUrl, c.rosteringUrl, c.auth.method === 'clientCredentials' ? c.auth.tokenUrl : null];
  return [...new Set(urls.filter((u) => u !== null).map((u) => new URL(u).origin))].sort();
}

/**
 * null: no connection of its own. `kept` are the former secrets that stay valid, already checked. `at` is where the
 * settings stand in the body, for pointers.
 */
export function changeConnection(
  input: SettingsInput,
  before: { connection: StoredConnection; secretFields: string[] } | null,
  at = '',
): { connection: StoredConnection; entered: Secrets; kept: string[] } | null {
  const { baseUrl, auth } = input;
  if (!baseUrl || !auth) return null;
  const connection: StoredConnection = {
    baseUrl,
    rosteringUrl: input.rosteringUrl ?? null,
    oneRosterVersion: input.oneRosterVersion ?? null,
    auth:
      auth.method === 'accessToken'
        ? { method: 'accessToken' }
        : {
            method: 'clientCredentials',
            clientId: auth.clientId,
            tokenUrl: auth.tokenUrl ?? null,
            scopes: auth.scopes ?? null,
            clientAuthMethod: auth.clientAuthMethod ?? null,
          },
    extraHeaderNames: Object.keys(input.extraHeaders ?? {}).sort(),
    caCertificates: input.caCertificates?.trim() ? input.caCertificates : null,
  };
  checkAddresses(connection, at);
  checkCertificates(connection.caCertificates, at);
  const entered: Secrets = {};
  const wanted: { field: string; pointer: string }[] = [];
  if (auth.method === 'accessToken') take('accessToken', '/auth/accessToken', auth.accessToken);
  else take('clientSecret', '/auth/clientSecret', auth.clientSecret);
  for (const [name, value] of Object.entries(input.extraHeaders ?? {}))
    take(`extraHeaders.${name}`, `/extraHeaders/${name}`, value === true ? undefined : value);
  return { connection, entered, kept: keep() };

  function take(field: string, pointer: string, value: string | undefined): void {
    if (value === undefined) wanted.push({ field, pointer: at + pointer });
    else entered[field] = value;
  }
  function keep(): string[] {
    const known = new Set(before ? boundOrigins(before.connection) : []);
    const strange = boundOrigins(connection).filter((origin) => !known.has(origin));
    const errors = wanted.flatMap(({ field, pointer }) =>
      !before?.secretFields.includes(field)
        ? [{ pointer, detail: 'is needed: nothing is stored for it' }]
        : strange.length > 0
          ? [
              {
                pointer,
                detail: `is needed again: it was entered for other addresses than ${strange.join(', ')}`,
              },
            ]
          : [],
    );
    if (errors.length > 0) throw new Refusal('SECRET_NEEDED', 'A secret must be entered', { errors });
    return wanted.map(({ field }) => field);
  }
}

function checkAddresses(connection: StoredConnection, at: string): void {
  try {
    // where no version is chosen and none is named, any has its place there
    serviceRoots(connection.baseUrl, connection.rosteringUrl, versionOf(connection, '1.2'));
  } catch (error) {
    if (error instanceof UnusableAddress) throw invalid(`${at}/${error.field}`, error.message);
    throw error;
  }
}

/** TLS would silently pass over what is no certificate; and they are shown again, so no key may stand among them. */
function checkCertificates(pem: string | null, at: string): void {
  if (pem === null) return;
  if (pem.includes('PRIVATE KEY')) throw invalid(`${at}/caCertificates`, 'must not contain a private key');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw invalid(`${at}/caCertificates`, 'holds no certificate in PEM form');
  blocks.forEach((block, index) => {
    try {
      new X509Certificate(block);
    } catch {
      throw invalid(`${at}/caCertificates`, `its certificate ${index + 1} cannot be read`);
    }
  });
}

/** Whether the two lead to the same gradebook: else nothing that the former acknowledged counts. */
export function sameGradebook(a: StoredConnection, b: StoredConnection): boolean {
  return placeOf(a.baseUrl) === placeOf(b.baseUrl);
}
