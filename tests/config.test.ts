import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Environment, readConfig } from '../src/config.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const problems = (env: Environment): Record<string, string> => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.problems.map((p) => [p.name, p.cure]));
    throw error;
  }
  return {};
};

test('needs nothing: one process with an embedded database on this machine', () => {
  expect(readConfig({})).toEqual({
    role: 'all',
    port: 3000,
    host: '127.0.0.1',
    databaseUrl: null,
    dataDir: './data',
    secretKeys: null,
    bootstrapApiKey: null,
    sisAllowedNetworks: [],
    trustedProxies: [],
    publicUrl: 'http://127.0.0.1:3000',
    logLevel: 'info',
    metricsPort: null,
    budgets: { read: 12_000, write: 1_200_000, bulk: 6_000, costly: 600 },
    retention: { days: 400, auditDays: 730, snapshotDays: 90 },
    mail: null,
  });
});

describe('notices by mail', () => {
  const SMTP_URL = 'smtps://user:hidden-word@mail.example.org';
  const NOTICES_FROM = 'Grade sync <passback@example.org>';

  test('need the server and the sender, and each says so of the other', () => {
    expect(readConfig({ SMTP_URL, NOTICES_FROM }).mail).toEqual({ smtpUrl: SMTP_URL, from: NOTICES_FROM });
    expect(problems({ SMTP_URL })['NOTICES_FROM']).toContain('is needed');
    expect(problems({ NOTICES_FROM })['SMTP_URL']).toContain('is needed');
  });

  test.each(['mail.example.org', 'https://mail.example.org', 'smtp://', 'smtp:// x'])('not to %s', (url) => {
    expect(problems({ SMTP_URL: url, NOTICES_FROM })['SMTP_URL']).toContain('smtps://');
  });

  test.each(['passback', 'a@b', 'X <a@example.org>\r\nBcc: b@example.org', '<a@example.org> X'])(
    'not from %j',
    (from) => {
      expect(problems({ SMTP_URL, NOTICES_FROM: from })['NOTICES_FROM']).toContain('must be an address');
    },
  );

  test('do not repeat the password where something is wrong', () => {
    expect(JSON.stringify(problems({ SMTP_URL: 'ftp://user:hidden-word@mail', NOTICES_FROM }))).not.toContain(
      'hidden-word',
    );
  });
});

test('reads every variable; an empty one is an absent one', () => {
  const config = readConfig({
    ROLE: 'worker',
    PORT: '8080',
    HOST: '0.0.0.0',
    DATABASE_URL: 'postgresql://u:p@db:5432/x',
    DATA_DIR: '',
    SECRET_KEYS: `b:${key}, a:${key}`,
    BOOTSTRAP_API_KEY: 'k'.repeat(32),
    SIS_ALLOWED_NETWORKS: '10.0.0.0/8, fd00::/8',
    TRUSTED_PROXIES: 'loopback,192.0.2.1,2001:db8::/32',
    PUBLIC_URL: 'https://grades.example/sync/',
    LOG_LEVEL: 'debug',
    METRICS_PORT: '9090',
  });
  expect(config).toMatchObject({
    role: 'worker',
    port: 8080,
    dataDir: './data',
    sisAllowedNetworks: ['10.0.0.0/8', 'fd00::/8'],
    trustedProxies: ['loopback', '192.0.2.1', '2001:db8::/32'],
    publicUrl: 'https://grades.example/sync',
    metricsPort: 9090,
  });
  expect(config.secretKeys?.map((k) => [k.id, k.key.length])).toEqual([
    ['b', 32],
    ['a', 32],
  ]);
});

