/** Writes docs/profiles.md from the profiles; with `--check` it fails when the file is stale. */
import { defaultSettings, type SettingName } from '../src/gradebook/settings.ts';
import { defaultsOf, profiles } from '../src/profiles/index.ts';
import type { Profile } from '../src/profiles/profile.ts';
import { keepDocument } from './document.ts';

const file = new URL('../docs/profiles.md', import.meta.url);
const all = Object.values(profiles);

/** What an SIS may want otherwise, by what it is about. */
const topics: Record<string, Partial<Record<SettingName, string>>> = {
  'How it is written': {
    references: 'references to classes, students and categories',
    scoreDateForm: 'date of a score',
    dueDateForm: 'due and assign dates',
  },
  Assignments: {
    titleLimit: 'longest title',
    titleTooLong: 'a longer one',
    duplicateTitle: 'a title that the class has already',
    dueDateMissing: 'no due date',
    dueDateOutside: 'a due date outside of the grading periods',
    gradingPeriod: 'grading period',
    wholePoints: 'points that are no whole number',
    requireWholeClass: 'only what is given to everybody',
    lineItemMetadata: 'what is told in their metadata',
  },
  Scores: {
    overMax: 'more than the points',
    missingScore: 'missing',
    excused: 'excused',
    exemptScore: 'the number of an excused one',
    sendLate: 'late is told',
    submitted: 'submitted',
    notSubmitted: 'not submitted',
    partiallyGraded: 'not final',
    withoutScore: 'a status without a score',
    blank: 'a score that was removed',
    scoreDateBeforeAssigned: 'dated before its assignment',
    sendComments: 'comments',
    deletePropagation: 'deleted here',
  },
  Load: {
    maxConcurrentRequests: 'requests at once',
    requestsPerSecond: 'requests per second',
    quietHours: 'quiet hours of automatic work',
  },
};

/** Markdown text: one table of all values, then each SIS by itself. */
export function profilesDocument(): string {
  return [
    '# SIS profiles',
    '',
    '<!-- Generated from src/profiles by `node scripts/profiles-doc.ts`; do not edit. -->',
    '',
    'No two SISs take OneRoster alike. A profile (the setting `profile`) is what is known of one: the values that hold',
    'where no domain sets anything. Every one of them can be set otherwise, per domain, by the setting of the same name',
    '(`PUT /v1/domains/{id}/settings`); `GET …/settings?effective=true` shows which value comes from where. The version',
    'is `oneRosterVersion`; left out, it is the one that the address names, else the profile’s.',
    '',
    '**Bold** departs from the specification. A question mark (?) means that one source alone, or a weak one, says so:',
    'try it with the SIS at hand. What no source says is left as the specification has it.',
    '',
    `| | ${all.map(({ name }) => `\`${name}\``).join(' | ')} |`,
    `|---|${all.map(() => '---|').join('')}`,
    row('version', all.map(version)),
    ...Object.entries(topics).flatMap(([topic, settings]) => [
      row(
        `**${topic}**`,
        all.map(() => ''),
      ),
      ...(Object.keys(settings) as SettingName[]).map((name) =>
        row(
          `\`${name}\`: ${settings[name] ?? ''}`,
          all.map((profile) => value(profile, name)),
        ),
      ),
    ]),
    '',
    'An incomplete is never sent: it is graded first. With OneRoster 1.1 late and missing cannot be told; their scores go',
    'without it. With both versions a result is sent only once its assignment is in the SIS.',
    ...all.flatMap(section),
    '',
    '## Adding one',
    '',
    '1. `src/profiles/<name>.ts`: title, sources, what departs (`settings`), what only one source says (`weak`), and what',
    '   an administrator must know of the connection.',
    '2. Its name in the list of the setting `profile` (`src/gradebook/settings.ts`) and its line in `src/profiles/index.ts`.',
    '3. `tests/fixtures/profiles/<name>.json`: how that SIS behaves (rules of the demo SIS, `src/demo/sis/rules.ts`), how it',
    '   is reached, and in what form everything must arrive. The contract suite (`tests/profiles`) picks it up.',
    '4. `npm run generate` and `node scripts/profiles-doc.ts`.',
    '',
  ].join('\n');
}

const row = (label: string, cells: string[]) => `| ${label} | ${cells.join(' | ')} |`;
const doubt = (profile: Profile, name: Profile['weak'][number]) => (profile.weak.includes(name) ? ' ?' : '');

function version(profile: Profile): string {
  const { oneRosterVersion } = profile.connection;
  const shown = oneRosterVersion === '1.2' ? '1.2' : `**${oneRosterVersion}**`;
  return shown + doubt(profile, 'oneRosterVersion');
}

function value(profile: Profile, name: SettingName): string {
  const here = words(defaultsOf(profile.name)[name]);
  const departs = here !== words(defaultSettings[name]);
  return (departs ? `**${here}**` : here) + doubt(profile, name);
}
function words(value: unknown): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object' && Object.keys(value).length === 0) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function section(profile: Profile): string[] {
  const { title, name, connection, categories, errors, notes, sources } = profile;
  const { addresses, tokenUrl, clientAuthMethod, requiredHeaders } = connection;
  const scopes = connection.oneRosterVersion === '1.1' ? 'v1p1' : 'v1p2';
  const ways = { basic: 'HTTP Basic', body: 'in the body' };
  return [
    '',
    `## ${title}`,
    '',
    `\`"profile": "${name}"\``,
    '',
    `- Address (\`baseUrl\`): ${addresses.map(code).join(', or ')}${doubt(profile, 'addresses')}`,
    `- Sign-in: ${tokenUrl === null ? 'address not documented, the usual ones are tried' : code(tokenUrl)};`,
    `  ${clientAuthMethod === null ? 'HTTP Basic, form-encoded and raw, then in the body' : `${ways[clientAuthMethod]} first, then the other ways`}; or a fixed access token.`,
    `- Scopes: \`gradebook.readonly\`, \`gradebook.createput\` and \`roster.readonly\` of \`or/${scopes}/scope\`, less where the SIS knows less.`,
    ...requiredHeaders.map(({ name, what }) => `- Header \`${name}\` (in \`extraHeaders\`): ${what}.`),
    `- Categories: ${categories}`,
    `- Errors: ${errors}`,
    ...notes.map((note) => `- ${note}`),
    '',
    `Sources: ${sources.join(' · ')}.`,
  ];
}
const code = (address: string) => address.replace(/https:\/\/[^ ]+/g, (url) => `\`${url}\``);

if (import.meta.main) await keepDocument(file, profilesDocument(), 'node scripts/profiles-doc.ts');
