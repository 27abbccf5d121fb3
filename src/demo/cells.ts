/**
 * Every kind of cell of a gradebook: what the LMS sends, and what the SIS must hold in the end. The second is
 * written down here by hand, so that the demo's comparison does not trust the mapping that it checks.
 */

export interface CellPut {
  score?: number | null;
  status?: 'graded' | 'missing' | 'excused' | 'incomplete' | 'submitted' | 'notSubmitted';
  late?: boolean;
  posted?: boolean;
  comment?: string;
  scoreDate?: string;
}
export interface SisCell {
  scoreStatus: string;
  /** null: the result has no score */
  score: number | null;
  late: boolean;
  missing: boolean;
  scoreDate: string;
}
interface Facts {
  max: number;
  /** 0…29, spreads the scores */
  share: number;
  day: string;
}
type Cell = { put: CellPut | null; sis: SisCell | null };
export interface CellKind {
  of(facts: Facts): Cell;
}

const graded = (day: string, score: number | null, more: Partial<SisCell> = {}): SisCell => ({
  scoreStatus: 'fully graded',
  score,
  late: false,
  missing: false,
  scoreDate: day,
  ...more,
});
const kind = (of: (facts: Facts) => Cell): CellKind => ({ of });
const score = (part: (facts: Facts) => number) =>
  kind((facts) => ({
    put: { score: part(facts), scoreDate: facts.day },
    sis: graded(facts.day, part(facts)),
  }));

/** Half to full points, in whole points. */
const whole = score(({ max, share }) => max - Math.floor((share * max) / 60));
const quarters = score(({ max, share }) => max - Math.floor((share * max) / 60) - 0.25);
const hundredths = score(({ max, share }) => (max * 100 - share * 7) / 100);
const zero = score(() => 0);
const overMax = score(({ max }) => max + 2.5);

const missing = kind(({ day }) => ({
  put: { status: 'missing', scoreDate: day },
  sis: graded(day, 0, { missing: true }),
}));
const missingWithScore = kind(({ day, max }) => ({
  put: { status: 'missing', score: max / 2, scoreDate: day },
  sis: graded(day, max / 2, { missing: true }),
}));
const excused = kind(({ day }) => ({
  put: { status: 'excused', scoreDate: day },
  sis: graded(day, null, { scoreStatus: 'exempt' }),
}));
const late = kind(({ day, max }) => ({
  put: { status: 'graded', score: max - 1, late: true, scoreDate: day },
  sis: graded(day, max - 1, { late: true }),
}));
const submitted = kind(({ day }) => ({
  put: { status: 'submitted', scoreDate: day },
  sis: graded(day, null, { scoreStatus: 'submitted' }),
}));
const commented = kind(({ day, max }) => ({
  put: { score: max - 0.5, comment: 'Well done!', scoreDate: day },
  sis: graded(day, max - 0.5),
}));
const incomplete = kind(({ day, max }) => ({
  put: { status: 'incomplete', score: max / 2, scoreDate: day },
  sis: null,
}));
const heldBack = kind(({ day, max }) => ({ put: { score: max, posted: false, scoreDate: day }, sis: null }));
const blank = kind(() => ({ put: { score: null }, sis: null }));
const neverScored = kind(() => ({ put: null, sis: null }));

/** One class of 30: mostly scores, and one of everything else. */
export const cellKinds: readonly CellKind[] = [
  ...[zero, overMax, missing, missingWithScore, excused, late, late, submitted, commented],
  ...[incomplete, heldBack, blank, neverScored],
  ...Array.from({ length: 7 }, () => whole),
  ...Array.from({ length: 6 }, () => quarters),
  ...Array.from({ length: 4 }, () => hundredths),
];
export const plainScore = whole;
