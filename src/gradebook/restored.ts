/**
 * A value from a snapshot that is held in the SIS in place of what is here. It is bound to a version: a newer score, or
 * whoever releases it, raises the version, and what is here counts again.
 */
import type { Duty, LineItemFacts, Restored } from './facts.ts';
import { utcText } from './local-dates.ts';
import { ScoreStatus, type OneRosterLineItem, type OneRosterResult } from './oneroster.ts';
import { reference, type Roots } from './references.ts';
import type { EffectiveSettings } from './settings.ts';
import { inWords, type Shown } from './values.ts';

/** What becomes of a result that was not in the SIS before. */
export type ToNothing = 'blank' | 'tobedeleted' | 'delete';

/** What is held in place of this version; null: nothing. */
export function restoredIn(row: Pick<Duty, 'version' | 'restored'>): Restored | null {
  return row.restored && row.version <= row.restored.version ? row.restored : null;
}

/** By the policy for what is deleted here: where nothing is deleted there, the score is cleared. */
export function toNothing({ deletePropagation }: Pick<EffectiveSettings, 'deletePropagation'>): ToNothing {
  return deletePropagation === 'none' ? 'blank' : deletePropagation;
}

type Grade = Pick<OneRosterResult, 'scoreStatus' | 'scoreDate'> &
  Partial<Pick<OneRosterResult, 'status' | 'score' | 'comment' | 'late' | 'missing'>>;

/** The grade of a result as it was. `scoreDate`: for what the SIS showed without one. */
export function restoredGrade(
  held: Shown | null,
  settings: Pick<EffectiveSettings, 'deletePropagation'>,
  scoreDate: string,
): Grade {
  if (held === null)
    return {
      ...(toNothing(settings) !== 'blank' && { status: 'tobedeleted' as const }),
      scoreStatus: 'not submitted',
      scoreDate,
    };
  const score = typeof held.score === 'number' ? held.score : null;
  return {
    scoreStatus: statusOf(held.scoreStatus, score),
    ...(score !== null && { score }),
    scoreDate: typeof held.scoreDate === 'string' ? held.scoreDate.slice(0, 10) : scoreDate,
    ...(typeof held.comment === 'string' && { comment: held.comment }),
    ...(held.late === true && { late: 'true' as const }),
    ...(held.missing === true && { missing: 'true' as const }),
  };
}

/** An SIS may have words of its own for it. */
function statusOf(shown: Shown[string], score: number | null): ScoreStatus {
  const known = ScoreStatus.safeParse(
    String(shown ?? '')
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
      .trim(),
  );
  return known.success ? known.data : score === null ? 'not submitted' : 'fully graded';
}

/** The lineItem's body with what the SIS had of it before. One that was not there stays: its scores are its own. */
export function restoredLineItem(
  body: OneRosterLineItem,
  li: Pick<LineItemFacts, 'version' | 'restored'>,
  roots: Roots,
): OneRosterLineItem {
  const held = restoredIn(li)?.held;
  if (!held) return body;
  const dueDate = instant(held.dueDate) ?? body.dueDate;
  const assignDate = instant(held.assignDate) ?? body.assignDate;
  return {
    ...body,
    ...(typeof held.title === 'string' && { title: held.title }),
    dueDate,
    // of what was read in the SIS, the one may be known without the other
    assignDate: assignDate < dueDate ? assignDate : dueDate,
    ...(typeof held.categorySourcedId === 'string' && {
      category: reference(roots, 'category', held.categorySourcedId),
    }),
    ...(typeof held.resultValueMax === 'number' && { resultValueMax: held.resultValueMax }),
  };
}

function instant(shown: Shown[string]): string | null {
  const at = typeof shown === 'string' ? Date.parse(shown) : Number.NaN;
  return Number.isNaN(at) ? null : utcText(new Date(at));
}

/** In the words of people. */
export function heldInWords(held: Shown | null): string {
  if (held === null) return 'nothing';
  if ('scoreStatus' in held) {
    const flags = ['late', 'missing'].filter((name) => held[name] === true);
    const score = typeof held.score === 'number' ? String(held.score) : String(held.scoreStatus);
    return [score, ...flags].join(', ');
  }
  return inWords(Object.keys(held).includes('title') ? ['title'] : [], held);
}
