/**
 * Takes in what a press may send, and tells what its plan keeps here and why. The rows carry the sync's id until the
 * lane has brought each to an end.
 */
import type { PlannedClass } from './cells.ts';
import type { Sql } from './database.ts';
import { again, lockOrder, priority, wakeLanes } from './duty.ts';
import type { ClassRef } from './scope.ts';
import type { Pressed } from './sync-row.ts';
import { numbersOf, sends, type PressPlan } from './sync-plan.ts';
import { addCounts, addEntries, addPlanned, finishSyncs, type Entry, type EntryAction } from './sync-row.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { SyncRequest } from '../gradebook/local.ts';

/** The sync begins with this press. */
export async function takeInFirst(
  sql: Sql,
  id: string,
  cls: ClassRef,
  plan: PressPlan,
  request: SyncRequest,
  yields = false,
): Promise<void> {
  await releaseRows(sql, id, plan, request, yields);
  await addEntries(sql, heldBack(id, plan));
  const numbers = numbersOf(plan);
  await addPlanned(sql, id, numbers);
  await addCounts(sql, [
    [id, 'lineItems', 'unchanged', numbers.lineItems.unchanged],
    [id, 'results', 'unchanged', numbers.results.unchanged],
  ]);
  await finishSyncs(sql, [id]);
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
}

/**
 * The press joins a sync: it adds what that one does not have, and tells what its own scope cannot send, and nothing
 * twice. What the sync has sent already it does not send again, however often somebody presses "all".
 */
export async function takeInMore(
  sql: Sql,
  { id, startedAt }: Pick<Pressed, 'id' | 'startedAt'>,
  cls: ClassRef,
  plan: PressPlan,
  request: SyncRequest,
  yields = false,
): Promise<void> {
  // one that a schedule has begun is somebody's from now on, and waits for no quiet hours
  if (!yields) await sql.rows(`UPDATE sync SET pressed = true WHERE id = $1 AND trigger = 'schedule'`, [id]);
  const done = ({ row }: Row) =>
    row.dirty_n === row.clean_n && row.last_sent_at !== null && row.last_sent_at >= startedAt;
  const more: PressPlan = {
    lineItems: plan.lineItems.filter((row) => !done(row)),
    results: plan.results.filter((row) => !done(row)),
    deletions: plan.deletions.filter((one) => one.syncId !== id),
  };
  const told = await cellsTold(sql, id);
  const news = (row: Row, lineItemKey: string, studentKey: string | null) =>
    sends(row) ? row.row.sync_id !== id : !told.has(cellName(lineItemKey, studentKey));
  const added: PressPlan = {
    lineItems: more.lineItems.filter((l) => !isUnchanged(l) && news(l, l.row.key, null)),
    results: more.results.filter((r) => !isUnchanged(r) && news(r, r.lineItemKey, r.row.student_key)),
    deletions: more.deletions,
  };
  // those that it has already come sooner, if this press is the more urgent
  await releaseRows(sql, id, more, request, yields);
  if (request.mode === 'all') await sql.rows(`UPDATE sync SET mode = 'all' WHERE id = $1`, [id]);
  await addEntries(sql, heldBack(id, added));
  await addPlanned(sql, id, numbersOf(added));
  await finishSyncs(sql, [id]);
  await wakeLanes(sql, cls.connection_id ? [cls.connection_id] : []);
}

type Row = PlannedClass['lineItems'][number] | PlannedClass['results'][number];
const isUnchanged = ({ decision }: Row) => decision.action === 'unchanged';

const cellName = (lineItemKey: string, studentKey: string | null) =>
  JSON.stringify([lineItemKey, studentKey]);

async function cellsTold(sql: Sql, id: string): Promise<Set<string>> {
  const rows = await sql.rows<{ line_item_key: string; student_key: string | null }>(
    `SELECT DISTINCT line_item_key, student_key FROM sync_entry WHERE sync_id = $1`,
    [id],
  );
  return new Set(rows.map((row) => cellName(row.line_item_key, row.student_key)));
}

/** by choice; wanting someone; wanting someone's choice */
const held: Partial<Record<string, EntryAction>> = {
  skip: 'skipped',
  blocked: 'failed',
  conflict: 'conflict',
};

/** Rows that the plan keeps here, each with its reason. */
function heldBack(syncId: string, plan: PressPlan): Entry[] {
  const entry = ({ row, decision }: Row, of: Pick<Entry, 'kind' | 'lineItemKey' | 'studentKey'>): Entry[] => {
    const action = held[decision.action];
    const reason: Reason | null = 'reason' in decision ? decision.reason : null;
    return action ? [{ syncId, ...of, action, reason, version: row.version }] : [];
  };
  return [
    ...plan.lineItems.flatMap((l) =>
      entry(l, { kind: 'lineItem', lineItemKey: l.row.key, studentKey: null }),
    ),
    ...plan.results.flatMap((r) =>
      entry(r, { kind: 'result', lineItemKey: r.lineItemKey, studentKey: r.row.student_key }),
    ),
  ];
}

async function releaseRows(
  sql: Sql,
  id: string,
  plan: PressPlan,
  request: SyncRequest,
  yields: boolean,
): Promise<void> {
  const urgency =
    request.studentIds?.length === 1
      ? priority.press
      : yields || request.mode === 'all'
        ? priority.bulk
        : priority.classSync;
  const ids = (rows: Row[]) => rows.filter(sends).map(({ row }) => row.id);
  await release(sql, 'line_item', ids(plan.lineItems), id, urgency, request.mode);
  await release(sql, 'result', ids(plan.results), id, urgency, request.mode);
}

async function release(
  sql: Sql,
  table: 'line_item' | 'result',
  ids: string[],
  syncId: string,
  urgency: number,
  mode: 'changes' | 'all',
): Promise<void> {
  if (ids.length === 0) return;
  const all = mode === 'all';
  // the counter rises for a clean row, and for a parked one, so that its next try is not taken for the one that was
  // refused; "all" also sets the hash aside that would settle the row without a request
  await sql.rows(
    `UPDATE ${table} t SET dirty_n = t.dirty_n + o.more, release_n = t.dirty_n + o.more, sync_id = $2,
            priority = CASE WHEN t.release_n > t.clean_n THEN least(t.priority, $3) ELSE $3 END,
            next_attempt_at = now(), attempts = 0, parked_n = NULL ${all ? `, acked_hash = ${again.set('t.acked_hash')}` : ''}
       FROM (SELECT t.id, CASE WHEN t.dirty_n = t.clean_n OR t.parked_n = t.dirty_n THEN 1 ELSE 0 END AS more
               FROM ${table} t WHERE t.id = ANY($1::bigint[]) ORDER BY ${lockOrder[table]} FOR UPDATE) o
      WHERE o.id = t.id AND ($4 OR t.dirty_n > t.clean_n)`,
    [ids, syncId, urgency, all],
  );
}
