/**
 * The writing part of the connection test, in a class that the admin names: an assignment that says that it is a test,
 * and, of a student for tests alone, his scores in it. What the SIS does with each is what is learned; all of it is
 * removed again, also when a step fails or the time is over. It is honest about what could not be tried.
 */
import { randomUUID } from 'node:crypto';
import type { Capabilities } from '../gradebook/capabilities.ts';
import { explain } from '../gradebook/dictionary.ts';
import { longTitle, probeLineItem, probeResult } from '../gradebook/probe-item.ts';
import { titleLength } from '../gradebook/title.ts';
import { wireForm, wireLineItem, wireResult } from '../gradebook/wire.ts';
import type { LeftBehind, PageSizes, SisClient, TestStep, WriteProbe } from '../passback/ports/sis.ts';
import type { Found } from './class-test.ts';
import { cleanUp } from './clean-up.ts';
import { createClient } from './client.ts';
import type { Channel } from './request.ts';
import { problem, scoreTrial } from './score-trial.ts';
import { titleTrial } from './title-trial.ts';
import { TestStopped, Trial } from './trial.ts';

export const writeStepNames = [
  'writing',
  'titles',
  'bulk',
  'overMax',
  'exempt',
  'deleting',
  'speed',
  'cleanUp',
] as const;
const CLEAN_UP_MS = 15_000;
/** Some SISs show a moment later what they have taken. */
const SHOWN_WITHIN_MS = 1_000;

export interface WriteTest {
  channel: Channel;
  sizes: PageSizes;
  probe: WriteProbe;
  /** of the class in the SIS */
  classSourcedId: string;
  categorySourcedId: string;
  schoolSourcedId: string | null;
  into: Capabilities;
  leftBehind: LeftBehind[];
  add: (name: TestStep['name'], found: Found) => void;
}

export async function writeTest(test: WriteTest): Promise<void> {
  const { channel, sizes, into, add, classSourcedId } = test;
  const trial = new Trial(channel);
  const begin = `Connection test ${randomUUID().slice(0, 4)}`;
  const make = (sourcedId: string, title: string) =>
    probeLineItem(test.probe.cls, { ...test, sourcedId, title, now: new Date() });
  const form = wireForm(test.probe.cls);
  const wire = (sourcedId: string, title: string) => {
    const built = make(sourcedId, title);
    return built.action === 'body' ? wireLineItem(built.body, form) : null;
  };
  const steps = { trial, begin, wire, client: createClient(channel, sizes) };
  const id = randomUUID();
  const made = make(id, begin);
  if (made.action !== 'body') {
    const why =
      'reason' in made ? explain(made.reason).message : 'the SIS did not name the school of the class';
    add('writing', { status: 'skipped', detail: `No assignment can be made in this class: ${why}` });
    return;
  }
  into.writeTestedAt = new Date().toISOString();
  try {
    await tryAll(test, steps, id);
  } catch (error) {
    if (!(error instanceof TestStopped)) throw error;
    add('speed', {
      status: 'failed',
      detail: 'The test took too long and was stopped.',
      code: 'INTERRUPTED',
    });
  } finally {
    into.latencyMs = trial.medianMs;
    // with a time of its own: whoever asked may have gone
    const own = { ...channel, signal: AbortSignal.timeout(CLEAN_UP_MS) };
    const found = await cleanUp({
      ...{ ...test, begin, trial: trial.within(own.signal), client: createClient(own, sizes) },
      lineItem: (sourcedId) => {
        const body = wire(sourcedId, begin);
        return body && { ...body, status: 'tobedeleted' };
      },
    }).catch((error: unknown): Found => {
      if (!(error instanceof TestStopped)) throw error;
      test.leftBehind.push({ kind: 'lineItem', sourcedId: id, title: begin });
      const detail = `The SIS did not answer in time: “${begin}” in the class ${classSourcedId} may have to be deleted by hand.`;
      return { status: 'failed', detail, code: 'CONN_TIMEOUT' };
    });
    if (into.deleteLineItem !== null || into.deleteResult !== null) add('deleting', deletingFound(into));
    add('cleanUp', found);
  }
}

