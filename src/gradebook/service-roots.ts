/**
 * One address as an admin has it in front of him → the two service roots of OneRoster 1.2.
 * Rules: the binding fixes `/ims/oneroster/gradebook/v1p2` and `/ims/oneroster/rostering/v1p2`; a deployment may put
 * a prefix before `/ims` (`/campus/api`, a tenant). Seen in the field: either root, the common root
 * `/ims/oneroster`, Google's form `/ims/oneroster/v1p2` (where the version stands for "1.2", not for a folder), the
 * bare host. A path that already ends in `/gradebook/v1p2` is believed as it is, with or without `/ims` before it.
 */

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
export function serviceRoots(baseUrl: string, rosteringUrl?: string | null): ServiceRoots {
  const base = splitAddress('baseUrl', baseUrl);
  const rostering = rosteringUrl == null ? base : splitAddress('rosteringUrl', rosteringUrl);
  return {
    gradebookUrl: `${base.root}/gradebook/v1p2`,
    rosteringUrl: `${rostering.root}/rostering/v1p2`,
  };
}

/** The part before `/gradebook/v1p2`. */
function splitAddress(field: 'baseUrl' | 'rosteringUrl', address: string): { root: string } {
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
  if (/\/v1p[013-9]$/i.test(path))
    throw refuse('is an address of another OneRoster version; OneRoster 1.2 ends in /v1p2');
  return { root: url.origin + commonRoot(path) };
}

function commonRoot(path: string): string {
  const service = /^(.*)\/(?:gradebook|rostering|resources)(?:\/v1p2)?$/i.exec(path);
  if (service) return service[1] ?? '';
  const common = /^(.*\/ims\/oneroster)(?:\/v1p2)?$/i.exec(path);
  if (common) return common[1] ?? '';
  if (/\/ims$/i.test(path)) return `${path}/oneroster`;
  return `${path.replace(/\/v1p2$/i, '')}/ims/oneroster`;
}
