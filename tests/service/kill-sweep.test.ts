/** A02: a worker killed at each of its requests to the SIS: before it arrives, before its answer arrives, and after. */
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { moments, startHttpGate, type HttpGate, type Moment } from '../support/http-gate.ts';
import { replicaEnv, startProcess, type ServiceProcess } from '../support/processes.ts';
import { startService, type TestService } from '../support/service.ts';

const N = 5;
const CLASSES = 40;
let service: TestService;
let gate: HttpGate;
let d: District;
let worker: ServiceProcess | undefined;
let classes = 1;

beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(N, CLASSES) }, env: { ROLE: 'api' } });
  gate = await startHttpGate(service.sis.url);
  const { gradebookUrl, auth } = service.sis;
  d = await district(service, N, {
    baseUrl: gate.through(gradebookUrl),
    auth: { ...auth, tokenUrl: gate.through(auth.tokenUrl) },
    // one request after the other, and none but those of the sync
    maxConcurrentRequests: 1,
    verifyAfterSeconds: 86_400,
  });
  worker = await another();
}, 60_000);
afterAll(async () => {
  await worker?.kill();
  await gate.close();
  await service.stop();
});
const another = () => startProcess('worker', replicaEnv(service.connectionString));

/** Syncs a class of its own and kills the worker at its nth request; answers what that was, null: there were fewer. */
async function killedAt(nth: number, moment: Moment): Promise<string | null> {
  const cls = `c${++classes}`;
  await addClass(d.lms, cls, N);
  await putLineItem(d.lms, 'swept', { title: `Swept ${cls}` }, cls);
  await putScores(d.lms, 'swept', N, (i) => 10 * nth + i, cls);
  let next: Promise<ServiceProcess> | undefined;
  const begun = Promise.withResolvers<void>();
  gate.trap(nth, moment, async () => {
    await worker?.kill();
    // its lease of 15 s is over at once: another test waits for it
    await service.service.db.rows(
      `UPDATE lane SET lease_until = now() - interval '1 second' WHERE owner IS NOT NULL`,
    );
    next = another();
    begun.resolve();
  });
  const { id } = await expectOk(d.lms<SyncBody>('POST', `/classes/${cls}/syncs`, {}));
  const finished = syncEnd(d.lms, id, 40_000);
  await Promise.race([begun.promise, finished]);
  if (next) worker = await next;
  expect(await finished).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  const at = gate.disarm() ? (gate.seen[nth - 1] ?? '') : null;

  const { lineItems, results } = service.sis.control.contents();
  const [item, ...more] = lineItems.filter((l) => l.class.sourcedId === `sis-class-${cls.slice(1)}`);
  expect(more).toEqual([]);
  expect(item?.title).toBe(`Swept ${cls}`);
  const held = results.filter((r) => r.lineItem.sourcedId === item?.sourcedId);
  expect(held.map((r) => [r.student.sourcedId, r.score]).sort()).toEqual(
    Array.from({ length: N }, (_, i) => [`sis-s0${i + 1}`, 10 * nth + i]),
  );
  return at;
}
const kindOf = (at: string | null) => at?.replace(/^(\w+) .*\/(\w+)\/[^/]*$/, '$1 $2') ?? null;

test('A02: between the SIS’s answer and our hearing it, at every request of a sync', async () => {
  const at: (string | null)[] = [];
  do at.push(kindOf(await killedAt(at.length + 1, 'between')));
  while (at.at(-1) !== null);
  // nothing was missed: each write of the sync was struck
  expect(at.filter((one) => one === 'PUT lineItems')).toHaveLength(1);
  expect(at.filter((one) => one === 'PUT results')).toHaveLength(N);
}, 300_000);

test.each(moments.filter((moment) => moment !== 'between'))(
  'A02: %s the lineItem, the first result and the last one',
  async (moment) => {
    // a fresh worker asks for a token and for what the class has; from then on one write after the other
    const reads = gate.seen.findIndex((one) => one.startsWith('PUT')); // of the run without a kill
    for (const nth of [1, 2, N + 1])
      expect(kindOf(await killedAt(reads + nth, moment))).toBe(nth === 1 ? 'PUT lineItems' : 'PUT results');
  },
  120_000,
);
