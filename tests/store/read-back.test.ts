/** Readings by hand: what is due, what a reading does to the rows, and what of it counts for nothing. */
import type { ClassWork, Fence, Lanes, Reading, Settlement } from '../../src/passback/ports/lanes.ts';
import { lineItemValues, resultValues } from '../../src/gradebook/values.ts';
import { planLineItem, planResult } from '../../src/passback/planner.ts';
import { sweep } from '../../src/store/sweep.ts';
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  quietNow,
  sisDistrict,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let lanes: Lanes;
let d: District;
beforeEach(async () => {
  // no worker: these tests are the workers
  service = await startService({ sis: { district: sisDistrict(N) }, env: { ROLE: 'api' } });
  lanes = service.service.store.lanes;
  d = await district(service, N, { autoSync: true, gatherSeconds: 0, verifyAfterSeconds: 60 });
  await sql(
    `UPDATE class SET sis_categories = '[{"sourcedId":"sis-homework","title":"Homework"}]', read_school_sourced_id = 'sis-school'`,
  );
});
afterEach(() => service.stop());

const sql = <T>(text: string, params: unknown[] = []) => service.service.db.rows<T>(text, params);
const claim = async (owner: string): Promise<Fence> => {
  await sql('UPDATE lane SET wake_at = now()');
  const [fence] = await lanes.claim(owner, 10, []);
  if (!fence) throw new Error('there was nothing to claim');
  return fence;
};
const leaseRunsOut = () => sql(`UPDATE lane SET lease_until = now() - interval '1 second'`);
const score = (student: string, value: number) =>
  expectOk(d.lms('PUT', `/classes/c1/lineItems/a/results/${student}`, { score: value }));
interface Cell {
  state: string;
  reason: { code: string } | null;
}
const cell = async (student: string) => {
  const { state, reason } = await expectOk(d.lms<Cell>('GET', `/classes/c1/lineItems/a/results/${student}`));
  return reason ? `${state} ${reason.code}` : state;
};

/** What the SIS would hold now, had it kept all that was sent. */
const sis = { lineItem: {} as Record<string, unknown>, results: new Map<string, Record<string, unknown>>() };
const shown = (student: string) => sis.results.get(`sis-${student}`)!;

/** Plans and "sends" what was taken; the SIS keeps it. */
function send(work: ClassWork): Settlement[] {
  const about = { classId: work.cls.id, how: 'acknowledged' as const, created: true };
  const planned = work.lineItems.map((li) => ({ li, plan: planLineItem(work.cls, li) }));
  const settlements: Settlement[] = [];
  for (const { li, plan } of planned) {
    if (!('body' in plan)) continue;
    sis.lineItem = { ...plan.body };
    const acked = lineItemValues(plan.body);
    settlements.push({
      ...about,
      ...{ kind: 'lineItem', id: li.id, n: li.dirtyN, version: li.version, hash: plan.hash, acked },
      sourcedId: plan.sourcedId,
      linkedTo: plan.body.class.sourcedId,
    });
  }
  for (const r of work.results) {
    const { li, plan } = planned.find((p) => p.li.id === r.lineItemId)!;
    const decision = planResult(work.cls, li, plan, r);
    const of = { kind: 'result' as const, id: r.id, classId: work.cls.id, n: r.dirtyN, version: r.version };
    if (!('body' in decision)) {
      settlements.push({ ...of, how: 'unchanged' });
      continue;
    }
    const { body } = decision;
    sis.results.set(body.student.sourcedId, { ...body });
    settlements.push({
      ...about,
      ...of,
      hash: decision.hash,
      acked: resultValues(body),
      sourcedId: body.sourcedId,
      linkedTo: JSON.stringify([body.lineItem.sourcedId, body.student.sourcedId]),
    });
  }
  return settlements;
}
async function sendAll(fence: Fence): Promise<void> {
  for (const work of await lanes.take(fence, 50))
    expect(await lanes.settle(fence, send(work))).toBe('settled');
}
/** So much time passes. */
async function later(seconds: number): Promise<void> {
  for (const table of ['line_item', 'result'])
    await sql(`UPDATE ${table} SET last_sent_at = last_sent_at - $1 * interval '1 second'`, [seconds]);
  await sql(`UPDATE line_item SET verify_at = verify_at - $1 * interval '1 second'`, [seconds]);
}
async function reading(fence: Fence): Promise<Reading> {
  const due = await lanes.readingDue(fence);
  const [item] = due?.lineItems ?? [];
  if (!due || !item) throw new Error('nothing is to be read');
  return {
    ...{ classId: due.cls.id, lineItemId: item.id, at: due.at, againInMs: 86_400_000, partial: false },
    lineItem: sis.lineItem,
    results: [...sis.results.values()],
  };
}
const nextReading = async () =>
  (
    await sql<{ days: number }>(
      `SELECT extract(epoch FROM verify_at - now())::float8 / 86400 AS days FROM line_item`,
    )
  )[0]?.days;

