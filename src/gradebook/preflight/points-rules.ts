/** A lineItem's points, as some SISs take them: there must be some, and perhaps whole ones. */
import type { LineItemDraft } from '../line-item-draft.ts';
import { givenPoints, isWhole, rounded } from '../points.ts';
import type { Rule } from './finding.ts';

export const pointsRules: readonly Rule<LineItemDraft>[] = [
  {
    code: 'POINTS_INVALID',
    about: 'lineItem',
    field: 'resultValueMax',
    decidedBy: ['wholePoints'],
    find: ({ li, points }) => {
      if (points !== null) return null;
      const { resultValueMin: min, resultValueMax: max } = li;
      return { severity: 'blocks', ...(max !== null && { params: { min: min ?? 0, max } }) };
    },
  },
  {
    code: 'POINTS_NOT_WHOLE',
    about: 'lineItem',
    field: 'resultValueMax',
    decidedBy: ['wholePoints'],
    find: ({ li, cls: { settings } }) => {
      const given = givenPoints(li);
      if (given === null || isWhole(given) || settings.wholePoints === 'send') return null;
      const whole = rounded(given);
      const applied = settings.wholePoints === 'round';
      return {
        severity: applied ? 'warns' : 'blocks',
        params: { max: given.max },
        ...(whole && {
          automatic: {
            field: 'resultValueMax',
            gives: whole.max,
            setting: 'wholePoints',
            value: 'round',
            applied,
          },
        }),
      };
    },
  },
];
