/** One row, decided and sent: the planner's decision, then at most one request. */
import { because, planResult } from './planner.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Decision, LineItemDecision, Reason } from '../gradebook/decision.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from '../gradebook/facts.ts';
import { lineItemLink, resultLink } from '../gradebook/links.ts';
import type { OneRosterLineItem, OneRosterResult } from '../gradebook/oneroster.ts';
import type { Outcome } from '../gradebook/outcome.ts';
import { lineItemValues, resultValues } from '../gradebook/values.ts';
import { wireForm, wireLineItem, wireResult, type WireForm } from '../gradebook/wire.ts';
import type { Settlement } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';

type WithoutRow<S> = S extends unknown ? Omit<S, 'kind' | 'id' | 'classId' | 'n' | 'version'> : never;
/** What became of a row, before it is known which row. */
export type Sent = WithoutRow<Settlement>;
/** The SIS said no, or nothing: what that means for row and lane is the lane's to judge. */
export type Answered =
  | Sent
  /** `linkedTo`: to whom it was written, if it was stored after all */
  | { how: 'outcome'; outcome: Exclude<Outcome, { kind: 'acknowledged' }>; linkedTo?: string };

export interface SendParts {
  cls(): Promise<ClassFacts>;
  planLineItem(cls: ClassFacts, lineItem: LineItemFacts): LineItemDecision;
  client: SisClient;
  /** null: it is read and kept; else what becomes of the row that needed it */
  readCategories(): Promise<Sent | null>;
  readSchool(): Promise<Sent | null>;
  /** what the class has in the SIS besides; left out: it was listed a moment ago, or cannot be */
  listLineItems?: () => Promise<Sent | null>;
  /** under which id to send what may be in the SIS already, and whether at all; null: there is nothing to look for */
  placeOfLineItem: Look<OneRosterLineItem>;
  placeOfResult: Look<OneRosterResult>;
}
export type Action = 'create' | 'update';
/** Under which id to send it; `how`: what becomes of the row, for the SIS could not be asked, or has another's there. */
export type Place = { sourcedId: string } | Sent;
type Look<Body> = ((cls: ClassFacts, body: Body, action: Action) => Promise<Place>) | null;

/** The decision about a lineItem, after reading from the SIS what it needs to be made. */
async function decided(
  lineItem: LineItemFacts,
  by: SendParts,
): Promise<Sent | Exclude<LineItemDecision, { action: 'needsRead' }>> {
  // at most one read of each kind: after it the planner knows, one way or the other
  for (let reads = 0; reads <= 3; reads++) {
    const cls = await by.cls();
    const decision = by.planLineItem(cls, lineItem);
    if (decision.action !== 'needsRead') {
      // no category fits: of a class that the SIS does not have, that is not what should be said
      const doubt = decision.action === 'blocked' && decision.reason.code === 'CAT_MISSING';
      if (!doubt || cls.schoolSourcedId !== null || cls.schoolMissing || cls.classMissing) return decision;
      const failed = await by.readSchool();
      if (failed) return failed;
      continue;
    }
    const failed = await (decision.read === 'categories' ? by.readCategories() : by.readSchool());
    if (failed) return failed;
  }
  throw new Error('the planner asked for the same read again');
}

export async function sendLineItem(lineItem: LineItemFacts, by: SendParts): Promise<Answered> {
  let decision = await decided(lineItem, by);
  if ('how' in decision) return decision;
  if (decision.action === 'create' && by.listLineItems) {
    // one of the same title would be made a second time
    const failed = await by.listLineItems();
    if (failed) return failed;
    decision = await decided(lineItem, by);
    if ('how' in decision) return decision;
  }
  switch (decision.action) {
    case 'skip':
      return { how: 'skipped', reason: decision.reason };
    case 'blocked':
      return { how: 'blocked', reason: decision.reason };
    case 'conflict':
      return { how: 'conflict', reason: decision.reason };
    case 'unchanged':
      return { how: 'unchanged' };
    case 'create':
    case 'update': {
      const sent = await put(decision, by.placeOfLineItem, by, (id, body, form) =>
        by.client.putLineItem(id, wireLineItem(body, form)),
      );
      const linkedTo = lineItemLink(decision.body.class.sourcedId);
      if ('how' in sent) return written(sent, linkedTo);
      return {
        how: 'acknowledged',
        ...sent,
        acked: lineItemValues(decision.body),
        linkedTo,
        ...(decision.frozenDueDate ? { frozenDueDate: decision.frozenDueDate } : {}),
      };
    }
  }
}

