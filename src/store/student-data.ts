/**
 * Everything that is held about one student, to hand it out or to forget it. Ids are unique within a class only, but
 * an LMS uses the same one everywhere: in one domain's subtree an id means one student.
 */
import type { Database, Sql } from './database.ts';
import { goneColumns, letGo, type Gone } from './gone.ts';
import { forgetOfRoster, keptOfRoster } from './roster-student.ts';
import { findDomain } from './scope.ts';
import { forgetBeside, keptBeside, type KeptBeside } from './student-beside.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import { timesOf, type Attempt } from '../passback/attempts.ts';
import { notFound, Refusal } from '../passback/refusal.ts';
import type { Erased, StudentData, StudentName, StudentRecords } from '../passback/ports/student-data.ts';

/** What stands in the history where his id stood: that something was sent stays true, to whom is forgotten. */
export const TOMBSTONE = '(erased)';

interface Enrollment {
  id: string;
  class_id: string;
  class_key: string;
  class_title: string;
  domain_key: string;
  key: string;
  sourced_id: string | null;
  custom_id: string | null;
  given_name: string | null;
  family_name: string | null;
  identifier: string | null;
  email: string | null;
  active: boolean;
  filled: string[] | null;
}
interface Held {
  student_id: string;
  class_key: string;
  line_item_key: string;
  line_item_title: string;
  line_item_sourced_id: string | null;
  score: string | null;
  status: string | null;
  late: boolean;
  posted: boolean;
  comment: string | null;
  score_date: string | null;
  version: number;
  revision: string | null;
  acked: Record<string, unknown> | null;
  acked_version: number;
  acked_at: Date | null;
  verified_at: Date | null;
  last_sent_at: Date | null;
  sourced_id: string | null;
  seen: Record<string, unknown> | null;
  seen_at: Date | null;
  attempt_log: Attempt[];
}
interface Told {
  id: string;
  class_key: string;
  sync_id: string;
  line_item_key: string;
  action: StudentData['history'][number]['action'];
  reason: Reason | null;
  version: number;
  at: Date;
}

export function createStudentData(db: Database): StudentRecords {
  return {
    async data(scope, domainKey, who) {
      const domain = await findDomain(db, scope, domainKey);
      const enrollments = await enrolled(db, domain.id, who);
      const told = await history(db, domain.id, who, enrollments);
      const kept = await keptBeside(db, domain.id, who, enrollments);
      const roster = await keptOfRoster(db, domain.id, who, enrollments);
      if (enrollments.length + told.length + kept.length + roster.copies.length === 0)
        throw notFound('student');
      const held = await results(db, enrollments);
      return {
        studentId: 'studentId' in who ? who.studentId : null,
        sourcedId: 'sourcedId' in who ? who.sourcedId : null,
        enrollments: enrollments.map((e) => ({
          ...enrollmentView(e),
          results: held.filter((r) => r.student_id === e.id).map(resultView),
        })),
        inRosterCopy: roster.copies,
        beforeSyncs: kept
          .filter((k) => k.snapshot_id !== null)
          .map((k) => ({
            classId: k.class_key,
            snapshotId: k.snapshot_id!,
            lineItemId: k.line_item_key,
            held: k.held,
            at: k.at.toISOString(),
          })),
        deleted: kept
          .filter((k) => k.snapshot_id === null)
          .map((k) => ({
            classId: k.class_key,
            lineItemId: k.line_item_key,
            resultSourcedId: k.sourced_id,
            held: k.held,
            at: k.at.toISOString(),
          })),
        history: told.map((t) => ({
          classId: t.class_key,
          syncId: t.sync_id,
          lineItemId: t.line_item_key,
          action: t.action,
          reason: t.reason && explain(t.reason),
          version: t.version,
          at: t.at.toISOString(),
        })),
      };
    },

    erase: (scope, domainKey, who, confirm) =>
      db.transaction(async (sql) => {
        const domain = await findDomain(sql, scope, domainKey);
        await holdClasses(sql, domain.id, who);
        const enrollments = await enrolled(sql, domain.id, who);
        const told = await history(sql, domain.id, who, enrollments);
        const kept = await keptBeside(sql, domain.id, who, enrollments);
        const roster = await keptOfRoster(sql, domain.id, who, enrollments);
        if (enrollments.length + told.length + kept.length + roster.copies.length === 0)
          throw notFound('student');
        const held = await results(sql, enrollments);
        const counts = {
          enrollments: enrollments.length,
          results: held.length,
          historyEntries: told.length,
        };
        if (!confirm)
          throw new Refusal(
            'CONFIRM_NEEDED',
            `This would erase ${counts.enrollments} enrollments, ${counts.results} results and the student’s id in ${counts.historyEntries} entries of the history. If that is meant, send it again with ?confirm=true`,
          );
        await forget(sql, enrollments, told);
        await forgetBeside(sql, kept, enrollments);
        await forgetOfRoster(sql, roster);
        return {
          erased: counts,
          remainsInSis: [
            ...held.filter(wasSent).map(remains),
            ...kept.filter((k) => k.remains).map(remainsDeleted),
          ],
        };
      }),
  };
}

