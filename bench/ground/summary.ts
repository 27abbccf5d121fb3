/** README's short table: a few figures of bench/results.json, with what they are to reach. */
import { text, type Sample } from './sample.ts';
import type { Results } from './results.ts';

const BEGIN = '<!-- measured: made by npm run bench -->';
const END = '<!-- /measured -->';

/** `where`: what stands in the first columns of the row */
type Cell = [table: string, where: (string | number)[], column: string];
const LINES: [what: string, target: string, ...cells: Cell[]][] = [
  [
    'requests to the SIS for a new assignment of 30 students: one by one; many in one',
    '≤ 34; ≤ 5',
    ['requests', ['PUT only, looks before it overwrites'], 'first sync'],
    ['requests', ['many in one POST, looks before it overwrites'], 'first sync'],
  ],
  [
    'the same, when nothing has changed',
    '0',
    ['requests', ['PUT only, looks before it overwrites'], 'pressed again'],
  ],
  [
    'a sync of thousands, beside a bare keep-alive loop that sends the same (SIS at 20 ms, 4 and 16 at once)',
    '≥ 0.8×',
    ['throughput', ['20 ms', 4], 'ours ÷ bare'],
    ['throughput', ['20 ms', 16], 'ours ÷ bare'],
  ],
  [
    'score accepted → its request at the SIS (50 a second): p50; p99',
    '≤ 50 ms; ≤ 250 ms',
    ['latency', ['50 /s', 'nothing'], 'p50'],
    ['latency', ['50 /s', 'nothing'], 'p99'],
  ],
  [
    'the same while 100,000 results go to the same SIS: p99',
    '≤ 1 s',
    ['latency', ['10 /s', 'the same on the same connection'], 'p99'],
  ],
  [
    'scores taken in: one by one over 32 connections; in batches of 1,000',
    '≥ 5,000 /s; ≥ 25,000 /s',
    ['ingest', ['single PUT, 32 connections'], 'ours'],
    ['ingest', ['batches of 1000, one after the other'], 'ours'],
  ],
  [
    'those batches, beside a bare upsert of many rows',
    '≥ 0.4×',
    ['ingest', ['batches of 1000, one after the other'], 'ours ÷ bare'],
  ],
  ['ready after the start, with data', '≤ 3 s', ['start', ['ready, filled database'], 'median (min – max)']],
  [
    'memory of a process after 10,000 results',
    '≤ 300 MB',
    ['start', ['resident memory after 10,000 results'], 'median (min – max)'],
  ],
];

/** `readme` with the table as `results` have it; unchanged where something was never measured. */
export function withSummary(readme: string, results: Results): string {
  const lines = LINES.map(([what, target, ...cells]) => {
    const values = cells.map((cell) => valueOf(results, cell));
    return values.includes(null) ? null : `| ${what} | ${values.join('; ')} | ${target} |`;
  });
  if (lines.includes(null)) return readme;
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  const table = ['|  | measured | meant to be |', '| --- | --- | --- |', ...lines].join('\n');
  return `${readme.slice(0, from)}${BEGIN}\n\n${table}\n\n${readme.slice(to)}`;
}

function valueOf({ tables }: Results, [table, where, column]: Cell): string | null {
  const found = tables[table];
  const row = found?.rows.find((cells) => where.every((cell, i) => cells[i] === cell));
  const value: string | number | Sample | undefined = row?.[found?.columns.indexOf(column) ?? -1];
  if (value === undefined || value === '') return null;
  return typeof value === 'object' ? text(value) : String(value);
}
