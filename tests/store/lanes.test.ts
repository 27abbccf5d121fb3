/** The lanes' rows by hand: who has a lane, what he takes, and what counts of what he says afterwards. */
import type { Lanes, Fence, Settlement } from '../../src/passback/ports/lanes.ts';
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  type District,
} from '../support/district.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let lanes: Lanes;
let d: District;
beforeAll(async () => {
  // no worker: these tests are the workers
  service = await startService({ sis: { district: sisDistrict(5, 2) }, env: { ROLE: 'api' } });
  lanes = service.service.store.lanes;
  d = await district(service, 5, { autoSync: true, gatherSeconds: 0 });
});
afterAll(() => service.stop());
beforeEach(async () => {
  await sql(
    `UPDATE lane SET owner = NULL, lease_until = NULL, wake_at = NULL, paused_until = NULL, cause = NULL`,
  );
  await sql(`UPDATE result SET clean_n = dirty_n, release_n = dirty_n, sending_epoch = NULL, sync_id = NULL`);
  await sql(
    `UPDATE line_item SET clean_n = dirty_n, release_n = dirty_n, sending_epoch = NULL, sync_id = NULL`,
  );
});

const sql = <T>(text: string, params: unknown[] = []) => service.service.db.rows<T>(text, params);
interface Row {
  id: string;
  dirty_n: number;
  clean_n: number;
  release_n: number;
  version: number;
  acked_version: number;
  acked_hash: string | null;
  sending_epoch: string | null;
}
const row = async (id: string) => (await sql<Row>('SELECT * FROM result WHERE id = $1', [id]))[0]!;
const wakeAt = async () => (await sql<{ wake_at: Date | null }>('SELECT wake_at FROM lane'))[0]?.wake_at;
const claim = async (owner: string): Promise<Fence> => {
  await sql('UPDATE lane SET wake_at = now()');
  const [fence] = await lanes.claim(owner, 10, []);
  if (!fence) throw new Error('there was nothing to claim');
  return fence;
};
const leaseRunsOut = () => sql(`UPDATE lane SET lease_until = now() - interval '1 second'`);
const score = (student: string, value: number, lineItem = 'a') =>
  expectOk(d.lms('PUT', `/classes/c1/lineItems/${lineItem}/results/${student}`, { score: value }));

/** One due score, taken. */
async function taken(fence: Fence, value: number) {
  await score('s01', value);
  const [work] = await lanes.take(fence, 10);
  const [result] = work?.results ?? [];
  if (!work || !result) throw new Error('nothing was taken');
  return { work, result };
}
const acknowledged = ({ work, result }: Awaited<ReturnType<typeof taken>>, hash: string): Settlement => ({
  kind: 'result',
  id: result.id,
  classId: work.cls.id,
  n: result.dirtyN,
  version: result.version,
  how: 'acknowledged',
  created: true,
  hash,
  acked: {},
  sourcedId: 'x',
});