const matches = `($2::text IS NULL OR s.key = $2) AND ($3::text IS NULL OR $3 IN (s.sourced_id, s.custom_id))`;
const named = (who: StudentName) => [
  'studentId' in who ? who.studentId : null,
  'sourcedId' in who ? who.sourcedId : null,
];

/** As when one student is removed: nobody may write his results meanwhile. */
async function holdClasses(sql: Sql, domainId: string, who: StudentName): Promise<void> {
  await sql.rows(
    `SELECT c.id FROM class c WHERE c.domain_id IN (SELECT id FROM domain WHERE path @> ARRAY[$1::bigint])
        AND EXISTS (SELECT 1 FROM student s WHERE s.class_id = c.id AND ${matches}) ORDER BY c.id FOR UPDATE`,
    [domainId, ...named(who)],
  );
}

async function enrolled(sql: Sql, domainId: string, who: StudentName): Promise<Enrollment[]> {
  return sql.rows<Enrollment>(
    `SELECT s.id, s.class_id, c.key AS class_key, c.title AS class_title, d.key AS domain_key, s.key, s.sourced_id, s.custom_id,
            s.given_name, s.family_name, s.identifier, s.email, s.active, s.filled
       FROM domain d JOIN class c ON c.domain_id = d.id JOIN student s ON s.class_id = c.id
      WHERE d.path @> ARRAY[$1::bigint] AND ${matches} ORDER BY c.id`,
    [domainId, ...named(who)],
  );
}

async function results(sql: Sql, enrollments: Enrollment[]): Promise<Held[]> {
  return sql.rows<Held>(
    `SELECT r.student_id, c.key AS class_key, l.key AS line_item_key, l.title AS line_item_title, l.sourced_id AS line_item_sourced_id,
            r.score, r.status, r.late, r.posted, r.comment, r.score_date, r.version, r.revision,
            r.acked, r.acked_version, r.acked_at, r.verified_at, r.last_sent_at, r.sourced_id, r.seen, r.seen_at, r.attempt_log
       FROM unnest($1::bigint[], $2::bigint[]) AS e(class_id, student_id) JOIN class c ON c.id = e.class_id
       JOIN line_item l ON l.class_id = c.id JOIN result r ON r.line_item_id = l.id AND r.student_id = e.student_id
      ORDER BY c.id, l.id`,
    [enrollments.map((e) => e.class_id), enrollments.map((e) => e.id)],
  );
}

/** By the LMS's id also of classes that he was taken out of: his id stands in their history still. */
async function history(
  sql: Sql,
  domainId: string,
  who: StudentName,
  enrollments: Enrollment[],
): Promise<Told[]> {
  return sql.rows<Told>(
    `SELECT e.id, c.key AS class_key, y.id AS sync_id, e.line_item_key, e.action, e.reason, e.version, e.at
       FROM domain d JOIN class c ON c.domain_id = d.id JOIN sync y ON y.class_id = c.id JOIN sync_entry e ON e.sync_id = y.id
      WHERE d.path @> ARRAY[$1::bigint] AND (e.student_key = $2
         OR (c.id, e.student_key) IN (SELECT * FROM unnest($3::bigint[], $4::text[])))
      ORDER BY e.id`,
    [
      domainId,
      'studentId' in who ? who.studentId : null,
      enrollments.map((e) => e.class_id),
      enrollments.map((e) => e.key),
    ],
  );
}

