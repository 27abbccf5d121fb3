/** Writes docs/errors.md from the error dictionary; with `--check` it fails when the file is stale. */
import { readFile, writeFile } from 'node:fs/promises';
import {
  dictionary,
  errorCodes,
  type ErrorGroup,
  type FixBy,
  type Retry,
} from '../src/gradebook/dictionary.ts';

const file = new URL('../docs/errors.md', import.meta.url);
const whoFixes: Record<FixBy, string> = {
  teacher: 'the teacher',
  admin: 'the administrator',
  sis: 'the operator or support of the SIS',
  vendor: 'the operator of this service',
  nobody: 'nobody has to',
};
const whenRetried: Record<Retry, string> = {
  auto: 'by itself',
  manual: 'once it is fixed, or when it is sent again',
  never: 'not, until the choice is changed',
};

/** Markdown text, one heading per code, grouped. */
export function errorsDocument(): string {
  const groups = [...new Set(errorCodes.map((code) => dictionary[code].group))];
  return [
    '# Errors and reasons',
    '',
    '<!-- Generated from src/gradebook/dictionary.ts by `node scripts/errors-doc.ts`; do not edit. -->',
    '',
    'Everything that people may read about an assignment or a score that is not (yet) in the SIS. Codes are',
    'stable, texts may be improved. A part in [brackets] appears only where its facts are known.',
    ...groups.flatMap(section),
    '',
  ].join('\n');
}

function section(group: ErrorGroup): string[] {
  const lines = ['', `## ${group[0]?.toUpperCase()}${group.slice(1)}`];
  for (const code of errorCodes) {
    const entry = dictionary[code];
    if (entry.group !== group) continue;
    lines.push(
      '',
      `### ${code}`,
      '',
      `**${entry.message}** ${entry.means}`,
      '',
      `- What to do: ${entry.fix}`,
      `- Who: ${whoFixes[entry.fixBy]}`,
      `- Tried again: ${whenRetried[entry.retry]}`,
    );
  }
  return lines;
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const found = await readFile(file, 'utf8').catch(() => '');
    if (found !== errorsDocument()) {
      console.error('docs/errors.md is stale: run `node scripts/errors-doc.ts`');
      process.exitCode = 1;
    }
  } else await writeFile(file, errorsDocument());
}
