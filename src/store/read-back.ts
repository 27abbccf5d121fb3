/** Writes down what a reading found: each row locked, judged as it stands now (passback/read-back.ts), and written. */
import {
  lineItemColumns,
  lineItemFacts,
  readClassFacts,
  resultColumns,
  resultFacts,
  type DutyRow,
  type LineItemRow,
  type ResultRow,
} from './class-facts.ts';
import type { Sql } from './database.ts';
import { lockOrder, priority, raiseDirty } from './duty.ts';
import { hold } from './hold.ts';
import { quietSeconds } from './readings.ts';
import { recreate } from './recreate.ts';
import { triedLineItems, triedResults, type Tried } from './tried.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import { buildLineItem, type Built } from '../gradebook/line-item.ts';
import { lineItemAsLinked, resultAsLinked } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { buildResult } from '../gradebook/result.ts';
import {
  lineItemValues,
  resultValues,
  shownBy,
  studentOf,
  type Kind,
  type Values,
} from '../gradebook/values.ts';
import { afterReading, conflictOver, type Seen, type Standing } from '../passback/read-back.ts';
import type { Fence, Reading } from '../passback/ports/lanes.ts';

/** What nobody has touched for so long is looked at more seldom. */
const LONG_AGO_MS = 60 * 86_400_000;
const SELDOM = 7;

interface ReadColumns {
  tried: Tried[];
  repairs: number;
}
type ReadLineItem = LineItemRow & ReadColumns;
type ReadResult = ResultRow & ReadColumns;
interface Judged {
  row: DutyRow & ReadColumns;
  before: Standing;
  after: Standing;
}
const more = (t: string) => `${t}.tried, ${t}.repairs`;

/** false: the lane has moved on */
export async function keepReading(sql: Sql, fence: Fence, reading: Reading): Promise<boolean> {
  const here = await hold(sql, fence, [reading.classId]);
  if (!here) return false;
  const cls = (await readClassFacts(sql, [reading.classId])).get(reading.classId);
  const [item] = await sql.rows<ReadLineItem & { quiet_ms: number }>(
    `SELECT ${lineItemColumns}, ${more('l')}, ${quietSeconds} * 1000 AS quiet_ms FROM line_item l JOIN domain d ON d.id = l.domain_id
      WHERE l.id = $1 FOR UPDATE OF l`,
    [reading.lineItemId],
  );
  // moved to another SIS, deleted, or made anew while we read: what was read is about something else
  if (!here.has(reading.classId) || !cls || !item || item.acked_version === 0) return true;
  const before = new Date(reading.at.getTime() - item.quiet_ms);
  const calm = (row: DutyRow) =>
    row.sending_epoch === null && row.last_sent_at !== null && row.last_sent_at <= before;
  if (!reading.lineItem || shownBy('lineItem', reading.lineItem) === null) {
    // our write to it may have come after the list
    if (calm(item)) await recreate(sql, { lineItemId: item.id, promised: false, syncId: null });
    else await again(sql, item.id, item.quiet_ms);
    return true;
  }
  const results = await sql.rows<ReadResult>(
    `SELECT ${resultColumns}, ${more('r')} FROM result r JOIN student s ON s.id = r.student_id
      WHERE r.line_item_id = $1 AND r.acked_version > 0 ORDER BY ${lockOrder.result.replaceAll('t.', 'r.')} FOR UPDATE OF r`,
    [item.id],
  );
  await write(sql, 'lineItem', calm(item) ? judgeLineItem(cls, item, reading.lineItem) : []);
  await write(sql, 'result', judgeResults(cls, item, results.filter(calm), reading));
  const written = [item, ...results].map((row) => row.last_sent_at?.getTime() ?? 0);
  const last = Math.max(...written);
  const fresh = last > before.getTime();
  const idle = reading.at.getTime() - last > LONG_AGO_MS;
  await again(sql, item.id, fresh ? last - before.getTime() : reading.againInMs * (idle ? SELDOM : 1));
  return true;
}

/** A repair that was made meanwhile has set an earlier time, or will. */
async function again(sql: Sql, lineItemId: string, ms: number): Promise<void> {
  await sql.rows(
    `UPDATE line_item SET verify_at = now() + $2::float8 * interval '1 millisecond' WHERE id = $1`,
    [lineItemId, ms],
  );
}

function judgeLineItem(cls: ClassFacts, item: ReadLineItem, shown: Record<string, unknown>): Judged[] {
  const facts = lineItemFacts(item);
  if (lineItemAsLinked(cls, facts).ackedVersion === 0) return [];
  return judge(cls, item, buildLineItem(cls, facts), lineItemValues, {
    tried: triedLineItems(cls, facts, item.tried),
    shown: shownBy('lineItem', shown),
  });
}

