/** A whole class as the SIS was found to hold it: what is to be read, and what becomes of it. */
import { readClassFacts } from './class-facts.ts';
import { lineItemColumns, lineItemFacts, readLineItems, resultColumns } from './row-facts.ts';
import type { Sql } from './database.ts';
import { lockOrder } from './duty.ts';
import { hold } from './hold.ts';
import {
  groundOf,
  lookAtLineItem,
  lookAtResult,
  mayBeMissed,
  readColumns,
  type Look,
  type ReadLineItem,
  type ReadResult,
  type ShownResults,
} from './judge.ts';
import { writeLooked } from './write-looked.ts';
import { sentByDeleted } from './mixed-up.ts';
import { recreate } from './recreate.ts';
import { keepStrangers } from './sis-line-items.ts';
import { beginAwaited, isAwaited } from './sync-awaited.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { lineItemAsLinked } from '../gradebook/links.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { studentOf } from '../gradebook/values.ts';
import { lineItemOf } from '../passback/class-reading.ts';
import { planLineItem } from '../passback/planner.ts';
import type { ClassReading, ClassToRead, Fence } from '../passback/ports/lanes.ts';

export async function classToRead(sql: Sql, classId: string): Promise<ClassToRead | null> {
  const cls = (await readClassFacts(sql, [classId])).get(classId);
  if (!cls) return null;
  const [now] = await sql.rows<{ at: Date }>(`SELECT date_trunc('milliseconds', now()) AS at`);
  const rows = await readLineItems(sql, classId);
  const results = await sql.rows<{ line_item_id: string; ids: string[] | null; fresh: boolean }>(
    // of whom it was not acknowledged, only the whole list tells whether somebody has entered something
    `SELECT r.line_item_id, array_agg(r.sourced_id) FILTER (WHERE r.acked_version > 0) AS ids,
            coalesce(bool_or((r.acked_version = 0 OR r.linked_to::jsonb->>1 <> CASE WHEN $2 THEN s.custom_id ELSE s.sourced_id END)
                             AND (r.score IS NOT NULL OR r.status IS NOT NULL)), false) AS fresh
       FROM result r JOIN student s ON s.id = r.student_id WHERE r.line_item_id = ANY($1::bigint[]) GROUP BY r.line_item_id`,
    [rows.map((row) => row.id), cls.settings.useCustomIds],
  );
  const of = new Map(results.map((row) => [row.line_item_id, row]));
  const needs = { categories: false, school: false };
  const lineItems = rows.flatMap((row) => {
    const facts = lineItemFacts(row);
    const decision = planLineItem(cls, facts);
    if (decision.action === 'needsRead') {
      needs.categories ||= decision.read === 'categories';
      needs.school ||= cls.schoolSourcedId === null && !cls.schoolMissing;
    }
    // linked is as good as acknowledged: the SIS has it under that id
    const known =
      lineItemAsLinked(cls, facts).sourcedId !== null || lineItemAsLinked(cls, facts).ackedVersion > 0;
    if (!known && (decision.action === 'skip' || decision.action === 'blocked')) return [];
    return [{ id: row.id, sourcedId: lineItemIdOf(cls, facts), known, resultIds: of.get(row.id)?.ids ?? [] }];
  });
  return {
    cls,
    classSourcedId: sisIdOf(cls, cls.settings),
    at: now!.at,
    lineItems,
    whole: lineItems.some(({ id, known }) => known && of.get(id)?.fresh),
    needs,
  };
}

