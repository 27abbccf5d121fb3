/** Where the SIS holds what we never sent, and nobody has said yet which one counts: the list, and the decision. */
import { order, planned } from './cells.ts';
import { conflictClass, conflictsOf, named, type Conflict } from './conflict-rows.ts';
import type { Database, Sql } from './database.ts';
import { lockOrder } from './duty.ts';
import { overruleRows } from './overrule.ts';
import { decodeCursor, pageOf } from './pages.ts';
import { findClass, type ClassRef } from './scope.ts';
import { startSync } from './sync-start.ts';
import { explain } from '../gradebook/dictionary.ts';
import type { OneRosterLineItem, OneRosterResult } from '../gradebook/oneroster.ts';
import { lineItemValues, resultValues } from '../gradebook/values.ts';
import { invalid, notFound } from '../passback/refusal.ts';
import type { Principal, Scope } from '../passback/ports/callers.ts';
import type { Conflicts, ConflictView, Resolved } from '../passback/ports/conflicts.ts';

export function createConflicts(db: Database): Conflicts {
  return {
    async list(scope, classKey, page) {
      const cls = await findClass(db, scope, classKey);
      const after = decodeCursor(page.cursor, 2);
      const conflicts = (await conflictsOf(db, cls)).filter(
        ({ cell: [lineItem, student] }) =>
          !after ||
          order(lineItem, after[0]!) > 0 ||
          (lineItem === after[0] && order(student ?? '', after[1]!) > 0),
      );
      const shown = conflicts.slice(0, page.limit + 1);
      const ours = await ourValues(db, cls, shown);
      const since = await foundAt(db, shown);
      return pageOf(
        shown,
        page.limit,
        (one) => view(one, ours.get(one.id) ?? null, since.get(one.id) ?? null),
        ({ cell: [lineItem, student] }) => [lineItem, student ?? ''],
      );
    },

    resolve: (scope, id, keep, by) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, await classOf(sql, scope, id), 'FOR NO KEY UPDATE');
        return decide(sql, scope, cls, {
          keep,
          by,
          chosen: named(await conflictsOf(sql, cls), [id]),
          left: 0,
        });
      }),

    resolveMany: (scope, classKey, { keep, ids }, by) =>
      db.transaction(async (sql) => {
        const cls = await findClass(sql, scope, classKey, 'FOR NO KEY UPDATE');
        const all = await conflictsOf(sql, cls);
        const chosen = ids ? named(all, ids) : all.filter((one) => keep === 'sis' || !isOwned(one));
        return decide(sql, scope, cls, { keep, by, chosen, left: ids ? 0 : all.length - chosen.length });
      }),
  };
}

const isOwned = ({ found }: Conflict): boolean => found.how === 'owned';

async function classOf(sql: Sql, scope: Scope, id: string): Promise<string> {
  const query = conflictClass(id);
  const [cls] = query ? await sql.rows<{ key: string; id: string }>(query.text, query.params) : [];
  const hidden = !cls || cls.id !== scope.tenantId || scope.classKeys?.includes(cls.key) === false;
  if (hidden) throw notFound('conflict');
  // one that lies outside of the subtree is told as what was asked for
  await findClass(sql, scope, cls.key).catch(() => {
    throw notFound('conflict');
  });
  return cls.key;
}

async function decide(
  sql: Sql,
  scope: Scope,
  cls: ClassRef,
  what: { keep: 'lms' | 'sis'; by: Principal; chosen: Conflict[]; left: number },
): Promise<Resolved> {
  const { keep, by, chosen, left } = what;
  const answer = { classId: cls.key, keep, resolved: chosen.length, left, syncId: null };
  if (chosen.length === 0) return answer;
  const ids = (table: Conflict['table']) =>
    chosen.filter((one) => one.table === table).map((one) => one.rowId);
  if (keep === 'sis') {
    await keepSis(sql, 'line_item', ids('line_item'));
    await keepSis(sql, 'result', ids('result'));
    return answer;
  }
  if (chosen.some(isOwned))
    throw invalid('/keep', 'must be "sis": the SIS lets nobody else change this; clear it there to send it');
  await overruleRows(sql, 'line_item', ids('line_item'));
  await overruleRows(sql, 'result', ids('result'));
  const press = {
    request: { mode: 'changes' as const, dryRun: false },
    cells: chosen.map(({ cell }) => cell),
  };
  const { sync } = await startSync(sql, scope, cls.key, press, by);
  return { ...answer, syncId: sync.id };
}

/** The SIS's is the one that counts, until the version changes here. */
async function keepSis(sql: Sql, table: Conflict['table'], ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.rows(
    `UPDATE ${table} t SET found_at = now(),
            found = t.found || jsonb_build_object('how', 'kept', 'code', 'SIS_VALUE_CHOSEN', 'version', t.version)
       FROM (SELECT t.id FROM ${table} t WHERE t.id = ANY($1::bigint[]) ORDER BY ${lockOrder[table]} FOR UPDATE) o WHERE o.id = t.id`,
    [ids],
  );
}

/** What would be sent if nothing stood in its way. */
async function ourValues(
  sql: Sql,
  cls: ClassRef,
  conflicts: Conflict[],
): Promise<Map<string, Record<string, unknown>>> {
  if (conflicts.length === 0) return new Map();
  const lineItemKeys = [...new Set(conflicts.map(({ cell }) => cell[0]))];
  const plan = await planned(sql, cls, { lineItemKeys, as: (row) => ({ ...row, found: null }) }, 'all');
  const bodies = new Map<string, Record<string, unknown>>();
  for (const { row, decision } of plan.lineItems)
    if ('body' in decision)
      bodies.set(`line_item ${row.id}`, lineItemValues(decision.body as OneRosterLineItem));
  for (const { row, decision } of plan.results)
    if ('body' in decision) bodies.set(`result ${row.id}`, resultValues(decision.body as OneRosterResult));
  return new Map(
    conflicts.flatMap(({ id, table, rowId }) => {
      const values = bodies.get(`${table} ${rowId}`);
      return values ? [[id, values] as const] : [];
    }),
  );
}

async function foundAt(sql: Sql, conflicts: Conflict[]): Promise<Map<string, Date>> {
  const since = new Map<string, Date>();
  for (const table of ['line_item', 'result'] as const) {
    const of = new Map(conflicts.filter((one) => one.table === table).map((one) => [one.rowId, one.id]));
    const rows = await sql.rows<{ id: string; at: Date | null }>(
      `SELECT id, found_at AS at FROM ${table} WHERE id = ANY($1::bigint[])`,
      [[...of.keys()]],
    );
    for (const { id, at } of rows) if (at) since.set(of.get(id) ?? '', at);
  }
  return since;
}

const causes = { owned: 'owned', insists: 'altered' } as const;

function view(one: Conflict, lms: Record<string, unknown> | null, since: Date | null): ConflictView {
  const { id, table, cell, found, row } = one;
  return {
    id,
    kind: table === 'result' ? 'result' : 'lineItem',
    lineItemId: cell[0],
    studentId: cell[1],
    cause: found.how === 'owned' || found.how === 'insists' ? causes[found.how] : 'changed',
    // what was acknowledged for another student is nothing to this one
    acknowledged: (found.linkedTo ?? row.row.linked_to) === row.row.linked_to ? row.row.acked : null,
    sis: found.shown,
    lms,
    since: since?.toISOString() ?? null,
    reason: explain('reason' in row.decision ? row.decision.reason : found),
  };
}