describe('a lane', () => {
  test('belongs to one owner at a time, until its lease runs out', async () => {
    const mine = await claim('me');
    await sql('UPDATE lane SET wake_at = now()');
    expect(await lanes.claim('you', 10, [])).toEqual([]);
    expect(await lanes.renew([mine])).toEqual([mine]);
    await leaseRunsOut();
    const [yours] = await lanes.claim('you', 10, []);
    expect(BigInt(yours!.epoch)).toBe(BigInt(mine.epoch) + 1n);
    expect(await lanes.renew([mine, yours!])).toEqual([yours]);
    // whoever lost it can neither free nor stop nor mend it
    await lanes.release(mine, 0);
    await lanes.stop(mine, {
      reason: { code: 'CONN_TLS' },
      broken: true,
      restMs: 60_000,
      breaker: {},
    });
    expect(await sql('SELECT owner, cause FROM lane')).toEqual([{ owner: 'you', cause: null }]);
    expect(await lanes.open(mine)).toBeNull();
  });

  test('of two who ask at once goes to one', async () => {
    await sql('UPDATE lane SET wake_at = now()');
    const claimed = await Promise.all(['a', 'b', 'c', 'd'].map((owner) => lanes.claim(owner, 10, [])));
    expect(claimed.flat()).toHaveLength(1);
  });

  test('that its owner took or gave back without hearing of it is claimed again at once, by nobody else', async () => {
    const lost = await claim('me');
    expect(await lanes.claim('me', 10, [lost.connectionId])).toEqual([]);
    expect(await lanes.claim('you', 10, [])).toEqual([]);
    const [again] = await lanes.claim('me', 10, []);
    expect(BigInt(again!.epoch)).toBe(BigInt(lost.epoch) + 1n);
    // the giving back whose answer was lost may still arrive
    await lanes.release(lost, 0);
    expect(await lanes.renew([lost, again!])).toEqual([again]);
  });

  test('whose owner died is claimed although nobody wakes it', async () => {
    const dead = await claim('me');
    await leaseRunsOut();
    expect(await wakeAt()).toBeNull();
    expect(await lanes.claim('you', 10, [])).toMatchObject([{ connectionId: dead.connectionId }]);
  });

  test('given back sleeps until something is due: for ever, where nothing is', async () => {
    const fence = await claim('me');
    await lanes.release(fence, 0);
    expect(await wakeAt()).toBeNull();

    await putLineItem(d.lms, 'a');
    await score('s01', 1);
    await sql(`UPDATE result SET next_attempt_at = now() + interval '90 seconds'`);
    await sql(`UPDATE line_item SET next_attempt_at = now() + interval '2 hours'`);
    await lanes.release(await claim('me'), 0);
    expect((await wakeAt())!.getTime() - Date.now()).toBeGreaterThan(80_000);
    expect((await wakeAt())!.getTime() - Date.now()).toBeLessThan(95_000);
    // after a run that failed, not at once even if something is due
    await sql(`UPDATE result SET next_attempt_at = now()`);
    await lanes.release(await claim('me'), 5_000);
    expect((await wakeAt())!.getTime() - Date.now()).toBeGreaterThan(4_000);
  });

  test('that is stopped wakes for its probe and no sooner, and keeps the first moment as "since"', async () => {
    const until = new Date(Date.now() + 60_000);
    const fence = await claim('me');
    const rest = { broken: true, restMs: 60_000, breaker: { allowed: 1, doublesTo: 4 } };
    await lanes.stop(fence, { reason: { code: 'CONN_TLS' }, ...rest });
    const [first] = await sql<{ cause_since: Date }>('SELECT cause_since FROM lane');
    await lanes.stop(fence, { reason: { code: 'CONN_DNS' }, ...rest });
    await lanes.release(fence, 0);
    expect(Math.abs((await wakeAt())!.getTime() - until.getTime())).toBeLessThan(2_000);
    await sql('UPDATE lane SET wake_at = now()');
    expect(await lanes.claim('you', 10, [])).toEqual([]);
    expect(await sql('SELECT cause, cause_since, probes FROM lane')).toEqual([
      { cause: 'CONN_DNS', cause_since: first!.cause_since, probes: 2 },
    ]);
  });
});