/** A lineItem with its scores, sent and kept; the quiet while is over. */
async function sent(): Promise<Fence> {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  const fence = await claim('me');
  await sendAll(fence);
  await later(61);
  return fence;
}

test('the first write sets the time, the lane wakes for it, and nothing is read before', async () => {
  await putLineItem(d.lms, 'a');
  await putScores(d.lms, 'a', N);
  const fence = await claim('me');
  expect(await lanes.readingDue(fence)).toBeNull();
  await sendAll(fence);
  expect(await lanes.readingDue(fence)).toBeNull();
  await lanes.release(fence, 0);
  const [lane] = await sql<{ seconds: number }>(
    'SELECT extract(epoch FROM wake_at - now())::float8 AS seconds FROM lane',
  );
  expect(lane?.seconds).toBeGreaterThan(50);
  expect(lane?.seconds).toBeLessThanOrEqual(60.1);
  // a lost wake-up is found by the sweep
  await later(61);
  await sql('UPDATE lane SET wake_at = NULL');
  await sweep(service.service.db);
  expect(await lanes.claim('me', 1, [])).toHaveLength(1);
});

test('later writes put the one reading off, though not for ever', async () => {
  const fence = await sent();
  await score('s01', 99);
  await sendAll(fence);
  expect((await lanes.readingDue(fence))?.lineItems).toEqual([]);
  expect(await nextReading()).toBeCloseTo(60 / 86_400, 4);
  await later(200);
  await score('s01', 98);
  await sendAll(fence);
  expect((await lanes.readingDue(fence))?.lineItems).toHaveLength(1);
});

test('in quiet hours nothing is read but what somebody asks for', async () => {
  const settings = await expectOk(d.admin<Record<string, unknown>>('GET', '/domains/district/settings'));
  await sent();
  await expectOk(d.admin('PUT', '/domains/district/settings', { ...settings, ...quietNow() }));
  await leaseRunsOut();
  const fence = await claim('me');
  // also before the look at the rows that puts them off
  expect(await lanes.readingDue(fence)).toBeNull();
  await lanes.take(fence, 10);
  expect(await nextReading()).toBeCloseTo(1 / 24, 2);
  await lanes.release(fence, 0);
  const [lane] = await sql<{ later: boolean }>(`SELECT wake_at > now() AS later FROM lane`);
  expect(lane).toEqual({ later: true });

  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  const again = await claim('me');
  await lanes.take(again, 10);
  // the SIS had no time for it: it is tried again soon, and not when the quiet hours are over
  const { lineItems } = (await lanes.readingDue(again))!;
  await lanes.putOffReading(
    again,
    lineItems.map(({ id }) => id),
    300_000,
  );
  await later(301);
  await lanes.take(again, 10);
  expect(await lanes.keepReading(again, await reading(again))).toBe(true);
  expect(await cell('s01')).toBe('verified');
  // the next one is nobody's wish any more
  await sql(`UPDATE line_item SET verify_at = now() - interval '1 second'`);
  expect(await lanes.readingDue(again)).toBeNull();
});

