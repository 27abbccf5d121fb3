/** "Send it all again": it says how many first, sends everything that the plan holds, and lets a teacher's press pass. */
import { expectOk, putLineItem, putScores, students, sync, syncEnd } from '../support/district.ts';
import { until, type TestService } from '../support/service.ts';
import {
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
afterEach(() => {
  service.sis.control.disarm();
  service.sis.control.setLatency(0);
});
const control = () => service.sis.control;
const title = (p: Place) => `a of ${p.tenant}`;
const post = (p: Place, path: string, body: unknown) => expectOk(p.lms<Sync>('POST', path, body));
const all = (p: Place, path = '/classes/c1/syncs') => post(p, path, { mode: 'all' });
const writes = () => control().writes().length;

test('press, dry run and plan tell the same numbers before anything is sent, and the sync keeps them', async () => {
  const p = await place(service);
  await sync(p.lms);
  await expectOk(p.lms('PUT', '/classes/c1/lineItems/a/results/s01', { score: 1, posted: false }));
  await expectOk(p.lms('PUT', '/classes/c1/students/s02', {}));
  await putLineItem(p.lms, 'b', { title: `b of ${p.tenant}` });
  await putScores(p.lms, 'b', 2);
  const none = { create: 0, update: 0, unchanged: 0, skip: 0, blocked: 0, conflict: 0, delete: 0 };
  const planned = {
    lineItems: { ...none, create: 1, update: 1 },
    // of a, s01 is held back and s02 unknown; of b, s01 is new and s02 unknown
    results: { ...none, create: 1, update: N - 2, skip: 1, blocked: 2 },
  };
  const before = writes();
  const plan = await expectOk(
    p.lms<{ byKind: unknown; counts: Record<string, number> }>('GET', '/classes/c1/plan?mode=all'),
  );
  expect(plan.byKind).toEqual(planned);
  expect(plan.counts).toEqual({ ...none, create: 2, update: N - 1, skip: 1, blocked: 2 });
  const dry = await post(p, '/classes/c1/syncs', { mode: 'all', dryRun: true });
  expect(dry).toMatchObject({ status: 'completeWithProblems', planned });
  expect(writes()).toBe(before);

  const fault = control().arm({ kind: 'hold' });
  const started = await all(p);
  expect(started).toMatchObject({ status: 'processing', mode: 'all', planned, pending: N + 1 });
  control().disarm(fault);
  const done = await syncEnd(p.lms, started.id);
  expect(done).toMatchObject({
    status: 'completeWithProblems',
    planned,
    counts: { created: 2, updated: N - 1, unchanged: 0, skipped: 1, failed: 2 },
  });
  expect(writes() - before).toBe(N + 1);
  await expectHonest(p.lms, started.id);
  // and as it was: nothing is dirty that was not
  expect((await sync(p.lms)).counts).toMatchObject({ created: 0, updated: 0, unchanged: N + 1 });
});

test('with the scope of a lineItem or a student it is about those, and says so', async () => {
  const p = await place(service);
  await putLineItem(p.lms, 'b', { title: `b of ${p.tenant}` });
  await putScores(p.lms, 'b', N);
  await sync(p.lms);
  const before = writes();
  const item = await all(p, '/classes/c1/lineItems/a/syncs');
  expect(item.planned).toMatchObject({ lineItems: { update: 1 }, results: { update: N, create: 0 } });
  expect((await syncEnd(p.lms, item.id)).counts).toMatchObject({ updated: N + 1 });
  const one = await all(p, '/classes/c1/lineItems/b/results/s05/syncs');
  expect(one.planned).toMatchObject({ lineItems: { update: 0 }, results: { update: 1 } });
  expect((await syncEnd(p.lms, one.id)).counts).toMatchObject({ updated: 1 });
  expect(writes() - before).toBe(N + 2);
});

test('pressed again and again it joins itself, and sends each row once', async () => {
  const p = await place(service);
  await sync(p.lms);
  const run = await held(service.sis, p, '/classes/c1/syncs', { mode: 'all' });
  run.mark();
  for (let presses = 0; presses < 3; presses++) {
    const again = await p.lms<Sync>('POST', '/classes/c1/syncs', { mode: 'all' });
    expect([again.status, again.body.id]).toEqual([200, run.id]);
    expect(again.body.planned).toMatchObject({ lineItems: { update: 1 }, results: { update: N } });
  }
  run.letGo();
  expect((await syncEnd(p.lms, run.id)).counts).toMatchObject({ updated: N + 1 });
  expect(run.since()).toHaveLength(N - SLOTS);
  await expectHonest(p.lms, run.id);
  await expectNothingStuck(service);
});

test('pressed while a sync of changes runs, it adds what that one does not have', async () => {
  const p = await place(service);
  await sync(p.lms, '/classes/c1/syncs', { studentIds: students(N).slice(0, 6) });
  const run = await held(service.sis, p);
  const joined = await all(p);
  expect(joined).toMatchObject({ id: run.id, mode: 'all' });
  expect(joined.planned?.results).toMatchObject({ create: 6, update: 6 });
  run.letGo();
  expect((await syncEnd(p.lms, run.id)).byKind.results).toMatchObject({ created: 6, updated: 6, failed: 0 });
});

test('a teacher’s press for one student overtakes more than a thousand rows, and cancel ends them', async () => {
  const p = await place(service);
  const items = Array.from({ length: 100 }, (_, i) => `bulk-${i}`);
  for (let i = 0; i < items.length; i += 10)
    await Promise.all(
      items.slice(i, i + 10).map((key) => putLineItem(p.lms, key, { title: `${key} of ${p.tenant}` })),
    );
  for (let i = 0; i < items.length; i += 50)
    await expectOk(
      p.lms('POST', '/classes/c1/results/batch', {
        results: items
          .slice(i, i + 50)
          .flatMap((lineItemId) => students(N).map((studentId) => ({ lineItemId, studentId, score: 50 }))),
      }),
    );
  // as if all of it had been sent long ago
  await sync(p.lms, '/classes/c1/lineItems/a/syncs');
  control().setLatency(10);
  const before = writes();
  const big = await all(p);
  const rows = 100 * (N + 1) + N + 1;
  expect(big.pending).toBe(rows);
  const from = writes();
  await control().waitFor((c) => c.writes().length > from + 20, 10_000);
  await expectOk(p.lms('PUT', '/classes/c1/lineItems/a/results/s07', { score: 99 }));
  await post(p, '/classes/c1/lineItems/a/results/s07/syncs', {});
  const answered = writes();
  const arrived = () =>
    control()
      .writes()
      .findIndex((r) => (r.body as { result?: { score?: number } }).result?.score === 99);
  await until(() => arrived() >= 0);
  // behind what was in flight and what the lane had taken already, never behind what waits
  expect(arrived() - answered).toBeLessThan(100);
  expect((await getSync(p.lms, big.id)).pending).toBeGreaterThan(500);

  await expectOk(p.lms('POST', `/syncs/${big.id}/cancel`));
  // what was in flight is told as it comes out
  const over = await until(async () => {
    const now = await getSync(p.lms, big.id);
    return now.counts.created + now.counts.updated === writes() - before && now;
  });
  expect(over).toMatchObject({ status: 'cancelled', counts: { failed: 0 } });
  const planned = Object.values(over.planned ?? {}).reduce(
    (sum, kind) => sum + (kind['create'] ?? 0) + (kind['update'] ?? 0),
    0,
  );
  // one more if the pressed row had been sent before it was pressed
  expect([rows, rows + 1]).toContain(planned);
}, 90_000);

test('what it only wanted sent once more is as acknowledged as before when it is cancelled', async () => {
  const p = await place(service);
  await sync(p.lms);
  const run = await held(service.sis, p, '/classes/c1/syncs', { mode: 'all' });
  await expectOk(p.lms('POST', `/syncs/${run.id}/cancel`));
  run.letGo();
  await quiet(p.lms);
  expect(await states(p.lms)).toEqual({ acknowledged: N });
  const before = writes();
  const next = await sync(p.lms);
  expect(next.counts).toMatchObject({ unchanged: N + 1, updated: 0, created: 0 });
  expect(writes()).toBe(before);
  await expectNothingStuck(service);
});

test('some of it refused: the rest is sent, retry sends those and no other', async () => {
  const p = await place(service);
  await sync(p.lms);
  control().arm({ kind: 'status', status: 422, request: 'result', count: 2 });
  const started = await all(p);
  const done = await syncEnd(p.lms, started.id);
  expect(done).toMatchObject({ status: 'completeWithProblems', counts: { updated: N - 1, failed: 2 } });
  // that the SIS has it from before does not make the refusal disappear
  expect((await states(p.lms))['acknowledged']).toBe(N - 2);
  const before = writes();
  const again = await post(p, `/syncs/${started.id}/retry`, {});
  expect(again.planned?.results).toMatchObject({ update: 2, unchanged: 0 });
  expect((await syncEnd(p.lms, again.id)).counts).toMatchObject({ updated: 2, failed: 0 });
  expect(writes() - before).toBe(2);
  expect((await entriesOf(p.lms, again.id)).map((e) => e.action)).toEqual(['updated', 'updated']);
  expect(inSis(service.sis, title(p))).toEqual(scores());
});

test('nothing of all this was a defect of ours, and nothing old came last', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
  expect(control().staleWrites.count).toBe(0);
});
