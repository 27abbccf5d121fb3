import fc from 'fast-check';
import type { LineItemDecision } from '../../src/gradebook/decision.ts';
import { explain } from '../../src/gradebook/dictionary.ts';
import type { Found } from '../../src/gradebook/facts.ts';
import { planClass, planLineItem, planResult } from '../../src/passback/planner.ts';
import { aClass, aLineItem, anyClass, anyLineItem, anyResult, aResult } from '../gradebook/facts.ts';

function hashOf(decision: { action: string }): string {
  if (!('hash' in decision)) throw new Error(JSON.stringify(decision));
  return (decision as { hash: string }).hash;
}
const lineItemPlan = planLineItem(aClass(), aLineItem());

test('what was never sent is created, what was sent and differs is updated, what is equal stays', () => {
  expect(lineItemPlan.action).toBe('create');
  const acked = { ackedVersion: 1, ackedHash: hashOf(lineItemPlan) };
  expect(planLineItem(aClass(), aLineItem(acked)).action).toBe('unchanged');
  expect(planLineItem(aClass(), aLineItem({ ...acked, title: 'Essay 2' })).action).toBe('update');
  // a newer version with the same facts, and an SIS that moved
  expect(planLineItem(aClass(), aLineItem({ ...acked, version: 2, versionAt: new Date() })).action).toBe(
    'unchanged',
  );
  const moved = aClass({ gradebookUrl: 'https://new.example/g', rosteringUrl: 'https://new.example/r' });
  expect(planLineItem(moved, aLineItem(acked)).action).toBe('unchanged');
});

test('an acknowledgement that is no longer certain is sent again', () => {
  expect(planLineItem(aClass(), aLineItem({ ackedVersion: 1, ackedHash: null })).action).toBe('update');
});

test('mode all sends what is equal too, and nothing that is held by choice', () => {
  const acked = { ackedVersion: 1, ackedHash: hashOf(lineItemPlan) };
  expect(planLineItem(aClass(), aLineItem(acked), 'all').action).toBe('update');
  expect(planLineItem(aClass(), aLineItem({ ...acked, syncToSis: false }), 'all').action).toBe('skip');
});

test('a default due date is handed out to be frozen with the send', () => {
  const plan = planLineItem(aClass(), aLineItem({ dueDate: null }));
  expect(plan.frozenDueDate).toEqual(new Date('2026-10-24T04:59:00.000Z'));
  expect(lineItemPlan).not.toHaveProperty('frozenDueDate');
});

test('warnings go with what is sent', () => {
  const cls = aClass({}, { titleLimit: 10 });
  expect(planLineItem(cls, aLineItem({ title: 'A title of some length' }))).toMatchObject({
    action: 'create',
    warnings: [{ code: 'TITLE_TOO_LONG' }],
  });
  expect(lineItemPlan).not.toHaveProperty('warnings');
});

describe('what a reading found in the SIS', () => {
  const found = (how: Found['how'], more: Partial<Found> = {}): Found => ({
    ...{ how, code: 'SCORE_CHANGED_IN_SIS', params: { sis: '99', ours: '87.5' }, shown: {}, version: 1 },
    ...more,
  });
  const result = aResult({ ackedVersion: 1, sourcedId: 'r' });
  const first = planResult(aClass(), aLineItem(), lineItemPlan, result);
  const acked = { ackedVersion: 1, sourcedId: 'r', ackedHash: hashOf(first) };
  const plan = (
    over: Parameters<typeof aResult>[0],
    conflictPolicy: 'ask' | 'lmsWins' | 'keepSis' = 'ask',
    mode: 'changes' | 'all' = 'changes',
  ) =>
    planResult(
      aClass({}, { conflictPolicy }),
      aLineItem(),
      lineItemPlan,
      aResult({ ...acked, ...over }),
      mode,
    );

  test('somebody’s own edit is a conflict under ask, whatever is here and however all is sent', () => {
    // with what would go over it, for whoever decides
    const conflict = (score: number) => ({
      action: 'conflict',
      standsAs: 'r',
      reason: { code: 'SCORE_CHANGED_IN_SIS', params: { sis: '99', ours: '87.5' } },
      ours: expect.objectContaining({ sourcedId: 'r', score }),
    });
    expect(plan({ found: found('foreign') })).toEqual(conflict(87.5));
    expect(plan({ found: found('foreign'), version: 2, score: '5' })).toEqual(conflict(5));
    expect(plan({ found: found('foreign') }, 'ask', 'all')).toEqual(conflict(87.5));
  });
  test('it is kept under keepSis, and sent over under lmsWins', () => {
    expect(plan({ found: found('foreign') }, 'keepSis')).toMatchObject({
      action: 'skip',
      reason: { code: 'SIS_KEEPS', params: { sis: '99' } },
    });
    expect(plan({ found: found('foreign') }, 'lmsWins').action).toBe('update');
  });
  test('the SIS’s own form of it, and what was sent over, are no reason to do anything', () => {
    expect(plan({ found: found('altered') }).action).toBe('unchanged');
    expect(plan({ found: found('overwritten') }).action).toBe('unchanged');
  });
  test('what the SIS insists on needs someone, until there is a newer version', () => {
    const insists = found('insists', { code: 'SIS_ALTERS_VALUE' });
    expect(plan({ found: insists })).toMatchObject({ action: 'blocked', standsAs: 'r' });
    expect(plan({ found: insists, version: 2, score: '5' }).action).toBe('update');
  });
  test('what somebody chose to leave to the SIS is skipped, until there is a newer version', () => {
    const kept = found('kept', { code: 'SIS_VALUE_CHOSEN' });
    for (const policy of ['ask', 'lmsWins', 'keepSis'] as const)
      expect(plan({ found: kept }, policy, 'all')).toMatchObject({
        action: 'skip',
        standsAs: 'r',
        reason: { code: 'SIS_VALUE_CHOSEN', params: { sis: '99' } },
      });
    // also the very score that was sent once, for the SIS holds another one
    expect(plan({ found: kept, version: 2 }).action).toBe('update');
  });
  test('what the SIS owns needs someone, or is left to it by the settings; a newer version is another try', () => {
    const owned = found('owned', { code: 'SCORE_OWNED_BY_SIS', shown: null });
    expect(plan({ found: owned })).toMatchObject({
      action: 'blocked',
      reason: { code: 'SCORE_OWNED_BY_SIS' },
    });
    expect(plan({ found: owned }, 'keepSis')).toMatchObject({
      action: 'skip',
      reason: { code: 'SIS_KEEPS' },
    });
    expect(plan({ found: owned, version: 2 }).action).toBe('update');
  });
  test('an assignment that is held by it does not hold its scores; one that the SIS keeps deleting does', () => {
    const there = aLineItem({ ackedVersion: 1, sourcedId: 'li', found: found('foreign') });
    for (const conflictPolicy of ['ask', 'keepSis'] as const) {
      const cls = aClass({}, { conflictPolicy });
      expect(planResult(cls, there, planLineItem(cls, there), aResult())).toMatchObject({
        action: 'create',
        body: { lineItem: { sourcedId: 'li' } },
      });
    }
    const insists = { ...there, found: found('insists', { code: 'SIS_ALTERS_VALUE' }) };
    expect(planResult(aClass(), insists, planLineItem(aClass(), insists), aResult()).action).toBe('create');
    const gone = aLineItem({ found: found('insists', { code: 'ITEM_DELETED_IN_SIS', shown: null }) });
    expect(planResult(aClass(), gone, planLineItem(aClass(), gone), aResult())).toMatchObject({
      action: 'blocked',
      reason: { code: 'LINE_ITEM_WAITS', params: { cause: 'ITEM_DELETED_IN_SIS' } },
    });
  });
});