function judgeResults(
  cls: ClassFacts,
  item: ReadLineItem,
  rows: ReadResult[],
  { results: items, partial }: Reading,
): Judged[] {
  const li = lineItemFacts(item);
  if (isKept(buildLineItem(cls, li))) return [];
  const byId = new Map(items.map((result) => [result.sourcedId, result]));
  // an SIS may keep it under an id of its own without telling: what counts is the student's score
  const byStudent = new Map(items.map((result) => [studentOf(result), result]));
  return rows.flatMap((row) => {
    const facts = resultFacts(row);
    // acknowledged for another student, or under another lineItem
    if (resultAsLinked(cls, item.sourced_id ?? '', facts).ackedVersion === 0) return [];
    const shown = byId.get(row.sourced_id) ?? byStudent.get(sisIdOf(facts.student, cls.settings) ?? '');
    if (!shown && partial) return [];
    return judge(cls, row, buildResult(cls, li, item.sourced_id ?? '', facts), resultValues, {
      tried: triedResults(cls, li, facts, row.tried),
      shown: shownBy('result', shown),
    });
  });
}

/** By choice or for want of something nothing would be sent now: then the SIS's is not ours to mend. */
const isKept = (built: Built<unknown>) => built.action === 'skip' || built.action === 'blocked';

function judge<Body>(
  cls: ClassFacts,
  row: DutyRow & ReadColumns,
  built: Built<Body>,
  valuesOf: (body: Body) => Values,
  read: Pick<Seen, 'tried' | 'shown'>,
): Judged[] {
  const due = row.release_n > row.clean_n;
  // not certain: what comes next will tell
  if (due || row.acked_version === 0 || !row.acked || row.acked_hash === null || isKept(built)) return [];
  const before: Standing = {
    dirtyN: row.dirty_n,
    cleanN: row.clean_n,
    releaseN: row.release_n,
    ackedVersion: row.acked_version,
    ackedHash: row.acked_hash,
    verifiedVersion: row.verified_version,
    repairs: row.repairs,
    lastReason: row.last_reason,
    found: row.found,
  };
  const after = afterReading(before, {
    ...read,
    ours: row.acked as Values,
    wanted: built.action === 'body' ? valuesOf(built.body) : null,
    zone: cls.timeZone,
    policy: cls.settings.conflictPolicy,
  });
  return [{ row, before, after }];
}

const tableOf = { lineItem: 'line_item', result: 'result' } as const;

async function write(sql: Sql, kind: Kind, judged: Judged[]): Promise<void> {
  if (judged.length === 0) return;
  await sql.rows(
    `UPDATE ${tableOf[kind]} t SET dirty_n = n.dirty_n, release_n = n.release_n, acked_hash = n.acked_hash, repairs = n.repairs,
            last_reason = n.last_reason, verified_version = n.verified_version, found = n.found,
            found_at = CASE WHEN n.found IS NULL THEN NULL WHEN n.found = t.found THEN t.found_at ELSE now() END,
            verified_at = CASE WHEN n.verified_version > 0 THEN now() ELSE t.verified_at END,
            next_attempt_at = CASE WHEN n.release_n > t.release_n THEN now() ELSE t.next_attempt_at END,
            priority = CASE WHEN n.release_n > t.release_n THEN ${priority.bulk} ELSE t.priority END,
            attempts = CASE WHEN n.release_n > t.release_n THEN 0 ELSE t.attempts END
       FROM jsonb_to_recordset($1::jsonb) AS n(id bigint, dirty_n int, release_n int, acked_hash text, repairs smallint,
            last_reason jsonb, verified_version int, found jsonb)
      WHERE t.id = n.id`,
    [
      JSON.stringify(
        judged.map(({ row, after }) => ({
          id: row.id,
          dirty_n: after.dirtyN,
          release_n: after.releaseN,
          acked_hash: after.ackedHash,
          repairs: after.repairs,
          last_reason: after.lastReason,
          verified_version: after.verifiedVersion,
          found: after.found,
        })),
      ),
    ],
  );
  // an edit from here was kept back for it
  const over = judged.filter(({ before, after }) => conflictOver(before, after)).map(({ row }) => row.id);
  if (over.length > 0)
    await raiseDirty(sql, tableOf[kind], 't.id = ANY($1::bigint[]) AND t.dirty_n > t.clean_n', [over]);
}
