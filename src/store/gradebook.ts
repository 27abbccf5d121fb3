/** LineItems and results as the API sees them. */
import { cellView, lineItemView, order, planned } from './cells.ts';
import { lineItemColumns, readResults, type LineItemRow } from './row-facts.ts';
import type { Database, Sql } from './database.ts';
import { autoSql, haltLanes, laterThan, priority, raiseDirty, wakeLanes } from './duty.ts';
import { goneColumns, letGo, type Gone } from './gone.ts';
import { planDeletions, relinkLineItem } from './deletion-plan.ts';
import { createIngest, type Kept } from './ingest.ts';
import type { Listener } from './listen.ts';
import { decodeCursor, pageOf } from './pages.ts';
import { plannedDeletions } from './deletion-press.ts';
import { planView, readNow } from './plan-view.ts';
import { findClass, findStudent, type ClassRef } from './scope.ts';
import { followTitles } from './titles.ts';
import type { LineItemInput, OverridesInput } from '../gradebook/local.ts';
import { refuseUnlessAsRead } from '../passback/as-read.ts';
import { notFound } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { Gradebook, LineItemView, PutResultAnswer } from '../passback/ports/gradebook.ts';

export function createGradebook(db: Database, listener: Listener): Gradebook {
  const ingest = createIngest(db);
  return {
    async lineItems(scope, classKey, page) {
      const plan = await planned(db, await findClass(db, scope, classKey));
      const after = decodeCursor(page.cursor, 1)?.[0];
      // the same order as the cursor's: PostgreSQL's differs from ours beyond the first plane of Unicode
      const rows = plan.lineItems
        .filter((l) => after === undefined || order(l.row.key, after) > 0)
        .sort((a, b) => order(a.row.key, b.row.key));
      return pageOf(
        rows.slice(0, page.limit + 1),
        page.limit,
        (l) => lineItemView(plan, l),
        (l) => [l.row.key],
      );
    },
    lineItem: (scope, classKey, key) => oneLineItem(db, scope, classKey, key),

    async putLineItem(scope, classKey, key, input) {
      const created = await db.transaction((sql) => putLineItem(sql, scope, classKey, key, input));
      return { created, value: await oneLineItem(db, scope, classKey, key) };
    },

    async removeLineItem(scope, classKey, key) {
      await db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey, 'FOR UPDATE');
        const item = await lineItemRow(sql, cls, key);
        const cells = await readResults(sql, [item.id]);
        const gone = await followTitles(sql, cls, key, async () => {
          await planDeletions(sql, cls, { lineItem: item, results: cells, withLineItem: true });
          const results = await sql.rows<Gone>(
            `DELETE FROM result r WHERE r.line_item_id = $1 RETURNING ${goneColumns('r')}`,
            [item.id],
          );
          const itself = await sql.rows<Gone>(
            `DELETE FROM line_item l WHERE l.id = $1 RETURNING ${goneColumns('l')}`,
            [item.id],
          );
          return [...results, ...itself];
        });
        await letGo(sql, gone);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
      });
    },

    async overrides(scope, classKey, key) {
      return (await lineItemRow(db, await findClass(db, scope, classKey), key)).overrides;
    },
    putOverrides: (scope, classKey, key, input, ifTag) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
        const item = await lineItemRow(sql, cls, key);
        refuseUnlessAsRead(item.overrides, ifTag);
        await followTitles(sql, cls, key, () =>
          sql.rows(`UPDATE line_item SET overrides = $2, restored = NULL WHERE id = $1`, [
            item.id,
            JSON.stringify(withoutNull(input)),
          ]),
        );
        await raiseDirty(sql, 'line_item', 't.id = $1', [item.id]);
        await raiseDirty(sql, 'result', 't.line_item_id = $1 AND t.dirty_n > t.clean_n', [item.id]);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
        return withoutNull(input);
      }),

    async putResult(scope, classKey, row) {
      const kept = await ingest.one({ scope: visible(scope, classKey), classKey, row });
      if (kept.missing) throw notFound(missingWords[kept.missing]);
      return { ...answer(kept), findings: kept.findings };
    },

    async putResults(scope, classKey, rows) {
      const kept = await ingest.many(visible(scope, classKey), classKey, rows);
      if (kept.some(({ missing }) => missing === 'class')) throw notFound('class');
      const rejected = kept.flatMap(({ missing }, index) =>
        missing ? [{ index, code: missingCodes[missing], detail: `${missingWords[missing]} not found` }] : [],
      );
      const findings = kept.flatMap((one, index) =>
        !one.missing && one.findings.length > 0 ? [{ index, findings: one.findings }] : [],
      );
      return { accepted: rows.length - rejected.length, rejected, findings };
    },

    async result(scope, classKey, lineItemKey, studentKey) {
      const cls = await findClass(db, scope, classKey);
      const student = await findStudent(db, cls, studentKey);
      const plan = await planned(db, cls, { lineItemKeys: [lineItemKey], studentIds: [student] });
      const cell = plan.results[0];
      if (!cell) throw notFound('result');
      return cellView(plan, cell);
    },

    async removeResult(scope, classKey, lineItemKey, studentKey) {
      await db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey, 'FOR UPDATE');
        const item = await lineItemRow(sql, cls, lineItemKey);
        const student = await findStudent(sql, cls, studentKey);
        const cells = await readResults(sql, [item.id], [student]);
        if (cells.length === 0) throw notFound('result');
        await planDeletions(sql, cls, { lineItem: item, results: cells, withLineItem: false });
        const gone = await sql.rows<Gone>(
          `DELETE FROM result r WHERE r.line_item_id = $1 AND r.student_id = $2 RETURNING ${goneColumns('r')}`,
          [item.id, student],
        );
        await letGo(sql, gone);
        await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
      });
    },

    async results(scope, classKey, filter, page) {
      const cls = await findClass(db, scope, classKey);
      const plan = await planned(db, cls, {
        lineItemKeys: filter.lineItemId === undefined ? undefined : [filter.lineItemId],
      });
      if (filter.lineItemId !== undefined && plan.lineItems.length === 0) throw notFound('lineItem');
      const after = decodeCursor(page.cursor, 2);
      const rows = plan.results.filter(
        (cell) =>
          (!after ||
            order(cell.lineItemKey, after[0]!) > 0 ||
            (cell.lineItemKey === after[0] && order(cell.row.student_key, after[1]!) > 0)) &&
          (!filter.state || plan.stateOf(cell.row, cell.decision).state === filter.state),
      );
      return pageOf(
        rows.slice(0, page.limit + 1),
        page.limit,
        (cell) => cellView(plan, cell),
        (cell) => [cell.lineItemKey, cell.row.student_key],
      );
    },

    async plan(scope, classKey, { mode, readSis }) {
      const cls = await findClass(db, scope, classKey);
      const readAt = readSis ? await readNow(db, listener, cls) : null;
      const deletions = await plannedDeletions(db, cls);
      return planView({ ...(await planned(db, cls, {}, mode)), deletions }, mode, readAt);
    },
  };
}