interface Steps {
  trial: Trial;
  begin: string;
  client: SisClient;
  wire: (sourcedId: string, title: string) => Record<string, unknown> | null;
}

async function tryAll(test: WriteTest, steps: Steps, ours: string): Promise<void> {
  const { into, add, classSourcedId } = test;
  const { trial, begin, client, wire } = steps;
  const put = (sourcedId: string, title: string) => trial.put('lineItem', sourcedId, wire(sourcedId, title)!);
  const first = await put(ours, begin);
  if (first.outcome.kind !== 'acknowledged') {
    add('writing', problem('An assignment is not taken', first));
    return;
  }
  const own = first.outcome.allocatedSourcedId;
  const shownTitle = async (id: string) => {
    const list = await client.readLineItems(classSourcedId, new Set([id]));
    into.readLineItems = list.kind === 'read';
    if (list.kind !== 'read') return undefined;
    const item = list.value.find(({ sourcedId }) => sourcedId === id);
    return item ? String(item.title) : undefined;
  };
  const soon = async (id: string) =>
    (await shownTitle(id)) ??
    (await new Promise((done) => setTimeout(done, SHOWN_WITHIN_MS)), await shownTitle(id));
  const shown = await soon(own ?? ours);
  if (own === undefined && into.readLineItems && shown === undefined) {
    // taken, and not there under our id: perhaps under one that the answer did not tell
    add('writing', {
      status: 'warning',
      detail: 'An assignment is taken, but the class does not show it under the id that it was sent with.',
    });
    into.keepsIds = false;
    return;
  }
  into.keepsIds = own === undefined || own === ours;
  const id = own ?? ours;
  const again = await put(id, begin);
  into.updateStatus = again.outcome.kind === 'acknowledged' ? again.status : null;
  const ids = into.keepsIds ? 'keeps our ids' : 'gives ids of its own';
  const second = into.updateStatus === null ? '; the same once more was not taken' : '';
  add('writing', {
    status: second ? 'warning' : 'ok',
    detail: `An assignment is taken (${first.status}, the same again ${again.status ?? 'unanswered'}); the SIS ${ids}${second}.`,
  });

  const attempt = async (length: number) => {
    const answer = await put(id, longTitle(begin, length));
    if (answer.outcome.kind === 'refused') return null;
    return answer.outcome.kind === 'acknowledged' ? shownTitle(id) : undefined;
  };
  add('titles', await titleTrial(attempt, titleLength(begin), into));
  await put(id, begin);

  const student = test.probe.studentSourcedId;
  if (student === null) {
    for (const name of ['bulk', 'overMax', 'exempt'] as const)
      add(name, {
        status: 'skipped',
        detail: 'No student for tests was named, and no child gets a score by a test.',
      });
  } else
    await scoreTrial({
      ...{ trial, client, classSourcedId, lineItem: id, student, into, add },
      sourcedId: randomUUID(),
      wire: (sourcedId, score) => {
        const of = { sourcedId, lineItem: id, student, now: new Date() };
        const body = probeResult(test.probe.cls, of, score);
        return body ? wireResult(body, wireForm(test.probe.cls)) : {};
      },
    });
  const ms = trial.medianMs;
  add('speed', {
    status: 'ok',
    detail: `Half of ${trial.count} requests were answered within ${ms ?? 0} ms.`,
  });
}

function deletingFound({ deleteLineItem, deleteResult }: Capabilities): Found {
  const things = { scores: deleteResult, assignments: deleteLineItem };
  const of = (can: boolean) =>
    Object.entries(things)
      .filter(([, value]) => value === can)
      .map(([name]) => name)
      .join(' and ');
  const parts = [of(true) && `deletes ${of(true)}`, of(false) && `does not delete ${of(false)}`];
  return { status: 'ok', detail: `With this key the SIS ${parts.filter(Boolean).join(', and ')}.` };
}
