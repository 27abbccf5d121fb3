/** The students of one class against those whom the SIS has in it. The caller holds the class. */
import type { Sql } from './database.ts';
import { wakeLanes } from './duty.ts';
import type { ClassRow, PullRow, StudentCounts, Unmatched } from './roster-rows.ts';
import { replanOf, replanShared, tooManyLeave } from './students.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { fill, own, type FromSis } from '../gradebook/roster/fill.ts';
import type { RosterSecret, SisUser } from '../gradebook/roster/items.ts';
import { matchRoster, type OurStudent } from '../gradebook/roster/match.ts';

interface Ours extends OurStudent {
  sourcedId: string | null;
  customId: string | null;
  givenName: string | null;
  familyName: string | null;
  fromSis: FromSis | null;
  filled: string[];
}
type Theirs = SisUser & { sourcedId: string; known: boolean };
interface Write {
  id: string | null;
  key: string;
  value: Pick<Ours, 'sourcedId' | 'customId' | 'givenName' | 'familyName'>;
  active: boolean;
  fromSis: FromSis;
  filled: string[];
  /** it has a say in what is sent */
  replan: boolean;
}

export async function matchStudents(
  sql: Sql,
  pull: PullRow,
  cls: ClassRow,
  { sourcedId: classSourcedId, secret }: { sourcedId: string; secret: RosterSecret },
): Promise<{ counts: StudentCounts; unmatched: Unmatched[] }> {
  const ours = await readOurs(sql, cls);
  const theirs = await readTheirs(sql, pull, classSourcedId);
  const { matched, unmatched, left, fresh } = matchRoster(ours, theirs, { sameIds: cls.create, secret });
  const told: Unmatched[] = unmatched.map(({ ours: student, code, candidates }) => ({
    ...{ kind: 'student', sourcedId: student?.sisId ?? null, studentKey: student?.key ?? null, candidates },
    reason: { code },
  }));
  const writes = matched.flatMap(({ ours: student, theirs: user }) => changeOf(cls, student, user));
  const made: Write[] = [];
  const keys = new Set(ours.map(({ key }) => key));
  for (const user of fresh) {
    const free = !keys.has(user.sourcedId) && !/^\.{1,2}$/.test(user.sourcedId);
    if (cls.create && free && user.known) made.push(newOne(cls, user));
    else told.push(onlyThere(user, cls.create && user.known ? 'ROSTER_ID_TAKEN' : 'ROSTER_ONLY_IN_SIS'));
  }
  const active = ours.filter((student) => student.active).length;
  const suspicious = left.length > 0 && (theirs.length === 0 || tooManyLeave(left.length, active));
  const leaving = suspicious && !pull.confirmed ? [] : left;
  if (leaving.length < left.length)
    told.push({
      ...{ kind: 'class', sourcedId: classSourcedId, studentKey: null, candidates: 0 },
      reason: { code: 'ROSTER_MANY_LEAVE', params: { leaving: left.length, active } },
    });
  if (!pull.dry_run) await write(sql, pull, cls, [...writes, ...made], leaving);
  return {
    counts: {
      linked: matched.length + made.length,
      filled: writes.length,
      created: made.length,
      deactivated: leaving.length,
    },
    unmatched: told,
  };
}

const onlyThere = (user: Theirs, code: Reason['code']): Unmatched => ({
  ...{ kind: 'student', sourcedId: user.sourcedId, studentKey: null, candidates: 0 },
  reason: { code },
});

async function readOurs(sql: Sql, cls: ClassRow): Promise<Ours[]> {
  const rows = await sql.rows<Omit<Ours, 'sisId' | 'given' | 'filled'> & { filled: string[] | null }>(
    `SELECT id, key, sourced_id AS "sourcedId", custom_id AS "customId", given_name AS "givenName", family_name AS "familyName",
            identifier, email, active, by_pull AS "byPull", from_sis AS "fromSis", filled FROM student WHERE class_id = $1 ORDER BY id`,
    [cls.id],
  );
  return rows.map((row) => {
    const filled = row.filled ?? [];
    const sisId = row[idField(cls)];
    return { ...row, filled, sisId, given: sisId !== null && !filled.includes(idField(cls)) };
  });
}

