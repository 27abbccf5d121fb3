/** The SIS category that a lineItem goes into: chosen, there, and still called what it was called when it was chosen. */
import type { LineItemDraft } from '../line-item-draft.ts';
import type { ErrorCode } from '../dictionary.ts';
import type { Hit, Rule } from './finding.ts';

const missing =
  (code: ErrorCode) =>
  ({ category }: LineItemDraft): Hit | null => {
    if (category === null || category.found || !('reason' in category) || category.reason.code !== code)
      return null;
    return { severity: 'blocks', ...(category.reason.params && { params: category.reason.params }) };
  };

export const categoryRules: readonly Rule<LineItemDraft>[] = [
  { code: 'CAT_MISSING', about: 'lineItem', field: 'category', decidedBy: [], find: missing('CAT_MISSING') },
  {
    code: 'CAT_NOT_FOUND',
    about: 'lineItem',
    field: 'category',
    decidedBy: [],
    find: missing('CAT_NOT_FOUND'),
  },
  {
    code: 'CAT_RENAMED',
    about: 'lineItem',
    field: 'category',
    decidedBy: [],
    find: ({ category }) => {
      if (!category?.found || !category.renamed) return null;
      const { from, to } = category.renamed;
      return { severity: 'warns', params: { was: from, category: to } };
    },
  },
];
