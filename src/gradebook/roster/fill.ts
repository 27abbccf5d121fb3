/**
 * What the LMS gives stands; what it leaves empty is filled with what was read of the SIS. A PUT replaces what the LMS
 * gave, and not what was read.
 */

/** What the SIS says, by our names of the fields. */
export type FromSis = Record<string, unknown>;

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** `own` with its empty fields filled, and which they are. */
export function fill<T extends object>(own: T, fromSis: FromSis | null): { value: T; filled: string[] } {
  // sorted, for a database gives the names back in an order of its own
  const filled = Object.keys(fromSis ?? {})
    .sort()
    .filter((name) => name in own && isEmpty(own[name as keyof T]) && !isEmpty(fromSis?.[name]));
  const read = Object.fromEntries(filled.map((name) => [name, fromSis?.[name]]));
  return { value: { ...own, ...read }, filled };
}

/** What the LMS itself gave: `stored` without what was filled. */
export function own<T extends object>(stored: T, filled: readonly string[]): T {
  const empty = filled
    .filter((name) => name in stored)
    .map((name): [string, [] | null] => [name, Array.isArray(stored[name as keyof T]) ? [] : null]);
  return { ...stored, ...Object.fromEntries(empty) };
}

/** As it is kept. */
export interface Read {
  fromSis: FromSis | null;
  filled: string[];
}
interface Ids {
  sourcedId: string | null;
  customId: string | null;
}

/** A PUT over what is stored. Under another id it is another one, and what was read is not about that. */
export function putOver<T extends Ids>(
  input: T,
  stored: (Ids & { fromSis: FromSis | null }) | null,
): Read & { value: T } {
  const fromSis = stored?.fromSis ?? null;
  const { value, filled } = fill(input, fromSis);
  if (stored && value.sourcedId === stored.sourcedId && value.customId === stored.customId)
    return { value, fromSis, filled };
  return { value: input, fromSis: null, filled: [] };
}
