/** Many new results of one lineItem in one request, where it is known that the SIS takes it. */
import { planLineItem, planResult } from '../../src/passback/planner.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 30;
let service: TestService;
let d: District;
beforeEach(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { sisLimits: { connectMs: 500, totalMs: 600 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0 });
});
afterEach(() => service.stop());

const control = () => service.sis.control;
const db = () => service.service.db;
const held = () => control().contents();
/** As the connection test leaves it. */
async function proved(form: 'array' | 'object', pages = { largest: N, complete: N }): Promise<void> {
  control().setRules({ bulkPost: form });
  await db().rows(`UPDATE connection SET capabilities = $1`, [
    JSON.stringify({ bulkResults: form, readResults: true, pages, testedAt: new Date().toISOString() }),
  ]);
}
async function graded(key = 'a'): Promise<void> {
  await putLineItem(d.lms, key);
  await putScores(d.lms, key, N);
}
const cells = async () => {
  const { items } = await expectOk(d.lms<{ items: { state: string }[] }>('GET', '/classes/c1/results'));
  return items.map((cell) => cell.state);
};
/** One result for each student, with his score, under the one lineItem. */
function expectOnce(): void {
  expect(held().lineItems).toHaveLength(1);
  const scores = held().results.map((r) => [r.student.sourcedId, r.score]);
  expect(scores).toHaveLength(N);
  expect(Object.fromEntries(scores)).toEqual(
    Object.fromEntries(
      Array.from({ length: N }, (_, i) => [`sis-s${String(i + 1).padStart(2, '0')}`, 60 + i]),
    ),
  );
}
/** Presses, and lets waits pass that tests need not wait for. */
async function syncInHaste(): Promise<SyncBody> {
  const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', {}));
  await until(async () => {
    await db().rows(`UPDATE line_item SET next_attempt_at = now() WHERE attempts > 0`);
    await db().rows(`UPDATE result SET next_attempt_at = now() WHERE attempts > 0`);
    await db().rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now()`);
    return (await d.lms<SyncBody>('GET', `/syncs/${id}`)).body.status !== 'processing';
  });
  return syncEnd(d.lms, id);
}
const becomeVerified = () =>
  until(async () => {
    await db().rows(`UPDATE line_item SET verify_at = now() WHERE verify_at < now() + interval '1 hour'`);
    await db().rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now()`);
    return (await cells()).every((state) => state === 'verified');
  });

test('a cold sync of 30 students and one new lineItem is 5 requests and a token; unchanged none, one change a look and a PUT', async () => {
  await service.restart({ ROLE: 'all' });
  await db().rows(`UPDATE domain SET effective = effective || '{"verifyAfterSeconds":3600}'`);
  await proved('array');
  await graded();
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1, failed: 0 } });
  expect(control().counts()).toEqual({
    'POST token': 1,
    'GET categories': 1,
    'GET class': 1,
    // one of the same title would be made a second time
    'GET lineItems': 1,
    'PUT lineItem': 1,
    'POST results': 1,
  });
  expectOnce();
  control().resetCounts();
  expect(await sync(d.lms)).toMatchObject({ counts: { unchanged: N + 1 } });
  expect(control().requests).toEqual([]);
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s05', { score: 99.5 }));
  expect(await sync(d.lms)).toMatchObject({ counts: { updated: 1, unchanged: N } });
  expect(control().counts()).toEqual({ 'GET results': 1, 'PUT result': 1 });
});

describe.each(['array', 'object'] as const)('ids told as %s', (form) => {
  test.each(['never', 'remembers', 'forgets'] as const)(
    'and given by the SIS (%s): kept, and every later change goes there',
    async (allocatesIds) => {
      control().setRules({ allocatesIds });
      await proved(form);
      await graded();
      expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1, failed: 0 } });
      expect(control().count({ method: 'POST', kind: 'results' })).toBe(1);
      expect(control().count({ method: 'PUT', kind: 'result' })).toBe(0);
      expectOnce();
      await becomeVerified();
      await putScores(d.lms, 'a', N, (i) => 20 + i);
      expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { updated: N } });
      expect(held().results).toHaveLength(N);
      expect(held().results.every((r) => (r.score ?? 0) < 60)).toBe(true);
    },
  );
});

describe.each(['never', 'remembers', 'forgets'] as const)('an answer that never came (ids: %s)', (ids) => {
  test('is followed by a look, never by the same POST; every score is there once', async () => {
    control().setRules({ allocatesIds: ids });
    await proved('array');
    await graded();
    control().arm({ kind: 'reset-after-store', request: 'results', method: 'POST', count: 1 });
    expect(await syncInHaste()).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    expect(control().count({ method: 'POST', kind: 'results' })).toBe(1);
    const order = control().requests.map((r) => `${r.method} ${r.kind}`);
    expect(order.indexOf('GET results')).toBeGreaterThan(order.indexOf('POST results'));
    expect(order.indexOf('PUT result')).toBeGreaterThan(order.indexOf('GET results'));
    expectOnce();
    await becomeVerified();
  });

  test('of a request that was not stored: the scores go after the look', async () => {
    control().setRules({ allocatesIds: ids });
    await proved('array');
    await graded();
    control().arm({ kind: 'hang', request: 'results', method: 'POST', count: 1 });
    expect(await syncInHaste()).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    expectOnce();
  });
});

