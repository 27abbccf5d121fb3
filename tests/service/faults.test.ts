/** What an SIS can do wrong, over the whole stack: whose fault it is, who waits, and that everything arrives in the end. */
import type { FaultSpec } from '../../src/demo/sis/faults.ts';
import {
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
import { SIS_CLIENT, startTestSis } from '../support/sis.ts';

const N = 30;
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { sisLimits: { connectMs: 500, totalMs: 600 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N);
});
afterAll(() => service.stop());
beforeEach(() => service.sis.control.resetCounts());
afterEach(() => {
  service.sis.control.disarm();
  service.sis.control.setLatency(0);
});

interface Sync extends SyncBody {
  pending: number;
  waitingFor: { code: string; since: string | null; nextAttemptAt: string | null } | null;
}
interface Connection {
  state: string;
  cause: { code: string } | null;
  since: string | null;
  nextProbeAt: string | null;
}
interface Cell {
  state: string;
  reason: { code: string; message: string; fix: string } | null;
}
const control = () => service.sis.control;
const get = (id: string) => expectOk(d.lms<Sync>('GET', `/syncs/${id}`));
const post = (path: string, body?: unknown) => expectOk(d.lms<Sync>('POST', path, body));
/** Presses sync for one lineItem, whatever other tests have left. */
const of = (lineItem: string) => `/classes/c1/lineItems/${lineItem}/syncs`;
const press = (lineItem: string) => post(of(lineItem), {});
const connection = () => expectOk(d.admin<Connection>('GET', '/domains/district/connection'));
const cell = (lineItem: string, student: string) =>
  expectOk(d.lms<Cell>('GET', `/classes/c1/lineItems/${lineItem}/results/${student}`));
