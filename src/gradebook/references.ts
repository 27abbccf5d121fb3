/** References to other objects: all three fields, as the specification wants them. */
import type { ClassFacts } from './facts.ts';

/** Roots of the connection and the class's id in the SIS: what every body needs. */
export interface Roots {
  gradebookUrl: string;
  rosteringUrl: string;
}

const places = {
  class: ['rosteringUrl', 'classes'],
  org: ['rosteringUrl', 'orgs'],
  user: ['rosteringUrl', 'users'],
  academicSession: ['rosteringUrl', 'gradingPeriods'],
  category: ['gradebookUrl', 'categories'],
  lineItem: ['gradebookUrl', 'lineItems'],
} as const;
type Type = keyof typeof places;

/** A full GUIDRef. Ids that came from an SIS may hold broken Unicode, which encodeURIComponent would throw at. */
export function reference<T extends Type>(roots: Roots, type: T, sourcedId: string) {
  const [root, collection] = places[type];
  const href = `${roots[root]}/${collection}/${encodeURIComponent(sourcedId.toWellFormed())}`;
  return { href, sourcedId, type };
}

/** null: no connection is in force. */
export function rootsOf(cls: ClassFacts): Roots | null {
  return cls.gradebookUrl !== null && cls.rosteringUrl !== null
    ? { gradebookUrl: cls.gradebookUrl, rosteringUrl: cls.rosteringUrl }
    : null;
}

/** The id by which the SIS knows a class or student; with `useCustomIds` the custom id and nothing else. */
export function sisIdOf(
  thing: { sourcedId: string | null; customId: string | null },
  settings: { useCustomIds: boolean },
): string | null {
  return settings.useCustomIds ? thing.customId : thing.sourcedId;
}
