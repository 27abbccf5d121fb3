/**
 * Writes a batch of outcomes, fenced by the lane's epoch: rows, their syncs' entries, and the syncs that end by it.
 * One transaction. It locks in the order in which all others do: classes and domains (which keeps presses, moves and
 * changes of settings out until it is done), rows as ingest writes them, syncs.
 */
import { lockOrder } from './duty.ts';
import { hot, listSql, type Sql } from './database.ts';
import { hold } from './hold.ts';
import { scheduleReading } from './readings.ts';
import { capture, type Overwritten } from './snapshot-capture.ts';
import { automaticSyncs, inItsSync, record, type Told, type Unnamed } from './sync-record.ts';
import { finishSyncs, type Kind } from './sync-row.ts';
import { triedAfter } from './tried.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { Found, Restored, SeenOf } from '../gradebook/facts.ts';
import { otherStudent } from '../gradebook/links.ts';
import type { Shown } from '../gradebook/values.ts';
import { attemptsAfter, type Attempt } from '../passback/attempts.ts';
import type { Fence, Settlement, Settling } from '../passback/ports/lanes.ts';
import { mayHaveWritten, settled, superseded, type DutyNow, type Settled } from '../passback/settle.ts';
import { heldBefore } from '../passback/snapshot.ts';

interface Row {
  id: string;
  class_id: string;
  line_item_key: string;
  student_key: string | null;
  version: number;
  dirty_n: number;
  clean_n: number;
  release_n: number;
  attempts: number;
  failing_since: Date | null;
  /** now, by the clock that all replicas share */
  at: Date;
  next_attempt_at: Date;
  sourced_id: string | null;
  linked_to: string | null;
  acked_version: number;
  acked_hash: string | null;
  acked: Record<string, unknown> | null;
  acked_at: Date | null;
  seen: Shown | null;
  seen_at: Date | null;
  seen_of: SeenOf | null;
  restored: Restored | null;
  parked_n: number | null;
  last_reason: Reason | null;
  sync_id: string | null;
  sending_epoch: string | null;
  attempt_log: Attempt[];
}
interface Done {
  row: Row;
  s: Settlement;
  after: Settled;
}
const columns = `t.id, l.class_id, l.key AS line_item_key, t.version, t.dirty_n, t.clean_n, t.release_n, t.attempts, t.failing_since, t.next_attempt_at, now() AS at,
  t.sourced_id, t.linked_to, t.acked_version, t.acked_hash, t.acked, t.acked_at, t.seen, t.seen_at, t.seen_of, t.restored, t.parked_n, t.last_reason, t.sync_id, t.sending_epoch, t.attempt_log`;
const locked: Record<Kind, string> = {
  lineItem: `SELECT ${columns}, NULL AS student_key FROM line_item t JOIN line_item l ON l.id = t.id
              WHERE t.id = ANY(${listSql('$1')}) ORDER BY ${lockOrder.line_item} FOR UPDATE OF t`,
  result: `SELECT ${columns}, s.key AS student_key FROM result t JOIN line_item l ON l.id = t.line_item_id JOIN student s ON s.id = t.student_id
            WHERE t.id = ANY(${listSql('$1')}) ORDER BY ${lockOrder.result} FOR UPDATE OF t`,
};
const tableOf = { lineItem: 'line_item', result: 'result' } as const;

