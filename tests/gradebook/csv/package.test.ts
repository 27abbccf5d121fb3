import fc from 'fast-check';
import { csvPackage, type CsvPackage } from '../../../src/gradebook/csv/package.ts';
import type { ClassFacts, LineItemFacts, ResultFacts } from '../../../src/gradebook/facts.ts';
import { zipOf } from '../../../src/http/zip.ts';
import { planClass, type PlanMode } from '../../../src/passback/planner.ts';
import { readPackage } from '../../support/one-roster-csv.ts';
import { aClass, aLineItem, anyClass, anyLineItem, anyResult, aResult } from '../facts.ts';

const made = (cls: ClassFacts, lineItems: LineItemFacts[], results: ResultFacts[], mode: PlanMode = 'all') =>
  csvPackage(cls, planClass(cls, lineItems, results, mode));
const read = async (pack: CsvPackage) => readPackage(await zipOf(pack.files));
const reasons = ({ leftOut }: CsvPackage) => leftOut.map((l) => [l.lineItemKey, l.studentKey, l.reason.code]);

test('a class is lineItems, results and the categories that they refer to, all as delta', async () => {
  const pack = made(aClass(), [aLineItem()], [aResult({ late: true, comment: 'not sent' })]);
  expect(pack.leftOut).toEqual([]);
  expect(pack.rows).toEqual({ categories: 1, lineItems: 1, results: 1 });
  const { violations, files, names, manifest } = await read(pack);
  expect(violations).toEqual([]);
  expect(names).toEqual(['manifest.csv', 'categories.csv', 'lineItems.csv', 'results.csv']);
  expect([...manifest].filter(([, value]) => value === 'delta').map(([name]) => name)).toEqual([
    'file.categories',
    'file.lineItems',
    'file.results',
  ]);
  expect(files.get('lineItems')).toMatchObject([
    {
      title: 'Essay 1',
      status: 'active',
      // 04:59 UTC is still the day before at the school
      ...{ assignDate: '2026-10-01', dueDate: '2026-10-08', academicSessionSourcedId: 'q1' },
      ...{ classSourcedId: 'sis-class', schoolSourcedId: 'sis-school', categorySourcedId: 'sis-hw' },
      ...{ resultValueMin: '0', resultValueMax: '100' },
    },
  ]);
  const lineItemSourcedId = files.get('lineItems')![0]!['sourcedId'];
  expect(files.get('results')).toMatchObject([
    {
      ...{ lineItemSourcedId, studentSourcedId: 'sis-student', classSourcedId: 'sis-class' },
      ...{ scoreStatus: 'fully graded', score: '87.5', late: 'true', missing: '', comment: '' },
    },
  ]);
  // as early as we knew of it, lest an old title go over a newer one of the SIS's own
  expect(files.get('categories')).toEqual([
    {
      ...{ sourcedId: 'sis-hw', status: 'active', title: ' homework ', weight: '' },
      dateLastModified: '2026-10-01T03:00:00.000Z',
    },
  ]);
});

test('what the SIS has is in the whole, and not in the remainder', async () => {
  const cls = aClass();
  const [first, second] = [aResult(), aResult({ id: 'r2' }, { id: 'st2', key: 's2', sourcedId: 'sis-2' })];
  const plan = planClass(cls, [aLineItem()], [first, second], 'all');
  const acked = plan.lineItems[0]!.decision;
  const li = aLineItem({
    ackedVersion: 1,
    ackedHash: 'hash' in acked ? acked.hash : '',
    sourcedId: 'sourcedId' in acked ? acked.sourcedId : '',
  });
  const remainder = made(cls, [li], [first, second], 'changes');
  expect(remainder.rows).toEqual({ categories: 0, lineItems: 0, results: 2 });
  expect((await read(remainder)).violations).toEqual([]);
  expect(made(cls, [li], [first, second], 'all').rows).toEqual({ categories: 1, lineItems: 1, results: 2 });
});

test('a remainder of nothing is a manifest that says so', async () => {
  const { violations, names } = await read(made(aClass(), [], []));
  expect([violations, names]).toEqual([[], ['manifest.csv']]);
});

test('a category that the SIS lists twice is one record', async () => {
  const twice = [' homework ', 'Homework'].map((title) => ({ sourcedId: 'sis-hw', title }));
  const cls = aClass({ sisCategories: twice, mapping: { default: 'sis-hw', map: {} } });
  const pack = made(cls, [aLineItem({ categoryKey: 'none' })], []);
  expect(pack.rows).toMatchObject({ categories: 1, lineItems: 1 });
  expect((await read(pack)).violations).toEqual([]);
});

test('what cannot be sent is left out and named, each with its reason', () => {
  const cls = aClass();
  const without = aResult({ id: 'r2' }, { id: 'st2', key: 's2', sourcedId: null });
  const held = aResult({ id: 'r3', posted: false }, { id: 'st3', key: 's3', sourcedId: 'sis-3' });
  const pack = made(cls, [aLineItem()], [aResult(), without, held]);
  expect(reasons(pack)).toEqual([
    ['li1', 's2', 'MAP_STUDENT'],
    ['li1', 's3', 'SKIP_HELD_BACK'],
  ]);
  expect(pack.rows.results).toBe(1);
});

