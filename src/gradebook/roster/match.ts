/**
 * Which of the SIS's students in a class is which of ours. By id; else by identifier; else by e-mail: one and only one
 * on both sides, for a guess would show a child's grades to somebody else. What is not certain is told, not done.
 */
import { matchKey, type RosterSecret, type SisUser } from './items.ts';

export interface OurStudent {
  id: string;
  key: string;
  /** by which the SIS knows him; null: not linked */
  sisId: string | null;
  /** the LMS gave that id; else a pull has found it */
  given: boolean;
  identifier: string | null;
  email: string | null;
  active: boolean;
  /** a pull made him */
  byPull: boolean;
}
export type SisStudent = Pick<SisUser, 'identifiers' | 'email'> & { sourcedId: string };

export interface Match<O, T> {
  ours: O;
  theirs: T;
  how: 'id' | 'identifier' | 'email';
}
export interface Unmatched<O, T> {
  ours: O | null;
  theirs: T | null;
  code: 'ROSTER_STUDENT_AMBIGUOUS' | 'ROSTER_STUDENT_UNKNOWN' | 'ROSTER_NOT_ENROLLED' | 'ROSTER_ONLY_IN_SIS';
  candidates: number;
}
export interface RosterMatch<O, T> {
  matched: Match<O, T>[];
  unmatched: Unmatched<O, T>[];
  /** whom a pull made and who is not there any more */
  left: O[];
  /** whom only the SIS has, and who is certainly none of ours */
  fresh: T[];
}

/** `sameIds`: ours are called as the SIS calls them, where nothing else is said; `secret`: what theirs were hashed with. */
export function matchRoster<O extends OurStudent, T extends SisStudent>(
  ours: readonly O[],
  theirs: readonly T[],
  { sameIds, secret }: { sameIds: boolean; secret: RosterSecret },
): RosterMatch<O, T> {
  const byId = new Map(theirs.map((user) => [user.sourcedId, user]));
  const matched: Match<O, T>[] = [];
  const rest: O[] = [];
  for (const student of ours) {
    const user = student.sisId === null ? undefined : byId.get(student.sisId);
    if (user) matched.push({ ours: student, theirs: user, how: 'id' });
    else rest.push(student);
  }
  const taken = new Set(matched.map(({ theirs: user }) => user.sourcedId));
  const looking = rest.filter((s) => s.active && !s.given && !(s.byPull && s.sisId !== null));
  const found = new Map(
    looking.map((student) => [
      student,
      candidates(student, theirs, sameIds ? byId.get(student.key) : undefined, secret),
    ]),
  );
  /** how many of ours each of theirs could be */
  const claims = new Map<string, number>();
  for (const { all } of found.values())
    for (const user of all) claims.set(user.sourcedId, (claims.get(user.sourcedId) ?? 0) + 1);

  const unmatched: Unmatched<O, T>[] = [];
  for (const student of rest) {
    const by = found.get(student);
    const [only, ...more] = by?.all ?? [];
    if (by && only && more.length === 0 && claims.get(only.sourcedId) === 1 && !taken.has(only.sourcedId))
      matched.push({ ours: student, theirs: only, how: by.how });
    else if (by && only) unmatched.push(about(student, 'ROSTER_STUDENT_AMBIGUOUS', by.all.length));
    else if (student.active && !student.byPull)
      unmatched.push(
        about(student, student.sisId === null ? 'ROSTER_STUDENT_UNKNOWN' : 'ROSTER_NOT_ENROLLED', 0),
      );
  }
  for (const { theirs: user } of matched) taken.add(user.sourcedId);
  const fresh = theirs.filter((user) => !taken.has(user.sourcedId) && !claims.has(user.sourcedId));
  const inClass = new Set(matched.map(({ ours: student }) => student));
  const left = ours.filter(
    (s) => s.byPull && s.active && !inClass.has(s) && (found.get(s)?.all.length ?? 0) === 0,
  );
  return { matched, unmatched, left, fresh };
}

const about = <O, T>(ours: O, code: Unmatched<O, T>['code'], candidates: number): Unmatched<O, T> => ({
  ...{ ours, theirs: null, code, candidates },
});

/** Who he could be; where id, identifier and address name different ones, all of them. */
function candidates<T extends SisStudent>(
  { identifier, email }: OurStudent,
  theirs: readonly T[],
  namesake: T | undefined,
  secret: RosterSecret,
): { all: T[]; how: Match<never, never>['how'] } {
  const number = identifier === null ? null : matchKey('identifier', identifier, secret);
  const address = email === null ? null : matchKey('email', email, secret);
  const numbered = theirs.filter((user) => number !== null && user.identifiers.includes(number));
  const addressed = theirs.filter((user) => address !== null && user.email === address);
  const all = [...new Set([...(namesake ? [namesake] : []), ...numbered, ...addressed])];
  return { all, how: namesake ? 'id' : numbered.length > 0 ? 'identifier' : 'email' };
}
