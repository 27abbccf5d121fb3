import fc from 'fast-check';
import { canonicalHash, contentTag } from '../../src/gradebook/canonical.ts';

const body = {
  sourcedId: 'r1',
  dateLastModified: '2026-01-01T00:00:00.000Z',
  score: 5,
  student: { href: 'https://a/users/u1', sourcedId: 'u1', type: 'user' },
};

test('the address of the SIS and the time of the version are no facts of the gradebook', () => {
  const elsewhere = {
    ...body,
    dateLastModified: '2027-01-01T00:00:00.000Z',
    student: { ...body.student, href: 'https://b/users/u1' },
  };
  expect(canonicalHash(elsewhere)).toBe(canonicalHash(body));
});

test('every fact counts, and absent is not zero', () => {
  const hashes = [
    body,
    { ...body, score: 0 },
    { ...body, score: undefined },
    { ...body, late: 'true' },
    { ...body, sourcedId: 'r2' },
    { ...body, student: { ...body.student, sourcedId: 'u2' } },
  ].map(canonicalHash);
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('the order of keys does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(canonicalHash(reversed)).toBe(canonicalHash(object));
    }),
  );
});

test('a list is not the object that it could be written as', () => {
  expect(canonicalHash({ a: [['b', 1]] })).not.toBe(canonicalHash({ a: { b: 1 } }));
});

test('the tag of a content tells apart all of it, but not null from nothing, nor one order from another', () => {
  const mapping = { default: null, map: { hw: 'cat-1', href: 'cat-2' } };
  const same = [{ map: { href: 'cat-2', hw: 'cat-1' } }, JSON.parse(JSON.stringify(mapping)) as object];
  for (const other of same) expect(contentTag(other)).toBe(contentTag(mapping));
  const others = [{}, { map: {} }, { map: { hw: 'cat-1' } }, { ...mapping, default: 'cat-1' }];
  expect(new Set([mapping, ...others].map(contentTag)).size).toBe(5);
  // it stands between quotes in a header
  expect(contentTag(mapping)).toMatch(/^[\w-]{22}$/);
});
