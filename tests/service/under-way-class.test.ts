/**
 * What the LMS, a teacher or the SIS changes of a class while rows wait and requests are in flight: nothing is sent
 * that is not meant any more, nobody's score is shown to another one, and in the end the SIS is equal to the LMS.
 */
import { connectionSettings, expectOk, sisDistrict, sync, syncEnd } from '../support/district.ts';
import { until, type TestService } from '../support/service.ts';
import { startTestSis } from '../support/sis.ts';
import {
  cells,
  entriesOf,
  expectHonest,
  expectNothingStuck,
  getSync,
  held,
  inSis,
  N,
  place,
  quiet,
  scores,
  SLOTS,
  startUnderWay,
  states,
  type Held,
  type Place,
} from '../support/under-way.ts';

let service: TestService;
beforeAll(async () => {
  service = await startUnderWay(2);
});
afterAll(() => service.stop());
afterEach(() => service.sis.control.disarm());
const control = () => service.sis.control;

const put = ({ lms }: Place, path: string, body: unknown) => expectOk(lms('PUT', `/classes/c1${path}`, body));
const change = async ({ lms }: Place, path: string, fields: Record<string, unknown>) => {
  const before = await expectOk(lms<Record<string, unknown>>('GET', `/classes/c1${path}`));
  const { classId: _c, studentId: _s, fromSis: _f, ...given } = before;
  return expectOk(lms('PUT', `/classes/c1${path}`, { ...given, ...fields }));
};
/** A student whose row the lane has taken already, behind those in flight: as it was before. */
async function taken({ lms, tenant }: Place): Promise<string> {
  const inFlight = control()
    .requests.filter((r) => r.fault === 'hold' && r.status === 0)
    .map((r) => (r.body as { result: { student: { sourcedId: string } } }).result.student.sourcedId);
  const cell = (await cells(lms)).find(
    ({ state, studentId }) => state === 'sending' && !inFlight.includes(`sis-${studentId}`),
  );
  if (!cell) throw new Error(`the lane of ${tenant} has taken no more than is in flight`);
  return cell.studentId;
}
/** A student whose score is in flight. */
const inFlight = () => {
  // the last: one of a former test that was given up has never been answered either
  const body = control().requests.findLast((r) => r.fault === 'hold' && r.status === 0)?.body as
    { result: { student: { sourcedId: string } } } | undefined;
  return body?.result.student.sourcedId.slice(4) ?? '';
};
const writesOf = (run: Held, student: string) =>
  run.since().filter((r) => {
    const result = (r.body as { result?: { student: { sourcedId: string } } } | undefined)?.result;
    return result?.student.sourcedId === `sis-${student}`;
  });

describe('the class moves', () => {
  async function twoSchools() {
    const p = await place(service);
    await expectOk(p.admin('PUT', '/domains/other', { name: 'Other', parentId: p.tenant }));
    return p;
  }

  test('to a domain with the same connection: what was in flight counts', async () => {
    const p = await twoSchools();
    const run = await held(service.sis, p);
    run.mark();
    await change(p, '', { domainId: 'other' });
    run.letGo();
    expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { created: N + 1 } });
    await until(async () => (await states(p.lms))['acknowledged'] === N);
    // what was in flight for the first time may be sent once more, for nobody can tell that it was not in doubt
    expect(run.since().length).toBeLessThanOrEqual(N + SLOTS);
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectNothingStuck(service);
  });

  test('to another connection: the former SIS gets nothing more, the new one everything, also what waited long', async () => {
    const theirs = await startTestSis({ district: sisDistrict(N) });
    try {
      const p = await twoSchools();
      await expectOk(p.admin('PUT', '/domains/other/settings', connectionSettings(theirs)));
      const run = await held(service.sis, p);
      // the former SIS had asked for patience: that is not the new one's
      await service.service.db.rows(
        `UPDATE result SET attempts = 3, next_attempt_at = now() + interval '1 hour' WHERE release_n > clean_n AND sending_epoch IS NULL`,
      );
      run.mark();
      await change(p, '', { domainId: 'other' });
      run.letGo();
      expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { failed: 0 } });
      expect((await sync(p.lms)).status).toBe('complete');
      expect(run.since().length).toBeLessThanOrEqual(SLOTS);
      expect(inSis(theirs, `a of ${p.tenant}`)).toEqual(scores());
      expect(theirs.violations).toEqual([]);
      await expectNothingStuck(service);
    } finally {
      await theirs.stop();
    }
  });

  test('into an excluded domain and out again: it waits, and then goes', async () => {
    const p = await twoSchools();
    await p.settings({ excludedDomainIds: ['other'] });
    const run = await held(service.sis, p);
    run.mark();
    await change(p, '', { domainId: 'other' });
    run.letGo();
    await quiet(p.lms);
    expect(run.since().length).toBeLessThanOrEqual(SLOTS);
    expect(await getSync(p.lms, run.id)).toMatchObject({ waitingFor: { code: 'DOMAIN_EXCLUDED' } });
    await change(p, '', { domainId: 'school' });
    expect((await syncEnd(p.lms, run.id)).status).toBe('complete');
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
    await expectNothingStuck(service);
  });

  test('nowhere: the same class put again interrupts nothing and plans nothing anew', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    await change(p, '', {});
    await change(p, '', { title: 'Another title is for people here' });
    run.letGo();
    expect((await syncEnd(p.lms, run.id)).counts.created).toBe(N + 1);
    expect(await states(p.lms)).toEqual({ acknowledged: N });
    const dirty = `SELECT 1 FROM result t JOIN line_item l ON l.id = t.line_item_id JOIN class c ON c.id = l.class_id JOIN domain d ON d.id = c.tenant_id WHERE d.key = $1 AND t.dirty_n > t.clean_n`;
    expect(await service.service.db.rows(dirty, [p.tenant])).toEqual([]);
  });
});

