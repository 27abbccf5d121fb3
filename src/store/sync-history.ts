/** What syncs did, as it is looked up afterwards: the list with its filters, one sync's outcome by cause, its entries. */
import type { Database, Sql } from './database.ts';
import { decodeCursor, pageOf, rowId, rowTime, rowUuid } from './pages.ts';
import { findClass, findDomain } from './scope.ts';
import { containing } from './search.ts';
import { readSync, syncColumns, syncFrom, syncView, type SyncRow } from './sync-row.ts';
import { entryOf, explain, type Reason } from '../gradebook/dictionary.ts';
import type { Items, Page, Scope } from '../passback/ports/callers.ts';
import {
  type EntryFilter,
  FOLLOW_AT_ONCE,
  type SyncCause,
  type SyncEntryLine,
  type SyncFilter,
  type SyncNews,
  type SyncOutcome,
  type SyncView,
} from '../passback/ports/syncs.ts';

/** Values of a statement that is put together: `$1`, `$2`, … in the order in which they are given. */
function values(): { all: unknown[]; is: (value: unknown) => string } {
  const all: unknown[] = [];
  return { all, is: (value) => `$${all.push(value)}` };
}

/**
 * The newest of each class, or of each domain, and of those the newest: what other tenants did is never walked through,
 * and every part is read along an index (class or domain, started_at).
 */
export async function listSyncs(
  db: Database,
  scope: Scope,
  filter: SyncFilter,
  page: Page,
): Promise<Items<SyncView>> {
  const within =
    filter.domainId === undefined
      ? null
      : (await findDomain(db, { ...scope, classKeys: null }, filter.domainId)).id;
  const cls = filter.classId === undefined ? null : (await findClass(db, scope, filter.classId)).id;
  const after = decodeCursor(page.cursor, [rowTime, rowUuid]);
  const { all, is } = values();
  const inScope = [
    `d.tenant_id = ${is(scope.tenantId)}`,
    ...[scope.domainId, within].flatMap((id) => (id === null ? [] : [`d.path @> ARRAY[${is(id)}::bigint]`])),
  ].join(' AND ');
  const classes = [
    ...(scope.classKeys ? [`c.key = ANY(${is(scope.classKeys)}::text[])`] : []),
    ...(cls === null ? [] : [`c.id = ${is(cls)}`]),
  ];
  const ofClasses = `FROM class c JOIN domain d ON d.id = c.domain_id WHERE ${[inScope, ...classes].join(' AND ')}`;
  const [place, places] =
    classes.length > 0
      ? ['class_id', `SELECT c.id ${ofClasses}`]
      : ['domain_id', `SELECT d.id FROM domain d WHERE ${inScope}`];

  const asked: string[] = [];
  const hits: string[] = [];
  const equal = { status: filter.status, trigger: filter.trigger, started_by: filter.startedBy };
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) asked.push(`s.${column} = ${is(value)}`);
  if (filter.since !== undefined) asked.push(`s.started_at >= ${is(filter.since)}::timestamptz`);
  if (filter.until !== undefined) asked.push(`s.started_at < ${is(filter.until)}::timestamptz`);
  const tellsOf = Object.entries({ line_item_key: filter.lineItemId, student_key: filter.studentId }).flatMap(
    ([column, key]) => (key === undefined ? [] : [`e.${column} = ${is(key)}`]),
  );
  if (tellsOf.length > 0)
    asked.push(`EXISTS (SELECT 1 FROM sync_entry e WHERE e.sync_id = s.id AND ${tellsOf.join(' AND ')})`);
  if (filter.text !== undefined) {
    const text = is(containing(filter.text));
    // looked for once; then only syncs of their classes are looked into
    hits.push(`WITH hit AS MATERIALIZED (SELECT l.class_id, l.key FROM line_item l
      WHERE l.class_id IN (SELECT c.id ${ofClasses}) AND l.title ILIKE ${text})`);
    asked.push(`(s.started_by ILIKE ${text} OR s.class_id IN (SELECT c.id ${ofClasses} AND c.title ILIKE ${text})
      OR (s.class_id IN (SELECT class_id FROM hit) AND EXISTS (SELECT 1 FROM sync_entry e
            WHERE e.sync_id = s.id AND (s.class_id, e.line_item_key) IN (SELECT class_id, key FROM hit))))`);
  }
  if (after) asked.push(`(s.started_at, s.id) < (${is(after[0])}::timestamptz, ${is(after[1])}::uuid)`);
  const limit = is(page.limit + 1);
  // BETWEEN, and in the order of the place too: with `=`, statistics that only know the largest tenant would make
  // PostgreSQL walk through everybody's history by time until it has met enough of a small one's
  const rows = await db.rows<SyncRow>(
    `${hits.join('')} SELECT ${syncColumns} FROM ${syncFrom} WHERE s.id IN (
       SELECT y.id FROM (${places}) p CROSS JOIN LATERAL (
         SELECT s.id, s.started_at FROM sync s WHERE ${[`s.${place} BETWEEN p.id AND p.id`, ...asked].join(' AND ')}
          ORDER BY s.${place} DESC, s.started_at DESC, s.id DESC LIMIT ${limit}) y
        ORDER BY y.started_at DESC, y.id DESC LIMIT ${limit})
      ORDER BY s.started_at DESC, s.id DESC`,
    all,
  );
  return pageOf(rows, page.limit, syncView, (row) => [row.started_at.toISOString(), row.id]);
}

