/**
 * Scores in: one statement for many rows (DESIGN §4). Requests that wait together share one; a batch has its own.
 * Answers after the commit, so that what was said to be accepted is on disk.
 */
import { aroundMany, aroundSql, findingsOnArrival, type Around, type Placed } from './arrival.ts';
import { hot, sqlState, type Database, type Hot } from './database.ts';
import { linksWait, relinkResults } from './deletion-plan.ts';
import { autoSql, haltLanes, laterThan, priority, wakeLanes } from './duty.ts';
import type { Finding } from '../gradebook/preflight/finding.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

export interface Cell {
  scope: Scope;
  classKey: string;
  row: ResultRow;
  urgency: 'single' | 'bulk';
}
/** What became of one cell; `missing` names what is not there (for this caller). */
export type Kept =
  | { missing: 'class' | 'lineItem' | 'student' }
  | {
      missing: null;
      version: number;
      due: boolean;
      dirty: boolean;
      older: boolean;
      sending: string;
      /** where it stands; of a single score with what is around it */
      at: Placed & { classId: string; around: Around | null };
    };

interface Row {
  ord: string;
  class_id: string | null;
  line_item_id: string | null;
  student_id: string | null;
  sending: string;
  connection_id: string | null;
  gather_seconds: number;
  dirty: boolean;
  version: number | null;
  due: boolean;
  older: boolean;
  /** a teacher holds back what a lane has taken */
  recall: boolean;
  /** links of deleted scores of the class may come back with these */
  links_wait: boolean;
  around: Around | null;
  acked_version: number;
  linked_to: string | null;
}

const content = ['score', 'status', 'late', 'posted', 'comment', 'score_date'] as const;
const differs = `(${content.map((c) => `r.${c}`).join(', ')}) IS DISTINCT FROM (${content.map((c) => `excluded.${c}`).join(', ')})`;
const ifDiffers = (then: string, otherwise: string) =>
  `CASE WHEN ${differs} THEN ${then} ELSE ${otherwise} END`;

/**
 * The share locks on class and domain keep structure and settings still until the rows are in: without them a row
 * could be written as "not automatic" just after automatic sending was switched on and everything dirty released.
 */
/**
 * By itself and first: the statement below must see the rows as they are once the locks are held. In one statement it
 * would see them as before the wait, and write results of a lineItem that was deleted meanwhile, or miss a class that
 * was moved.
 */
const holdClasses = hot(
  `SELECT 1 FROM class WHERE (tenant_id, key) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) ORDER BY id FOR SHARE`,
);

