import fc from 'fast-check';
import { matchKey } from '../../../src/gradebook/roster/items.ts';
import { matchRoster, type OurStudent, type SisStudent } from '../../../src/gradebook/roster/match.ts';

const secret = Buffer.alloc(32, 1);
const our = (key: string, more: Partial<OurStudent> = {}): OurStudent => ({
  ...{ id: key, key, sisId: null, given: false, identifier: null, email: null, active: true, byPull: false },
  ...more,
});
const their = (sourcedId: string, numbers: string[] = [], email: string | null = null): SisStudent => ({
  sourcedId,
  identifiers: numbers.map((number) => matchKey('identifier', number, secret)!),
  email: email === null ? null : matchKey('email', email, secret),
});
const told = (ours: OurStudent[], theirs: SisStudent[], sameIds = false) => {
  const { matched, unmatched, left, fresh } = matchRoster(ours, theirs, { sameIds, secret });
  return {
    matched: matched.map((m) => `${m.ours.key}=${m.theirs.sourcedId} by ${m.how}`),
    unmatched: unmatched.map((u) => `${u.ours?.key} ${u.code.replace('ROSTER_', '')} ${u.candidates}`),
    left: left.map((s) => s.key),
    fresh: fresh.map((s) => s.sourcedId),
  };
};

test('by id; else by number; else by address', () => {
  expect(
    told(
      [our('a', { sisId: 'A', given: true }), our('b', { identifier: '2' }), our('c', { email: 'C@x.org ' })],
      [their('A', ['2-old']), their('B', ['1', '2']), their('C', [], 'c@X.org'), their('D')],
    ),
  ).toEqual({
    ...{ matched: ['a=A by id', 'b=B by identifier', 'c=C by email'], unmatched: [], left: [] },
    fresh: ['D'],
  });
});

test.each([
  ['two there have the number', [our('a', { identifier: '1' })], [their('A', ['1']), their('B', ['1'])], 2],
  [
    'number and address name different ones',
    [our('a', { identifier: '1', email: 'b@x' })],
    [their('A', ['1']), their('B', [], 'b@x')],
    2,
  ],
  [
    'another of ours is that one',
    [our('a', { identifier: '1' }), our('z', { sisId: 'A', given: true })],
    [their('A', ['1'])],
    1,
  ],
])('nobody is guessed where %s, and nobody is made of them', (_why, ours, theirs, candidates) => {
  const { matched, unmatched, fresh } = told(ours, theirs);
  expect(matched.filter((m) => m.startsWith('a='))).toEqual([]);
  expect(unmatched).toEqual([`a STUDENT_AMBIGUOUS ${candidates}`]);
  expect(fresh).toEqual([]);
});

test('two of ours with one number are both left alone', () => {
  expect(
    told([our('a', { identifier: '1' }), our('b', { email: 'a@x' })], [their('A', ['1'], 'a@x')]),
  ).toMatchObject({
    matched: [],
    unmatched: ['a STUDENT_AMBIGUOUS 1', 'b STUDENT_AMBIGUOUS 1'],
    fresh: [],
  });
});

test('the id of the LMS means something only where it is said to be that of the SIS', () => {
  expect(told([our('A')], [their('A')])).toMatchObject({ matched: [], unmatched: ['A STUDENT_UNKNOWN 0'] });
  expect(told([our('A')], [their('A')], true)).toMatchObject({ matched: ['A=A by id'] });
  // unless something else says otherwise
  expect(told([our('A', { identifier: '2' })], [their('A'), their('B', ['2'])], true)).toMatchObject({
    unmatched: ['A STUDENT_AMBIGUOUS 2'],
  });
});

test('who is not there: of the LMS’s it is told, of our own making they leave', () => {
  const gone = { sisId: 'X', given: true };
  expect(
    told([our('a', gone), our('b', { ...gone, active: false }), our('c', { sisId: 'Y', byPull: true })], []),
  ).toEqual({ matched: [], unmatched: ['a NOT_ENROLLED 0'], left: ['c'], fresh: [] });
  // an id that a pull had found is looked for anew: the SIS has given him another one
  expect(told([our('a', { sisId: 'old', identifier: '1' })], [their('new', ['1'])])).toMatchObject({
    matched: ['a=new by identifier'],
  });
});

test('property: one of theirs is never two of ours but by the ids that the LMS gave', () => {
  const small = fc.constantFrom('1', '2', '3');
  const maybe = fc.option(small, { nil: null });
  const ours = fc.uniqueArray(
    fc.record({
      key: fc.constantFrom('1', '2', '3', 'a', 'b', 'c', 'd'),
      sisId: maybe,
      given: fc.boolean(),
      identifier: maybe,
      email: maybe,
      active: fc.boolean(),
      byPull: fc.boolean(),
    }),
    { selector: (s) => s.key, maxLength: 6 },
  );
  const theirs = fc.uniqueArray(fc.tuple(small, fc.array(small, { maxLength: 2 }), maybe), {
    selector: ([id]) => id,
  });
  fc.assert(
    fc.property(ours, theirs, fc.boolean(), (some, others, sameIds) => {
      const students = some.map((s) => our(s.key, { ...s, id: s.key, given: s.given && s.sisId !== null }));
      const users = others.map(([id, numbers, email]) => their(id, numbers, email));
      const { matched, unmatched, left, fresh } = matchRoster(students, users, { sameIds, secret });
      for (const { ours: student, theirs: user, how } of matched) {
        const same = matched.filter((m) => m.theirs === user);
        if (student.sisId === user.sourcedId) continue;
        expect(same).toHaveLength(1);
        // nothing that he says of himself names anybody else
        const number = student.identifier && matchKey('identifier', student.identifier, secret);
        const address = student.email && matchKey('email', student.email, secret);
        const could = users.filter(
          (u) =>
            (number && u.identifiers.includes(number)) ||
            (address && u.email === address) ||
            (sameIds && u.sourcedId === student.key),
        );
        expect([how, could]).toEqual([how, [user]]);
        expect(student.given).toBe(false);
      }
      const known = new Set(matched.map((m) => m.theirs));
      expect(fresh.filter((user) => known.has(user))).toEqual([]);
      // everybody of ours who is active comes out once
      const out = [...matched.map((m) => m.ours), ...unmatched.map((u) => u.ours), ...left];
      expect(new Set(out).size).toBe(out.length);
      for (const s of students.filter((s) => s.active)) expect(out).toContain(s);
    }),
    { numRuns: 500 },
  );
});
