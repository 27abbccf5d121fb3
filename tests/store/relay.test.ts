/** What is announced now and then, by hand: what waits for its turn, and what another replica looks at. */
import { startBackground, type Background } from '../../src/store/background.ts';
import type { Telling } from '../../src/store/class-problems.ts';
import type { Sql } from '../../src/store/database.ts';
import { sendDigests } from '../../src/store/digest.ts';
import { relaySlow } from '../../src/store/relay.ts';
import { createSeal } from '../../src/store/seal.ts';
import { district, expectOk, sisDistrict, type District } from '../support/district.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let d: District;
let background: Background;
let telling: Telling;
beforeAll(async () => {
  // no worker: these tests are the workers
  service = await startService({ sis: { district: sisDistrict(2) }, env: { ROLE: 'api' } });
  d = await district(service, 2);
  background = await startBackground(service.service.db, { onError: () => undefined });
  telling = { background, mail: { publicUrl: 'http://x' }, now: () => new Date(), failed: () => undefined };
});
afterAll(async () => {
  await background.stop();
  await service.stop();
});
const sql = <T>(text: string, params: unknown[] = []) => service.service.db.rows<T>(text, params);
const queued = async (name: string) =>
  (await sql(`SELECT 1 FROM pgboss.job WHERE name = $1 AND state < 'active'`, [name])).length;

test('a delivery that waits for its turn is not put into the queue again and again', async () => {
  for (const path of ['slow', 'too'])
    await expectOk(d.admin('POST', '/domains/district/webhooks', { url: `http://127.0.0.1:9/${path}` }));
  await sql(
    `INSERT INTO webhook_delivery (id, webhook_id, event_id, type, body, next_attempt_at)
     SELECT gen_random_uuid(), id, gen_random_uuid(), 'sync.finished', '{}', now() FROM webhook, generate_series(1, 25)`,
  );
  const seal = createSeal({ keys: [{ id: 't1', key: Buffer.alloc(32, 7) }] });
  for (let round = 0; round < 5; round++) {
    // none of them had its turn, for others of this receiver are under way
    await sql(`UPDATE webhook_delivery SET next_attempt_at = next_attempt_at - interval '6 minutes'`);
    await relaySlow(service.service.db, seal, telling);
  }
  // one an hour: the test may see the next one begin
  expect([50, 100]).toContain(await queued('webhook'));
  // those of one tenant share what one may have under way, for its host may be down with all its addresses
  expect(await sql(`SELECT DISTINCT group_id FROM pgboss.job WHERE name = 'webhook'`)).toEqual([
    { group_id: expect.any(String) },
  ]);
});

test('the daily mail is left to the replica that looks at its classes', async () => {
  await sql(
    `INSERT INTO class_problem (class_id, code, count, mail_at) SELECT id, 'MAP_CLASS', 1, now() FROM class`,
  );
  await sql(`UPDATE domain SET effective = effective || '{"noticeEmails": ["ann@example.org"]}'`);
  let looked = false;
  // the other one has just the first class in its hands
  const alone = (work: (sql: Sql) => Promise<void>) => {
    if (!looked) return Promise.resolve(((looked = true), null));
    return service.service.db.transaction(work);
  };
  await sendDigests(service.service.db, alone, telling, () => false);
  expect([looked, await queued('mail')]).toEqual([true, 0]);
  // and by whoever looks first: what was put right is not told
  await sendDigests(service.service.db, alone, telling, () => false);
  expect([await queued('mail'), await sql(`SELECT 1 FROM class_problem`)]).toEqual([0, []]);
});
