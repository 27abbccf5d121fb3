import fc from 'fast-check';
import type { Decision, Reason } from '../../src/gradebook/decision.ts';
import { cellState, cellStates, type CellInput } from '../../src/passback/state.ts';
import { freshDuty } from '../gradebook/facts.ts';

const send: Decision<unknown> = { action: 'create', sourcedId: 'x', body: {}, hash: 'h' };
const unchanged: Decision<unknown> = { action: 'unchanged', sourcedId: 'x', hash: 'h' };
const skip: Decision<unknown> = { action: 'skip', reason: { code: 'SKIP_HELD_BACK' } };
const blocked: Decision<unknown> = { action: 'blocked', reason: { code: 'MAP_STUDENT' } };
const noConnection: Decision<unknown> = { action: 'blocked', reason: { code: 'NO_CONNECTION' } };

type Row = CellInput['duty'];
const waiting: Row = {
  ...freshDuty,
  version: 2,
  dirtyN: 5,
  cleanN: 4,
  releaseN: 5,
  verifiedVersion: 0,
  parkedN: 0,
  parkedReason: null,
  attempts: 0,
  nextAttemptAt: null,
  lastReason: null,
  sending: false,
};
const done: Partial<Row> = { cleanN: 5, ackedVersion: 2, ackedHash: 'h' };
const parked: Partial<Row> = {
  parkedN: 5,
  parkedReason: { code: 'SIS_REFUSED', params: { description: 'no' } },
};

function state(row: Partial<Row>, more: Partial<Omit<CellInput, 'duty'>> = {}): string {
  const { state, reason } = cellState({
    duty: { ...waiting, ...row },
    decision: send,
    sending: 'on',
    connectionBroken: null,
    ...more,
  });
  return reason ? `${state} ${reason.code}` : state;
}
const quietEnd = new Date('2026-11-23T06:00:00Z');
const quiet = { until: quietEnd, shown: '00:00' };
const broken = { connectionBroken: { code: 'CONN_REFUSED' as const } };

test.each([
  ['new and not released', state({ releaseN: 0 }), 'unsent'],
  ['released', state({}), 'queued'],
  ['under way', state({ sending: true }), 'sending'],
  [
    'failed and tried again',
    state({ attempts: 2, lastReason: { code: 'SIS_INTERNAL' } }),
    'retrying SIS_INTERNAL',
  ],
  ['in the SIS', state(done), 'acknowledged'],
  ['read back', state({ ...done, verifiedVersion: 2 }), 'verified'],
  ['read back at an older version', state({ ...done, verifiedVersion: 1 }), 'acknowledged'],
  ['dirty, but nothing differs', state({ ackedVersion: 1 }, { decision: unchanged }), 'acknowledged'],
  ['by choice', state({}, { decision: skip }), 'skipped SKIP_HELD_BACK'],
  [
    'by choice, after an older score was sent',
    state({ ...done, ackedVersion: 1 }, { decision: skip }),
    'skipped SKIP_HELD_BACK',
  ],
  ['needs someone', state({}, { decision: blocked }), 'needsAttention MAP_STUDENT'],
  ['refused', state(parked), 'needsAttention SIS_REFUSED'],
  ['refused, then changed', state({ ...parked, dirtyN: 6, releaseN: 6 }), 'queued'],
  ['refused, then held back', state(parked, { decision: skip }), 'skipped SKIP_HELD_BACK'],
  ['passback off', state({}, { sending: 'off' }), 'suppressed PASSBACK_OFF'],
  ['domain excluded', state({ releaseN: 0 }, { sending: 'excluded' }), 'suppressed DOMAIN_EXCLUDED'],
  ['no SIS', state({}, { sending: 'noConnection', decision: noConnection }), 'suppressed NO_CONNECTION'],
  ['in the SIS before passback went off', state(done, { sending: 'off' }), 'acknowledged'],
  ['by choice, passback off', state({}, { sending: 'off', decision: skip }), 'skipped SKIP_HELD_BACK'],
  ['paused', state({}, { sending: 'paused' }), 'queued DOMAIN_PAUSED'],
  ['paused, not released', state({ releaseN: 0 }, { sending: 'paused' }), 'unsent DOMAIN_PAUSED'],
  ['paused while failing', state({ attempts: 1 }, { sending: 'paused' }), 'retrying DOMAIN_PAUSED'],
  ['put off until quiet hours end', state({ nextAttemptAt: quietEnd }, { quiet }), 'queued QUIET_HOURS'],
  ['pressed in quiet hours', state({ nextAttemptAt: new Date(0) }, { quiet }), 'queued'],
  ['connection broken', state({}, broken), 'queued CONN_REFUSED'],
  [
    'connection broken while failing',
    state({ attempts: 1, lastReason: { code: 'SIS_INTERNAL' } }, broken),
    'retrying CONN_REFUSED',
  ],
  ['connection broken, not released', state({ releaseN: 0 }, broken), 'unsent'],
  [
    'a fact is still to be read',
    state({}, { decision: { action: 'needsRead', read: 'categories' } }),
    'queued',
  ],
  ['without a decision at hand', state({}, { decision: null }), 'queued'],
])('%s: %s', (_, found, expected) => {
  expect(found).toBe(expected);
});