/** Whom the SIS does not list as a student it may have enrolled all the same: then only his id is known. */
async function readTheirs(sql: Sql, pull: PullRow, classSourcedId: string): Promise<Theirs[]> {
  const rows = await sql.rows<{ sourced_id: string; record: SisUser | null }>(
    `SELECT DISTINCT ON (e.user_sourced_id) e.user_sourced_id AS sourced_id, u.record
       FROM roster_record e LEFT JOIN roster_record u ON u.connection_id = e.connection_id AND u.kind = 'users' AND u.sourced_id = e.user_sourced_id
      WHERE e.connection_id = $1 AND e.kind = 'enrollments' AND e.class_sourced_id = $2
        AND (e.record->>'endDate' IS NULL OR e.record->>'endDate' > (now() - interval '1 day')::date::text)
      ORDER BY e.user_sourced_id`,
    [pull.connection_id, classSourcedId],
  );
  const nobody: SisUser = { givenName: null, familyName: null, identifiers: [], email: null };
  return rows.map(({ sourced_id, record }) => ({
    ...(record ?? nobody),
    ...{ sourcedId: sourced_id, known: record !== null },
  }));
}

const idField = (cls: ClassRow) => (cls.custom_ids ? 'customId' : 'sourcedId');
const names = ({ givenName, familyName }: SisUser): FromSis => ({
  ...(givenName === null ? {} : { givenName }),
  ...(familyName === null ? {} : { familyName }),
});
const shown = ({ sourcedId, customId, givenName, familyName }: Write['value']) => ({
  ...{ sourcedId, customId, givenName, familyName },
});

/** What the LMS said stands; whom a pull made is there again when the SIS has him again. */
function changeOf(cls: ClassRow, student: Ours, user: Theirs): Write[] {
  const fromSis: FromSis = {
    ...student.fromSis,
    ...(student.given ? {} : { [idField(cls)]: user.sourcedId }),
    ...names(user),
  };
  const { value, filled } = fill(own(shown(student), student.filled), fromSis);
  const active = student.active || student.byPull;
  const before = {
    value: shown(student),
    read: student.fromSis,
    filled: student.filled,
    active: student.active,
  };
  if (canonicalHash(before) === canonicalHash({ value, read: fromSis, filled, active })) return [];
  const replan =
    value.sourcedId !== student.sourcedId || value.customId !== student.customId || active !== student.active;
  return [{ id: student.id, key: student.key, value, active, fromSis, filled, replan }];
}

function newOne(cls: ClassRow, user: Theirs): Write {
  const fromSis: FromSis = { [idField(cls)]: user.sourcedId, ...names(user) };
  const nobody = { sourcedId: null, customId: null, givenName: null, familyName: null };
  const { value, filled } = fill<Write['value']>(nobody, fromSis);
  return { id: null, key: user.sourcedId, value, active: true, fromSis, filled, replan: false };
}

async function write(
  sql: Sql,
  pull: PullRow,
  cls: ClassRow,
  writes: Write[],
  leaving: Ours[],
): Promise<void> {
  if (writes.length + leaving.length === 0) return;
  const fields = (of: Write[]) => [
    of.map(({ key }) => key),
    of.map(({ value }) => value.sourcedId),
    of.map(({ value }) => value.customId),
    of.map(({ value }) => value.givenName),
    of.map(({ value }) => value.familyName),
    of.map(({ active }) => active),
    of.map(({ fromSis }) => JSON.stringify(fromSis)),
    // lists of several lengths are no array of PostgreSQL's
    of.map(({ filled }) => JSON.stringify(filled)),
  ];
  const rows = `unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::jsonb[], $9::jsonb[])
    AS n(key, sourced_id, custom_id, given_name, family_name, active, from_sis, filled)`;
  const filled = `ARRAY(SELECT jsonb_array_elements_text(n.filled))`;
  await sql.rows(
    `UPDATE student s SET sourced_id = n.sourced_id, custom_id = n.custom_id, given_name = n.given_name, family_name = n.family_name,
            active = n.active, from_sis = n.from_sis, filled = ${filled}
       FROM ${rows} WHERE s.class_id = $1 AND s.key = n.key`,
    [cls.id, ...fields(writes.filter(({ id }) => id !== null))],
  );
  await sql.rows(
    `INSERT INTO student (class_id, key, sourced_id, custom_id, given_name, family_name, active, from_sis, filled, by_pull)
     SELECT $1, n.key, n.sourced_id, n.custom_id, n.given_name, n.family_name, n.active, n.from_sis, ${filled}, true FROM ${rows}
     ON CONFLICT (class_id, key) DO NOTHING`,
    [cls.id, ...fields(writes.filter(({ id }) => id === null))],
  );
  const left = leaving.map(({ id }) => id);
  await sql.rows(`UPDATE student SET active = false WHERE id = ANY($1::bigint[])`, [left]);
  await replanOf(sql, [cls.id], [...left, ...writes.flatMap(({ id, replan }) => (replan && id ? [id] : []))]);
  await replanShared(sql, [cls.id]);
  await wakeLanes(sql, [pull.connection_id]);
}
