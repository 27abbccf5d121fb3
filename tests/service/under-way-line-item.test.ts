/**
 * What is changed of assignments, and of how they are planned, while rows wait and requests are in flight; and what
 * the SIS itself does to them meanwhile.
 */
import { expectOk, putLineItem, putScores, sync, syncEnd } from '../support/district.ts';
import { until, type TestService } from '../support/service.ts';
import {
  expectHonest,
  expectNothingStuck,
  held,
  inSis,
  N,
  place,
  quiet,
  scores,
  SLOTS,
  startUnderWay,
  states,
  type Place,
} from '../support/under-way.ts';

let service: TestService;
beforeAll(async () => {
  service = await startUnderWay();
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());
const control = () => service.sis.control;
const title = (p: Place) => `a of ${p.tenant}`;
const inTheSis = (p: Place) =>
  control()
    .contents()
    .lineItems.find((l) => l.title === title(p));
const item = (p: Place, more: Record<string, unknown>) =>
  putLineItem(p.lms, 'a', { title: title(p), ...more });
const writes = () => control().writes().length;

describe('settings that are planned with', () => {
  const settings: [string, Record<string, unknown>, 'none' | 'some'][] = [
    ['a longer title limit', { titleLimit: 900 }, 'none'],
    ['a shorter title limit', { titleLimit: 10 }, 'some'],
    ['comments are sent', { sendComments: true }, 'none'],
    ['missing is blank', { missingScore: 'blank' }, 'some'],
    ['what is above the maximum is cut', { overMax: 'cap' }, 'some'],
    ['custom ids', { useCustomIds: true }, 'none'],
  ];
  test.each(settings)(
    '%s: everything is planned anew, and %j costs a request only where it says something else',
    async (_n, change, requests) => {
      const p = await place(service);
      // custom ids that say the same
      const cls = await expectOk(p.lms<Record<string, unknown>>('GET', '/classes/c1'));
      const { classId: _c, fromSis: _f, ...given } = cls;
      await expectOk(p.lms('PUT', '/classes/c1', { ...given, customId: 'sis-class-1' }));
      const students = Object.keys(scores()).map((studentId) => ({
        studentId,
        sourcedId: `sis-${studentId}`,
        customId: `sis-${studentId}`,
      }));
      await expectOk(p.lms('PUT', '/classes/c1/students', { students }));
      await expectOk(p.lms('PUT', '/classes/c1/lineItems/a/results/s01', { status: 'missing' }));
      await expectOk(p.lms('PUT', '/classes/c1/lineItems/a/results/s02', { score: 120 }));

      const run = await held(service.sis, p);
      await p.settings(change);
      run.letGo();
      expect((await syncEnd(p.lms, run.id)).status).toBe('complete');
      const last = await sync(p.lms);
      expect(last.counts.failed).toBe(0);
      expect(await states(p.lms)).toEqual({ acknowledged: N });

      // and with nothing under way
      const before = writes();
      await p.settings(Object.fromEntries(Object.keys(change).map((name) => [name, null])));
      const undone = await sync(p.lms);
      expect(undone.counts).toMatchObject({ created: 0, failed: 0 });
      if (requests === 'none') expect(writes()).toBe(before);
      else expect([1, 2]).toContain(writes() - before);
      expect(inSis(service.sis, title(p))).toEqual({ ...scores(), s01: 0, s02: 120 });
      await expectNothingStuck(service);
    },
  );

  test('another category for what is in flight: the newest choice is what the SIS has in the end', async () => {
    const p = await place(service);
    const fault = control().arm({ kind: 'hold', request: 'lineItem', method: 'PUT' });
    const { id } = await expectOk(p.lms<{ id: string }>('POST', '/classes/c1/syncs', {}));
    await control().waitFor((c) => c.armed()[0]?.struck === 1, 10_000);
    await expectOk(p.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: 'sis-tests' } }));
    control().disarm(fault);
    expect((await syncEnd(p.lms, id)).status).toBe('complete');
    await sync(p.lms);
    expect(inTheSis(p)?.category.sourcedId).toBe('sis-tests');
    await item(p, { categoryId: 'tests' });
    await expectOk(p.lms('PUT', '/classes/c1/categoryMapping', { map: {} }));
    await sync(p.lms);
    expect(inTheSis(p)?.category.sourcedId).toBe('sis-tests');
    expect(control().staleWrites.count).toBe(0);
  });
});

