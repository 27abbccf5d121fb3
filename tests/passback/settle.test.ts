import fc from 'fast-check';
import type { Settlement } from '../../src/passback/ports/lanes.ts';
import { FAILS_SYNC_AFTER } from '../../src/passback/retry.ts';
import { overtaken, settled as settledAt, type DutyNow } from '../../src/passback/settle.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20) + seconds * 1000);
const row: DutyNow = {
  version: 3,
  dirtyN: 5,
  cleanN: 4,
  releaseN: 5,
  attempts: 0,
  failingSince: null,
  nextAttemptAt: at(0),
  sourcedId: null,
  ackedVersion: 2,
  ackedHash: 'old',
  acked: { score: 1 },
  parkedN: null,
  lastReason: null,
  syncId: 'sync',
};
type How = Settlement extends infer S
  ? S extends Settlement
    ? Omit<S, 'kind' | 'id' | 'classId'>
    : never
  : never;
const about = (s: How): Settlement => ({ kind: 'result', id: '1', classId: '1', ...s });
const taken = { n: 5, version: 3 };
const acknowledged = about({
  ...taken,
  how: 'acknowledged',
  created: false,
  hash: 'new',
  acked: { score: 2 },
  sourcedId: 'x',
});
const reason = { code: 'SIS_INTERNAL' } as const;
const retry = (more: Partial<{ ambiguous: boolean; counts: boolean }> = {}) =>
  about({ ...taken, how: 'retry', reason, nextAttemptAt: at(60), ambiguous: false, counts: true, ...more });

const settled = (now: DutyNow, s: Settlement, when = at(10)) => settledAt(now, s, when);
const due = (d: DutyNow) => d.releaseN > d.cleanN;
const dirty = (d: DutyNow) => d.dirtyN > d.cleanN;

test('an acknowledged version is clean, and its sync is told once', () => {
  const after = settled({ ...row, attempts: 3, lastReason: reason }, acknowledged);
  expect(after).toMatchObject({
    cleanN: 5,
    ackedVersion: 3,
    ackedHash: 'new',
    acked: { score: 2 },
    sourcedId: 'x',
    attempts: 0,
    lastReason: null,
    syncId: null,
    entry: 'updated',
    sent: true,
  });
  expect(dirty(after)).toBe(false);
});

test('an edit that came while it was being sent stays due', () => {
  const after = settled({ ...row, version: 4, dirtyN: 6, releaseN: 6 }, acknowledged);
  expect(after).toMatchObject({ cleanN: 5, ackedVersion: 3 });
  expect(due(after)).toBe(true);
});

test('the same facts under a newer version are settled without a request', () => {
  expect(settled(row, about({ ...taken, how: 'unchanged' }))).toMatchObject({
    cleanN: 5,
    ackedVersion: 3,
    ackedHash: 'old',
    sent: false,
    entry: 'unchanged',
  });
});

test.each([
  ['skipped', 'skipped', false],
  ['blocked', 'failed', false],
  ['refused', 'failed', true],
] as const)('%s: its release is taken back, and nothing automatic takes it up again', (how, entry, sent) => {
  const after = settled(row, about({ ...taken, how, reason }));
  expect(after).toMatchObject({ releaseN: 4, parkedN: 5, lastReason: reason, syncId: null, entry, sent });
  expect(dirty(after)).toBe(true);
  const edited = settled({ ...row, version: 4, dirtyN: 6, releaseN: 6 }, about({ ...taken, how, reason }));
  expect(due(edited)).toBe(true);
  expect(edited.parkedN).not.toBe(edited.dirtyN);
});

test('an answer that may have been stored raises the counter and forgets the hash; a clear refusal does not', () => {
  expect(settled(row, retry({ ambiguous: true }))).toMatchObject({ dirtyN: 6, ackedHash: null, attempts: 1 });
  expect(settled(row, retry())).toMatchObject({ dirtyN: 5, ackedHash: 'old', attempts: 1 });
});

test('five tries fail a row for its sync; it goes on by itself and is told once', () => {
  let now: DutyNow = row;
  const entries = [];
  for (let i = 0; i < 8; i++) {
    const after = settled(now, retry());
    entries.push(after.entry);
    expect(due(after)).toBe(true);
    now = after;
  }
  expect(entries).toEqual([null, null, null, null, 'failed', null, null, null]);
  expect(now).toMatchObject({ attempts: 8, syncId: null, nextAttemptAt: at(60) });
  // automatic work has no sync, but history tells of it all the same
  expect(settled({ ...row, syncId: null, attempts: FAILS_SYNC_AFTER - 1 }, retry()).entry).toBe('failed');
});