/** `around`: a single score is told what is known of it before it is sent. */
const statement = (around: boolean) => `
WITH input AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[],
      $8::boolean[], $9::boolean[], $10::text[], $11::text[], $12::bigint[], $13::smallint[])
    WITH ORDINALITY AS i(tenant_id, within_id, class_key, line_item_key, student_key, score, status, late, posted, comment,
      score_date, revision, priority, ord)
), place AS MATERIALIZED (
  SELECT c.id AS class_id, c.tenant_id, c.key, c.domain_id, d.path, d.connection_id, d.sending, d.gather_seconds, ${autoSql} AS auto, ${linksWait} AS links_wait
    FROM class c JOIN domain d ON d.id = c.domain_id
   WHERE (c.tenant_id, c.key) IN (SELECT tenant_id, class_key FROM input)
   ORDER BY c.id FOR SHARE OF c, d
), cell AS MATERIALIZED (
  SELECT i.*, p.class_id, p.domain_id, p.connection_id, p.sending, p.gather_seconds, p.auto, p.links_wait, l.id AS line_item_id, s.id AS student_id
    FROM input i
    LEFT JOIN place p ON p.tenant_id = i.tenant_id AND p.key = i.class_key AND (i.within_id IS NULL OR p.path @> ARRAY[i.within_id])
    LEFT JOIN line_item l ON l.class_id = p.class_id AND l.key = i.line_item_key
    LEFT JOIN student s ON s.class_id = p.class_id AND s.key = i.student_key
), put AS (
  INSERT INTO result AS r (line_item_id, student_id, domain_id, score, status, late, posted, comment, score_date, revision,
      release_n, priority, next_attempt_at)
  SELECT line_item_id, student_id, domain_id, score, status, late, posted, comment, score_date, revision,
      CASE WHEN auto THEN 1 ELSE 0 END, priority, now() + gather_seconds * interval '1 second'
    FROM cell WHERE line_item_id IS NOT NULL AND student_id IS NOT NULL
   ORDER BY line_item_id, student_id
  ON CONFLICT (line_item_id, student_id) DO UPDATE SET
      score = excluded.score, status = excluded.status, late = excluded.late, posted = excluded.posted,
      comment = excluded.comment, score_date = excluded.score_date,
      revision = coalesce(excluded.revision, r.revision),
      version = ${ifDiffers('r.version + 1', 'r.version')},
      version_at = ${ifDiffers(laterThan('r'), 'r.version_at')},
      dirty_n = ${ifDiffers('r.dirty_n + 1', 'r.dirty_n')},
      release_n = ${ifDiffers('CASE WHEN excluded.release_n = 1 THEN r.dirty_n + 1 ELSE r.release_n END', 'r.release_n')},
      priority = CASE WHEN r.release_n > r.clean_n THEN least(r.priority, excluded.priority) ELSE excluded.priority END,
      -- quick edits gather from the first one on, so that a busy teacher is never put off for ever; of what is not released
      -- the instant means nothing, and indexed columns that stay as they are save writing the indexes
      next_attempt_at = CASE WHEN r.release_n > r.clean_n AND (r.attempts = 0 OR NOT ${differs}) THEN r.next_attempt_at
          WHEN r.release_n <= r.clean_n AND excluded.release_n = 0 THEN r.next_attempt_at ELSE excluded.next_attempt_at END,
      attempts = ${ifDiffers('0', 'r.attempts')}
    WHERE (excluded.revision IS NULL OR r.revision IS NULL OR excluded.revision > r.revision)
      AND (${differs} OR excluded.revision IS DISTINCT FROM r.revision)
  RETURNING r.line_item_id, r.student_id, r.version, r.release_n > r.clean_n AS due, r.dirty_n > r.clean_n AS dirty, NOT r.posted AND r.sending_epoch IS NOT NULL AS recall,
    r.acked_version, r.linked_to
)
SELECT cell.ord, cell.class_id, cell.line_item_id, cell.student_id, cell.sending, cell.connection_id, cell.gather_seconds,
       coalesce(put.dirty, was.dirty_n > was.clean_n, true) AS dirty, coalesce(put.version, was.version) AS version,
       coalesce(put.due, was.release_n > was.clean_n, false) AS due,
       put.version IS NULL AND cell.revision IS NOT NULL AND was.revision IS NOT NULL AND cell.revision <= was.revision AS older,
       coalesce(put.recall, false) AS recall, coalesce(cell.links_wait, false) AS links_wait,
       coalesce(put.acked_version, was.acked_version, 0) AS acked_version, coalesce(put.linked_to, was.linked_to) AS linked_to, ${around ? aroundSql : 'NULL'} AS around
  FROM cell LEFT JOIN put USING (line_item_id, student_id)
  -- looked up one by one, and only where nothing was written: with OFFSET, PostgreSQL does not read the table for it instead
  LEFT JOIN LATERAL (SELECT w.version, w.dirty_n, w.clean_n, w.release_n, w.revision, w.acked_version, w.linked_to FROM result w
     WHERE put.version IS NULL AND w.line_item_id = cell.line_item_id AND w.student_id = cell.student_id OFFSET 0) was ON true
  ${around ? 'LEFT JOIN line_item l ON l.id = cell.line_item_id LEFT JOIN student s ON s.id = cell.student_id' : ''}`;
const ofOne = hot(statement(true));
const ofSome = hot(statement(false));
/** The same, planned each time: what is best for ten rows is not for ten thousand. */
const ofMany = statement(false);

/** Keeps all cells that it can, in one transaction; of one cell twice the caller must have chosen one. */
async function write(db: Database, cells: Cell[], text: string | Hot): Promise<Kept[]> {
  const rows = await db.transaction(async (sql) => {
    await sql.rows(holdClasses, [cells.map((c) => c.scope.tenantId), cells.map((c) => c.classKey)]);
    const written = await sql.rows<Row>(text, [
      cells.map((c) => c.scope.tenantId),
      cells.map((c) => c.scope.domainId),
      cells.map((c) => c.classKey),
      cells.map((c) => c.row.lineItemId),
      cells.map((c) => c.row.studentId),
      cells.map((c) => (c.row.score == null ? null : String(c.row.score))),
      cells.map((c) => c.row.status ?? null),
      cells.map((c) => c.row.late),
      cells.map((c) => c.row.posted),
      cells.map((c) => c.row.comment ?? null),
      cells.map((c) => c.row.scoreDate ?? null),
      cells.map((c) => c.row.revision ?? null),
      cells.map((c) => priority[c.urgency]),
    ]);
    const recalled = written.flatMap((row) => (row.recall && row.connection_id ? [row.connection_id] : []));
    await haltLanes(sql, [...new Set(recalled)], 'sameSis');
    const cellsBack = written.flatMap(({ links_wait, line_item_id, student_id }) =>
      links_wait && line_item_id !== null && student_id !== null
        ? [{ lineItemId: line_item_id, studentId: student_id }]
        : [],
    );
    if (cellsBack.length > 0) await relinkResults(sql, cellsBack);
    return written;
  });
  const kept = new Array<Kept>(cells.length);
  const wake = new Map<string, number>();
  for (const row of rows) {
    kept[Number(row.ord) - 1] = keptOf(row);
    if (row.due && row.connection_id && row.sending === 'on')
      wake.set(row.connection_id, Math.min(row.gather_seconds, wake.get(row.connection_id) ?? Infinity));
  }
  // best effort: they are kept, and the sweep finds what a lost wake-up leaves
  for (const [connection, after] of wake) await wakeLanes(db, [connection], after).catch(() => undefined);
  return kept;
}

