/** The statement that takes scores in, and what it tells of each (DESIGN §4); ingest.ts asks it. */
import { aroundSql, type Around, type Placed } from './arrival.ts';
import { hot, listSql, type Hot } from './database.ts';
import { linksWait } from './deletion-plan.ts';
import { autoSql, laterThan, priority } from './duty.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

export interface Cell {
  scope: Scope;
  classKey: string;
  row: ResultRow;
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
      at: Placed;
    };

/** Of the class: said in the first row of a batch only, whose rows have one class. */
export interface PlaceRow {
  class_id: string | null;
  sending: string;
  connection_id: string | null;
  gather_seconds: number;
  /** links of deleted scores of the class may come back with these */
  links_wait: boolean;
}
export interface Row extends PlaceRow {
  ord: string;
  line_item_id: string | null;
  student_id: string | null;
  version: number | null;
  /** of `bits` */
  flags: number;
  around: Around | null;
  acked_version: number;
  linked_to: string | null;
}
const placeColumns = ['class_id', 'sending', 'connection_id', 'gather_seconds', 'links_wait'] as const;
/** `recall`: a teacher holds back what a lane has taken */
const bits = { dirty: 1, due: 2, older: 4, recall: 8 };
export const is = (row: Row, flag: keyof typeof bits) => (row.flags & bits[flag]) !== 0;

const content = ['score', 'status', 'late', 'posted', 'comment', 'score_date'] as const;
const differs = `(${content.map((c) => `r.${c}`).join(', ')}) IS DISTINCT FROM (${content.map((c) => `excluded.${c}`).join(', ')})`;
const ifDiffers = (then: string, otherwise: string) =>
  `CASE WHEN ${differs} THEN ${then} ELSE ${otherwise} END`;

/**
 * By itself and first: the statement below must see the rows as they are once the locks are held. In one statement it
 * would see them as before the wait, and write results of a lineItem that was deleted meanwhile, or miss a class that
 * was moved.
 */
export const holdClasses = hot(
  `SELECT 1 FROM class WHERE (tenant_id, key) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) ORDER BY id FOR SHARE`,
);

const contentTypes = ['text', 'text', 'numeric', 'text', 'boolean', 'boolean', 'text', 'text', 'bigint'];
const contentNames = `line_item_key, student_key, score, status, late, posted, comment, score_date, revision`;
const lists = (first: number, types: string[], list: typeof listSql) =>
  types.map((type, i) => list(`$${first + i}`, type)).join(', ');
const seenList: typeof listSql = (parameter, type) => `${parameter}::${type}[]`;
/** single: each of a class of its own · few, many: all of one */
const input = {
  single: `SELECT * FROM unnest(${lists(1, ['bigint', 'bigint', 'text', 'smallint', ...contentTypes], listSql)})
    WITH ORDINALITY AS i(tenant_id, within_id, class_key, priority, ${contentNames}, ord)`,
  few: ofOneClass(listSql),
  // planned each time: what is best for ten rows is not for ten thousand
  many: ofOneClass(seenList),
};
function ofOneClass(list: typeof listSql): string {
  return `SELECT $1::bigint AS tenant_id, $2::bigint AS within_id, $3::text AS class_key, $4::smallint AS priority, i.*
     FROM unnest(${lists(5, contentTypes, list)}) WITH ORDINALITY AS i(${contentNames}, ord)`;
}
const flagOf = (flag: keyof typeof bits, condition: string) =>
  `CASE WHEN ${condition} THEN ${bits[flag]} ELSE 0 END`;
/**
 * The share locks on class and domain keep structure and settings still until the rows are in: without them a row
 * could be written as "not automatic" just after automatic sending was switched on and everything dirty released.
 *
 * A single score is told what is known of it before it is sent; of a batch that is read for all of them together.
 */
