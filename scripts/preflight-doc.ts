/** Writes docs/preflight.md from the rules; with `--check` it fails when the file is stale. */
import { dictionary } from '../src/gradebook/dictionary.ts';
import type { Rule } from '../src/gradebook/preflight/finding.ts';
import { lineItemRules } from '../src/gradebook/preflight/line-item-rules.ts';
import { resultRules } from '../src/gradebook/preflight/result-rules.ts';
import { settingFields, type SettingName } from '../src/gradebook/settings.ts';
import { keepDocument } from './document.ts';

const file = new URL('../docs/preflight.md', import.meta.url);
type Said = Pick<Rule<never>, 'code' | 'field' | 'decidedBy' | 'ends'>;

/** Markdown text: a table of rules for assignments, and one for scores, each in the order in which they are asked. */
export function preflightDocument(): string {
  return [
    '# What is known before anything is sent',
    '',
    '<!-- Generated from src/gradebook/preflight by `node scripts/preflight-doc.ts`; do not edit. -->',
    '',
    'Every assignment and every score is held against these rules when it arrives and whenever it is planned. What they',
    'find stands as `findings` in the answer of its PUT, in `GET …/lineItems`, and in every entry of `GET …/plan`:',
    '',
    '- `severity`: **blocks** (it is not sent until somebody mends it), **skips** (it stays here by choice) or **warns**',
    '  (it is sent, and this is to be known). Bodies are built by the same rules: what is said to block, blocks, and',
    '  nothing else does, but for what was read in the SIS.',
    '- `message`, `fix`, `fixBy`: the words of [errors.md](errors.md).',
    '- `automatic`: the safe change that can be made for the SIS, with what it gives; it is made (`applied`) only where the',
    '  setting of the domain, or its [profile](profiles.md), says so. What is here is never changed.',
    '- `seenIn`: where people will see it: a field of the object in the SIS, or only here.',
    '',
    'Dates are judged as days on the calendar of the school. Of several, the first that blocks or skips is the reason.',
    ...table('Assignments', lineItemRules),
    ...table('Scores', resultRules),
    '',
    'A score also waits for its assignment (`LINE_ITEM_WAITS`, `SKIP_LINE_ITEM`): the plan says so, the answer to its PUT',
    'does not.',
    '',
    'A new rule is an entry in `src/gradebook/preflight/`, its code in the dictionary, and a case in',
    '`tests/gradebook/preflight/preflight.test.ts`, which wants one for each.',
    '',
  ].join('\n');
}

function table(title: string, rules: readonly Said[]): string[] {
  return [
    '',
    `## ${title}`,
    '',
    '| Code | What | Field in the SIS | Settings that decide |',
    '|---|---|---|---|',
    ...rules.map(
      ({ code, field, decidedBy }) =>
        `| [${code}](errors.md#${code}) | ${plain(dictionary[code].message)} | ${field === null ? '' : `\`${field}\``} | ${decidedBy.map(setting).join('; ')} |`,
    ),
  ];
}

/** Without the parts that need the facts of a case. */
const plain = (message: string) => message.replace(/\[[^\]]*\]/g, '');

function setting(name: SettingName): string {
  const schema: unknown = settingFields[name];
  const options = (schema as { options?: string[] }).options;
  return `\`${name}\`${options ? ` (${options.join(', ')})` : ''}`;
}

if (import.meta.main) await keepDocument(file, preflightDocument(), 'node scripts/preflight-doc.ts');
