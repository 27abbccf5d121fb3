import { explain, type Reason } from '../../src/gradebook/dictionary.ts';
import { attemptsAfter, MOST_ATTEMPTS, timesOf, type Attempt } from '../../src/passback/attempts.ts';
import { answerOf, type Story, type SyncStep } from '../../src/passback/explain.ts';
import type { Settlement } from '../../src/passback/ports/lanes.ts';
import { cellStates } from '../../src/passback/state.ts';
import { timelineOf } from '../../src/passback/timeline.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 18, minute));
const reason = (code: Reason['code']) => explain({ code });
const story = (over: Partial<Story> = {}): Story => ({
  ...{ kind: 'result', state: 'queued', reason: null, version: 1, versionAt: at(0) },
  ...{ ackedVersion: 0, ackedAt: null, verifiedAt: null, nextAttemptAt: null },
  ...{ attempts: [], syncs: [], found: null, foundAt: null, connection: null, timeZone: 'America/Chicago' },
  ...over,
});
const inSis = { ackedVersion: 1, ackedAt: at(3) };
const newer = { ackedVersion: 1, ackedAt: at(3), version: 2 };
const broken = {
  connection: { cause: reason('CONN_REFUSED'), since: at(1), nextProbeAt: at(9) },
  reason: reason('CONN_REFUSED'),
};
const tried = (over: Partial<Attempt> = {}): Attempt => ({
  ...{ first: at(4).getTime(), at: at(6).getTime(), times: 3, version: 1, how: 'retry' },
  ...{ code: 'SIS_INTERNAL', status: 500 },
  ...over,
});

const asked = (action: SyncStep['action']): SyncStep => ({
  ...{ at: at(5), syncId: 'y', trigger: 'manual', startedBy: 'Ann', action, reason: null, version: null },
});

const table: [string, Partial<Story>, string][] = [
  [
    'read back',
    { state: 'verified', ...inSis, verifiedAt: at(8) },
    'This score is in the SIS since 20 Nov 2026, 12:03; it was read there and found right 20 Nov 2026, 12:08.',
  ],
  [
    'read back in another form',
    { state: 'verified', ...inSis, verifiedAt: at(8), reason: reason('SIS_OWN_FORM') },
    `This score is in the SIS since 20 Nov 2026, 12:03; it was read there and found right 20 Nov 2026, 12:08. ${reason('SIS_OWN_FORM').message} ${reason('SIS_OWN_FORM').fix}`,
  ],
  [
    'taken',
    { state: 'acknowledged', ...inSis },
    'This score is in the SIS since 20 Nov 2026, 12:03; the SIS has confirmed it, and it is read there once more later.',
  ],
  ['under way', { state: 'sending' }, 'This score is being sent at this moment.'],
  [
    'to be sent',
    { nextAttemptAt: at(2) },
    'This score goes to the SIS by itself, from 20 Nov 2026, 12:02 on. Nothing has to be done.',
  ],
  [
    'a change to be sent',
    { ...newer },
    'This score goes to the SIS by itself soon. Nothing has to be done. The SIS still has the one from before.',
  ],
  [
    'to be sent, and the SIS is away',
    broken,
    `This score waits for the SIS. Nothing can be sent there since 20 Nov 2026, 12:01: ${reason('CONN_REFUSED').message} That is tried again 20 Nov 2026, 12:09. ${reason('CONN_REFUSED').fix}`,
  ],
  [
    'paused, whatever else is wrong',
    { ...broken, reason: reason('DOMAIN_PAUSED') },
    `This score waits: ${reason('DOMAIN_PAUSED').message} ${reason('DOMAIN_PAUSED').fix}`,
  ],
  [
    'tried in vain',
    { state: 'retrying', reason: reason('SIS_INTERNAL'), nextAttemptAt: at(7), attempts: [tried()] },
    `This score could not be sent yet (3 tries): ${reason('SIS_INTERNAL').message} It is tried again by itself 20 Nov 2026, 12:07. ${reason('SIS_INTERNAL').fix}`,
  ],
  [
    'not asked for',
    { state: 'unsent', kind: 'lineItem' },
    'This assignment was not sent yet: it waits for somebody to press Sync.',
  ],
  [
    'asked for, and the class is read first',
    { state: 'unsent', syncs: [asked('reads')], ...newer },
    'This score goes with the sync of Ann, which reads the class from the SIS first. The SIS still has the one from before.',
  ],
  [
    'asked for, and to be confirmed',
    { state: 'unsent', syncs: [asked('awaitsConfirmation')] },
    'This score goes with the sync of Ann, which waits for somebody to confirm it.',
  ],
  [
    'refused',
    { state: 'needsAttention', reason: reason('MAP_STUDENT'), ...newer },
    `This score is not in the SIS as it is here: ${reason('MAP_STUDENT').message} ${reason('MAP_STUDENT').fix} The SIS still has the one from before.`,
  ],
  [
    'somebody’s edit there',
    { state: 'conflict', reason: reason('SCORE_CHANGED_IN_SIS'), ...inSis },
    `This score is not sent over what the SIS shows: ${reason('SCORE_CHANGED_IN_SIS').message} ${reason('SCORE_CHANGED_IN_SIS').fix}`,
  ],
  [
    'by choice',
    { state: 'skipped', reason: reason('SKIP_HELD_BACK') },
    `This score is not sent: ${reason('SKIP_HELD_BACK').message} ${reason('SKIP_HELD_BACK').fix}`,
  ],
  [
    'switched off',
    { state: 'suppressed', reason: reason('PASSBACK_OFF') },
    `This score is not sent, like all others here: ${reason('PASSBACK_OFF').message} ${reason('PASSBACK_OFF').fix}`,
  ],
];