/** Nothing is sent for it: a row that waits goes with the others, and the lane drops what it holds of a row that is gone. */
async function forget(sql: Sql, enrollments: Enrollment[], told: Told[]): Promise<void> {
  const gone = await sql.rows<Gone>(
    `DELETE FROM result r USING unnest($1::bigint[], $2::bigint[]) AS e(class_id, student_id), line_item l
      WHERE l.class_id = e.class_id AND r.line_item_id = l.id AND r.student_id = e.student_id RETURNING ${goneColumns('r')}`,
    [enrollments.map((e) => e.class_id), enrollments.map((e) => e.id)],
  );
  await sql.rows(`DELETE FROM student WHERE id = ANY($1::bigint[])`, [enrollments.map((e) => e.id)]);
  // a reason's words may quote the SIS, and the SIS may have said his name
  await sql.rows(
    `UPDATE sync_entry SET student_key = $2, reason = CASE WHEN reason IS NOT NULL THEN jsonb_build_object('code', reason->'code') END
      WHERE id = ANY($1::bigint[])`,
    [told.map((t) => t.id), TOMBSTONE],
  );
  await letGo(sql, gone);
}

const wasSent = (r: Held) => r.acked_version > 0 || r.last_sent_at !== null;
const time = (at: Date | null) => at?.toISOString() ?? null;

const remains = (r: Held): Erased['remainsInSis'][number] => ({
  classId: r.class_key,
  lineItemId: r.line_item_key,
  lineItemSourcedId: r.line_item_sourced_id,
  resultSourcedId: r.sourced_id,
  lastSentAt: time(r.last_sent_at),
});

/** It was deleted here, and not yet there: its deletion is forgotten with him. */
const remainsDeleted = (k: KeptBeside): Erased['remainsInSis'][number] => ({
  classId: k.class_key,
  lineItemId: k.line_item_key,
  lineItemSourcedId: null,
  resultSourcedId: k.sourced_id,
  lastSentAt: null,
});

function enrollmentView(e: Enrollment): Omit<StudentData['enrollments'][number], 'results'> {
  return {
    classId: e.class_key,
    domainId: e.domain_key,
    classTitle: e.class_title,
    student: {
      studentId: e.key,
      sourcedId: e.sourced_id,
      customId: e.custom_id,
      givenName: e.given_name,
      familyName: e.family_name,
      identifier: e.identifier,
      email: e.email,
      active: e.active,
      fromSis: e.filled ?? [],
    },
  };
}

function resultView(r: Held): StudentData['enrollments'][number]['results'][number] {
  return {
    lineItemId: r.line_item_key,
    lineItemTitle: r.line_item_title,
    desired: {
      score: r.score === null ? null : Number(r.score),
      status: r.status,
      late: r.late,
      posted: r.posted,
      comment: r.comment,
      scoreDate: r.score_date,
      version: r.version,
      revision: r.revision === null ? null : Number(r.revision),
    },
    acknowledged: r.acked ? { ...r.acked, version: r.acked_version } : null,
    lastSentAt: time(r.last_sent_at),
    acknowledgedAt: time(r.acked_at),
    verifiedAt: time(r.verified_at),
    resultSourcedId: r.sourced_id,
    seen: r.seen && Object.keys(r.seen).length > 0 ? r.seen : null,
    seenAt: time(r.seen_at),
    tries: r.attempt_log.map((a) => ({
      ...{ at: new Date(a.at).toISOString(), times: timesOf(a), version: a.version, outcome: a.how },
      code: a.code ?? null,
    })),
  };
}
