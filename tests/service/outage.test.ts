/** An SIS that is away, in part or wholly, and comes back: who waits, how it is asked, how gently it is begun again. */
import type { FaultSpec } from '../../src/demo/sis/faults.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startService as startReplica } from '../../src/service.ts';
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  resultIdOf,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { SIS_CLIENT } from '../support/sis.ts';

const N = 30;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, 2) },
    service: {
      sisLimits: { connectMs: 500, totalMs: 1_500 },
      lanes: { firstProbeMs: 100, tickMs: 100, haltGraceMs: 200 },
    },
  });
  d = await district(service, N);
  await addClass(d.lms, 'c2', N);
});
afterAll(() => service.stop());
afterEach(async () => {
  service.sis.control.disarm();
  service.sis.control.setLatency(0);
  service.sis.control.resetCounts();
  // what a test leaves waiting or failing is not the next one's
  for (const table of ['line_item', 'result'])
    await sql(
      `UPDATE ${table} SET clean_n = dirty_n, release_n = dirty_n, attempts = 0, sync_id = NULL, parked_n = NULL`,
    );
  await sql(`UPDATE sync SET status = 'cancelled' WHERE status = 'processing'`);
  await sql(
    `UPDATE lane SET cause = NULL, cause_since = NULL, paused_until = NULL, probes = 0, breaker = '{}'`,
  );
});

interface Sync extends SyncBody {
  inFlight: number;
  waitingFor: { code: string; since: string | null } | null;
}
interface Connection {
  state: string;
  cause: { code: string } | null;
  since: string | null;
  nextProbeAt: string | null;
  inFlight: number;
}
interface Cell {
  state: string;
  reason: { code: string; message: string } | null;
  nextAttemptAt: string | null;
}
interface Lane {
  breaker: Record<string, unknown>;
  probes: number;
  cause: string | null;
}
const control = () => service.sis.control;
const sql = <T>(text: string, params: unknown[] = []) => service.service.db.rows<T>(text, params);
const get = (id: string) => expectOk(d.lms<Sync>('GET', `/syncs/${id}`));
const of = (lineItem: string, cls = 'c1') => `/classes/${cls}/lineItems/${lineItem}/syncs`;
const press = (lineItem: string, cls = 'c1') => expectOk(d.lms<Sync>('POST', of(lineItem, cls), {}));
const connection = () => expectOk(d.admin<Connection>('GET', '/domains/district/connection'));
const cell = (lineItem: string, student: string) =>
  expectOk(d.lms<Cell>('GET', `/classes/c1/lineItems/${lineItem}/results/${student}`));
const lane = async () => (await sql<Lane>('SELECT breaker, probes, cause FROM lane'))[0]!;
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const tries = async (lineItem: string) =>
  (
    await sql<{ n: number }>(
      `SELECT coalesce(sum(r.attempts), 0)::int AS n FROM result r JOIN line_item l ON l.id = r.line_item_id WHERE l.key = $1`,
      [lineItem],
    )
  )[0]!.n;
async function graded(lineItem: string, cls = 'c1', n = N): Promise<void> {
  await putLineItem(d.lms, lineItem, {}, cls);
  await putScores(d.lms, lineItem, n, undefined, cls);
}
/** What waits for its next try is tried now: hours pass. */
async function timePasses(): Promise<void> {
  for (const table of ['line_item', 'result'])
    await sql(`UPDATE ${table} SET next_attempt_at = now() WHERE attempts > 0 AND release_n > clean_n`);
  await sql(`UPDATE lane SET wake_at = now() WHERE wake_at > now() AND cause IS NULL`);
}
const inSis = (lineItem: string) =>
  control()
    .contents()
    .results.filter((r) =>
      control()
        .contents()
        .lineItems.some(
          (l) =>
            l['title'] === `Title of ${lineItem}` &&
            (r['lineItem'] as { sourcedId: string }).sourcedId === l['sourcedId'],
        ),
    ).length;
/** Most requests to the gradebook under way at one moment, where each takes `ms`. */
function peak(ms: number, from = 0): number {
  const at = control()
    .requests.filter((r) => r.kind !== 'token' && r.at >= from)
    .map((r) => r.at);
  return Math.max(0, ...at.map((t) => at.filter((one) => one > t - ms && one <= t).length));
}