test.each(table)('%s', (_name, over, expected) => {
  expect(answerOf(story(over))).toBe(expected);
});

test('every state has an answer', () => {
  expect([...new Set(table.map(([, over]) => over.state ?? 'queued'))].sort()).toEqual(
    [...cellStates].sort(),
  );
  for (const kind of ['lineItem', 'result'] as const)
    for (const state of cellStates) expect(answerOf(story({ kind, state }))).toMatch(/^This .*[.!]$/);
});

describe('the tries of a row', () => {
  const row = { kind: 'result', id: '1', classId: '2', n: 1, version: 1 } as const;
  const retry = (minute: number, over: object = {}): Settlement => ({
    ...row,
    ...{ how: 'retry', nextAttemptAt: at(minute + 1), ambiguous: false, counts: true },
    reason: { code: 'SIS_INTERNAL', params: { status: 500, description: 'student Ann Lee is …' } },
    ...over,
  });
  const after = (...all: [Settlement, number][]) =>
    all.reduce<readonly Attempt[]>((log, [s, minute]) => attemptsAfter(log, s, at(minute)), []);

  test('equal ones are one that counts, and the SIS’s own words are not kept', () => {
    const log = after([retry(1), 1], [retry(2), 2], [retry(3, { ambiguous: true }), 3], [retry(4), 4]);
    expect(log).toEqual([
      {
        ...{ first: at(1).getTime(), at: at(2).getTime(), times: 2, version: 1, how: 'retry' },
        ...{ code: 'SIS_INTERNAL', status: 500 },
      },
      expect.objectContaining({ at: at(3).getTime(), ambiguous: true }),
      { at: at(4).getTime(), version: 1, how: 'retry', code: 'SIS_INTERNAL', status: 500 },
    ]);
    expect(JSON.stringify(log)).not.toContain('Ann');
  });

  test('a newer version, another answer, and each acknowledgement stand by themselves', () => {
    const taken: Settlement = {
      ...row,
      ...{ how: 'acknowledged', created: true, hash: 'h', acked: { score: 7 }, sourcedId: 'x' },
    };
    const log = after(
      [retry(1), 1],
      [{ ...retry(2), version: 2 }, 2],
      [{ ...row, how: 'refused', reason: { code: 'SIS_REFUSED', params: { status: 422 } } }, 3],
      [taken, 4],
      [{ ...taken, created: false }, 5],
      [{ ...taken, created: false }, 6],
    );
    expect(log.map((a) => [a.how, a.version, a.code ?? null, timesOf(a)])).toEqual([
      ['retry', 1, 'SIS_INTERNAL', 1],
      ['retry', 2, 'SIS_INTERNAL', 1],
      ['refused', 1, 'SIS_REFUSED', 1],
      ['created', 1, null, 1],
      ['updated', 1, null, 1],
      ['updated', 1, null, 1],
    ]);
    expect(JSON.stringify(log)).not.toContain('score');
  });

  test('what was not sent is none, and old ones are forgotten', () => {
    for (const how of ['skipped', 'blocked', 'conflict'] as const)
      expect(after([{ ...row, how, reason: { code: 'SKIP_HELD_BACK' } }, 1])).toEqual([]);
    expect(after([{ ...row, how: 'untried' }, 1], [{ ...row, how: 'unchanged' }, 2])).toEqual([]);
    const many = Array.from({ length: 50 }, (_, i): [Settlement, number] => [{ ...retry(i), version: i }, i]);
    expect(after(...many).map((a) => a.version)).toEqual(
      Array.from({ length: MOST_ATTEMPTS }, (_, i) => 50 - MOST_ATTEMPTS + i),
    );
  });
});

