/** How a class stands, counted from its plan: the same states that the lists show. */
import { planned, type PlannedClass } from './cells.ts';
import type { Database } from './database.ts';
import { findClass, findStudent, type ClassRef } from './scope.ts';
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
      const lineItems = tally(plan, plan.lineItems);
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
        lastSync: await newest(db, scope, cls, `s.finished_at IS NOT NULL AND s.status <> 'cancelled'`),
      };
    },
  };
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
