/**
 * Before a row is sent whose earlier try was never answered: some SISs give what they are sent an id of their own, and
 * a second PUT under ours would make a second lineItem. So what may be ours is looked for in the SIS, and the same
 * goes there under the id that it has. An SIS that is known to keep our ids needs no look: a repeated PUT is harmless.
 */
import type { ClassFacts, LineItemFacts, ResultFacts } from '../gradebook/facts.ts';
import type { OneRosterLineItem, OneRosterResult } from '../gradebook/oneroster.ts';
import { lineItemSourcedId } from '../gradebook/source-ids.ts';
import {
  differing,
  isFormOf,
  lineItemValues,
  resultValues,
  shownBy,
  studentOf,
  type Kind,
  type Values,
} from '../gradebook/values.ts';
import type { LaneHealth } from './lane-health.ts';
import type { Lanes } from './ports/lanes.ts';
import type { ReadOutcome, SisClient } from './ports/sis.ts';
import type { Place, Sent } from './send.ts';

interface By {
  client: SisClient;
  lanes: Pick<Lanes, 'lineItemIds'>;
  health: Pick<LaneHealth, 'judge'>;
  /** ids in the SIS that were found to be ours in this run, and which row's */
  found: Map<string, string>;
  /** what it has of a lineItem, if its results may have ids of their own although the lineItem has ours */
  listed: ((classId: string, lineItemId: string) => Promise<ReadOutcome<Item[]>>) | null;
}
type Item = Record<string, unknown>;

export async function placeOfLineItem(
  cls: ClassFacts,
  row: LineItemFacts & { unheard: Values[]; attempts: number },
  body: OneRosterLineItem,
  by: By,
): Promise<Place> {
  const { sourcedId } = body;
  const classId = body.class.sourcedId;
  const known = (await by.lanes.lineItemIds(cls.id)).filter(({ key }) => key !== row.key);
  const ours = ({ key, sourcedId }: { key: string; sourcedId: string }) =>
    sourcedId === lineItemSourcedId(cls.tenantKey, cls.key, key, classId);
  if (known.some(ours)) return { sourcedId };
  const items = await read(by.client.readLineItems(classId, new Set([sourcedId])), row.attempts, by);
  if (!Array.isArray(items)) return items ?? { sourcedId };
  const linked = new Set(known.map((one) => one.sourcedId));
  const free = items.filter(({ sourcedId }) => {
    const owner = by.found.get(String(sourcedId));
    return !linked.has(String(sourcedId)) && (owner === undefined || owner === row.id);
  });
  const found = choose('lineItem', free, sourcedId, [lineItemValues(body), ...row.unheard], cls) ?? sourcedId;
  by.found.set(found, row.id);
  return { sourcedId: found };
}

export async function placeOfResult(
  cls: ClassFacts,
  lineItem: LineItemFacts,
  row: ResultFacts & { unheard: Values[]; attempts: number },
  body: OneRosterResult,
  by: By,
): Promise<Place> {
  const { sourcedId } = body;
  const classId = body.class?.sourcedId ?? '';
  const lineItemId = body.lineItem.sourcedId;
  const keepsOurs = lineItemId === lineItemSourcedId(cls.tenantKey, cls.key, lineItem.key, classId);
  if (keepsOurs && !by.listed) return { sourcedId };
  const answer =
    by.listed?.(classId, lineItemId) ?? by.client.readResults(classId, lineItemId, new Set([sourcedId]));
  const items = await read(answer, row.attempts, by);
  if (!Array.isArray(items)) return items ?? { sourcedId };
  return { sourcedId: resultAmong(items, body, row.unheard, cls) ?? sourcedId };
}

/** Which of these is what we sent for this student; null: none. `tried`: what was sent before. */
export function resultAmong(
  items: Item[],
  body: OneRosterResult,
  tried: Values[],
  cls: ClassFacts,
): string | null {
  const his = items.filter((item) => studentOf(item) === body.student.sourcedId);
  return choose('result', his, body.sourcedId, [resultValues(body), ...tried], cls);
}

/** null: this SIS has no such list, so there is nothing to be found out. */
async function read(
  answer: Promise<ReadOutcome<Item[]>>,
  attempts: number,
  by: By,
): Promise<Item[] | Sent | null> {
  const outcome = await answer;
  if (outcome.kind === 'read') return outcome.value;
  return outcome.kind === 'refused' ? null : by.health.judge(outcome, attempts);
}

/** Ours under our id; else one that shows what we sent, under the SIS's; null: it was not stored. */
function choose(
  kind: Kind,
  items: Item[],
  sourcedId: string,
  sent: Values[],
  cls: ClassFacts,
): string | null {
  if (items.some((item) => item.sourcedId === sourcedId)) return sourcedId;
  const zone = cls.timeZone;
  const isOurs = (item: Item) => {
    const shown = shownBy(kind, item);
    return (
      shown !== null &&
      sent.some((values) => differing(values, shown, zone).length === 0 || isFormOf(values, shown, zone))
    );
  };
  const found = items.find(isOurs)?.sourcedId;
  return typeof found === 'string' ? found : null;
}
