/**
 * Which SIS category a lineItem goes into. Order, first hit wins:
 *  1. the category that the teacher chose for this lineItem           (`override`)
 *  2. the class's mapping of the LMS's category                       (`mapped`)
 *  3. the domain's mapping of the category's title                    (`domain`)
 *  4. the SIS category of exactly the same name, if there is just one (`sameName`)
 *  5. the class's default, then the domain's                          (`default`)
 * The name stands above the defaults: a default is for what nothing else fits. What someone chose is held to:
 * if the SIS no longer lists it we say so instead of silently filing the lineItem elsewhere. What the SIS has renamed
 * is the same category still, known by its sourcedId, also where its former name was what mapped it.
 */
import type { Reason } from './dictionary.ts';
import type { ClassFacts } from './facts.ts';

export type CategoryChoice =
  | {
      found: true;
      sourcedId: string;
      how: 'override' | 'mapped' | 'domain' | 'sameName' | 'default';
      /** the SIS calls it otherwise than when somebody last looked at it */
      renamed?: { from: string; to: string };
    }
  | { found: false; reason: Reason }
  /** names must be compared, and the SIS's categories are not read yet */
  | { found: false; needsRead: true };

type Known = Pick<
  ClassFacts,
  'categories' | 'mapping' | 'domainMapping' | 'sisCategories' | 'categoryTitles'
>;

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
    const called = (name: string) => categoryTitleKey(name) === categoryTitleKey(title);
    const now = cls.sisCategories.filter((c) => called(c.title));
    const before = cls.sisCategories.filter((c) => called(own(cls.categoryTitles, c.sourcedId) ?? c.title));
    const [same, ...namesakes] = now.length > 0 ? now : before;
    // Two of that name: only a person can tell which one is meant.
    if (same && namesakes.length === 0) return chosen(cls, same.sourcedId, 'sameName');
  }

  const fallback = cls.mapping.default ?? cls.domainMapping.default;
  if (fallback != null) return chosen(cls, fallback, 'default');
  return { found: false, reason: { code: 'CAT_MISSING', params: { category: title ?? categoryKey } } };
}

function chosen(
  cls: Known,
  sourcedId: string,
  how: 'override' | 'mapped' | 'domain' | 'sameName' | 'default',
): CategoryChoice {
  // An SIS that lists no category at all cannot or may not list them: that proves nothing about the choice.
  const listed = cls.sisCategories ?? [];
  const category = listed.find((c) => c.sourcedId === sourcedId);
  const before = own(cls.categoryTitles, sourcedId);
  if (listed.length > 0 && !category) {
    const available = listed.map((c) => c.title).join(', ');
    return {
      found: false,
      reason: { code: 'CAT_NOT_FOUND', params: { category: before ?? sourcedId, available } },
    };
  }
  const from = category && formerTitle(cls, category);
  return { found: true, sourcedId, how, ...(from && { renamed: { from, to: category.title } }) };
}

/** What an SIS category was called when somebody last looked at it; null: the same as now, or nobody ever did. */
export function formerTitle(
  cls: Pick<ClassFacts, 'categoryTitles'>,
  category: { sourcedId: string; title: string },
): string | null {
  const before = own(cls.categoryTitles, category.sourcedId) ?? category.title;
  return before === category.title ? null : before;
}

function own(map: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function byTitle(map: Record<string, string>, title: string): string | undefined {
  const wanted = categoryTitleKey(title);
  return own(map, wanted) ?? Object.entries(map).find(([key]) => categoryTitleKey(key) === wanted)?.[1];
}
