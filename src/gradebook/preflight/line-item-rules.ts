/**
 * What is said about a lineItem. Choices (switched off, unpublished, ungraded) stand before needs: nobody should be asked
 * to mend what is not to be sent. Among needs, those that stop the whole class come first.
 */
import { needsSchool, type LineItemDraft } from '../line-item-draft.ts';
import { dateRules } from './date-rules.ts';
import type { Rule } from './finding.ts';
import { categoryRules } from './category-rules.ts';
import { pointsRules } from './points-rules.ts';
import { titleRules } from './title-rules.ts';

const lineItem = { about: 'lineItem', field: null, decidedBy: [] } as const;

const choices: Rule<LineItemDraft>[] = [
  {
    ...lineItem,
    code: 'SKIP_SWITCHED_OFF',
    ends: true,
    find: ({ li }) => ((li.overrides.syncToSis ?? li.syncToSis) ? null : { severity: 'skips' }),
  },
  {
    ...lineItem,
    code: 'CAT_NONE',
    ends: true,
    find: ({ category }) => (category === null ? { severity: 'skips' } : null),
  },
  {
    ...lineItem,
    code: 'SKIP_BEFORE_SEND_FROM',
    decidedBy: ['sendFrom'],
    ends: true,
    find: ({ dates, cls: { settings } }) =>
      dates !== null && settings.sendFrom !== null && dates.wanted.dueDate < new Date(settings.sendFrom)
        ? { severity: 'skips', params: { sendFrom: settings.sendFrom.slice(0, 10) } }
        : null,
  },
  {
    ...lineItem,
    code: 'SKIP_CLASS_UNPUBLISHED',
    decidedBy: ['requirePublished'],
    find: ({ cls }) => (cls.settings.requirePublished && !cls.published ? { severity: 'skips' } : null),
  },
  {
    ...lineItem,
    code: 'SKIP_UNPUBLISHED',
    decidedBy: ['requirePublished'],
    find: ({ cls, li }) => (cls.settings.requirePublished && !li.published ? { severity: 'skips' } : null),
  },
];

const classNeeds: Rule<LineItemDraft>[] = [
  {
    ...lineItem,
    code: 'NO_CONNECTION',
    find: ({ roots }) => (roots === null ? { severity: 'blocks' } : null),
  },
  {
    ...lineItem,
    code: 'MAP_CLASS',
    field: 'class',
    decidedBy: ['useCustomIds'],
    find: ({ cls, classId }) =>
      classId === null
        ? { severity: 'blocks' }
        : cls.classMissing
          ? { severity: 'blocks', params: { class: classId } }
          : null,
  },
  {
    ...lineItem,
    code: 'ITEM_NOT_WHOLE_CLASS',
    decidedBy: ['requireWholeClass'],
    find: ({ cls, li }) =>
      cls.settings.requireWholeClass && li.assignedTo === 'individuals' ? { severity: 'blocks' } : null,
  },
];

const schoolNeeds: Rule<LineItemDraft>[] = [
  {
    ...lineItem,
    code: 'MAP_SCHOOL',
    field: 'school',
    find: ({ cls }) => (needsSchool(cls) && cls.schoolMissing ? { severity: 'blocks' } : null),
  },
];

/** The first one that keeps it here is the reason. */
export const lineItemRules: readonly Rule<LineItemDraft>[] = [
  ...choices,
  ...classNeeds,
  ...pointsRules,
  ...dateRules,
  ...titleRules,
  ...categoryRules,
  ...schoolNeeds,
];
