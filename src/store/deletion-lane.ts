/** What a lane deletes in the SIS, and what came of it; fenced by the class and the lane's epoch like every answer. */
import { readClassFacts } from './class-facts.ts';
import { hot, type Sql } from './database.ts';
import { autoSql, raiseDirty, wakeLanes } from './duty.ts';
import { hold } from './hold.ts';
import { recreate } from './recreate.ts';
import { tell, type Told } from './sync-record.ts';
import { finishSyncs } from './sync-row.ts';
import { quietDomains } from './quiet.ts';
import { nowRounded, OURS, ours, pressed } from './take.ts';
import { followTitles } from './titles.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { lineItemTombstone, resultTombstone } from '../gradebook/tombstone.ts';
import { isGone, type Values } from '../gradebook/values.ts';
import type { Deleted, DeletionDue, Fence } from '../passback/ports/lanes.ts';
import { FAILS_SYNC_AFTER, givesUp } from '../passback/retry.ts';

const AT_ONCE = 20;
const policy = `coalesce(d.effective->>'deletePropagation', 'none')`;
const from = `deletion x JOIN class c ON c.id = x.class_id JOIN domain d ON d.id = c.domain_id`;
/** Its results go first: some SISs delete no assignment that has scores. Needs $1 (connection). */
const sendable = `d.connection_id = $1 AND d.sending = 'on' AND x.state = 'planned' AND (x.released OR ${autoSql}) AND ${policy} <> 'none'
  AND (x.kind = 'result' OR NOT EXISTS (SELECT 1 FROM deletion r
        WHERE r.class_id = x.class_id AND r.line_item_key = x.line_item_key AND r.kind = 'result' AND r.state = 'planned'))`;
/** When the connection's next deletion is due. */
export const nextDeletion = `(SELECT min(x.next_attempt_at) FROM ${from} WHERE ${sendable})`;
/** Of any connection `l`: for the sweep. */
export const deletionIsDue = `EXISTS (SELECT 1 FROM ${from} WHERE ${sendable.replace('$1', 'l.connection_id')} AND x.next_attempt_at <= now())`;

interface Row {
  id: string;
  class_id: string;
  kind: 'lineItem' | 'result';
  line_item_key: string;
  student_key: string;
  with_line_item: boolean;
  sourced_id: string;
  linked_to: string | null;
  acked: Record<string, unknown> | null;
  attempts: number;
  failing_since: Date | null;
  state: string;
  created_at: Date;
  sync_id: string | null;
  at: Date;
}
const columns = `x.id, x.class_id, x.kind, x.line_item_key, x.student_key, x.with_line_item, x.sourced_id, x.linked_to, x.acked, x.attempts, x.failing_since, x.state, x.created_at, x.sync_id, now() AS at`;

/** Marks them as being sent by this epoch: who puts one of them here again can see that it may be on its way. */
export async function deletionsDue(sql: Sql, fence: Fence): Promise<DeletionDue[]> {
  await settleAbandoned(sql, fence);
  const quiet = (await quietDomains(sql, fence)).map(({ id }) => id);
  const rows = await sql.rows<Row & { how: 'delete' | 'tobedeleted' }>(
    hot(`WITH due AS MATERIALIZED (
       SELECT x.id, ${policy} AS how FROM ${from}
        WHERE ${sendable} AND x.next_attempt_at <= ${nowRounded} AND x.sending_epoch IS DISTINCT FROM $2
          AND (d.id <> ALL($4::bigint[]) OR ${pressed.replace('t.', 'x.')})
        ORDER BY x.next_attempt_at, x.id LIMIT ${AT_ONCE} FOR UPDATE OF x SKIP LOCKED)
     UPDATE deletion x SET sending_epoch = $2, sync_id = (SELECT y.id FROM sync y WHERE y.id = x.sync_id AND y.status = 'processing') FROM due
      WHERE due.id = x.id AND EXISTS (SELECT 1 FROM lane WHERE ${OURS}) RETURNING ${columns}, due.how`),
    [...ours(fence), quiet],
  );
  const classes = await readClassFacts(sql, [...new Set(rows.map((row) => row.class_id))], {
    titles: 'never',
  });
  return rows.flatMap((row) => {
    const cls = classes.get(row.class_id);
    if (!cls) return [];
    const { id, kind, sourced_id: sourcedId, attempts, how } = row;
    const gone = { sourcedId, linkedTo: row.linked_to, acked: row.acked, at: row.created_at };
    const tombstone = kind === 'lineItem' ? lineItemTombstone(cls, gone) : resultTombstone(cls, gone);
    const what = { id, cls, kind, sourcedId, how, attempts, over: overOf(cls, row) };
    return [{ ...what, tombstone: how === 'delete' ? null : tombstone }];
  });
}

