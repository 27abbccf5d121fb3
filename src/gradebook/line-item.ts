/** Our lineItem → the OneRoster 1.2 lineItem that the SIS should hold, or why there is none. */
import { chooseCategory } from './categories.ts';
import type { Reason } from './dictionary.ts';
import type { ClassFacts, LineItemFacts } from './facts.ts';
import { utcText } from './local-dates.ts';
import { lineItemDates } from './line-item-dates.ts';
import { lineItemAsLinked } from './links.ts';
import type { OneRosterLineItem } from './oneroster.ts';
import { reference, rootsOf, sisIdOf } from './references.ts';
import { lineItemSourcedId } from './source-ids.ts';
import { oneLineTitle, shortenTitle, titleLength } from './title.ts';

/** What became of a lineItem or result on its way to a body. */
export type Built<Body> =
  | { action: 'body'; body: Body; warnings: Reason[]; frozenDueDate?: Date }
  | { action: 'skip' | 'blocked'; reason: Reason }
  | { action: 'needsRead'; read: 'categories' | 'school' };

/**
 * The lineItem's body. Choices (switched off, unpublished, ungraded) are said before needs: nobody should be
 * asked to mend what is not to be sent. Among needs, those that stop the whole class come first.
 */
export function buildLineItem(cls: ClassFacts, li: LineItemFacts): Built<OneRosterLineItem> {
  const { settings } = cls;
  const { sisCategorySourcedId, sisDueDate, sisTitle } = li.overrides;

  if (!(li.overrides.syncToSis ?? li.syncToSis)) return skip('SKIP_SWITCHED_OFF');
  if (settings.requirePublished && !cls.published) return skip('SKIP_CLASS_UNPUBLISHED');
  if (settings.requirePublished && !li.published) return skip('SKIP_UNPUBLISHED');
  if (li.categoryKey === null && sisCategorySourcedId === null) return skip('CAT_NONE');
  const dates = lineItemDates(cls, li, sisDueDate);
  if (dates !== null && settings.sendFrom !== null && dates.dueDate < new Date(settings.sendFrom))
    return skip('SKIP_BEFORE_SEND_FROM', { sendFrom: settings.sendFrom.slice(0, 10) });

  const roots = rootsOf(cls);
  if (roots === null) return blocked('NO_CONNECTION');
  const classId = sisIdOf(cls, settings);
  if (classId === null) return blocked('MAP_CLASS');
  if (cls.classMissing) return blocked('MAP_CLASS', { class: classId });
  if (settings.requireWholeClass && li.assignedTo === 'individuals') return blocked('ITEM_NOT_WHOLE_CLASS');

  const points = pointsOf(li);
  if (points === null) return blocked('POINTS_INVALID', invalidPoints(li));
  if (dates === null) return blocked('DUE_MISSING');

  const limit = settings.titleLimit;
  const fullTitle = oneLineTitle(sisTitle ?? li.title);
  const tooLong: Reason[] =
    limit !== null && titleLength(fullTitle) > limit
      ? [{ code: 'TITLE_TOO_LONG', params: { length: titleLength(fullTitle), limit } }]
      : [];
  if (tooLong[0] && settings.titleTooLong === 'block') return { action: 'blocked', reason: tooLong[0] };

  const category = chooseCategory(cls, li.categoryKey ?? '', sisCategorySourcedId);
  if (!category.found)
    return 'reason' in category
      ? { action: 'blocked', reason: category.reason }
      : { action: 'needsRead', read: 'categories' };
  if (cls.schoolSourcedId === null)
    return cls.schoolMissing ? blocked('MAP_SCHOOL') : { action: 'needsRead', read: 'school' };

  const body: OneRosterLineItem = {
    sourcedId: lineItemIdOf(cls, li),
    status: 'active',
    dateLastModified: utcText(li.versionAt),
    title: limit === null ? fullTitle : shortenTitle(fullTitle, limit),
    ...(li.description && { description: li.description }),
    assignDate: utcText(dates.assignDate),
    dueDate: utcText(dates.dueDate),
    class: reference(roots, 'class', classId),
    school: reference(roots, 'org', cls.schoolSourcedId),
    category: reference(roots, 'category', category.sourcedId),
    ...(li.gradingPeriodSourcedId !== null && {
      gradingPeriod: reference(roots, 'academicSession', li.gradingPeriodSourcedId),
    }),
    resultValueMin: points.min,
    resultValueMax: points.max,
  };
  const frozen = dates.byDefault && li.frozenDueDate === null ? { frozenDueDate: dates.dueDate } : {};
  return { action: 'body', body, warnings: tooLong, ...frozen };
}

/** The id that the SIS class knows it by: pinned at its first acknowledgement, else the deterministic one. */
export function lineItemIdOf(cls: ClassFacts, li: LineItemFacts): string {
  const classId = sisIdOf(cls, cls.settings) ?? '';
  return lineItemAsLinked(cls, li).sourcedId ?? lineItemSourcedId(cls.tenantKey, cls.key, li.key, classId);
}

/** Lowest (0 if not given, as SISs take it) and highest score; null: there are no points to give. */
export function pointsOf(
  li: Pick<LineItemFacts, 'resultValueMin' | 'resultValueMax'>,
): { min: number; max: number } | null {
  const min = li.resultValueMin ?? 0;
  const max = li.resultValueMax;
  return max !== null && max > min ? { min, max } : null;
}

function invalidPoints(li: LineItemFacts): Record<string, number> {
  return li.resultValueMax === null ? {} : { min: li.resultValueMin ?? 0, max: li.resultValueMax };
}

function skip(code: Reason['code'], params?: Reason['params']): { action: 'skip'; reason: Reason } {
  return { action: 'skip', reason: params ? { code, params } : { code } };
}
function blocked(code: Reason['code'], params?: Reason['params']): { action: 'blocked'; reason: Reason } {
  return { action: 'blocked', reason: params ? { code, params } : { code } };
}
