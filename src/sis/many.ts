/**
 * The answer to a POST of many (OneRoster 1.2 GUIDPairSetDType): which id each row was given. Seen in the field: the
 * pairs as a list, and a single pair as an object of its own. Whatever cannot be read
 * tells of no row: it is looked for then.
 */
import { isRecord } from './answer.ts';

/** Which form the pairs came in; null: there were none. */
export function formOfPairs(body: unknown): 'array' | 'object' | null {
  const pairs = isRecord(body) ? body.sourcedIdPairs : undefined;
  return Array.isArray(pairs) ? 'array' : isRecord(pairs) ? 'object' : null;
}

/** By the id that a row was sent under, the one that it has now. A row that is told of in two ways is not told of. */
export function storedIds(body: unknown): Map<string, string> {
  const pairs = isRecord(body) ? body.sourcedIdPairs : undefined;
  const told = new Map<string, string>();
  const twice = new Set<string>();
  for (const pair of [pairs].flat()) {
    if (!isRecord(pair)) continue;
    const { suppliedSourcedId: supplied, allocatedSourcedId: allocated } = pair;
    if (!isUsable(supplied) || !isUsable(allocated)) continue;
    if (told.has(supplied) && told.get(supplied) !== allocated) twice.add(supplied);
    told.set(supplied, allocated);
  }
  // one id for two students would be one score for both
  const owners = new Map<string, string>();
  for (const [supplied, allocated] of told) {
    const other = owners.get(allocated);
    if (other !== undefined) twice.add(other).add(supplied);
    owners.set(allocated, supplied);
  }
  for (const supplied of twice) told.delete(supplied);
  return told;
}

const isUsable = (id: unknown): id is string =>
  typeof id === 'string' && id !== '' && id.length <= 255 && id.isWellFormed() && !id.includes('\0');
