/**
 * One address as an admin has it in front of him → the service roots of OneRoster.
 * 1.2: the binding fixes `/ims/oneroster/gradebook/v1p2` and `/ims/oneroster/rostering/v1p2`; a deployment may put a
 * prefix before `/ims` (`/campus/api`, a tenant). Seen in the field: either root, the common root `/ims/oneroster`,
 * Google's form `/ims/oneroster/v1p2` (where the version stands for "1.2", not for a folder), the bare host. A path
 * that already ends in `/gradebook/v1p2` is believed as it is, with or without `/ims` before it.
 * 1.1: one root for everything, `/ims/oneroster/v1p1`; what ends in `/v1p1` is believed as it is. A few SISs divide
 * 1.1 as 1.2 is divided (`…/rostering/v1p1`).
 */
import type { OneRosterVersion } from './settings.ts';

/** Why an address cannot be one of an SIS; the sentence is for the person who typed it. */
export class UnusableAddress extends Error {
  readonly field: 'baseUrl' | 'rosteringUrl';
  constructor(field: 'baseUrl' | 'rosteringUrl', why: string) {
    super(why);
    this.name = 'UnusableAddress';
    this.field = field;
  }
}

export interface ServiceRoots {
  gradebookUrl: string;
  rosteringUrl: string;
}

/**
 * The gradebook and rostering roots, without trailing slash, for any usual shape of `baseUrl`.
 * Applying it to its own answer changes nothing. Throws `UnusableAddress`.
 */
export function serviceRoots(
  baseUrl: string,
  rosteringUrl?: string | null,
  version: OneRosterVersion = '1.2',
): ServiceRoots {
  const base = splitAddress('baseUrl', baseUrl, version);
  const rostering = rosteringUrl == null ? base : splitAddress('rosteringUrl', rosteringUrl, version);
  return { gradebookUrl: base.root('gradebook'), rosteringUrl: rostering.root('rostering') };
}

/** Which version an address names by its shape; null: none, or it is no address. */
export function versionNamed(address: string): OneRosterVersion | null {
  const [, digit] = URL.canParse(address) ? (/\/v1p([12])\/*$/i.exec(new URL(address).pathname) ?? []) : [];
  return digit === '1' ? '1.1' : digit === '2' ? '1.2' : null;
}

/** The version to speak: as it was chosen, else as the addresses name it, else as the SIS usually does. */
export function versionOf(
  connection: { baseUrl: string; rosteringUrl: string | null; oneRosterVersion: OneRosterVersion | null },
  usual: OneRosterVersion,
): OneRosterVersion {
  return (
    connection.oneRosterVersion ??
    versionNamed(connection.baseUrl) ??
    versionNamed(connection.rosteringUrl ?? '') ??
    usual
  );
}

/** The place that an address leads to, whatever the version: 1.1 and 1.2 of one SIS are one gradebook. */
export function placeOf(baseUrl: string): string {
  return splitAddress('baseUrl', baseUrl, versionNamed(baseUrl) ?? '1.2').place;
}

/** What stands before the paths of OneRoster in the field (Infinite Campus, gateways, home-made APIs). */
const prefixes = ['', '/campus/api', '/api', '/campus'];
const shapes = ['/ims/oneroster/gradebook/v1p2', '/ims/oneroster/v1p2/gradebook/v1p2', '/ims/oneroster/v1p1'];

/** Other gradebook roots on the same server, likeliest first: what stands before `/ims` now, then the usual prefixes. */
export function usualRoots(gradebookUrl: string): string[] {
  const { origin, pathname } = new URL(gradebookUrl);
  const before = /^(.*?)\/(?:ims|gradebook)(?:\/|$)/i.exec(pathname)?.[1] ?? '';
  const folders = before.split('/').filter(Boolean);
  const own = folders.map((_, i) => `/${folders.slice(0, folders.length - i).join('/')}`);
  const known = [...new Set([...own.slice(0, 2), ...prefixes])];
  // shape first for the prefix that somebody has typed, then the commonest shape everywhere
  const [first = '', ...others] = known;
  const paths = [
    ...shapes.map((shape) => first + shape),
    ...shapes.flatMap((shape) => others.map((prefix) => prefix + shape)),
  ];
  return [...new Set(paths.map((path) => origin + path))].filter((root) => root !== gradebookUrl);
}

interface Split {
  place: string;
  root(service: 'gradebook' | 'rostering'): string;
}

function splitAddress(field: 'baseUrl' | 'rosteringUrl', address: string, version: OneRosterVersion): Split {
  const refuse = (why: string) => new UnusableAddress(field, why);
  if (!URL.canParse(address)) throw refuse('is not an address; it begins with https://');
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse('must begin with https:// or http://');
  if (url.username || url.password) throw refuse('must not contain a user name or password');
  // `?` and `#` alone leave no trace in search and hash, so the text is asked
  if (/[?#]/.test(address)) throw refuse('must not contain ? or #; give the address without its parameters');
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.replace(/\.+$/, '');
  if (!url.hostname) throw refuse('names no host');

  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/+$/, '');
  const folder = version === '1.1' ? 'v1p1' : 'v1p2';
  const [, other] = /\/(v1p\d)$/i.exec(path) ?? [];
  if (other !== undefined && other.toLowerCase() !== folder)
    throw refuse(
      `is an address of another OneRoster version; OneRoster ${version} ends in /${folder}. Choose the version (oneRosterVersion) that the SIS offers`,
    );
  const place = url.origin + commonRoot(path);
  if (version === '1.2') return { place, root: (service) => `${place}/${service}/v1p2` };
  // believed as it is
  const divided = /\/(gradebook|rostering|resources)\/v1p1$/i.test(path);
  const own = /\/v1p1$/i.test(path) ? url.origin + path : `${place}/v1p1`;
  return { place, root: (service) => (divided ? `${place}/${service}/v1p1` : own) };
}

function commonRoot(path: string): string {
  const service = /^(.*)\/(?:gradebook|rostering|resources)(?:\/v1p[12])?$/i.exec(path);
  if (service) return service[1] ?? '';
  const common = /^(.*\/ims\/oneroster)(?:\/v1p[12])?$/i.exec(path);
  if (common) return common[1] ?? '';
  if (/\/ims$/i.test(path)) return `${path}/oneroster`;
  return `${path.replace(/\/v1p[12]$/i, '')}/ims/oneroster`;
}
