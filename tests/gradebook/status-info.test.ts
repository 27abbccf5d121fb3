import { readStatusInfo, sameCode } from '../../src/gradebook/status-info.ts';

const info = { imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'No such class' };
const minor = { imsx_CodeMinor: { imsx_codeMinorField: [{ imsx_codeMinorFieldValue: 'unknownobject' }] } };
const read = {
  codeMajor: 'failure',
  severity: 'error',
  description: 'No such class',
  codeMinor: 'unknownobject',
};

test.each([
  ['the bare object of 1.2', { ...info, ...minor }, read],
  ['wrapped', { imsx_StatusInfo: { ...info, ...minor } }, read],
  [
    '1.1: a set with a flat code',
    { statusInfoSet: [{ ...info, imsx_codeMinor: 'unknown object' }] },
    { ...read, codeMinor: 'unknown object' },
  ],
  ['a set that is no list', { statusInfoSet: { ...info, ...minor } }, read],
  ['no code minor at all', info, { codeMajor: 'failure', severity: 'error', description: 'No such class' }],
  [
    'OAuth',
    { error: 'Invalid_Scope', error_description: 'nope' },
    { oauthError: 'invalid_scope', description: 'nope' },
  ],
  ['problem+json', { title: 'Bad', detail: 'Worse' }, { description: 'Worse' }],
  ['a message', { Message: 'The request is invalid.' }, { description: 'The request is invalid.' }],
  ['an error object', { error: { message: 'quota' } }, { description: 'quota' }],
  ['a list of errors', { errors: [{ message: 'a' }, { message: 'b' }] }, { description: 'a' }],
  ['nothing', undefined, {}],
  ['a list', [1], {}],
  ['other types', { imsx_codeMajor: 3, imsx_CodeMinor: null, imsx_description: {} }, {}],
])('%s', (_, body, expected) => {
  expect(readStatusInfo(body)).toEqual(expected);
});

test("the SIS's words become one line that a database takes", () => {
  const { description } = readStatusInfo({ message: ` a\u0000\n b \ud800${'x'.repeat(1000)}` });
  expect(description).toMatch(/^a b \ufffdx+$/);
  expect(description).toHaveLength(500);
});

test('spellings of a code minor are the same code', () => {
  for (const spelling of ['invalid_data', 'Invalid Data', 'invaliddata'])
    expect(sameCode(spelling, 'invaliddata')).toBe(true);
  expect(sameCode(undefined, 'invaliddata')).toBe(false);
});
