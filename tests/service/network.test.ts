/** A bad network between us and the SIS: whatever it does to connections, in the end the SIS has each score once. */
import {
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';
import { startTcpProxy, type TcpProxy, type Toxics } from '../support/tcp-proxy.ts';

const N = 20;
let service: TestService;
let proxy: TcpProxy;
let d: District;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { sisLimits: { connectMs: 500, totalMs: 1_000 }, lanes: { firstProbeMs: 50, tickMs: 50 } },
  });
  const { url, gradebookUrl, auth } = service.sis;
  proxy = await startTcpProxy(Number(new URL(url).port));
  const through = (address: string) => address.replace(url, `http://127.0.0.1:${proxy.port}`);
  d = await district(service, N, {
    baseUrl: through(gradebookUrl),
    auth: { ...auth, tokenUrl: through(auth.tokenUrl) },
  });
});
afterAll(async () => {
  await service.stop();
  await proxy.close();
});
afterEach(() => proxy.set({}));

async function graded(key: string): Promise<string> {
  await putLineItem(d.lms, key);
  await putScores(d.lms, key, N);
  return (await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', { lineItemIds: [key] }))).id;
}
const arrived = () => service.sis.control.count({ kind: 'result', method: 'PUT' });

/** What waits for its next try, or rests, need not wait any longer: the trouble is over. */
async function arrives(key: string, id: string): Promise<void> {
  await until(async () => {
    const { db } = service.service;
    await db.rows(
      'UPDATE result SET next_attempt_at = now() WHERE release_n > clean_n AND sending_epoch IS NULL',
    );
    await db.rows(
      'UPDATE line_item SET next_attempt_at = now() WHERE release_n > clean_n AND sending_epoch IS NULL',
    );
    await db.rows('UPDATE lane SET wake_at = now(), paused_until = NULL WHERE owner IS NULL');
    return (await expectOk(d.lms<SyncBody>('GET', `/syncs/${id}`))).status !== 'processing';
  }, 60_000);
  await syncEnd(d.lms, id);
  const { lineItems, results } = service.sis.control.contents();
  const [item, ...more] = lineItems.filter((l) => l.title === `Title of ${key}`);
  expect(more).toEqual([]);
  const held = results.filter((r) => r.lineItem.sourcedId === item?.sourcedId);
  expect(held.map((r) => r.score).sort()).toEqual(Array.from({ length: N }, (_, i) => 60 + i).sort());
}

test.each<[string, Toxics]>([
  ['is far away', { latencyMs: 40 }],
  ['is narrow', { bytesPerSecond: 20_000 }],
  ['cuts each connection after 3,000 bytes', { cutAfterBytes: 3_000 }],
])(
  'an SIS whose line %s gets everything, while it is so',
  async (name, toxics) => {
    proxy.set(toxics);
    const before = proxy.opened();
    await arrives(name, await graded(name));
    if (toxics.cutAfterBytes) expect(proxy.opened() - before).toBeGreaterThan(4);
  },
  90_000,
);

test.each<[string, () => void]>([
  ['are all reset', () => proxy.reset()],
  ['go on without a server behind them', () => proxy.halfOpen()],
  ['swallow everything', () => proxy.set({ blackhole: true })],
])(
  'connections in the middle of a sync %s: nothing is lost, nothing is there twice',
  async (name, strike) => {
    service.sis.control.setLatency(30);
    const before = arrived();
    const id = await graded(name);
    await until(() => arrived() > before + 2);
    strike();
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.set({});
    service.sis.control.setLatency(0);
    await arrives(name, id);
  },
  90_000,
);