/** A teacher's token is refused before the statement, which knows of tenants and subtrees only. */
function visible(scope: Scope, classKey: string): Scope {
  if (scope.classKeys && !scope.classKeys.includes(classKey)) throw notFound('class');
  return scope;
}

const missingWords = { class: 'class', lineItem: 'lineItem', student: 'student' } as const;
const missingCodes = {
  class: 'CLASS_NOT_FOUND',
  lineItem: 'LINE_ITEM_NOT_FOUND',
  student: 'STUDENT_NOT_FOUND',
} as const;

/** Cheap on purpose (thousands a second): what holds a cell back further on, the findings and GET …/results say. */
function answer(kept: Kept & { missing: null }): Omit<PutResultAnswer, 'findings'> {
  const suppressed =
    kept.dirty && (kept.sending === 'off' || kept.sending === 'excluded' || kept.sending === 'noConnection');
  const state = suppressed ? 'suppressed' : kept.due ? 'queued' : kept.dirty ? 'unsent' : 'acknowledged';
  return { state, version: kept.version, ...(kept.older ? { ignored: 'olderRevision' as const } : {}) };
}

async function oneLineItem(sql: Sql, scope: Scope, classKey: string, key: string): Promise<LineItemView> {
  const plan = await planned(sql, await findClass(sql, scope, classKey), { lineItemKeys: [key] });
  const item = plan.lineItems[0];
  if (!item) throw notFound('lineItem');
  return lineItemView(plan, item);
}

