/**
 * Rows as a reading shows them: each judged as it stands now, while nobody else can change it (passback/read-back.ts).
 * write-looked.ts writes them down.
 */
import type { DutyRow, LineItemRow, ResultRow } from './row-facts.ts';
import { lineItemFacts, resultFacts } from './row-facts.ts';
import { triedFor, triedLineItems, triedResults, triedWhom, type Tried } from './tried.ts';
import type { ClassFacts, Duty, LineItemFacts, SeenOf } from '../gradebook/facts.ts';
import { buildLineItem, lineItemIdOf, type Built } from '../gradebook/line-item.ts';
import { lineItemAsLinked, lineItemLink, resultAsLinked, resultLink } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { buildResult } from '../gradebook/result.ts';
import { resultSourcedId } from '../gradebook/source-ids.ts';
import { lineItemValues, resultValues, shownBy, type Shown, type Values } from '../gradebook/values.ts';
import { afterReading, atAGlance, type Seen, type Standing } from '../passback/read-back.ts';

interface ReadColumns {
  tried: Tried[];
  repairs: number;
}
export type ReadLineItem = LineItemRow & ReadColumns;
export type ReadResult = ResultRow & ReadColumns;
export const readColumns = (t: string) => `${t}.tried, ${t}.repairs`;

/** How a reading looks at rows. */
export interface Look {
  /** when it began */
  at: Date;
  /** how late an SIS may still apply what it was sent */
  quietMs: number;
  /** also at rows that wait, and at those that were never acknowledged: somebody may have been there before us */
  closely: boolean;
  /** a person has pressed and waits: what was acknowledged and is not there goes again, however short a while ago it was */
  pressed?: boolean;
}
export interface Looked {
  row: DutyRow & ReadColumns;
  before: Standing;
  /** null: nothing can be said of it now */
  after: Standing | null;
  /** null: nothing is there; undefined: not known */
  seen: Shown | null | undefined;
  /** whom it was seen of, where that is not the one that it was acknowledged for */
  seenOf: SeenOf | null;
  /** under which id the SIS has what was never sent from here */
  pin: { sourcedId: string; linkedTo: string } | null;
}

/** Nothing of ours that could still land is on its way. */
export const isCalm = (row: DutyRow, { at, quietMs }: Look): boolean =>
  row.sending_epoch === null &&
  row.last_sent_at !== null &&
  row.last_sent_at.getTime() <= at.getTime() - quietMs;
/** An SIS shows what it has taken by then; to send it once more where it is slower than that does no harm. */
const SETTLED_MS = 5_000;
/** What is not there is missing, and not just not there yet. */
export const mayBeMissed = (row: DutyRow, look: Look): boolean =>
  isCalm(row, look.pressed ? { ...look, quietMs: Math.min(look.quietMs, SETTLED_MS) } : look);
/** What the SIS showed is newer than what we wrote last. */
const isStill = (row: DutyRow, { at }: Look): boolean =>
  row.sending_epoch === null && (row.last_sent_at === null || row.last_sent_at < at);

/** `item`: as the SIS showed it; null: it has none; undefined: it was not listed. */
export function lookAtLineItem(
  cls: ClassFacts,
  row: ReadLineItem,
  item: Record<string, unknown> | null | undefined,
  look: Look,
): Looked {
  const facts = lineItemFacts(row);
  const shown = item && shownBy('lineItem', item);
  const classId = sisIdOf(cls, cls.settings);
  const link = classId === null ? null : lineItemLink(classId);
  const towards = towardsIt(row, lineItemAsLinked(cls, facts), link);
  const looked = { row, before: standing(row), after: null, seen: shown, seenOf: towards.seenOf, pin: null };
  // to link it was to decide that ours goes over it
  if (shown === undefined || (towards.row.acked_version === 0 && row.hand_linked)) return looked;
  const read = { tried: triedLineItems(cls, facts, towards.row.tried), shown };
  const after = judge(cls, towards, buildLineItem(cls, facts), lineItemValues, read, look);
  return { ...looked, after: foundOf(after, row, towards) };
}

