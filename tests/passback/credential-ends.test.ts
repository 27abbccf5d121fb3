import { certificateLife, marksPassed, tokenLife } from '../../src/passback/credential-ends.ts';

const DAY_S = 86_400;
const now = new Date('2026-11-02T08:00:00Z');
const at = (days: number) => new Date(now.getTime() + days * DAY_S * 1000);
const jwt = (claims: unknown) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;
const seconds = (date: Date) => date.getTime() / 1000;

test.each([
  ['15 days before its end', 15, []],
  ['13 days before its end', 13, [14]],
  ['a day before its end', 1, [14, 2]],
  ['a day after its end', -1, [14, 2]],
])('what lives for a year is announced at 14 days and at two: %s', (_when, days, marks) => {
  expect(marksPassed({ from: at(days - 365), to: at(days) }, now)).toEqual(marks);
});

test('a token that a machine renews every day is not announced every day', () => {
  expect(marksPassed({ from: now, to: at(1) }, now)).toEqual([]);
  // a week’s is announced at its second last day, and not on its first
  expect(marksPassed({ from: now, to: at(7) }, now)).toEqual([]);
  expect(marksPassed({ from: at(-5.5), to: at(1.5) }, now)).toEqual([2]);
});

test('a credential that does not say since when it lives is announced at both', () => {
  expect(marksPassed({ from: null, to: at(1) }, now)).toEqual([14, 2]);
});

test('a JWT says itself from when and until when it is good', () => {
  const exp = seconds(at(30));
  expect(tokenLife(jwt({ exp, iat: seconds(now) }))).toEqual({ from: now, to: at(30) });
  expect(tokenLife(jwt({ exp, nbf: seconds(now) }))).toEqual({ from: now, to: at(30) });
  expect(tokenLife(jwt({ exp }))).toEqual({ from: null, to: at(30) });
});

test.each([
  ['an opaque token', 'f3b0-opaque'],
  ['one with dots that is no JWT', 'a.b.c'],
  ['one whose claims are no object', jwt(null)],
  ['one without an end', jwt({ iat: 1 })],
  ['an end that is a text', jwt({ exp: '2027' })],
  ['an end beyond any calendar', jwt({ exp: 1e300 })],
])('nothing is known of %s', (_what, token) => {
  expect(tokenLife(token)).toBeNull();
});

test('nothing is known of certificates that cannot be read', () => {
  expect(certificateLife(null)).toBeNull();
  expect(certificateLife('-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----')).toBeNull();
});
