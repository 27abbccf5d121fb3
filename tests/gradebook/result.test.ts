import fc from 'fast-check';
import type { ResultFacts } from '../../src/gradebook/facts.ts';
import { OneRosterResult } from '../../src/gradebook/oneroster.ts';
import { buildResult } from '../../src/gradebook/result.ts';
import type { EffectiveSettings } from '../../src/gradebook/settings.ts';
import { validateBody } from '../support/spec-validator.ts';
import { aClass, aLineItem, anyClass, anyLineItem, anyResult, aResult } from './facts.ts';

/** What the SIS gets for such a score, as far as the score's meaning goes. */
function sent(
  result: Partial<ResultFacts>,
  settings: Partial<EffectiveSettings> = {},
  li = aLineItem(),
): unknown {
  const built = buildResult(aClass({}, settings), li, 'sis-li', aResult(result));
  if (built.action === 'needsRead') return built;
  if (built.action !== 'body') return `${built.action} ${built.reason.code}`;
  const { scoreStatus, score, late, missing } = built.body;
  return { scoreStatus, score, late, missing };
}

test('a score becomes exactly this result', () => {
  expect(buildResult(aClass(), aLineItem(), 'sis-li', aResult({ comment: 'well done' }))).toEqual({
    action: 'body',
    warnings: [],
    body: {
      sourcedId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'active',
      dateLastModified: '2026-10-05T14:30:00.000Z',
      lineItem: {
        href: 'https://sis.example/ims/oneroster/gradebook/v1p2/lineItems/sis-li',
        sourcedId: 'sis-li',
        type: 'lineItem',
      },
      student: {
        href: 'https://sis.example/ims/oneroster/rostering/v1p2/users/sis-student',
        sourcedId: 'sis-student',
        type: 'user',
      },
      class: {
        href: 'https://sis.example/ims/oneroster/rostering/v1p2/classes/sis-class',
        sourcedId: 'sis-class',
        type: 'class',
      },
      scoreStatus: 'fully graded',
      score: 87.5,
      scoreDate: '2026-10-05',
    },
  });
});

const none = { score: null };
const acked = { ackedVersion: 1, ackedHash: 'h' };
test.each<[string, unknown, unknown]>([
  ['a score', sent({}), { scoreStatus: 'fully graded', score: 87.5 }],
  ['a score of 0 is a score', sent({ score: '0' }), { scoreStatus: 'fully graded', score: 0 }],
  ['-0 is 0', sent({ score: '-0' }), { scoreStatus: 'fully graded', score: 0 }],
  [
    'exact decimals',
    sent({ score: '87.499999999999986' }),
    { scoreStatus: 'fully graded', score: 87.499999999999986 },
  ],
  ['trailing zeros', sent({ score: '87.50' }), { scoreStatus: 'fully graded', score: 87.5 }],
  ['graded', sent({ status: 'graded', score: '5' }), { scoreStatus: 'fully graded', score: 5 }],
  ['graded without a score, never sent', sent({ ...none, status: 'graded' }), 'skip SKIP_UNGRADED'],
  [
    'missing',
    sent({ ...none, status: 'missing' }),
    { scoreStatus: 'fully graded', score: 0, missing: 'true' },
  ],
  [
    'missing with a score',
    sent({ score: '50', status: 'missing' }),
    { scoreStatus: 'fully graded', score: 50, missing: 'true' },
  ],
  [
    'missing, left blank',
    sent({ ...none, status: 'missing' }, { missingScore: 'blank' }),
    { scoreStatus: 'not submitted', missing: 'true' },
  ],
  [
    'missing with a score, left blank otherwise',
    sent({ score: '50', status: 'missing' }, { missingScore: 'blank' }),
    { scoreStatus: 'fully graded', score: 50, missing: 'true' },
  ],
  ['excused', sent({ status: 'excused' }), { scoreStatus: 'exempt' }],
  [
    'excused where the SIS cannot',
    sent({ status: 'excused' }, { excused: 'block' }),
    'blocked STATUS_UNSUPPORTED',
  ],
  ['late', sent({ late: true }), { scoreStatus: 'fully graded', score: 87.5, late: 'true' }],
  [
    'late, not to be told',
    sent({ late: true }, { sendLate: false }),
    { scoreStatus: 'fully graded', score: 87.5 },
  ],
  ['incomplete', sent({ status: 'incomplete' }), 'skip SKIP_INCOMPLETE'],
  ['incomplete after it was sent', sent({ ...acked, status: 'incomplete' }), 'skip SKIP_INCOMPLETE'],
  ['partly graded', sent({ status: 'partiallyGraded' }), { scoreStatus: 'partially graded', score: 87.5 }],
  ['submitted', sent({ status: 'submitted' }), { scoreStatus: 'submitted' }],
  ['not submitted', sent({ ...none, status: 'notSubmitted' }), { scoreStatus: 'not submitted' }],
  ['never scored', sent(none), 'skip SKIP_UNGRADED'],
  ['never scored, but late', sent({ ...none, late: true }), 'skip SKIP_UNGRADED'],
  ['cleared after it was sent', sent({ ...none, ...acked }), { scoreStatus: 'not submitted' }],
  [
    'cleared after it was sent, the SIS keeps',
    sent({ ...none, ...acked }, { blank: 'keep' }),
    'skip SKIP_CLEARED',
  ],
  ['held back', sent({ posted: false }), 'skip SKIP_HELD_BACK'],
  ['above the maximum', sent({ score: '300' }), { scoreStatus: 'fully graded', score: 300 }],
  [
    'above the maximum, capped',
    sent({ score: '300' }, { overMax: 'cap' }),
    { scoreStatus: 'fully graded', score: 100 },
  ],
  ['above the maximum, stopped', sent({ score: '300' }, { overMax: 'block' }), 'blocked SCORE_ABOVE_MAX'],
  ['below the minimum', sent({ score: '-1' }), { scoreStatus: 'fully graded', score: -1 }],
  [
    'below the minimum, raised',
    sent({ score: '-1' }, { overMax: 'cap' }),
    { scoreStatus: 'fully graded', score: 0 },
  ],
  [
    'below the minimum, stopped',
    sent({ score: '1' }, { overMax: 'block' }, aLineItem({ resultValueMin: 2 })),
    'blocked SCORE_BELOW_MIN',
  ],
  [
    'exactly the maximum',
    sent({ score: '100' }, { overMax: 'block' }),
    { scoreStatus: 'fully graded', score: 100 },
  ],
])('%s', (_, found, expected) => {
  expect(found).toEqual(expected);
});

