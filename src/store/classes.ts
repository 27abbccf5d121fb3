/** Classes: put, move, map, and what the SIS says of them. */
import { createCategories } from './category-mapping.ts';
import { createClassSending } from './class-sending.ts';
import type { Database, Sql } from './database.ts';
import { forgetDeletions } from './deletion-plan.ts';
import {
  forgetAcknowledged,
  haltLanes,
  hasten,
  raiseDirty,
  releaseDirty,
  replanClass,
  wakeLanes,
  withholdAutomatic,
} from './duty.ts';
import type { Listener } from './listen.ts';
import { readSoon } from './readings.ts';
import { decodeCursor, pageOf, rowId } from './pages.ts';
import { forgetFilled } from './roster-forget.ts';
import { findClass, findDomain } from './scope.ts';
import { containing } from './search.ts';
import { createStudents } from './students.ts';
import { canonicalHash } from '../gradebook/canonical.ts';
import type { ClassInput, SyncSettingsInput } from '../gradebook/local.ts';
import { putOver, type FromSis } from '../gradebook/roster/fill.ts';
import { refuseUnlessAsRead } from '../passback/as-read.ts';
import { invalid, notFound, Refusal } from '../passback/refusal.ts';
import type { Put, Scope } from '../passback/ports/callers.ts';
import type { Classes, ClassView } from '../passback/ports/classes.ts';

interface ClassRow {
  id: string;
  key: string;
  domain_key: string;
  title: string;
  sourced_id: string | null;
  custom_id: string | null;
  school_sourced_id: string | null;
  published: boolean;
  time_zone: string | null;
  grading_periods: ClassInput['gradingPeriods'];
  categories: ClassInput['categories'];
  notice_emails: string[];
  class_code: string | null;
  filled: string[] | null;
  auto_sync: SyncSettingsInput['autoSync'];
  conflict_policy: Exclude<SyncSettingsInput['conflictPolicy'], 'inherit'> | null;
}
const columns = `c.id, c.key, d.key AS domain_key, c.title, c.sourced_id, c.custom_id, c.school_sourced_id, c.published, c.time_zone, c.grading_periods, c.categories, c.notice_emails, c.class_code, c.filled, c.auto_sync, c.conflict_policy`;

export function createClasses(db: Database, listener: Listener): Classes {
  return {
    ...createStudents(db),
    ...createCategories(db, listener),
    ...createClassSending(db),

    async list(scope, { domainId: domainKey, text }, page) {
      const within =
        domainKey === null ? null : (await findDomain(db, { ...scope, classKeys: null }, domainKey)).id;
      const after = decodeCursor(page.cursor, [rowId]);
      const rows = await db.rows<ClassRow>(
        `SELECT ${columns} FROM class c JOIN domain d ON d.id = c.domain_id
          WHERE c.tenant_id = $1 AND ($2::bigint IS NULL OR d.path @> ARRAY[$2::bigint]) AND ($3::bigint IS NULL OR d.path @> ARRAY[$3::bigint])
            AND ($4::text[] IS NULL OR c.key = ANY($4)) AND c.id > $5
            AND ($7::text IS NULL OR c.title ILIKE $8 OR $7 IN (c.key, c.sourced_id, c.custom_id, c.class_code)) ORDER BY c.id LIMIT $6`,
        [
          ...[scope.tenantId, scope.domainId, within, scope.classKeys, after?.[0] ?? '0', page.limit + 1],
          ...[text, text === null ? null : containing(text)],
        ],
      );
      return pageOf(rows, page.limit, classView, (row) => [row.id]);
    },

    get: async (scope, key) => classView(await read(db, scope, key)),
    put: (scope, key, input) => db.transaction((sql) => put(sql, scope, key, input)),

    async remove(scope, key) {
      await db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR UPDATE');
        await sql.rows(
          `DELETE FROM result r USING line_item l WHERE l.id = r.line_item_id AND l.class_id = $1`,
          [cls.id],
        );
        await sql.rows(`DELETE FROM class WHERE id = $1`, [cls.id]);
        if (cls.connection_id) await haltLanes(sql, [cls.connection_id], 'sameSis');
      });
    },

    syncSettings: async (scope, key) => syncSettings(await read(db, scope, key)),
    putSyncSettings: (scope, key, input, ifTag) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR NO KEY UPDATE');
        refuseUnlessAsRead(syncSettings(await read(sql, scope, key)), ifTag);
        await putPolicy(sql, cls.id, input);
        await sql.rows(`UPDATE class SET auto_sync = $2 WHERE id = $1`, [cls.id, input.autoSync]);
        await releaseDirty(sql, 'c.id = $1', [cls.id]);
        await withholdAutomatic(sql, 'c.id = $1', [cls.id]);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
        return input;
      }),

    readBack: (scope, key) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, key, 'FOR NO KEY UPDATE');
        return { lineItems: await readSoon(sql, cls) };
      }),
  };
}

