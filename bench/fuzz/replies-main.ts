/**
 * Mutated answers of an SIS through the real client: node scripts/run.mjs bench/fuzz/replies-main.ts [--replies 20000] [--seed 1]
 * Exit code 1 when anything was thrown, hung, or taken as acknowledged that was no success.
 */
import { parseArgs } from 'node:util';
import { fuzzReplies } from './reply-run.ts';

const { values } = parseArgs({
  options: { replies: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const say = (text: string) => process.stdout.write(`${text}\n`);
let unhandled = 0;
process.on('unhandledRejection', (error) => {
  unhandled++;
  say(`unhandled rejection: ${String(error)}`);
});
process.on('uncaughtException', (error) => {
  unhandled++;
  say(`uncaught: ${String(error)}`);
});

const report = await fuzzReplies({ replies: Number(values.replies), seed: Number(values.seed) });
say(
  `${report.replies} replies in ${report.seconds.toFixed(1)} s, ${report.faults.length} faults, ${unhandled} unhandled; ` +
    `resident set ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
);
for (const [name, n] of Object.entries(report.outcomes).sort((a, b) => b[1] - a[1]))
  say(`  ${String(n).padStart(7)}  ${name}`);
for (const fault of report.faults) say(`\n${fault}`);
process.exit(report.faults.length + unhandled > 0 ? 1 : 0);
