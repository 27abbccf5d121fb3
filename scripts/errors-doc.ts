/** Writes docs/errors.md from the error dictionary; with `--check` it fails when the file is stale. */
import { type ErrorEntry, errorSections, introduction } from '../src/http/error-sections.ts';
import { keepDocument } from './document.ts';

const file = new URL('../docs/errors.md', import.meta.url);

/** Markdown text, one heading and one anchor per code, grouped. */
export function errorsDocument(): string {
  return [
    `# ${introduction.title}`,
    '',
    '<!-- Generated from the error dictionary (src/gradebook/dictionary.ts, src/http/problem-texts.ts) by `node scripts/errors-doc.ts`; do not edit. -->',
    ...introduction.text.flatMap((text) => ['', text]),
    ...errorSections().flatMap(({ title, entries }) => ['', `## ${title}`, ...entries.flatMap(entry)]),
    '',
  ].join('\n');
}

function entry({ code, headline, means, facts }: ErrorEntry): string[] {
  return [
    '',
    // GitHub would make an anchor in small letters; links name the code as it is
    `### <a id="${code}"></a>${code}`,
    '',
    `**${headline}** ${means}`,
    '',
    ...facts.map(([label, text]) => `- ${label}: ${text}`),
  ];
}

if (import.meta.main) await keepDocument(file, errorsDocument(), 'node scripts/errors-doc.ts');