const syncSettings = ({ auto_sync, conflict_policy }: ClassRow): SyncSettingsInput => ({
  autoSync: auto_sync,
  conflictPolicy: conflict_policy ?? 'inherit',
});

/** Another policy decides about what an earlier one held back. */
async function putPolicy(sql: Sql, classId: string, { conflictPolicy }: SyncSettingsInput): Promise<void> {
  const changed = await sql.rows(
    `UPDATE class SET conflict_policy = $2 WHERE id = $1 AND conflict_policy IS DISTINCT FROM $2 RETURNING 1`,
    [classId, conflictPolicy === 'inherit' ? null : conflictPolicy],
  );
  if (changed.length === 0) return;
  for (const table of ['line_item', 'result'] as const)
    await raiseDirty(sql, table, `c.id = $1 AND t.found->>'how' = 'foreign'`, [classId]);
}

async function read(sql: Sql, scope: Scope, key: string): Promise<ClassRow> {
  const cls = await findClass(sql, scope, key);
  const [row] = await sql.rows<ClassRow>(
    `SELECT ${columns} FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`,
    [cls.id],
  );
  if (!row) throw notFound('class');
  return row;
}

async function put(sql: Sql, scope: Scope, key: string, input: ClassInput): Promise<Put<ClassView>> {
  // two PUTs of one class take turns: the second must see whose it is before it writes
  await sql.rows(`SELECT pg_advisory_xact_lock(7272, hashtext($1))`, [`${scope.tenantId} ${key}`]);
  await sql.rows(`SELECT 1 FROM class WHERE tenant_id = $1 AND key = $2 FOR UPDATE`, [scope.tenantId, key]);
  // the shares keep both domains' connections still until the rows have followed
  const domain = await findDomain(sql, { ...scope, classKeys: null }, input.domainId, 'FOR SHARE OF d').catch(
    (error: unknown) => {
      if (error instanceof Refusal && error.code === 'NOT_FOUND')
        throw invalid('/domainId', 'is not the id of a domain');
      throw error;
    },
  );
  const [taken] = await sql.rows<{
    id: string;
    domain_id: string;
    connection_id: string | null;
    path: string[];
    sourced_id: string | null;
    custom_id: string | null;
    from_sis: FromSis | null;
  }>(
    `SELECT c.id, c.domain_id, d.connection_id, d.path, c.sourced_id, c.custom_id, c.from_sis FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.tenant_id = $1 AND c.key = $2 FOR SHARE OF d`,
    [scope.tenantId, key],
  );
  if (taken && scope.domainId && !taken.path.includes(scope.domainId)) throw notFound('class');
  // what the LMS leaves empty stays as it was read of the SIS
  const { sourcedId = null, customId = null, schoolSourcedId = null, gradingPeriods } = input;
  const {
    value: given,
    fromSis,
    filled,
  } = putOver(
    { sourcedId, customId, schoolSourcedId, gradingPeriods },
    taken ? { sourcedId: taken.sourced_id, customId: taken.custom_id, fromSis: taken.from_sis } : null,
  );
  const values = [
    scope.tenantId,
    key,
    domain.id,
    input.title,
    given.sourcedId,
    given.customId,
    given.schoolSourcedId,
    input.published,
    input.timeZone ?? null,
    JSON.stringify(given.gradingPeriods),
    JSON.stringify(input.categories),
    JSON.stringify(input.noticeEmails),
    input.classCode ?? null,
    fromSis && JSON.stringify(fromSis),
    filled,
  ];
  const view = () => read(sql, { ...scope, classKeys: null }, key).then(classView);
  const before = taken && (await view());
  const [row] = await sql.rows<{ id: string; created: boolean }>(
    `INSERT INTO class (tenant_id, key, domain_id, title, sourced_id, custom_id, school_sourced_id, published, time_zone, grading_periods, categories, notice_emails, class_code, from_sis, filled)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (tenant_id, key) DO UPDATE SET domain_id = excluded.domain_id, title = excluded.title,
       sourced_id = excluded.sourced_id, custom_id = excluded.custom_id, school_sourced_id = excluded.school_sourced_id,
       published = excluded.published, time_zone = excluded.time_zone, grading_periods = excluded.grading_periods,
       categories = excluded.categories, notice_emails = excluded.notice_emails, class_code = excluded.class_code,
       from_sis = excluded.from_sis, filled = excluded.filled, by_pull = false,
       -- what was read of the former SIS class does not hold for another one
       sis_categories = CASE WHEN (class.sourced_id, class.custom_id) IS DISTINCT FROM (excluded.sourced_id, excluded.custom_id) THEN NULL ELSE class.sis_categories END,
       read_school_sourced_id = CASE WHEN (class.sourced_id, class.custom_id) IS DISTINCT FROM (excluded.sourced_id, excluded.custom_id) THEN NULL ELSE class.read_school_sourced_id END,
       sis_class_missing = class.sis_class_missing AND (class.sourced_id, class.custom_id) IS NOT DISTINCT FROM (excluded.sourced_id, excluded.custom_id),
       sis_students = CASE WHEN (class.sourced_id, class.custom_id) IS NOT DISTINCT FROM (excluded.sourced_id, excluded.custom_id) THEN class.sis_students END,
       sis_line_items = CASE WHEN (class.sourced_id, class.custom_id) IS NOT DISTINCT FROM (excluded.sourced_id, excluded.custom_id) THEN class.sis_line_items END,
       read_at = CASE WHEN (class.sourced_id, class.custom_id) IS NOT DISTINCT FROM (excluded.sourced_id, excluded.custom_id) THEN class.read_at END,
       send_confirmed = class.send_confirmed AND (class.sourced_id, class.custom_id) IS NOT DISTINCT FROM (excluded.sourced_id, excluded.custom_id),
       category_titles = CASE WHEN (class.sourced_id, class.custom_id) IS DISTINCT FROM (excluded.sourced_id, excluded.custom_id) THEN '{}' ELSE class.category_titles END
     RETURNING id, xmax = 0 AS created`,
    values,
  );
  if (!row) throw new Error('the class was not written');
  const value = await view();
  if (taken && before && !sendsTheSame(before, value)) await moved(sql, row.id, taken, domain);
  return { created: row.created, value };
}

