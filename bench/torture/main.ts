/**
 * node scripts/run.mjs bench/torture/main.ts
 *   --results 10000   scores, of which a fifth is graded again meanwhile
 *   --classes 5       … dealt out to --tenants 2 (an SIS connection and a lane each)
 *   --kills 100       kill -9 of one of two replicas, every 1–3 s; every tenth time one is paused as well, up to 20 s
 *   --few 8           how often each fault that rests a whole lane may strike
 *   --refuse-token    refuse the sign-in once, in the middle: the lane rests for minutes, as it should
 *   --seed 1
 * Prints figures; exit code 1 when the SIS is not what the LMS was told, or a replica told of a defect.
 */
import { parseArgs } from 'node:util';
import { openGround } from '../ground/ground.ts';
import { torture } from './torture.ts';

const { values } = parseArgs({
  options: {
    results: { type: 'string', default: '10000' },
    classes: { type: 'string', default: '5' },
    tenants: { type: 'string', default: '2' },
    kills: { type: 'string', default: '100' },
    few: { type: 'string', default: '8' },
    'refuse-token': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
const STUDENTS = 25;
const classes = Number(values.classes);
const say = (words: string) => process.stdout.write(`${words}\n`);

const started = performance.now();
const ground = await openGround(null);
// whoever stops it leaves no replicas, database or SIS behind
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void ground.close().finally(() => process.exit(130)));
try {
  const report = await torture(ground, {
    size: { classes, students: STUDENTS, lineItems: Math.ceil(Number(values.results) / classes / STUDENTS) },
    tenants: Number(values.tenants),
    kills: Number(values.kills),
    everyMs: [1_000, 3_000],
    pauseEvery: 10,
    pauseMs: [1_000, 20_000],
    few: Number(values.few),
    refuseToken: values['refuse-token'],
    seed: Number(values.seed),
    quietMs: 900_000,
    hasten: false,
    tell: (words) => process.stderr.write(`  ${words}\n`),
  });
  const { faults, requests, differences, defects } = report;
  const sum = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0);
  const list = (of: Record<string, number>) =>
    Object.entries(of)
      .sort(([, a], [, b]) => b - a)
      .map(([name, n]) => `${name} ${n}`)
      .join(', ');
  say(`results              ${report.results}, graded again ${report.regraded}`);
  say(`replicas             ${report.kills} × kill -9, ${report.pauses} × SIGSTOP`);
  say(`requests at the SIS  ${sum(requests)}: ${list(requests)}`);
  say(
    `faults               ${sum(faults)} (${((100 * sum(faults)) / sum(requests)).toFixed(1)} %): ${list(faults)}`,
  );
  say(`write amplification  ${report.amplification.toFixed(2)} PUTs of results per version`);
  say(`stale writes         ${report.staleWrites} reached the SIS`);
  say(
    `time                 ${report.killSeconds.toFixed(0)} s of kills, ${report.faultSeconds.toFixed(0)} s more of faults, then quiet after ${report.quietSeconds.toFixed(0)} s`,
  );
  say(`together             ${((performance.now() - started) / 1000).toFixed(0)} s`);
  say(`differences          ${differences.length}`);
  for (const one of differences.slice(0, 40)) say(`  ${one}`);
  for (const one of defects.slice(0, 20)) say(`  defect: ${one}`);
  process.exitCode = differences.length + defects.length > 0 ? 1 : 0;
} finally {
  await ground.close();
}
