/** Our lineItem → the OneRoster 1.2 lineItem that the SIS should hold, or why there is none. */
import type { Reason } from './dictionary.ts';
import type { ClassFacts, LineItemFacts } from './facts.ts';
import { draftLineItem, needsSchool } from './line-item-draft.ts';
import { sentDate } from './line-item-dates.ts';
import { lineItemAsLinked } from './links.ts';
import { utcText } from './local-dates.ts';
import type { OneRosterLineItem } from './oneroster.ts';
import { findAll, stopOf, warningsOf } from './preflight/finding.ts';
import { lineItemRules } from './preflight/line-item-rules.ts';
import { reference, sisIdOf } from './references.ts';
import { restoredLineItem } from './restored.ts';
import { lineItemSourcedId } from './source-ids.ts';

/** What became of a lineItem or result on its way to a body. */
export type Built<Body> =
  | { action: 'body'; body: Body; warnings: Reason[]; frozenDueDate?: Date }
  | { action: 'skip' | 'blocked'; reason: Reason }
  | { action: 'needsRead'; read: 'categories' | 'school' };

/** The lineItem's body, by the rules of the preflight: what they say keeps it here, keeps it here. */
export function buildLineItem(cls: ClassFacts, li: LineItemFacts): Built<OneRosterLineItem> {
  const draft = draftLineItem(cls, li);
  const found = findAll(lineItemRules, draft);
  const stop = stopOf(found);
  if (stop) return stop;

  const { roots, classId, title, dates, period, points, category } = draft;
  const { dueDateForm, lineItemMetadata: metadata } = cls.settings;
  if (!category?.found) return { action: 'needsRead', read: 'categories' };
  if (needsSchool(cls)) return { action: 'needsRead', read: 'school' };
  if (roots === null || classId === null || dates === null || points === null)
    throw new Error('no rule stopped what cannot be sent');

  const body: OneRosterLineItem = {
    sourcedId: lineItemIdOf(cls, li),
    status: 'active',
    dateLastModified: utcText(li.versionAt),
    title: title.title,
    ...(li.description && { description: li.description }),
    assignDate: sentDate(dates.assignDate, dueDateForm, cls.timeZone),
    dueDate: sentDate(dates.dueDate, dueDateForm, cls.timeZone),
    class: reference(roots, 'class', classId),
    ...(cls.oneRosterVersion === '1.2' &&
      cls.schoolSourcedId !== null && { school: reference(roots, 'org', cls.schoolSourcedId) }),
    category: reference(roots, 'category', category.sourcedId),
    ...(period !== null && { gradingPeriod: reference(roots, 'academicSession', period) }),
    resultValueMin: points.min,
    resultValueMax: points.max,
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
  const frozen = dates.byDefault && li.frozenDueDate === null ? { frozenDueDate: dates.wanted.dueDate } : {};
  return { action: 'body', body: restoredLineItem(body, li, roots), warnings: warningsOf(found), ...frozen };
}

/** The id that the SIS class knows it by: pinned at its first acknowledgement, else the deterministic one. */
export function lineItemIdOf(
  cls: ClassFacts,
  li: Pick<LineItemFacts, 'key' | 'linkedTo' | 'sourcedId'>,
): string {
  const classId = sisIdOf(cls, cls.settings) ?? '';
  return lineItemAsLinked(cls, li).sourcedId ?? lineItemSourcedId(cls.tenantKey, cls.key, li.key, classId);
}
