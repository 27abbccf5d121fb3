/** A lineItem's title: as long as the SIS allows, and no other of the class by the same one. */
import { categoryTitleKey } from '../categories.ts';
import type { ClassFacts, LineItemFacts } from '../facts.ts';
import type { LineItemDraft } from '../line-item-draft.ts';
import { lineItemAsLinked } from '../links.ts';
import { sisTitleOf } from '../sis-titles.ts';
import { titleLength } from '../title.ts';
import type { Rule } from './finding.ts';

export const titleRules: readonly Rule<LineItemDraft>[] = [
  {
    code: 'TITLE_TOO_LONG',
    about: 'lineItem',
    field: 'title',
    decidedBy: ['titleLimit', 'titleTooLong'],
    find: ({ cls, li, title }) => {
      const { titleLimit: limit, titleTooLong } = cls.settings;
      const length = titleLength(title.full);
      if (limit === null || length <= limit) return null;
      const applied = titleTooLong === 'shorten';
      const gives = applied ? title.title : sisTitleOf(cls, li, { titleTooLong: 'shorten' }).title;
      return {
        severity: applied ? 'warns' : 'blocks',
        params: { length, limit },
        automatic: { field: 'title', gives, setting: 'titleTooLong', value: 'shorten', applied },
      };
    },
  },
  {
    code: 'TITLE_DUPLICATE',
    about: 'lineItem',
    field: 'title',
    decidedBy: ['duplicateTitle'],
    find: ({ cls, li, title }) => {
      const there = twinInSis(cls, li, title.title);
      if (there !== null) return { severity: 'blocks', params: { title: title.title, sis: there } };
      // two long titles that only cutting made the same are told apart, and nobody has to know
      if (title.twinOf === null && (!title.numbered || isCut(cls.settings.titleLimit, title.full)))
        return null;
      const applied = title.numbered;
      const gives = applied ? title.title : sisTitleOf(cls, li, { duplicateTitle: 'number' }).title;
      return {
        severity: !applied && cls.settings.duplicateTitle === 'block' ? 'blocks' : 'warns',
        params: { title: title.full },
        automatic: { field: 'title', gives, setting: 'duplicateTitle', value: 'number', applied },
      };
    },
  },
];

/** One that the SIS has already is never made again, whatever the settings say: it is offered to be linked. */
function twinInSis(cls: ClassFacts, li: LineItemFacts, title: string): string | null {
  if (lineItemAsLinked(cls, li).sourcedId !== null) return null;
  const same = categoryTitleKey(title);
  return cls.sisLineItems?.find((item) => categoryTitleKey(item.title) === same)?.sourcedId ?? null;
}

const isCut = (limit: number | null, full: string) => limit !== null && titleLength(full) > limit;
