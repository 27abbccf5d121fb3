import { formOfPairs, storedIds } from '../../src/sis/many.ts';

const pair = (suppliedSourcedId: unknown, allocatedSourcedId: unknown) => ({
  suppliedSourcedId,
  allocatedSourcedId,
});
const told = (body: unknown) => Object.fromEntries(storedIds(body));

test('pairs are read from a list, and a single one without a list', () => {
  expect(told({ sourcedIdPairs: [pair('a', '1'), pair('b', '2')] })).toEqual({ a: '1', b: '2' });
  expect(told({ sourcedIdPairs: pair('a', '1') })).toEqual({ a: '1' });
  expect(formOfPairs({ sourcedIdPairs: [] })).toBe('array');
  expect(formOfPairs({ sourcedIdPairs: pair('a', '1') })).toBe('object');
});

test.each([
  ['nothing', undefined],
  ['a text', 'ok'],
  ['another object', { results: [] }],
  [
    'pairs of something else',
    { sourcedIdPairs: [1, null, { suppliedSourcedId: 'a' }, pair('a', ''), pair(1, 2)] },
  ],
  ['an id that no database holds', { sourcedIdPairs: [pair('a', 'x\0')] }],
])('%s tells of no row', (_name, body) => {
  expect(told(body)).toEqual({});
});

test('a row that is told of in two ways, and one id for two rows, are not believed', () => {
  expect(told({ sourcedIdPairs: [pair('a', '1'), pair('a', '2'), pair('b', '3')] })).toEqual({ b: '3' });
  expect(told({ sourcedIdPairs: [pair('a', '1'), pair('b', '1'), pair('c', '3')] })).toEqual({ c: '3' });
  expect(told({ sourcedIdPairs: [pair('a', '1'), pair('a', '1')] })).toEqual({ a: '1' });
});