/** false: the lane has moved on */
export async function keepDeletion(
  sql: Sql,
  fence: Fence,
  { id, cls }: Pick<DeletionDue, 'id' | 'cls'>,
  done: Deleted,
): Promise<boolean> {
  // what the SIS does not have any more is put there again: presses and answers wait
  await sql.rows(`SELECT 1 FROM class WHERE id = $1 FOR NO KEY UPDATE`, [cls.id]);
  const here = await hold(sql, fence, [cls.id]);
  if (!here) return false;
  const [row] = here.has(cls.id)
    ? await sql.rows<Row>(`SELECT ${columns} FROM deletion x WHERE x.id = $1 FOR UPDATE`, [id])
    : [];
  if (!row) return true;
  const mayBeDone = done.how === 'done' || (done.how === 'retry' && done.ambiguous);
  if (row.state === 'withdrawn') await overtaken(sql, row, mayBeDone);
  else if (row.state === 'planned') {
    const its = { id: cls.id, connection_id: fence.connectionId };
    await followTitles(sql, its, null, () => write(sql, row, done, mayBeDone));
  }
  return true;
}

/** Ours may go over whatever is there where the policy says so, or nobody knows what ours was. */
function overOf(cls: ClassFacts, row: Row): DeletionDue['over'] {
  const classId = sisIdOf(cls, cls.settings);
  const { conflictPolicy } = cls.settings;
  const known = row.kind === 'result' && row.acked !== null && row.linked_to !== null && classId !== null;
  if (!known || conflictPolicy === 'lmsWins' || isGone(row.acked as Values)) return null;
  const [lineItemId] = JSON.parse(row.linked_to ?? '[]') as string[];
  return lineItemId === undefined ? null : { classId, lineItemId, acked: row.acked as Values };
}

async function write(sql: Sql, row: Row, done: Deleted, mayBeDone: boolean): Promise<void> {
  const attempts = row.attempts + (done.how === 'retry' && done.counts ? 1 : 0);
  const failingSince =
    done.how === 'retry' && attempts > 0 ? (row.failing_since ?? row.at) : row.failing_since;
  const givenUp = done.how === 'retry' && givesUp(attempts, failingSince ?? row.at, row.at);
  const state = done.how === 'done' ? 'done' : done.how === 'refused' || givenUp ? 'refused' : 'planned';
  // as a row does: its sync is told, and it goes on by itself
  const fails = state === 'planned' && row.sync_id !== null && attempts >= FAILS_SYNC_AFTER;
  await sql.rows(
    `UPDATE deletion SET state = $2, sending_epoch = NULL, attempts = $3, failing_since = $4, last_reason = $5,
            next_attempt_at = coalesce($6, next_attempt_at), sent_at = CASE WHEN $7 THEN now() ELSE sent_at END,
            done_at = CASE WHEN $2 = 'done' THEN now() END, acked = CASE WHEN $2 <> 'done' THEN acked END,
            sync_id = CASE WHEN $2 = 'planned' AND NOT $8 THEN sync_id END
      WHERE id = $1`,
    [
      row.id,
      state,
      attempts,
      failingSince,
      'reason' in done ? JSON.stringify(done.reason) : null,
      'nextAttemptAt' in done ? (done.nextAttemptAt ?? null) : null,
      mayBeDone,
      fails,
    ],
  );
  const reason = 'reason' in done ? done.reason : null;
  const told: Told[] = [];
  const entry = (of: Pick<Row, 'kind' | 'student_key' | 'sync_id'>, action: Told['action']) =>
    told.push({
      ...{ syncId: of.sync_id, classId: row.class_id, kind: of.kind, lineItemKey: row.line_item_key },
      ...{ studentKey: of.student_key || null, action, version: 0 },
      reason: action === 'failed' ? reason : null,
    });
  if (state === 'done') entry(row, 'deleted');
  const theirs = done.how === 'refused' && done.theirs === true;
  // one that went with its lineItem may still go with that, which is told then
  if (fails || (state === 'refused' && (theirs || !row.with_line_item))) entry(row, 'failed');
  // its lineItem cannot go before it; and not at all while somebody's score stands on it
  if ((fails || theirs) && row.with_line_item) {
    const held = await sql.rows<Pick<Row, 'kind' | 'student_key' | 'sync_id'>>(
      `UPDATE deletion x SET sync_id = NULL, state = CASE WHEN $3 THEN 'refused' ELSE x.state END, last_reason = CASE WHEN $3 THEN $4 ELSE x.last_reason END
         FROM (SELECT id, sync_id FROM deletion WHERE class_id = $1 AND line_item_key = $2 AND kind = 'lineItem' AND state = 'planned' FOR UPDATE) o
        WHERE x.id = o.id RETURNING x.kind, x.student_key, o.sync_id`,
      [row.class_id, row.line_item_key, theirs, reason && JSON.stringify(reason)],
    );
    for (const one of held) if (theirs || one.sync_id) entry(one, 'failed');
  }
  const others = `class_id = $1 AND line_item_key = $2 AND kind = 'result' AND with_line_item`;
  // they went with it; and what is forbidden for one score is not asked for the others, for the lineItem may go all the same
  if (state === 'done' && row.kind === 'lineItem') {
    const gone = await sql.rows<{ student_key: string }>(
      `UPDATE deletion SET state = 'done', done_at = now(), last_reason = NULL, acked = NULL, sync_id = NULL
        WHERE ${others} AND state IN ('planned', 'refused') RETURNING student_key`,
      [row.class_id, row.line_item_key],
    );
    for (const { student_key } of gone)
      entry({ kind: 'result', student_key, sync_id: row.sync_id }, 'deleted');
  }
  if (state === 'refused' && row.with_line_item && !theirs)
    await sql.rows(
      `UPDATE deletion SET state = 'refused', last_reason = $3, sync_id = NULL WHERE ${others} AND state = 'planned' AND sending_epoch IS NULL`,
      [row.class_id, row.line_item_key, reason && JSON.stringify(reason)],
    );
  await tell(sql, told);
  if (row.sync_id) await finishSyncs(sql, [row.sync_id]);
}