describe('what a reading showed', () => {
  const found = { code: 'SIS_OWN_FORM', shown: { score: 91.5 }, version: 2 } as const;
  const held = (action: 'conflict' | 'skip' | 'blocked', code: Reason['code']): Decision<unknown> => ({
    action,
    reason: { code },
    standsAs: 'x',
    ours: {},
  });
  test('is said although the row is settled', () => {
    for (const row of [done, { ...done, version: 3, dirtyN: 6 }, { ...done, attempts: 3 }]) {
      expect(state(row, { decision: held('conflict', 'SCORE_CHANGED_IN_SIS') })).toBe(
        'conflict SCORE_CHANGED_IN_SIS',
      );
      expect(state(row, { decision: held('skip', 'SIS_KEEPS') })).toBe('skipped SIS_KEEPS');
      expect(state(row, { decision: held('blocked', 'SIS_ALTERS_VALUE') })).toBe(
        'needsAttention SIS_ALTERS_VALUE',
      );
    }
  });
  test('is told with what is confirmed, where the SIS writes it in its own way', () => {
    const altered = { ...done, found: { ...found, how: 'altered' } } as const;
    expect(state({ ...altered, verifiedVersion: 2 }, { decision: unchanged })).toBe('verified SIS_OWN_FORM');
    expect(state(altered, { decision: unchanged })).toBe('acknowledged');
    const over = { ...done, verifiedVersion: 2, found: { ...found, how: 'overwritten' } } as const;
    expect(state(over, { decision: unchanged })).toBe('verified');
  });
  test('is why something goes again that was acknowledged', () => {
    const lastReason = { code: 'NOT_STORED' } as const;
    expect(state({ lastReason })).toBe('queued NOT_STORED');
    expect(state({ lastReason: { code: 'ITEM_DELETED_IN_SIS' }, releaseN: 4 })).toBe(
      'unsent ITEM_DELETED_IN_SIS',
    );
    expect(state({ lastReason: { code: 'SIS_INTERNAL' } })).toBe('queued');
  });
});

test('whatever the row, the state is one of the ten, and what is not well has a reason', () => {
  const n = fc.nat(3);
  const input = fc.record({
    duty: fc
      .record({
        version: n,
        dirtyN: n,
        cleanN: n,
        releaseN: n,
        ackedVersion: n,
        verifiedVersion: n,
        parkedN: n,
        attempts: n,
        sending: fc.boolean(),
      })
      .map((counters) => ({ ...waiting, ...counters })),
    decision: fc.constantFrom(send, unchanged, skip, blocked, noConnection, null),
    sending: fc.constantFrom(
      'on' as const,
      'off' as const,
      'excluded' as const,
      'paused' as const,
      'noConnection' as const,
    ),
    connectionBroken: fc.constantFrom(null, broken.connectionBroken),
  });
  fc.assert(
    fc.property(input, (any) => {
      const { state, reason } = cellState(any);
      expect(cellStates).toContain(state);
      if (['needsAttention', 'skipped', 'suppressed'].includes(state)) expect(reason?.fix).toBeTruthy();
      if (['acknowledged', 'verified', 'sending'].includes(state)) expect(reason).toBeUndefined();
    }),
  );
});