describe('A09: an SIS that asks for a rest', () => {
  const tooMany = (retryAfter: string): FaultSpec => ({
    kind: 'status',
    status: 429,
    headers: { 'retry-after': retryAfter },
    request: 'result',
    count: 1,
  });
  const asked = async (name: string, retryAfter: string) => {
    await graded(name, 'c1', 8);
    control().arm(tooMany(retryAfter));
    const { id } = await press(name);
    const at = await until(() => control().requests.find((r) => r.status === 429)?.at ?? null);
    const said = await until(async () => {
      const now = await connection();
      return now.cause?.code === 'SIS_RATE_LIMIT' && now.nextProbeAt !== null && now;
    });
    return { id, at, restMs: Date.parse(said.nextProbeAt!) - at };
  };

  test('in seconds: no request of any replica before they are over', async () => {
    const replica = await startReplica(
      readConfig({ ...service.env, ROLE: 'worker' }),
      createLog({ level: 'error' }),
      { lanes: { firstProbeMs: 100, tickMs: 50 } },
    );
    try {
      const { id, at } = await asked('seconds', '7');
      // whoever looks meanwhile, presses or sends changes nothing
      await expectOk(d.lms('PUT', '/classes/c1/lineItems/seconds/results/s01', { score: 1 }));
      await expectOk(d.lms('POST', '/classes/c1/lineItems/seconds/results/s01/syncs', {}));
      expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
      // what was on its way when the answer came, at most one per slot, then silence
      expect(control().requests.filter((r) => r.at > at && r.at < at + 7_000).length).toBeLessThanOrEqual(3);
      const [next] = control().requests.filter((r) => r.at > at + 1_000);
      expect(next?.at).toBeGreaterThanOrEqual(at + 7_000);
      expect(inSis('seconds')).toBe(8);
    } finally {
      await replica.stop();
    }
  });

  test('as a date', async () => {
    const { id, restMs } = await asked('date', new Date(Date.now() + 4_000).toUTCString());
    expect(restMs).toBeGreaterThan(1_500);
    expect(restMs).toBeLessThan(5_000);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  });

  test.each(['-5', 'soon', '1e9', ''])(
    'in words that mean nothing (%j): its own patience',
    async (nonsense) => {
      const { id, restMs } = await asked(`nonsense${nonsense}`, nonsense);
      expect(restMs).toBeLessThan(1_000);
      expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    },
  );

  test('for ever: an hour is believed, and whoever enters the secret again does not wait', async () => {
    const { id, restMs } = await asked('ever', '1000000000');
    expect(restMs).toBeGreaterThan(3_590_000);
    expect(restMs).toBeLessThan(3_610_000);
    await expectOk(
      d.admin('PUT', '/domains/district/settings', {
        passbackEnabled: true,
        ...connectionSettings(service.sis),
      }),
    );
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  });

  test('is asked with half as many at once afterwards', async () => {
    control().setLatency(30);
    const { id } = await asked('half', '1');
    expect(await lane()).toMatchObject({ breaker: { allowed: 2, doublesTo: 2 } });
    const from = Date.now();
    await syncEnd(d.lms, id);
    expect(peak(25, from)).toBeLessThanOrEqual(2);
  });
});

describe('A11: tokens', () => {
  test('revoked in the middle of a run: one new one, and nothing is lost', async () => {
    await graded('revoked');
    control().setLatency(20);
    const { id } = await press('revoked');
    await until(() => control().count({ kind: 'result' }) >= 6);
    const before = control().tokenRequests.length;
    control().revokeTokens();
    expect(await syncEnd(d.lms, id)).toMatchObject({
      status: 'complete',
      counts: { created: N + 1, failed: 0 },
    });
    expect(control().tokenRequests.length - before).toBe(1);
    expect(inSis('revoked')).toBe(N);
  });

  test('a secret that is wrong now: said once, knocked with once, and not again for minutes', async () => {
    await graded('secret');
    control().rotateSecret(SIS_CLIENT.id, 'another');
    control().revokeTokens();
    const { id } = await press('secret');
    const said = await until(async () => {
      const now = await connection();
      return now.cause?.code === 'AUTH_INVALID_CLIENT' && now;
    });
    // 100 ms stand for 5 s here, so these are two minutes and more
    expect(Date.parse(said.nextProbeAt!) - Date.parse(said.since!)).toBeGreaterThan(2_000);
    await rest(1_500);
    expect(control().tokenRequests).toHaveLength(1);
    expect([await tries('secret'), (await get(id)).waitingFor?.code]).toEqual([0, 'AUTH_INVALID_CLIENT']);
    control().rotateSecret(SIS_CLIENT.id, SIS_CLIENT.secret);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  });
});

