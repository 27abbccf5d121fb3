/** How a lineItem looks in the SIS, or would: what people know an assignment by, also where something keeps it here. */
import type { ClassFacts, LineItemFacts } from './facts.ts';
import { draftLineItem } from './line-item-draft.ts';
import { utcText } from './local-dates.ts';
import { restoredIn } from './restored.ts';

export interface AsSent {
  title: string;
  /** the instant that is meant, in whatever form the SIS gets it; null: there is none */
  dueDate: string | null;
  /** null: none is chosen, or the categories of the SIS are not known yet */
  categorySourcedId: string | null;
  /** as the SIS calls it; null: not known */
  categoryTitle: string | null;
}

export function asSent(cls: ClassFacts, li: LineItemFacts): AsSent {
  const { title, dates, category } = draftLineItem(cls, li);
  const held = restoredIn(li)?.held ?? {};
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  const heldDue = Date.parse(text(held.dueDate) ?? '');
  const due = Number.isNaN(heldDue) ? dates?.dueDate : new Date(heldDue);
  const chosen = text(held.categorySourcedId) ?? (category?.found ? category.sourcedId : null);
  const listed = cls.sisCategories?.find(({ sourcedId }) => sourcedId === chosen);
  return {
    title: text(held.title) ?? title.title,
    dueDate: due ? utcText(due) : null,
    categorySourcedId: chosen,
    categoryTitle: listed?.title ?? null,
  };
}
