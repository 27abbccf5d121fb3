import fc from 'fast-check';
import { changedSince, planId, type PlannedRow } from '../../src/passback/plan-id.ts';
import type { Decision } from '../../src/gradebook/decision.ts';

const decision: fc.Arbitrary<Decision<unknown>> = fc.oneof(
  fc.record({ action: fc.constant('unchanged' as const), sourcedId: fc.string(), hash: fc.string() }),
  fc.record({
    action: fc.constantFrom('create' as const, 'update' as const),
    sourcedId: fc.string(),
    body: fc.constant({}),
    hash: fc.string(),
  }),
  fc.record({
    action: fc.constant('skip' as const),
    reason: fc.record({
      code: fc.constantFrom('SKIP_UNGRADED' as const, 'SIS_KEEPS' as const),
      params: fc.record({ sis: fc.string() }),
    }),
  }),
  fc.record({ action: fc.constant('needsRead' as const), read: fc.constant('school' as const) }),
);
const rows: fc.Arbitrary<PlannedRow[]> = fc.uniqueArray(
  fc.record({
    lineItemKey: fc.string({ maxLength: 4 }),
    studentKey: fc.option(fc.string({ maxLength: 4 })),
    version: fc.integer({ min: 1, max: 3 }),
    decision,
  }),
  { selector: (row) => JSON.stringify([row.lineItemKey, row.studentKey]), maxLength: 20 },
);

test('a plan in whatever order is the same plan, and nothing has changed since', () => {
  fc.assert(
    fc.property(rows, (plan) => {
      const id = planId('changes', plan);
      expect(planId('changes', plan.toReversed())).toBe(id);
      expect(changedSince(id, 'changes', plan)).toEqual([]);
      // of a part of it neither
      expect(changedSince(id, 'changes', plan.slice(1))).toEqual([]);
    }),
  );
});

test('exactly the rows with which something else would be done are named', () => {
  fc.assert(
    fc.property(rows, rows, (before, after) => {
      const what = ({ version, decision: d }: PlannedRow) =>
        d.action === 'unchanged' ? 'nothing' : JSON.stringify([version, { ...d, body: 0, sourcedId: 0 }]);
      const name = (row: PlannedRow) => JSON.stringify([row.lineItemKey, row.studentKey]);
      const was = new Map(before.map((row) => [name(row), what(row)]));
      expect(changedSince(planId('changes', before), 'changes', after)).toEqual(
        after.filter((row) => (was.get(name(row)) ?? 'nothing') !== what(row)),
      );
    }),
  );
});

test('an empty plan has an id, too: whatever is done now is new', () => {
  const row: PlannedRow = {
    lineItemKey: 'quiz',
    studentKey: null,
    version: 1,
    decision: { action: 'create', sourcedId: 'x', body: {}, hash: 'h' },
  };
  expect(changedSince(planId('changes', []), 'changes', [row])).toEqual([row]);
});

test.each(['', 'changes', 'nonsense', 'all.', 'changes.AAAA', 'changes.!!!!'])(
  '%p is no plan in the mode changes',
  (id) => expect(changedSince(id, 'changes', [])).toBeNull(),
);