describe('A16: one row that always fails', () => {
  test.each<[string, FaultSpec, string]>([
    ['draws a web page', { kind: 'html' }, 'CONN_NOT_ONEROSTER'],
    ['is redirected', { kind: 'redirect' }, 'CONN_REDIRECT'],
    ['is never answered', { kind: 'hang' }, 'CONN_TIMEOUT'],
    [
      'gets 503 with a Retry-After',
      { kind: 'status', status: 503, headers: { 'retry-after': '1' }, body: '' },
      'SIS_INTERNAL',
    ],
    ['gets 401', { kind: 'status', status: 401 }, 'AUTH_TOKEN_REFUSED'],
  ])(
    'because it %s: the others go, it waits alone, longer and longer, and is seen',
    async (how, fault, code) => {
      const name = how.replaceAll(' ', '-');
      await graded(name);
      const sourcedId = resultIdOf('district', name, 's07');
      control().arm({ ...fault, sourcedId });
      const { id } = await press(name);
      await until(() => inSis(name) === N - 1);
      const stopped = () => service.logged().split('"message":"lane stopped"').length;
      let stops = -1;
      await until(async () => {
        // from its second time on it does not hold up anybody: the lane is not stopped again
        if (stops < 0 && (await tries(name)) > 0) stops = stopped();
        await timePasses();
        return (await get(id)).status !== 'processing';
      }, 25_000);
      expect(stopped()).toBe(stops);
      expect(await get(id)).toMatchObject({
        status: 'completeWithProblems',
        counts: { created: N, failed: 1 },
      });
      const sick = await until(async () => {
        const now = await cell(name, 's07');
        return now.state === 'retrying' && now;
      });
      expect(sick.reason?.code).toBe(code);
      expect(await connection()).toMatchObject({ state: 'working', cause: null });
      control().disarm();
      await until(async () => {
        await timePasses();
        return inSis(name) === N;
      });
    },
    40_000,
  );

  test('after 72 hours it is given up: it says so, and goes when somebody presses', async () => {
    await graded('three-days', 'c1', 3);
    control().arm({
      kind: 'status',
      status: 500,
      body: '',
      sourcedId: resultIdOf('district', 'three-days', 's02'),
    });
    const { id } = await press('three-days');
    await until(async () => (await cell('three-days', 's02')).state === 'retrying');
    await sql(
      `UPDATE result SET attempts = 150, failing_since = now() - interval '71 hours' WHERE attempts > 0 AND release_n > clean_n`,
    );
    await timePasses();
    await until(async () => (await tries('three-days')) === 151);
    expect((await cell('three-days', 's02')).state).toBe('retrying');
    await sql(`UPDATE result SET failing_since = now() - interval '73 hours' WHERE attempts > 0`);
    await until(async () => {
      await timePasses();
      return (await cell('three-days', 's02')).state === 'needsAttention';
    });
    const given = await cell('three-days', 's02');
    expect(given.reason?.code).toBe('GIVEN_UP');
    expect(given.reason?.message).toContain('73 hours');
    expect((await get(id)).status).toBe('completeWithProblems');
    const sent = control().requests.length;
    await timePasses();
    await rest(300);
    expect(control().requests).toHaveLength(sent);
    control().disarm();
    expect(await sync(d.lms, of('three-days'))).toMatchObject({ status: 'complete', counts: { created: 1 } });
  });
});