describe('a row that fails for three days', () => {
  const hour = 3_600;
  const old = { ...row, syncId: null, attempts: 200, failingSince: at(0) };

  test('is given up: parked with the reason, told, and sent again when it changes or is asked for', () => {
    const after = settled(old, retry({ ambiguous: true }), at(73 * hour));
    expect(due(after)).toBe(false);
    expect(dirty(after)).toBe(true);
    expect(after).toMatchObject({
      parkedN: after.dirtyN,
      ackedHash: null,
      attempts: 0,
      failingSince: null,
      lastReason: { code: 'GIVEN_UP', params: { cause: 'SIS_INTERNAL', hours: 73 } },
      entry: 'failed',
    });
    // somebody presses retry: three days more
    const again = { ...after, releaseN: after.dirtyN + 1, dirtyN: after.dirtyN + 1 };
    const next = settled(again, { ...retry(), n: again.dirtyN }, at(74 * hour));
    expect(next).toMatchObject({ attempts: 1, failingSince: at(74 * hour), parkedN: after.dirtyN });
    expect(due(next)).toBe(true);
  });

  test('not sooner, not for a newer version, and not behind its lineItem', () => {
    expect(due(settled(old, retry(), at(71 * hour)))).toBe(true);
    const edited = { ...old, dirtyN: 6, releaseN: 6, version: 4 };
    expect(due(settled(edited, retry(), at(90 * hour)))).toBe(true);
    const waits = about({ ...taken, how: 'waits', reason, nextAttemptAt: at(60), attempts: 300 });
    expect(due(settled(old, waits, at(90 * hour)))).toBe(true);
  });

  test('what the connection did not let through is nobody’s try: after an outage of a week all go on', () => {
    let now: DutyNow = { ...old, attempts: 20 };
    for (let i = 0; i < 500; i++) now = settled(now, retry({ counts: false }), at(200 * hour));
    expect(now).toMatchObject({ attempts: 20, failingSince: at(0) });
    expect(due(settled(now, retry(), at(200 * hour)))).toBe(true);
  });

  test('its time begins with its first failure, and ends with a success', () => {
    const first = settled(row, retry(), at(50));
    expect(first.failingSince).toEqual(at(50));
    expect(settled(first, retry(), at(60)).failingSince).toEqual(at(50));
    expect(settled(first, acknowledged, at(60)).failingSince).toBeNull();
    // a new version, or a press, has set its tries to nothing
    expect(settled({ ...first, attempts: 0 }, retry(), at(70)).failingSince).toEqual(at(70));
  });
});

test('with the connection broken nothing counts', () => {
  expect(settled({ ...row, attempts: 4 }, retry({ counts: false, ambiguous: true }))).toMatchObject({
    attempts: 4,
    syncId: 'sync',
    entry: null,
  });
  expect(settled(row, about({ ...taken, how: 'untried', nextAttemptAt: at(9) }))).toMatchObject({
    attempts: 0,
    nextAttemptAt: at(9),
    syncId: 'sync',
    entry: null,
    sent: false,
  });
});

test('a result whose lineItem keeps failing ends for its sync as well', () => {
  const waits = (attempts: number) =>
    about({ ...taken, how: 'waits', reason, nextAttemptAt: at(30), attempts });
  expect(settled(row, waits(1))).toMatchObject({
    attempts: 1,
    nextAttemptAt: at(30),
    lastReason: reason,
    syncId: 'sync',
    sent: false,
    entry: null,
  });
  // however late it came: the lineItem has failed often enough
  expect(settled(row, waits(7))).toMatchObject({ attempts: 7, syncId: null, entry: 'failed' });
  expect(settled({ ...row, syncId: null, attempts: 7 }, waits(8)).entry).toBeNull();
});

test('an edit has a time of its own: a failure of the older version does not put it off', () => {
  expect(settled({ ...row, dirtyN: 6, releaseN: 6, nextAttemptAt: at(2) }, retry()).nextAttemptAt).toEqual(
    at(2),
  );
});

test('what was cancelled while the lane had it is told if it was stored, and tried no more if not', () => {
  const cancelled = { ...row, releaseN: 4 };
  expect(settled(cancelled, acknowledged)).toMatchObject({ cleanN: 5, entry: 'updated' });
  for (const s of [retry(), retry({ ambiguous: true }), about({ ...taken, how: 'untried' })]) {
    const after = settled(cancelled, s);
    expect(after).toMatchObject({ syncId: null, entry: null });
    expect(due(after)).toBe(false);
  }
});

test('an answer about less than is settled never settles anything: it may have overwritten what is newer', () => {
  const later = {
    ...row,
    cleanN: 7,
    dirtyN: 7,
    releaseN: 7,
    version: 5,
    ackedVersion: 5,
    ackedHash: 'newest',
  };
  const after = settled(later, acknowledged);
  expect(after).toMatchObject({ cleanN: 7, ackedVersion: 5, dirtyN: 8, ackedHash: null, entry: null });
  expect(due(after)).toBe(true);
  expect(settled(later, retry())).toMatchObject({ ...later, entry: null });
});

