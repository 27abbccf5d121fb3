/** docs/reliability.md against the tests: what it names is there, and what carries a check's id stands in its row. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const rows = new Map(
  textOf('docs/reliability.md')
    .split('\n')
    .flatMap((line) => {
      const id = /^\| (A\d\d) +\|/.exec(line)?.[1];
      return id === undefined ? [] : [[id, line.split('|').map((cell) => cell.trim())] as const];
    }),
);
const ids = Array.from({ length: 44 }, (_, i) => `A${String(i + 1).padStart(2, '0')}`);

/** A file with the names of tests that stand behind it. */
const named = (cell: string) =>
  [...cell.matchAll(/`((?:tests|bench)\/[^`]+)`([^`]*)/g)].map(([, file = '', rest = '']) => ({
    file,
    tests: [...rest.matchAll(/“([^”]+)”/g)].map((m) => m[1] ?? ''),
  }));

test('each check stands in the table once, in order', () => {
  const lines = textOf('docs/reliability.md').match(/^\| A\d\d +\|/gm) ?? [];
  expect(lines.map((line) => line.slice(2, 5))).toEqual(ids);
});

test.each(ids)('%s: what it names exists, and where nothing is named it says why', (id) => {
  const [, , , how = '', figure = ''] = rows.get(id) ?? [];
  const places = named(how);
  if (places.length === 0) expect(figure).toMatch(/^not yet: ./);
  for (const { file, tests } of places) {
    expect([file, existsSync(join(root, file))]).toEqual([file, true]);
    if (file.startsWith('tests/')) expect([file, tests.length > 0]).toEqual([file, true]);
    for (const name of tests) expect([file, name, textOf(file).includes(name)]).toEqual([file, name, true]);
  }
});

test('each test whose name carries the id of a check stands in the row of that check', () => {
  const missing = globSync('tests/**/*.test.ts', { cwd: root }).flatMap((file) =>
    // the id begins a name, after a quote; several may share it
    [...textOf(file).matchAll(/['"`]((?:A\d\d[ :,])+)/g)]
      .flatMap(([, found = '']) => found.match(/A\d\d/g) ?? [])
      .filter((id) => !rows.get(id)?.[3]?.includes(`\`${file}\``))
      .map((id) => `${id}: ${file}`),
  );
  expect([...new Set(missing)].sort()).toEqual([]);
});
