/** What the LMS is told when it puts an assignment or a score, what the plan says of it, and what the sync then does. */
import { DEFAULT_RULES } from '../../src/demo/sis/rules.ts';
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

interface Finding {
  code: string;
  severity: 'blocks' | 'skips' | 'warns';
  message: string;
  fix: string;
  automatic: { field: string; gives: unknown; applied: boolean } | null;
  seenIn: { where: string; of: string; field: string | null };
}
interface Entry {
  kind: string;
  lineItemId: string;
  studentId: string | null;
  action: string;
  reason: { code: string } | null;
  findings: Finding[];
  body: { title: string; dueDate: string } | null;
}

let service: TestService;
let d: District;
let made = 0;
let tenant = '';
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(3) } });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.sis.control.setRules(DEFAULT_RULES);
  service.sis.control.seed(sisDistrict(3));
  // every tenant of this file speaks to the same class there
  for (const { sourcedId } of service.sis.control.contents().lineItems)
    service.sis.control.remove('lineItems', sourcedId);
  service.sis.control.resetCounts();
  tenant = `tenant-${++made}`;
  d = await district(service, 3, { gatherSeconds: 0 }, tenant);
});

const settings = (more: object) =>
  expectOk(
    d.admin('PUT', `/domains/${tenant}/settings`, {
      passbackEnabled: true,
      gatherSeconds: 0,
      ...connectionSettings(service.sis),
      ...more,
    }),
  );
const put = (key: string, more: object = {}) =>
  putLineItem(d.lms, key, { ...more }) as unknown as Promise<{ findings: Finding[]; state: string }>;
const get = (key: string) =>
  expectOk(
    d.lms<{ findings: Finding[]; state: string; reason: { code: string } | null }>(
      'GET',
      `/classes/c1/lineItems/${key}`,
    ),
  );
const plan = async (by: Caller = d.lms) =>
  (await expectOk(by<{ entries: Entry[] }>('GET', '/classes/c1/plan'))).entries;
const codes = (findings: Finding[]) => findings.map(({ code, severity }) => `${severity} ${code}`);
const titles = () =>
  service.sis.control
    .contents()
    .lineItems.map(({ title }) => title)
    .sort();

test('an assignment that will not go is told so in the answer that takes it, in the plan, and by the sync', async () => {
  const answer = await put('quiz', { resultValueMax: null, categoryId: 'tests' });
  expect(codes(answer.findings)).toEqual(['blocks POINTS_INVALID']);
  expect(answer.findings[0]).toMatchObject({
    message: 'This assignment has no usable points.',
    fix: 'Give the assignment its points.',
    automatic: null,
    seenIn: { where: 'here', of: 'lineItem', field: 'resultValueMax' },
  });
  await putScores(d.lms, 'quiz', 1);
  const entries = await plan();
  expect(entries.map(({ kind, action, findings }) => [kind, action, findings[0]?.code])).toEqual([
    ['lineItem', 'blocked', 'POINTS_INVALID'],
    ['result', 'blocked', 'LINE_ITEM_WAITS'],
  ]);
  expect(await sync(d.lms)).toMatchObject({ status: 'failed', counts: { failed: 2 } });
  expect(service.sis.control.writes()).toEqual([]);
  // mended, it has nothing more to say
  expect((await put('quiz', { categoryId: 'tests' })).findings).toEqual([]);
});

test('what the plan says of every row is what the sync does with it', async () => {
  await settings({ titleLimit: 20, overMax: 'block', duplicateTitle: 'block', dueDateOutside: 'block' });
  await put('good');
  await put('long', { title: 'A title of far too many letters' });
  await put('unpublished', { published: false });
  await put('copy', { title: 'Title of good' });
  await put('late', { dueDate: '2027-08-01T12:00:00Z' });
  await put('points', { resultValueMax: 0 });
  for (const key of ['good', 'long', 'unpublished', 'copy', 'late', 'points']) await putScores(d.lms, key, 3);
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/good/results/s02', { score: 101 }));
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/good/results/s03', { status: 'incomplete' }));
  const entries = await plan();
  const done = await expectOk(
    d.lms<{ items: { lineItemId: string; studentId: string | null; action: string }[] }>(
      'GET',
      `/syncs/${(await sync(d.lms)).id}/entries?limit=200`,
    ),
  );
  const became = new Map(done.items.map((e) => [`${e.lineItemId} ${e.studentId}`, e.action]));
  const stopOf = (findings: Finding[]) => findings.find(({ severity }) => severity !== 'warns')?.severity;
  expect(entries).toHaveLength(24);
  for (const { lineItemId, studentId, findings } of entries)
    expect([lineItemId, studentId, became.get(`${lineItemId} ${studentId}`)]).toEqual([
      lineItemId,
      studentId,
      { blocks: 'failed', skips: 'skipped', warns: '' }[stopOf(findings) ?? 'warns'] || 'created',
    ]);
  expect([...became.values()].filter((action) => action === 'created')).toHaveLength(6);
  expect(titles()).toEqual(['A title of far too…', 'Title of good'].sort());
});