describe.each(['never', 'remembers', 'forgets'] as const)('ids: %s', (allocatesIds) => {
  test('a process that died right after its request: the next one looks first', async () => {
    control().setRules({ allocatesIds });
    await proved('array');
    await service.restart({ ROLE: 'api' });
    await graded();
    await expectOk(d.lms('POST', '/classes/c1/syncs', {}));
    await killedAfterTheAnswer();
    await db().rows(`UPDATE lane SET lease_until = now() - interval '1 second'`);
    await service.restart({ ROLE: 'all' });
    await becomeVerified();
    expectOnce();
    expect(control().count({ method: 'POST', kind: 'results' })).toBe(1);
  });

  test('a score that changes while the request is under way: the newer one goes over it', async () => {
    control().setRules({ allocatesIds });
    await proved('array');
    await graded();
    control().arm({ kind: 'delay', ms: 400, request: 'results', method: 'POST', count: 1 });
    const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', {}));
    await control().waitFor((c) => c.count({ method: 'POST', kind: 'results' }) > 0);
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s03', { score: 7 }));
    await syncEnd(d.lms, id);
    expect(await sync(d.lms)).toMatchObject({ status: 'complete' });
    const his = held().results.filter((r) => r.student.sourcedId === 'sis-s03');
    expect(his.map((r) => r.score)).toEqual([7]);
    expect(held().results).toHaveLength(N);
  });
});

test('one bad student does not fail the others: what is refused as a whole goes row by row', async () => {
  await proved('array');
  control().dropStudent('sis-class-1', 'sis-s07');
  await graded();
  expect(await sync(d.lms)).toMatchObject({
    status: 'completeWithProblems',
    counts: { created: N, failed: 1 },
  });
  expect(held().results).toHaveLength(N - 1);
  const { body } = await d.lms<{ state: string; reason: { code: string } }>(
    'GET',
    '/classes/c1/lineItems/a/results/s07',
  );
  expect(body).toMatchObject({ state: 'needsAttention', reason: { code: 'ENROLL_NOT_IN_CLASS' } });
});

test('an SIS that takes it no longer is sent each result by itself, and asked once', async () => {
  await proved('array');
  control().setRules({ bulkPost: 'off' });
  await putLineItem(d.lms, 'b');
  await putScores(d.lms, 'b', N);
  await graded();
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: 2 * N + 2, failed: 0 } });
  expect(control().count({ method: 'PUT', kind: 'result' })).toBe(2 * N);
  // two groups may be under way before the first answer
  expect(control().count({ method: 'POST', kind: 'results' })).toBeLessThanOrEqual(2);
});

test('without the right to it, scores go one by one and the connection is not broken', async () => {
  await proved('array');
  control().arm({
    kind: 'status',
    request: 'results',
    method: 'POST',
    status: 403,
    body: { error: 'insufficient_scope' },
  });
  await graded();
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1, failed: 0 } });
});

test('results that the SIS has go by PUT, those that are new beside them together', async () => {
  await graded();
  await db().rows(`UPDATE result SET score = 1`);
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/a'));
  await proved('array');
  await putLineItem(d.lms, 'a');
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s01', { score: 5 }));
  await sync(d.lms);
  expect(control().count({ method: 'PUT', kind: 'result' })).toBe(1);
  await putScores(d.lms, 'a', N);
  expect(await sync(d.lms)).toMatchObject({ counts: { created: N - 1, updated: 1 } });
  expect(control().count({ method: 'PUT', kind: 'result' })).toBe(2);
  expect(control().count({ method: 'POST', kind: 'results' })).toBe(1);
  expectOnce();
});

/** A process takes the lineItem and its scores, sends them, gets its answers, and is no more. */
async function killedAfterTheAnswer(): Promise<void> {
  const { lanes } = service.service.store;
  await db().rows(
    `UPDATE class SET sis_categories = '[{"sourcedId":"sis-homework","title":"Homework"}]', read_school_sourced_id = 'sis-school'`,
  );
  const [fence] = await lanes.claim('dead', 1, []);
  const [work] = await lanes.take(fence!, 8, 100);
  const lineItem = work!.lineItems[0]!;
  expect(work!.results).toHaveLength(N);
  const plan = planLineItem(work!.cls, lineItem);
  if (!('body' in plan)) throw new Error(`not planned: ${JSON.stringify(plan)}`);
  const put = await service.sis.call('PUT', `/lineItems/${plan.sourcedId}`, { lineItem: plan.body });
  const known =
    (put.body as { lineItem: { sourcedId: string } } | undefined)?.lineItem.sourcedId ?? plan.sourcedId;
  const results = work!.results.map((result) => {
    const score = planResult(
      work!.cls,
      { ...lineItem, sourcedId: known },
      { ...plan, sourcedId: known },
      result,
    );
    if (!('body' in score)) throw new Error(`not planned: ${JSON.stringify(score)}`);
    return score.body;
  });
  const posted = await service.sis.call('POST', `/lineItems/${known}/results`, { results });
  expect(posted.status).toBe(201);
}

test('without the proof nothing is posted', async () => {
  control().setRules({ bulkPost: 'array' });
  await graded();
  await sync(d.lms);
  expect(control().count({ method: 'POST', kind: 'results' })).toBe(0);
  expectOnce();
});