describe('a lineItem', () => {
  const gone: [string, (p: Place) => Promise<unknown>][] = [
    ['is deleted', (p) => p.lms('DELETE', '/classes/c1/lineItems/a')],
    [
      'is switched off by the teacher',
      (p) => p.lms('PUT', '/classes/c1/lineItems/a/overrides', { syncToSis: false }),
    ],
    ['is unpublished', (p) => item(p, { published: false })],
    ['is switched off by the LMS', (p) => item(p, { syncToSis: false })],
  ];
  test.each(gone)('that %s: of its scores no more than those in flight are sent', async (_what, happens) => {
    const p = await place(service);
    const run = await held(service.sis, p);
    await happens(p);
    run.mark();
    run.letGo();
    const done = await syncEnd(p.lms, run.id);
    expect(['complete', 'completeWithProblems']).toContain(done.status);
    await until(() => control().requests.every((r) => r.fault !== 'hold' || r.status > 0));
    expect(run.since().length).toBeLessThanOrEqual(SLOTS);
    expect(done.counts.created + done.counts.skipped).toBeLessThanOrEqual(N + 1);
    await expectHonest(p.lms, run.id);
    await quiet(p.lms);
    await expectNothingStuck(service);

    // meant again, all of it goes
    await expectOk(
      p.lms('PUT', '/classes/c1/lineItems/a', {
        title: title(p),
        categoryId: 'hw',
        dueDate: '2026-11-20T23:59:00-06:00',
        resultValueMax: 100,
      }),
    );
    await expectOk(p.lms('PUT', '/classes/c1/lineItems/a/overrides', {}));
    await putScores(p.lms, 'a', N);
    expect((await sync(p.lms)).counts.failed).toBe(0);
    expect(inSis(service.sis, title(p))).toEqual(scores());
  });

  test('that moves to another category while its PUT is in flight ends in the other one', async () => {
    const p = await place(service);
    const fault = control().arm({ kind: 'hold', request: 'lineItem', method: 'PUT' });
    const { id } = await expectOk(p.lms<{ id: string }>('POST', '/classes/c1/syncs', {}));
    await control().waitFor((c) => c.armed()[0]?.struck === 1, 10_000);
    await item(p, { categoryId: 'tests' });
    control().disarm(fault);
    expect((await syncEnd(p.lms, id)).status).toBe('complete');
    await sync(p.lms);
    expect(inTheSis(p)?.category.sourcedId).toBe('sis-tests');
    expect(inSis(service.sis, title(p))).toEqual(scores());
  });
});

describe('in the SIS, meanwhile', () => {
  test('A14: a locked assignment parks its rows, is not hammered, says why, and goes when it is unlocked and somebody presses', async () => {
    const p = await place(service, { autoSync: true, gatherSeconds: 0 });
    await until(async () => (await states(p.lms))['acknowledged'] === N);
    const id = inTheSis(p)?.sourcedId ?? '';
    control().lock(id);
    await putScores(p.lms, 'a', N, (i) => i);
    await until(async () => (await states(p.lms))['needsAttention ITEM_LOCKED'] === N);
    const before = writes();
    // neither a score that stays the same nor anything that wakes the lane makes it ask again
    await putScores(p.lms, 'a', N, (i) => i);
    await service.service.db.rows(`UPDATE lane SET wake_at = now()`);
    await expectOk(p.lms('PUT', '/classes/c1/syncSettings', { autoSync: 'on' }));
    expect(await states(p.lms)).toEqual({ 'needsAttention ITEM_LOCKED': N });
    expect(writes()).toBe(before);
    expect(await sync(p.lms)).toMatchObject({ status: 'completeWithProblems', counts: { failed: N } });
    control().unlock(id);
    expect(await sync(p.lms)).toMatchObject({ status: 'complete', counts: { updated: N } });
    expect(inSis(service.sis, title(p))).toEqual(scores((i) => i));
  });

  test('A12: a student who is dropped while his score waits is parked with the reason; the others arrive', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    const { studentSourcedIds } = control().get('classes', 'sis-class-1') ?? { studentSourcedIds: [] };
    control().dropStudent('sis-class-1', 'sis-s12');
    run.letGo();
    const done = await syncEnd(p.lms, run.id);
    control().edit('classes', 'sis-class-1', { studentSourcedIds });
    expect(done).toMatchObject({ status: 'completeWithProblems', counts: { created: N, failed: 1 } });
    expect(await states(p.lms)).toEqual({ acknowledged: N - 1, 'needsAttention ENROLL_NOT_IN_CLASS': 1 });
    await expectHonest(p.lms, run.id);
  });

  test('A12: a class that the SIS does not have fails its rows with one reason, and no other class', async () => {
    const p = await place(service);
    await expectOk(
      p.lms('PUT', '/classes/c7', {
        domainId: 'school',
        title: 'Nowhere',
        sourcedId: 'sis-nowhere',
        categories: [{ id: 'hw', title: 'Homework' }],
      }),
    );
    await expectOk(p.lms('PUT', '/classes/c7/students/s01', { sourcedId: 'sis-s01' }));
    await putLineItem(p.lms, 'a', {}, 'c7');
    await expectOk(p.lms('PUT', '/classes/c7/lineItems/a/results/s01', { score: 1 }));
    const ends = await Promise.all([sync(p.lms), sync(p.lms, '/classes/c7/syncs')]);
    expect(ends.map((end) => end.status)).toEqual(['complete', 'failed']);
    expect(await states(p.lms, 'c7')).toEqual({ 'needsAttention LINE_ITEM_WAITS': 1 });
  });
});

test('nothing of all this was a defect of ours', () => {
  expect(service.logged()).not.toMatch(/"level":"error"|could not be worked on|run failed/);
});
