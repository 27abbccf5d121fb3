import fc from 'fast-check';
import { lineItemSourcedId, resultSourcedId } from '../../src/gradebook/source-ids.ts';

const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
const awkward = fc.oneof(id, fc.constantFrom('a', 'a/b', 'b', '/', '","', '\\', 'é', 'e\u0301', '["x"]'));

test('the ids are the same in every release: a change would make duplicates in every SIS', () => {
  const lineItem = lineItemSourcedId('district', 'c1', 'li1', 'sis-class');
  expect(lineItem).toBe('06990230-f2de-5496-833a-776aa9cb5c6c');
  expect(resultSourcedId(lineItem, 'sis-student')).toBe('720aaee2-f212-5f47-a9e5-bb519cfe2916');
});

test('equal parts give equal ids, different parts different ids', () => {
  const parts = fc.tuple(awkward, awkward, awkward, awkward);
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(lineItemSourcedId(...a) === lineItemSourcedId(...b)).toBe(same);
      expect(lineItemSourcedId(...a)).toBe(lineItemSourcedId(...a));
      const sameResult = a[0] === b[0] && a[1] === b[1];
      expect(resultSourcedId(a[0], a[1]) === resultSourcedId(b[0], b[1])).toBe(sameResult);
      expect(lineItemSourcedId(...a)).not.toBe(resultSourcedId(b[0], b[1]));
    }),
  );
});

test('a separator inside an id moves nothing into the next part', () => {
  expect(lineItemSourcedId('t', 'a/b', 'c', 'd')).not.toBe(lineItemSourcedId('t', 'a', 'b/c', 'd'));
  expect(lineItemSourcedId('t', 'a","b', 'c', 'd')).not.toBe(lineItemSourcedId('t', 'a', 'b","c', 'd'));
  expect(resultSourcedId('a","b', 'c')).not.toBe(resultSourcedId('a', 'b","c'));
});
