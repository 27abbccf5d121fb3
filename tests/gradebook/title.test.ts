import fc from 'fast-check';
import { oneLineTitle, shortenTitle, titleLength } from '../../src/gradebook/title.ts';

test('a short title stays, a long one ends in …', () => {
  expect(shortenTitle('Essay 1', 30)).toBe('Essay 1');
  expect(shortenTitle('Essay on the causes of the war', 20)).toBe('Essay on the causes…');
});

test('what people see as one character is not cut in half', () => {
  expect(shortenTitle(`Families ${'👨‍👩‍👧‍👦'.repeat(3)}`, 15)).toBe('Families…');
  expect(shortenTitle('ééééééééééé'.normalize('NFD'), 10)).toBe(`${'é'.normalize('NFD').repeat(4)}…`);
});

test('A15: a title never exceeds the limit and stays well-formed and the same each time', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.constant(`a${'\u0301'.repeat(100)}`),
  );
  fc.assert(
    fc.property(any, fc.integer({ min: 10, max: 60 }), (title, limit) => {
      const short = shortenTitle(oneLineTitle(title), limit);
      expect(titleLength(short)).toBeLessThanOrEqual(limit);
      expect(titleLength(short)).toBeGreaterThan(0);
      expect(short.isWellFormed()).toBe(true);
      expect(shortenTitle(oneLineTitle(title), limit)).toBe(short);
      expect(shortenTitle(short, limit)).toBe(short);
    }),
  );
});

test('a title is one line, and never empty', () => {
  expect(oneLineTitle(' Essay\r\n\tone ')).toBe('Essay one');
  expect(oneLineTitle(' \n ')).toBe('Untitled');
});