/** It was put here again while its deletion was on its way: whatever came first there, it is sent once more. */
async function overtaken(sql: Sql, row: Row, mayBeDone: boolean): Promise<void> {
  await sql.rows(`DELETE FROM deletion WHERE id = $1`, [row.id]);
  if (!mayBeDone) return;
  if (row.kind === 'result') return resendResult(sql, row);
  const [item] = await sql.rows<{ id: string; acked: boolean }>(
    `SELECT id, acked_version > 0 AS acked FROM line_item WHERE class_id = $1 AND key = $2`,
    [row.class_id, row.line_item_key],
  );
  if (!item) return;
  if (item.acked) await recreate(sql, { lineItemId: item.id, promised: true, syncId: null, heals: true });
  else await raiseDirty(sql, 'line_item', 't.id = $1', [item.id]);
  await wakeClass(sql, row.class_id);
}

async function resendResult(sql: Sql, row: Row): Promise<void> {
  await sql.rows(
    `UPDATE result t SET dirty_n = t.dirty_n + 1, acked_hash = NULL, verified_version = 0, next_attempt_at = now(), last_reason = '{"code":"NOT_STORED"}',
            release_n = CASE WHEN t.dirty_n = t.clean_n OR t.release_n > t.clean_n THEN t.dirty_n + 1 ELSE t.release_n END
       FROM line_item l, student s
      WHERE l.class_id = $1 AND l.key = $2 AND s.class_id = $1 AND s.key = $3 AND t.line_item_id = l.id AND t.student_id = s.id`,
    [row.class_id, row.line_item_key, row.student_key],
  );
  await wakeClass(sql, row.class_id);
}

async function wakeClass(sql: Sql, classId: string): Promise<void> {
  const lanes = await sql.rows<{ id: string }>(
    `SELECT d.connection_id AS id FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1 AND d.connection_id IS NOT NULL`,
    [classId],
  );
  await wakeLanes(
    sql,
    lanes.map((lane) => lane.id),
  );
}

/** Whoever sent these died, or lost the lane, and they were put here again: nobody will tell what came of them. */
async function settleAbandoned(sql: Sql, fence: Fence): Promise<void> {
  const abandoned = `d.connection_id = $1 AND x.state = 'withdrawn' AND x.sending_epoch IS DISTINCT FROM $2`;
  const classes = await sql.rows<{ id: string }>(
    hot(`SELECT DISTINCT c.id FROM ${from} WHERE ${abandoned}`),
    [fence.connectionId, fence.epoch],
  );
  if (classes.length === 0) return;
  const ids = classes.map((cls) => cls.id);
  await sql.rows(`SELECT 1 FROM class WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE`, [ids]);
  const here = await hold(sql, fence, ids);
  if (!here) return;
  const rows = await sql.rows<Row>(
    `SELECT ${columns} FROM ${from} WHERE ${abandoned} AND x.class_id = ANY($3::bigint[]) ORDER BY x.id FOR UPDATE OF x`,
    [fence.connectionId, fence.epoch, [...here]],
  );
  for (const row of rows) await overtaken(sql, row, true);
}
