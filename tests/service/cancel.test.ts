/** Cancel and retry: no request begins after the answer, what was in flight is told as it comes out, counts are honest. */
import { expectOk, putLineItem, putScores, sync, syncEnd } from '../support/district.ts';
import { until, type Answer, type TestService } from '../support/service.ts';
import {
  cells,
  entriesOf,
  expectHonest,
  expectNothingStuck,
  getSync,
  held,
  inSis,
  N,
  place,
  quiet,
  scores,
  SLOTS,
  startUnderWay,
  states,
  type Place,
  type Sync,
} from '../support/under-way.ts';

let service: TestService;
beforeAll(async () => {
  service = await startUnderWay();
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());
const control = () => service.sis.control;
const title = (p: Place) => `a of ${p.tenant}`;
const cancel = (p: Place, id: string): Promise<Answer<Sync & { code?: string }>> =>
  p.lms('POST', `/syncs/${id}/cancel`);
const retry = (p: Place, id: string) => expectOk(p.lms<Sync>('POST', `/syncs/${id}/retry`));

describe('cancel', () => {
  test('no request begins after its answer; the rest is unsent as before; what was in flight is told in it', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    expect((await cancel(p, run.id)).body).toMatchObject({ status: 'cancelled', pending: 0 });
    run.mark();
    run.letGo();
    await quiet(p.lms);
    await until(async () => (await getSync(p.lms, run.id)).byKind.results['created'] === SLOTS);
    expect(run.since().length).toBeLessThanOrEqual(SLOTS);
    const sent = Object.keys(inSis(service.sis, title(p))).length;
    expect(await states(p.lms)).toEqual({ acknowledged: sent, unsent: N - sent });
    const over = await expectHonest(p.lms, run.id);
    expect(over).toMatchObject({ status: 'cancelled', counts: { created: sent + 1, failed: 0 } });
    await expectNothingStuck(service);

    // it does not come to life again: neither by a sweep of the lane nor by a score that somebody else sends
    await service.service.db.rows(`UPDATE lane SET wake_at = now()`);
    await putLineItem(p.lms, 'b');
    await putScores(p.lms, 'b', 1);
    await sync(p.lms, '/classes/c1/lineItems/b/syncs');
    expect(await states(p.lms)).toMatchObject({ unsent: N - sent });
    expect((await getSync(p.lms, run.id)).counts).toEqual(over.counts);
    expect((await sync(p.lms)).counts).toMatchObject({ created: N - sent, failed: 0 });
    expect(inSis(service.sis, title(p))).toEqual(scores());
  });

  test('what goes by itself anyway goes on by itself, and is told there', async () => {
    const p = await place(service, { autoSync: true, gatherSeconds: 3600 });
    const run = await held(service.sis, p);
    await cancel(p, run.id);
    expect((await states(p.lms))['unsent']).toBeUndefined();
    await putScores(p.lms, 'a', N, (i) => i);
    run.letGo();
    await until(async () => (await states(p.lms))['acknowledged'] === N);
    expect(inSis(service.sis, title(p))).toEqual(scores((i) => i));
    const { counts } = await expectHonest(p.lms, run.id);
    // what was sent after it is not its business any more, although the lane had taken it before
    expect((await entriesOf(p.lms, run.id)).every((e) => e.version === 1)).toBe(true);
    expect(counts.created).toBeLessThanOrEqual(2 * SLOTS + 1);
    const { items } = await expectOk(p.lms<{ items: Sync[] }>('GET', '/syncs?classId=c1'));
    const automatic = items.find((s) => s.trigger === 'automatic');
    expect(automatic).toMatchObject({ status: 'complete', planned: null });
    expect((automatic?.counts.created ?? 0) + counts.created).toBe(N + 1);
    await expectNothingStuck(service);
  });

  test('an answer that comes after it, and is not one, leaves the row unsent, and fails nothing', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    await cancel(p, run.id);
    control().arm({ kind: 'reset', request: 'result' });
    run.letGo();
    await quiet(p.lms);
    expect(await expectHonest(p.lms, run.id)).toMatchObject({ status: 'cancelled', counts: { failed: 0 } });
    await until(async () =>
      Object.keys(await states(p.lms)).every((s) => ['unsent', 'acknowledged'].includes(s)),
    );
    control().disarm();
    await expectNothingStuck(service);
    expect((await sync(p.lms)).counts.failed).toBe(0);
    expect(inSis(service.sis, title(p))).toEqual(scores());
  });

  test('a lane that is lost with what was in flight sends nothing more for a cancelled sync', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    await cancel(p, run.id);
    // another sign-in takes the fence away from the run that still waits for its answers
    await p.settings({ extraHeaders: { 'X-New': 'yes' } });
    run.mark();
    run.letGo();
    await quiet(p.lms);
    await until(async () => (await states(p.lms))['unsent'] === N);
    expect(run.since().length).toBeLessThanOrEqual(SLOTS);
    await expectNothingStuck(service);
    expect((await sync(p.lms)).counts.failed).toBe(0);
    expect(inSis(service.sis, title(p))).toEqual(scores());
  });

  test('while the connection is broken it ends at once, and nothing is sent when it works again', async () => {
    const p = await place(service);
    control().arm({ kind: 'status', status: 401 });
    const { id } = await expectOk(p.lms<Sync>('POST', '/classes/c1/syncs', {}));
    await until(async () => (await getSync(p.lms, id)).waitingFor?.code === 'AUTH_TOKEN_REFUSED');
    expect((await cancel(p, id)).body).toMatchObject({ status: 'cancelled', pending: 0, waitingFor: null });
    expect(await states(p.lms)).toEqual({ unsent: N });
    control().disarm();
    const from = control().writes().length;
    await p.settings({ auth: service.sis.auth });
    await until(async () => {
      const { state } = await expectOk(p.admin<{ state: string }>('GET', '/domains/school/connection'));
      return state === 'working';
    });
    expect(control().writes().length).toBe(from);
    await expectNothingStuck(service);
  });

  test('twice, of one that is over, of a dry run or of automatic work is a 409 that says so', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    const [one, two] = await Promise.all([cancel(p, run.id), cancel(p, run.id)]);
    expect([one.status, two.status].sort()).toEqual([200, 409]);
    expect((await cancel(p, run.id)).body.code).toBe('SYNC_FINISHED');
    run.letGo();
    await quiet(p.lms);
    const over = await sync(p.lms);
    const dry = await expectOk(p.lms<Sync>('POST', '/classes/c1/syncs', { dryRun: true }));
    for (const id of [over.id, dry.id]) expect((await cancel(p, id)).status).toBe(409);
  });

  test('in a race with its end it is either over or cancelled, and its counts say what the SIS has', async () => {
    for (let round = 0; round < 5; round++) {
      const p = await place(service);
      const { id } = await expectOk(p.lms<Sync>('POST', '/classes/c1/syncs', {}));
      await until(
        () =>
          control()
            .contents()
            .results.filter((r) => r.lineItem.sourcedId === idOf(p)).length > 8,
      );
      const answer = await cancel(p, id);
      await quiet(p.lms);
      const over = await expectHonest(p.lms, id);
      expect(over.status).toBe(answer.status === 200 ? 'cancelled' : 'complete');
      const { acknowledged = 0, unsent = 0 } = await states(p.lms);
      expect(acknowledged + unsent).toBe(N);
      expect(over.counts.created).toBe(acknowledged + 1);
      await expectNothingStuck(service);
    }
  });
});
const idOf = (p: Place) =>
  control()
    .contents()
    .lineItems.find((l) => l.title === title(p))?.sourcedId;