/** The title is for people here; all else has a say in what is sent, and where. */
const sendsTheSame = (a: ClassView, b: ClassView) =>
  canonicalHash({ ...a, title: '' }) === canonicalHash({ ...b, title: '' });

/** What was read of the SIS class that it was linked to. */
export const forgetRead = `sis_categories = NULL, sis_categories_read_at = NULL, read_school_sourced_id = NULL, send_confirmed = false, sis_class_missing = false, sis_students = NULL, sis_line_items = NULL, category_titles = '{}', read_at = NULL`;

/** Rows follow their class; another SIS forgets what the former one acknowledged; every row is planned anew. */
async function moved(
  sql: Sql,
  classId: string,
  from: { domain_id: string; connection_id: string | null },
  to: { id: string; connection_id: string | null; sending: string },
): Promise<void> {
  if (from.domain_id !== to.id) {
    const otherSis = from.connection_id !== to.connection_id;
    if (from.connection_id && (otherSis || to.sending !== 'on'))
      await haltLanes(sql, [from.connection_id], otherSis ? 'otherSis' : 'sameSis');
    await sql.rows(`UPDATE line_item SET domain_id = $2 WHERE class_id = $1`, [classId, to.id]);
    await sql.rows(
      `UPDATE result r SET domain_id = $2 FROM line_item l WHERE l.id = r.line_item_id AND l.class_id = $1`,
      [classId, to.id],
    );
    await sql.rows(`UPDATE sync SET domain_id = $2 WHERE class_id = $1`, [classId, to.id]);
    if (otherSis) {
      for (const table of ['result', 'line_item'] as const)
        await forgetAcknowledged(sql, table, 'c.id = $1', [classId]);
      await forgetDeletions(sql, 'c.id = $1', [classId]);
      await sql.rows(`UPDATE class SET ${forgetRead} WHERE id = $1`, [classId]);
      await forgetFilled(sql, 'c.id = $1', [classId]);
      // what they waited for was the former one's trouble
      await hasten(sql, 'c.id = $1', [classId]);
    }
    await releaseDirty(sql, 'c.id = $1', [classId]);
    await withholdAutomatic(sql, 'c.id = $1', [classId]);
  }
  await replanClass(sql, classId, to.connection_id);
}

function classView(row: ClassRow): ClassView {
  return {
    classId: row.key,
    domainId: row.domain_key,
    title: row.title,
    sourcedId: row.sourced_id,
    customId: row.custom_id,
    schoolSourcedId: row.school_sourced_id,
    published: row.published,
    timeZone: row.time_zone,
    gradingPeriods: row.grading_periods,
    categories: row.categories,
    noticeEmails: row.notice_emails,
    classCode: row.class_code,
    fromSis: row.filled ?? [],
  };
}