interface CauseRow {
  action: SyncCause['action'];
  reason: Reason;
  /** every entry of the cause says the same */
  same: boolean;
  count: number;
  line_items: number;
  results: number;
  examples: (string | null)[];
}
const entryFrom = `sync_entry e JOIN sync s ON s.id = e.sync_id LEFT JOIN line_item l ON l.class_id = s.class_id AND l.key = e.line_item_key`;

/** With its outcome, counted from its entries: what the numbers say is what the lists show. */
export async function syncDetails(db: Sql, scope: Scope, id: string): Promise<SyncView & SyncOutcome> {
  const sync = await readSync(db, scope, id);
  const { counts, pending } = sync;
  const causes = await db.rows<CauseRow>(
    `SELECT e.action, min(e.reason::text)::jsonb AS reason, min(e.reason::text) = max(e.reason::text) AS same, count(*)::int,
            count(DISTINCT e.line_item_key)::int AS line_items, (count(*) FILTER (WHERE e.kind = 'result'))::int AS results,
            (array_agg(DISTINCT l.title))[1:3] AS examples
       FROM ${entryFrom} WHERE e.sync_id = $1 AND e.reason IS NOT NULL GROUP BY e.action, e.reason->>'code'
      ORDER BY count(*) DESC, min(e.id)`,
    [id],
  );
  const [affected] = await db.rows<SyncOutcome['affected']>(
    // grouped, for count(DISTINCT …) sorts all of them three times
    `WITH cell AS MATERIALIZED (SELECT line_item_key, student_key, bool_or(kind = 'result') AS result FROM sync_entry WHERE sync_id = $1 GROUP BY 1, 2)
     SELECT (SELECT count(*) FROM (SELECT line_item_key FROM cell GROUP BY 1) l)::int AS "lineItems",
            (SELECT count(*) FROM (SELECT student_key FROM cell WHERE student_key IS NOT NULL GROUP BY 1) s)::int AS students,
            (SELECT count(*) FROM cell WHERE result)::int AS results`,
    [id],
  );
  const { created, updated, deleted, unchanged, skipped, failed, conflicts } = counts;
  const sent = created + updated + deleted;
  return {
    ...sync,
    summary: {
      extracted: sent + unchanged + skipped + failed + conflicts + pending,
      ...{ filtered: skipped, unchanged, sent, failed, conflicts, pending },
    },
    affected: affected ?? { lineItems: 0, results: 0, students: 0 },
    causes: causes.map(cause).sort((a, b) => weight[a.severity] - weight[b.severity]),
  };
}

const weight = { error: 0, warning: 1, choice: 2 };
function cause(row: CauseRow): SyncCause {
  const { code } = row.reason;
  const wanted = row.action === 'failed' || row.action === 'conflict';
  return {
    severity: wanted ? 'error' : row.action === 'skipped' ? 'choice' : 'warning',
    action: row.action,
    // a title, a score of one of them is not the others'
    reason: explain(row.same ? row.reason : { code }),
    retry: entryOf(code).retry,
    count: row.count,
    lineItems: row.line_items,
    results: row.results,
    examples: row.examples.filter((title) => title !== null),
  };
}

interface EntryRow {
  id: string;
  kind: SyncEntryLine['kind'];
  line_item_key: string;
  student_key: string | null;
  title: string | null;
  action: SyncEntryLine['action'];
  reason: Reason | null;
  version: number;
  at: Date;
}
const entryColumns = `e.id, e.kind, e.line_item_key, e.student_key, l.title, e.action, e.reason, e.version, e.at`;

export async function listEntries(
  db: Sql,
  scope: Scope,
  id: string,
  filter: EntryFilter,
  page: Page,
): Promise<Items<SyncEntryLine>> {
  await readSync(db, scope, id);
  const after = decodeCursor(page.cursor, [rowId]);
  const { all, is } = values();
  const columns = {
    'e.action': filter.action,
    'e.kind': filter.kind,
    'e.line_item_key': filter.lineItemId,
    "e.reason->>'code'": filter.code,
  };
  const asked = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [` AND ${column} = ${is(value)}`],
  );
  const rows = await db.rows<EntryRow>(
    `SELECT ${entryColumns} FROM ${entryFrom} WHERE e.sync_id = ${is(id)} AND e.id > ${is(after?.[0] ?? '0')}${asked.join('')}
      ORDER BY e.id LIMIT ${is(page.limit + 1)}`,
    all,
  );
  return pageOf(rows, page.limit, entryLine, (row) => [row.id]);
}

/** Where it stands first: what has ended by then has written all its entries. */
export async function followSync(db: Sql, scope: Scope, id: string, after: string | null): Promise<SyncNews> {
  const sync = await readSync(db, scope, id);
  if (after === null) return { sync, entries: [] };
  const rows = await db.rows<EntryRow>(
    `SELECT ${entryColumns} FROM ${entryFrom} WHERE e.sync_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3`,
    [id, after, FOLLOW_AT_ONCE],
  );
  return { sync, entries: rows.map((row) => ({ id: row.id, line: entryLine(row) })) };
}

const entryLine = (row: EntryRow): SyncEntryLine => ({
  kind: row.kind,
  lineItemId: row.line_item_key,
  title: row.title,
  studentId: row.student_key,
  action: row.action,
  reason: row.reason ? explain(row.reason) : null,
  version: row.version,
  at: row.at.toISOString(),
});
