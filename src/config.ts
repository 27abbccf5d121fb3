/**
 * The settings of the process, read from the environment once, at start. The only file that may mention
 * process.env. Every problem is reported at once, each with its cure, and no value of a secret is repeated.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  budget,
  cidrCure,
  days,
  isDatabaseUrl,
  isNetwork,
  isProxy,
  isSender,
  isSmtpUrl,
  keyCure,
  list,
  portNumber,
  proxyCure,
  readPublicUrl,
  readSecretKeys,
  type SecretKey,
} from './config-forms.ts';

export interface Config {
  role: 'all' | 'api' | 'worker';
  port: number;
  host: string;
  /** null: the embedded PostgreSQL in dataDir */
  databaseUrl: string | null;
  dataDir: string;
  /** the first encrypts, all decrypt; null: generated into dataDir (embedded database only) */
  secretKeys: SecretKey[] | null;
  /** a root key to create at first start; null: one is generated */
  bootstrapApiKey: string | null;
  /** networks that an SIS may lie in although they are private */
  sisAllowedNetworks: string[];
  /** whose X-Forwarded-For is believed: addresses, CIDRs, or loopback, linklocal, uniquelocal */
  trustedProxies: string[];
  /** how people's browsers reach us, without trailing slash */
  publicUrl: string;
  logLevel: LogLevel;
  metricsPort: number | null;
  /** requests of one caller per minute, by kind; 0: no limit */
  budgets: { read: number; write: number; bulk: number; costly: number };
  /** days that history is kept */
  retention: { days: number; auditDays: number; snapshotDays: number };
  /** notices by mail: the server, and who they come from; null: none are sent */
  mail: { smtpUrl: string; from: string } | null;
}
const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigProblem {
  name: string;
  /** what is wrong and what to write instead */
  cure: string;
}
export class ConfigError extends Error {
  readonly problems: ConfigProblem[];
  constructor(problems: ConfigProblem[]) {
    super(`The configuration cannot be used:\n${problems.map((p) => `  ${p.name}: ${p.cure}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** One line per variable: how it is read, and what the error text says. `''` counts as absent. */
const variables = {
  ROLE: z.enum(['all', 'api', 'worker'], 'must be all, api or worker').default('all'),
  PORT: portNumber('must be a port number, 0 to 65535').default(3000),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'must be an address or name to listen on, such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, 'must look like postgresql://user:password@host:5432/database')
    .optional(),
  DATA_DIR: z.string().default('./data'),
  SECRET_KEYS: z.string().transform(readSecretKeys).optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .min(32, 'must have at least 32 characters; make one: openssl rand -hex 32')
    .max(500, 'must have at most 500 characters')
    .regex(/^[A-Za-z0-9._~+/=-]+$/, 'may only hold letters, digits and . _ ~ + / = -')
    .optional(),
  SIS_ALLOWED_NETWORKS: list.refine((l) => l.every(isNetwork), cidrCure).default([]),
  TRUSTED_PROXIES: list.refine((l) => l.every(isProxy), proxyCure).default([]),
  PUBLIC_URL: z.string().transform(readPublicUrl).optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  METRICS_PORT: portNumber('must be a port number, 0 to 65535').optional(),
  RATE_LIMIT_READ: budget.default(12_000),
  RATE_LIMIT_WRITE: budget.default(1_200_000),
  RATE_LIMIT_BULK: budget.default(6_000),
  RATE_LIMIT_COSTLY: budget.default(600),
  RETENTION_DAYS: days(30).default(400),
  AUDIT_RETENTION_DAYS: days(365).default(730),
  SNAPSHOT_DAYS: days(1).default(90),
  SMTP_URL: z
    .string()
    .refine(isSmtpUrl, 'must look like smtps://user:password@mail.example.org or smtp://mail.example.org:587')
    .optional(),
  NOTICES_FROM: z
    .string()
    .max(300)
    .refine(isSender, 'must be an address such as passback@example.org or Grade sync <passback@example.org>')
    .optional(),
};
const secretNames = ['DATABASE_URL', 'SECRET_KEYS', 'BOOTSTRAP_API_KEY', 'SMTP_URL'] as const;
/** Every variable that the service reads. */
export const environmentNames: readonly string[] = [
  ...Object.keys(variables),
  ...secretNames.map((name) => `${name}_FILE`),
];

/**
 * Reads and checks the whole environment.
 * @throws ConfigError with all problems at once
 */
export function readConfig(env: Environment = process.env): Config {
  const problems: ConfigProblem[] = [];
  const given = readFiles(env, problems, Object.keys(variables), secretNames);
  const parsed = z.object(variables).safeParse(given);
  if (!parsed.success)
    for (const issue of parsed.error.issues)
      problems.push({ name: String(issue.path[0]), cure: issue.message });
  problems.push(...contradictions(given));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);

  const v = parsed.data;
  return {
    role: v.ROLE,
    port: v.PORT,
    host: v.HOST,
    databaseUrl: v.DATABASE_URL ?? null,
    dataDir: v.DATA_DIR,
    secretKeys: v.SECRET_KEYS ?? null,
    bootstrapApiKey: v.BOOTSTRAP_API_KEY ?? null,
    sisAllowedNetworks: v.SIS_ALLOWED_NETWORKS,
    trustedProxies: v.TRUSTED_PROXIES,
    publicUrl: v.PUBLIC_URL ?? localUrl(v.HOST, v.PORT),
    logLevel: v.LOG_LEVEL,
    metricsPort: v.METRICS_PORT ?? null,
    budgets: {
      read: v.RATE_LIMIT_READ,
      write: v.RATE_LIMIT_WRITE,
      bulk: v.RATE_LIMIT_BULK,
      costly: v.RATE_LIMIT_COSTLY,
    },
    retention: {
      days: v.RETENTION_DAYS,
      auditDays: v.AUDIT_RETENTION_DAYS,
      snapshotDays: v.SNAPSHOT_DAYS,
    },
    mail: v.SMTP_URL && v.NOTICES_FROM ? { smtpUrl: v.SMTP_URL, from: v.NOTICES_FROM } : null,
  };
}

/** Who calls the API from the command line, and where it is. */
export interface Caller {
  /** without trailing slash and without /v1 */
  url: string;
  key: string;
  /** the top-level domain that a root key means */
  tenant?: string | undefined;
}
const callerVariables = {
  PASSBACK_URL: z.string().transform(readPublicUrl).default('http://127.0.0.1:3000'),
  PASSBACK_KEY: z
    .string(
      'is needed: an API key, or PASSBACK_KEY_FILE, a file that holds one (npm start keeps data/root-api-key)',
    )
    .regex(/^[\x21-\x7e]{1,2000}$/, 'must be an API key or token as it was shown, without spaces'),
};

/**
 * Reads PASSBACK_URL and PASSBACK_KEY (or PASSBACK_KEY_FILE); what was typed comes before them.
 * @throws ConfigError
 */
export function readCaller(
  typed: { url?: string | undefined; key?: string | undefined; tenant?: string | undefined },
  env: Environment = process.env,
): Caller {
  const problems: ConfigProblem[] = [];
  const { url, key, tenant } = typed;
  const said = {
    ...env,
    ...(url === undefined ? {} : { PASSBACK_URL: url }),
    ...(key === undefined ? {} : { PASSBACK_KEY: key, PASSBACK_KEY_FILE: undefined }),
  };
  const given = readFiles(said, problems, Object.keys(callerVariables), ['PASSBACK_KEY']);
  const parsed = z.object(callerVariables).safeParse(given);
  // of a file that cannot be read it is said already that there is no key
  const fresh = ({ path }: z.core.$ZodIssue) =>
    !problems.some(({ name }) => name.startsWith(String(path[0])));
  for (const issue of (parsed.error?.issues ?? []).filter(fresh))
    problems.push({ name: String(issue.path[0]), cure: issue.message });
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  const { PASSBACK_URL, PASSBACK_KEY } = parsed.data;
  return { url: PASSBACK_URL.replace(/\/v1$/, ''), key: PASSBACK_KEY, tenant };
}

/** `NAME_FILE` stands for the content of a file: how orchestrators hand over secrets. */
function readFiles(
  env: Environment,
  problems: ConfigProblem[],
  names: readonly string[],
  secrets: readonly string[],
): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') given[name] = value;
  }
  for (const name of secrets) {
    const path = env[`${name}_FILE`];
    if (path === undefined || path === '') continue;
    if (given[name] !== undefined) {
      problems.push({ name, cure: `is given twice: keep either ${name} or ${name}_FILE` });
      continue;
    }
    try {
      const value = readFileSync(path, 'utf8').trim();
      if (value === '') problems.push({ name: `${name}_FILE`, cure: 'names an empty file' });
      else given[name] = value;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      problems.push({ name: `${name}_FILE`, cure: `names a file that cannot be read (${code})` });
    }
  }
  return given;
}