type ToSend<Body> = Extract<Decision<Body>, { action: 'create' | 'update' }>;
export type ResultToSend = ToSend<OneRosterResult>;

/** `parked`: why the SIS does not have the lineItem and will not take it as it is. */
export async function decideResult(
  result: ResultFacts,
  lineItem: LineItemFacts,
  parked: Reason | null,
  by: SendParts,
): Promise<Sent | ResultToSend> {
  const about = await decided(lineItem, by);
  if ('how' in about) return about;
  if (parked && about.action === 'create')
    return { how: 'blocked', reason: because('LINE_ITEM_WAITS', parked) };
  const decision = planResult(await by.cls(), lineItem, about, result);
  switch (decision.action) {
    case 'needsRead':
      throw new Error('a result needs no read of its own');
    case 'skip':
      return { how: 'skipped', reason: decision.reason };
    case 'blocked':
      return { how: 'blocked', reason: decision.reason };
    case 'conflict':
      return { how: 'conflict', reason: decision.reason };
    case 'unchanged':
      return { how: 'unchanged' };
    case 'create':
    case 'update':
      return decision;
  }
}

export async function sendResult(
  result: ResultFacts,
  lineItem: LineItemFacts,
  parked: Reason | null,
  by: SendParts,
): Promise<Answered> {
  const decision = await decideResult(result, lineItem, parked, by);
  if ('how' in decision) return decision;
  const { settings } = await by.cls();
  // what was not there before a restored sync is deleted, where that is how this SIS is told of deletions
  const deletes = decision.body.status === 'tobedeleted' && settings.deletePropagation === 'delete';
  const sent = await put(decision, by.placeOfResult, by, (id, body, form) =>
    deletes ? by.client.deleteResult(id) : by.client.putResult(id, wireResult(body, form)),
  );
  return 'how' in sent ? written(sent, linkOf(decision)) : storedResult(decision, sent.sourcedId);
}

const written = (answered: Answered, linkedTo: string): Answered =>
  answered.how === 'outcome' ? { ...answered, linkedTo } : answered;
const linkOf = ({ body }: ResultToSend): string =>
  resultLink(body.lineItem.sourcedId, body.student.sourcedId);

/** The SIS has it, under this id. */
export function storedResult(decision: ResultToSend, sourcedId: string): Sent {
  const { body } = decision;
  return {
    how: 'acknowledged',
    ...stored(decision, sourcedId),
    acked: resultValues(body),
    linkedTo: linkOf(decision),
  };
}

/** Sends it under the id that the SIS has for it, else under ours; the SIS may answer with one of its own. */
async function put<Body extends { sourcedId: string }>(
  decision: ToSend<Body>,
  look: Look<Body>,
  by: SendParts,
  send: (sourcedId: string, body: Body, form: WireForm) => Promise<Outcome>,
): Promise<Answered | Stored> {
  const { action, body } = decision;
  const cls = await by.cls();
  const place = look ? await look(cls, body, action) : decision;
  if ('how' in place) return place;
  const { sourcedId } = place;
  const sent = sourcedId === body.sourcedId ? body : { ...body, sourcedId };
  const outcome = await send(sourcedId, sent, wireForm(cls));
  if (outcome.kind !== 'acknowledged') return { how: 'outcome', outcome };
  return stored(decision, outcome.allocatedSourcedId ?? sourcedId);
}

interface Stored {
  created: boolean;
  hash: string;
  sourcedId: string;
}
/** The hash is that of the body that the next plan makes, with the id that it then has. */
function stored<Body extends { sourcedId: string }>(
  { action, body, hash }: ToSend<Body>,
  sourcedId: string,
): Stored {
  const same = sourcedId === body.sourcedId;
  return {
    created: action === 'create',
    hash: same ? hash : canonicalHash({ ...body, sourcedId }),
    sourcedId,
  };
}