test('a score is told at once what is wrong with it, and is kept all the same', async () => {
  await settings({ overMax: 'block' });
  await put('quiz');
  await expectOk(d.lms('PUT', '/classes/c1/students/unlinked', {}));
  const score = (student: string, body: object) =>
    expectOk(
      d.lms<{ findings: Finding[] }>('PUT', `/classes/c1/lineItems/quiz/results/${student}`, body),
    ).then(({ findings }) => codes(findings));
  expect(await score('s01', { score: 50 })).toEqual([]);
  expect(await score('s01', { score: 150 })).toEqual(['blocks SCORE_ABOVE_MAX']);
  expect(await score('s01', { score: 150 })).toEqual(['blocks SCORE_ABOVE_MAX']);
  expect(await score('s02', { status: 'incomplete' })).toEqual(['skips SKIP_INCOMPLETE']);
  expect(await score('s03', { score: 5, posted: false })).toEqual(['skips SKIP_HELD_BACK']);
  expect(await score('unlinked', { score: 5 })).toEqual(['blocks MAP_STUDENT']);
  // many that come together are told each its own
  expect(
    await Promise.all([
      score('s01', { score: 60 }),
      score('s02', { score: 160 }),
      score('unlinked', { score: 6 }),
    ]),
  ).toEqual([[], ['blocks SCORE_ABOVE_MAX'], ['blocks MAP_STUDENT']]);
  await score('s01', { score: 61, revision: 5 });
  expect(await score('s01', { score: 161, revision: 4 })).toEqual([]);
});

test('never scored is not the same as cleared after it was sent', async () => {
  await put('quiz');
  const clear = () =>
    expectOk(
      d.lms<{ findings: Finding[] }>('PUT', '/classes/c1/lineItems/quiz/results/s01', { score: null }),
    ).then(({ findings }) => codes(findings));
  expect(await clear()).toEqual(['skips SKIP_UNGRADED']);
  await putScores(d.lms, 'quiz', 1);
  await sync(d.lms);
  expect(await clear()).toEqual([]);
  await settings({ blank: 'keep' });
  await putScores(d.lms, 'quiz', 1);
  expect(await clear()).toEqual(['skips SKIP_CLEARED']);
});

test('titles that cutting would make the same stay apart in the SIS, whatever is renamed or removed', async () => {
  service.sis.control.setRules({ titleLimit: 20 });
  await settings({ titleLimit: 20, autoSync: true });
  const long = (last: string) => ({ title: `The causes of the great war, ${last}` });
  await put('one', long('part one'));
  expect((await put('two', long('part two'))).findings).toMatchObject([
    { code: 'TITLE_TOO_LONG', automatic: { field: 'title', gives: 'The causes of t… (2)', applied: true } },
  ]);
  await sync(d.lms);
  expect(titles()).toEqual(['The causes of t… (2)', 'The causes of the g…'].sort());
  // the first one is called otherwise: its title is free now, and the second one gets it
  await put('one', { title: 'Essay' });
  await sync(d.lms);
  expect(titles()).toEqual(['Essay', 'The causes of the g…'].sort());
  await put('three', long('part three'));
  await sync(d.lms);
  expect(titles()).toEqual(['Essay', 'The causes of t… (2)', 'The causes of the g…'].sort());
  // a teacher’s own title counts like any other
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/two/overrides', { sisTitle: 'Two' }));
  await sync(d.lms);
  expect(titles()).toEqual(['Essay', 'The causes of the g…', 'Two'].sort());
  service.sis.control.resetCounts();
  await sync(d.lms);
  expect(service.sis.control.requests).toEqual([]);
});

test('whatever is renamed, switched off, removed and put back: who gets another title by it waits to be sent, and no two are the same', async () => {
  await settings({ titleLimit: 20, duplicateTitle: 'number' });
  let random = 20261122;
  const pick = <T>(of: readonly T[]): T => {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    return of[(random >>> 16) % of.length]!;
  };
  const names = [
    'Quiz',
    'quiz',
    'Quiz (2)',
    'The causes of the great war, 1',
    'The causes of the great war, 2',
  ];
  const keys = ['a', 'b', 'c', 'd'];
  const listed = async () =>
    (
      await expectOk(
        d.lms<{ items: { lineItemId: string; state: string }[] }>('GET', '/classes/c1/lineItems'),
      )
    ).items;
  for (let round = 0; round < 5; round++) {
    for (let edit = 0; edit < 6; edit++) {
      const key = pick(keys);
      const act = pick(['put', 'put', 'put', 'override', 'off', 'delete']);
      const path = `/classes/c1/lineItems/${key}`;
      if (act === 'put') await put(key, { title: pick(names) });
      else if (act === 'delete') await d.lms('DELETE', path);
      else
        await d.lms(
          'PUT',
          `${path}/overrides`,
          act === 'off' ? { syncToSis: false } : { sisTitle: pick(names) },
        );
      const states = new Map((await listed()).map(({ lineItemId, state }) => [lineItemId, state]));
      for (const { kind, lineItemId, action } of await plan())
        if (kind === 'lineItem' && ['create', 'update'].includes(action))
          expect([act, lineItemId, states.get(lineItemId)]).toEqual([act, lineItemId, 'unsent']);
    }
    await sync(d.lms);
    const sent = titles().map((title) => title.toLowerCase());
    expect(new Set(sent).size).toBe(sent.length);
    expect((await plan()).filter(({ action }) => !['unchanged', 'skip'].includes(action))).toEqual([]);
  }
}, 40_000);

