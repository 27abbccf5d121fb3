import fc from 'fast-check';
import { sisTitles } from '../../src/gradebook/sis-titles.ts';
import { titleLength } from '../../src/gradebook/title.ts';
import type { TitleEntry } from '../../src/gradebook/facts.ts';

const plain = { titleLimit: null, titleTooLong: 'shorten', duplicateTitle: 'send' } as const;
const cut = { ...plain, titleLimit: 20 };
/** The first was made first. */
const entries = (...titles: string[]): TitleEntry[] =>
  titles.map((title, i) => ({ key: `k${i}`, title, createdAt: new Date(Date.UTC(2026, 0, 1 + i)) }));
const named = (naming: Parameters<typeof sisTitles>[1], ...titles: string[]) =>
  [...sisTitles(entries(...titles), naming).values()].map(({ title }) => title);

test('two long titles that cutting would make the same are told apart, the older one keeping its form', () => {
  expect(named(cut, 'The causes of the First War', 'The causes of the Second War', 'Essay')).toEqual([
    'The causes of the F…',
    'The causes of the S…',
    'Essay',
  ]);
  expect(named(cut, 'The causes of the war, part one', 'The causes of the war, part two')).toEqual([
    'The causes of the w…',
    'The causes of t… (2)',
  ]);
});

test('copies go as they are, with a number, or are known as copies', () => {
  expect(named(plain, 'Quiz', 'quiz ')).toEqual(['Quiz', 'quiz']);
  expect(named({ ...plain, duplicateTitle: 'number' }, 'Quiz', 'Quiz', 'Quiz (2)', 'Quiz')).toEqual([
    'Quiz',
    'Quiz (2)',
    'Quiz (2) (2)',
    'Quiz (3)',
  ]);
  const blocked = sisTitles(entries('Quiz', 'Quiz'), { ...plain, duplicateTitle: 'block' });
  expect(blocked.get('k1')).toMatchObject({ title: 'Quiz', twinOf: 'k0' });
  expect(blocked.get('k0')).toMatchObject({ twinOf: null });
});

test('a new assignment renames none that was there before', () => {
  const before = entries('A title of many words, one', 'A title of many words, two', 'Quiz', 'Quiz');
  const later: TitleEntry = {
    key: 'a',
    title: 'A title of many words, three',
    createdAt: new Date('2027-01-01'),
  };
  const naming = { ...cut, duplicateTitle: 'number' } as const;
  const was = sisTitles(before, naming);
  const is = sisTitles([later, ...before], naming);
  for (const { key } of before) expect(is.get(key)).toEqual(was.get(key));
  expect(is.get('a')?.title).toBe('A title of many… (3)');
});

test('a thousand of one title get a thousand numbers', () => {
  const many = Array.from({ length: 1000 }, () => 'Exit ticket');
  const titles = named({ ...plain, duplicateTitle: 'number' }, ...many);
  expect(new Set(titles).size).toBe(1000);
  expect(titles.at(-1)).toBe('Exit ticket (1000)');
});

const anyEntries = fc.uniqueArray(
  fc.record({
    key: fc.string({ minLength: 1, maxLength: 4 }),
    title: fc.oneof(
      fc.constantFrom(
        'Quiz',
        'quiz',
        'Quiz (2)',
        'A title that is much too long, 1',
        'A title that is much too long, 2',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    ),
    createdAt: fc.constantFrom(new Date('2026-01-01'), new Date('2026-02-01')),
  }),
  { selector: ({ key }) => key, maxLength: 12 },
);

test('whatever the order in which they are read, with numbers no two are the same and none is too long', () => {
  fc.assert(
    fc.property(anyEntries, fc.option(fc.integer({ min: 10, max: 30 }), { nil: null }), (all, titleLimit) => {
      const naming = { ...plain, titleLimit, duplicateTitle: 'number' } as const;
      const titles = sisTitles(all, naming);
      const shown = [...titles.values()].map(({ title }) => title.normalize('NFC').trim().toLowerCase());
      expect(new Set(shown).size).toBe(shown.length);
      for (const { title, twinOf } of titles.values()) {
        expect(twinOf).toBeNull();
        if (titleLimit !== null) expect(titleLength(title)).toBeLessThanOrEqual(titleLimit);
      }
      expect(new Map([...sisTitles([...all].reverse(), naming)].sort())).toEqual(new Map([...titles].sort()));
    }),
  );
});