describe('retry', () => {
  const refused = (count: number) => control().arm({ kind: 'status', status: 422, request: 'result', count });

  test('takes only what failed in that sync: not what was mended or sent since, nor what is merely new', async () => {
    const p = await place(service);
    refused(3);
    const done = await sync(p.lms);
    expect(done).toMatchObject({ status: 'completeWithProblems', counts: { created: N - 2, failed: 3 } });
    const failed = (await entriesOf(p.lms, done.id))
      .filter((e) => e.action === 'failed')
      .map((e) => e.studentId);
    const [mended, changed, still] = failed as [string, string, string];
    // one is sent by somebody else, one has another score by now, one fails again; and a new score is nobody's business
    await sync(p.lms, `/classes/c1/lineItems/a/results/${mended}/syncs`);
    await expectOk(p.lms('PUT', `/classes/c1/lineItems/a/results/${changed}`, { score: 1 }));
    const other = Object.keys(scores()).find((key) => !failed.includes(key)) ?? '';
    await expectOk(p.lms('PUT', `/classes/c1/lineItems/a/results/${other}`, { score: 2 }));
    control().arm({ kind: 'status', status: 422, sourcedId: await sourcedIdOf(p, still) });
    const from = control().writes().length;

    const again = await retry(p, done.id);
    expect(again.planned?.['results']).toMatchObject({ create: 2, unchanged: 1, update: 0 });
    const end = await syncEnd(p.lms, again.id);
    expect(end).toMatchObject({
      status: 'completeWithProblems',
      counts: { created: 1, failed: 1, unchanged: 1 },
    });
    expect(control().writes().length - from).toBe(2);
    expect(await states(p.lms)).toMatchObject({ acknowledged: N - 2, unsent: 1 });
    expect(inSis(service.sis, title(p))[changed]).toBe(1);
    await expectHonest(p.lms, again.id);

    // of the retry: the one that is left
    control().disarm();
    const last = await retry(p, again.id);
    expect((await syncEnd(p.lms, last.id)).counts).toMatchObject({ created: 1, failed: 0 });
    expect(control().writes().length - from).toBe(3);
    // and where nothing is left, nothing is sent
    const nothing = await retry(p, again.id);
    expect((await syncEnd(p.lms, nothing.id)).status).toBe('complete');
    expect(control().writes().length - from).toBe(3);
    expect((await cells(p.lms)).find((c) => c.studentId === other)?.state).toBe('unsent');
  });

  test('what still cannot go is told again', async () => {
    const p = await place(service);
    await expectOk(p.lms('PUT', '/classes/c1/students/s03', {}));
    const done = await sync(p.lms);
    const again = await retry(p, done.id);
    expect(again).toMatchObject({ status: 'failed', pending: 0, counts: { failed: 1, created: 0 } });
    expect(await entriesOf(p.lms, again.id)).toMatchObject([
      { studentId: 's03', action: 'failed', reason: { code: 'MAP_STUDENT' } },
    ]);
  });

  test('while another sync of the class runs it joins that one, and sends nothing twice', async () => {
    const p = await place(service);
    await putLineItem(p.lms, 'b', { title: `b of ${p.tenant}` });
    await putScores(p.lms, 'b', N);
    refused(2);
    const done = await sync(p.lms, '/classes/c1/lineItems/a/syncs');
    const run = await held(service.sis, p, '/classes/c1/lineItems/b/syncs');
    const joined = await retry(p, done.id);
    expect(joined.id).toBe(run.id);
    expect(joined.planned?.['results']).toMatchObject({ create: N + 2 });
    run.letGo();
    expect((await syncEnd(p.lms, run.id)).byKind.results).toMatchObject({ created: N + 2, failed: 0 });
    expect(inSis(service.sis, title(p))).toEqual(scores());
  });
});

async function sourcedIdOf(p: Place, student: string): Promise<string> {
  const plan = await expectOk(
    p.lms<{ entries: { studentId: string | null; body: { sourcedId: string } | null }[] }>(
      'GET',
      '/classes/c1/plan',
    ),
  );
  return plan.entries.find((e) => e.studentId === student)?.body?.sourcedId ?? '';
}

test('nothing of all this was a defect of ours', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
});