test('an assignment outside of every grading period has no record, and its scores nothing to refer to', () => {
  const cls = aClass({ gradingPeriods: [] });
  expect(reasons(made(cls, [aLineItem()], [aResult()]))).toEqual([
    ['li1', null, 'PERIOD_UNKNOWN'],
    ['li1', 's1', 'LINE_ITEM_WAITS'],
  ]);
  // the SIS has the assignment already: its scores can go
  const there = aLineItem({ ackedVersion: 1, sourcedId: 'sis-li', ackedHash: 'old' });
  expect(reasons(made(cls, [there], [aResult()]))).toEqual([['li1', null, 'PERIOD_UNKNOWN']]);
  expect(made(cls, [aLineItem({ gradingPeriodSourcedId: 'named' })], []).rows.lineItems).toBe(1);
});

test('what must be read from the SIS first is left out and says so', () => {
  expect(reasons(made(aClass({ sisCategories: null }), [aLineItem()], [aResult()]))).toEqual([
    ['li1', null, 'SIS_NOT_READ'],
    ['li1', 's1', 'SIS_NOT_READ'],
  ]);
});

test('a title that a spreadsheet would take for a formula stays as it is', async () => {
  for (const title of ['=1+1', '+1', '-2', '@x', '"quoted", with comma', ' led', 'Ünïcode 🎓', "d'accord"]) {
    const { violations, files } = await read(made(aClass(), [aLineItem({ title })], []));
    expect([title, violations]).toEqual([title, []]);
    expect(files.get('lineItems')![0]!['title']).toBe(title.trim());
  }
});

const odd = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .map((s) => s.replaceAll('\u0000', ' ').toWellFormed())
  .map((s) => (s.trim() === '' ? 'x' : s));
const text = fc.oneof(
  odd,
  fc.constantFrom('a\r\nb', '"', '""', ',', '\r', '\n', '\u2028', '=cmd()', 'a"b,c'),
);

test('whatever is in titles, comments and ids, the package is valid and reads back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.record({ key: odd, title: text, description: text }), {
        maxLength: 4,
        selector: (l) => l.key,
      }),
      fc.uniqueArray(odd, { minLength: 1, maxLength: 3 }),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      text,
      async (items, students, score, comment) => {
        const cls = aClass({}, { sendComments: true });
        const lineItems = items.map((l, i) => aLineItem({ id: `l${i}`, ...l }));
        const results = lineItems.flatMap((l, i) =>
          students.map((key, n) =>
            aResult(
              { id: `r${i}-${n}`, lineItemId: l.id, score: String(score), comment },
              { id: `st${n}`, key, sourcedId: `sis-${n}-${key}` },
            ),
          ),
        );
        const pack = made(cls, lineItems, results);
        const { violations, files } = await read(pack);
        expect(violations).toEqual([]);
        expect(pack.leftOut).toEqual([]);
        const descriptions = (files.get('lineItems') ?? []).map((l) => l['description']);
        const inOneLine = (s: string) => s.replace(/\r\n|[\r\n\u2028\u2029]/g, ' ');
        expect(descriptions.sort()).toEqual(items.map((l) => inOneLine(l.description)).sort());
        const scores = (files.get('results') ?? []).map((r) => Number(r['score']));
        expect(scores).toEqual(results.map(() => Number(String(score)) + 0));
        // in whatever order the rows come, the bytes are the same
        const shuffled = made(cls, lineItems.toReversed(), results.toReversed());
        expect(await zipOf(shuffled.files)).toEqual(await zipOf(pack.files));
      },
    ),
    { numRuns: 60 },
  );
});

test('whatever the class, its lineItem and its score are like: in the package and valid, or left out with a reason', async () => {
  let filled = 0;
  const always = [{ sourcedId: 'p', title: 'P', startDate: '0001-01-01', endDate: '9999-12-31' }];
  const sendable = aClass({ gradingPeriods: always });
  const { overrides, published, syncToSis, resultValueMin, resultValueMax, categoryKey } = aLineItem();
  await fc.assert(
    fc.asyncProperty(anyClass, anyLineItem, anyResult, fc.boolean(), async (anyCls, anyLi, anyR, meant) => {
      // left to chance alone, hardly anything could be sent: then only dates, zones and texts are
      const { timeZone, settings } = anyCls;
      const { dueDateForm, sendComments } = settings;
      const cls = meant
        ? { ...sendable, timeZone, settings: { ...sendable.settings, dueDateForm, sendComments } }
        : anyCls;
      const fit = {
        overrides,
        published,
        syncToSis,
        resultValueMin,
        resultValueMax,
        categoryKey,
        found: null,
      };
      const li = meant ? { ...anyLi, ...fit } : anyLi;
      const r = meant ? { ...anyR, posted: true, found: null, student: aResult().student } : anyR;
      const result = { ...r, lineItemId: li.id };
      const pack = made(cls, [li], [result]);
      expect((await read(pack)).violations).toEqual([]);
      const { lineItems, results } = pack.rows;
      // each is in one place, and in no other
      expect(lineItems + results + pack.leftOut.length).toBe(2);
      filled += lineItems + results;
    }),
    { numRuns: 200 },
  );
  expect(filled).toBeGreaterThan(100);
});
