import { copyMapping } from '../../src/gradebook/copy-mapping.ts';
import { aClass } from './facts.ts';

const from = aClass({
  categories: [
    { id: 'hw', title: 'Homework' },
    { id: 'tests', title: 'Tests' },
    { id: 'labs', title: 'Labs' },
  ],
  mapping: { default: 'sis-other', map: { hw: 'sis-daily', tests: 'sis-tests', labs: 'sis-labs' } },
  sisCategories: [
    { sourcedId: 'sis-daily', title: 'Daily work' },
    { sourcedId: 'sis-tests', title: 'Tests' },
    { sourcedId: 'sis-labs', title: 'Labs' },
    { sourcedId: 'sis-other', title: 'Other' },
  ],
});

test('where ids are the same they are copied, and what the other class had of its own stays', () => {
  const to = aClass({ ...from, mapping: { map: { projects: 'sis-labs', hw: 'sis-labs' } } });
  expect(copyMapping(from, to, true)).toEqual({
    mapping: {
      default: 'sis-other',
      map: { projects: 'sis-labs', hw: 'sis-daily', tests: 'sis-tests', labs: 'sis-labs' },
    },
    copied: [
      { categoryId: 'hw', sourcedId: 'sis-daily' },
      { categoryId: 'tests', sourcedId: 'sis-tests' },
      { categoryId: 'labs', sourcedId: 'sis-labs' },
    ],
    defaultCopied: true,
    leftOut: [],
  });
});

test('where ids differ the titles stand for them, here and in the SIS; what has no counterpart is left out and told', () => {
  const to = aClass({
    categories: [
      { id: '17', title: ' homework' },
      { id: '18', title: 'Tests' },
    ],
    sisCategories: [
      { sourcedId: 'p2-daily', title: 'DAILY WORK' },
      { sourcedId: 'p2-a', title: 'Tests' },
      { sourcedId: 'p2-b', title: 'tests' },
    ],
  });
  expect(copyMapping(from, to, true)).toEqual({
    mapping: { default: null, map: { '17': 'p2-daily' } },
    copied: [{ categoryId: '17', sourcedId: 'p2-daily' }],
    defaultCopied: false,
    leftOut: [
      // two of that title in the SIS: only a person can tell
      { categoryId: 'tests', title: 'Tests', why: 'notInSisClass' },
      { categoryId: 'labs', title: 'Labs', why: 'noCategory' },
      { categoryId: null, title: 'Other', why: 'notInSisClass' },
    ],
  });
});

test('nothing is guessed of a class whose categories nobody has read, nor of another SIS by its ids', () => {
  const unread = aClass({ ...from, mapping: { map: {} }, sisCategories: null });
  expect(copyMapping(from, unread, true).leftOut.map(({ why }) => why)).toEqual(Array(4).fill('sisNotRead'));
  const listsNone = aClass({ ...from, mapping: { map: {} }, sisCategories: [] });
  expect(copyMapping(from, listsNone, true).leftOut).toEqual([]);
  expect(copyMapping(from, listsNone, false).copied).toEqual([]);
  const sameId = aClass({
    ...from,
    mapping: { map: {} },
    sisCategories: [{ sourcedId: 'sis-daily', title: 'Exams' }],
  });
  expect(copyMapping(from, sameId, false).copied).toEqual([]);
});

test('ids that are names of object internals are ordinary ids', () => {
  const odd = aClass({
    categories: [{ id: '__proto__', title: 'constructor' }],
    mapping: { map: Object.fromEntries([['__proto__', 'toString']]) },
    sisCategories: [{ sourcedId: 'toString', title: 'valueOf' }],
  });
  const { mapping } = copyMapping(odd, { ...odd, mapping: { map: {} } }, true);
  expect(Object.entries(mapping.map)).toEqual([['__proto__', 'toString']]);
});