test('what happened is told newest first, each in a sentence', () => {
  const step = {
    at: at(5),
    syncId: 'y',
    trigger: 'manual',
    startedBy: 'Ann',
    version: 1,
    reason: null,
  } as const;
  const events = timelineOf(
    story({
      ...inSis,
      verifiedAt: at(8),
      attempts: [tried({ ambiguous: true })],
      syncs: [
        { ...step, action: 'created' },
        { ...step, at: at(2), trigger: 'automatic', action: 'failed', reason: { code: 'MAP_STUDENT' } },
      ],
      found: { code: 'SCORE_CHANGED_IN_SIS', how: 'foreign', shown: null, version: 1 },
      foundAt: at(9),
      connection: { cause: reason('CONN_DNS'), since: at(10), nextProbeAt: null },
    }),
  );
  expect(events.map((e) => [e.event, e.at, e.code, e.text])).toEqual([
    ['connection', at(10).toISOString(), 'CONN_DNS', expect.stringContaining('stopped working: The name')],
    ['found', at(9).toISOString(), 'SCORE_CHANGED_IN_SIS', expect.stringMatching(/^Read in the SIS: /)],
    ['verified', at(8).toISOString(), null, 'Read in the SIS and found right.'],
    [
      ...['attempt', at(6).toISOString(), 'SIS_INTERNAL'],
      `Sent, not taken (3 times since 20 Nov 2026, 12:04): ${explain({ code: 'SIS_INTERNAL', params: { status: 500 } }).message} The SIS may have stored it all the same.`,
    ],
    ['sync', at(5).toISOString(), null, 'A sync by Ann put it into the SIS.'],
    // the try that was acknowledged is no longer among those that are kept
    ['acknowledged', at(3).toISOString(), null, 'The SIS took it.'],
    [
      ...['sync', at(2).toISOString(), 'MAP_STUDENT'],
      `Automatic sending could not send it: ${reason('MAP_STUDENT').message}`,
    ],
    ['entered', at(0).toISOString(), null, 'The score was entered here.'],
  ]);
  const many = Array.from({ length: 90 }, (_, i) => tried({ at: at(i % 60).getTime() }));
  expect(timelineOf(story({ attempts: many }))).toHaveLength(50);
});
