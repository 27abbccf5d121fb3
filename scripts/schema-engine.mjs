#!/usr/bin/env node
/**
 * Stands in for the `schema-engine` program that Prisma's CLI downloads, so that setting up needs only the registry.
 * The engine itself comes from npm as WebAssembly; the CLI speaks JSON-RPC to it, one line of stdin per request.
 * prisma.config.ts points the CLI here.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

const args = process.argv.slice(2);
const databaseUrl = JSON.parse(valueOf('--datasource') ?? '{}').url;

if (args.includes('--version') || args.includes('-v')) {
  console.log('schema-engine-cli npm-wasm');
} else if (args.includes('cli')) {
  await administer(args[args.indexOf('cli') + 1]);
} else {
  serve();
}

function valueOf(option) {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}

/** The three one-shot commands about a whole database. */
async function administer(command) {
  const url = new URL(databaseUrl);
  const name = pg.escapeIdentifier(decodeURIComponent(url.pathname.slice(1)));
  const statement = {
    'can-connect-to-database': 'SELECT 1',
    'create-database': `CREATE DATABASE ${name}`,
    'drop-database': `DROP DATABASE IF EXISTS ${name}`,
  }[command];
  if (command !== 'can-connect-to-database') url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
    await client.end();
  } catch (error) {
    // The CLI reads the last line of stderr as a log record; P1003: no such database, P1001: no such server.
    const fields = { message: error.message, is_panic: false, meta: {} };
    fields.error_code = error.code === '3D000' ? 'P1003' : 'P1001';
    console.error(JSON.stringify({ timestamp: new Date(), level: 'ERROR', fields, target: 'schema-engine' }));
    process.exitCode = 1;
  }
}

function serve() {
  loadEngine();
  const datamodels = args.flatMap((arg, at) =>
    arg === '-d' || arg === '--datamodels' ? [[args[at + 1], readFileSync(args[at + 1], 'utf8')]] : [],
  );
  const input = createInterface({ input: process.stdin });
  // One after the other: requests of one CLI run build on each other.
  let previous = Promise.resolve();
  input.on('line', (line) => {
    previous = previous.then(() => answer(JSON.parse(line), datamodels));
  });
  const leave = () => previous.then(() => process.exit(0));
  input.on('close', leave);
  process.on('SIGTERM', leave);
}

function loadEngine() {
  const wasm = new URL('./schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {
    './schema_engine_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

async function answer({ id, method, params }, datamodels) {
  if (!method) return;
  // An engine that has made a shadow database makes no second one: one engine per request.
  const database = needsServer(method, params) ? realDatabase() : memoryDatabase();
  const adapter = bindMigrationAwareSqlAdapterFactory(database);
  try {
    const engine = await glue.SchemaEngine.new(
      { datamodels: datamodels.length > 0 ? datamodels : undefined },
      () => {},
      adapter,
    );
    const result = await call(engine, method, params);
    if (method === 'diff' && result.stdout)
      send({ id: `${id}-print`, method: 'print', params: { content: result.stdout } });
    send({ id, result: (method === 'diff' ? { exitCode: result.exitCode } : result) ?? null });
  } catch (error) {
    const looked = adapter.errorRegistry.lookupError?.(error);
    const cause = looked?.error ?? looked ?? error;
    const data = {
      is_panic: false,
      message: String(cause?.message ?? cause),
      error_code: cause?.code,
      meta: {},
    };
    send({
      id,
      error: { code: 4466, message: 'An error happened. Check the data field for details.', data },
    });
  } finally {
    await database.close();
  }
}

async function call(engine, method, params) {
  // The WebAssembly engine computes these from what an earlier devDiagnostic left in it, and this one is new.
  if (method === 'evaluateDataLoss' || method === 'createMigration') {
    await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters });
  }
  return method === 'getDatabaseVersion' ? engine.version(params) : engine[method](params);
}

function send(content) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...content })}\n`);
}

/** A comparison of files needs no server, though the engine always wants a connection. */
function needsServer(method, params) {
  return (
    method !== 'diff' ||
    [params.from, params.to].some(({ tag }) => tag === 'url' || tag === 'schemaDatasource')
  );
}

/** Shadow databases live in memory: the one that adapter-pg would make from a URL is the real database itself. */
function realDatabase() {
  mapInternalChar();
  const real = new PrismaPg({ connectionString: databaseUrl });
  let connected;
  return {
    provider: real.provider,
    adapterName: real.adapterName,
    connect: async () => {
      connected = await real.connect();
      // adapter-pg cuts a script at every semicolon, also inside a function's body.
      connected.executeScript = async (script) => {
        await connected
          .underlyingDriver()
          .query(script)
          .catch((error) => connected.onError(error));
      };
      return connected;
    },
    connectToShadowDb: throwAwayDatabase,
    close: () => connected?.dispose(),
  };
}

/** The connection is only asked for its version, so the one database is the first shadow too: each costs a second. */
function memoryDatabase() {
  const only = throwAwayDatabase();
  let lent = false;
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => only,
    connectToShadowDb: () => {
      if (lent) return throwAwayDatabase();
      lent = true;
      return only;
    },
    close: async () => (await only).dispose(),
  };
}

async function throwAwayDatabase() {
  const memory = new PGlite();
  const adapter = await new PrismaPGlite(memory).connect();
  const dispose = adapter.dispose.bind(adapter);
  adapter.dispose = async () => {
    await dispose().catch(() => {});
    if (!memory.closed) await memory.close();
  };
  return adapter;
}

/** adapter-pg knows no type 18 ("char"), which the engine reads from the catalogue: hand it over as text of fixed length. */
function mapInternalChar() {
  const { prototype } = createRequire(import.meta.url)('pg/lib/result');
  if (prototype.addFieldsAsSent) return;
  prototype.addFieldsAsSent = prototype.addFields;
  prototype.addFields = function addFields(fields) {
    for (const field of fields) if (field.dataTypeID === 18) field.dataTypeID = 1042;
    return this.addFieldsAsSent(fields);
  };
}