function contradictions(given: Record<string, string>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const has = (name: keyof typeof variables) => given[name] !== undefined;
  if (has('DATABASE_URL') && !has('SECRET_KEYS'))
    problems.push({ name: 'SECRET_KEYS', cure: `is needed with DATABASE_URL: it ${keyCure}` });
  if (!has('DATABASE_URL') && (given['ROLE'] === 'api' || given['ROLE'] === 'worker'))
    problems.push({
      name: 'ROLE',
      cure: 'must be all with the embedded database; set DATABASE_URL to run api and worker apart',
    });
  if (has('SMTP_URL') !== has('NOTICES_FROM'))
    problems.push(
      has('SMTP_URL')
        ? { name: 'NOTICES_FROM', cure: 'is needed with SMTP_URL: the address that notices come from' }
        : { name: 'SMTP_URL', cure: 'is needed with NOTICES_FROM: the mail server that takes notices' },
    );
  if (
    has('METRICS_PORT') &&
    given['METRICS_PORT'] !== '0' &&
    given['METRICS_PORT'] === (given['PORT'] ?? '3000')
  )
    problems.push({ name: 'METRICS_PORT', cure: 'must differ from PORT' });
  return problems;
}

function localUrl(host: string, port: number): string {
  const reachable = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${port}`;
}
