/**
 * A roster pull as the lane sees it: which page comes next, and what is kept of one. Each page is a transaction, and
 * where the pull stands is written in the same one: whatever is cut off begins again with the page that was under way.
 */
import { createHash } from 'node:crypto';
import { hot, type Sql } from './database.ts';
import { holdPull, type PullRow } from './roster-rows.ts';
import { rosterSecret } from './roster-secret.ts';
import type { Seal } from './seal.ts';
import { nowRounded } from './take.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import { rosterLists, type RosterItem, type RosterList, type RosterPage } from '../gradebook/roster/items.ts';
import type { RosterFailure, RosterStep } from '../passback/ports/roster-pulls.ts';
import type { Fence } from '../passback/ports/lanes.ts';

/** SISs that delete for good tell nobody: now and then everything is read. */
const FULL_EVERY = `interval '7 days'`;
/** Clocks differ, and an SIS may date a change before it shows it. */
const OVERLAP = `interval '1 hour'`;
/** An SIS that goes on for longer is not counting. */
const MOST_OBJECTS = 5_000_000;
const MOST_ATTEMPTS = 12;

/** When the connection's next step is due; needs $1 (connection). */
export const nextRoster = `(SELECT min(next_attempt_at) FROM roster_pull WHERE connection_id = $1 AND status = 'processing')`;
/** Needs `l` (the lane). */
export const rosterIsDue = `EXISTS (SELECT 1 FROM roster_pull WHERE connection_id = l.connection_id AND status = 'processing' AND next_attempt_at <= now())`;

export async function rosterDue(sql: Sql, fence: Fence, seal: Seal): Promise<RosterStep | null> {
  const [next] = await sql.rows<{ id: string }>(
    hot(
      `SELECT id FROM roster_pull WHERE connection_id = $1 AND status = 'processing' AND next_attempt_at <= ${nowRounded} ORDER BY created_at LIMIT 1`,
    ),
    [fence.connectionId],
  );
  const held = next && (await holdPull(sql, fence, next.id));
  if (!held) return null;
  const { secret, print } = rosterSecret(seal, fence.connectionId);
  const begun = held.whole !== null && held.basis?.endsWith(`:${print}`) === true;
  const pull = begun ? held : await begin(sql, held, print);
  if (pull.phase === 'matching' || pull.phase === 'creating') return { do: 'match', pullId: pull.id };
  const { phase: list, received: offset, since } = pull;
  // periods are looked up by their terms, so all of them are needed; there are few
  const asked = list === 'academicSessions' ? null : since;
  const lastPage = pull.last_page?.size ?? null;
  return { do: 'read', pullId: pull.id, list, offset, since: asked, lastPage, secret };
}

/**
 * What changed is enough where an earlier pull has read everything there is, from the same place and not long ago, and
 * what is kept was hashed with the key of today all the while. One whose key was changed while it ran begins again.
 */
async function begin(sql: Sql, pull: PullRow, print: string): Promise<PullRow> {
  const [row] = await sql.rows<PullRow>(
    `WITH k AS (SELECT id || ':' || revision || ':' || $4 AS basis FROM connection WHERE id = $2),
     before AS (
       SELECT p.begun_at FROM roster_pull p, k WHERE p.connection_id = $2 AND p.basis = k.basis AND p.status IN ('complete', 'completeWithProblems')
        ORDER BY p.begun_at DESC LIMIT 1),
     all_of_it AS (
       SELECT 1 FROM roster_pull p, k WHERE p.connection_id = $2 AND p.basis = k.basis AND p.status IN ('complete', 'completeWithProblems')
          AND p.whole AND NOT p.partial && ARRAY['classes', 'enrollments', 'users'] AND p.begun_at > now() - ${FULL_EVERY}
          AND NOT EXISTS (SELECT 1 FROM roster_pull o WHERE o.connection_id = $2 AND o.basis <> k.basis AND o.begun_at > p.begun_at) LIMIT 1),
     since AS (SELECT CASE WHEN NOT $3 AND EXISTS (SELECT 1 FROM all_of_it) AND EXISTS (SELECT 1 FROM roster_record WHERE connection_id = $2)
                           THEN (SELECT begun_at FROM before) - ${OVERLAP} END AS at)
     UPDATE roster_pull SET whole = since.at IS NULL, since = since.at, basis = k.basis, begun_at = now(),
            phase = 'academicSessions', received = 0, last_page = NULL, after_id = NULL, counts = '{}', partial = '{}' FROM since, k
      WHERE roster_pull.id = $1 RETURNING roster_pull.*`,
    [pull.id, pull.connection_id, pull.asked_full, print],
  );
  if (!row) throw new Error('the connection of a roster pull is gone');
  await sql.rows(`DELETE FROM roster_unmatched WHERE pull_id = $1`, [row.id]);
  // what another SIS had, or this one at another address, says nothing of what this one has
  if (row.whole)
    await sql.rows(
      `DELETE FROM roster_record r WHERE connection_id = $1 AND NOT EXISTS (SELECT 1 FROM roster_pull p WHERE p.id = r.pull_id AND p.basis = $2)`,
      [row.connection_id, row.basis],
    );
  return row;
}

