/**
 * Do the tests have teeth? Copies the working tree, plants one defect after the other, and runs the suites that stand
 * beside it: they must turn red. Before that the same suites must be green without a defect.
 *
 *   node scripts/run.mjs bench/defects/main.ts [--only 'text in the name'] [--no-baseline] [--list]
 *
 * Exit code 1 when a defect was not caught, could not be planted, or the suites were red without it.
 */
import { parseArgs } from 'node:util';
import { Copy, type Verdict } from './copy.ts';
import { defects } from './defects.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    baseline: { type: 'boolean', default: true },
    list: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
const say = (text: string) => process.stdout.write(`${text}\n`);
const wanted = defects.filter(({ name }) => name.includes(values.only ?? ''));
if (values.list) {
  for (const { name, plant } of wanted) say(`${name} (${plant.map((p) => p.file).join(', ')})`);
  process.exit(0);
}

const copy = new Copy();
let wrong = 0;
const rows: string[] = [];
try {
  // what can no longer be planted is told at once, not after an hour
  for (const defect of wanted) copy.plant(defect)();
  if (values.baseline) {
    const files = [...new Set(wanted.flatMap((defect) => defect.tests))];
    const sound = await copy.test(files);
    say(
      `without a defect: ${sound.passed} passed, ${sound.failed.length} failed, ${sound.seconds.toFixed(0)} s`,
    );
    for (const problem of [...sound.failed, ...sound.broken]) say(`  ${problem}`);
    wrong += sound.failed.length + sound.broken.length;
  }
  for (const defect of wanted) {
    const restore = copy.plant(defect);
    let seconds = 0;
    let verdict: Verdict | undefined;
    // one suite after the other: the first that turns red is enough
    for (const file of defect.tests) {
      verdict = await copy.test([file], { only: defect.only, bail: true });
      seconds += verdict.seconds;
      if (verdict.failed.length > 0 || verdict.broken.length > 0) break;
    }
    restore();
    const caught = verdict !== undefined && verdict.failed.length > 0;
    if (!caught) wrong++;
    for (const problem of verdict?.broken ?? []) say(problem);
    const by = caught ? shortened(verdict!.failed) : `NOT CAUGHT (${verdict?.passed ?? 0} tests passed)`;
    rows.push(`| ${defect.name} | ${by} | ${seconds.toFixed(0)} s |`);
    say(rows.at(-1)!);
  }
} finally {
  copy.remove();
}
say(`\n| Defect | Caught by | Time |\n| --- | --- | ---: |\n${rows.join('\n')}`);
say(`\n${wanted.length} defects, ${wrong} not as they should be`);
process.exit(wrong > 0 ? 1 : 0);

function shortened(failed: readonly string[]): string {
  const more = failed.length > 2 ? `, and ${failed.length - 2} more` : '';
  return `${failed.slice(0, 2).join(' · ')}${more}`;
}