const states = async (lineItem: string) => {
  const { items } = await expectOk(
    d.lms<{ items: Cell[] }>('GET', `/classes/c1/results?lineItemId=${lineItem}&limit=200`),
  );
  const counts: Record<string, number> = {};
  for (const { state, reason } of items) {
    const name = reason ? `${state} ${reason.code}` : state;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};
const inSis = (lineItem: string) => {
  const { lineItems, results } = control().contents();
  const items = lineItems.filter((l) => l['title'] === `Title of ${lineItem}`);
  return {
    lineItems: items.length,
    results: results.filter(
      (r) => (r['lineItem'] as { sourcedId: string }).sourcedId === items[0]?.['sourcedId'],
    ).length,
  };
};
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const db = () => service.service.db;
async function graded(lineItem: string): Promise<void> {
  await putLineItem(d.lms, lineItem);
  await putScores(d.lms, lineItem, N);
}
/** What waits for its next try is tried now: hours pass. */
async function timePasses(): Promise<void> {
  for (const table of ['line_item', 'result'])
    await db().rows(`UPDATE ${table} SET next_attempt_at = now() WHERE attempts > 0 AND release_n > clean_n`);
  await db().rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now() AND cause IS NULL`);
}
const triesBurnt = async () =>
  (await db().rows<{ n: number }>(`SELECT coalesce(sum(attempts), 0)::int AS n FROM result`))[0]?.n;

describe('what passes by itself', () => {
  test.each<[string, FaultSpec]>([
    ['503', { kind: 'status', status: 503, method: 'PUT', count: 3 }],
    ['a reset before it was stored', { kind: 'reset', method: 'PUT', count: 3 }],
    ['a reset after it was stored', { kind: 'reset-after-store', method: 'PUT', count: 3 }],
    ['no answer at all', { kind: 'hang', request: 'result', count: 2 }],
    ['an answer that is cut off', { kind: 'truncate', request: 'categories' }],
    ['a token that was revoked', { kind: 'status', status: 401, method: 'PUT', count: 1 }],
  ])('A02: %s: the row is sent again, and is there once', async (name, fault) => {
    const key = name.replaceAll(' ', '-');
    await graded(key);
    control().arm(fault);
    const { id } = await press(key);
    await until(async () => {
      await timePasses();
      return (await get(id)).status !== 'processing';
    });
    expect(await get(id)).toMatchObject({ status: 'complete', counts: { created: N + 1, failed: 0 } });
    expect(inSis(key)).toEqual({ lineItems: 1, results: N });
    expect(await states(key)).toEqual({ acknowledged: N });
  });
});

describe('the connection is at fault', () => {
  /** A sync of a whole class that runs into `fault`, until the connection says `code`; then `mend`. */
  async function broken(name: string, code: string, harm: () => unknown, mend: () => unknown) {
    await graded(name);
    await harm();
    const from = Date.now();
    const { id } = await press(name);
    const said = await until(async () => {
      const now = await connection();
      return now.cause?.code === code && now;
    });
    expect(Date.parse(said.since ?? '')).toBeGreaterThanOrEqual(from - 50);
    expect(await get(id)).toMatchObject({ status: 'processing', waitingFor: { code, since: said.since } });
    // a few probes later: the same trouble, since the same moment, and nobody's tries are burnt
    await rest(400);
    expect(await connection()).toMatchObject({ cause: { code }, since: said.since });
    const now = await get(id);
    expect(now).toMatchObject({ status: 'processing', counts: { failed: 0 }, waitingFor: { code } });
    const parked = Object.keys(await states(name)).filter((state) => state.startsWith('needsAttention'));
    expect(parked).toEqual([]);
    expect(await triesBurnt()).toBe(0);
    const sent = control().requests.length;
    await mend();
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    expect(inSis(name)).toEqual({ lineItems: 1, results: N });
    expect(await connection()).toMatchObject({
      state: 'working',
      cause: null,
      since: null,
      nextProbeAt: null,
    });
    return { said, sent };
  }

  test.each<[string, string, FaultSpec, string]>([
    ['redirect', 'CONN_REDIRECT', { kind: 'redirect', method: 'PUT' }, 'broken'],
    ['web-page', 'CONN_NOT_ONEROSTER', { kind: 'html' }, 'broken'],
    ['refused-token', 'AUTH_TOKEN_REFUSED', { kind: 'status', status: 401 }, 'broken'],
    ['no-permission', 'AUTH_SCOPE_MISSING', { kind: 'status', status: 403 }, 'broken'],
    ['not-found', 'CONN_URL', { kind: 'status', status: 404 }, 'broken'],
    ['token-endpoint', 'AUTH_UNAVAILABLE', { kind: 'status', status: 500, request: 'token' }, 'waiting'],
  ])('%s: it says %s, and goes on by itself', async (name, code, fault, state) => {
    if (fault.request === 'token') control().revokeTokens();
    const { said, sent } = await broken(
      name,
      code,
      () => control().arm(fault),
      () => control().disarm(),
    );
    expect(said.state).toBe(state);
    // probes, at most the slots' worth of rows after each that is answered, and never in a loop
    expect(sent).toBeLessThan(40);
  });

  test('a wrong secret, until it is right again', async () => {
    await broken(
      'wrong-secret',
      'AUTH_INVALID_CLIENT',
      () => {
        control().rotateSecret(SIS_CLIENT.id, 'another');
        control().revokeTokens();
      },
      () => control().rotateSecret(SIS_CLIENT.id, SIS_CLIENT.secret),
    );
  });

  test('503 for everything: it waits, nothing fails', async () => {
    await graded('away');
    control().arm({ kind: 'status', status: 503, body: 'Down for maintenance' });
    const { id } = await press('away');
    await until(async () => (await connection()).cause?.code === 'SIS_INTERNAL');
    expect(await get(id)).toMatchObject({ status: 'processing', waitingFor: { code: 'SIS_INTERNAL' } });
    await rest(500);
    // the few that were sent before it was clear
    expect(await triesBurnt()).toBeLessThanOrEqual(5);
    control().disarm();
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    expect(inSis('away')).toEqual({ lineItems: 1, results: N });
  });

  test('the right to write goes in the middle: nothing is blamed on the students', async () => {
    await graded('midway');
    control().arm({ kind: 'status', status: 403, skip: 12 });
    const { id } = await press('midway');
    await until(async () => (await connection()).cause?.code === 'AUTH_SCOPE_MISSING');
    control().disarm();
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
    expect(inSis('midway')).toEqual({ lineItems: 1, results: N });
  });

  test('the SIS is down, and comes back', async () => {
    const port = Number(new URL(service.sis.url).port);
    const away = await startService({
      sis: { district: sisDistrict(3) },
      service: { sisLimits: { connectMs: 500, totalMs: 600 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
    });
    try {
      const there = await district(away, 3, {}, 'away');
      await putLineItem(there.lms, 'x');
      await putScores(there.lms, 'x', 3);
      const at = Number(new URL(away.sis.url).port);
      expect(at).not.toBe(port);
      await away.sis.stop();
      const { id } = await expectOk(there.lms<Sync>('POST', '/classes/c1/syncs', {}));
      const said = await until(async () => {
        const now = await expectOk(there.admin<Connection>('GET', '/domains/away/connection'));
        return now.cause?.code === 'CONN_REFUSED' && now;
      });
      expect(said).toMatchObject({ state: 'broken' });
      await rest(400);
      expect(await expectOk(there.lms<Sync>('GET', `/syncs/${id}`))).toMatchObject({
        status: 'processing',
        counts: { failed: 0 },
        waitingFor: { code: 'CONN_REFUSED', since: said.since },
      });
      const back = await startTestSis({ district: sisDistrict(3), port: at });
      expect((await syncEnd(there.lms, id)).status).toBe('complete');
      expect(back.control.contents().results).toHaveLength(3);
      await back.stop();
    } finally {
      await away.stop();
    }
  });

  test('TLS where there is none', async () => {
    await graded('tls');
    const plain = connectionSettings(service.sis);
    const secure = { ...plain, baseUrl: plain.baseUrl.replace('http:', 'https:') };
    const put = (group: object) =>
      expectOk(d.admin('PUT', '/domains/district/settings', { passbackEnabled: true, ...group }));
    await put(secure);
    const { id } = await press('tls');
    await until(async () => (await connection()).cause?.code === 'CONN_TLS');
    expect(await get(id)).toMatchObject({ status: 'processing', waitingFor: { code: 'CONN_TLS' } });
    await put(plain);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete' });
    expect(inSis('tls')).toEqual({ lineItems: 1, results: N });
  });
});

test('an SIS that asks for a rest gets it from everyone, whatever comes back meanwhile', async () => {
  await graded('rate');
  await sync(d.lms, of('rate'));
  await putScores(d.lms, 'rate', N, (i) => i);
  control().resetCounts();
  // the first answer of the run is the 429; the others come after it and are good
  control().setLatency(40);
  control().arm({
    kind: 'status',
    status: 429,
    headers: { 'retry-after': '2' },
    request: 'result',
    count: 1,
  });
  const { id } = await press('rate');
  const asked = await until(() => control().requests.find((r) => r.status === 429) ?? null);
  await until(async () => (await connection()).cause?.code === 'SIS_RATE_LIMIT');
  expect(await connection()).toMatchObject({ state: 'waiting' });
  // a teacher who presses and a score that comes do not change that
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/rate/results/s01', { score: 1 }));
  await post('/classes/c1/lineItems/rate/results/s01/syncs', {});
  await rest(asked.at + 1_000 - Date.now());
  expect(await get(id)).toMatchObject({ status: 'processing', waitingFor: { code: 'SIS_RATE_LIMIT' } });
  expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  // what was on its way when the answer came, then silence
  const [next] = control().requests.filter((r) => r.at > asked.at + 1_000);
  expect(next?.at).toBeGreaterThanOrEqual(asked.at + 2_000);
  expect(inSis('rate')).toEqual({ lineItems: 1, results: N });
});

describe('one item is at fault', () => {
  test('a student whom the class does not know: 29 arrive, and retry sends the one', async () => {
    await graded('dropped');
    control().dropStudent('sis-class-1', 'sis-s30');
    const done = await sync(d.lms, of('dropped'));
    expect(done).toMatchObject({ status: 'completeWithProblems', counts: { created: N, failed: 1 } });
    expect(inSis('dropped').results).toBe(N - 1);
    const { state, reason } = await cell('dropped', 's30');
    expect([state, reason?.code]).toEqual(['needsAttention', 'ENROLL_NOT_IN_CLASS']);
    expect(reason?.fix).toBeTruthy();
    const { items } = await expectOk(
      d.lms<{ items: { studentId: string; action: string; reason: { code: string } | null }[] }>(
        'GET',
        `/syncs/${done.id}/entries?limit=200`,
      ),
    );
    expect(items.filter((e) => e.action === 'failed')).toMatchObject([
      { studentId: 's30', reason: { code: 'ENROLL_NOT_IN_CLASS' } },
    ]);

    control().edit('classes', 'sis-class-1', {
      studentSourcedIds: sisDistrict(N).students.map((s) => s.sourcedId),
    });
    control().resetCounts();
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/dropped/results/s01', { score: 1 }));
    const { id } = await post(`/syncs/${done.id}/retry`);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { created: 1 } });
    expect(control().writes()).toHaveLength(1);
    expect(await states('dropped')).toEqual({ acknowledged: N - 1, unsent: 1 });
  });

  test.each([403, 404, 409, 422])('%i about one item is that item’s', async (status) => {
    await graded(`one-${status}`);
    control().arm({ kind: 'status', status, request: 'result', count: 1 });
    const done = await sync(d.lms, of(`one-${status}`));
    expect(done).toMatchObject({ status: 'completeWithProblems', counts: { created: N, failed: 1 } });
    expect(inSis(`one-${status}`).results).toBe(N - 1);
    expect(await connection()).toMatchObject({ state: 'working', cause: null });
    // pressed again, it is tried again
    expect(await sync(d.lms, of(`one-${status}`))).toMatchObject({
      status: 'complete',
      counts: { created: 1 },
    });
  });

  test('a lineItem that is refused holds its scores, says so, and brings them all when it is mended', async () => {
    await graded('stuck');
    control().arm({ kind: 'status', status: 422, request: 'lineItem', count: 1 });
    const done = await sync(d.lms, of('stuck'));
    expect(done).toMatchObject({
      status: 'failed',
      byKind: { results: { failed: N }, lineItems: { failed: 1 } },
    });
    expect(control().count({ kind: 'lineItem' })).toBe(1);
    expect(control().count({ kind: 'result' })).toBe(0);
    expect(await states('stuck')).toEqual({ 'needsAttention LINE_ITEM_WAITS': N });
    // a new score of it is no reason to ask again
    await expectOk(d.lms('PUT', '/classes/c1/lineItems/stuck/results/s01', { score: 4 }));
    control().resetCounts();
    const { id } = await post(`/syncs/${done.id}/retry`);
    expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
    expect(control().counts()).toEqual({ 'PUT lineItem': 1, 'PUT result': N });
    expect(inSis('stuck')).toEqual({ lineItems: 1, results: N });
  });

  test('the lineItem alone is mended: its scores follow by themselves', async () => {
    await graded('follow');
    control().arm({ kind: 'status', status: 422, request: 'lineItem', count: 1 });
    await sync(d.lms, of('follow'));
    await db().rows(
      `UPDATE line_item SET release_n = dirty_n + 1, dirty_n = dirty_n + 1, next_attempt_at = now() WHERE key = 'follow'`,
    );
    await db().rows(`UPDATE lane SET wake_at = now()`);
    await until(() => inSis('follow').results === N);
  });

  test('five tries fail a row for its sync; it goes on by itself', async () => {
    await graded('poison');
    const sourcedId = resultIdOf('district', 'poison', 's07');
    control().arm({ kind: 'status', status: 500, sourcedId });
    const { id } = await press('poison');
    await until(async () => {
      await timePasses();
      return (await get(id)).status !== 'processing';
    });
    expect(await get(id)).toMatchObject({
      status: 'completeWithProblems',
      counts: { created: N, failed: 1 },
    });
    expect(control().count({ sourcedId })).toBeGreaterThanOrEqual(5);
    expect(control().count({ sourcedId })).toBeLessThanOrEqual(7);
    await until(async () => {
      const { state, reason } = await cell('poison', 's07');
      return state === 'retrying' && reason?.code === 'SIS_INTERNAL';
    });
    expect(await connection()).toMatchObject({ state: 'working' });
    control().disarm();
    await until(async () => {
      await timePasses();
      return (await cell('poison', 's07')).state === 'acknowledged';
    });
  });

  test('many rows that fail by themselves do not stop the others', async () => {
    await graded('many');
    const sick = Array.from({ length: 12 }, (_, i) => `s${String(i + 1).padStart(2, '0')}`);
    for (const student of sick)
      control().arm({
        kind: 'status',
        status: 500,
        sourcedId: resultIdOf('district', 'many', student),
      });
    const { id } = await press('many');
    await until(async () => {
      await timePasses();
      return (await get(id)).status !== 'processing';
    }, 25_000);
    expect(await get(id)).toMatchObject({
      status: 'completeWithProblems',
      counts: { created: N + 1 - 12, failed: 12 },
    });
    expect(await connection()).toMatchObject({ state: 'working', cause: null });
    control().disarm();
    await until(async () => {
      await timePasses();
      return inSis('many').results === N;
    });
  });

  test('a lineItem that keeps failing ends its sync too, with all its scores', async () => {
    await graded('sick');
    control().arm({ kind: 'status', status: 500, request: 'lineItem' });
    const { id } = await press('sick');
    await until(async () => {
      await timePasses();
      return (await get(id)).status !== 'processing';
    });
    expect(await get(id)).toMatchObject({
      status: 'failed',
      byKind: { lineItems: { failed: 1 }, results: { failed: N } },
    });
    await until(async () => (await states('sick'))['retrying LINE_ITEM_WAITS'] === N);
    control().disarm();
    await until(async () => {
      await timePasses();
      return inSis('sick').results === N;
    });
    expect(control().count({ kind: 'result' })).toBe(N);
  });
});

describe('a sync', () => {
  test('cancelled: nothing more is sent, what was sent stays acknowledged and told', async () => {
    const lineItemIds = ['cancel-0', 'cancel-1', 'cancel-2', 'cancel-3'];
    for (const lineItem of lineItemIds) await graded(lineItem);
    control().setLatency(40);
    const { id } = await post('/classes/c1/syncs', { lineItemIds });
    await until(() => control().count({ kind: 'result' }) >= 20);
    const cancelled = await expectOk(d.lms<Sync>('POST', `/syncs/${id}/cancel`));
    const at = Date.now();
    expect(cancelled).toMatchObject({ status: 'cancelled', pending: 0 });
    await rest(400);
    expect(control().requests.filter((r) => r.at > at + 10)).toHaveLength(0);
    const arrived = control().writes().length;
    await until(async () => (await get(id)).counts['created'] === arrived);
    expect(await get(id)).toMatchObject({ status: 'cancelled', counts: { created: arrived, failed: 0 } });
    const cells = { acknowledged: 0, unsent: 0 };
    for (const lineItem of lineItemIds) {
      const { acknowledged = 0, unsent = 0 } = await states(lineItem);
      cells.acknowledged += acknowledged;
      cells.unsent += unsent;
    }
    const results = control().count({ kind: 'result' });
    expect(cells).toEqual({ acknowledged: results, unsent: 4 * N - results });
    const again = await d.lms<{ code: string }>('POST', `/syncs/${id}/cancel`);
    expect([again.status, again.body.code]).toEqual([409, 'SYNC_FINISHED']);
    control().setLatency(0);
    expect(await sync(d.lms, '/classes/c1/syncs', { lineItemIds })).toMatchObject({ status: 'complete' });
    for (const lineItem of lineItemIds) expect(inSis(lineItem)).toEqual({ lineItems: 1, results: N });
  });

  test('of everything sends once more what the SIS has', async () => {
    await graded('all');
    await sync(d.lms, of('all'));
    control().resetCounts();
    const done = await sync(d.lms, of('all'), { mode: 'all' });
    expect(done).toMatchObject({ status: 'complete', counts: { updated: N + 1, created: 0, unchanged: 0 } });
    expect(control().writes()).toHaveLength(N + 1);
    expect(control().staleWrites.count).toBe(0);
  });

  test('that is dry writes nothing and is nobody’s to join', async () => {
    await graded('dry');
    const dry = await post(of('dry'), { dryRun: true });
    expect(dry).toMatchObject({ status: 'complete', dryRun: true, counts: { created: N + 1 } });
    expect(control().requests).toEqual([]);
    expect(await states('dry')).toEqual({ unsent: N });
    const real = await press('dry');
    expect(real.id).not.toBe(dry.id);
    expect(await syncEnd(d.lms, real.id)).toMatchObject({ counts: { created: N + 1 } });
  });

  test('with an Idempotency-Key is started once, also when it is asked for twice at once', async () => {
    await graded('once');
    const ask = (body: unknown, key = 'key-1') =>
      d.lms<Sync & { code?: string }>('POST', of('once'), body, { 'idempotency-key': key });
    const three = await Promise.all([ask({}), ask({}), ask({})]);
    // one that comes while the first is being worked on is told so, and asks again
    const busy = three.filter((answer) => answer.status === 409);
    expect(busy.every((answer) => answer.body.code === 'IDEMPOTENCY_KEY_BUSY')).toBe(true);
    const [a] = three.filter((answer) => answer.status !== 409);
    await syncEnd(d.lms, a!.body.id);
    expect((await ask({})).body.id).toBe(a!.body.id);
    const other = await ask({ mode: 'all' });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await ask({}, 'key-2')).body.id).not.toBe(a!.body.id);
    expect(control().counts()).toEqual({ 'PUT lineItem': 1, 'PUT result': N });
  });
});

test('nothing of all this was a defect of ours, and all that was sent is OneRoster', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
  expect(service.sis.violations).toEqual([]);
});
