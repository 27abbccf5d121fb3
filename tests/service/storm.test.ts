/** Everything at once: scores, batches, presses, cancels, changes of mapping, roster and settings, and an SIS that fails. */
import {
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  sync,
  type District,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 30;
const KEYS = ['a', 'b', 'c', 'd'];
let service: TestService;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N), randomSeed: 7 },
    service: { sisLimits: { connectMs: 500, totalMs: 500 }, lanes: { firstProbeMs: 50, tickMs: 50 } },
  });
  d = await district(service, N, { autoSync: true, gatherSeconds: 0.05 });
  for (const key of KEYS) await putLineItem(d.lms, key);
});
afterAll(() => service.stop());

/** A small generator of its own, so that a run that fails can be looked at again. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
const settings = (more: Record<string, unknown>) =>
  expectOk(
    d.admin('PUT', '/domains/district/settings', {
      passbackEnabled: true,
      ...connectionSettings(service.sis),
      gatherSeconds: 0.05,
      ...more,
    }),
  );

test('A03: the SIS ends equal to the LMS, nothing deadlocks, nothing old comes last, nothing breaks', async () => {
  const { control } = service.sis;
  const start = Date.now();
  const going = () => Date.now() - start < 4_000;
  const pick = chance(Number(process.env.STORM_SEED ?? 11));
  const student = () => students(N)[pick(N)]!;
  const key = () => KEYS[pick(KEYS.length)]!;
  const worker = async (every: number, act: () => Promise<unknown>) => {
    while (going()) {
      await act();
      await new Promise((resolve) => setTimeout(resolve, every));
    }
  };
  control.setLatency(3);
  for (const kind of ['reset', 'reset-after-store', 'status'] as const)
    control.arm({ kind, method: 'PUT', probability: 0.02, ...(kind === 'status' ? { status: 503 } : {}) });
  const score = () =>
    expectOk(d.lms('PUT', `/classes/c1/lineItems/${key()}/results/${student()}`, { score: pick(101) }));
  await Promise.all([
    worker(0, score),
    worker(0, score),
    worker(50, () => putScores(d.lms, key(), N, () => pick(101))),
    worker(40, async () => {
      const { body } = await d.lms<{ id: string }>('POST', '/classes/c1/syncs', {});
      if (pick(4) === 0) await d.lms('POST', `/syncs/${body.id}/cancel`);
    }),
    worker(60, () => d.lms('POST', `/classes/c1/lineItems/${key()}/results/${student()}/syncs`, {})),
    worker(120, () => putLineItem(d.lms, key(), { resultValueMax: 100 + pick(3) })),
    worker(150, () =>
      expectOk(
        d.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: ['sis-homework', 'sis-tests'][pick(2)] } }),
      ),
    ),
    worker(200, () => settings({ autoSync: pick(3) > 0, maxConcurrentRequests: 1 + pick(6) })),
    worker(100, () => {
      const id = student();
      return expectOk(
        d.lms('PUT', `/classes/c1/students/${id}`, { sourcedId: `sis-${id}`, active: pick(2) > 0 }),
      );
    }),
    worker(1_000, async () => {
      control.arm({ kind: 'status', status: [429, 401, 403, 500][pick(4)]!, count: 2 });
      control.revokeTokens();
    }),
  ]);
  control.disarm();
  control.setLatency(0);
  await settings({ autoSync: true });
  await expectOk(
    d.lms('PUT', '/classes/c1/students', {
      students: students(N).map((id) => ({ studentId: id, sourcedId: `sis-${id}` })),
    }),
  );
  // what failed by the SIS's fault, and what was parked by one of its refusals, goes with a last press
  await sync(d.lms);
  await until(async () => {
    await service.service.db.rows('UPDATE result SET next_attempt_at = now() WHERE release_n > clean_n');
    await service.service.db.rows('UPDATE line_item SET next_attempt_at = now() WHERE release_n > clean_n');
    await service.service.db.rows('UPDATE lane SET wake_at = now() WHERE cause IS NULL');
    const { waiting } = await expectOk(
      d.admin<{ waiting: { rows: number } }>('GET', '/domains/district/connection'),
    );
    return waiting.rows === 0;
  });
  expect((await sync(d.lms)).counts).toMatchObject({ failed: 0 });

  const { lineItems, results } = control.contents();
  expect(lineItems).toHaveLength(KEYS.length);
  const titles = new Map(
    lineItems.map((l) => [l['sourcedId'], String(l['title']).slice('Title of '.length)]),
  );
  const held = new Map(
    results.map((r) => [
      `${titles.get((r['lineItem'] as { sourcedId: string }).sourcedId)} ${(r['student'] as { sourcedId: string }).sourcedId}`,
      r['score'],
    ]),
  );
  expect(held.size).toBe(results.length);
  const wanted = new Map<string, number>();
  for (const lineItem of KEYS) {
    const { items } = await expectOk(
      d.lms<{ items: { studentId: string; desired: { score: number }; state: string }[] }>(
        'GET',
        `/classes/c1/results?lineItemId=${lineItem}&limit=200`,
      ),
    );
    for (const { studentId, desired, state } of items) {
      wanted.set(`${lineItem} sis-${studentId}`, desired.score);
      expect(state).toBe('acknowledged');
    }
  }
  expect(held).toEqual(wanted);
  expect(control.staleWrites.count).toBe(0);
  const open = await expectOk(d.lms<{ items: unknown[] }>('GET', '/syncs?status=processing'));
  expect(open.items).toEqual([]);
  expect(await service.service.db.rows('SELECT sync_id FROM result WHERE sync_id IS NOT NULL')).toEqual([]);
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
  expect(service.sis.violations).toEqual([]);
  const [{ deadlocks } = { deadlocks: '?' }] = await service.service.db.rows<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(Number(deadlocks)).toBe(0);
}, 30_000);
