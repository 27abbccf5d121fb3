/** bench/results.json: every table as it was last measured on this machine; and bench/RESULTS.md, made of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameMachine, thisMachine, type Machine } from './machine.ts';
import { text, type Sample } from './sample.ts';
import { withSummary } from './summary.ts';

export interface Table {
  title: string;
  /** what was done, and what the columns mean */
  about: string;
  columns: string[];
  rows: (string | number | Sample)[][];
  /** where it is not as often as was asked for */
  rounds?: number;
}
interface Measured extends Table {
  at: string;
  rounds: number;
  /** the commit, with + when files were changed */
  commit: string;
}
export interface Results {
  machine: Machine;
  tables: Record<string, Measured>;
}

const json = join(import.meta.dirname, '..', 'results.json');
const markdown = join(import.meta.dirname, '..', 'RESULTS.md');
const readme = join(import.meta.dirname, '../..', 'README.md');
export const FEWEST_ROUNDS = 5;

/** What is there; refuses figures of another machine unless they may be thrown away. */
export function openResults(fresh: boolean): Results {
  const machine = thisMachine();
  const none: Results = { machine, tables: {} };
  if (fresh || !existsSync(json)) return none;
  const results = JSON.parse(readFileSync(json, 'utf8')) as Results;
  if (sameMachine(results.machine, machine)) return results;
  throw new Error(
    `bench/results.json was measured on another machine (${describe(results.machine)}; this is ${describe(machine)}). ` +
      'Figures of two machines are not comparable: measure everything again with -- --fresh.',
  );
}

export function keep(results: Results): void {
  writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(markdown, render(results));
  writeFileSync(readme, withSummary(readFileSync(readme, 'utf8'), results));
}

export function render({ machine, tables }: Results): string {
  const parts = Object.values(tables).map(
    (table) => `## ${table.title}\n\n${table.about}\n\n${grid(table)}\n`,
  );
  return `# Measured

Made by \`npm run bench\` from bench/results.json: do not edit. Each figure is the median of its rounds, with the smallest and the greatest.
Machine: ${describe(machine)}. Absolute figures only illustrate; what counts are ratios, for both sides were measured in the same round.

${parts.join('\n')}`;
}

export function grid({ columns, rows, at, rounds, commit }: Measured): string {
  const line = (cells: (string | number | Sample)[]) =>
    `| ${cells.map((cell) => (typeof cell === 'object' ? text(cell) : String(cell))).join(' | ')} |`;
  const few = rounds < FEWEST_ROUNDS ? ' — fewer than it takes to know how much they vary' : '';
  return [
    line(columns),
    line(columns.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(line),
    '',
    `_${at.slice(0, 10)}, ${commit}, ${rounds === 1 ? 'once' : `${rounds} rounds`}${few}_`,
  ].join('\n');
}

function describe({ cpu, cores, memoryGiB, platform, node }: Machine): string {
  return `${cores} × ${cpu}, ${memoryGiB} GiB, ${platform}, Node ${node}`;
}
