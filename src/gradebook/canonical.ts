/** What "the same body" means: the hash of what we would send, against the hash of what was acknowledged. */
import { createHash } from 'node:crypto';

/**
 * `href` follows the address of the SIS and `dateLastModified` the version: neither is a fact of the gradebook,
 * so a moved server or an identical re-entry causes no write.
 */
const NOT_FACTS = new Set(['href', 'dateLastModified']);

/** SHA-256 (base64url) of a body's facts, whatever the order of its keys. */
export function canonicalHash(body: object): string {
  return createHash('sha256')
    .update(JSON.stringify(facts(body, (key, value) => !NOT_FACTS.has(key) && value !== undefined)))
    .digest('base64url');
}

/** Names what stands somewhere by all of its content; a field that is null is as good as left out. */
export function contentTag(value: object): string {
  return createHash('sha256')
    .update(JSON.stringify(facts(value, (_key, held) => held !== undefined && held !== null)))
    .digest('base64url')
    .slice(0, 22);
}

function facts(value: unknown, counts: (key: string, value: unknown) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => facts(item, counts));
  if (typeof value !== 'object' || value === null) return value;
  // Pairs, for a rebuilt object would lose a key called __proto__; wrapped, so that no list can look the same.
  const pairs = Object.entries(value)
    .filter(([key, v]) => counts(key, v))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, v]) => [key, facts(v, counts)]);
  return { pairs };
}