describe('a student', () => {
  test.each<[string, (p: Place, student: string) => Promise<unknown>]>([
    ['is removed', (p, s) => p.lms('DELETE', `/classes/c1/students/${s}`)],
    ['becomes inactive', (p, s) => change(p, `/students/${s}`, { active: false })],
    ['has the result deleted', (p, s) => p.lms('DELETE', `/classes/c1/lineItems/a/results/${s}`)],
    ['has the score held back', (p, s) => put(p, `/lineItems/a/results/${s}`, { score: 1, posted: false })],
  ])('who %s while his score waits is not sent any more; the others are', async (_what, happens) => {
    const p = await place(service);
    const run = await held(service.sis, p);
    const student = await taken(p);
    await happens(p, student);
    // the word gets to the lane by itself, in a moment
    await new Promise((resolve) => setTimeout(resolve, 500));
    run.letGo();
    const done = await syncEnd(p.lms, run.id);
    expect(['complete', 'completeWithProblems']).toContain(done.status);
    const { [student]: _gone, ...others } = scores();
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(others);
    await expectHonest(p.lms, run.id);
    await expectNothingStuck(service);
  });

  test('who is removed while his score is in flight ends no sync and breaks none', async () => {
    const p = await place(service);
    const run = await held(service.sis, p);
    const sending = inFlight();
    await expectOk(p.lms('DELETE', `/classes/c1/students/${sending}`).then((a) => ({ ...a, body: null })));
    run.letGo();
    expect((await syncEnd(p.lms, run.id)).status).toBe('complete');
    expect(Object.keys(inSis(service.sis, `a of ${p.tenant}`)).length).toBeGreaterThanOrEqual(N - 1);
    await expectNothingStuck(service);
  });
});