const inputColumns = `title, description, category_key, assign_date, due_date, result_value_min, result_value_max, published, sync_to_sis, assigned_to, due_date_varies, grading_period_sourced_id`;
const inputTuple = (of: string) =>
  `(${inputColumns
    .split(', ')
    .map((c) => `${of}.${c}`)
    .join(', ')})`;

/** An identical PUT raises no version. Answers whether it is new. */
async function putLineItem(
  sql: Sql,
  scope: Scope,
  classKey: string,
  key: string,
  input: LineItemInput,
): Promise<boolean> {
  const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
  return followTitles(sql, cls, key, () => writeLineItem(sql, cls, key, input));
}

async function writeLineItem(sql: Sql, cls: ClassRef, key: string, input: LineItemInput): Promise<boolean> {
  const [row] = await sql.rows<{ id: string; created: boolean; held: boolean }>(
    `INSERT INTO line_item AS t (class_id, key, ${inputColumns}, domain_id, release_n, priority, next_attempt_at)
     SELECT c.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, d.id,
            CASE WHEN ${autoSql} THEN 1 ELSE 0 END, ${priority.single}, now() + d.gather_seconds * interval '1 second'
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1 FOR SHARE OF d
     ON CONFLICT (class_id, key) DO UPDATE SET (${inputColumns}) = ROW ${inputTuple('excluded')},
       -- a period that the LMS names anew has a last day of its own
       frozen_due_date = CASE WHEN t.grading_period_sourced_id IS NOT DISTINCT FROM excluded.grading_period_sourced_id THEN t.frozen_due_date END,
       version = t.version + 1, version_at = ${laterThan('t')}, dirty_n = t.dirty_n + 1, attempts = 0,
       release_n = CASE WHEN excluded.release_n = 1 THEN t.dirty_n + 1 ELSE t.release_n END,
       next_attempt_at = CASE WHEN t.release_n > t.clean_n AND t.attempts = 0 THEN t.next_attempt_at ELSE excluded.next_attempt_at END
       WHERE ${inputTuple('t')} IS DISTINCT FROM ${inputTuple('excluded')}
     RETURNING id, xmax = 0 AS created, sending_epoch IS NOT NULL AS held`,
    [
      cls.id,
      key,
      input.title,
      input.description ?? null,
      input.categoryId ?? null,
      input.assignDate ?? null,
      input.dueDate ?? null,
      input.resultValueMin ?? null,
      input.resultValueMax ?? null,
      input.published,
      input.syncToSis,
      input.assignedTo,
      input.dueDateVaries,
      input.gradingPeriodSourcedId ?? null,
    ],
  );
  if (!row) return false;
  // it was taken as it was before: not published, switched off, under another title it is not to be sent any more
  if (row.held && cls.connection_id) await haltLanes(sql, [cls.connection_id], 'sameSis');
  // its results may have waited for what has changed now (published, a category, points)
  if (row.created) await relinkLineItem(sql, cls, key, row.id);
  else await raiseDirty(sql, 'result', 't.line_item_id = $1 AND t.dirty_n > t.clean_n', [row.id]);
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
  return row.created;
}

async function lineItemRow(sql: Sql, cls: ClassRef, key: string): Promise<LineItemRow> {
  const [row] = await sql.rows<LineItemRow>(
    `SELECT ${lineItemColumns} FROM line_item l WHERE l.class_id = $1 AND l.key = $2`,
    [cls.id, key],
  );
  if (!row) throw notFound('lineItem');
  return row;
}

function withoutNull(input: OverridesInput): OverridesInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value != null));
}
