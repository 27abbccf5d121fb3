/**
 * Results that an SIS does not have yet, of one lineItem, in one request (OneRoster 1.2, POST /lineItems/{id}/results),
 * where the connection test proved that it works. The specification knows no partial success and no repeat:
 *
 * - ids that are told are kept, row by row; a row that the answer does not tell of is looked for before anything else;
 * - no answer: each row is as uncertain as after an unanswered PUT. The next try reads what is there (look-first.ts),
 *   and then goes by PUT: a POST is never repeated;
 * - refused as a whole: each row goes by itself, so that one bad one never fails the others.
 */
import type { ClassFacts } from '../gradebook/facts.ts';
import { wireForm, wireResult } from '../gradebook/wire.ts';
import type { Result } from './class-run.ts';
import type { LaneHealth } from './lane-health.ts';
import { resultAmong } from './look-first.ts';
import type { ReadOutcome } from './ports/sis.ts';
import { decideResult, storedResult, type ResultToSend, type SendParts, type Sent } from './send.ts';

/** In one request: a body of some 60 kB, which every server takes. */
export const MOST_TOGETHER = 100;

/** What an SIS answers where this request is not for us at all: it is not tried again in this run. */
const notOffered = [401, 402, 403, 404, 405, 410, 415, 501];

/** Results that may share a request, lineItem by lineItem; each of the others is alone. */
export function inGroups(results: Result[]): Result[][] {
  const groups: Result[][] = [];
  const open = new Map<string, Result[]>();
  for (const result of results) {
    const group = mayShare(result) ? open.get(result.lineItemId) : undefined;
    if (group && group.length < MOST_TOGETHER) {
      group.push(result);
      continue;
    }
    const fresh = [result];
    groups.push(fresh);
    if (mayShare(result)) open.set(result.lineItemId, fresh);
  }
  return groups;
}

/** What may be there already, under whatever id, has to be looked for. */
const mayShare = ({ ackedVersion, unheard, found, sourcedId }: Result): boolean =>
  ackedVersion === 0 && unheard === null && found === null && sourcedId === null;

export interface Together {
  sent: { result: Result; sent: Sent }[];
  /** to be sent each by itself */
  rest: Result[];
  /** this SIS takes no such request now, or does not come to an answer */
  notOffered: boolean;
}
interface Going {
  result: Result;
  decision: ResultToSend;
}
type By = SendParts & { health: Pick<LaneHealth, 'judge' | 'acknowledged' | 'rowAgainAt'> };

/** Sends what is new of `results`, which all stand on the lineItem `on`. */
export async function sendTogether(
  results: Result[],
  on: { lineItem: Parameters<typeof decideResult>[1]; parked: Parameters<typeof decideResult>[2] },
  by: By,
): Promise<Together> {
  const going: Going[] = [];
  for (const result of results) {
    const decision = await decideResult(result, on.lineItem, on.parked, by);
    if ('body' in decision && decision.action === 'create' && decision.body.status === 'active')
      going.push({ result, decision });
  }
  const [first] = going;
  if (!first || going.length < 2) return { sent: [], rest: results, notOffered: false };
  const alone = results.filter((result) => !going.some((one) => one.result === result));
  const cls = await by.cls();
  const form = wireForm(cls);
  const outcome = await by.client.postResults(
    first.decision.body.lineItem.sourcedId,
    going.map(({ decision }) => wireResult(decision.body, form)),
  );
  const who = `result ${first.result.id}`;
  if (outcome.kind === 'refused')
    return { sent: [], rest: results, notOffered: notOffered.includes(outcome.said.status ?? 0) };
  if (outcome.kind !== 'stored') {
    const attempts = Math.max(...going.map(({ result }) => result.attempts));
    const sent = await by.health.judge(outcome, attempts, who);
    // too many at once for it, perhaps: those that follow go by themselves
    const { ambiguous = false } = outcome;
    return { sent: going.map(({ result }) => ({ result, sent })), rest: alone, notOffered: ambiguous };
  }
  await by.health.acknowledged(who);
  const sent: Together['sent'] = [];
  const untold: Going[] = [];
  for (const one of going) {
    const sourcedId = outcome.ids.get(one.decision.body.sourcedId);
    if (sourcedId === undefined) untold.push(one);
    else sent.push({ result: one.result, sent: storedResult(one.decision, sourcedId) });
  }
  const looked = untold.length > 0 ? await lookFor(untold, cls, by) : { sent: [], rest: [] };
  return { sent: [...sent, ...looked.sent], rest: [...alone, ...looked.rest], notOffered: false };
}

/** It took the request and did not tell of these: what is there is ours, what is not goes by itself. */
async function lookFor(untold: Going[], cls: ClassFacts, by: By): Promise<Pick<Together, 'sent' | 'rest'>> {
  const body = untold[0]!.decision.body;
  const list = await by.client.readResults(body.class?.sourcedId ?? '', body.lineItem.sourcedId);
  const sent: Together['sent'] = [];
  const rest: Result[] = [];
  for (const { result, decision } of untold) {
    const known = list.kind === 'read' ? resultAmong(list.value, decision.body, [], cls) : null;
    if (known !== null) sent.push({ result, sent: storedResult(decision, known) });
    else if (list.kind === 'read' && !list.partial) rest.push(result);
    else sent.push({ result, sent: uncertain(result, list, by) });
  }
  return { sent, rest };
}

/** The same as an unanswered PUT: it may be there, and the next try looks first. */
function uncertain(result: Result, list: ReadOutcome<unknown>, { health }: By): Sent {
  const code = list.kind === 'read' ? 'SIS_NOT_JSON' : list.code;
  const nextAttemptAt = health.rowAgainAt(result.attempts);
  return { how: 'retry', reason: { code }, nextAttemptAt, ambiguous: true, counts: true };
}
