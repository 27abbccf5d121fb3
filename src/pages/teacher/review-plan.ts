/** A plan as a teacher reads it: by assignment, with what goes, what cannot, and what is there by somebody else's hand. */
import type { Reason } from '../answers.ts';
import type { Plan, PlanEntry } from './teacher-answers.ts';
import { sisScore } from '../words.ts';
import { sameValues } from './stale-edit.ts';

/** What people call what a plan names by ids. */
export interface Names {
  titleOf: (lineItemId: string) => string;
  nameOf: (studentId: string) => string;
}
export interface PlannedAssignment {
  lineItemId: string;
  /** of its scores */
  fresh: number;
  changed: number;
  /** the assignment itself goes too */
  itself: boolean;
  cannot: number;
  /** something of it is sent */
  goes: boolean;
  /** sent, and this is to be known */
  remarks: Reason[];
}
export interface Review {
  assignments: PlannedAssignment[];
  /** what keeps assignments and scores here, by cause */
  blocked: { reason: Reason; entries: PlanEntry[] }[];
  /** differ in the SIS; not sent */
  differ: PlanEntry[];
  /** differ in the SIS, and are sent over it */
  replaced: PlanEntry[];
  leftOut: number;
  /** deleted here, and removed in the SIS: with all that goes, or not at all */
  removed: PlanEntry[];
}

export function reviewOf(plan: Plan): Review {
  const assignments = new Map<string, PlannedAssignment>();
  const blocked = new Map<string, { reason: Reason; entries: PlanEntry[] }>();
  const differ: PlanEntry[] = [];
  const replaced: PlanEntry[] = [];
  const removed = plan.entries.filter(({ action }) => action === 'delete');
  let leftOut = 0;
  for (const entry of plan.entries) {
    const { lineItemId, action, kind, reason } = entry;
    if (action === 'delete') continue;
    const item = assignments.get(lineItemId) ?? {
      ...{ lineItemId, fresh: 0, changed: 0, cannot: 0 },
      ...{ itself: false, goes: false, remarks: [] },
    };
    assignments.set(lineItemId, item);
    const goes = action === 'create' || action === 'update';
    if (goes) item.goes = true;
    if (kind === 'lineItem') {
      if (goes) item.itself = true;
      if (goes) item.remarks = entry.findings.filter(({ severity }) => severity === 'warns');
    } else if (action === 'create') item.fresh++;
    else if (action === 'update') item.changed++;
    if (action === 'blocked' && reason) {
      // what only waits for its assignment is told by the assignment
      if (kind === 'result') item.cannot++;
      if (reason.code !== 'LINE_ITEM_WAITS') {
        const key = `${reason.code} ${reason.message}`;
        const cause = blocked.get(key) ?? { reason, entries: [] };
        cause.entries.push(entry);
        blocked.set(key, cause);
      }
    } else if (action === 'conflict') differ.push(entry);
    else if (action === 'skip') leftOut++;
    else if (goes && typedThere(entry)) replaced.push(entry);
  }
  return {
    assignments: [...assignments.values()],
    blocked: [...blocked.values()],
    differ,
    replaced,
    leftOut,
    removed,
  };
}

/** The SIS shows a score that we never sent. */
const typedThere = ({ kind, sis, acknowledged, body }: PlanEntry): boolean =>
  kind === 'result' &&
  !!sis &&
  sisScore(sis) !== sisScore(acknowledged) &&
  (body === null || sisScore(sis) !== sisScore(body));

/** Everything that can go is ticked: it is a press for the whole class. */
export const isWhole = (review: Review, ticked: ReadonlySet<string>): boolean =>
  review.assignments.every(({ goes, lineItemId }) => !goes || ticked.has(lineItemId));

/** What is asked for with these ticked, of those `there` still: just what was shown; the class where all is meant. */
export const pressFor = (
  mode: 'changes' | 'all',
  plan: Pick<Plan, 'planId' | 'readAt'>,
  review: Review,
  ticked: ReadonlySet<string>,
  there: readonly string[],
) => ({
  mode,
  // what was not read for this plan is read first, and may turn out otherwise
  ...(plan.readAt === null ? {} : { planId: plan.planId }),
  // what was deleted here goes with the whole class only
  ...(isWhole(review, ticked) ? {} : { lineItemIds: there.filter((id) => ticked.has(id)) }),
});

export interface Total {
  scores: number;
  /** assignments themselves */
  items: number;
  /** what was deleted here, of both */
  removed: number;
}

/** How much goes with these ticked. */
export function totalOf(review: Review, ticked: ReadonlySet<string>): Total {
  const total = { scores: 0, items: 0, removed: isWhole(review, ticked) ? review.removed.length : 0 };
  for (const item of review.assignments) {
    if (!ticked.has(item.lineItemId)) continue;
    total.scores += item.fresh + item.changed;
    if (item.itself) total.items++;
  }
  return total;
}

/** What this plan would do otherwise than the one before: what is new or other in it, and what is not in it any more. */
export function changesIn(plan: Plan, before: Plan): { other: PlanEntry[]; gone: PlanEntry[] } {
  const keyOf = ({ kind, lineItemId, studentId }: PlanEntry) => JSON.stringify([kind, lineItemId, studentId]);
  const byKey = ({ entries }: Plan) =>
    new Map(entries.filter(does).map((entry) => [keyOf(entry), entry] as const));
  const [now, then] = [byKey(plan), byKey(before)];
  const same = (a: PlanEntry, b: PlanEntry | undefined) =>
    b !== undefined && a.action === b.action && sameValues(a.body, b.body);
  return {
    other: [...now].filter(([key, entry]) => !same(entry, then.get(key))).map(([, entry]) => entry),
    gone: [...then].filter(([key]) => !now.has(key)).map(([, entry]) => entry),
  };
}
const does = ({ action }: PlanEntry) => action === 'create' || action === 'update' || action === 'delete';

/** Each score that was read in the SIS: where, whose, what is there, and what would go over it. */
export const heldLines = ({ entries }: Plan, { titleOf, nameOf }: Names): string[][] =>
  entries.flatMap(({ kind, lineItemId, studentId, sis, body }) =>
    kind === 'result' && studentId !== null && sis !== undefined
      ? [[titleOf(lineItemId), nameOf(studentId), sisScore(sis), body ? sisScore(body) : '']]
      : [],
  );

/** A table for spreadsheets; what would be taken for a formula is made a text. */
export function tableFile(columns: readonly string[], lines: readonly (readonly string[])[]): Blob {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = [columns, ...lines].map((line) => line.map(cell).join(','));
  // with its mark, or spreadsheets take it for another encoding
  return new Blob([`\u{feff}${rows.join('\r\n')}\r\n`], { type: 'text/csv' });
}
