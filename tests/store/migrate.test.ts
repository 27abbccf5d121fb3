import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyMigrations } from '../../src/store/migrate.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const root = join(import.meta.dirname, '../..');
let folder: string;
let migrationsDir: string;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-'));
  migrationsDir = join(folder, 'migrations');
  mkdirSync(migrationsDir);
  writeFileSync(join(migrationsDir, 'migration_lock.toml'), 'provider = "postgresql"\n');
  database = await emptyDatabase();
  client = new pg.Client({ connectionString: database.connectionString });
  client.on('error', () => undefined);
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true });
});

function write(name: string, sql: string): void {
  mkdirSync(join(migrationsDir, name), { recursive: true });
  writeFileSync(join(migrationsDir, name, 'migration.sql'), sql);
}

function apply(
  texts: string[] = [],
  waits: { lockWaitMs?: number; patienceMs?: number } = {},
): Promise<{ applied: string[] }> {
  const log = { info: (text: string) => texts.push(text), warn: (text: string) => texts.push(text) };
  return applyMigrations({ connectionString: database.connectionString, migrationsDir, log, ...waits });
}

/** The real Prisma CLI over the same folder and database. */
function prisma(command: string): Promise<{ code: number | null; output: string }> {
  const config = join(folder, 'prisma.config.ts');
  const schema = join(folder, 'schema.prisma');
  writeFileSync(schema, 'datasource db {\n  provider = "postgresql"\n}\n');
  const datasource = { url: database.connectionString };
  writeFileSync(
    config,
    `export default ${JSON.stringify({ schema, migrations: { path: migrationsDir }, datasource })}`,
  );
  const cli = join(root, 'node_modules/prisma/build/index.js');
  const child = spawn(process.execPath, [cli, 'migrate', command, '--config', config], {
    cwd: root,
    env: {
      // The CLI starts its engine by `#!/usr/bin/env node`.
      PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
      PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'scripts/schema-engine.mjs'),
      CHECKPOINT_DISABLE: '1',
    },
  });
  return new Promise((resolve) => {
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function tables(): Promise<string[]> {
  const found = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  return found.rows.map((row) => row.name);
}

const FIRST = 'CREATE TABLE a (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\n';

test('migrations are applied in order, once', async () => {
  write('20260102_second', 'ALTER TABLE a RENAME TO b;');
  write('20260101_first', FIRST);
  expect(await apply()).toEqual({ applied: ['20260101_first', '20260102_second'] });
  expect(await apply()).toEqual({ applied: [] });
  expect(await tables()).toEqual(['_prisma_migrations', 'b']);
});

test('five replicas that start at once apply each migration once', async () => {
  write('20260101_first', `${FIRST} SELECT pg_sleep(0.2);`);
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => apply()));
  expect(answers.flatMap((answer) => answer.applied)).toEqual(['20260101_first']);
});

test('prisma migrate status and deploy agree with what we applied', async () => {
  write('20260101_first', FIRST);
  await apply();
  expect(await prisma('status')).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });
  write('20260102_second', 'CREATE TABLE b (id int);');
  expect(await prisma('status')).toMatchObject({
    code: 1,
    output: expect.stringContaining('20260102_second'),
  });
  expect(await prisma('deploy')).toMatchObject({
    code: 0,
    output: expect.stringContaining('successfully applied'),
  });
  expect(await tables()).toEqual(['_prisma_migrations', 'a', 'b']);
});

test('what prisma migrate deploy applied is recorded in the same columns and not applied again', async () => {
  write('20260101_first', FIRST);
  expect(await prisma('deploy')).toMatchObject({
    code: 0,
    output: expect.stringContaining('successfully applied'),
  });
  expect(await apply()).toEqual({ applied: [] });
  write('20260102_second', 'CREATE TABLE b (id int);');
  expect(await apply()).toEqual({ applied: ['20260102_second'] });
  const rows = await client.query('SELECT * FROM _prisma_migrations ORDER BY migration_name');
  const [theirs, ours] = rows.rows;
  const known = {
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    finished_at: expect.any(Date),
    started_at: expect.any(Date),
    logs: null,
    rolled_back_at: null,
    applied_steps_count: 1,
  };
  expect(theirs).toEqual({ ...known, migration_name: '20260101_first' });
  expect(ours).toEqual({ ...known, migration_name: '20260102_second' });
});