/** false: the lane has moved on */
export async function keepClassReading(sql: Sql, fence: Fence, reading: ClassReading): Promise<boolean> {
  const { classId, at } = reading;
  // rows join a sync here: no press and no answer of the SIS may come between what is found and what is taken in
  await sql.rows(`SELECT 1 FROM class WHERE id = $1 FOR NO KEY UPDATE`, [classId]);
  const here = await hold(sql, fence, [classId]);
  if (!here) return false;
  const cls = (await readClassFacts(sql, [classId])).get(classId);
  // moved to another SIS, or deleted
  if (!here.has(classId) || !cls) return true;
  await keepRows(sql, cls, reading, await isAwaited(sql, classId));
  if (reading.lineItems) await keepStrangers(sql, cls, reading.lineItems);
  await sql.rows(
    `UPDATE class SET read_at = $2, read_due = NULL, sis_students = coalesce($3, sis_students),
            sis_students_read_at = CASE WHEN $3::jsonb IS NULL THEN sis_students_read_at ELSE $2 END WHERE id = $1`,
    [classId, at, reading.students && JSON.stringify(reading.students)],
  );
  await beginAwaited(sql, classId, { readAt: at.toISOString() });
  return true;
}

async function keepRows(sql: Sql, cls: ClassFacts, reading: ClassReading, pressed: boolean): Promise<void> {
  const look: Look = {
    at: reading.at,
    quietMs: cls.settings.verifyAfterSeconds * 1000,
    closely: true,
    pressed,
  };
  const items = await sql.rows<ReadLineItem>(
    `SELECT ${lineItemColumns}, ${readColumns('l')} FROM line_item l WHERE l.class_id = $1 ORDER BY l.id FOR UPDATE OF l`,
    [cls.id],
  );
  const rows = await sql.rows<ReadResult>(
    `SELECT ${resultColumns}, ${readColumns('r')} FROM result r JOIN student s ON s.id = r.student_id
      WHERE r.line_item_id = ANY($1::bigint[]) ORDER BY ${lockOrder.result.replaceAll('t.', 'r.')} FOR UPDATE OF r`,
    [items.map((item) => item.id)],
  );
  const listed = reading.lineItems && new Map(reading.lineItems.items.map((item) => [item.sourcedId, item]));
  const gone = new Set(reading.gone);
  const shownOf = shownResults(reading);
  const lost = items.filter((item) => gone.has(item.id) && item.acked_version > 0 && mayBeMissed(item, look));
  const made = items.filter((item) => !lost.includes(item));
  await writeLooked(
    sql,
    'lineItem',
    made.map((row) => {
      const item = listed?.get(lineItemIdOf(cls, lineItemFacts(row)));
      return lookAtLineItem(
        cls,
        row,
        item ?? (reading.lineItems?.whole || gone.has(row.id) ? null : undefined),
        look,
      );
    }),
    look.at,
  );
  const deleted = await sentByDeleted(sql, cls.id);
  const resultsOf = Map.groupBy(rows, (row) => row.line_item_id);
  const grounds = new Map(
    made.map((item) => {
      const on = groundOf(cls, item, resultsOf.get(item.id) ?? [], deleted);
      return [item.id, { on, shown: shownOf(on.sourcedId) }];
    }),
  );
  await writeLooked(
    sql,
    'result',
    rows.flatMap((row) => {
      const of = grounds.get(row.line_item_id);
      return of ? [lookAtResult(cls, of.on, row, of.shown, look)] : [];
    }),
    look.at,
  );
  const heals = cls.settings.driftHealing !== 'report';
  for (const { id } of lost) await recreate(sql, { lineItemId: id, promised: false, syncId: null, heals });
}

/** By lineItem of the SIS. */
function shownResults({ results }: ClassReading): (lineItemId: string) => ShownResults {
  const byId = new Map(results.items.map((item) => [item.sourcedId, item]));
  const byLineItem = new Map<unknown, Map<unknown, Record<string, unknown>>>();
  for (const item of results.items) {
    const of = lineItemOf(item);
    const students = byLineItem.get(of) ?? new Map<unknown, Record<string, unknown>>();
    byLineItem.set(of, students.set(studentOf(item), item));
  }
  const none = new Map<unknown, Record<string, unknown>>();
  return (id) => ({ byId, byStudent: byLineItem.get(id) ?? none, whole: results.whole });
}
