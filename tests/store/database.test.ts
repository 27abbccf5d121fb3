import pg from 'pg';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;
let other: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ connectionString: database.connectionString });
  other = new pg.Client({ connectionString: database.connectionString });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await db.close();
  await database.drop();
});

test('a statement by itself that met a transaction in opposite order is done again', async () => {
  await db.rows('CREATE TABLE pair AS SELECT id, 0 AS n FROM unnest(ARRAY[1, 2]) AS id');
  // so that it is not the one that PostgreSQL undoes
  await other.query(`SET deadlock_timeout = '30s'`);
  await other.query('BEGIN');
  await other.query('UPDATE pair SET n = n + 10 WHERE id = 1');
  const both = db.rows<{ n: number }>(
    `WITH two AS MATERIALIZED (SELECT id FROM pair WHERE id = 2 FOR UPDATE),
          one AS MATERIALIZED (SELECT id FROM pair WHERE id = 1 AND EXISTS (SELECT 1 FROM two) FOR UPDATE)
     UPDATE pair SET n = n + 1 WHERE id IN (SELECT id FROM one) RETURNING n`,
  );
  await waits();
  await other.query('UPDATE pair SET n = n + 10 WHERE id = 2');
  await other.query('COMMIT');

  expect(await both).toEqual([{ n: 11 }]);
});

async function waits(): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await db.rows(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}