describe('an SIS that is only half there', () => {
  test('writes and does not read: a waiting row finds out that it is back, and no try is burnt', async () => {
    await graded('write-only');
    await sync(d.lms, of('write-only'));
    await putScores(d.lms, 'write-only', N, (i) => i);
    control().arm({ kind: 'status', status: 404, method: 'GET', body: 'no such page' });
    const away = control().arm({ kind: 'status', status: 503, method: 'PUT', body: 'away' });
    control().resetCounts();
    const { id } = await press('write-only');
    await until(async () => Number((await lane()).breaker['fruitless'] ?? 0) >= 3);
    const writes = control().writes().length;
    await until(() => control().writes().length >= writes + 2);
    // one at a time, and never all of them
    expect(control().writes().length).toBeLessThanOrEqual(writes + 4);
    expect(await get(id)).toMatchObject({ status: 'processing', counts: { failed: 0 } });
    expect(await tries('write-only')).toBe(0);
    control().disarm(away);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { updated: N, failed: 0 } });
    expect(control().writes().length).toBeLessThan(N + writes + 12);
    expect(await connection()).toMatchObject({ state: 'working', cause: null });
  }, 30_000);

  test('reads and does not write: after some rows in vain the others are spared, and it goes on by itself', async () => {
    for (const key of ['half-1', 'half-2', 'half-3']) await graded(key);
    for (const key of ['half-1', 'half-2', 'half-3']) await sync(d.lms, of(key));
    for (const key of ['half-1', 'half-2', 'half-3']) await putScores(d.lms, key, N, (i) => i);
    control().resetCounts();
    control().arm({ kind: 'status', status: 500, method: 'PUT', body: '' });
    const { id } = await expectOk(
      d.lms<Sync>('POST', '/classes/c1/syncs', { lineItemIds: ['half-1', 'half-2', 'half-3'] }),
    );
    await until(async () => (await lane()).breaker['writesFail'] === true);
    expect(await connection()).toMatchObject({ state: 'waiting', cause: { code: 'SIS_INTERNAL' } });
    // the answers that were still on their way are in
    await until(async () => (await connection()).inFlight === 0);
    const burnt = await tries('half-1');
    await rest(1_200);
    // three times thirty wait; some were tried once, then one at a time
    expect(control().writes().length).toBeLessThan(45);
    expect(await tries('half-1')).toBe(burnt);
    expect(await get(id)).toMatchObject({ status: 'processing', counts: { failed: 0 } });
    control().disarm();
    await until(async () => {
      await timePasses();
      return (await get(id)).status !== 'processing';
    }, 20_000);
    expect(await get(id)).toMatchObject({ status: 'complete', counts: { updated: 3 * N, failed: 0 } });
  }, 40_000);

  test.each<[string, FaultSpec, string]>([
    ['a licence that ran out', { kind: 'status', status: 402 }, 'AUTH_LICENSE'],
    [
      'a token endpoint that is away',
      { kind: 'status', status: 503, request: 'token', body: '' },
      'AUTH_UNAVAILABLE',
    ],
  ])('%s: one cause, nobody’s tries, and it goes on by itself', async (name, fault, code) => {
    const key = name.replaceAll(' ', '-');
    await graded(key);
    if (fault.request === 'token') control().revokeTokens();
    control().arm(fault);
    const { id } = await press(key);
    await until(async () => (await connection()).cause?.code === code);
    const { since } = await connection();
    await rest(500);
    expect(await connection()).toMatchObject({ cause: { code }, since });
    expect([await tries(key), (await get(id)).counts.failed]).toEqual([0, 0]);
    expect(control().requests.length).toBeLessThan(16);
    control().disarm();
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    expect(inSis(key)).toBe(N);
  });

  test('a name that is gone from the DNS: one cause, and it goes on when it is back', async () => {
    await graded('gone');
    const put = (baseUrl: string) =>
      expectOk(
        d.admin('PUT', '/domains/district/settings', {
          passbackEnabled: true,
          ...connectionSettings(service.sis),
          baseUrl,
        }),
      );
    await put('https://gone.invalid/ims/oneroster/gradebook/v1p2');
    const { id } = await press('gone');
    await until(async () => (await connection()).cause?.code === 'CONN_DNS');
    expect(await tries('gone')).toBe(0);
    await put(service.sis.gradebookUrl);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  });
});

