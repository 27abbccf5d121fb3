import { createHash } from 'node:crypto';
import { matchKey, rosterItem, type SisSession } from '../../../src/gradebook/roster/items.ts';
import { fill, own, putOver } from '../../../src/gradebook/roster/fill.ts';
import { periodsOf } from '../../../src/gradebook/roster/periods.ts';

const secret = Buffer.alloc(32, 1);
const base = { sourcedId: 'x', status: 'active', dateLastModified: '2026-01-01T00:00:00Z' };

test('of a user names stay, and hashes of what finds him', () => {
  const user = { ...base, givenName: ' Ann ', familyName: '', email: 'A@x.org', identifier: 12, roles: [] };
  const { record } = rosterItem('users', { ...user, userIds: [{ type: 'SIS', identifier: '34' }] }, secret)!;
  expect(record).toEqual({
    ...{ givenName: 'Ann', familyName: null, email: matchKey('email', 'a@X.ORG', secret) },
    identifiers: [matchKey('identifier', '12', secret), matchKey('identifier', ' 34', secret)],
  });
  expect(JSON.stringify(record)).not.toMatch(/x\.org|34"/);
});

test('whoever has not the secret cannot find an identifier by trying', () => {
  const of = (key: Buffer) => matchKey('identifier', '34', key);
  expect(of(secret)).toBe(of(Buffer.from(secret)));
  expect(of(Buffer.alloc(32, 2))).not.toBe(of(secret));
  const plain = ['identifier 34', '34'].map((text) => createHash('sha256').update(text).digest('base64url'));
  expect(plain).not.toContain(of(secret));
});

test('what is gone, and who is no student, has no record; what has no id is nothing', () => {
  const enrollment = { ...base, class: { sourcedId: 'c' }, user: { sourcedId: 'u' }, role: 'student' };
  expect(rosterItem('enrollments', enrollment, secret)?.record).toEqual({
    class: 'c',
    user: 'u',
    endDate: null,
  });
  expect(rosterItem('enrollments', { ...enrollment, status: 'tobedeleted' }, secret)?.record).toBeNull();
  expect(rosterItem('enrollments', { ...enrollment, role: 'teacher' }, secret)?.record).toBeNull();
  expect(rosterItem('classes', { ...base, sourcedId: 7, terms: { sourcedId: 't' } }, secret)).toMatchObject({
    ...{ sourcedId: '7', record: { terms: ['t'], code: null } },
  });
  for (const strange of [null, 7, [], {}, { sourcedId: '' }, { sourcedId: 'x'.repeat(256) }])
    expect(rosterItem('users', strange, secret)).toBeNull();
});

const session = (type: string, startDate: string, endDate: string, parent: string | null): SisSession => ({
  ...{ title: '', type, startDate, endDate, parent, children: [] },
});
const days = (sessions: Record<string, SisSession>, terms = ['year']) =>
  periodsOf(terms, new Map(Object.entries(sessions))).map(
    (p) => `${p.sourcedId} ${p.startDate}–${p.endDate}`,
  );

test('the end date of a period is excluded by the specification, and included where the next one tells', () => {
  const year = session('term', '2026-08-01', '2027-06-15', null);
  const q1 = (end: string) => session('gradingPeriod', '2026-08-01', end, 'year');
  const q2 = session('gradingPeriod', '2027-01-01', '2027-06-15', 'year');
  expect(days({ year, q1: q1('2027-01-01'), q2 })).toEqual([
    ...['q1 2026-08-01–2026-12-31', 'q2 2027-01-01–2027-06-14'],
  ]);
  expect(days({ year, q1: q1('2026-12-31'), q2 })).toEqual([
    ...['q1 2026-08-01–2026-12-31', 'q2 2027-01-01–2027-06-15'],
  ]);
});

test('periods lie anywhere below the terms of the class; an SIS that goes in circles comes to an end', () => {
  const a = { ...session('semester', '2026-08-01', '2027-01-01', 'year'), children: ['q', 'a'] };
  const year = { ...session('schoolYear', '2026-08-01', '2027-06-15', 'a'), children: ['a', 'nobody'] };
  const q = session('gradingPeriod', '2026-08-01', '2026-10-01', null);
  const other = session('gradingPeriod', '2026-08-01', '2026-10-01', 'elsewhere');
  expect(days({ year, a, q, other })).toEqual(['q 2026-08-01–2026-09-30']);
  expect(days({ year, a, q, other }, ['nowhere'])).toEqual([]);
});

test('a field that the LMS gives is its own; one that it leaves empty is filled', () => {
  const read = { sourcedId: 'X', givenName: 'Ann', gradingPeriods: [1] };
  const given = { sourcedId: null, givenName: 'Annie', familyName: null, gradingPeriods: [] as number[] };
  expect(fill(given, read)).toEqual({
    value: { sourcedId: 'X', givenName: 'Annie', familyName: null, gradingPeriods: [1] },
    filled: ['gradingPeriods', 'sourcedId'],
  });
  const { value, filled } = fill(given, read);
  expect(own(value, filled)).toEqual(given);
});

test('a PUT keeps what was read, unless it makes it somebody else', () => {
  const fromSis = { sourcedId: 'X', givenName: 'Ann' };
  const stored = { sourcedId: 'X', customId: null, fromSis };
  const put = (more: object) =>
    putOver({ sourcedId: null, customId: null, givenName: null, ...more }, stored);
  expect(put({})).toEqual({
    ...{ value: { sourcedId: 'X', customId: null, givenName: 'Ann' }, fromSis },
    filled: ['givenName', 'sourcedId'],
  });
  expect(put({ sourcedId: 'X' }).filled).toEqual(['givenName']);
  expect(put({ sourcedId: 'Y' })).toMatchObject({ value: { givenName: null }, fromSis: null, filled: [] });
  // the LMS had given the id itself, and takes it back
  const ofLms = { ...stored, fromSis: { givenName: 'Ann' } };
  expect(putOver({ sourcedId: null, customId: null, givenName: null }, ofLms)).toMatchObject({
    fromSis: null,
  });
});
