/** What becomes of the scores of one student for tests: many at once, more than the points, excused, deleted. */
import type { Capabilities } from '../gradebook/capabilities.ts';
import type { OneRosterResult } from '../gradebook/oneroster.ts';
import { PROBE_POINTS } from '../gradebook/probe-item.ts';
import { shownBy, studentOf, type Shown } from '../gradebook/values.ts';
import type { SisClient, TestStep } from '../passback/ports/sis.ts';
import { describeProblem, type Found } from './class-test.ts';
import { formOfPairs, storedIds } from './many.ts';
import type { Answered, Trial } from './trial.ts';

export interface ScoreTrial {
  trial: Trial;
  client: SisClient;
  classSourcedId: string;
  lineItem: string;
  student: string;
  sourcedId: string;
  /** the result as it goes on the wire */
  wire: (sourcedId: string, score: Pick<OneRosterResult, 'scoreStatus' | 'score'>) => Record<string, unknown>;
  into: Capabilities;
  add: (name: TestStep['name'], found: Found) => void;
}
type Seen = { sourcedId: string; shown: Shown } | null | undefined;

const OVER = PROBE_POINTS + 5;

export async function scoreTrial(by: ScoreTrial): Promise<void> {
  const { trial, into, add } = by;
  const posted = await bulk(by);
  add('bulk', posted.found);
  let id = posted.sourcedId;
  if (id === null) {
    const put = await trial.put('result', by.sourcedId, by.wire(by.sourcedId, graded(7)));
    if (put.outcome.kind !== 'acknowledged') {
      const why = problem('A score is not taken', put);
      for (const name of ['overMax', 'exempt'] as const) add(name, { ...why, status: 'skipped' });
      return;
    }
    id = put.outcome.allocatedSourcedId ?? by.sourcedId;
  }
  add('overMax', await overMax(by, id));
  add('exempt', await exempt(by, id));
  const removed = await trial.remove('result', id);
  if (removed.outcome.kind === 'acknowledged') {
    const left = await look(by);
    into.deleteResult = left === undefined ? true : left === null;
  } else if (removed.outcome.kind === 'refused') into.deleteResult = false;
}

const graded = (score: number) => ({ scoreStatus: 'fully graded' as const, score });

/** `sourcedId`: under which the result is there afterwards; null: it is not there. */
async function bulk(by: ScoreTrial): Promise<{ found: Found; sourcedId: string | null }> {
  const { trial, into } = by;
  const answer = await trial.post(by.lineItem, [by.wire(by.sourcedId, graded(7))]);
  trial.results.add(by.sourcedId);
  if (answer.outcome.kind === 'refused' || answer.outcome.kind === 'broken') {
    into.bulkResults = 'no';
    const why = problem('Each score needs a request of its own', answer).detail;
    return { found: { status: 'ok', detail: why }, sourcedId: null };
  }
  if (answer.outcome.kind === 'retry') {
    const why = problem('It did not come to an answer', answer).detail;
    return { found: { status: 'skipped', detail: why }, sourcedId: (await look(by))?.sourcedId ?? null };
  }
  const told = storedIds(answer.body).get(by.sourcedId);
  if (told !== undefined) trial.results.add(told);
  const seen = await look(by);
  if (seen) trial.results.add(seen.sourcedId);
  const form = formOfPairs(answer.body);
  // only what was told and is there under that very id is proof enough to rely on
  if (form !== null && told !== undefined && seen?.sourcedId === told) {
    into.bulkResults = form;
    const ids = told === by.sourcedId ? 'and keep our ids' : 'under ids that the SIS gives them';
    return {
      found: { status: 'ok', detail: `Many new scores can go in one request, ${ids}.` },
      sourcedId: told,
    };
  }
  into.bulkResults = 'no';
  const why = seen
    ? 'the answer does not tell which ids they have'
    : 'it cannot be seen that they are stored';
  return {
    found: { status: 'warning', detail: `Many scores in one request are taken, but ${why}: not used.` },
    sourcedId: seen?.sourcedId ?? null,
  };
}

async function overMax(by: ScoreTrial, id: string): Promise<Found> {
  const put = await by.trial.put('result', id, by.wire(id, graded(OVER)));
  if (put.outcome.kind === 'refused') {
    by.into.overMax = 'refused';
    return { status: 'ok', detail: `A score of ${OVER} of ${PROBE_POINTS} is refused.` };
  }
  const score = put.outcome.kind === 'acknowledged' ? (await look(by))?.shown.score : undefined;
  if (typeof score !== 'number') return unseen(`A score of ${OVER} of ${PROBE_POINTS}`);
  by.into.overMax = score === OVER ? 'kept' : 'capped';
  const became = score === OVER ? 'is kept' : `becomes ${score}`;
  return { status: 'ok', detail: `A score of ${OVER} of ${PROBE_POINTS} ${became}.` };
}

async function exempt(by: ScoreTrial, id: string): Promise<Found> {
  const put = await by.trial.put('result', id, by.wire(id, { scoreStatus: 'exempt' }));
  if (put.outcome.kind === 'refused') {
    // OneRoster 1.1 wants a score with every result, and so do some that speak 1.2
    const withZero = await by.trial.put('result', id, by.wire(id, { scoreStatus: 'exempt', score: 0 }));
    by.into.exempt = withZero.outcome.kind === 'acknowledged' ? 'needsNumber' : 'refused';
    if (by.into.exempt === 'needsNumber')
      return { status: 'ok', detail: 'An excused score is taken with a 0, which does not count.' };
    return { ...problem('An excused score is refused', put), status: 'warning' };
  }
  const shown = put.outcome.kind === 'acknowledged' ? (await look(by))?.shown : undefined;
  if (!shown) return unseen('An excused score');
  const status = String(shown.scoreStatus ?? '');
  by.into.exempt = status.toLowerCase() !== 'exempt' ? 'otherStatus' : shown.score === 0 ? 'zero' : 'kept';
  const words = {
    kept: 'is kept as excused, without a number.',
    zero: 'is kept as excused and shown with a 0, which does not count.',
    otherStatus: `becomes “${status}”.`,
  };
  return {
    status: by.into.exempt === 'otherStatus' ? 'warning' : 'ok',
    detail: `An excused score ${words[by.into.exempt]}`,
  };
}

/** The student's result as the SIS shows it; null: it has none; undefined: it does not say. */
async function look(by: ScoreTrial): Promise<Seen> {
  const list = await by.client.readResults(by.classSourcedId, by.lineItem);
  by.into.readResults = list.kind === 'read';
  if (list.kind !== 'read') return undefined;
  const his = list.value.find((item) => studentOf(item) === by.student);
  const shown = shownBy('result', his);
  return his && shown ? { sourcedId: String(his.sourcedId), shown } : list.partial ? undefined : null;
}

const unseen = (what: string): Found => ({
  status: 'skipped',
  detail: `${what} was sent, but what became of it cannot be read.`,
});

/** In the words of the dictionary and of the SIS. */
export function problem(what: string, { outcome }: Answered): Found {
  if (outcome.kind === 'acknowledged') return { status: 'failed', detail: `${what}.` };
  const { code, said } = outcome;
  return {
    status: 'failed',
    detail: `${what}: ${describeProblem(code, said.description ?? '')}`,
    code,
    said,
  };
}