function keptOf(row: Row): Kept {
  if (row.class_id === null) return { missing: 'class' };
  if (row.line_item_id === null) return { missing: 'lineItem' };
  if (row.student_id === null) return { missing: 'student' };
  return {
    missing: null,
    version: row.version ?? 0,
    due: row.due,
    dirty: row.dirty,
    older: row.older,
    sending: row.sending,
    at: {
      ...{ classId: row.class_id, lineItemId: row.line_item_id, studentId: row.student_id },
      ...{ ackedVersion: row.acked_version, linkedTo: row.linked_to, around: row.around },
    },
  };
}

/** What is known of each before it is sent; nothing of one that was not kept. */
async function findingsOf(db: Database, cells: Cell[], kept: Kept[]): Promise<Finding[][]> {
  const found = kept.map((): Finding[] => []);
  const placed = kept.flatMap((one, index) =>
    one.missing !== null || one.older ? [] : [{ index, row: cells[index]!.row, ...one.at }],
  );
  const own = placed.some(({ around }) => !around) ? await aroundMany(db, placed) : [];
  const arrived = placed.flatMap((one, n) => {
    const around = one.around ?? own[n];
    return around ? [{ ...one, around }] : [];
  });
  const findings = arrived.length > 0 ? await findingsOnArrival(db, arrived) : [];
  arrived.forEach(({ index }, n) => (found[index] = findings[n]!));
  return found;
}

export interface Ingest {
  one(cell: Cell): Promise<Kept & { findings: Finding[] }>;
  many(cells: Cell[]): Promise<(Kept & { findings: Finding[] })[]>;
}

/** More than this in one statement: single scores would make its first callers wait longer than they gain. */
const TOGETHER = 500;

interface Waiting {
  cell: Cell;
  resolve(kept: Kept & { findings: Finding[] }): void;
  reject(error: unknown): void;
}

export function createIngest(db: Database): Ingest {
  let waiting: Waiting[] = [];
  let writing = false;

  async function flush(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const seen = new Set<string>();
      const now: typeof waiting = [];
      const later: typeof waiting = [];
      for (const one of waiting) {
        const { scope, classKey, row } = one.cell;
        const key = JSON.stringify([scope.tenantId, classKey, row.lineItemId, row.studentId]);
        // one statement may touch a row once; the second edit of a cell goes with the next one
        if (seen.has(key) || now.length >= TOGETHER) later.push(one);
        else {
          seen.add(key);
          now.push(one);
        }
      }
      waiting = later;
      await keep(now);
    }
    writing = false;
  }

  async function keep(together: Waiting[]): Promise<void> {
    try {
      const cells = together.map((one) => one.cell);
      const kept = await write(db, cells, ofOne);
      const findings = await findingsOf(db, cells, kept);
      together.forEach((one, index) => one.resolve({ ...kept[index]!, findings: findings[index]! }));
    } catch (error) {
      // a value that PostgreSQL will not have fails the statement: only its own caller shall hear of it
      if (together.length > 1 && sqlState(error)?.startsWith('22'))
        for (const one of together) await keep([one]);
      else for (const one of together) one.reject(error);
    }
  }

  return {
    one: (cell) =>
      new Promise((resolve, reject) => {
        waiting.push({ cell, resolve, reject });
        // the requests that arrive in this turn of the loop go together, those during the write with the next one
        if (!writing) {
          writing = true;
          setImmediate(() => void flush());
        }
      }),
    async many(cells) {
      const kept = await write(db, cells, cells.length <= TOGETHER ? ofSome : ofMany);
      const findings = await findingsOf(db, cells, kept);
      return kept.map((one, index) => ({ ...one, findings: findings[index]! }));
    },
  };
}
