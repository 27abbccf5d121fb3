/**
 * Which SIS category a lineItem goes into. Order, first hit wins:
 *  1. the category that the teacher chose for this lineItem           (`override`)
 *  2. the class's mapping of the LMS's category                       (`mapped`)
 *  3. the domain's mapping of the category's title                    (`domain`)
 *  4. the SIS category of exactly the same name, if there is just one (`sameName`)
 *  5. the class's default, then the domain's                          (`default`)
 * The name stands above the defaults: a default is for what nothing else fits. What someone chose is held to:
 * if the SIS no longer lists it we say so instead of silently filing the lineItem elsewhere.
 */
import type { Reason } from './dictionary.ts';
import type { ClassFacts } from './facts.ts';

export type CategoryChoice =
  | { found: true; sourcedId: string; how: 'override' | 'mapped' | 'domain' | 'sameName' | 'default' }
  | { found: false; reason: Reason }
  /** names must be compared, and the SIS's categories are not read yet */
  | { found: false; needsRead: true };

type Known = Pick<ClassFacts, 'categories' | 'mapping' | 'domainMapping' | 'sisCategories'>;

/** How titles are compared and stored in a domain's mapping. */
export function categoryTitleKey(title: string): string {
  return title.normalize('NFC').trim().toLowerCase();
}

/** The SIS category of an LMS category (`categoryKey`), or of a lineItem that overrides it. */
export function chooseCategory(
  cls: Known,
  categoryKey: string,
  override: string | null = null,
): CategoryChoice {
  const title = cls.categories.find((c) => c.id === categoryKey)?.title;

  if (override !== null) return chosen(cls, override, 'override');
  const mapped = own(cls.mapping.map, categoryKey);
  if (mapped !== undefined) return chosen(cls, mapped, 'mapped');
  const byDomain = title === undefined ? undefined : byTitle(cls.domainMapping.map, title);
  if (byDomain !== undefined) return chosen(cls, byDomain, 'domain');

  if (title !== undefined) {
    if (cls.sisCategories === null) return { found: false, needsRead: true };
    const same = cls.sisCategories.filter((c) => categoryTitleKey(c.title) === categoryTitleKey(title));
    // Two of that name: only a person can tell which one is meant.
    if (same.length === 1 && same[0]) return { found: true, sourcedId: same[0].sourcedId, how: 'sameName' };
  }

  const fallback = cls.mapping.default ?? cls.domainMapping.default;
  if (fallback != null) return chosen(cls, fallback, 'default');
  return { found: false, reason: { code: 'CAT_MISSING', params: { category: title ?? categoryKey } } };
}

function chosen(
  cls: Known,
  sourcedId: string,
  how: 'override' | 'mapped' | 'domain' | 'default',
): CategoryChoice {
  // An SIS that lists no category at all cannot or may not list them: that proves nothing about the choice.
  const listed = cls.sisCategories ?? [];
  if (listed.length === 0 || listed.some((c) => c.sourcedId === sourcedId))
    return { found: true, sourcedId, how };
  return { found: false, reason: { code: 'CAT_NOT_FOUND', params: { category: sourcedId } } };
}

function own(map: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function byTitle(map: Record<string, string>, title: string): string | undefined {
  const wanted = categoryTitleKey(title);
  return own(map, wanted) ?? Object.entries(map).find(([key]) => categoryTitleKey(key) === wanted)?.[1];
}