test('A42: reports all problems at once, each by its name with its cure', () => {
  const found = problems({
    ROLE: 'boss',
    PORT: '70000',
    DATABASE_URL: 'mysql://x',
    BOOTSTRAP_API_KEY: 'short',
    SIS_ALLOWED_NETWORKS: '10.0.0.1',
    TRUSTED_PROXIES: 'everyone',
    PUBLIC_URL: 'grades.example',
    LOG_LEVEL: 'loud',
    METRICS_PORT: 'x',
  });
  expect(Object.keys(found).sort()).toEqual([
    ...['BOOTSTRAP_API_KEY', 'DATABASE_URL', 'LOG_LEVEL', 'METRICS_PORT', 'PORT', 'PUBLIC_URL', 'ROLE'],
    ...['SECRET_KEYS', 'SIS_ALLOWED_NETWORKS', 'TRUSTED_PROXIES'],
  ]);
  for (const cure of Object.values(found)) expect(cure).toMatch(/must|needed/);
});

test.each([
  ['', 'no id'],
  [key, 'no id'],
  [`a:${Buffer.alloc(16).toString('base64')}`, 'too short'],
  [`a:${Buffer.alloc(33).toString('base64')}`, 'too long'],
  [`a:${key},a:${key}`, 'an id twice'],
  [`a:${key},`, 'an empty entry'],
])('refuses SECRET_KEYS %s (%s)', (value) => {
  expect(problems({ DATABASE_URL: 'postgres://db/x', SECRET_KEYS: value })).toHaveProperty('SECRET_KEYS');
});

test('never repeats a secret in the text of an error', () => {
  const env = { DATABASE_URL: 'mysql://u:CANARY1@db', SECRET_KEYS: 'CANARY2', BOOTSTRAP_API_KEY: 'CANARY3 ' };
  try {
    readConfig(env);
    throw new Error('accepted');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('CANARY');
  }
});

test('history is kept a month at least, the audit trail a year; a budget of 0 is none', () => {
  const shortest = { RETENTION_DAYS: '30', AUDIT_RETENTION_DAYS: '365', SNAPSHOT_DAYS: '1' };
  expect(readConfig(shortest).retention).toEqual({ days: 30, auditDays: 365, snapshotDays: 1 });
  expect(readConfig({ RATE_LIMIT_READ: '0', RATE_LIMIT_COSTLY: '7' }).budgets).toMatchObject({
    read: 0,
    costly: 7,
  });
  const found = problems({
    RETENTION_DAYS: '29',
    AUDIT_RETENTION_DAYS: '364',
    SNAPSHOT_DAYS: '0',
    ...{ RATE_LIMIT_READ: '-1', RATE_LIMIT_WRITE: '1e3', RATE_LIMIT_BULK: 'many', RATE_LIMIT_COSTLY: '0.5' },
  });
  expect(Object.keys(found)).toHaveLength(7);
  expect(found['RETENTION_DAYS']).toContain('at least 30');
});

test('A42: what belongs together is asked for together', () => {
  expect(problems({ DATABASE_URL: 'postgres://db/x' })).toHaveProperty('SECRET_KEYS');
  expect(problems({ ROLE: 'api' })).toHaveProperty('ROLE');
  expect(problems({ METRICS_PORT: '3000' })).toHaveProperty('METRICS_PORT');
});

test('a secret may stand in a file; twice, unreadable or empty is said', () => {
  const dir = mkdtempSync(join(tmpdir(), 'config-'));
  const file = join(dir, 'key');
  writeFileSync(file, `${'f'.repeat(40)}\n`);
  expect(readConfig({ BOOTSTRAP_API_KEY_FILE: file }).bootstrapApiKey).toBe('f'.repeat(40));
  expect(problems({ BOOTSTRAP_API_KEY_FILE: file, BOOTSTRAP_API_KEY: 'k'.repeat(32) })).toHaveProperty(
    'BOOTSTRAP_API_KEY',
  );
  expect(problems({ SECRET_KEYS_FILE: join(dir, 'none') })['SECRET_KEYS_FILE']).toContain('ENOENT');
  writeFileSync(file, '\n');
  expect(problems({ SECRET_KEYS_FILE: file })['SECRET_KEYS_FILE']).toContain('empty');
  rmSync(dir, { recursive: true });
});
