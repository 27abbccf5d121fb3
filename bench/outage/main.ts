/**
 * node scripts/run.mjs bench/outage/main.ts
 *   --minutes 180   how long the SIS is away
 *   --factor 40     how many times as fast the clock runs; beyond 60 this machine's own hiccups cost leases
 *   --results 5000
 * Prints figures; exit code 1 when the SIS is not what the LMS was told, or somebody had to help.
 */
import { parseArgs } from 'node:util';
import { openGround } from '../ground/ground.ts';
import { outage } from './outage.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '180' },
    factor: { type: 'string', default: '40' },
    results: { type: 'string', default: '5000' },
  },
});
const STUDENTS = 25;
const LINE_ITEMS = 10;
const say = (words: string) => process.stdout.write(`${words}\n`);

const ground = await openGround(null);
try {
  const minutes = Number(values.minutes);
  const report = await outage({
    connectionString: await ground.database(),
    factor: Number(values.factor),
    minutes,
    size: {
      classes: Math.ceil(Number(values.results) / STUDENTS / LINE_ITEMS),
      students: STUDENTS,
      lineItems: LINE_ITEMS,
    },
    say: (words) => process.stderr.write(`  ${words}\n`),
  });
  const seconds = (n: number) => `${n.toFixed(0)} s`;
  say(
    `results              ${report.results}, ${report.changedMeanwhile} scores given meanwhile, ${report.waiting} rows waiting at the end of it`,
  );
  say(`requests             ${report.requests} in ${minutes} minutes without an SIS`);
  say(
    `between two          ${seconds(report.longestGapSeconds)} at the most; after an hour ${seconds(report.shortestLateGapSeconds)} at the least`,
  );
  say(`tries burnt          ${report.triesBurnt}`);
  say(`noticed              ${seconds(report.noticedAfterSeconds)} after its return`);
  say(`all delivered        ${seconds(report.deliveredAfterSeconds)} after its return`);
  say(
    `requests at once     ${report.firstSecondConcurrency} in the first second, ${report.peakConcurrency} at the most`,
  );
  say(
    `another tenant       95 of 100 scores at its SIS within ${report.otherTenant.outageP95} ms, before ${report.otherTenant.baselineP95} ms`,
  );
  say(`human actions        ${report.humanActions}`);
  say(`differences          ${report.differences.length}`);
  for (const one of report.differences.slice(0, 40)) say(`  ${one}`);
  for (const one of report.defects.slice(0, 20)) say(`  defect: ${one}`);
  process.exitCode = report.differences.length + report.defects.length + report.humanActions > 0 ? 1 : 0;
} finally {
  await ground.close();
}
