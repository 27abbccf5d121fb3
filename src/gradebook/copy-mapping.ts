/**
 * One class's category mapping for another class. The LMS's categories and the SIS's may have ids of their own in each
 * class: where an id is not there, the title stands for it, and what has no counterpart is left out and told.
 */
import { categoryTitleKey } from './categories.ts';
import type { ClassFacts } from './facts.ts';
import type { CategoryMapping } from './local.ts';

type Mapped = Pick<ClassFacts, 'categories' | 'mapping' | 'sisCategories' | 'categoryTitles'>;

export interface CopiedMapping {
  /** the other class's mapping afterwards: what it had stays where nothing was copied over it */
  mapping: CategoryMapping;
  copied: { categoryId: string; sourcedId: string }[];
  defaultCopied: boolean;
  leftOut: LeftOut[];
}
export interface LeftOut {
  /** of the class that was copied from; null: the default */
  categoryId: string | null;
  title: string | null;
  /** noCategory: the class has none of that title · notInSisClass: the SIS has none there · sisNotRead: nobody knows */
  why: 'noCategory' | 'notInSisClass' | 'sisNotRead';
}

/** `sameSis`: a sourcedId means the same in both. */
export function copyMapping(from: Mapped, to: Mapped, sameSis: boolean): CopiedMapping {
  const map = new Map(Object.entries(to.mapping.map));
  const told: Omit<CopiedMapping, 'mapping'> = { copied: [], defaultCopied: false, leftOut: [] };
  let fallback = to.mapping.default;
  for (const [categoryId, sourcedId] of Object.entries(from.mapping.map)) {
    const title = from.categories.find(({ id }) => id === categoryId)?.title ?? null;
    const target = to.categories.find(({ id }) => id === categoryId) ?? titled(to.categories, title);
    const there = target ? sisCategory(from, to, sourcedId, sameSis) : { why: 'noCategory' as const };
    if (!target || 'why' in there) {
      told.leftOut.push({ categoryId, title, why: 'why' in there ? there.why : 'noCategory' });
      continue;
    }
    map.set(target.id, there.sourcedId);
    told.copied.push({ categoryId: target.id, sourcedId: there.sourcedId });
  }
  if (from.mapping.default != null) {
    const there = sisCategory(from, to, from.mapping.default, sameSis);
    if ('why' in there)
      told.leftOut.push({ categoryId: null, title: sisTitle(from, from.mapping.default), why: there.why });
    else {
      fallback = there.sourcedId;
      told.defaultCopied = true;
    }
  }
  return { mapping: { default: fallback, map: Object.fromEntries(map) }, ...told };
}

function sisCategory(
  from: Mapped,
  to: Mapped,
  sourcedId: string,
  sameSis: boolean,
): { sourcedId: string } | { why: LeftOut['why'] } {
  if (to.sisCategories === null) return { why: 'sisNotRead' };
  const known = to.sisCategories.some((category) => category.sourcedId === sourcedId);
  // an SIS that lists none cannot or may not list them: then the id is as good there as here
  if (sameSis && (known || to.sisCategories.length === 0)) return { sourcedId };
  const same = titled(to.sisCategories, sisTitle(from, sourcedId));
  return same ? { sourcedId: same.sourcedId } : { why: 'notInSisClass' };
}

const sisTitle = (cls: Mapped, sourcedId: string): string | null =>
  cls.sisCategories?.find((category) => category.sourcedId === sourcedId)?.title ??
  (Object.hasOwn(cls.categoryTitles, sourcedId) ? (cls.categoryTitles[sourcedId] ?? null) : null);

/** Two of one title: only a person can tell which one is meant. */
function titled<T extends { title: string }>(among: T[], title: string | null): T | undefined {
  if (title === null) return undefined;
  const same = among.filter((one) => categoryTitleKey(one.title) === categoryTitleKey(title));
  return same.length === 1 ? same[0] : undefined;
}
