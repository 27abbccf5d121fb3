/**
 * Which title each lineItem of a class gets in the SIS: one line, within the limit, and told apart where cutting (or a
 * copied assignment) would make two of them the same. The older one keeps its title, so that a new assignment never
 * renames one that is in the SIS already; it depends on nothing but what the class's lineItems are called.
 */
import { categoryTitleKey } from './categories.ts';
import type { ClassFacts, LineItemFacts, TitleEntry } from './facts.ts';
import type { EffectiveSettings } from './settings.ts';
import { oneLineTitle, shortenTitle, titleLength } from './title.ts';

export interface SisTitle {
  /** as it would be without limit and namesakes */
  full: string;
  title: string;
  /** key of the older lineItem that the SIS shows under this very title; null: it is the only one */
  twinOf: string | null;
  /** a number was put to it */
  numbered: boolean;
}

type Naming = Pick<EffectiveSettings, 'titleLimit' | 'titleTooLong' | 'duplicateTitle'>;

/** Whether the title of one lineItem has a say in what another one is sent as. */
export const titlesMatter = (settings: Naming): boolean =>
  settings.titleLimit !== null || settings.duplicateTitle !== 'send';

/** Unpublished ones count: publishing one must not rename another that is in the SIS. */
export function goesToSis(
  li: Pick<LineItemFacts, 'syncToSis' | 'categoryKey'> & {
    overrides: { syncToSis?: boolean | null; sisCategorySourcedId?: string | null };
  },
): boolean {
  return (
    (li.overrides.syncToSis ?? li.syncToSis) &&
    (li.categoryKey !== null || (li.overrides.sisCategorySourcedId ?? null) !== null)
  );
}

/** The title of one lineItem among those of its class; `instead`: as it would be with other settings. */
export function sisTitleOf(
  cls: Pick<ClassFacts, 'titles' | 'settings'>,
  li: LineItemFacts,
  instead: Partial<Naming> = {},
): SisTitle {
  const own: TitleEntry = { key: li.key, title: li.overrides.sisTitle ?? li.title, createdAt: li.createdAt };
  const listed = cls.titles ?? [];
  const asListed = listed.find((entry) => entry.key === li.key)?.title === own.title;
  const all = asListed ? listed : [...listed.filter((entry) => entry.key !== li.key), own];
  const { titleLimit, titleTooLong, duplicateTitle } = cls.settings;
  const title = titlesOf(all, { titleLimit, titleTooLong, duplicateTitle, ...instead }).get(li.key);
  if (!title) throw new Error(`lineItem ${li.key} got no title`);
  return title;
}

/** A plan asks for the titles of the same class once per lineItem. */
const memo = new WeakMap<readonly TitleEntry[], Map<string, Map<string, SisTitle>>>();
function titlesOf(entries: readonly TitleEntry[], naming: Naming): Map<string, SisTitle> {
  const known = memo.get(entries) ?? new Map<string, Map<string, SisTitle>>();
  memo.set(entries, known);
  const by = JSON.stringify(naming);
  const titles = known.get(by) ?? sisTitles(entries, naming);
  known.set(by, titles);
  return titles;
}

/** All titles of a class, by key. */
export function sisTitles(entries: readonly TitleEntry[], naming: Naming): Map<string, SisTitle> {
  const limit = naming.titleTooLong === 'shorten' ? naming.titleLimit : null;
  const cut = (title: string) => (limit === null ? title : shortenTitle(title, limit));
  const found = new Map<string, SisTitle>();
  const takenBy = new Map<string, string>();
  const lastNumber = new Map<string, number>();
  for (const { key, title: given } of [...entries].sort(olderFirst)) {
    const full = oneLineTitle(given);
    const first = cut(full);
    let title = first;
    const same = categoryTitleKey(first);
    const numbered = takenBy.has(same) && (first !== full || naming.duplicateTitle === 'number');
    for (let n = (lastNumber.get(same) ?? 1) + 1; numbered && takenBy.has(categoryTitleKey(title)); n++) {
      title = withNumber(full, n, limit);
      lastNumber.set(same, n);
    }
    const twinOf = takenBy.get(categoryTitleKey(title)) ?? null;
    if (twinOf === null) takenBy.set(categoryTitleKey(title), key);
    found.set(key, { full, title, twinOf, numbered });
  }
  return found;
}

function withNumber(full: string, n: number, limit: number | null): string {
  const suffix = ` (${n})`;
  return (limit === null ? full : shortenTitle(full, limit - titleLength(suffix))) + suffix;
}

function olderFirst(a: TitleEntry, b: TitleEntry): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
