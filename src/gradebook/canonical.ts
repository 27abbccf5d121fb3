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
    .update(JSON.stringify(facts(body)))
    .digest('base64url');
}

function facts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(facts);
  if (typeof value !== 'object' || value === null) return value;
  // Pairs, for a rebuilt object would lose a key called __proto__; wrapped, so that no list can look the same.
  const pairs = Object.entries(value)
    .filter(([key, v]) => !NOT_FACTS.has(key) && v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, v]) => [key, facts(v)]);
  return { pairs };
}
