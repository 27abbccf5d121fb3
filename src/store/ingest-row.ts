/**
 * What taking scores in is made of (DESIGN §4), for single ones (ingest-singles.ts) and batches (ingest-batch.ts): what is
 * locked first, what becomes of a row, what is told of it.
 */
import { hot, listSql } from './database.ts';
import { linksWait } from './deletion-plan.ts';
import { autoSql, laterThan } from './duty.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

/** Where cells stand. */
export interface Place {
  /** null: no such class (for this caller) */
  class_id: string | null;
  sending: string;
  connection_id: string | null;
  gather_seconds: number;
  /** links of deleted scores of the class may come back with these */
  links_wait: boolean;
}
/** What became of one cell. */
export interface Written {
  place: Place;
  line_item_id: string | null;
  student_id: string | null;
  version: number;
  /** of `bits` */
  flags: number;
}
/** `recall`: a teacher holds back what a lane has taken */
const bits = { dirty: 1, due: 2, older: 4, recall: 8 };
export const is = (row: Pick<Written, 'flags'>, flag: keyof typeof bits) => (row.flags & bits[flag]) !== 0;
const flagsOf = (conditions: Partial<Record<keyof typeof bits, string>>) =>
  Object.entries(conditions)
    .map(([flag, when]) => `CASE WHEN ${when} THEN ${bits[flag as keyof typeof bits]} ELSE 0 END`)
    .join(' + ');

/**
 * By itself and first: what follows must see the rows as they are once the locks are held. In one statement it would see
 * them as before the wait, and write results of a lineItem that was deleted meanwhile, or miss a class that was moved.
 */
export const holdClasses = hot(
  `SELECT 1 FROM class WHERE (tenant_id, key) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) ORDER BY id FOR SHARE`,
);

/**
 * The share locks on class and domain keep structure and settings still until the rows are in: without them a row
 * could be written as "not automatic" just after automatic sending was switched on and everything dirty released.
 */
export const placesSql = (where: string) => `
  SELECT c.id AS class_id, c.tenant_id, c.key, c.domain_id, d.path, d.connection_id, d.sending, d.gather_seconds,
         ${autoSql} AS auto, ${linksWait} AS links_wait
    FROM class c JOIN domain d ON d.id = c.domain_id
   WHERE ${where} ORDER BY c.id FOR SHARE OF c, d`;

/** What a row says, as lists: the parameters from `first` on (`contents`). */
export const contentLists = (first: number) =>
  ['numeric', 'text', 'boolean', 'boolean', 'text', 'text', 'bigint']
    .map((type, i) => listSql(`$${first + i}`, type))
    .join(', ');
export const contentNames = 'score, status, late, posted, comment, score_date, revision';

/** Rows of the table, of the cells that `sent` (a FROM clause) has: their ids, `contentNames` and `ord`. */
export const rowsSql = (
  sent: string,
  more: Record<'domainId' | 'auto' | 'priority' | 'gatherSeconds', string>,
) => `
  SELECT ord, line_item_id, student_id, ${more.domainId} AS domain_id, score, status, coalesce(late, false) AS late,
         coalesce(posted, true) AS posted, comment, score_date, revision, CASE WHEN ${more.auto} THEN 1 ELSE 0 END AS release_n,
         ${more.priority} AS priority, now() + ${more.gatherSeconds} * interval '1 second' AS next_attempt_at
    FROM ${sent}`;

const content = ['score', 'status', 'late', 'posted', 'comment', 'score_date'];
const columns = `line_item_id, student_id, domain_id, ${content.join(', ')}, revision, release_n, priority, next_attempt_at`;
const of = (row: string) => `(${content.map((c) => `${row}.${c}`).join(', ')})`;
export const differs = (x: string) => `${of('r')} IS DISTINCT FROM ${of(x)}`;

