/**
 * What a pull has read, against our classes: one class a transaction, some at a step. Where it stands is written with
 * each, so that nothing is counted or told twice, whatever is cut off.
 */
import type { Database, Sql } from './database.ts';
import { matchClass, type Known } from './roster-class.ts';
import {
  holdClass,
  holdPull,
  inPull,
  noStudents,
  type ClassOutcome,
  type PullRow,
  type Unmatched,
} from './roster-rows.ts';
import { rosterSecret } from './roster-secret.ts';
import type { Seal } from './seal.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import type { SisClass, SisSession } from '../gradebook/roster/items.ts';
import type { Fence } from '../passback/ports/lanes.ts';

/** So many at a step: whatever falls due for the lane goes between. */
const AT_ONCE = 10;

export async function matchRoster(db: Database, seal: Seal, fence: Fence, pullId: string): Promise<void> {
  const [pull] = await db.rows<PullRow>(`SELECT * FROM roster_pull WHERE id = $1 AND status = 'processing'`, [
    pullId,
  ]);
  if (!pull) return;
  const { secret } = rosterSecret(seal, pull.connection_id);
  const known = { sessions: await sessionsOf(db, pull), secret };
  const next = pull.phase === 'creating' ? await nextToMake(db, pull) : await nextToMatch(db, pull);
  for (const id of next)
    await db.transaction((sql) =>
      pull.phase === 'creating'
        ? makeClass(sql, fence, pull.id, id, known)
        : ours(sql, fence, pull.id, id, known),
    );
  if (next.length === 0) await db.transaction((sql) => goOn(sql, fence, pull.id));
}

/** A district has a few dozen of them, and each class may need any. */
async function sessionsOf(sql: Sql, pull: PullRow): Promise<Known['sessions']> {
  const rows = await sql.rows<{ sourced_id: string; record: SisSession }>(
    `SELECT sourced_id, record FROM roster_record WHERE connection_id = $1 AND kind = 'academicSessions' LIMIT 10000`,
    [pull.connection_id],
  );
  return new Map(rows.map((row) => [row.sourced_id, row.record]));
}

async function nextToMatch(sql: Sql, pull: PullRow): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(
    `SELECT c.id FROM domain d JOIN class c ON c.domain_id = d.id WHERE ${inPull} AND c.id > $3 ORDER BY c.id LIMIT ${AT_ONCE}`,
    [pull.connection_id, pull.domain_id, pull.after_id ?? '0'],
  );
  return rows.map((row) => row.id);
}

async function ours(sql: Sql, fence: Fence, pullId: string, id: string, known: Known): Promise<void> {
  const before = await sql.rows<PullRow>(`SELECT * FROM roster_pull WHERE id = $1`, [pullId]);
  const cls = before[0] ? await holdClass(sql, before[0], id) : null;
  const pull = await holdPull(sql, fence, pullId);
  if (pull?.phase !== 'matching' || BigInt(pull.after_id ?? '0') >= BigInt(id)) return;
  const outcome = cls ? await matchClass(sql, pull, cls, known) : null;
  await note(sql, pull, id, cls ? cls.key : null, outcome, false);
}

/** Those of the SIS that none of ours is, in the schools that are meant. */
async function nextToMake(sql: Sql, pull: PullRow): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(
    `SELECT r.sourced_id AS id FROM roster_record r, domain p
      WHERE p.id = $2 AND r.connection_id = $1 AND r.kind = 'classes' AND r.sourced_id > $3
        AND (p.effective->'rosterPull'->'schoolSourcedIds' IS NULL OR p.effective->'rosterPull'->'schoolSourcedIds' ? (r.record->>'school'))
        AND NOT EXISTS (
          SELECT 1 FROM domain d JOIN class c ON c.domain_id = d.id WHERE d.connection_id = $1
             AND (r.sourced_id IN (c.sourced_id, c.custom_id) OR (c.class_code = r.class_code AND c.sourced_id IS NULL AND c.custom_id IS NULL)))
      ORDER BY r.sourced_id LIMIT ${AT_ONCE}`,
    [pull.connection_id, pull.domain_id, pull.after_id ?? ''],
  );
  return rows.map((row) => row.id);
}

async function makeClass(
  sql: Sql,
  fence: Fence,
  pullId: string,
  sourcedId: string,
  known: Known,
): Promise<void> {
  const [asked] = await sql.rows<PullRow>(`SELECT * FROM roster_pull WHERE id = $1`, [pullId]);
  if (!asked) return;
  // as a PUT of this class by the LMS does: the one that comes second sees what the first one made
  await sql.rows(`SELECT pg_advisory_xact_lock(7272, hashtext($1))`, [`${asked.tenant_id} ${sourcedId}`]);
  const [domain] = await sql.rows<{ effective: Partial<EffectiveSettings> }>(
    `SELECT effective FROM domain WHERE id = $1 AND connection_id = $2 FOR SHARE`,
    [asked.domain_id, asked.connection_id],
  );
  const [theirs] = await sql.rows<{ record: SisClass }>(
    `SELECT record FROM roster_record WHERE connection_id = $1 AND kind = 'classes' AND sourced_id = $2`,
    [asked.connection_id, sourcedId],
  );
  const create = domain?.effective.rosterPull?.create ?? false;
  const wanted = create && theirs !== undefined;
  const made = wanted ? await insert(sql, asked, sourcedId, theirs.record, domain) : null;
  const pull = await holdPull(sql, fence, pullId);
  // in the order of the database, which need not be that of JavaScript
  const [is] = await sql.rows<{ next: boolean }>(`SELECT coalesce($1::text, '') < $2::text AS next`, [
    pull?.after_id ?? null,
    sourcedId,
  ]);
  if (pull?.phase !== 'creating' || !is?.next)
    throw new Overtaken('this class has been made by another step');
  if (wanted && made === null) {
    const told: Unmatched = {
      ...{ kind: 'class', sourcedId, studentKey: null, candidates: 0 },
      reason: { code: 'ROSTER_ID_TAKEN' },
    };
    return note(
      sql,
      pull,
      sourcedId,
      null,
      { linked: false, filled: false, students: noStudents, unmatched: [told] },
      false,
    );
  }
  const cls = made === null ? null : await holdClass(sql, pull, made);
  const outcome = cls ? await matchClass(sql, pull, cls, known) : null;
  await note(sql, pull, sourcedId, cls?.key ?? null, outcome, outcome !== null);
  // nothing of what was only looked at stays
  if (made && pull.dry_run) await sql.rows(`DELETE FROM class WHERE id = $1`, [made]);
}

