/**
 * The API under fuzz: the service as an operator starts it, PostgreSQL and the demo SIS, each in a process of its own.
 *
 *   node scripts/run.mjs bench/fuzz/main.ts [--requests 20000] [--seed 1] [--seeds 1] [--only putSettings] [--database URL]
 *
 * Exit code 1 when anything was wrong; a failing request is printed as it was sent, and comes again with its seed.
 */
import { parseArgs } from 'node:util';
import { sisDistrict } from '../../tests/support/district.ts';
import { openGround, ROOT_KEY, SIS_TOKEN } from '../ground/ground.ts';
import { slope } from './memory.ts';
import { fuzz, UNLIMITED } from './run.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string' },
    database: { type: 'string' },
  },
});
/** Of the resident set after the first third, in MB per 10,000 requests: a leak of a kilobyte per request is 10. */
const MOST_GROWTH = 10;
const say = (text: string) => process.stdout.write(`${text}\n`);
const mb = (bytes: number) => Math.round(bytes / 1e6);

const ground = await openGround(values.database ?? null);
const connection = async () => ({
  baseUrl: (await ground.sis(sisDistrict(2, 1))).gradebookUrl,
  auth: { method: 'accessToken', accessToken: SIS_TOKEN },
});
let wrong = 0;
try {
  const service = await ground.service(await ground.database(), {
    TRUSTED_PROXIES: '127.0.0.1',
    ...UNLIMITED,
  });
  const target = {
    ...{ url: service.url, rootKey: ROOT_KEY },
    connections: { north: await connection(), south: await connection() },
  };
  const memory: { requests: number; bytes: number }[] = [];
  let before = 0;
  const first = Number(values.seed);
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const report = await fuzz(target, {
      ...{ requests: Number(values.requests), seed, only: values.only },
      afterRound: (sent) => memory.push({ requests: before + sent, bytes: service.rss() }),
    });
    before += report.requests;
    const { answers, faults, neverDone } = report;
    say(
      `seed ${seed}: ${report.requests} requests to ${report.operations} operations in ${report.seconds.toFixed(1)} s, ` +
        `slowest answer ${report.slowestMs} ms, ${report.belowUs} refused by the HTTP parser, ${faults.length} faults`,
    );
    for (const [name, n] of Object.entries(answers).sort((a, b) => b[1] - a[1]))
      say(`  ${String(n).padStart(7)}  ${name}`);
    if (report.slowestMs > 5_000) say(`  the slowest:\n${report.slowest}`);
    if (neverDone.length > 0) say(`  never done: ${neverDone.join(', ')}`);
    for (const fault of faults) say(`\n${fault}`);
    wrong += faults.length;
  }
  const growth = slope(memory.slice(Math.floor(memory.length / 3)));
  const rss = memory.map(({ bytes }) => mb(bytes));
  say(
    `resident set ${rss[0]} → ${rss.at(-1)} MB, ${growth.toFixed(1)} MB per 10,000 requests after the first third`,
  );
  if (before >= 20_000 && growth > MOST_GROWTH) {
    say(`memory grows by more than ${MOST_GROWTH} MB per 10,000 requests`);
    wrong++;
  }
  const errors = service.errors();
  for (const line of errors.slice(0, 20)) say(line);
  say(`${errors.length} lines at level error`);
  wrong += errors.length;
} finally {
  await ground.close();
}
process.exit(wrong > 0 ? 1 : 0);