/** Lost: the lane has moved on, and the rows that we sent are dirty again, for nobody knows whose write came last. */
export async function settle(sql: Sql, fence: Fence, settlements: Settlement[]): Promise<Settling> {
  const here = await hold(
    sql,
    fence,
    settlements.map((s) => s.classId),
  );
  if (!here) {
    await raiseSent(sql, settlements);
    return 'lost';
  }
  // what follows is sent together, in this order, wherever it waits for no answer: a lane settles many times a second
  let sent: Promise<unknown> = scheduleReading(sql, settlements.filter(mayHaveWritten));
  let moreDue = false;
  const told: Told[] = [];
  const overwritten: Unnamed<Overwritten>[] = [];
  for (const kind of ['lineItem', 'result'] as const) {
    const of = new Map(
      settlements.filter((s) => s.kind === kind && here.has(s.classId)).map((s) => [s.id, s]),
    );
    if (of.size === 0) continue;
    const [rows] = await Promise.all([sql.rows<Row>(hot(locked[kind]), [[...of.keys()]]), sent]);
    const done = rows.map((row): Done => {
      const s = of.get(row.id)!;
      return { row, s, after: outcome(row, s, fence) };
    });
    told.push(...done.flatMap((one) => entry(kind, one)));
    overwritten.push(...done.flatMap((one) => overwrittenBy(one, fence)));
    const written = write(sql, kind, fence, done);
    moreDue ||= done.some(editedMeanwhile);
    const freed = async () => {
      moreDue = (await freeResults(sql, fence, done)) || moreDue;
    };
    sent = kind === 'lineItem' ? Promise.all([written, freed()]) : written;
  }
  const recorded = automaticSyncs(sql, [...told, ...overwritten]).then((named) =>
    Promise.all([
      record(sql, told, named),
      capture(
        sql,
        overwritten.flatMap((write) => inItsSync(write, named)),
      ),
    ]),
  );
  await Promise.all([sent, recorded]);
  await finishSyncs(sql, [...new Set(told.flatMap((e) => (e.syncId ? [e.syncId] : [])))]);
  return moreDue ? 'moreDue' : 'settled';
}

/**
 * Held by us, the edit could not be taken. It is of a later instant than this transaction, which may have waited for it; what
 * falls due a second later, the lane's tick finds.
 */
function editedMeanwhile({ row, s, after }: Done): boolean {
  const soon = row.at.getTime() + 1_000;
  return s.n < row.dirty_n && after.releaseN > after.cleanN && after.nextAttemptAt.getTime() < soon;
}

function outcome(row: Row, s: Settlement, fence: Fence): Settled {
  const now = dutyNow(row);
  return isLater(row, fence) ? superseded(now, s) : settled(now, s, row.at);
}
/** A later run has it in its hands: that run's answer decides, ours only tells that there was another write. */
const isLater = (row: Row, fence: Fence): boolean =>
  row.sending_epoch !== null && BigInt(row.sending_epoch) > BigInt(fence.epoch);

/** What the SIS held before; of a write that comes in behind another one, that one tells. */
function overwrittenBy({ row, s }: Done, fence: Fence): Unnamed<Overwritten>[] {
  if (!mayHaveWritten(s) || s.n < row.clean_n || isLater(row, fence)) return [];
  const linkedTo = 'linkedTo' in s ? (s.linkedTo ?? null) : null;
  const held = heldBefore(
    {
      ackedVersion: row.acked_version,
      acked: row.acked,
      ackedAt: row.acked_at,
      linkedTo: row.linked_to,
      seen: row.seen,
      seenAt: row.seen_at,
      seenOf: row.seen_of?.linkedTo ?? null,
    },
    linkedTo,
  );
  const { line_item_key: lineItemKey, student_key: studentKey, class_id: classId } = row;
  const syncId = syncOf(row, s);
  const known = linkedTo === null || row.linked_to === linkedTo ? row.sourced_id : null;
  const sourcedId = s.how === 'acknowledged' ? s.sourcedId : known;
  return [{ syncId, classId, lineItemKey, studentKey, sourcedId, held, version: s.version }];
}

/** A restore that came meanwhile has a version of its own: what was on its way before is no part of it. */
const syncOf = ({ restored, sync_id }: Row, s: Settlement): string | null =>
  restored && s.version < restored.version ? null : sync_id;

/** Automatic work tells what it did and what went wrong, not what it had no reason to do. */
function entry(kind: Kind, { row, s, after }: Done): Told[] {
  const syncId = syncOf(row, s);
  const quiet = syncId === null && (after.entry === 'unchanged' || after.entry === 'skipped');
  if (after.entry === null || quiet) return [];
  return [
    {
      syncId,
      classId: row.class_id,
      kind,
      lineItemKey: row.line_item_key,
      studentKey: row.student_key,
      action: after.entry,
      reason: after.lastReason ?? leftBehind(kind, row, s),
      version: s.version,
    },
  ];
}