/** The results that an SIS showed, by their ids and by whose they are: it may keep one under an id of its own. */
export interface ShownResults {
  byId: ReadonlyMap<unknown, Record<string, unknown>>;
  byStudent: ReadonlyMap<unknown, Record<string, unknown>>;
  /** what is not among them is not there */
  whole: boolean;
}

/** What results stand on, worked out once for all of them. */
export interface Ground {
  facts: LineItemFacts;
  sourcedId: string;
  /** nothing of it would be sent now */
  isKept: boolean;
  /** its results by the links that they have, or had, in the SIS */
  byLink: ReadonlyMap<string, ReadResult[]>;
  /** what was sent for those that were deleted here since, by their links */
  deleted: ReadonlyMap<string, Values[]>;
}
export function groundOf(
  cls: ClassFacts,
  row: LineItemRow,
  results: ReadResult[],
  deleted: Ground['deleted'] = new Map(),
): Ground {
  const facts = lineItemFacts(row);
  const sourcedId = lineItemIdOf(cls, facts);
  return { facts, sourcedId, isKept: isKept(buildLineItem(cls, facts)), byLink: byLinkOf(results), deleted };
}

function byLinkOf(results: ReadResult[]): Map<string, ReadResult[]> {
  const byLink = new Map<string, ReadResult[]>();
  for (const row of results) {
    const former = row.tried.map(triedWhom);
    for (const link of new Set([row.linked_to, ...former]))
      if (link) byLink.set(link, [...(byLink.get(link) ?? []), row]);
  }
  return byLink;
}

export function lookAtResult(
  cls: ClassFacts,
  on: Ground,
  row: ReadResult,
  { byId, byStudent, whole }: ShownResults,
  look: Look,
): Looked {
  const facts = resultFacts(row);
  const studentId = sisIdOf(facts.student, cls.settings) ?? '';
  const ourId = resultSourcedId(on.sourcedId, studentId);
  const linked = resultAsLinked(cls, on.sourcedId, facts);
  const item = byId.get(linked.sourcedId ?? ourId) ?? byStudent.get(studentId);
  const shown = item ? shownBy('result', item) : whole ? null : undefined;
  const link = studentId === '' ? null : resultLink(on.sourcedId, studentId);
  const towards = towardsIt(row, linked, link);
  const { row: now, seenOf } = towards;
  const looked: Looked = { row, before: standing(row), after: null, seen: shown, seenOf, pin: null };
  if (shown === undefined || on.isKept) return looked;
  const built = buildResult(cls, on.facts, on.sourcedId, linked);
  const others = seenOf && look.closely ? triedByOthers(on, row, seenOf.linkedTo) : [];
  const tried = triedResults(cls, on.facts, facts, [...now.tried, ...others]);
  const after = foundOf(judge(cls, towards, built, resultValues, { tried, shown }, look), row, towards);
  // with what is to be said of it, or not at all: under that id it would go over the SIS's own
  const pinned = after && look.closely && shown && item && item.sourcedId !== ourId;
  if (!pinned || link === null) return { ...looked, after };
  const sourcedId = String(item.sourcedId);
  if (seenOf && row.linked_to !== null) return { ...looked, after, seenOf: { ...seenOf, sourcedId } };
  return { ...looked, after, pin: isUntouched(row) ? { sourcedId, linkedTo: link } : null };
}

/** What other rows of ours had for that student of the SIS: of two that were mixed up, each finds the other's there. */
function triedByOthers({ byLink, deleted }: Ground, row: ReadResult, link: string): Tried[] {
  const others = (byLink.get(link) ?? []).flatMap((other) => {
    if (other.id === row.id) return [];
    const acked = other.linked_to === link && other.acked ? [{ as: other.acked as Values }] : [];
    return [...triedFor(other, link), ...acked];
  });
  return [...others, ...(deleted.get(link) ?? []).map((as) => ({ as }))];
}

