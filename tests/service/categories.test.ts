/** Which category of the SIS an assignment goes into: inherited, copied, suggested; renamed and removed ones noticed. */
import {
  addClass,
  connectionSettings,
  district,
  expectOk,
  putLineItem,
  sisDistrict,
  sync,
  type District,
} from '../support/district.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

interface Found {
  items: { sourcedId: string; title: string; formerly: string | null }[];
  readAt: string;
  suggestions: {
    categoryId: string;
    sourcedId: string | null;
    how: string | null;
    reason: { code: string; message: string } | null;
    similar: { sourcedId: string; title: string }[];
  }[];
}
interface Copy {
  classes: {
    classId: string;
    copied: { categoryId: string; sourcedId: string }[];
    defaultCopied: boolean;
    leftOut: { categoryId: string | null; title: string | null; why: string }[];
  }[];
}

let service: TestService;
let d: District;
let made = 0;
let tenant = '';
/** What the classes of the SIS have, and nothing else. */
function inSis(...categories: { sourcedId: string; title: string }[][]): void {
  for (const { sourcedId } of service.sis.control.contents().categories)
    service.sis.control.remove('categories', sourcedId);
  const all = sisDistrict(2, categories.length);
  all.classes.forEach((cls, i) => (cls.categories = categories[i]!));
  service.sis.control.seed(all);
}
const of = (...titles: string[]) =>
  titles.map((title) => ({ sourcedId: `sis-${title.toLowerCase()}`, title }));

beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(2, 3) } });
});
afterAll(() => service.stop());
beforeEach(async () => {
  inSis(of('Homework', 'Tests'), of('Homework', 'Tests'), of('Homework'));
  tenant = `tenant-${++made}`;
  d = await district(service, 2, { gatherSeconds: 0 }, tenant);
  service.sis.control.resetCounts();
});
const found = (cls = 'c1', refresh = false) =>
  expectOk(d.lms<Found>('GET', `/classes/${cls}/sisCategories${refresh ? '?refresh=true' : ''}`));
const reads = () => service.sis.control.counts()['GET categories'] ?? 0;
const findings = async (key: string) =>
  (
    await expectOk(
      d.lms<{ findings: { code: string; severity: string; message: string }[] }>(
        'GET',
        `/classes/c1/lineItems/${key}`,
      ),
    )
  ).findings;

test('the SIS is asked once a day, and when somebody wants it', async () => {
  const asked = async (look: () => Promise<Found>) => {
    const before = reads();
    const { readAt } = await look();
    return { readAt: Date.parse(readAt), again: reads() > before };
  };
  const first = await asked(() => found());
  expect(first.again).toBe(true);
  expect(await asked(() => found())).toEqual({ ...first, again: false });
  const wanted = await asked(() => found('c1', true));
  expect(wanted.again).toBe(true);
  expect(wanted.readAt).toBeGreaterThan(first.readAt);
  await service.service.db.rows(`UPDATE class SET sis_categories_read_at = now() - interval '25 hours'`);
  expect((await asked(() => found())).again).toBe(true);
});

test('what maps by itself, what somebody chose, and what is only like it, are told apart', async () => {
  await addClass(d.lms, 'c1', 2, {
    categories: [
      { id: 'hw', title: 'homework ' },
      { id: 'q', title: 'Test' },
      { id: 'misc', title: 'Miscellaneous' },
    ],
  });
  expect((await found()).suggestions).toMatchObject([
    { categoryId: 'hw', sourcedId: 'sis-homework', how: 'sameName', reason: null, similar: [] },
    {
      categoryId: 'q',
      sourcedId: null,
      how: null,
      reason: { code: 'CAT_MISSING' },
      similar: [{ sourcedId: 'sis-tests', title: 'Tests' }],
    },
    { categoryId: 'misc', sourcedId: null, similar: [] },
  ]);
  await expectOk(
    d.lms('PUT', '/classes/c1/categoryMapping', { default: 'sis-homework', map: { q: 'sis-tests' } }),
  );
  expect((await found()).suggestions).toMatchObject([
    { categoryId: 'hw', how: 'sameName' },
    { categoryId: 'q', sourcedId: 'sis-tests', how: 'mapped' },
    { categoryId: 'misc', sourcedId: 'sis-homework', how: 'default' },
  ]);
});

