import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { runCommandLine } from '../src/cli/program.ts';
import { applyMigrations } from '../src/store/migrate.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { emptyDatabase, testDatabase } from './support/database.ts';
import { district, expectOk, putLineItem, sisDistrict, sync } from './support/district.ts';
import { startService } from './support/service.ts';

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line with this environment and no other. */
async function cli(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  const out = (text: string) => void (ran.stdout += text);
  const err = (text: string) => void (ran.stderr += text);
  return { code: await runCommandLine(args, { env, out, err }), stdout: ran.stdout, stderr: ran.stderr };
}

/** The same as a process of its own, as an operator starts it. */
async function cliProcess(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  const program = join(import.meta.dirname, '../src/cli.ts');
  const child = spawn(process.execPath, [program, ...args], { env, cwd: tmpdir() });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (ran.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (ran.stderr += text.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { ...ran, code };
}
const secretKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const json = (ran: Ran) => JSON.parse(ran.stdout);

async function query<T>(connectionString: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('secrets rotate', () => {
  test('seals with the new key what the old one sealed, beside a service that goes on sending', async () => {
    const [older, newer] = [secretKey('older'), secretKey('newer')];
    const service = await startService({ sis: { district: sisDistrict(1) }, env: { SECRET_KEYS: older } });
    try {
      const { lms } = await district(service, 1, { extraHeaders: { 'X-Api-Key': 'header-secret' } });
      const sealedBy = async () => {
        const [row] = await query<{ secrets: Record<string, string> }>(
          service.connectionString,
          'SELECT secrets FROM connection',
        );
        return Object.values(row!.secrets).map((sealed) => sealed.split('.')[1]);
      };
      const send = async (score: number) => {
        await expectOk(lms('PUT', '/classes/c1/lineItems/quiz/results/s01', { score }));
        expect(await sync(lms)).toMatchObject({ status: 'complete' });
      };
      await putLineItem(lms, 'quiz');
      await send(1);

      // the order of the handbook: the service first learns the new key, then everything is sealed with it
      await service.restart({ SECRET_KEYS: `${newer},${older}` });
      expect(json(await cli(service.env, 'doctor', '--json')).checks).toContainEqual({
        name: 'secrets',
        status: 'ok',
        detail: expect.stringContaining('1 sealed by an older key: run "secrets rotate"'),
      });
      const ran = await cliProcess(service.env, 'secrets', 'rotate', '--json');
      expect({ ...ran, stdout: json(ran) }).toEqual({
        code: 0,
        stdout: { ok: true, total: 1, rotated: 1, unreadable: [] },
        stderr: '',
      });
      expect(await sealedBy()).toEqual(['newer', 'newer']);
      await send(2);

      const again = await cli(service.env, 'secrets', 'rotate');
      expect(again.stdout).toContain('Nothing to do');

      await service.restart({ SECRET_KEYS: newer });
      await send(3);
    } finally {
      await service.stop();
    }
  });

  test('names what it cannot open, leaves it as it is and fails', async () => {
    const service = await startService({ sis: { district: sisDistrict(1) } });
    try {
      await district(service, 1);
      const before = await query(service.connectionString, 'SELECT secrets FROM connection');
      const env = { ...service.env, SECRET_KEYS: secretKey('stranger') };
      const ran = await cli(env, 'secrets', 'rotate', '--json');
      expect(ran.code).toBe(1);
      expect(json(ran)).toEqual({
        ok: false,
        total: 1,
        rotated: 0,
        unreadable: [
          { domainId: 'district', why: 'the key "t1" that sealed this secret is not in SECRET_KEYS' },
        ],
      });
      expect(await query(service.connectionString, 'SELECT secrets FROM connection')).toEqual(before);
      const seen = await cli(env, 'doctor');
      expect(seen.code).toBe(1);
      expect(seen.stdout).toMatch(/✕ secrets +1 of 1 cannot be opened \(domain district/);
    } finally {
      await service.stop();
    }
  });
});

test('a lost root key is replaced by a new one that works at once', async () => {
  const service = await startService();
  try {
    const ran = await cli(service.env, 'keys', 'create-root', '--name', 'after the fire', '--json');
    const { id, key } = json(ran);
    const made = await service.as(key)('PUT', '/domains/d1', { name: 'District' });
    expect(made.status).toBe(201);
    const told = await cli(service.env, 'keys', 'create-root');
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toMatch(/^Root API key \(shown once\): orp_key_\S{40,}\n/);
    // and can be taken back
    expect((await service.root('DELETE', `/keys/${id}`)).status).toBe(204);
    expect((await service.as(key)('GET', '/domains')).status).toBe(401);
  } finally {
    await service.stop();
  }
});

describe('an empty database', () => {
  test('is found by doctor, refused by what needs the schema, and brought up by migrate', async () => {
    const database = await emptyDatabase();
    const env = { DATABASE_URL: database.connectionString, SECRET_KEYS: secretKey('k1') };
    try {
      const first = await cli(env, 'doctor', '--json');
      expect(first.code).toBe(1);
      const states = ({ checks }: { checks: { name: string; status: string }[] }) =>
        Object.fromEntries(checks.map(({ name, status }) => [name, status]));
      expect(states(json(first))).toEqual({
        configuration: 'ok',
        'public address': 'warning',
        database: 'ok',
        clock: 'ok',
        migrations: 'failed',
        announcing: 'ok',
        secrets: 'skipped',
        'root key': 'skipped',
        'SIS addresses': 'skipped',
        connections: 'skipped',
      });
      const refused = await cli(env, 'keys', 'create-root');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('Run "migrate" first.');

      const missing = await cli(env, 'migrate', 'status');
      expect(missing).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Missing: \d+_init\n/) });
      const migrated = json(await cli(env, 'migrate', '--json'));
      expect(migrated).toMatchObject({
        ok: true,
        applied: expect.arrayContaining([expect.stringMatching(/_init$/)]),
      });
      expect((await cli(env, 'migrate')).stdout).toContain('Nothing to do');
      expect((await cli(env, 'migrate', 'status')).code).toBe(0);
      await cli(env, 'keys', 'create-root');
      expect(await cli(env, 'doctor')).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await database.drop();
    }
  });
});

test('the embedded database of a running service is joined, and goes on running', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cli-'));
  const service = await startEmbedded({ dataDir });
  try {
    const { connectionString } = service;
    await applyMigrations({
      connectionString,
      migrationsDir: join(import.meta.dirname, '../prisma/migrations'),
    });
    expect(await cli({ DATA_DIR: dataDir }, 'keys', 'create-root')).toMatchObject({ code: 0 });
    expect(await cliProcess({ DATA_DIR: dataDir }, 'doctor')).toMatchObject({ code: 0 });
    expect(await query(connectionString, 'SELECT name FROM api_key')).toEqual([{ name: 'command line' }]);
  } finally {
    await service.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('doctor makes no database where there is none', async () => {
  const ran = await cli({ DATA_DIR: join(tmpdir(), 'nobody-made-this') }, 'doctor');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain('there is none yet');
});

describe('what is wrong is said in plain words', () => {
  test('a configuration, all problems at once, with exit code 2', async () => {
    const env = { DATABASE_URL: 'mysql://nope', PORT: 'x' };
    const ran = await cli(env, 'doctor', '--json');
    expect(ran.code).toBe(2);
    const { error } = json(ran);
    expect(error.code).toBe('CONFIGURATION');
    expect(error.problems.map((problem: { name: string }) => problem.name).sort()).toEqual([
      'DATABASE_URL',
      'PORT',
      'SECRET_KEYS',
    ]);
    expect(await cli(env, 'migrate')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('PORT: must be a port number'),
    });
  });

  test('a database that does not answer, without its password', async () => {
    const env = { DATABASE_URL: 'postgresql://u:hidden-word@127.0.0.1:1/db', SECRET_KEYS: secretKey('k1') };
    const ran = await cli(env, 'migrate');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('The database cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
    const seen = await cli(env, 'doctor');
    expect(seen.code).toBe(1);
    expect(seen.stdout).toMatch(/✕ database +The database cannot be reached/);
    expect(JSON.stringify([ran, seen])).not.toContain('hidden-word');
  });

  test('a database that refuses the password', async () => {
    const database = await testDatabase();
    const url = new URL(database.connectionString);
    url.password = 'hidden-word';
    try {
      const ran = await cli({ DATABASE_URL: url.href, SECRET_KEYS: secretKey('k1') }, 'secrets', 'rotate');
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain('The database cannot be reached: password authentication failed');
      expect(ran.stderr).not.toContain('hidden-word');
    } finally {
      await database.drop();
    }
  });

  test('a command that does not exist, with exit code 2; asking for help is no error', async () => {
    expect(await cliProcess({}, 'rotate')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("unknown command 'rotate'"),
    });
    expect(await cli({}, 'secrets', '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('rotate'),
      stderr: '',
    });
  });
});

describe('explain', () => {
  test('tells why a score is, or is not, in the SIS, beside a running service', async () => {
    const service = await startService({ sis: { district: sisDistrict(2) } });
    try {
      const { lms } = await district(service, 2);
      await putLineItem(lms, 'quiz');
      await expectOk(lms('PUT', '/classes/c1/lineItems/quiz/results/s01', { score: 7 }));
      const ask = (...more: string[]) =>
        cli(service.env, 'explain', '--class', 'c1', '--line-item', 'quiz', ...more);
      const waiting = await ask('--student', 's01');
      expect(waiting).toMatchObject({ code: 0, stderr: '' });
      expect(waiting.stdout).toMatch(
        /^This score was not sent yet: .*\n\n {2}20\S+Z {2}The score was entered here\.\n$/,
      );
      expect(await sync(lms)).toMatchObject({ status: 'complete' });
      const sent = json(await ask('--student', 's01', '--json'));
      expect(sent).toMatchObject({ ok: true, state: 'acknowledged', acknowledged: { values: { score: 7 } } });
      expect((await ask()).stdout).toMatch(/^This assignment is in the SIS/);
      expect(await ask('--student', 'ghost')).toMatchObject({ code: 1, stdout: 'student not found\n' });
      expect(await ask('--tenant', 'nowhere')).toMatchObject({ code: 1, stdout: 'tenant not found\n' });
      expect((await cli(service.env, 'explain', '--class', 'c1')).code).toBe(2);
      await district(service, 1, {}, 'another');
      expect((await ask()).stdout).toBe('Several tenants have this class: name one by --tenant.\n');
      expect((await ask('--tenant', 'district')).code).toBe(0);
    } finally {
      await service.stop();
    }
  });
});