test('an applied migration that was edited is named', async () => {
  write('20260101_first', FIRST);
  await apply();
  write('20260101_first', `${FIRST}-- edited`);
  await expect(apply()).rejects.toThrow('Migration 20260101_first was edited after it had been applied');
});

test('a migration that fails leaves nothing behind and is tried again', async () => {
  write('20260101_first', FIRST);
  write('20260102_second', 'CREATE TABLE b (id int); SELECT 1/0;');
  await expect(apply()).rejects.toThrow(
    'Migration 20260102_second failed and was rolled back: division by zero',
  );
  expect(await tables()).toEqual(['_prisma_migrations', 'a']);
  write('20260102_second', 'CREATE TABLE b (id int);');
  expect(await apply()).toEqual({ applied: ['20260102_second'] });
});

test('a migration that the CLI left half-way stops the start, one that it rolled back does not', async () => {
  write('20260101_first', 'SELECT 1/0;');
  expect(await prisma('deploy')).toMatchObject({ code: 1 });
  await expect(apply()).rejects.toThrow('Migration 20260101_first failed half-way');
  await client.query('UPDATE _prisma_migrations SET rolled_back_at = now()');
  write('20260101_first', FIRST);
  expect(await apply()).toEqual({ applied: ['20260101_first'] });
});

test('a migration that waits for a long transaction stands in nobody’s way', async () => {
  write('20260101_first', 'CREATE TABLE a (id int);');
  await apply();
  await client.query('INSERT INTO a VALUES (1)');
  await client.query('BEGIN');
  await client.query('UPDATE a SET id = 2');
  write('20260102_second', 'ALTER TABLE a ADD COLUMN b int;');
  const texts: string[] = [];
  const applied = apply(texts, { lockWaitMs: 100 });
  const other = new pg.Client({ connectionString: database.connectionString });
  await other.connect();
  try {
    // each of these would wait for the migration if that kept its place in the queue
    while (texts.length < 2) await other.query('SELECT count(*) FROM a');
    expect(texts[1]).toBe('Migration 20260102_second waits: a table that it changes is in use');
    await client.query('COMMIT');
    expect(await applied).toEqual({ applied: ['20260102_second'] });
    expect((await other.query('SELECT id, b FROM a')).rows).toEqual([{ id: 2, b: null }]);
  } finally {
    await other.end();
  }
});

test('a migration that never gets its tables says so and changes nothing', async () => {
  write('20260101_first', 'CREATE TABLE a (id int);');
  await apply();
  await client.query('BEGIN');
  await client.query('SELECT * FROM a');
  write('20260102_second', 'CREATE TABLE b (id int); ALTER TABLE a ADD COLUMN b int;');
  await expect(apply([], { lockWaitMs: 50, patienceMs: 0 })).rejects.toThrow(
    'Migration 20260102_second failed and was rolled back: canceling statement due to lock timeout',
  );
  await client.query('COMMIT');
  expect(await tables()).toEqual(['_prisma_migrations', 'a']);
  expect(await apply()).toEqual({ applied: ['20260102_second'] });
});

test('a migration of a newer release is tolerated and told', async () => {
  write('20260101_first', FIRST);
  write('20260102_newer', 'CREATE TABLE b (id int);');
  await apply();
  rmSync(join(migrationsDir, '20260102_newer'), { recursive: true });
  const texts: string[] = [];
  expect(await apply(texts)).toEqual({ applied: [] });
  expect(texts).toEqual([expect.stringContaining('20260102_newer, which this release does not know')]);
});
