/** Lowest and highest score of a lineItem, as the SIS gets them. */
import type { LineItemFacts } from './facts.ts';
import type { EffectiveSettings } from './settings.ts';

export interface PointsRange {
  min: number;
  max: number;
}
type Given = Pick<LineItemFacts, 'resultValueMin' | 'resultValueMax'>;

/** As given, 0 where there is no lowest one (as SISs take it); null: there are no points to give. */
export function givenPoints(li: Given): PointsRange | null {
  return usable(li.resultValueMin ?? 0, li.resultValueMax);
}

/** As they are sent: some SISs take whole numbers only. */
export function pointsOf(
  li: Given,
  { wholePoints }: Pick<EffectiveSettings, 'wholePoints'>,
): PointsRange | null {
  const given = givenPoints(li);
  return given === null || wholePoints !== 'round' ? given : rounded(given);
}

/** null: nothing is left between them. */
export function rounded({ min, max }: PointsRange): PointsRange | null {
  return usable(Math.round(min) + 0, Math.round(max) + 0);
}

export const isWhole = ({ min, max }: PointsRange): boolean => Number.isInteger(min) && Number.isInteger(max);

function usable(min: number, max: number | null): PointsRange | null {
  return max !== null && max > min ? { min, max } : null;
}
