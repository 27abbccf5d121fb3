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
import { startHttpGate, type HttpGate, type Moment } from '../support/http-gate.ts';
import { replicaEnv, startProcess, type ServiceProcess } from '../support/processes.ts';
import { startService, type TestService } from '../support/service.ts';

const N = 5;
const CLASSES = 40;
let service: TestService;
let gate: HttpGate;
let d: District;
let workers: Promise<ServiceProcess>[] = [];
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
  workers = [another(), another()];
  await Promise.all(workers);
}, 240_000);
afterAll(async () => {
  await Promise.all(workers.map(async (one) => (await one).kill()));
  await gate.close();
  await service.stop();
});
const another = () => startProcess('worker', replicaEnv(service.connectionString));
const sql = <T>(text: string) => service.service.db.rows<T>(text);

/** Kills the worker that has the lane; the other one has it at once, and a third is on its way. */
async function killOwner(): Promise<void> {
  const [lane] = await sql<{ owner: string }>('SELECT owner FROM lane');
  const running = await Promise.all(workers);
  const owner = running.find((one) => lane?.owner.includes(`/${one.pid}/`));
  if (!owner) throw new Error(`none of ours has the lane, but ${lane?.owner}`);
  await owner.kill();
  workers = [...running.filter((one) => one !== owner).map((one) => Promise.resolve(one)), another()];
  // that a lease takes 15 s to run out is another test's
  await sql(`UPDATE lane SET lease_until = now() - interval '1 second' WHERE owner IS NOT NULL`);
}

/** Syncs a class of its own and kills the worker at its nth request of this method; answers the path, if it came so far. */
async function killedAt(method: string, nth: number, moment: Moment): Promise<string | null> {
  const cls = `c${++classes}`;
  await addClass(d.lms, cls, N);
  await putLineItem(d.lms, 'swept', { title: `Swept ${cls}` }, cls);
  await putScores(d.lms, 'swept', N, (i) => 10 * nth + i, cls);
  let at: string | null = null;
  let killing = Promise.resolve();
  gate.trap({ method, nth, moment }, (path) => {
    at = path;
    killing = killOwner();
    return killing;
  });
  const { id } = await expectOk(d.lms<SyncBody>('POST', `/classes/${cls}/syncs`, {}));
  expect(await syncEnd(d.lms, id, 60_000)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
  gate.disarm();
  // a worker that was killed after its answer may have come to the end first
  await killing;

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

test('A02: at every write of a sync, when the SIS has answered and we have not heard it', async () => {
  const struck: string[] = [];
  for (;;) {
    const at = await killedAt('PUT', struck.length + 1, 'between');
    if (at === null) break;
    struck.push(at.split('/').at(-2) ?? '');
  }
  // nothing was missed
  expect(struck).toEqual(['lineItems', ...Array.from({ length: N }, () => 'results')]);
}, 300_000);

test.each(['before', 'after'] as const)(
  'A02: %s the SIS has the lineItem, and the first result',
  async (moment) => {
    expect(await killedAt('PUT', 1, moment)).toContain('/lineItems/');
    expect(await killedAt('PUT', 2, moment)).toContain('/results/');
  },
  300_000,
);

test('A02: while it reads what the class has', async () => {
  expect(await killedAt('GET', 1, 'between')).toContain('/classes/');
}, 300_000);