const statement = (of: keyof typeof input) => `
WITH input AS (${input[of]}
), place AS MATERIALIZED (
  SELECT c.id AS class_id, c.tenant_id, c.key, c.domain_id, d.path, d.connection_id, d.sending, d.gather_seconds, ${autoSql} AS auto, ${linksWait} AS links_wait
    FROM class c JOIN domain d ON d.id = c.domain_id
   WHERE ${of !== 'single' ? 'c.tenant_id = $1 AND c.key = $3' : '(c.tenant_id, c.key) IN (SELECT tenant_id, class_key FROM input)'}
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
  SELECT line_item_id, student_id, domain_id, score, status, coalesce(late, false), coalesce(posted, true), comment, score_date, revision,
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
SELECT cell.ord, cell.line_item_id, cell.student_id, ${placeColumns.map((c) => (of !== 'single' ? `CASE WHEN cell.ord = 1 THEN cell.${c} END AS ${c}` : `cell.${c}`)).join(', ')},
       ${flagOf('dirty', 'coalesce(put.dirty, was.dirty_n > was.clean_n, true)')}
         + ${flagOf('due', 'coalesce(put.due, was.release_n > was.clean_n)')}
         + ${flagOf('older', 'put.version IS NULL AND cell.revision <= was.revision')}
         + ${flagOf('recall', 'put.recall')} AS flags,
       coalesce(put.version, was.version) AS version,
       coalesce(put.acked_version, was.acked_version, 0) AS acked_version, coalesce(put.linked_to, was.linked_to) AS linked_to${of === 'single' ? `, ${aroundSql} AS around` : ''}
  FROM cell LEFT JOIN put USING (line_item_id, student_id)
  -- looked up one by one, and only where nothing was written: with OFFSET, PostgreSQL does not read the table for it instead
  LEFT JOIN LATERAL (SELECT w.version, w.dirty_n, w.clean_n, w.release_n, w.revision, w.acked_version, w.linked_to FROM result w
     WHERE put.version IS NULL AND w.line_item_id = cell.line_item_id AND w.student_id = cell.student_id OFFSET 0) was ON true
  ${of === 'single' ? 'LEFT JOIN line_item l ON l.id = cell.line_item_id LEFT JOIN student s ON s.id = cell.student_id' : ''}`;
const ofSingles = hot(statement('single'));
const ofFew = hot(statement('few'));
/** Up to so many one plan serves. */
const FEW = 500;
const ofMany = statement('many');

/** What stands in no row is not written out for each: PostgreSQL fills a list that is missing with NULLs. */
function column<T>(rows: ResultRow[], of: (row: ResultRow) => T | null | undefined, usual: T | null = null) {
  const values = rows.map((row) => of(row) ?? null);
  return values.some((value) => value !== usual) ? values : null;
}
const contents = (rows: ResultRow[]): unknown[] => [
  rows.map((row) => row.lineItemId),
  rows.map((row) => row.studentId),
  column(rows, (row) => (row.score == null ? null : String(row.score))),
  column(rows, (row) => row.status),
  column(rows, (row) => row.late, false),
  column(rows, (row) => row.posted, true),
  column(rows, (row) => row.comment),
  column(rows, (row) => row.scoreDate),
  column(rows, (row) => row.revision),
];

/** What one statement writes, and of which classes. */
export interface Writing {
  text: string | Hot;
  classes: [tenantIds: string[], keys: string[]];
  params: unknown[];
  /** its rows tell of their class each, or the first one for all */
  place: (row: Row, first: Row) => PlaceRow;
}
export const ofEach = (cells: Cell[]): Writing => {
  const classes: Writing['classes'] = [cells.map((c) => c.scope.tenantId), cells.map((c) => c.classKey)];
  const domains = cells.map((c) => c.scope.domainId);
  const rows = cells.map((c) => c.row);
  return {
    text: ofSingles,
    classes,
    params: [classes[0], domains, classes[1], cells.map(() => priority.single), ...contents(rows)],
    place: (row) => row,
  };
};
export const ofClass = (scope: Scope, classKey: string, rows: ResultRow[]): Writing => ({
  text: rows.length <= FEW ? ofFew : ofMany,
  classes: [[scope.tenantId], [classKey]],
  params: [scope.tenantId, scope.domainId, classKey, priority.bulk, ...contents(rows)],
  place: (_row, first) => first,
});

export function keptOf(row: Row, at: PlaceRow): Kept {
  if (at.class_id === null) return { missing: 'class' };
  if (row.line_item_id === null) return { missing: 'lineItem' };
  if (row.student_id === null) return { missing: 'student' };
  return {
    missing: null,
    version: row.version ?? 0,
    due: is(row, 'due'),
    dirty: is(row, 'dirty'),
    older: is(row, 'older'),
    sending: at.sending,
    at: {
      ...{ classId: at.class_id, lineItemId: row.line_item_id, studentId: row.student_id },
      ...{ ackedVersion: row.acked_version, linkedTo: row.linked_to, around: row.around ?? null },
    },
  };
}
