/** All that is to be known of a lineItem before it is decided whether, and as what, it is sent. */
import { chooseCategory, type CategoryChoice } from './categories.ts';
import type { ClassFacts, LineItemFacts } from './facts.ts';
import { gradingPeriodOf, lineItemDates, type LineItemDates } from './line-item-dates.ts';
import { pointsOf, type PointsRange } from './points.ts';
import { rootsOf, sisIdOf, type Roots } from './references.ts';
import { sisTitleOf, type SisTitle } from './sis-titles.ts';

export interface LineItemDraft {
  cls: ClassFacts;
  li: LineItemFacts;
  roots: Roots | null;
  classId: string | null;
  title: SisTitle;
  dates: LineItemDates | null;
  /** sourcedId of the grading period that is sent with it */
  period: string | null;
  points: PointsRange | null;
  /** null: it has no category at all */
  category: CategoryChoice | null;
}

/** OneRoster 1.1 has no school in a lineItem. */
export const needsSchool = (cls: ClassFacts): boolean =>
  cls.oneRosterVersion === '1.2' && cls.schoolSourcedId === null;

export function draftLineItem(cls: ClassFacts, li: LineItemFacts): LineItemDraft {
  const { sisCategorySourcedId, sisDueDate } = li.overrides;
  const ungraded = li.categoryKey === null && sisCategorySourcedId === null;
  const dates = lineItemDates(cls, li, sisDueDate);
  return {
    cls,
    li,
    roots: rootsOf(cls),
    classId: sisIdOf(cls, cls.settings),
    title: sisTitleOf(cls, li),
    dates,
    period: dates && gradingPeriodOf(cls, li, dates),
    points: pointsOf(li, cls.settings),
    category: ungraded ? null : chooseCategory(cls, li.categoryKey ?? '', sisCategorySourcedId),
  };
}