/** Undoes the transaction: somebody else has done its step. */
class Overtaken extends Error {}

/** In the domain that is pulled, named as the SIS names it; null: something else is called so. */
async function insert(
  sql: Sql,
  pull: PullRow,
  sourcedId: string,
  theirs: SisClass,
  domain: { effective: Partial<EffectiveSettings> } | undefined,
): Promise<string | null> {
  const field = domain?.effective.useCustomIds ? 'customId' : 'sourcedId';
  if (/^\.{1,2}$/.test(sourcedId)) return null;
  const [row] = await sql.rows<{ id: string }>(
    `INSERT INTO class (tenant_id, key, domain_id, title, sourced_id, custom_id, from_sis, filled, by_pull)
     VALUES ($1, $2, $3, $4, CASE WHEN $5 = 'sourcedId' THEN $2 END, CASE WHEN $5 = 'customId' THEN $2 END, jsonb_build_object($5::text, $2::text), ARRAY[$5], true)
     ON CONFLICT (tenant_id, key) DO NOTHING RETURNING id`,
    [pull.tenant_id, sourcedId, pull.domain_id, theirs.title || sourcedId, field],
  );
  return row?.id ?? null;
}

/** What came of one class; the next step goes on behind it. */
async function note(
  sql: Sql,
  pull: PullRow,
  after: string,
  classKey: string | null,
  outcome: ClassOutcome | null,
  created: boolean,
): Promise<void> {
  const unmatched = outcome?.unmatched ?? [];
  await sql.rows(
    `INSERT INTO roster_unmatched (pull_id, kind, sourced_id, class_key, student_key, reason, candidates)
     SELECT $1, u.kind, u.sourced_id, $2, u.student_key, u.reason, u.candidates FROM unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::int[]) AS u(kind, sourced_id, student_key, reason, candidates)`,
    [
      pull.id,
      classKey,
      unmatched.map((u) => u.kind),
      unmatched.map((u) => u.sourcedId),
      unmatched.map((u) => u.studentKey),
      unmatched.map((u) => JSON.stringify(u.reason)),
      unmatched.map((u) => u.candidates),
    ],
  );
  const was = { ...noCounts, ...pull.counts };
  const { linked, filled, students } = outcome ?? { linked: false, filled: false, students: noStudents };
  const of = (kind: Unmatched['kind']) => unmatched.filter((u) => u.kind === kind).length;
  const counts = {
    ...pull.counts,
    classes: {
      linked: was.classes.linked + Number(linked),
      filled: was.classes.filled + Number(filled && !created),
      created: was.classes.created + Number(created),
      unmatched: was.classes.unmatched + of('class'),
    },
    students: {
      linked: was.students.linked + students.linked,
      filled: was.students.filled + students.filled,
      created: was.students.created + students.created,
      deactivated: was.students.deactivated + students.deactivated,
      unmatched: was.students.unmatched + of('student'),
    },
  };
  await sql.rows(
    `UPDATE roster_pull SET after_id = $2, counts = $3, attempts = 0, next_attempt_at = now() WHERE id = $1`,
    [pull.id, after, JSON.stringify(counts)],
  );
}
export const noCounts = {
  read: { academicSessions: 0, classes: 0, enrollments: 0, users: 0, pages: 0 },
  classes: { linked: 0, filled: 0, created: 0, unmatched: 0 },
  students: { ...noStudents, unmatched: 0 },
};

/** Nothing is left of this phase: the next one, or the end. */
async function goOn(sql: Sql, fence: Fence, pullId: string): Promise<void> {
  const pull = await holdPull(sql, fence, pullId);
  if (!pull) return;
  const [domain] = await sql.rows<{ create: boolean | null }>(
    `SELECT (effective->'rosterPull'->>'create')::boolean AS create FROM domain WHERE id = $1`,
    [pull.domain_id],
  );
  if (pull.phase === 'matching' && domain?.create)
    return void (await sql.rows(
      `UPDATE roster_pull SET phase = 'creating', after_id = NULL, next_attempt_at = now() WHERE id = $1`,
      [pull.id],
    ));
  const { classes, students } = { ...noCounts, ...pull.counts };
  const problems = classes.unmatched + students.unmatched + pull.partial.length > 0;
  await sql.rows(`UPDATE roster_pull SET status = $2, finished_at = now() WHERE id = $1`, [
    pull.id,
    problems ? 'completeWithProblems' : 'complete',
  ]);
}