test('who asks for a reading while one is under way gets one that begins after that', async () => {
  const fence = await sent();
  const read = await reading(fence);
  await expectOk(d.lms('POST', '/classes/c1/readBack'));
  expect(await lanes.keepReading(fence, read)).toBe(true);
  const wished = await reading(fence);
  expect(wished.at.getTime()).toBeGreaterThan(read.at.getTime());
  await lanes.keepReading(fence, wished);
  expect(await lanes.readingDue(fence)).toBeNull();
  expect(await nextReading()).toBeCloseTo(1, 2);
});

test('what is confirmed is read again after a day, what nobody touches for long after a week', async () => {
  const fence = await sent();
  expect(await lanes.keepReading(fence, await reading(fence))).toBe(true);
  expect(await cell('s01')).toBe('verified');
  expect(await nextReading()).toBeCloseTo(1, 2);
  await later(61 * 86_400);
  await sql(`UPDATE line_item SET verify_at = now() - interval '1 second'`);
  await lanes.keepReading(fence, await reading(fence));
  expect(await nextReading()).toBeCloseTo(7, 2);
});

test('a row that was written, or is to be, is left for the next reading', async () => {
  const fence = await sent();
  const read = await reading(fence);
  shown('s01').score = 1;
  shown('s02').score = 1;
  shown('s03').score = 1;
  await score('s01', 70);
  const works = await lanes.take(fence, 50);
  await score('s02', 71);
  // one is under way, one waits, one stands
  await lanes.keepReading(fence, read);
  expect(
    (await sql<{ found: unknown }>('SELECT found FROM result ORDER BY student_id')).map((r) => r.found),
  ).toEqual([null, null, expect.objectContaining({ how: 'foreign', params: { sis: '1', ours: '62' } })]);
  for (const work of works) await lanes.settle(fence, send(work));
  // its answer came after the reading began
  await lanes.keepReading(fence, read);
  expect(await cell('s01')).toBe('acknowledged');
  expect(await nextReading()).toBeLessThan(61 / 86_400);
});

test('a lane that has moved on writes nothing down', async () => {
  const fence = await sent();
  const read = await reading(fence);
  await leaseRunsOut();
  const other = await claim('other');
  expect(await lanes.keepReading(fence, { ...read, results: [] })).toBe(false);
  expect(await cell('s01')).toBe('acknowledged');
  await lanes.lineItemGone(fence, read.classId, read.lineItemId);
  await lanes.putOffReading(fence, [read.lineItemId], 1e9);
  await lanes.putOffReading(fence, null, 1e9);
  expect((await lanes.readingDue(other))?.lineItems).toHaveLength(1);
});

test('kill -9 between a request and its answer: what was sent is known to be ours', async () => {
  const fence = await sent();
  await score('s01', 40);
  // taken and sent; nobody hears the answer
  for (const work of await lanes.take(fence, 50)) send(work);
  const late = { ...shown('s01') };
  expect(late.score).toBe(40);
  await leaseRunsOut();
  await score('s01', 95);
  const next = await claim('next');
  await sendAll(next);
  await later(61);
  // the older one was applied after the newer one
  sis.results.set('sis-s01', late);
  await lanes.keepReading(next, await reading(next));
  expect(await cell('s01')).toBe('queued NOT_STORED');
  await sendAll(next);
  expect(shown('s01').score).toBe(95);
});

