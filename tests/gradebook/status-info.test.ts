import { isCode, readStatusInfo } from '../../src/gradebook/status-info.ts';

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
    { oauthError: 'invalid_scope', description: 'nope', complains: true },
  ],
  ['problem+json', { title: 'Bad', detail: 'Worse' }, { description: 'Worse' }],
  ['a message', { Message: 'The request is invalid.' }, { description: 'The request is invalid.' }],
  ['an error object', { error: { message: 'quota' } }, { description: 'quota', complains: true }],
  [
    'a list of errors',
    { errors: [{ message: 'a' }, { message: 'b' }] },
    { description: 'a', complains: true },
  ],
  ['errors in words', { errors: ['a'] }, { description: 'a', complains: true }],
  [
    'errors by field, with a title above them',
    { title: 'Not valid', errors: { score: ['too high'] } },
    { description: 'Not valid', complains: true },
  ],
  ['no errors', { title: 'Quiz', errors: [], error: null }, { description: 'Quiz' }],
  [
    'several code minors: the first that is no success',
    {
      imsx_CodeMinor: {
        imsx_codeMinorField: [
          { imsx_codeMinorFieldName: 'Gateway', imsx_codeMinorFieldValue: 'fullsuccess' },
          { imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: 'server_busy' },
        ],
      },
    },
    { codeMinor: 'server_busy' },
  ],
  ['a code minor in a list', { imsx_codeMinor: ['full success'] }, { codeMinor: 'full success' }],
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
    expect(isCode(spelling, 'invaliddata')).toBe(true);
  for (const spelling of ['unauthorisedrequest', 'unauthorized', 'Unauthorized Request'])
    expect(isCode(spelling, 'unauthorisedrequest')).toBe(true);
  expect(isCode(undefined, 'invaliddata')).toBe(false);
  expect(isCode('unauthorisedrequester', 'unauthorisedrequest')).toBe(false);
});
