/**
 * What was sent for a row, or may have been: its facts as they were when a lane took it, written by that same
 * statement, so that not even kill -9 between a request and its answer makes us take our own value for somebody's; and
 * what was acknowledged before. The wire's values are made of the facts when they are needed (with the settings of
 * that day, which is why an acknowledgement is kept as it was).
 */
import type { LineItemFacts, ClassFacts, ResultFacts, Restored } from '../gradebook/facts.ts';
import { buildLineItem } from '../gradebook/line-item.ts';
import type { LocalStatus } from '../gradebook/local.ts';
import { buildResult } from '../gradebook/result.ts';
import { lineItemValues, resultValues, type Values } from '../gradebook/values.ts';

/** Older ones cannot well be on their way any more. */
const MOST = 12;

const pushed = (t: string, entry: string) =>
  `(CASE WHEN jsonb_array_length(${t}.tried) >= ${MOST} THEN ${t}.tried - 0 ELSE ${t}.tried END) || ${entry}`;
const facts = {
  result: (t: string) =>
    `'score', ${t}.score::text, 'status', ${t}.status, 'late', ${t}.late, 'scoreDate', ${t}.score_date, 'restored', ${t}.restored`,
  line_item: (t: string) =>
    `'title', ${t}.title, 'categoryKey', ${t}.category_key, 'dueDate', ${t}.due_date, 'resultValueMax', ${t}.result_value_max, 'overrides', ${t}.overrides, 'restored', ${t}.restored`,
};

/** Of a try: since the SIS last lost the row, if it ever did. */
const triedSince = (one: string) => `(${one} ? 'v' AND NOT ${one} ? 'for')`;
/** `tried` of a row that is taken now; a version is told once. */
export const triedNow = (table: keyof typeof facts, t: string) =>
  `CASE WHEN EXISTS (SELECT 1 FROM jsonb_array_elements(${t}.tried) AS e(one) WHERE ${triedSince('one')} AND one->'v' = to_jsonb(${t}.version)) THEN ${t}.tried
        ELSE ${pushed(t, `jsonb_build_object('v', ${t}.version, ${facts[table](t)})`)} END`;

/** `tried` of a row whose request was answered; needs `n` with acknowledged, ambiguous and acked. */
export const triedAfter = (t: string) =>
  `CASE WHEN n.acknowledged AND ${t}.acked IS NOT NULL AND (${t}.acked <> n.acked OR ${t}.linked_to <> n.linked_to)
             THEN ${pushed(t, `jsonb_build_object('as', ${t}.acked - 'comment', 'of', ${t}.linked_to)`)}
        WHEN n.ambiguous AND jsonb_array_length(${t}.tried) > 0 THEN jsonb_set(${t}.tried, '{-1,may}', 'true') ELSE ${t}.tried END`;

/**
 * `tried` of a row that the SIS has lost. It stays known, for a request of a run that was taken over may land when the
 * assignment is there again; and for whom it was tried, as what was acknowledged for him is forgotten. That it was not
 * heard of does not stay: whatever id it had there is gone.
 */
export const stillTried = (t: string) =>
  `(SELECT coalesce(jsonb_agg(CASE WHEN ${triedSince('one')} AND ${t}.linked_to IS NOT NULL THEN jsonb_build_object('for', ${t}.linked_to) ELSE '{}' END || (one - 'may') ORDER BY n), '[]')
      FROM jsonb_array_elements(${t}.tried) WITH ORDINALITY AS o(one, n))`;

/**
 * The SIS may have it under an id that we never heard: it never answered a try (`may`), or whoever made the try died
 * (a mark of an epoch that is over). Needs $2, the lane's epoch now, for rows that it has not taken.
 */
export const unheard = (t: string) =>
  `${t}.acked_version = 0 AND ((${t}.sending_epoch IS NOT NULL AND ${t}.sending_epoch <> $2) OR ${t}.tried @> '[{"may":true}]')`;

/** `of`: whom it was acknowledged for; left out by earlier releases */
interface Acknowledged {
  as: Values;
  of?: string | null;
}
/** `for`: whom it was tried for, where the SIS has lost the row since */
export type Tried = Acknowledged | (Record<string, unknown> & { v: number; for?: string });
export const isAcknowledged = (one: Tried): one is Acknowledged => 'as' in one;

/**
 * Of the tries of a row, those that may be found with that one in the SIS: what he acknowledged, what was tried for him
 * who is meant now since then, and all of it if the row is his.
 */
export function triedFor(
  row: { tried: Tried[]; linked_to: string | null; acked_version: number },
  link: string,
): Tried[] {
  const isHis = row.linked_to === link;
  return row.tried.filter((one) => {
    if (isAcknowledged(one)) return (one.of ?? row.linked_to) === link;
    return one.for === undefined ? isHis || one.v > row.acked_version : one.for === link;
  });
}
/** Whom a row was for once, as far as its tries tell. */
export const triedWhom = (one: Tried): string | null | undefined => (isAcknowledged(one) ? one.of : one.for);

/** The values that those tries sent, as we would make them now. */
export function triedResults(cls: ClassFacts, li: LineItemFacts, row: ResultFacts, tried: Tried[]): Values[] {
  return tried.flatMap((one) => {
    if ('as' in one) return [one.as as Values];
    const { score, status, late, scoreDate, restored } = one as unknown as RawResult;
    // a score that was cleared was sent as cleared only because there had been one
    const ackedVersion = Math.max(1, row.ackedVersion);
    const built = buildResult(cls, li, 'any', {
      ...row,
      score,
      status,
      late,
      scoreDate,
      comment: null,
      posted: true,
      ackedVersion,
      restored: restoredThen(restored, one.v),
    });
    return built.action === 'body' ? [resultValues(built.body)] : [];
  });
}
interface RawResult {
  score: string | null;
  status: LocalStatus | null;
  late: boolean;
  scoreDate: string | null;
  restored?: Restored | null;
}
/** What stood for that version then, whatever version it is now. */
const restoredThen = (restored: Restored | null | undefined, version: number): Restored | null =>
  restored && version <= restored.version ? { ...restored, version: Infinity } : null;

export function triedLineItems(cls: ClassFacts, row: LineItemFacts, tried: Tried[]): Values[] {
  return tried.flatMap((one) => {
    if ('as' in one) return [one.as as Values];
    const { title, categoryKey, dueDate, resultValueMax, overrides, restored } =
      one as unknown as RawLineItem;
    const { sisTitle = null, sisDueDate = null, sisCategorySourcedId = null } = overrides;
    const built = buildLineItem(cls, {
      ...row,
      title,
      categoryKey,
      dueDate: dueDate === null ? null : new Date(dueDate),
      resultValueMax,
      overrides: {
        ...row.overrides,
        sisTitle,
        sisDueDate: sisDueDate === null ? null : new Date(sisDueDate),
        sisCategorySourcedId,
      },
      restored: restoredThen(restored, one.v),
    });
    return built.action === 'body' ? [lineItemValues(built.body)] : [];
  });
}
interface RawLineItem {
  title: string;
  categoryKey: string | null;
  dueDate: string | null;
  resultValueMax: number | null;
  overrides: {
    sisTitle?: string | null;
    sisDueDate?: string | null;
    sisCategorySourcedId?: string | null;
  };
  restored?: Restored | null;
}