/** What becomes of row `r` when `x` (of `rowsSql`) comes. `always`: only where the content differs, not for a new revision of the same. */
export function changesSql(x: string, always = false): string {
  const ifDiffers = (then: string, otherwise: string) =>
    always ? then : `CASE WHEN ${differs(x)} THEN ${then} ELSE ${otherwise} END`;
  return `
      ${content.map((c) => `${c} = ${x}.${c}`).join(', ')},
      revision = coalesce(${x}.revision, r.revision),
      version = ${ifDiffers('r.version + 1', 'r.version')},
      version_at = ${ifDiffers(laterThan('r'), 'r.version_at')},
      dirty_n = ${ifDiffers('r.dirty_n + 1', 'r.dirty_n')},
      release_n = ${ifDiffers(`CASE WHEN ${x}.release_n = 1 THEN r.dirty_n + 1 ELSE r.release_n END`, 'r.release_n')},
      priority = CASE WHEN r.release_n > r.clean_n THEN least(r.priority, ${x}.priority) ELSE ${x}.priority END,
      -- quick edits gather from the first one on, so that a busy teacher is never put off for ever; of what is not released
      -- the instant means nothing, and indexed columns that stay as they are save writing the indexes
      next_attempt_at = CASE WHEN r.release_n > r.clean_n AND ${ifDiffers('r.attempts = 0', 'true')} THEN r.next_attempt_at
          WHEN r.release_n <= r.clean_n AND ${x}.release_n = 0 THEN r.next_attempt_at ELSE ${x}.next_attempt_at END,
      attempts = ${ifDiffers('0', 'r.attempts')}`;
}
/** Does `x` change row `r` at all? (One without a revision does so only by its content.) */
export const newsSql = (x: string) =>
  `(${x}.revision IS NULL OR r.revision IS NULL OR ${x}.revision > r.revision) AND (${differs(x)} OR coalesce(${x}.revision, r.revision) IS DISTINCT FROM r.revision)`;
/** What is told of row `r`, which was written. */
export const writtenSql = `r.version, r.acked_version, r.linked_to,
      ${flagsOf({ dirty: 'r.dirty_n > r.clean_n', due: 'r.release_n > r.clean_n', recall: 'NOT r.posted AND r.sending_epoch IS NOT NULL' })} AS flags`;
/** And of one that `x` left as it was. */
export const leftSql = (x: string) => `r.version, r.acked_version, r.linked_to,
      ${flagsOf({ dirty: 'r.dirty_n > r.clean_n', due: 'r.release_n > r.clean_n', older: `${x}.revision <= r.revision` })} AS flags`;

/** Keeps `rows` (of `rowsSql`), whether or not they are there. */
export const putSql = (rows: string) => `
  INSERT INTO result AS r (${columns}) SELECT ${columns} FROM ${rows} ORDER BY line_item_id, student_id
  ON CONFLICT (line_item_id, student_id) DO UPDATE SET ${changesSql('excluded')}
    WHERE ${newsSql('excluded')}
  RETURNING r.line_item_id, r.student_id, ${writtenSql}`;

/** What stands in no row is not written out for each: PostgreSQL fills a list that is missing with NULLs. */
function column<T>(rows: ResultRow[], of: (row: ResultRow) => T | null | undefined, usual: T | null = null) {
  const values = rows.map((row) => of(row) ?? null);
  return values.some((value) => value !== usual) ? values : null;
}
/** A list as PostgreSQL reads it: numbers have nothing to escape, for which pg would look through each. */
export const numbers = (list: (string | number | null | undefined)[]) =>
  `{${list.map((one) => one ?? 'NULL').join()}}`;
/** The lists of `contentLists`. */
export const contents = (rows: ResultRow[]): unknown[] => [
  numbers(rows.map((row) => row.score)),
  column(rows, (row) => row.status),
  column(rows, (row) => row.late, false),
  column(rows, (row) => row.posted, true),
  column(rows, (row) => row.comment),
  column(rows, (row) => row.scoreDate),
  column(rows, (row) => row.revision),
];
