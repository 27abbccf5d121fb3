/** What rows were seen to be, written set-wise, with what the SIS holds of each. */
import type { Sql } from './database.ts';
import { priority, raiseDirty } from './duty.ts';
import type { Looked } from './judge.ts';
import { conflictsChanged } from './outbox.ts';
import type { Kind } from '../gradebook/values.ts';
import { conflictOver } from '../passback/read-back.ts';

const tableOf = { lineItem: 'line_item', result: 'result' } as const;

export async function writeLooked(sql: Sql, kind: Kind, looked: Looked[], at: Date): Promise<void> {
  const told = looked.filter(({ after, seen }) => after !== null || seen !== undefined);
  if (told.length === 0) return;
  await sql.rows(
    `UPDATE ${tableOf[kind]} t SET dirty_n = n.dirty_n, release_n = n.release_n, acked_hash = n.acked_hash, repairs = n.repairs,
            last_reason = n.last_reason, verified_version = n.verified_version, found = n.found,
            found_at = CASE WHEN n.found IS NULL THEN NULL WHEN n.found = t.found THEN t.found_at ELSE now() END,
            verified_at = CASE WHEN n.judged AND n.verified_version > 0 THEN now() ELSE t.verified_at END,
            next_attempt_at = CASE WHEN n.release_n > t.release_n THEN now() ELSE t.next_attempt_at END,
            priority = CASE WHEN n.release_n > t.release_n THEN ${priority.bulk} ELSE t.priority END,
            attempts = CASE WHEN n.release_n > t.release_n THEN 0 ELSE t.attempts END,
            seen = coalesce(n.seen, t.seen), seen_at = CASE WHEN n.seen IS NULL THEN t.seen_at ELSE $2::timestamptz END,
            seen_of = CASE WHEN n.seen IS NULL THEN t.seen_of ELSE n.seen_of END,
            sourced_id = coalesce(t.sourced_id, n.pinned), linked_to = coalesce(t.linked_to, n.linked_to)
       FROM jsonb_to_recordset($1::jsonb) AS n(id bigint, judged boolean, dirty_n int, release_n int, acked_hash text, repairs smallint,
            last_reason jsonb, verified_version int, found jsonb, seen jsonb, seen_of jsonb, pinned text, linked_to text)
      WHERE t.id = n.id`,
    [
      JSON.stringify(
        told.map(({ row, before, after, seen, seenOf, pin }) => {
          const is = after ?? before;
          return {
            id: row.id,
            judged: after !== null,
            dirty_n: is.dirtyN,
            release_n: is.releaseN,
            acked_hash: is.ackedHash,
            repairs: is.repairs,
            last_reason: is.lastReason,
            verified_version: is.verifiedVersion,
            found: is.found,
            // of a row that is under way, what was seen may be that very write: not what was there before it
            ...(seen !== undefined && row.sending_epoch === null && { seen: seen ?? {}, seen_of: seenOf }),
            ...(pin && { pinned: pin.sourcedId, linked_to: pin.linkedTo }),
          };
        }),
      ),
      at,
    ],
  );
  // an edit from here was kept back for it
  const over = told
    .filter(({ before, after }) => after && conflictOver(before, after))
    .map(({ row }) => row.id);
  if (over.length > 0)
    await raiseDirty(sql, tableOf[kind], 't.id = ANY($1::bigint[]) AND t.dirty_n > t.clean_n', [over]);
  await conflictsChanged(
    sql,
    kind,
    told.flatMap(({ row, before, after }) =>
      after && (before.found?.how === 'foreign') !== (after.found?.how === 'foreign') ? [row.id] : [],
    ),
  );
}