describe('a student is another one in the SIS', () => {
  test('while the score waits: it goes to the right one only', async () => {
    const p = await place(service);
    await change(p, '/students/s12', { active: false });
    const run = await held(service.sis, p);
    const student = await taken(p);
    run.mark();
    await change(p, `/students/${student}`, { sourcedId: 'sis-s12' });
    run.letGo();
    expect(await syncEnd(p.lms, run.id)).toMatchObject({ status: 'complete', counts: { skipped: 1 } });
    expect(writesOf(run, student)).toEqual([]);
    expect(inSis(service.sis, `a of ${p.tenant}`)['s12']).toBe(scores()[student]);
  });

  test('while it is in flight, and after it was sent: the right one gets it, and what was left is told', async () => {
    const p = await place(service);
    await change(p, '/students/s12', { active: false });
    const run = await held(service.sis, p);
    const sending = inFlight();
    await change(p, `/students/${sending}`, { sourcedId: 'sis-s12' });
    run.letGo();
    await syncEnd(p.lms, run.id);
    // the answer was about the former one: nothing says "sent" before it is
    await until(async () => (await cells(p.lms)).every(({ state }) => state !== 'sending'));
    await sync(p.lms);
    expect(inSis(service.sis, `a of ${p.tenant}`)['s12']).toBe(scores()[sending]);
    expect(await states(p.lms)).toEqual({ acknowledged: N - 1, 'skipped SKIP_STUDENT_INACTIVE': 1 });
    const syncs = await expectOk(p.lms<{ items: { id: string }[] }>('GET', '/syncs?classId=c1'));
    const told = (await Promise.all(syncs.items.map(({ id }) => entriesOf(p.lms, id)))).flat();
    expect(told.filter((e) => e.studentId === sending).map((e) => [e.action, e.reason?.code])).toContainEqual(
      ['created', 'LEFT_WITH_FORMER_STUDENT'],
    );
    await expectNothingStuck(service);
  });

  test('two were mixed up and are set right: each one’s score goes over the other’s, and back again', async () => {
    const p = await place(service);
    await sync(p.lms);
    const roster = (of: (key: string) => string) =>
      expectOk(
        p.lms('PUT', '/classes/c1/students', {
          students: Object.keys(scores()).map((studentId) => ({
            studentId,
            sourcedId: `sis-${of(studentId)}`,
          })),
        }),
      );
    const swapped = (key: string) => (key === 's01' ? 's02' : key === 's02' ? 's01' : key);
    await roster(swapped);
    expect(await states(p.lms)).toEqual({ acknowledged: N - 2, unsent: 2 });
    expect((await sync(p.lms)).counts).toMatchObject({ created: 2, updated: 0, failed: 0 });
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual({ ...scores(), s01: 61, s02: 60 });
    await roster((key) => key);
    expect((await sync(p.lms)).counts).toMatchObject({ failed: 0 });
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
  });

  test('an id that is missing for a day changes nothing that was sent', async () => {
    const p = await place(service);
    await sync(p.lms);
    await change(p, '/students/s01', { sourcedId: null });
    expect(await states(p.lms)).toEqual({ acknowledged: N - 1, 'needsAttention MAP_STUDENT': 1 });
    await change(p, '/students/s01', { sourcedId: 'sis-s01' });
    expect(await states(p.lms)).toEqual({ acknowledged: N });
  });

  test('two that are the same one in the SIS both wait and say so, and go when it is known who is who', async () => {
    const p = await place(service);
    await change(p, '/students/s02', { sourcedId: 'sis-s01' });
    const done = await sync(p.lms);
    expect(done).toMatchObject({
      status: 'completeWithProblems',
      byKind: { results: { failed: 2, created: N - 2 } },
    });
    expect(await states(p.lms)).toEqual({ acknowledged: N - 2, 'needsAttention MAP_STUDENT_TWICE': 2 });
    await change(p, '/students/s02', { sourcedId: 'sis-s02' });
    expect((await sync(p.lms)).counts).toMatchObject({ created: 2, failed: 0 });
    expect(inSis(service.sis, `a of ${p.tenant}`)).toEqual(scores());
  });
});

test('the class is another one in the SIS: its assignments and scores go there, the former ones are told', async () => {
  const p = await place(service);
  const run = await held(service.sis, p);
  await change(p, '', { sourcedId: 'sis-class-2' });
  run.letGo();
  await syncEnd(p.lms, run.id);
  const done = await sync(p.lms);
  expect(done.counts.failed).toBe(0);
  expect(await states(p.lms)).toEqual({ acknowledged: N });
  const { lineItems, results } = control().contents();
  const [, there] = ['sis-class-1', 'sis-class-2'].map((cls) =>
    lineItems.find((l) => l.title === `a of ${p.tenant}` && l.class.sourcedId === cls),
  );
  const scored = results.filter((r) => r.lineItem.sourcedId === there?.sourcedId);
  expect(Object.fromEntries(scored.map((r) => [r.student.sourcedId.slice(4), r.score]))).toEqual(scores());
  const syncs = await expectOk(p.lms<{ items: { id: string }[] }>('GET', '/syncs?classId=c1'));
  const told = (await Promise.all(syncs.items.map(({ id }) => entriesOf(p.lms, id)))).flat();
  expect(told.filter((e) => e.reason?.code === 'LEFT_IN_FORMER_CLASS')).toMatchObject([{ kind: 'lineItem' }]);
  await expectNothingStuck(service);

  // and back: no third assignment
  await change(p, '', { sourcedId: 'sis-class-1' });
  expect((await sync(p.lms)).counts.failed).toBe(0);
  expect(
    control()
      .contents()
      .lineItems.filter((l) => l.title === `a of ${p.tenant}`),
  ).toHaveLength(2);
});
