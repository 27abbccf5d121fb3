import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createSeal, SealError, type KeyRing } from '../../src/store/seal.ts';

const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
const sealOf = (...keys: KeyRing['keys']) => createSeal({ keys });
const place = ['17', 'clientSecret', 'https://sis.example'];
const refused = (open: () => unknown) => expect(open).toThrow(SealError);

test('any text comes back as it was, and no two sealings look alike', () => {
  const seal = sealOf(key('k1', 1));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (plain, where) => {
      const sealed = seal.seal(plain, where);
      expect(seal.open(sealed, where)).toBe(plain);
      expect(seal.seal(plain, where)).not.toBe(sealed);
    }),
  );
});

test('the sealed text says which key opens it, and nothing of what is in it', () => {
  const plain = 'canary-secret-0123456789';
  const sealed = sealOf(key('k1', 1)).seal(plain, place);
  expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
  const bytes = Buffer.from(sealed.split('.')[3]!, 'base64url');
  expect(bytes.includes(plain)).toBe(false);
});

test('it opens only where it was sealed: another domain, field or origin is refused', () => {
  const seal = sealOf(key('k1', 1));
  const sealed = seal.seal('secret', place);
  for (const other of [
    ['18', 'clientSecret', 'https://sis.example'],
    ['17', 'accessToken', 'https://sis.example'],
    ['17', 'clientSecret', 'https://sis.example.evil'],
    ['17', 'clientSecret', 'https://sis.example', 'https://login.example'],
    ['17', 'clientSecret'],
    [],
  ])
    refused(() => seal.open(sealed, other));
});

test('the parts of a place cannot be shifted into one another', () => {
  const seal = sealOf(key('k1', 1));
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b));
      refused(() => seal.open(seal.seal('secret', a), b));
    }),
  );
});

test('A31: a sealed text that was changed anywhere, or cut, does not open', () => {
  const seal = sealOf(key('k1', 1));
  const sealed = seal.seal('a secret of some length', place);
  const [, , iv = '', text = ''] = sealed.split('.');
  const bytes = Buffer.from(text, 'base64url');
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const bent = Buffer.from(bytes);
      bent[at] = bent[at]! ^ by;
      refused(() => seal.open(['v1', 'k1', iv, bent.toString('base64url')].join('.'), place));
    }),
  );
  // Node would take a tag of 4 bytes for a whole one
  for (let length = 1; length < bytes.length; length++)
    refused(() =>
      seal.open(['v1', 'k1', iv, bytes.subarray(0, length).toString('base64url')].join('.'), place),
    );
  const otherIv = randomBytes(12).toString('base64url');
  for (const bad of [
    '',
    'v1',
    'v1.k1',
    `v1.k1.${iv}`,
    `v2.k1.${iv}.${text}`,
    `v1.k1.${otherIv}.${text}`,
    'a.b.c.d',
  ])
    refused(() => seal.open(bad, place));
});

test('the first key seals, every key opens, and a lost one is named', () => {
  const before = sealOf(key('k1', 1));
  const sealed = before.seal('secret', place);
  const during = sealOf(key('k2', 2), key('k1', 1));
  expect(during.open(sealed, place)).toBe('secret');
  expect([during.isOld(sealed), before.isOld(sealed)]).toEqual([true, false]);
  const again = during.seal('secret', place);
  expect(during.isOld(again)).toBe(false);
  const after = sealOf(key('k2', 2));
  expect(after.open(again, place)).toBe('secret');
  expect(() => after.open(sealed, place)).toThrow('"k1"');
});

test('another key of the same name does not open it, and no key at all is no seal', () => {
  const sealed = sealOf(key('k1', 1)).seal('secret', place);
  refused(() => sealOf(key('k1', 2)).open(sealed, place));
  refused(() => sealOf());
});

test('a derived key is one for one purpose, and follows the first key alone', () => {
  const of = (purpose: string[], ...keys: KeyRing['keys']) =>
    sealOf(...keys)
      .derived(purpose)
      .toString('hex');
  const derived = of(['roster', '17'], key('k1', 1));
  expect(derived).toHaveLength(64);
  expect(of(['roster', '17'], key('k1', 1), key('k2', 2))).toBe(derived);
  expect(of(['roster', '18'], key('k1', 1))).not.toBe(derived);
  expect(of(['roster', '17'], key('k2', 2), key('k1', 1))).not.toBe(derived);
  expect(derived).not.toContain(key('k1', 1).key.toString('hex'));
});