test('an answer to a request from before a doubt does not end it: no equal hash settles what the doubt raised', () => {
  // a worker that had lost its lane told of an older write while this one was under way
  const doubted = overtaken(row);
  const after = settled(doubted, acknowledged);
  expect(after).toMatchObject({ cleanN: 5, dirtyN: 6, ackedVersion: 3, ackedHash: null });
  expect(due(after)).toBe(true);
  // the next one goes out and ends it
  const again = about({ ...acknowledged, n: 6 });
  expect(settled(after, again)).toMatchObject({ cleanN: 6, dirtyN: 6, ackedHash: 'new' });
  // an edit is no doubt: its hash tells by itself
  const edited = settled({ ...row, version: 4, dirtyN: 6, releaseN: 6 }, acknowledged);
  expect(edited.ackedHash).toBe('new');
});

describe('whatever happens to a row', () => {
  interface World {
    now: DutyNow;
    /** as the lane took it */
    held: { n: number; version: number } | null;
  }
  type Step = (w: World) => World;
  const edit =
    (released: boolean): Step =>
    ({ now, held }) => ({
      now: {
        ...now,
        version: now.version + 1,
        dirtyN: now.dirtyN + 1,
        releaseN: released ? now.dirtyN + 1 : now.releaseN,
        attempts: 0,
      },
      held,
    });
  const take: Step = ({ now, held }) => ({
    now,
    held: held ?? (due(now) ? { n: now.dirtyN, version: now.version } : null),
  });
  const answer =
    (s: (held: { n: number; version: number }) => Settlement): Step =>
    ({ now, held }) => {
      if (!held) return { now, held };
      const before = now;
      const settlement = s(held);
      const after = settled(before, settlement);
      // an answer about an older n never settles a newer edit
      if (before.dirtyN > held.n) expect(dirty(after)).toBe(true);
      // what the SIS may hold without our knowing is sent again
      if (settlement.how === 'retry' && settlement.ambiguous) {
        expect(dirty(after)).toBe(true);
        expect(due(after)).toBe(due(before));
        expect(after.ackedHash).toBeNull();
      }
      // told, it is out of its sync, but for a newer edit that was released meanwhile
      if (after.entry !== null && !due(after)) expect(after.syncId).toBeNull();
      return { now: after, held: null };
    };
  const steps: fc.Arbitrary<Step> = fc.oneof(
    fc.boolean().map(edit),
    fc.constant(take),
    fc.constant(answer((held) => ({ ...acknowledged, ...held }))),
    fc.constant(answer((held) => about({ ...held, how: 'unchanged' }))),
    fc
      .constantFrom('skipped' as const, 'blocked' as const, 'refused' as const)
      .map((how) => answer((held) => about({ ...held, how, reason }))),
    fc
      .record({ ambiguous: fc.boolean(), counts: fc.boolean() })
      .map((more) => answer((held) => ({ ...retry(more), ...held }))),
    fc.constant(
      answer((held) => about({ ...held, how: 'waits', reason, nextAttemptAt: at(1), attempts: 2 })),
    ),
    fc.constant(answer((held) => about({ ...held, how: 'untried' }))),
  );

  test('the counters only rise, and nothing is clean, released or acknowledged beyond what is', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (program) => {
        let world: World = { now: row, held: null };
        for (const step of program) {
          const { now } = world;
          world = step(world);
          expect(world.now.dirtyN).toBeGreaterThanOrEqual(now.dirtyN);
          expect(world.now.cleanN).toBeGreaterThanOrEqual(now.cleanN);
          expect(world.now.cleanN).toBeLessThanOrEqual(world.now.dirtyN);
          expect(world.now.releaseN).toBeLessThanOrEqual(world.now.dirtyN);
          expect(world.now.ackedVersion).toBeLessThanOrEqual(world.now.version);
          expect(world.now.ackedVersion).toBeGreaterThanOrEqual(now.ackedVersion);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('clean means that the SIS has acknowledged this very version', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (program) => {
        let world: World = { now: row, held: null };
        for (const step of program) world = step(world);
        if (!dirty(world.now)) expect(world.now.ackedVersion).toBe(world.now.version);
      }),
      { numRuns: 500 },
    );
  });
});

test('a newer edit that was pressed while the older one was under way is still its sync’s to send', () => {
  const pressed = { ...row, version: 4, dirtyN: 6, releaseN: 6 };
  expect(settled(pressed, acknowledged)).toMatchObject({ cleanN: 5, releaseN: 6, syncId: 'sync' });
  const refused = about({ ...taken, how: 'refused', reason });
  expect(settled(pressed, refused)).toMatchObject({ releaseN: 6, syncId: 'sync' });
  // one that nobody released is not, nor what a setting raised, for the sync has been told of the row
  expect(settled({ ...pressed, version: 3 }, acknowledged)).toMatchObject({ releaseN: 6, syncId: null });
  expect(settled({ ...pressed, releaseN: 5 }, acknowledged)).toMatchObject({ syncId: null });
});
