/** A piece of a transaction that may fail without the rest: a savepoint of its own. */
import { sqlState, UNDONE, type Sql } from './database.ts';

/**
 * Does `work`; when it fails, what it wrote is undone and its error is answered, and the transaction goes on.
 *
 * @throws what has undone the whole transaction anyway (a deadlock, a lost connection): it is done again, or is over
 */
export async function apart(sql: Sql, work: () => Promise<void>): Promise<unknown> {
  await sql.rows('SAVEPOINT apart');
  try {
    await work();
  } catch (error) {
    if (UNDONE.has(sqlState(error) ?? '')) throw error;
    await sql.rows('ROLLBACK TO SAVEPOINT apart').catch(() => {
      throw error;
    });
    return error;
  }
  await sql.rows('RELEASE SAVEPOINT apart');
  return null;
}
