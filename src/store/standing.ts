/** How a class stands, counted from its plan: the same states that the lists show. */
import { planned, type PlannedClass } from './cells.ts';
import type { Database } from './database.ts';
import type { DutyRow } from './row-facts.ts';
import { findClass, findStudent, type ClassRef } from './scope.ts';
import { goesAlong } from './sync-plan.ts';
import { readSync } from './sync-row.ts';
import { explain, type ReasonText } from '../gradebook/dictionary.ts';
import { notFound } from '../passback/refusal.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { Standings, StateCounts } from '../passback/ports/standing.ts';
import type { SyncView } from '../passback/ports/syncs.ts';

export function createStandings(db: Database): Standings {
  return {
    async of(scope, classKey, { lineItemId, studentId }) {
      const cls = await findClass(db, scope, classKey);
      const plan = await planned(db, cls, {
        lineItemKeys: lineItemId === undefined ? undefined : [lineItemId],
        studentIds: studentId === undefined ? undefined : [await findStudent(db, cls, studentId)],
      });
      if (lineItemId !== undefined && plan.lineItems.length === 0) throw notFound('lineItem');
      const items = studentId === undefined ? plan.lineItems : plan.lineItems.filter(concerns(plan.results));
      const isPart = lineItemId !== undefined || studentId !== undefined;
      const lineItems = tally(plan, items);
      const results = tally(plan, plan.results);
      return {
        reason: await holdUp(db, cls),
        lineItems: lineItems.counts,
        results: results.counts,
        changes: (lineItems.counts.unsent ?? 0) + (results.counts.unsent ?? 0),
        attention: lineItems.attention + results.attention,
        sync: await newest(
          db,
          scope,
          cls,
          `s.status IN ('processing', 'awaitingConfirmation') AND s.trigger <> 'automatic'`,
        ),
        lastSync: isPart
          ? null
          : await newest(db, scope, cls, `s.finished_at IS NOT NULL AND s.status <> 'cancelled'`),
        lastSentAt: lastSent([...items, ...plan.results]),
      };
    },
  };
}

/** Of one student: the lineItems that a press would take along, and those that his scores wait for. */
function concerns(results: PlannedClass['results']): (item: PlannedClass['lineItems'][number]) => boolean {
  const goes = goesAlong(results);
  const waiting = results.filter(
    (r) => 'reason' in r.decision && r.decision.reason.code === 'LINE_ITEM_WAITS',
  );
  const waitedFor = new Set(waiting.map((r) => r.row.line_item_id));
  return (item) => goes(item) || waitedFor.has(item.row.id);
}

function lastSent(rows: { row: DutyRow }[]): string | null {
  const times = rows.flatMap(({ row }) => row.last_sent_at?.getTime() ?? []);
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.max(a, b))).toISOString();
}

function tally(plan: PlannedClass, rows: PlannedClass['lineItems'] | PlannedClass['results']) {
  const counts: StateCounts = {};
  let attention = 0;
  for (const { row, decision } of rows) {
    const { state, reason } = plan.stateOf(row, decision);
    counts[state] = (counts[state] ?? 0) + 1;
    if ((state === 'needsAttention' || state === 'conflict') && reason?.code !== 'LINE_ITEM_WAITS')
      attention++;
  }
  return { counts, attention };
}

const holdUps = {
  off: 'PASSBACK_OFF',
  excluded: 'DOMAIN_EXCLUDED',
  noConnection: 'NO_CONNECTION',
  paused: 'DOMAIN_PAUSED',
} as const;

async function holdUp(db: Database, cls: ClassRef): Promise<ReasonText | null> {
  if (cls.sending !== 'on') return explain({ code: holdUps[cls.sending] });
  const [row] = await db.rows<{ linked: boolean }>(
    `SELECT CASE WHEN (d.effective->>'useCustomIds')::boolean THEN c.custom_id ELSE c.sourced_id END IS NOT NULL AS linked
       FROM class c JOIN domain d ON d.id = c.domain_id WHERE c.id = $1`,
    [cls.id],
  );
  return row?.linked ? null : explain({ code: 'MAP_CLASS' });
}

async function newest(db: Database, scope: Scope, cls: ClassRef, such: string): Promise<SyncView | null> {
  const [found] = await db.rows<{ id: string }>(
    `SELECT s.id FROM sync s WHERE s.class_id = $1 AND NOT s.dry_run AND ${such} ORDER BY s.started_at DESC LIMIT 1`,
    [cls.id],
  );
  return found ? readSync(db, scope, found.id) : null;
}
