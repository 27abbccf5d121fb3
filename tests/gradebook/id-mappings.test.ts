import fc from 'fast-check';
import {
  isFine,
  planIds,
  type IdRow,
  type KnownClass,
  type KnownStudent,
} from '../../src/gradebook/id-mappings.ts';

const cls = (key: string, sourcedId: string | null = null): KnownClass => ({
  key,
  sourcedId,
  customId: null,
});
const student = (classKey: string, key: string, sourcedId: string | null = null): KnownStudent => ({
  ...{ classKey, key, sourcedId, customId: null, active: true },
});
let line = 1;
const row = (over: Partial<IdRow>): IdRow => ({
  ...{ line: ++line, kind: 'student', classKey: null, studentKey: null, sourcedId: null, customId: null },
  ...over,
});
beforeEach(() => void (line = 1));

const classes = [cls('c1', 'sis-c1'), cls('c2')];
const students = [student('c1', 'ann', 'a'), student('c2', 'ann', 'b'), student('c1', 'bo', 'x')];
const outcomes = (rows: Parameters<typeof planIds>[0]) =>
  planIds(rows, classes, students).rows.map((r) => r.outcome);

test('a student without a class is one in every class; an id that is left empty stays', () => {
  const { rows, writes } = planIds(
    [row({ studentKey: 'ann', sourcedId: 'b', customId: 'k' })],
    classes,
    students,
  );
  expect(rows).toEqual([
    {
      ...{ line: 2, outcome: 'changed', detail: null, sharedIn: [] },
      changes: [
        { classKey: 'c1', studentKey: 'ann', field: 'sourcedId', from: 'a', to: 'b' },
        { classKey: 'c1', studentKey: 'ann', field: 'customId', from: null, to: 'k' },
        { classKey: 'c2', studentKey: 'ann', field: 'customId', from: null, to: 'k' },
      ],
    },
  ]);
  expect(writes).toEqual({
    classes: [],
    students: [
      { ...students[0], sourcedId: 'b', customId: 'k' },
      { ...students[1], customId: 'k' },
    ],
  });
});

test('each line says what it is: changed, unchanged, unknown, twice, not readable', () => {
  expect(
    outcomes([
      row({ kind: 'class', classKey: 'c2', sourcedId: 'sis-c2' }),
      row({ kind: 'class', classKey: 'c1', sourcedId: 'sis-c1' }),
      row({ kind: 'class', classKey: 'nowhere', sourcedId: 'x' }),
      row({ studentKey: 'bo', classKey: 'c2', sourcedId: 'x' }),
      row({ studentKey: 'ann', classKey: 'c1', sourcedId: 'n' }),
      row({ studentKey: 'ann', sourcedId: 'm' }),
      { line: 8, detail: 'has 2 cells, and the header 3' },
    ]),
  ).toEqual(['changed', 'unchanged', 'unknown', 'unknown', 'changed', 'duplicate', 'invalid']);
});

test('an id that another active student of the class has is told with the class', () => {
  const shared = (rows: IdRow[], of = students) => planIds(rows, classes, of).rows.map((r) => r.sharedIn);
  expect(shared([row({ studentKey: 'ann', sourcedId: 'x' })])).toEqual([['c1']]);
  // they change places: nobody has another's
  expect(
    shared([
      row({ studentKey: 'ann', classKey: 'c1', sourcedId: 'x' }),
      row({ studentKey: 'bo', sourcedId: 'a' }),
    ]),
  ).toEqual([[], []]);
  const gone = students.map((s) => (s.key === 'bo' ? { ...s, active: false } : s));
  expect(shared([row({ studentKey: 'ann', sourcedId: 'x' })], gone)).toEqual([[]]);
});

test('what is written is what the report says, and the same list again changes nothing', () => {
  const key = fc.constantFrom('c1', 'c2', 'c3');
  const id = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null });
  const known = fc.record({
    classes: fc.uniqueArray(fc.record({ key, sourcedId: id, customId: id }), { selector: (c) => c.key }),
    students: fc.uniqueArray(
      fc.record({
        classKey: key,
        key: fc.constantFrom('s', 't', 'u'),
        sourcedId: id,
        customId: id,
        active: fc.boolean(),
      }),
      { selector: (s) => `${s.classKey} ${s.key}` },
    ),
  });
  const rows = fc.array(
    fc.record({
      line: fc.integer({ min: 2, max: 99 }),
      kind: fc.constantFrom('class' as const, 'student' as const),
      classKey: fc.option(key, { nil: null }),
      studentKey: fc.option(fc.constantFrom('s', 't', 'u'), { nil: null }),
      sourcedId: id,
      customId: id,
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(known, rows, (is, list) => {
      const first = planIds(list, is.classes, is.students);
      expect(first.rows).toHaveLength(list.length);
      const name = (c: { key: string; classKey?: string }) => `${c.classKey ?? ''} ${c.key}`;
      const replaced = <T extends { key: string; classKey?: string }>(all: T[], by: T[]) =>
        all.map((one) => by.find((b) => name(b) === name(one)) ?? one);
      const after = {
        classes: replaced(is.classes, first.writes.classes),
        students: replaced(is.students, first.writes.students),
      };
      for (const change of first.rows.flatMap((r) => r.changes)) {
        const thing =
          change.studentKey === null
            ? after.classes.find((c) => c.key === change.classKey)
            : after.students.find((s) => s.classKey === change.classKey && s.key === change.studentKey);
        expect(thing?.[change.field]).toBe(change.to);
      }
      const again = planIds(
        list.filter((_, i) => isFine(first.rows[i]!)),
        after.classes,
        after.students,
      );
      expect(again.writes).toEqual({ classes: [], students: [] });
    }),
  );
});