test('a mapping by title holds for every class below its domain, the nearest one first, and a class’s own before all', async () => {
  await addClass(d.lms, 'c1', 2, { categories: [{ id: 'w', title: 'Work' }] });
  await addClass(d.lms, 'c2', 2, { domainId: tenant, categories: [{ id: 'x', title: 'work' }] });
  const map = (by: Caller, path: string, mapping: object) =>
    expectOk(by('PUT', `${path}/categoryMapping`, mapping));
  await map(d.admin, `/domains/${tenant}`, { map: { WORK: 'sis-homework' } });
  const chosen = async (cls: string) => (await found(cls)).suggestions[0];
  expect(await chosen('c1')).toMatchObject({ sourcedId: 'sis-homework', how: 'domain' });
  expect(await chosen('c2')).toMatchObject({ sourcedId: 'sis-homework', how: 'domain' });
  await map(d.admin, '/domains/school', { map: { work: 'sis-tests' } });
  expect(await chosen('c1')).toMatchObject({ sourcedId: 'sis-tests', how: 'domain' });
  expect(await chosen('c2')).toMatchObject({ sourcedId: 'sis-homework', how: 'domain' });
  await map(d.lms, '/classes/c1', { map: { w: 'sis-homework' } });
  expect(await chosen('c1')).toMatchObject({ sourcedId: 'sis-homework', how: 'mapped' });
});

test('a category that the SIS renames stays the same one, with a word of it until somebody saves the mapping again', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { tests: 'sis-tests' } }));
  await putLineItem(d.lms, 'mapped', { categoryId: 'tests' });
  await putLineItem(d.lms, 'by-name', { categoryId: 'hw' });
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: 2 } });
  service.sis.control.edit('categories', 'sis-tests', { title: 'Exams' });
  service.sis.control.edit('categories', 'sis-homework', { title: 'Practice' });
  expect((await found('c1', true)).items).toEqual([
    { sourcedId: 'sis-homework', title: 'Practice', formerly: 'Homework' },
    { sourcedId: 'sis-tests', title: 'Exams', formerly: 'Tests' },
  ]);
  for (const [key, was] of [
    ['mapped', 'Exams, formerly Tests'],
    ['by-name', 'Practice, formerly Homework'],
  ] as const) {
    expect(await findings(key)).toMatchObject([{ code: 'CAT_RENAMED', severity: 'warns' }]);
    expect((await findings(key))[0]?.message).toContain(was);
  }
  // nothing moves in the SIS for it
  service.sis.control.resetCounts();
  expect(await sync(d.lms)).toMatchObject({ counts: { unchanged: 2 } });
  expect(service.sis.control.writes()).toEqual([]);
  await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { tests: 'sis-tests' } }));
  expect(await findings('mapped')).toEqual([]);
  // whoever saved it has seen that nothing is called Homework any more
  expect(await findings('by-name')).toMatchObject([{ code: 'CAT_MISSING', severity: 'blocks' }]);
});

test('a category that is gone from the SIS blocks, and the ones that are there are named', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { tests: 'sis-tests' } }));
  await found();
  service.sis.control.remove('categories', 'sis-tests');
  await found('c1', true);
  await putLineItem(d.lms, 'quiz', { categoryId: 'tests' });
  expect(await findings('quiz')).toMatchObject([{ code: 'CAT_NOT_FOUND', severity: 'blocks' }]);
  expect((await findings('quiz'))[0]?.message).toBe(
    'The chosen category does not exist in this class of the SIS (Tests); there are: Homework.',
  );
  expect((await found()).suggestions[1]).toMatchObject({
    sourcedId: null,
    reason: { code: 'CAT_NOT_FOUND' },
  });
  expect(await sync(d.lms)).toMatchObject({ status: 'failed' });
  await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { tests: 'sis-homework' } }));
  expect(await sync(d.lms)).toMatchObject({ status: 'complete', counts: { created: 1 } });
});

