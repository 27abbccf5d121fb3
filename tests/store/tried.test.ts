import { triedFor, type Tried } from '../../src/store/tried.ts';

const his = '["lineItem","s1"]';
const hers = '["lineItem","s2"]';
const values = { score: 7, scoreStatus: 'fully graded' };
const row = (tried: Tried[], more: { linked_to?: string | null; acked_version?: number } = {}) => ({
  linked_to: his,
  acked_version: 0,
  ...more,
  tried,
});

test('a row knows for the student it is linked to all that was tried since the SIS last lost it', () => {
  const tried: Tried[] = [{ v: 1 }, { v: 2 }];
  expect(triedFor(row(tried, { acked_version: 2 }), his)).toEqual(tried);
});

test('for another student it knows what was tried since the last acknowledgement, which may have been for him', () => {
  const tried: Tried[] = [{ v: 1 }, { v: 2 }, { v: 3 }];
  expect(triedFor(row(tried, { acked_version: 2 }), hers)).toEqual([{ v: 3 }]);
});

test('what was acknowledged counts for the one for whom it was', () => {
  const acknowledged: Tried = { as: values, of: hers };
  expect(triedFor(row([acknowledged]), hers)).toEqual([acknowledged]);
  expect(triedFor(row([acknowledged]), his)).toEqual([]);
});

test('what was tried before the SIS lost the assignment counts for him for whom it was tried, and for nobody else', () => {
  const before: Tried = { v: 4, for: his };
  const after: Tried = { v: 4 };
  expect(triedFor(row([before, after]), his)).toEqual([before, after]);
  expect(triedFor(row([before, after]), hers)).toEqual([after]);
});