test('what was acknowledged is ours though the settings of that day are not those of today', async () => {
  const fence = await sent();
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/a/results/s01', { status: 'missing' }));
  await sendAll(fence);
  const zero = { ...shown('s01') };
  expect(zero).toMatchObject({ score: 0, missing: 'true' });
  await lanes.release(fence, 0);
  await expectOk(
    d.admin('PUT', '/domains/district/settings', {
      ...{ passbackEnabled: true, autoSync: true, gatherSeconds: 0, verifyAfterSeconds: 60 },
      ...{ baseUrl: service.sis.gradebookUrl, auth: service.sis.auth, missingScore: 'blank' },
    }),
  );
  const next = await claim('next');
  await sendAll(next);
  expect(shown('s01')).toMatchObject({ scoreStatus: 'not submitted', missing: 'true' });
  await later(61);
  sis.results.set('sis-s01', zero);
  await lanes.keepReading(next, await reading(next));
  expect(await cell('s01')).toBe('queued NOT_STORED');
});

test('of a list that is not complete only what it shows counts', async () => {
  const fence = await sent();
  const read = await reading(fence);
  await lanes.keepReading(fence, { ...read, results: [shown('s02')], partial: true });
  expect([await cell('s01'), await cell('s02')]).toEqual(['acknowledged', 'verified']);
});

test('an SIS that keeps a score under an id of its own without a word has it all the same', async () => {
  const fence = await sent();
  shown('s01').sourcedId = 'the SIS’s own';
  await lanes.keepReading(fence, await reading(fence));
  expect(await cell('s01')).toBe('verified');
});

test('a sync that meets a lost lineItem takes its scores in; an edit that nobody has sent yet stays', async () => {
  const fence = await sent();
  await expectOk(d.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'off' }));
  await score('s02', 2);
  await score('s01', 1);
  const { id } = await expectOk(
    d.lms<{ id: string }>('POST', '/classes/c1/lineItems/a/results/s01/syncs', {}),
  );
  const read = await reading(fence);
  await lanes.lineItemGone(fence, read.classId, read.lineItemId);
  expect([await cell('s01'), await cell('s02'), await cell('s03')]).toEqual([
    'queued ITEM_DELETED_IN_SIS',
    'unsent ITEM_DELETED_IN_SIS',
    'queued ITEM_DELETED_IN_SIS',
  ]);
  const pending = await expectOk(d.lms<{ pending: number }>('GET', `/syncs/${id}`));
  expect(pending.pending).toBe(3);
});

test('what is acknowledged while a reading is being kept is read soon, not a day later', async () => {
  const fence = await sent();
  await score('s01', 90);
  const [again] = await lanes.take(fence, 10);
  // the reading has the lineItem in its hands, has looked at the scores, and puts the next one off
  const { db } = service.service;
  let settled: ReturnType<typeof lanes.settle> | undefined;
  await db.transaction(async (held) => {
    await held.rows(`SELECT 1 FROM line_item FOR UPDATE`);
    settled = lanes.settle(fence, send(again!));
    await until(async () => (await sql(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length > 0);
    await held.rows(`UPDATE line_item SET verify_at = now() + interval '1 day'`);
  });
  expect(await settled).toBe('settled');
  expect(await nextReading()).toBeLessThan(0.1);
});

test('a reading that shows a write under way does not say what was there before it', async () => {
  await putLineItem(d.lms, 'a');
  await score('s01', 10);
  const fence = await claim('A');
  await sendAll(fence);
  await later(120);
  // the next write stands in a record of its own
  await sql(`UPDATE sync SET "window" = "window" - interval '1 hour'`);
  await score('s01', 20);
  const [work] = await lanes.take(fence, 50);
  const stored = send(work!);
  // it begins after the last answer and is kept before the next one
  expect(await lanes.keepReading(fence, await reading(fence))).toBe(true);
  expect(await lanes.settle(fence, stored)).toBe('settled');
  const held = await sql<{ held: { score: number } | null }>(
    `SELECT x.held FROM snapshot_cell x WHERE x.student_key = 's01' ORDER BY x.version`,
  );
  expect(held.map((cell) => cell.held?.score ?? null)).toEqual([null, 10]);
  expect(await sql(`SELECT seen FROM result`)).toEqual([{ seen: null }]);
});
