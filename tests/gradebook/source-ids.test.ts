import fc from 'fast-check';
import { lineItemSourcedId, resultSourcedId } from '../../src/gradebook/source-ids.ts';

const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
const awkward = fc.oneof(id, fc.constantFrom('a', 'a/b', 'b', '/', '","', '\\', 'é', 'e\u0301', '["x"]'));

test('the ids are the same in every release: a change would make duplicates in every SIS', () => {
  expect(lineItemSourcedId('district', 'c1', 'li1')).toBe('a885b23e-7202-5282-a93c-4f7880a33489');
  expect(resultSourcedId('district', 'c1', 'li1', 's1')).toBe('fec1c4a3-07d3-5940-838e-25f73b50f7c4');
});

test('equal parts give equal ids, different parts different ids', () => {
  const parts = fc.tuple(awkward, awkward, awkward, awkward);
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      expect(resultSourcedId(...a) === resultSourcedId(...b)).toBe(same);
      expect(resultSourcedId(...a)).toBe(resultSourcedId(...a));
      expect(lineItemSourcedId(a[0], a[1], a[2])).not.toBe(resultSourcedId(...b));
    }),
  );
});

test('a separator inside an id moves nothing into the next part', () => {
  expect(lineItemSourcedId('t', 'a/b', 'c')).not.toBe(lineItemSourcedId('t', 'a', 'b/c'));
  expect(lineItemSourcedId('t', 'a","b', 'c')).not.toBe(lineItemSourcedId('t', 'a', 'b","c'));
});