describe('a result follows its lineItem', () => {
  const plan = (lineItem: LineItemDecision, r = aResult()) => planResult(aClass(), aLineItem(), lineItem, r);

  test('that is sent or there already: it refers to the lineItem’s id', () => {
    for (const action of ['create', 'unchanged'] as const)
      expect(plan({ ...lineItemPlan, action, sourcedId: 'pinned' } as LineItemDecision)).toMatchObject({
        action: 'create',
        body: { lineItem: { sourcedId: 'pinned' }, score: 87.5 },
      });
  });
  test('that is skipped: it is skipped, and says why the lineItem is', () => {
    const decision = plan({ action: 'skip', reason: { code: 'SKIP_UNPUBLISHED' } });
    expect(decision).toMatchObject({
      action: 'skip',
      reason: { code: 'SKIP_LINE_ITEM', params: { cause: 'SKIP_UNPUBLISHED' } },
    });
    expect(decision.action === 'skip' && explain(decision.reason).message).toBe(
      'The assignment is not sent: This assignment is not published.',
    );
  });
  test('that needs someone: it waits, and says for what', () => {
    const decision = plan({
      action: 'blocked',
      reason: { code: 'CAT_MISSING', params: { category: 'Tests' } },
    });
    expect(decision).toMatchObject({
      action: 'blocked',
      reason: { code: 'LINE_ITEM_WAITS', params: { cause: 'CAT_MISSING' } },
    });
    expect(decision.action === 'blocked' && explain(decision.reason).message).toBe(
      'The assignment itself cannot be sent yet: No SIS category is chosen for this assignment (category: Tests).',
    );
  });
  test('that must be read for: so must it', () => {
    expect(plan({ action: 'needsRead', read: 'school' })).toEqual({ action: 'needsRead', read: 'school' });
  });
});

test('a class is planned as a whole, one bad student not holding up the others', () => {
  const good = aLineItem({ id: 'good' });
  const off = aLineItem({ id: 'off', key: 'li2', syncToSis: false });
  const plan = planClass(
    aClass(),
    [good, off],
    [
      aResult({ id: 'a', lineItemId: 'good' }),
      aResult({ id: 'b', lineItemId: 'good' }, { key: 's2', sourcedId: null }),
      aResult({ id: 'c', lineItemId: 'off' }),
    ],
  );
  expect(plan.lineItems.map((p) => p.decision.action)).toEqual(['create', 'skip']);
  expect(plan.results.map((p) => p.decision.action)).toEqual(['create', 'blocked', 'skip']);
  expect(() => planClass(aClass(), [], [aResult()])).toThrow('without its lineItem');
});

test('for any valid input a plan is made, the same each time, and settles when it is acknowledged', () => {
  fc.assert(
    fc.property(anyClass, anyLineItem, anyResult, (cls, li, r) => {
      const first = planLineItem(cls, li);
      expect(planLineItem(cls, li)).toEqual(first);
      const result = planResult(cls, li, first, r);
      expect(planResult(cls, li, first, r)).toEqual(result);
      if (!('hash' in first)) return;
      const after = planLineItem(cls, {
        ...li,
        ackedVersion: li.version,
        ackedHash: first.hash,
        sourcedId: first.sourcedId,
        frozenDueDate: first.frozenDueDate ?? li.frozenDueDate,
      });
      expect(after).toEqual({ action: 'unchanged', sourcedId: first.sourcedId, hash: first.hash });
      if ('hash' in result)
        expect(
          planResult(cls, li, after, { ...r, ackedVersion: r.version, ackedHash: result.hash }).action,
        ).toBe('unchanged');
    }),
    { numRuns: 500 },
  );
});