describe('a teacher’s mapping for the other classes', () => {
  const copy = (by: Caller, classIds: string[]) =>
    by<Copy>('POST', '/classes/c1/categoryMapping/copy', { classIds });
  const teacher = async (...classIds: string[]) => {
    const { token } = await expectOk(
      d.lms<{ token: string }>('POST', '/tokens', {
        ...{ subject: 't', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds },
        expiresInSeconds: 600,
      }),
    );
    return service.as(token);
  };

  test('is copied by title where the SIS has ids of its own per class, and what does not fit is said', async () => {
    inSis(
      of('Homework', 'Tests'),
      [
        { sourcedId: 'p2-h', title: 'HOMEWORK' },
        { sourcedId: 'p2-t', title: 'Tests' },
      ],
      [{ sourcedId: 'p3-h', title: 'Homework' }],
    );
    await addClass(d.lms, 'c2', 2, {
      categories: [
        { id: '7', title: 'Homework' },
        { id: '8', title: 'TESTS' },
      ],
    });
    await addClass(d.lms, 'c3', 2);
    await expectOk(
      d.lms('PUT', '/classes/c1/categoryMapping', {
        default: 'sis-homework',
        map: { hw: 'sis-tests', tests: 'sis-tests' },
      }),
    );
    await found();
    const { classes } = await expectOk(copy(await teacher('c1', 'c2', 'c3'), ['c2', 'c3']));
    expect(classes).toEqual([
      {
        classId: 'c2',
        copied: [
          { categoryId: '7', sourcedId: 'p2-t' },
          { categoryId: '8', sourcedId: 'p2-t' },
        ],
        defaultCopied: true,
        leftOut: [],
      },
      {
        classId: 'c3',
        copied: [],
        defaultCopied: true,
        leftOut: [
          { categoryId: 'hw', title: 'homework ', why: 'notInSisClass' },
          { categoryId: 'tests', title: 'Tests', why: 'notInSisClass' },
        ],
      },
    ]);
    expect(await expectOk(d.lms('GET', '/classes/c2/categoryMapping'))).toEqual({
      default: 'p2-h',
      map: { '7': 'p2-t', '8': 'p2-t' },
    });
    // what was copied is what is sent
    await putLineItem(d.lms, 'quiz', { categoryId: '7' }, 'c2');
    await sync(d.lms, '/classes/c2/syncs');
    const [item] = service.sis.control
      .contents()
      .lineItems.filter((li) => li.class.sourcedId === 'sis-class-2' && li.title === 'Title of quiz');
    expect(item).toMatchObject({ category: { sourcedId: 'p2-t' } });
  });

  test('never goes to a class that is not the caller’s, and then to none', async () => {
    await addClass(d.lms, 'c2', 2);
    await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: 'sis-tests' } }));
    const by = await teacher('c1', 'c2');
    await addClass(d.lms, 'c3', 2);
    for (const [classIds, pointer] of [
      [['c2', 'c3'], '/classIds/1'],
      [['nowhere'], '/classIds/0'],
      [['c2', 'c2'], '/classIds/1'],
    ] as const)
      expect(await copy(by, [...classIds])).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(await expectOk(d.lms('GET', '/classes/c2/categoryMapping'))).toEqual({ map: {} });
  });

  test('goes to no class of which the SIS does not say what it has', async () => {
    await addClass(d.lms, 'c2', 2, { sourcedId: null });
    await addClass(d.lms, 'c3', 2);
    await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: 'sis-tests' } }));
    const fault = service.sis.control.arm({ kind: 'status', status: 403, request: 'categories' });
    const { classes } = await expectOk(copy(d.lms, ['c2', 'c3']));
    service.sis.control.disarm(fault);
    expect(classes.map(({ copied, leftOut }) => [copied, leftOut.map(({ why }) => why)])).toEqual([
      [[], ['sisNotRead']],
      [[], ['sisNotRead']],
    ]);
  });

  test('is in the trail, and the same request again is answered as the first one', async () => {
    await addClass(d.lms, 'c2', 2);
    await expectOk(d.lms('PUT', '/classes/c1/categoryMapping', { map: { hw: 'sis-tests' } }));
    const press = () =>
      d.lms<Copy>(
        'POST',
        '/classes/c1/categoryMapping/copy',
        { classIds: ['c2'] },
        { 'idempotency-key': 'k' },
      );
    const first = await expectOk(press());
    const again = await press();
    expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first]);
    const { items } = await expectOk(
      d.admin<{ items: object[] }>('GET', `/domains/${tenant}/audit?action=mapping.copy`),
    );
    expect(items).toMatchObject([
      { subject: { classId: 'c1' }, detail: { classIds: ['c2'], copied: [1] }, actor: 'lms' },
    ]);
  });
});

test('another SIS, or another class of it, has categories of its own: no former name is held against them', async () => {
  await found();
  await expectOk(
    d.admin('PUT', `/domains/${tenant}/settings`, {
      passbackEnabled: true,
      ...connectionSettings(service.sis),
      baseUrl: `${service.sis.gradebookUrl}/`,
    }),
  );
  service.sis.control.edit('categories', 'sis-tests', { title: 'Exams' });
  await addClass(d.lms, 'c1', 2, { sourcedId: 'sis-class-2' });
  expect((await found()).items.map(({ formerly }) => formerly)).toEqual([null, null]);
});
