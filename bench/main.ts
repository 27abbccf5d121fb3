/**
 * `npm run bench`: what the README's numbers come from.
 *   -- --only NAME[,NAME]   some tables only
 *   -- --rounds N           5 by default; fewer are said to be too few
 *   -- --fresh              throw away figures of another machine
 *   -- --database URL       an external PostgreSQL (databases are made and dropped) instead of the embedded one
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { openGround } from './ground/ground.ts';
import { grid, keep, openResults, FEWEST_ROUNDS } from './ground/results.ts';
import { figures } from './figures/index.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: String(FEWEST_ROUNDS) },
    fresh: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const wanted = values.only?.split(',') ?? Object.keys(figures);
const unknown = wanted.filter((name) => !(name in figures));
if (unknown.length > 0 || !(rounds >= 1)) {
  process.stderr.write(`There is no ${unknown.join(', ')}. There are: ${Object.keys(figures).join(', ')}\n`);
  process.exit(2);
}

const results = openResults(values.fresh);
const commit = (() => {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--', 'src', 'prisma', 'package-lock.json') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'no commit';
  }
})();
const ground = await openGround(values.database ?? null);
try {
  for (const name of wanted) {
    const figure = figures[name]!;
    process.stderr.write(`${name} …\n`);
    const table = await figure({ ground, rounds, say: (words) => process.stderr.write(`  ${words}\n`) });
    const measured = { rounds, ...table, at: new Date().toISOString(), commit };
    results.tables[name] = measured;
    process.stdout.write(`\n${table.title}\n\n${grid(measured)}\n\n`);
    // after each, so that a later one that fails costs nothing
    keep(results);
  }
} finally {
  await ground.close();
}
