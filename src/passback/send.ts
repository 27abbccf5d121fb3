/** One row, decided and sent: the planner's decision, then at most one request. */
import { because, planResult } from './planner.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Decision, LineItemDecision, Reason } from '../gradebook/decision.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from '../gradebook/facts.ts';
import { lineItemLink, resultLink } from '../gradebook/links.ts';
import type { OneRosterLineItem, OneRosterResult } from '../gradebook/oneroster.ts';
import type { Outcome } from '../gradebook/outcome.ts';
import { lineItemValues, resultValues } from '../gradebook/values.ts';
import type { Settlement } from './ports/lanes.ts';
import type { SisClient } from './ports/sis.ts';

type WithoutRow<S> = S extends unknown ? Omit<S, 'kind' | 'id' | 'classId' | 'n' | 'version'> : never;
/** What became of a row, before it is known which row. */
export type Sent = WithoutRow<Settlement>;
/** The SIS said no, or nothing: what that means for row and lane is the lane's to judge. */
export type Answered = Sent | { how: 'outcome'; outcome: Exclude<Outcome, { kind: 'acknowledged' }> };

export interface SendParts {
  cls(): Promise<ClassFacts>;
  planLineItem(cls: ClassFacts, lineItem: LineItemFacts): LineItemDecision;
  client: SisClient;
  /** null: it is read and kept; else what becomes of the row that needed it */
  readCategories(): Promise<Sent | null>;
  readSchool(): Promise<Sent | null>;
  /** under which id to send what may be in the SIS already; null: it is not there */
  placeOfLineItem: Look<OneRosterLineItem>;
  placeOfResult: Look<OneRosterResult>;
}
/** Under which id to send it; `how`: what becomes of the row, for the SIS could not be asked. */
export type Place = { sourcedId: string } | Sent;
type Look<Body> = ((cls: ClassFacts, body: Body) => Promise<Place>) | null;

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
  const decision = await decided(lineItem, by);
  if ('how' in decision) return decision;
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
      const sent = await put(decision, by.placeOfLineItem, by, (id, body) => by.client.putLineItem(id, body));
      if ('how' in sent) return sent;
      return {
        how: 'acknowledged',
        ...sent,
        acked: lineItemValues(decision.body),
        linkedTo: lineItemLink(decision.body.class.sourcedId),
        ...(decision.frozenDueDate ? { frozenDueDate: decision.frozenDueDate } : {}),
      };
    }
  }
}

/** `parked`: why the SIS does not have the lineItem and will not take it as it is. */
export async function sendResult(
  result: ResultFacts,
  lineItem: LineItemFacts,
  parked: Reason | null,
  by: SendParts,
): Promise<Answered> {
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
    case 'update': {
      const sent = await put(decision, by.placeOfResult, by, (id, body) => by.client.putResult(id, body));
      if ('how' in sent) return sent;
      return {
        how: 'acknowledged',
        ...sent,
        acked: resultValues(decision.body),
        linkedTo: resultLink(decision.body.lineItem.sourcedId, decision.body.student.sourcedId),
      };
    }
  }
}

/** Sends it under the id that the SIS has for it, else under ours; the SIS may answer with one of its own. */
async function put<Body extends { sourcedId: string }>(
  decision: Extract<Decision<Body>, { action: 'create' | 'update' }>,
  look: Look<Body>,
  by: SendParts,
  send: (sourcedId: string, body: Body) => Promise<Outcome>,
): Promise<Answered | { created: boolean; hash: string; sourcedId: string }> {
  const { action, body, hash } = decision;
  // what was acknowledged has its id
  const place = look && action === 'create' ? await look(await by.cls(), body) : decision;
  if ('how' in place) return place;
  const { sourcedId } = place;
  const outcome = await send(sourcedId, sourcedId === body.sourcedId ? body : { ...body, sourcedId });
  if (outcome.kind !== 'acknowledged') return { how: 'outcome', outcome };
  const known = outcome.allocatedSourcedId ?? sourcedId;
  // the hash of the body that the next plan makes, with the id that it then has
  const same = known === body.sourcedId;
  return {
    created: action === 'create',
    hash: same ? hash : canonicalHash({ ...body, sourcedId: known }),
    sourcedId: known,
  };
}