/** What was acknowledged for another student or class stays there: nobody else will tell. */
function leftBehind(kind: Kind, row: Row, s: Settlement): Reason | null {
  const before = row.acked_version > 0 ? row.linked_to : null;
  if (s.how !== 'acknowledged' || s.linkedTo === undefined || before === null || before === s.linkedTo)
    return null;
  if (kind === 'lineItem') return { code: 'LEFT_IN_FORMER_CLASS' };
  return otherStudent(before, s.linkedTo) ? { code: 'LEFT_WITH_FORMER_STUDENT' } : null;
}

function dutyNow(row: Row): DutyNow {
  return {
    version: row.version,
    dirtyN: row.dirty_n,
    cleanN: row.clean_n,
    releaseN: row.release_n,
    attempts: row.attempts,
    failingSince: row.failing_since,
    nextAttemptAt: row.next_attempt_at,
    sourcedId: row.sourced_id,
    ackedVersion: row.acked_version,
    ackedHash: row.acked_hash,
    acked: row.acked,
    parkedN: row.parked_n,
    lastReason: row.last_reason,
    syncId: row.sync_id,
  };
}

async function write(sql: Sql, kind: Kind, fence: Fence, done: Done[]): Promise<void> {
  await sql.rows(
    hot(`UPDATE ${tableOf[kind]} t SET dirty_n = n.dirty_n, clean_n = n.clean_n, release_n = n.release_n, attempts = n.attempts,
            failing_since = n.failing_since,
            next_attempt_at = n.next_attempt_at, sourced_id = n.sourced_id, linked_to = coalesce(n.linked_to, t.linked_to), acked_version = n.acked_version,
            acked_hash = n.acked_hash, acked = n.acked, parked_n = n.parked_n, last_reason = n.last_reason, sync_id = n.sync_id,
            acked_at = CASE WHEN n.acknowledged THEN now() ELSE t.acked_at END,
            last_sent_at = CASE WHEN n.sent THEN now() ELSE t.last_sent_at END,
            sending_epoch = CASE WHEN t.sending_epoch > $2::bigint THEN t.sending_epoch END, tried = ${triedAfter('t')},
            attempt_log = n.attempt_log,
            -- confirmed was what was there before; the same facts under a newer version still are
            verified_version = CASE WHEN n.acknowledged THEN 0 WHEN n.unchanged AND t.verified_version >= t.acked_version THEN n.acked_version
                                    ELSE t.verified_version END,
            repairs = CASE WHEN n.acknowledged AND n.acked_version > greatest(t.acked_version, (t.found->>'version')::int) THEN 0 ELSE t.repairs END,
            -- what was overwritten is remembered: if it comes back, it is the SIS that puts it there
            -- a value that was held for somebody else in the SIS is not this one's
            restored = CASE WHEN t.linked_to <> n.linked_to THEN NULL ELSE t.restored END,
            seen = CASE WHEN coalesce(t.seen_of->>'linkedTo', t.linked_to) <> n.linked_to THEN NULL ELSE t.seen END,
            found_at = CASE WHEN n.found IS NULL THEN t.found_at ELSE now() END,
            found = CASE WHEN n.found IS NOT NULL THEN n.found WHEN NOT n.acknowledged THEN t.found
                         WHEN coalesce(t.found->>'linkedTo', t.linked_to) <> n.linked_to THEN NULL WHEN t.found->>'how' <> 'altered' THEN t.found || '{"how":"overwritten"}' END
            ${kind === 'lineItem' ? ', frozen_due_date = coalesce(n.frozen_due_date, t.frozen_due_date)' : ''}
       FROM jsonb_to_recordset($1::jsonb) AS n(id bigint, dirty_n int, clean_n int, release_n int, attempts int, failing_since timestamptz,
            next_attempt_at timestamptz, sourced_id text, linked_to text, acked_version int, acked_hash text, acked jsonb, parked_n int,
            last_reason jsonb, sync_id uuid, acknowledged boolean, unchanged boolean, ambiguous boolean, sent boolean,
            found jsonb, attempt_log jsonb, frozen_due_date timestamptz)
      -- by their ids: PostgreSQL believes that a record set has a hundred rows, and reads a small table whole for them
      WHERE t.id = n.id AND t.id = ANY(${listSql('$3')})`),
    [
      JSON.stringify(
        done.map(({ row, s, after }) => ({
          id: row.id,
          dirty_n: after.dirtyN,
          clean_n: after.cleanN,
          release_n: after.releaseN,
          attempts: after.attempts,
          failing_since: after.failingSince,
          next_attempt_at: after.nextAttemptAt,
          sourced_id: after.sourcedId,
          acked_version: after.ackedVersion,
          acked_hash: after.ackedHash,
          acked: after.acked,
          parked_n: after.parkedN,
          last_reason: after.lastReason,
          sync_id: after.syncId,
          linked_to: s.how === 'acknowledged' && after.entry !== null ? (s.linkedTo ?? null) : null,
          acknowledged: s.how === 'acknowledged' && after.entry !== null,
          unchanged: s.how === 'unchanged' && after.entry !== null,
          ambiguous: s.how !== 'acknowledged' && mayHaveWritten(s),
          sent: after.sent,
          found: after.entry === null ? null : foundBy(row, s),
          attempt_log: attemptsAfter(row.attempt_log, s, row.at),
          frozen_due_date: s.how === 'acknowledged' ? (s.frozenDueDate ?? null) : null,
        })),
      ),
      fence.epoch,
      done.map(({ row }) => row.id),
    ],
  );
}