describe('after an outage', () => {
  test('the rest outlives this process, and the next one begins with one request at a time', async () => {
    await graded('ramp');
    control().arm({ kind: 'redirect' });
    const { id } = await press('ramp');
    await until(async () => (await lane()).probes >= 4);
    await service.restart();
    expect(await lane()).toMatchObject({ breaker: { allowed: 1, doublesTo: 4 } });
    const { nextProbeAt } = await connection();
    const before = control().requests.length;
    await rest(Math.max(0, Date.parse(nextProbeAt!) - Date.now() - 250));
    expect(control().requests).toHaveLength(before);
    control().disarm();
    control().setLatency(40);
    const from = await until(() => control().requests[before]?.at ?? null);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    // it may double a second after the run began, which is a little before its first request
    const first = control().requests.filter((r) => r.method === 'PUT' && r.at >= from && r.at < from + 600);
    expect(first.length).toBeGreaterThan(0);
    expect(
      Math.max(...first.map((r) => first.filter((one) => one.at > r.at - 35 && one.at <= r.at).length)),
    ).toBe(1);
    expect(peak(35, from)).toBeLessThanOrEqual(4);
    expect(inSis('ramp')).toBe(N);
  }, 30_000);

  test('another tenant is not held up for a moment', async () => {
    const other = await startService({
      sis: { district: sisDistrict(N) },
      service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
    });
    try {
      const sick = await district(other, N, { baseUrl: 'http://127.0.0.1:9/gradebook' }, 'sick');
      const well = await district(other, N, {}, 'well');
      await putLineItem(sick.lms, 'x');
      await putScores(sick.lms, 'x', N);
      await expectOk(sick.lms('POST', '/classes/c1/syncs', {}));
      await until(
        async () =>
          (await expectOk(sick.admin<Connection>('GET', '/domains/sick/connection'))).cause?.code ===
          'CONN_REFUSED',
      );
      await putLineItem(well.lms, 'x');
      await putScores(well.lms, 'x', N);
      expect(await sync(well.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
    } finally {
      await other.stop();
    }
  });
});

describe('a request that hangs', () => {
  // for half a minute, as it is set for real: what waited for it would not end in time
  let slow: TestService;
  let at: District;
  beforeAll(async () => {
    slow = await startService({
      sis: { district: sisDistrict(N, 2) },
      service: { sisLimits: { connectMs: 5_000, totalMs: 30_000 }, lanes: { tickMs: 100, haltGraceMs: 200 } },
    });
    at = await district(slow, N);
    await addClass(at.lms, 'c2', N);
  });
  afterAll(() => slow.stop());
  const pressed = (name: string, cls = 'c1') => expectOk(at.lms<Sync>('POST', of(name, cls), {}));
  const seen = (id: string) => expectOk(at.lms<Sync>('GET', `/syncs/${id}`));
  const hang = async (name: string) => {
    await putLineItem(at.lms, name);
    await putScores(at.lms, name, 1);
    await putLineItem(at.lms, `${name}-neighbour`, {}, 'c2');
    await putScores(at.lms, `${name}-neighbour`, N, undefined, 'c2');
    slow.sis.control.arm({ kind: 'hang', sourcedId: resultIdOf('district', name, 's01') });
    const { id } = await pressed(name);
    await until(() => slow.sis.control.requests.some((r) => r.fault === 'hang'));
    await until(async () => (await seen(id)).inFlight === 1);
    return id;
  };

  test('is told while it does, and holds up nobody when its sync is cancelled', async () => {
    const id = await hang('hangs');
    const { inFlight } = await expectOk(at.admin<Connection>('GET', '/domains/district/connection'));
    expect(inFlight).toBe(1);
    await expectOk(at.lms('POST', `/syncs/${id}/cancel`));
    expect(await sync(at.lms, of('hangs-neighbour', 'c2'))).toMatchObject({ status: 'complete' });
    expect(await seen(id)).toMatchObject({ status: 'cancelled', inFlight: 0 });
    expect(await expectOk(at.lms('GET', '/classes/c1/lineItems/hangs/results/s01'))).toMatchObject({
      state: 'unsent',
    });
    // it may have been stored: it is not clean, and is sent again when somebody asks
    slow.sis.control.disarm();
    expect(await sync(at.lms, of('hangs'))).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  });

  test('holds up nobody when settings change, and goes again by itself', async () => {
    const id = await hang('changes');
    await expectOk(
      at.admin('PUT', '/domains/district/settings', {
        passbackEnabled: true,
        ...connectionSettings(slow.sis),
        sendComments: true,
      }),
    );
    slow.sis.control.disarm();
    expect(await sync(at.lms, of('changes-neighbour', 'c2'))).toMatchObject({ status: 'complete' });
    expect(await syncEnd(at.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  });
});

test('nothing of all this was a defect of ours', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
});
