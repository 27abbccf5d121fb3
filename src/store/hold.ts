/** How a lane's answers are written: what must stand still meanwhile, and whether the lane is still ours. */
import { hot, listSql, type Sql } from './database.ts';
import type { Fence } from '../passback/ports/lanes.ts';

/**
 * Holds these classes and their domains until the transaction ends; which of them are this connection's, or null: the
 * lane has moved on. What the former SIS says about a class that has moved to another one counts for nothing.
 */
export async function hold(sql: Sql, fence: Fence, classIds: string[]): Promise<Set<string> | null> {
  const held = sql.rows<{ id: string }>(
    hot(`SELECT c.id FROM class c JOIN domain d ON d.id = c.domain_id
      WHERE c.id = ANY(${listSql('$1')}) AND d.connection_id = $2 ORDER BY c.id FOR SHARE OF c, d`),
    [[...new Set(classIds)], fence.connectionId],
  );
  // after the locks, in a statement of its own: what we waited for may have taken the lane away from us
  const lane = sql.rows(hot(`SELECT 1 FROM lane WHERE connection_id = $1 AND epoch = $2 AND owner = $3`), [
    fence.connectionId,
    fence.epoch,
    fence.owner,
  ]);
  const [classes, [still]] = await Promise.all([held, lane]);
  return still ? new Set(classes.map((row) => row.id)) : null;
}