export async function keepRosterPage(
  sql: Sql,
  fence: Fence,
  step: Extract<RosterStep, { do: 'read' }>,
  page: RosterPage,
): Promise<void> {
  const pull = await holdPull(sql, fence, step.pullId);
  if (!pull || pull.phase !== step.list || pull.received !== step.offset) return;
  await keep(sql, pull, step.list, page.items);
  const hash = createHash('sha256')
    .update(JSON.stringify(page.items.map((i) => i.sourcedId)))
    .digest('hex');
  const again = page.received > 0 && pull.last_page?.hash === hash;
  const received = pull.received + (again ? 0 : page.received);
  const ended = page.pastEnd || page.received === 0 || again || received > MOST_OBJECTS;
  const read = { ...zero.read, ...pull.counts.read };
  const counts = {
    ...pull.counts,
    read: { ...read, [step.list]: received, pages: read.pages + 1 },
  };
  if (!ended) return write(sql, pull, { received, lastPage: { hash, size: page.received }, counts });
  // the same page again: the SIS knows no offset, and the rest of a full page is not known
  const cut = again && page.total === null && !isShort(pull);
  const whole = received <= MOST_OBJECTS && received >= (page.total ?? 0) && !cut;
  const missing = pull.whole && whole ? await forgetUnseen(sql, pull, step.list) : null;
  const partial = whole && missing === null ? pull.partial : [...pull.partial, step.list];
  const phase = rosterLists[rosterLists.indexOf(step.list) + 1] ?? 'matching';
  await write(sql, pull, { phase, received: 0, lastPage: null, counts, partial, reason: missing });
}

/** A page as large as no SIS would cut one that small. */
const isShort = (pull: PullRow) => (pull.last_page?.size ?? 0) < 50;

async function write(
  sql: Sql,
  pull: PullRow,
  now: {
    phase?: PullRow['phase'];
    received: number;
    lastPage: PullRow['last_page'];
    counts: PullRow['counts'];
    partial?: string[];
    reason?: Reason | null;
  },
): Promise<void> {
  await sql.rows(
    `UPDATE roster_pull SET phase = $2, received = $3, last_page = $4, counts = $5, partial = $6, reason = coalesce($7, CASE WHEN attempts = 0 THEN reason END),
            attempts = 0, next_attempt_at = now() WHERE id = $1`,
    [
      pull.id,
      now.phase ?? pull.phase,
      now.received,
      now.lastPage === null ? null : JSON.stringify(now.lastPage),
      JSON.stringify(now.counts),
      now.partial ?? pull.partial,
      now.reason ? JSON.stringify(now.reason) : null,
    ],
  );
}

const zero = { read: { academicSessions: 0, classes: 0, enrollments: 0, users: 0, pages: 0 } };