function foundBy(row: Row, s: Settlement): Found | null {
  return s.how === 'conflict' || s.how === 'skipped' ? (s.found ?? null) : ownedBySis(row, s);
}

/** The SIS keeps its own and lets nobody else change it: nothing is tried again until it changes here. */
function ownedBySis({ seen }: Row, s: Settlement): Found | null {
  if (s.how !== 'refused' || s.reason.code !== 'SCORE_OWNED_BY_SIS') return null;
  const shown = seen && Object.keys(seen).length > 0 ? seen : null;
  return { ...s.reason, how: 'owned', shown, version: s.version };
}

/** The SIS has these lineItems now: results that waited for them go at once. Answers whether any of them is in nobody's hands. */
async function freeResults(sql: Sql, { epoch }: Fence, done: Done[]): Promise<boolean> {
  const lineItemIds = done.filter(({ s }) => s.how === 'acknowledged').map(({ row }) => row.id);
  if (lineItemIds.length === 0) return false;
  const waits = `t.line_item_id = ANY($1::bigint[]) AND t.dirty_n > t.clean_n AND t.last_reason->>'code' = 'LINE_ITEM_WAITS'
    AND (t.parked_n = t.dirty_n OR t.release_n > t.clean_n)`;
  const freed = await sql.rows<{ sending_epoch: string | null }>(
    `UPDATE result t SET dirty_n = t.dirty_n + o.parked, release_n = greatest(t.release_n, (t.dirty_n + 1) * o.parked),
            next_attempt_at = now(), attempts = 0, parked_n = NULL
       FROM (SELECT t.id, CASE WHEN t.parked_n = t.dirty_n THEN 1 ELSE 0 END AS parked
               FROM result t WHERE ${waits} ORDER BY ${lockOrder.result} FOR UPDATE) o WHERE o.id = t.id RETURNING t.sending_epoch`,
    [lineItemIds],
  );
  return freed.some((row) => row.sending_epoch !== epoch);
}

/** A fence lost means that an older write may land after a newer one; a counter, never a mark (DESIGN §3.4). */
async function raiseSent(sql: Sql, settlements: Settlement[]): Promise<void> {
  for (const kind of ['lineItem', 'result'] as const) {
    const ids = settlements.filter((s) => s.kind === kind && mayHaveWritten(s)).map((s) => s.id);
    if (ids.length === 0) continue;
    const table = tableOf[kind];
    await sql.rows(
      // what was cancelled meanwhile is not sent again for that: it waits, dirty, for the next press
      `UPDATE ${table} t SET dirty_n = t.dirty_n + 1, acked_hash = NULL,
              release_n = CASE WHEN o.cancelled AND t.release_n <= t.clean_n THEN t.release_n ELSE t.dirty_n + 1 END,
              sync_id = CASE WHEN NOT o.cancelled THEN t.sync_id END
         FROM (SELECT t.id, EXISTS (SELECT 1 FROM sync y WHERE y.id = t.sync_id AND y.status = 'cancelled') AS cancelled
                 FROM ${table} t WHERE t.id = ANY($1::bigint[]) ORDER BY ${lockOrder[table]} FOR UPDATE) o WHERE o.id = t.id`,
      [ids],
    );
  }
}
