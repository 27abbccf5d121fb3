import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  connectionString: string;
  drop(): Promise<void>;
}

/** A fresh database of the current schema; drop it in `afterAll`. */
export function testDatabase(): Promise<TestDatabase> {
  return createDatabase('TEMPLATE passback');
}

/** A database with nothing in it. */
export function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase('');
}

async function createDatabase(clause: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`CREATE DATABASE ${name} ${clause}`);
  return {
    connectionString: serverUrl(name),
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function serverUrl(database: string): string {
  const { TEST_DATABASE_URL } = process.env;
  if (!TEST_DATABASE_URL) throw new Error('The test server is started by jest.config.js (globalSetup)');
  const url = new URL(TEST_DATABASE_URL);
  url.pathname = `/${database}`;
  return url.href;
}
