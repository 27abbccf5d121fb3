/** Writes down what a reading found of one lineItem and its results: each row locked, judged as it stands now, written. */
import { readClassFacts } from './class-facts.ts';
import { lineItemColumns, resultColumns } from './row-facts.ts';
import type { Sql } from './database.ts';
import { lockOrder } from './duty.ts';
import { hold } from './hold.ts';
import {
  groundOf,
  isCalm,
  lookAtLineItem,
  lookAtResult,
  readColumns,
  type Look,
  type ReadLineItem,
  type ReadResult,
} from './judge.ts';
import { writeLooked } from './write-looked.ts';
import { quietSeconds } from './readings.ts';
import { recreate } from './recreate.ts';
import { shownBy, studentOf } from '../gradebook/values.ts';
import type { Fence, Reading } from '../passback/ports/lanes.ts';

/** What nobody has touched for so long is looked at more seldom. */
const LONG_AGO_MS = 60 * 86_400_000;
const SELDOM = 7;

/** false: the lane has moved on */
export async function keepReading(sql: Sql, fence: Fence, reading: Reading): Promise<boolean> {
  const here = await hold(sql, fence, [reading.classId]);
  if (!here) return false;
  const cls = (await readClassFacts(sql, [reading.classId])).get(reading.classId);
  const [item] = await sql.rows<ReadLineItem & { quiet_ms: number }>(
    `SELECT ${lineItemColumns}, ${readColumns('l')}, ${quietSeconds} * 1000 AS quiet_ms FROM line_item l JOIN domain d ON d.id = l.domain_id
      WHERE l.id = $1 FOR UPDATE OF l`,
    [reading.lineItemId],
  );
  // moved to another SIS, deleted, or made anew while we read: what was read is about something else
  if (!here.has(reading.classId) || !cls || !item || item.acked_version === 0) return true;
  const look: Look = { at: reading.at, quietMs: item.quiet_ms, closely: false };
  if (!reading.lineItem || shownBy('lineItem', reading.lineItem) === null) {
    // our write to it may have come after the list
    if (isCalm(item, look)) {
      const heals = cls.settings.driftHealing !== 'report';
      await recreate(sql, { lineItemId: item.id, promised: false, syncId: null, heals });
    } else await again(sql, item.id, look.at, item.quiet_ms);
    return true;
  }
  const results = await sql.rows<ReadResult>(
    `SELECT ${resultColumns}, ${readColumns('r')} FROM result r JOIN student s ON s.id = r.student_id
      WHERE r.line_item_id = $1 AND r.acked_version > 0 ORDER BY ${lockOrder.result.replaceAll('t.', 'r.')} FOR UPDATE OF r`,
    [item.id],
  );
  const shown = {
    byId: new Map(reading.results.map((result) => [result.sourcedId, result])),
    byStudent: new Map(reading.results.map((result) => [studentOf(result), result])),
    whole: !reading.partial,
  };
  const on = groundOf(cls, item, results);
  await writeLooked(sql, 'lineItem', [lookAtLineItem(cls, item, reading.lineItem, look)], look.at);
  await writeLooked(
    sql,
    'result',
    results.map((row) => lookAtResult(cls, on, row, shown, look)),
    look.at,
  );
  const written = [item, ...results].map((row) => row.last_sent_at?.getTime() ?? 0);
  const last = Math.max(...written);
  const before = look.at.getTime() - look.quietMs;
  const fresh = last > before;
  const idle = reading.at.getTime() - last > LONG_AGO_MS;
  await again(sql, item.id, look.at, fresh ? last - before : reading.againInMs * (idle ? SELDOM : 1));
  return true;
}

/** A repair that was made meanwhile has set an earlier time, or will. Who has asked since the reading began asks for another. */
async function again(sql: Sql, lineItemId: string, since: Date, ms: number): Promise<void> {
  await sql.rows(
    `UPDATE line_item SET verify_asked = verify_asked AND coalesce(verify_at > $3, false),
            verify_at = least(now() + $2::float8 * interval '1 millisecond', CASE WHEN verify_at > $3 THEN verify_at END)
      WHERE id = $1`,
    [lineItemId, ms, since],
  );
}
