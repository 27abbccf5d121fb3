/**
 * Before ours goes over what the SIS shows: what was typed there by hand since the last reading is a conflict first,
 * also for automatic work and for a key's sync, which nobody looks at (DESIGN §6, `conflictPolicy`). One list for all
 * results of a lineItem, one for all lineItems of a class. `lmsWins` needs no look: ours counts whatever is there.
 */
import type { ClassFacts, Found } from '../gradebook/facts.ts';
import type { OneRosterLineItem, OneRosterResult } from '../gradebook/oneroster.ts';
import { lineItemLink, resultLink } from '../gradebook/links.ts';
import {
  lineItemValues,
  resultValues,
  shownBy,
  studentOf,
  type Shown,
  type Values,
} from '../gradebook/values.ts';
import type { LaneHealth } from './lane-health.ts';
import { resultAmong } from './look-first.ts';
import type { ReadOutcome } from './ports/sis.ts';
import { hasAnswered } from './moment.ts';
import { atAGlance } from './read-back.ts';
import type { Action, Place, Sent } from './send.ts';

type Item = Record<string, unknown>;
/** What a row knows of what was sent for it. */
export interface Sender {
  version: number;
  ackedVersion: number;
  acked: Values | null;
  found: Found | null;
  attempts: number;
  /** all that was sent or may have been, made when it is asked for */
  tried(): Values[];
  /** read for this very sync, a moment ago */
  justRead: boolean;
}
export interface LookOver {
  /** what the SIS has there, as it was listed a moment ago; null: it has no such lists */
  listed(): Promise<ReadOutcome<Item[]>> | null;
  health: Pick<LaneHealth, 'judge'>;
  /** what other rows of ours sent to the one that is meant */
  triedByOthers(linkedTo: string): Promise<Values[]>;
}

/** A list that cannot be read keeps no grade from being sent for longer than this. */
const MOST_LOOKS = 3;

/** Is there anything to look for: somebody's value that ours would go over unasked. */
export const looksOver = (cls: ClassFacts, { justRead }: Pick<Sender, 'justRead'>): boolean =>
  cls.settings.conflictPolicy !== 'lmsWins' && !justRead;

/** Where the SIS shows a result of the student already, under which id it goes, or why it does not. */
export async function placeOverResult(
  cls: ClassFacts,
  row: Sender,
  body: OneRosterResult,
  action: Action,
  by: LookOver,
): Promise<Place> {
  const { sourcedId } = body;
  const items = await read(by, row.attempts);
  if (!Array.isArray(items)) return items ?? { sourcedId };
  const standing = items.filter(({ status }) => status !== 'tobedeleted');
  const known = resultAmong(standing, body, [], cls);
  const theirs = standing.find((item) =>
    known === null ? studentOf(item) === body.student.sourcedId : item.sourcedId === known,
  );
  const shown = shownBy('result', theirs);
  if (!theirs || !shown) return { sourcedId };
  // what was never acknowledged takes the place that is there: a second one beside it would be one too many
  const place = { sourcedId: action === 'create' ? String(theirs.sourcedId) : sourcedId };
  const link = resultLink(body.lineItem.sourcedId, body.student.sourcedId);
  const over = { shown, wanted: resultValues(body), action, link };
  const kept = keptBack(cls, row, () => row.tried(), over);
  const moved = kept !== null && action === 'create';
  if (!moved) return kept ?? place;
  const others = await by.triedByOthers(link);
  return keptBack(cls, row, () => [...row.tried(), ...others], over) ?? place;
}

/** The same for a lineItem that was acknowledged: its title, its date. */
export async function placeOverLineItem(
  cls: ClassFacts,
  row: Sender,
  body: OneRosterLineItem,
  by: Omit<LookOver, 'triedByOthers'>,
): Promise<Place> {
  const { sourcedId } = body;
  const items = await read(by, row.attempts);
  if (!Array.isArray(items)) return items ?? { sourcedId };
  const shown = shownBy(
    'lineItem',
    items.find((item) => item.sourcedId === sourcedId),
  );
  if (!shown) return { sourcedId };
  const link = lineItemLink(body.class.sourcedId);
  const over = { shown, wanted: lineItemValues(body), action: 'update', link } as const;
  return keptBack(cls, row, () => row.tried(), over) ?? { sourcedId };
}

/** null: nothing stands in the way of ours. The comparison is the one that readings make. */
function keptBack(
  cls: ClassFacts,
  row: Sender,
  tried: () => Values[],
  { shown, wanted, action, link }: { shown: Shown; wanted: Values; action: Action; link: string },
): Sent | null {
  const { conflictPolicy: policy } = cls.settings;
  if (policy === 'lmsWins') return null;
  // acknowledged for somebody else: nothing of it can have come here
  const isNew = action === 'create' || row.acked === null;
  const { found: is } = atAGlance(
    { ...unwritten, version: row.version, found: row.found, ackedVersion: isNew ? 0 : row.ackedVersion },
    {
      ours: isNew ? wanted : row.acked!,
      tried: tried(),
      wanted,
      shown,
      zone: cls.timeZone,
      policy,
      heals: true,
    },
  );
  if (is?.how !== 'foreign') return null;
  const found = { ...is, linkedTo: link };
  const reason = { code: found.code, ...(found.params && { params: found.params }) };
  return policy === 'keepSis'
    ? { how: 'skipped', reason: { ...reason, code: 'SIS_KEEPS' }, found }
    : { how: 'conflict', reason, found };
}
const unwritten = {
  dirtyN: 1,
  cleanN: 0,
  releaseN: 1,
  ackedHash: null,
  verifiedVersion: 0,
  repairs: 0,
  lastReason: null,
};

/** null: this SIS has no such list, so there is nothing to be found out. */
async function read(
  { listed, health }: Pick<LookOver, 'listed' | 'health'>,
  attempts: number,
): Promise<Item[] | Sent | null> {
  const outcome = await listed();
  if (outcome === null) return null;
  if (outcome.kind === 'read') return outcome.value;
  // it answered, if not with a list: whether the connection is at fault what is sent next finds out
  if (hasAnswered(outcome) || attempts >= MOST_LOOKS) return null;
  return health.judge(outcome, attempts);
}