test('of a copied assignment people are told; with numbers, or not at all, it goes as the setting says', async () => {
  await put('quiz', { title: 'Quiz' });
  expect(codes((await put('copy', { title: 'Quiz' })).findings)).toEqual(['warns TITLE_DUPLICATE']);
  expect(codes((await get('quiz')).findings)).toEqual([]);
  await settings({ duplicateTitle: 'block' });
  expect(await get('copy')).toMatchObject({ state: 'needsAttention', reason: { code: 'TITLE_DUPLICATE' } });
  await settings({ duplicateTitle: 'number' });
  await sync(d.lms);
  expect(titles()).toEqual(['Quiz', 'Quiz (2)'].sort());
  // what is deleted here is in the SIS still, and its title with it
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/quiz'));
  const copy = async () => (await plan()).map(({ action, body }) => [action, body?.title]);
  expect(await copy()).toEqual([['unchanged', undefined]]);
  const { items } = await expectOk(d.lms<{ items: { id: string }[] }>('GET', '/classes/c1/deletions'));
  await expectOk(d.lms('POST', `/classes/c1/deletions/${items[0]!.id}/done`));
  expect(await copy()).toEqual([['update', 'Quiz']]);
  await sync(d.lms);
  expect(titles()).toEqual(['Quiz', 'Quiz']);
});

test('a due date outside of the periods is moved where the SIS refuses it, and the SIS takes it', async () => {
  service.sis.control.setRules({ dueDateInGradingPeriod: true });
  const outside = { dueDate: '2027-07-05T04:59:00Z', gradingPeriodSourcedId: 'sis-gp' };
  expect((await put('quiz', outside)).findings).toMatchObject([
    { code: 'DUE_OUTSIDE_PERIOD', severity: 'warns', automatic: { gives: '2027-06-30', applied: false } },
  ]);
  expect(await sync(d.lms)).toMatchObject({ status: 'failed' });
  // 23:59 of the last day is the next day in UTC, which this SIS goes by
  await settings({ dueDateOutside: 'moveIntoPeriod', dueDateForm: 'noonUtc' });
  expect(codes((await get('quiz')).findings)).toEqual(['warns DUE_OUTSIDE_PERIOD', 'warns DUE_TZ_EDGE']);
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: 1 } });
  expect(service.sis.control.contents().lineItems[0]).toMatchObject({ dueDate: '2027-06-30T12:00:00.000Z' });
});

test('a period that is closed is told of before the SIS has to refuse', async () => {
  const [period] = (await expectOk(d.lms<{ gradingPeriods: object[] }>('GET', '/classes/c1'))).gradingPeriods;
  await put('quiz');
  await addClass(d.lms, 'c1', 3, { gradingPeriods: [{ ...period, open: false }] });
  expect(codes((await get('quiz')).findings)).toEqual(['warns PERIOD_CLOSED']);
  await settings({ dueDateOutside: 'block' });
  expect(await get('quiz')).toMatchObject({ state: 'needsAttention', reason: { code: 'PERIOD_CLOSED' } });
  await addClass(d.lms, 'c1', 3, { gradingPeriods: [{ ...period, open: true }] });
  expect((await get('quiz')).findings).toEqual([]);
});

test('a student whom the SIS does not have in the class is told of, and the SIS has the last word', async () => {
  await put('quiz');
  await putScores(d.lms, 'quiz', 2);
  service.sis.control.dropStudent('sis-class-1', 'sis-s02');
  const read = await expectOk(d.lms<{ entries: Entry[] }>('GET', '/classes/c1/plan?readSis=true'));
  const warned = (entries: Entry[]) =>
    entries.flatMap(({ studentId, findings }) =>
      findings.map(({ code, severity }) => [studentId, severity, code]),
    );
  expect(warned(read.entries)).toEqual([['s02', 'warns', 'ENROLL_NOT_IN_CLASS']]);
  expect(read.entries.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
  expect(await sync(d.lms)).toMatchObject({ counts: { created: 2, failed: 1 } });
  const put2 = () =>
    expectOk(d.lms<{ findings: Finding[] }>('PUT', '/classes/c1/lineItems/quiz/results/s02', { score: 7 }));
  expect(codes((await put2()).findings)).toEqual(['warns ENROLL_NOT_IN_CLASS']);
  // a list of yesterday says nothing of today
  await service.service.db.rows(`UPDATE class SET sis_students_read_at = now() - interval '25 hours'`);
  expect((await put2()).findings).toEqual([]);
});
