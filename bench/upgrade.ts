/**
 * A39, a rolling upgrade with a migration: two replicas of an older release have 10,000 scores to send and take more;
 * the new release starts beside them, migrates the database under their feet, works with them for a while, and takes
 * their place one by one. Then the way back: the older release starts once more on the new schema.
 *
 *   node scripts/run.mjs bench/upgrade.ts [--from COMMIT] [--results 10000]
 *
 * `--from`: a commit before the newest migration; without it the last one before the newest migration was added.
 * Exit code 1 when anything is lost, doubled or wrong, or a caller had to wait longer than a short lock.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { replicaEnv, startProcess } from '../tests/support/processes.ts';
import { sisDistrict } from './ground/district.ts';
import { openGround } from './ground/ground.ts';
import { chance } from './torture/chance.ts';
import { differences, pending } from './torture/compare.ts';
import { Lms } from './torture/lms.ts';

const { values } = parseArgs({
  options: { from: { type: 'string' }, results: { type: 'string', default: '10000' } },
});
const root = join(import.meta.dirname, '..');
const say = (words: string) => process.stdout.write(`${words}\n`);
const git = (...args: string[]) => execFileSync('git', args, { cwd: root, maxBuffer: 2 ** 28 });

const older = values.from ?? beforeTheNewestMigration();
const place = mkdtempSync(join(tmpdir(), 'passback-upgrade-'));
const ground = await openGround(null);
const size = { classes: 4, students: 25, lineItems: Math.ceil(Number(values.results) / 100) };
try {
  unpack(older, place);
  const databaseUrl = await ground.database();
  const sis = await ground.sis(sisDistrict(size), 5);
  const env = replicaEnv(databaseUrl);
  const olds = [await startProcess('all', env, place), await startProcess('all', env, place)];
  const urls = olds.map((one) => one.url);
  const lms = new Lms(urls, 1);
  await lms.furnish(sis, size);
  const random = chance(1);
  for (let cls = 0; cls < size.classes; cls++) await lms.load(cls, size, random);
  say(`${older}: ${lms.accepted.size} scores accepted, ${(await pending(databaseUrl)).unsent} wait`);

  let [longest, edits, over] = [0, 0, false];
  const grading = (async () => {
    while (!over) {
      const started = performance.now();
      const [cls, lineItem] = [random.below(size.classes), random.below(size.lineItems)];
      await lms.grade({ cls, lineItem, student: random.below(size.students) }, random.below(101));
      longest = Math.max(longest, performance.now() - started);
      edits++;
      await sleep(5);
    }
  })();
  await sleep(2_000);
  const calm = longest;
  longest = 0;
  const started = performance.now();
  const news = [await startProcess('all', env)];
  say(`the new release migrated and was ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  say(`  ${(await pending(databaseUrl)).unsent} scores waited then`);
  urls.push(news[0]?.url ?? '');
  await sleep(5_000);
  const codes: (number | null)[] = [];
  for (const old of olds) {
    urls.splice(urls.indexOf(old.url), 1);
    old.signal('SIGTERM');
    codes.push((await old.ended).code);
    if (news.length < 2) {
      news.push(await startProcess('all', env));
      urls.push(news[1]?.url ?? '');
    }
  }
  say(`the older replicas ended with ${codes.join(' and ')}`);
  await sleep(2_000);
  over = true;
  await grading;
  await sent(databaseUrl);
  const found = await differences(sis, lms, size, databaseUrl);

  // the way back
  const back = await startProcess('all', env, place);
  for (const one of news) one.signal('SIGTERM');
  await Promise.all(news.map((one) => one.ended));
  urls.splice(0, urls.length, back.url);
  for (let student = 0; student < size.students; student++)
    await lms.grade({ cls: 0, lineItem: 0, student }, random.below(101));
  await sent(databaseUrl);
  found.push(...(await differences(sis, lms, size, databaseUrl)));
  await back.kill();

  const defects = [...olds, ...news, back].flatMap((one) =>
    one.lines.filter((line) => /"level":"error"|unhandled|could not be worked on/.test(line)),
  );
  say(`edits meanwhile      ${edits}, ${lms.troubles} had to be tried again`);
  say(`longest wait         ${longest.toFixed(0)} ms for one accepted score (${calm.toFixed(0)} ms before)`);
  say(`differences          ${found.length}`);
  for (const one of [...found, ...defects].slice(0, 40)) say(`  ${one}`);
  process.exitCode =
    found.length + defects.length > 0 || longest > 5_000 || codes.some((c) => c !== 0) ? 1 : 0;
} finally {
  await ground.close();
  rmSync(place, { recursive: true, force: true });
}

async function sent(databaseUrl: string): Promise<void> {
  const until = performance.now() + 300_000;
  while ((await pending(databaseUrl)).unsent > 0 && performance.now() < until) await sleep(500);
}

function beforeTheNewestMigration(): string {
  const newest = readdirSync(join(root, 'prisma/migrations'))
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1);
  const file = `prisma/migrations/${newest}/migration.sql`;
  const added = git('log', '--diff-filter=A', '--format=%H', '--', file).toString().trim().split('\n').at(-1);
  return git('rev-parse', '--short', `${added}^`).toString().trim();
}

/** The older release's files, with what is installed here and a database client of its own schema. */
function unpack(commit: string, to: string): void {
  execFileSync('tar', ['-x', '-C', to], { input: git('archive', commit) });
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
  execFileSync(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: to,
    stdio: 'ignore',
  });
}