async function keep(sql: Sql, pull: PullRow, list: RosterList, all: RosterItem[]): Promise<void> {
  // an object that a page names twice is as it was named last
  const items = [...new Map(all.map((item) => [item.sourcedId, item])).values()];
  const there = items.filter((item) => item.record !== null);
  const field = (name: string) =>
    there.map((item) => {
      const value = (item.record as unknown as Record<string, unknown>)[name];
      return typeof value === 'string' ? value : null;
    });
  await sql.rows(
    `INSERT INTO roster_record (connection_id, kind, sourced_id, class_sourced_id, user_sourced_id, class_code, record, pull_id)
     SELECT $1, $2, u.*, $3 FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[]) u
     ON CONFLICT (connection_id, kind, sourced_id) DO UPDATE SET class_sourced_id = excluded.class_sourced_id,
       user_sourced_id = excluded.user_sourced_id, class_code = excluded.class_code, record = excluded.record, pull_id = excluded.pull_id`,
    [
      pull.connection_id,
      list,
      pull.id,
      there.map((item) => item.sourcedId),
      list === 'enrollments' ? field('class') : there.map(() => null),
      list === 'enrollments' ? field('user') : there.map(() => null),
      list === 'classes' ? field('code') : there.map(() => null),
      there.map((item) => JSON.stringify(item.record)),
    ],
  );
  await sql.rows(
    `DELETE FROM roster_record WHERE connection_id = $1 AND kind = $2 AND sourced_id = ANY($3)`,
    [pull.connection_id, list, items.filter((item) => item.record === null).map((item) => item.sourcedId)],
  );
}

/** What the whole list does not have is gone; if that is much, it is rather the list that is wrong. */
async function forgetUnseen(sql: Sql, pull: PullRow, list: RosterList): Promise<Reason | null> {
  const where = `connection_id = $1 AND kind = $2 AND pull_id <> $3`;
  const [known] = await sql.rows<{ all: number; unseen: number }>(
    `SELECT count(*)::int AS all, (count(*) FILTER (WHERE ${where}))::int AS unseen FROM roster_record WHERE connection_id = $1 AND kind = $2`,
    [pull.connection_id, list, pull.id],
  );
  const { all = 0, unseen = 0 } = known ?? {};
  if (unseen > 5 && unseen * 5 > all && !pull.confirmed)
    return { code: 'ROSTER_SHRUNK', params: { list: words[list], missing: unseen, known: all } };
  await sql.rows(`DELETE FROM roster_record WHERE ${where}`, [pull.connection_id, list, pull.id]);
  return null;
}
const words: Record<RosterList, string> = {
  academicSessions: 'terms and grading periods',
  classes: 'classes',
  enrollments: 'enrollments',
  users: 'students',
};

export async function rosterUnread(
  sql: Sql,
  fence: Fence,
  step: RosterStep,
  { reason, refused, status, waitMs }: RosterFailure,
): Promise<void> {
  const pull = await holdPull(sql, fence, step.pullId);
  if (!pull) return;
  if (refused && step.do === 'read') {
    // it knows no filter, or not this one: then everything is read
    if (step.since && (status === 400 || status === 422))
      return void (await sql.rows(
        `UPDATE roster_pull SET whole = true, since = NULL, phase = 'academicSessions', received = 0, last_page = NULL, counts = '{}', partial = '{}', next_attempt_at = now() WHERE id = $1`,
        [pull.id],
      ));
    // classes can do without grading periods, as far as a pull is concerned
    if (step.list === 'academicSessions')
      return void (await sql.rows(
        `UPDATE roster_pull SET phase = 'classes', received = 0, last_page = NULL, partial = array_append(partial, 'academicSessions'), next_attempt_at = now() WHERE id = $1`,
        [pull.id],
      ));
  }
  const over = refused || pull.attempts + 1 >= MOST_ATTEMPTS;
  await sql.rows(
    `UPDATE roster_pull SET reason = $2, attempts = attempts + 1, status = CASE WHEN $3 THEN 'failed' ELSE status END, finished_at = CASE WHEN $3 THEN now() END,
            next_attempt_at = now() + least(greatest($4, 1000 * power(2, attempts)), 3600000) * interval '1 millisecond' WHERE id = $1`,
    [pull.id, JSON.stringify(reason), over, waitMs],
  );
}