/** A row as it stands towards the one in the SIS that is meant now. */
interface Towards {
  row: DutyRow & ReadColumns;
  /** he has never had anything of ours, as far as is known */
  isNew: boolean;
  link: string | null;
  /** null: it is the one that it was acknowledged for */
  seenOf: SeenOf | null;
}

/**
 * Acknowledged for another student or class, it is nothing to the one that is meant now, but for what was tried since
 * and may be on its way to him. `link`: his; null: nobody is meant.
 */
function towardsIt(
  row: DutyRow & ReadColumns,
  { ackedVersion, found, sourcedId }: Duty,
  link: string | null,
): Towards {
  const isNew = isUntouched(row);
  if (link === null) return { row, isNew, link, seenOf: null };
  const now = { ...row, found, tried: row.linked_to === null ? row.tried : triedFor(row, link) };
  if (row.linked_to === link || row.linked_to === null) {
    const seenOf = row.linked_to === null && isNew ? { linkedTo: link, sourcedId: null } : null;
    return { row: now, isNew, link, seenOf };
  }
  const forgotten = { acked_version: ackedVersion, acked: null, verified_version: 0, sourced_id: sourcedId };
  return { row: { ...now, ...forgotten }, isNew: true, link, seenOf: { linkedTo: link, sourcedId } };
}

/** What was found of a former one is kept, until there is something to be said of the one that is meant. */
function foundOf(after: Standing | null, row: DutyRow, towards: Towards): Standing | null {
  if (!after) return null;
  const { found } = after;
  if (!found) return towards.row.found === null && row.found ? { ...after, found: row.found } : after;
  return towards.link === null ? after : { ...after, found: { ...found, linkedTo: towards.link } };
}

/** By choice or for want of something nothing would be sent now: then the SIS's is not ours to mend. */
const isKept = (built: Built<unknown>) => built.action === 'skip' || built.action === 'blocked';
/** Nothing of it ever left: whatever the SIS has of it is somebody else's. */
const isUntouched = (row: DutyRow) => row.acked_version === 0 && row.last_sent_at === null;

function standing(row: DutyRow & ReadColumns): Standing {
  return {
    version: row.version,
    dirtyN: row.dirty_n,
    cleanN: row.clean_n,
    releaseN: row.release_n,
    ackedVersion: row.acked_version,
    ackedHash: row.acked_hash,
    verifiedVersion: row.verified_version,
    repairs: row.repairs,
    lastReason: row.last_reason,
    found: row.found,
  };
}

function judge<Body>(
  cls: ClassFacts,
  { row, isNew }: Towards,
  built: Built<Body>,
  valuesOf: (body: Body) => Values,
  read: Pick<Seen, 'tried' | 'shown'>,
  look: Look,
): Standing | null {
  if (isKept(built)) return null;
  const { conflictPolicy: policy, driftHealing } = cls.settings;
  const wanted = built.action === 'body' ? valuesOf(built.body) : null;
  const before = standing(row);
  const seen = (ours: Values): Seen => ({
    ...read,
    ours,
    wanted,
    zone: cls.timeZone,
    policy,
    heals: driftHealing !== 'report',
  });
  if (row.acked_version > 0) {
    const ours = row.acked as Values | null;
    if (!ours) return null;
    // not certain what is there: what comes next will tell, but for a value that somebody has decided about
    const due = row.release_n > row.clean_n;
    const judged = read.shown === null ? mayBeMissed(row, look) : isCalm(row, look);
    if (!due && row.acked_hash !== null && judged) return afterReading(before, seen(ours));
    const decided = row.found?.how === 'overwritten' && row.found.shown !== null;
    if (!look.closely || !isStill(row, look) || (row.acked_hash === null && !decided)) return null;
    return atAGlance(before, seen(ours));
  }
  if (!look.closely || !isStill(row, look) || !isNew || !wanted) return null;
  return atAGlance(before, seen(wanted));
}
