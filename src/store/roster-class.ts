/** One class of ours against the SIS's: which one it is there, what the LMS left empty, and whose it is. */
import type { Sql } from './database.ts';
import { forgetRead } from './classes.ts';
import { replanClass } from './duty.ts';
import { noStudents, type ClassOutcome, type ClassRow, type PullRow } from './roster-rows.ts';
import { matchStudents } from './roster-students.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { fill, own, type FromSis } from '../gradebook/roster/fill.ts';
import type { RosterSecret, SisClass, SisSession } from '../gradebook/roster/items.ts';
import { periodsOf } from '../gradebook/roster/periods.ts';

/** What all classes of a connection are matched with. */
export interface Known {
  sessions: ReadonlyMap<string, SisSession>;
  secret: RosterSecret;
}

/** The caller holds the class. */
export async function matchClass(
  sql: Sql,
  pull: PullRow,
  cls: ClassRow,
  { sessions, secret }: Known,
): Promise<ClassOutcome> {
  const found = await theirs(sql, pull, cls);
  if ('reason' in found)
    return {
      ...{ linked: false, filled: false, students: noStudents },
      unmatched: [
        {
          kind: 'class',
          sourcedId: null,
          studentKey: null,
          reason: found.reason,
          candidates: found.candidates,
        },
      ],
    };
  const filled = await fillClass(sql, pull, cls, found, sessions);
  const { counts, unmatched } = await matchStudents(sql, pull, cls, { sourcedId: found.sourcedId, secret });
  return { linked: true, filled, students: counts, unmatched };
}

type Theirs = SisClass & { sourcedId: string; given: boolean };

/** By id; else by code, if it is one class on both sides. */
async function theirs(
  sql: Sql,
  pull: PullRow,
  cls: ClassRow,
): Promise<Theirs | { reason: Reason; candidates: number }> {
  const id = cls.custom_ids ? cls.custom_id : cls.sourced_id;
  const named = id ?? (cls.create && cls.class_code === null ? cls.key : null);
  const rows = await sql.rows<{ sourced_id: string; record: SisClass }>(
    `SELECT sourced_id, record FROM roster_record WHERE connection_id = $1 AND kind = 'classes'
        AND CASE WHEN $2::text IS NOT NULL THEN sourced_id = $2
                 ELSE class_code = $3 AND ($4::text IS NULL OR record->>'school' = $4) END LIMIT 20`,
    [pull.connection_id, named, cls.class_code, cls.school_sourced_id],
  );
  const [only, ...more] = rows;
  const params = { class: id ?? cls.class_code ?? cls.key };
  if (!only) return { reason: { code: 'ROSTER_CLASS_UNKNOWN', params }, candidates: 0 };
  if (more.length > 0) return { reason: { code: 'ROSTER_CLASS_AMBIGUOUS', params }, candidates: rows.length };
  const field = cls.custom_ids ? 'customId' : 'sourcedId';
  const given = id !== null && !(cls.filled ?? []).includes(field);
  if (id === null) {
    // another class of ours is that one already, or goes by the same code
    const rivals = await sql.rows(
      `SELECT 1 FROM class c JOIN domain d ON d.id = c.domain_id WHERE d.connection_id = $1 AND c.id <> $2
          AND ($3 = CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END
               OR (c.class_code = $4 AND ($5::text IS NULL OR c.school_sourced_id IS NULL OR c.school_sourced_id = $5))) LIMIT 20`,
      [pull.connection_id, cls.id, only.sourced_id, cls.class_code, cls.school_sourced_id],
    );
    if (rivals.length > 0)
      return { reason: { code: 'ROSTER_CLASS_AMBIGUOUS', params }, candidates: rivals.length + 1 };
  }
  return { ...only.record, sourcedId: only.sourced_id, given };
}

/** Answers whether anything of it changed, or would. */
async function fillClass(
  sql: Sql,
  pull: PullRow,
  cls: ClassRow,
  found: Theirs,
  sessions: ReadonlyMap<string, SisSession>,
): Promise<boolean> {
  const field = cls.custom_ids ? 'customId' : 'sourcedId';
  const periods = periodsOf(found.terms, sessions);
  const fromSis: FromSis = {
    ...cls.from_sis,
    ...(found.given ? {} : { [field]: found.sourcedId }),
    ...(found.school === null ? {} : { schoolSourcedId: found.school }),
    // a list that did not come says nothing of periods
    ...(sessions.size === 0 ? {} : { gradingPeriods: periods }),
  };
  const before = {
    sourcedId: cls.sourced_id,
    customId: cls.custom_id,
    schoolSourcedId: cls.school_sourced_id,
    gradingPeriods: cls.grading_periods,
  };
  const { value, filled } = fill(own(before, cls.filled ?? []), fromSis);
  const title = cls.by_pull && found.title !== '' ? found.title : cls.title;
  const same =
    canonicalHash({ before, title: cls.title, read: cls.from_sis, filled: cls.filled ?? [] }) ===
    canonicalHash({ before: value, title, read: fromSis, filled });
  if (same) return false;
  const shows = canonicalHash({ before, title: cls.title }) !== canonicalHash({ before: value, title });
  if (pull.dry_run) return shows;
  const otherId = value.sourcedId !== before.sourcedId || value.customId !== before.customId;
  await sql.rows(
    `UPDATE class SET sourced_id = $2, custom_id = $3, school_sourced_id = $4, grading_periods = $5, title = $6, from_sis = $7, filled = $8
            ${otherId ? `, ${forgetRead}` : ''} WHERE id = $1`,
    [
      cls.id,
      value.sourcedId,
      value.customId,
      value.schoolSourcedId,
      JSON.stringify(value.gradingPeriods),
      title,
      JSON.stringify(fromSis),
      filled,
    ],
  );
  if (canonicalHash(before) !== canonicalHash(value)) await replanClass(sql, cls.id, pull.connection_id);
  return shows;
}