function outcomeOf(cls = aClass(), r = aResult()): unknown {
  const built = buildResult(cls, aLineItem(), 'sis-li', r);
  return built.action === 'body' ? built.body : built;
}

test('a student without an SIS id needs someone, but only if there is something to send', () => {
  const unlinked = { sourcedId: null };
  expect(outcomeOf(aClass(), aResult({}, unlinked))).toMatchObject({
    action: 'blocked',
    reason: { code: 'MAP_STUDENT' },
  });
  expect(outcomeOf(aClass(), aResult(none, unlinked))).toMatchObject({ reason: { code: 'SKIP_UNGRADED' } });
  expect(outcomeOf(aClass(), aResult({}, { ...unlinked, active: false }))).toMatchObject({
    action: 'skip',
    reason: { code: 'SKIP_STUDENT_INACTIVE' },
  });
});

test('custom ids stand for the ids of the SIS, and nothing stands for a missing one', () => {
  const cls = aClass({}, { useCustomIds: true });
  expect(outcomeOf(cls)).toMatchObject({
    student: { sourcedId: 'custom-student' },
    class: { sourcedId: 'custom-class' },
  });
  expect(outcomeOf(cls, aResult({}, { customId: null }))).toMatchObject({ reason: { code: 'MAP_STUDENT' } });
});

test('comments are sent only where the domain wants it', () => {
  const withComment = aResult({ comment: 'well done' });
  expect(outcomeOf(aClass(), withComment)).not.toHaveProperty('comment');
  expect(outcomeOf(aClass({}, { sendComments: true }), withComment)).toHaveProperty('comment', 'well done');
});

test('the score’s day: given, or the local day of this version', () => {
  const day = (over: Partial<ResultFacts>) => outcomeOf(aClass(), aResult(over));
  expect(day({ scoreDate: '2026-09-30' })).toHaveProperty('scoreDate', '2026-09-30');
  expect(day({ scoreDate: '2026-10-01T04:59:00Z' })).toHaveProperty('scoreDate', '2026-09-30');
  expect(day({ versionAt: new Date('2026-10-06T04:59:00Z') })).toMatchObject({
    scoreDate: '2026-10-05',
    dateLastModified: '2026-10-06T04:59:00.000Z',
  });
});

test('for any valid input a decision is made, and every body is valid', () => {
  fc.assert(
    fc.property(anyClass, anyLineItem, anyResult, (cls, li, r) => {
      const result = buildResult(cls, li, 'sis-li', r);
      if (result.action !== 'body') return;
      OneRosterResult.parse(result.body);
      expect(validateBody('PUT', '/results/x', { result: result.body })).toEqual([]);
      const { score, scoreStatus } = result.body;
      if (scoreStatus === 'fully graded') expect(score).toBeDefined();
      const { exemptScore, withoutScore, overMax } = cls.settings;
      if (scoreStatus === 'exempt' && exemptScore === 'omit') expect(score).toBeUndefined();
      if (scoreStatus === 'submitted' && withoutScore !== 'zero') expect(score).toBeUndefined();
      const graded = scoreStatus === 'fully graded' || scoreStatus === 'partially graded';
      if (graded && score !== undefined && r.score !== null && overMax === 'send')
        expect(score).toBe(Number(r.score) + 0);
    }),
    { numRuns: 1000 },
  );
});
