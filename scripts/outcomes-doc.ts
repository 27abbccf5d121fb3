/** Writes docs/outcomes.md from the outcome table; with `--check` it fails when the file is stale. */
import { classify } from '../src/gradebook/classify.ts';
import type { ErrorCode } from '../src/gradebook/dictionary.ts';
import type { Outcome } from '../src/gradebook/outcome.ts';
import { answers, silences, withoutToken, type Asked, type Verdict } from '../src/gradebook/outcome-table.ts';
import { refusals } from '../src/gradebook/refusals.ts';
import { keepDocument } from './document.ts';

const file = new URL('../docs/outcomes.md', import.meta.url);

/** Markdown text: the tables as they are read by the program, and what they make of every status. */
export function outcomesDocument(): string {
  return [
    '# What an answer of the SIS means',
    '',
    '<!-- Generated from src/gradebook/outcome-table.ts and refusals.ts by `node scripts/outcomes-doc.ts`; do not edit. -->',
    '',
    'Every answer of an SIS, and every silence, has one of four outcomes. Codes lead to their words in [errors.md](errors.md).',
    '',
    '- **acknowledged**: the SIS says that it has it. Only reading it back (*verified*) proves it.',
    '- **retry**: the same version is sent again later, by itself. *May be stored*: a write that the SIS may have applied all the same; a counter rises, so that nothing but a later answer settles the row.',
    '- **refused**: this one item, for this version, is parked with its reason; all others go on.',
    '- **broken**: the connection as a whole. The lane stops, nothing is refused, nobody’s tries are counted; a probe goes on asking.',
    '',
    '## Answers',
    '',
    'The first line that fits decides. A read is never *may be stored*.',
    '',
    ...table(
      ['Answer', 'Outcome', 'Code'],
      answers.map(({ answer, means }) =>
        means === 'refused'
          ? [answer, '**refused**', 'see [below](#why-an-item-was-refused)']
          : [answer, ...verdict(means)],
      ),
    ),
    '',
    '## No answer',
    '',
    ...table(
      ['What happened', 'Before the request can have left', '', 'After', ''],
      Object.values(silences).map(({ silence, unsent, sent }) => [
        silence,
        ...verdict(unsent),
        ...verdict(sent),
      ]),
    ),
    '',
    '## No token',
    '',
    'Nothing was sent, and nothing can be: it is never the item’s fault. `Retry-After` of the sign-in is heard.',
    '',
    ...table(
      ['The sign-in', 'Outcome', 'Code'],
      [
        ['answers 429', ...verdict(withoutToken({ code: 'SIS_RATE_LIMIT', later: true }))],
        [
          'answers 408 or 5xx, or JSON that is cut short',
          ...verdict(withoutToken({ code: 'AUTH_UNAVAILABLE', later: true })),
        ],
        ['refuses the credentials', ...verdict(withoutToken({ code: 'AUTH_INVALID_CLIENT', later: false }))],
        [
          'does not know the permissions asked for',
          ...verdict(withoutToken({ code: 'AUTH_SCOPE_MISSING', later: false })),
        ],
        ['leads elsewhere', ...verdict(withoutToken({ code: 'CONN_REDIRECT', later: false }))],
        ['says anything else', ...verdict(withoutToken({ code: 'AUTH_TOKEN_ENDPOINT', later: false }))],
        ['is silent', '**broken**', 'that of the silence'],
      ],
    ),
    '',
    '## Why an item was refused',
    '',
    'Refused it is either way: status and words only choose the explanation. The first line that fits is the reason; where none does it is ' +
      `${link('SIS_REFUSED')}.`,
    '',
    ...table(
      ['Code', 'When', 'Such as'],
      refusals.map(({ code, when, like = [] }) => [
        link(code),
        when,
        like.map((words) => `“${words}”`).join('<br>'),
      ]),
    ),
    '',
    '## Status by status',
    '',
    'With a body that says nothing but “why”.',
    '',
    ...table(['Status', ...asked.map(([title]) => title)], byStatus()),
    '',
  ].join('\n');
}

const asked: [title: string, asked: Asked][] = [
  ['PUT of a result', { method: 'PUT', about: 'result' }],
  ['DELETE', { method: 'DELETE', about: 'result' }],
  ['a read', { method: 'GET', about: 'categories' }],
  ['the probe', { method: 'GET', about: 'probe' }],
];

/** Neighbours of the same meaning share a line. */
function byStatus(): string[][] {
  const now = new Date(0);
  const lines: { from: number; to: number; cells: string[] }[] = [];
  for (let status = 100; status < 600; status++) {
    const body = { message: 'why' };
    const cells = asked.map(([, a]) =>
      outcome(classify(a, { kind: 'response', status, contentType: 'application/json', body }, now)),
    );
    const last = lines.at(-1);
    if (last?.cells.join() === cells.join()) last.to = status;
    else lines.push({ from: status, to: status, cells });
  }
  return lines.map(({ from, to, cells }) => [from === to ? `${from}` : `${from}–${to}`, ...cells]);
}

function outcome(of: Outcome): string {
  return of.kind === 'acknowledged' ? of.kind : `${verdict(of)[0]} ${of.code}`;
}
function verdict(of: Verdict | Outcome): [string, string] {
  if (of.kind === 'acknowledged') return ['**acknowledged**', ''];
  const ambiguous = 'ambiguous' in of && of.ambiguous ? ', may be stored' : '';
  return [`**${of.kind}**${ambiguous}`, link(of.code)];
}
const link = (code: ErrorCode): string => `[${code}](errors.md#${code})`;

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

if (import.meta.main) await keepDocument(file, outcomesDocument(), 'node scripts/outcomes-doc.ts');