describe('the fence', () => {
  beforeAll(() => putLineItem(d.lms, 'a'));

  test('an answer that comes after the lane has moved on settles nothing and makes the row dirty again', async () => {
    const mine = await claim('me');
    const old = await taken(mine, 70);
    await leaseRunsOut();
    const [yours] = await lanes.claim('you', 10, []);
    const [work] = await lanes.take(yours!, 10);
    expect(work!.results.map((r) => r.id)).toEqual([old.result.id]);
    expect(
      await lanes.settle(yours!, [acknowledged({ work: work!, result: work!.results[0]! }, 'yours')]),
    ).toBe('settled');
    const clean = await row(old.result.id);
    expect(clean.clean_n).toBe(clean.dirty_n);

    // my request was in flight all the time: it may have landed last
    expect(await lanes.settle(mine, [acknowledged(old, 'mine')])).toBe('lost');
    expect(await row(old.result.id)).toMatchObject({
      dirty_n: clean.dirty_n + 1,
      clean_n: clean.clean_n,
      release_n: clean.dirty_n + 1,
      acked_version: clean.acked_version,
      acked_hash: null,
    });
    expect(await lanes.take(mine, 10)).toEqual([]);
    // who only put back what he had not sent disturbs nobody
    expect(await lanes.settle(mine, [{ ...acknowledged(old, 'mine'), how: 'untried' }])).toBe('lost');
    expect((await row(old.result.id)).dirty_n).toBe(clean.dirty_n + 1);
  });

  test('an edit during the request stays due', async () => {
    const fence = await claim('me');
    const first = await taken(fence, 71);
    await score('s01', 72);
    expect(await lanes.take(fence, 10)).toEqual([]);
    // while it was held it could not be taken: whoever settles it is told to look again
    expect(await lanes.settle(fence, [acknowledged(first, 'h')])).toBe('moreDue');
    const now = await row(first.result.id);
    expect(now).toMatchObject({
      clean_n: first.result.dirtyN,
      dirty_n: first.result.dirtyN + 1,
      sending_epoch: null,
    });
    const [work] = await lanes.take(fence, 10);
    expect(work!.results).toMatchObject([{ id: first.result.id, score: '72' }]);
  });

  test('a row that a later run has in its hands is that run’s', async () => {
    const fence = await claim('me');
    const first = await taken(fence, 73);
    await sql('UPDATE result SET sending_epoch = sending_epoch + 1 WHERE id = $1', [first.result.id]);
    const before = await row(first.result.id);
    expect(await lanes.settle(fence, [acknowledged(first, 'h')])).toBe('settled');
    expect(await row(first.result.id)).toMatchObject({
      dirty_n: before.dirty_n + 1,
      clean_n: before.clean_n,
      sending_epoch: before.sending_epoch,
      acked_hash: null,
    });
  });

  test('another SIS, entered while a request is in flight: the former one’s answer counts for nothing', async () => {
    const fence = await claim('me');
    const first = await taken(fence, 74);
    await expectOk(
      d.admin('PUT', '/domains/school/settings', {
        baseUrl: `${service.sis.url}/another/gradebook`,
        auth: service.sis.auth,
      }),
    );
    await lanes.settle(fence, [acknowledged(first, 'h')]);
    expect(await row(first.result.id)).toMatchObject({ acked_version: 0, acked_hash: null });
    const { dirty_n, clean_n } = await row(first.result.id);
    expect(dirty_n).toBeGreaterThan(clean_n);
    await expectOk(d.admin('PUT', '/domains/school/settings', {}));
  });

  test('a class deleted under a request leaves nothing to settle', async () => {
    await addClass(d.lms, 'c2', 1);
    await putLineItem(d.lms, 'gone', {}, 'c2');
    await putScores(d.lms, 'gone', 1, undefined, 'c2');
    const fence = await claim('me');
    const [work] = await lanes.take(fence, 10);
    await expectOk(d.lms('DELETE', '/classes/c2'));
    expect(await lanes.settle(fence, [acknowledged({ work: work!, result: work!.results[0]! }, 'h')])).toBe(
      'settled',
    );
  });
});

describe('what is taken', () => {
  test('the most urgent first, no more than asked for, nothing twice', async () => {
    await putLineItem(d.lms, 'urgency');
    await putScores(d.lms, 'urgency', 5);
    await sql(
      `UPDATE result SET priority = CASE student_id WHEN (SELECT id FROM student WHERE key = 's04') THEN 0 ELSE 3 END WHERE release_n > clean_n`,
    );
    const fence = await claim('me');
    const students = async (limit: number) =>
      (await lanes.take(fence, limit)).flatMap((w) => w.results.map((r) => r.student.key));
    expect(await students(1)).toEqual(['s04']);
    expect(await students(3)).toHaveLength(3);
    expect(await students(3)).toHaveLength(1);
    expect(await students(3)).toEqual([]);
  });

  test('not what is not due yet, and nothing of a domain that may not send', async () => {
    await putLineItem(d.lms, 'later');
    await putScores(d.lms, 'later', 2);
    await sql(`UPDATE result SET next_attempt_at = now() + interval '1 hour' WHERE release_n > clean_n`);
    const fence = await claim('me');
    expect((await lanes.take(fence, 10)).flatMap((w) => w.results)).toEqual([]);
    await sql(`UPDATE result SET next_attempt_at = now() WHERE release_n > clean_n`);
    await sql(`UPDATE domain SET sending = 'off' WHERE key = 'school'`);
    expect(await lanes.take(fence, 10)).toEqual([]);
    await sql(`UPDATE domain SET sending = 'on' WHERE key = 'school'`);
    expect((await lanes.take(fence, 10)).flatMap((w) => w.results)).toHaveLength(2);
  });

  test('comes with the lineItem that it stands on, and with why the SIS will not have that', async () => {
    await putLineItem(d.lms, 'under');
    await sql(
      `UPDATE line_item SET release_n = clean_n, parked_n = dirty_n, last_reason = '{"code":"CAT_NOT_FOUND"}' WHERE key = 'under'`,
    );
    await score('s02', 5, 'under');
    const [work] = await lanes.take(await claim('me'), 10);
    expect(work!.lineItems).toMatchObject([
      { key: 'under', taken: false, waiting: false, parked: { code: 'CAT_NOT_FOUND' } },
    ]);
  });
});

