/** SISs that give what they are sent an id of their own, and tell it in the answer to the PUT. */
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

const N = 4;
let service: TestService;
let d: District;
beforeEach(async () => {
  service = await startService({
    sis: { district: sisDistrict(N) },
    service: { sisLimits: { connectMs: 5_000, totalMs: 10_000 }, lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  d = await district(service, N, { verifyAfterSeconds: 0 });
});
afterEach(() => service.stop());

const control = () => service.sis.control;
const db = () => service.service.db;
const held = () => control().contents();
const cells = async () => {
  const { items } = await expectOk(d.lms<{ items: { state: string }[] }>('GET', '/classes/c1/results'));
  return items.map((cell) => cell.state);
};
const sourcedId = async (key: string) =>
  (await expectOk(d.lms<{ sourcedId: string | null }>('GET', `/classes/c1/lineItems/${key}`))).sourcedId;
async function graded(key = 'a'): Promise<void> {
  await putLineItem(d.lms, key);
  await putScores(d.lms, key, N);
}
/** Every lineItem once, with every score once. */
function expectOnce(lineItems: number): void {
  expect(held().lineItems).toHaveLength(lineItems);
  expect(held().results).toHaveLength(lineItems * N);
  for (const { lineItem } of held().results)
    expect(control().get('lineItems', lineItem.sourcedId)).toBeDefined();
}

test('are kept, and everything that follows goes and is read under them', async () => {
  control().setRules({ allocatesIds: 'forgets' });
  await graded();
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  expectOnce(1);
  expect(await sourcedId('a')).toBe(held().lineItems[0]?.sourcedId);
  await until(async () => (await cells()).every((state) => state === 'verified'));
  // what is equal is equal under the SIS's id too, and a change goes there
  control().resetCounts();
  expect(await sync(d.lms)).toMatchObject({ counts: { unchanged: N + 1 } });
  expect(control().requests).toEqual([]);
  const plan = await expectOk(d.lms<{ counts: Record<string, number> }>('GET', '/classes/c1/plan'));
  expect(plan.counts).toMatchObject({ unchanged: N + 1, update: 0 });
  await putLineItem(d.lms, 'a', { title: 'Another title' });
  await putScores(d.lms, 'a', N, (i) => i);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { updated: N + 1 } });
  expectOnce(1);
  expect(held().lineItems[0]?.title).toBe('Another title');
  await until(async () => (await cells()).every((state) => state === 'verified'));
});

test('a lineItem that the SIS lost comes back under a new one, and its scores with it', async () => {
  control().setRules({ allocatesIds: 'forgets' });
  await graded();
  await sync(d.lms);
  await until(async () => (await cells()).every((state) => state === 'verified'));
  const before = await sourcedId('a');
  control().remove('lineItems', before ?? '');
  await putScores(d.lms, 'a', 1, () => 7);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
  expectOnce(1);
  expect(await sourcedId('a')).not.toBe(before);
  await until(async () => (await cells()).every((state) => state === 'verified'));
});

describe.each(['remembers', 'forgets', 'never'] as const)(
  'an answer that never came (%s)',
  (allocatesIds) => {
    test.each(['lineItem', 'result'])('about a %s: the SIS has it once all the same', async (request) => {
      control().setRules({ allocatesIds });
      await graded();
      control().arm({ kind: 'reset-after-store', request, method: 'PUT', count: 2 });
      const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs', {}));
      await until(async () => {
        await db().rows(`UPDATE line_item SET next_attempt_at = now() WHERE attempts > 0`);
        await db().rows(`UPDATE result SET next_attempt_at = now() WHERE attempts > 0`);
        await db().rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now()`);
        const { body } = await d.lms<SyncBody>('GET', `/syncs/${id}`);
        return body.status !== 'processing';
      });
      expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
      expectOnce(1);
      await until(async () => {
        // a reading that failed (on a slow machine) comes again minutes later: they pass
        await db().rows(`UPDATE line_item SET verify_at = now() WHERE verify_at < now() + interval '1 hour'`);
        await db().rows(`UPDATE lane SET wake_at = now() WHERE wake_at > now()`);
        return (await cells()).every((state) => state === 'verified');
      });
    });

    test('because we were killed right after it: the next process looks first', async () => {
      await service.restart({ ROLE: 'api' });
      control().setRules({ allocatesIds });
      await graded('a');
      await graded('b');
      await expectOk(d.lms('POST', '/classes/c1/syncs', {}));
      await killedAfterTheAnswer();
      // the dead one's lease has run out
      await db().rows(`UPDATE lane SET lease_until = now() - interval '1 second'`);
      await service.restart({ ROLE: 'all' });
      await until(() => held().results.length === 2 * N);
      expectOnce(2);
      await until(async () => (await cells()).every((state) => state === 'verified'));
    });
  },
);

test('one that somebody else made there with the same title is not taken for ours where ids are kept', async () => {
  await graded('a');
  await sync(d.lms);
  await service.restart({ ROLE: 'api' });
  await graded('b');
  await expectOk(d.lms('POST', '/classes/c1/syncs', {}));
  const { lanes } = service.service.store;
  const [fence] = await lanes.claim('dead', 1, []);
  const [work] = await lanes.take(fence!, 50);
  const plan = planLineItem(work!.cls, work!.lineItems[0]!);
  if (!('body' in plan)) throw new Error('not planned');
  control().put('lineItems', {
    ...plan.body,
    sourcedId: 'a teacher’s own',
  });
  await db().rows(`UPDATE lane SET lease_until = now() - interval '1 second'`);
  await service.restart({ ROLE: 'all' });
  await until(() => held().results.length === 2 * N);
  expect(held().results.filter((r) => r.lineItem.sourcedId === 'a teacher’s own')).toEqual([]);
  expect(held().lineItems).toHaveLength(3);
});

/** A process takes the first lineItem and one of its scores, sends them, gets its answers, and is no more. */
async function killedAfterTheAnswer(): Promise<void> {
  const { lanes } = service.service.store;
  await db().rows(
    `UPDATE class SET sis_categories = '[{"sourcedId":"sis-homework","title":"Homework"}]', read_school_sourced_id = 'sis-school'`,
  );
  const [fence] = await lanes.claim('dead', 1, []);
  const [work] = await lanes.take(fence!, 50);
  const lineItem = work!.lineItems[0]!;
  const plan = planLineItem(work!.cls, lineItem);
  if (!('body' in plan)) throw new Error(`not planned: ${JSON.stringify(plan)}`);
  const answer = await service.sis.call('PUT', `/lineItems/${plan.sourcedId}`, { lineItem: plan.body });
  expect(answer.status).toBe(201);
  const known =
    (answer.body as { lineItem: { sourcedId: string } } | undefined)?.lineItem.sourcedId ?? plan.sourcedId;
  const result = work!.results.find((r) => r.lineItemId === lineItem.id)!;
  const score = planResult(
    work!.cls,
    { ...lineItem, sourcedId: known },
    { ...plan, sourcedId: known },
    result,
  );
  if (!('body' in score)) throw new Error(`not planned: ${JSON.stringify(score)}`);
  expect((await service.sis.call('PUT', `/results/${score.sourcedId}`, { result: score.body })).status).toBe(
    201,
  );
}