/** What a lane takes while somebody writes to the lineItem, who is done only when the lane waits for it. */
async function takenMeanwhile(fence: Fence, written: string, id: string): ReturnType<typeof lanes.take> {
  const free = Promise.withResolvers<void>();
  const has = Promise.withResolvers<void>();
  const somebody = service.service.db.transaction(async (tx) => {
    await tx.rows(written, [id]);
    has.resolve();
    await free.promise;
  });
  await has.promise;
  const taking = lanes.take(fence, 10);
  await new Promise((resolve) => setTimeout(resolve, 300));
  free.resolve();
  await somebody;
  return taking;
}

test('a lineItem that somebody held when it was to be taken is taken with the results that stand on it', async () => {
  await putLineItem(d.lms, 'held');
  await score('s01', 3, 'held');
  const [{ id } = { id: '' }] = await sql<{ id: string }>(`SELECT id FROM line_item WHERE key = 'held'`);
  const lost = await claim('me');
  const taken = await takenMeanwhile(lost, 'SELECT 1 FROM line_item WHERE id = $1 FOR UPDATE', id);
  const under = (work: typeof taken) =>
    work.flatMap(({ lineItems }) => lineItems).find((one) => one.id === id);
  expect(under(taken)).toMatchObject({ taken: true, unheard: null });
  // its answer never comes: the next one knows that it may be there
  await leaseRunsOut();
  const next = await claim('you');
  expect(under(await lanes.take(next, 10))).toMatchObject({
    taken: true,
    unheard: expect.any(Array),
  });
});

test('a version that is taken again is told once among what was tried', async () => {
  const { id } = (await taken(await claim('me'), 41)).result;
  const tried = async () =>
    (await sql<{ tried: { v: number }[] }>('SELECT tried FROM result WHERE id = $1', [id]))[0]!.tried;
  const before = await tried();
  expect(before.at(-1)).toMatchObject({ score: '41' });
  await leaseRunsOut();
  const again = await lanes.take(await claim('next'), 10);
  expect(again.flatMap(({ results }) => results).map((result) => result.id)).toContain(id);
  expect(await tried()).toEqual(before);
});

test('a lineItem whose refusal was being written when results were taken that stand on it is not marked as sent', async () => {
  await putLineItem(d.lms, 'refused');
  await score('s01', 3, 'refused');
  const [{ id } = { id: '' }] = await sql<{ id: string }>(`SELECT id FROM line_item WHERE key = 'refused'`);
  const mine = await claim('me');
  const refusal = 'UPDATE line_item SET parked_n = dirty_n, clean_n = release_n WHERE id = $1';
  const taken = await takenMeanwhile(mine, refusal, id);
  const [under] = taken.flatMap(({ lineItems }) => lineItems).filter((one) => one.id === id);
  expect(under).toMatchObject({ taken: false, parked: { code: expect.any(String) } });
  const [row] = await sql('SELECT sending_epoch, tried FROM line_item WHERE id = $1', [id]);
  expect(row).toEqual({ sending_epoch: null, tried: [] });
});

test('of several connections, each lane is opened with what is known of its own SIS', async () => {
  const settings = { maxConcurrentRequests: 2, requestsPerSecond: 7 };
  await district(service, 1, settings, 'elsewhere');
  const [mute] = await sql<{ id: string }>(
    `UPDATE connection k SET learned = learned || jsonb_build_object('muteSince', now()) FROM domain d
      WHERE d.id = k.domain_id AND d.key = 'district' RETURNING k.id`,
  );
  const opened = async () => {
    await sql(`UPDATE lane SET wake_at = now(), owner = NULL, lease_until = NULL`);
    const fences = await lanes.claim('me', 10, []);
    expect(fences).toHaveLength(2);
    const its = async (fence: Fence) => {
      const lane = await lanes.open(fence);
      return [lane?.readable, lane?.maxConcurrentRequests, lane?.requestsPerSecond];
    };
    const muteOne = fences.find((fence) => fence.connectionId === mute!.id)!;
    const other = fences.find((fence) => fence.connectionId !== mute!.id)!;
    return { muteOne: await its(muteOne), other: await its(other) };
  };
  expect(await opened()).toEqual({ muteOne: [false, 4, null], other: [true, 2, 7] });
  // a day later it is asked again
  await sql(
    `UPDATE connection SET learned = jsonb_set(learned, '{muteSince}', to_jsonb(now() - interval '25 hours')) WHERE id = $1`,
    [mute!.id],
  );
  expect(await opened()).toEqual({ muteOne: [true, 4, null], other: [true, 2, 7] });
});
