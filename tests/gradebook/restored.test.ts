/** A value from a snapshot in place of what is here, and what an SIS is told of what was deleted. */
import fc from 'fast-check';
import { buildLineItem } from '../../src/gradebook/line-item.ts';
import { OneRosterLineItem, OneRosterResult } from '../../src/gradebook/oneroster.ts';
import type { Restored } from '../../src/gradebook/facts.ts';
import { restoredIn } from '../../src/gradebook/restored.ts';
import { buildResult } from '../../src/gradebook/result.ts';
import type { EffectiveSettings } from '../../src/gradebook/settings.ts';
import { lineItemTombstone, resultTombstone } from '../../src/gradebook/tombstone.ts';
import {
  differing,
  isGone,
  lineItemValues,
  resultValues,
  shownBy,
  type Shown,
} from '../../src/gradebook/values.ts';
import { compare } from '../../src/passback/read-back.ts';
import { validateBody } from '../support/spec-validator.ts';
import { aClass, aLineItem, anyResult, aResult } from './facts.ts';

const restored = (held: Shown | null, version = 1): Restored => ({ version, held, snapshotId: 'y' });
function sent(held: Shown | null, settings: Partial<EffectiveSettings> = {}, more = {}) {
  const result = aResult({ score: '88', status: 'graded', ...more, restored: restored(held) });
  const built = buildResult(aClass({}, settings), aLineItem(), 'sis-li', result);
  if (built.action !== 'body') throw new Error(built.action);
  return OneRosterResult.parse(built.body);
}

test('holds for the version that it was restored over, and for no newer one', () => {
  expect(restoredIn({ version: 4, restored: restored(null, 4) })).not.toBeNull();
  expect(restoredIn({ version: 5, restored: restored(null, 4) })).toBeNull();
  expect(restoredIn({ version: 5, restored: null })).toBeNull();
  const newer = aResult({ version: 2, score: '88', restored: restored({ score: 1 }) });
  const built = buildResult(aClass(), aLineItem(), 'sis-li', newer);
  expect(built).toMatchObject({ body: { score: 88 } });
});

test('is sent as it was, whatever is here and whatever the settings make of scores', () => {
  const held = {
    scoreStatus: 'fully graded',
    score: 130,
    late: true,
    missing: true,
    scoreDate: '2026-09-01',
    comment: 'hm',
  };
  const settings = { overMax: 'block', sendLate: false, sendComments: false, excused: 'block' } as const;
  expect(sent(held, settings, { status: 'excused', score: null, posted: false })).toMatchObject({
    status: 'active',
    ...held,
    late: 'true',
    missing: 'true',
  });
  expect(sent({ scoreStatus: 'Not_Submitted', score: null })).toMatchObject({ scoreStatus: 'not submitted' });
  expect(sent({ scoreStatus: 'Somehow', score: 4 })).toMatchObject({ scoreStatus: 'fully graded', score: 4 });
});

test('of what was not there before is left without a score, or deleted, as the settings say', () => {
  expect(sent(null)).toMatchObject({ status: 'active', scoreStatus: 'not submitted' });
  expect(sent(null)).not.toHaveProperty('score');
  for (const deletePropagation of ['tobedeleted', 'delete'] as const)
    expect(sent(null, { deletePropagation })).toMatchObject({ status: 'tobedeleted' });
  expect(isGone(resultValues(sent(null, { deletePropagation: 'delete' })))).toBe(true);
  const gone = { gone: true };
  expect(compare(gone, [], null, 'UTC')).toBe('verified');
  expect(compare(gone, [{ score: 7 }], { score: 7 }, 'UTC')).toBe('stale');
  expect(compare(gone, [gone], { score: 8, scoreStatus: 'fully graded' }, 'UTC')).toBe('foreign');
});

test('what may not be sent at all is not sent for being restored', () => {
  const inactive = aResult({ restored: restored({ score: 7 }) });
  const built = buildResult(aClass(), aLineItem(), 'sis-li', {
    ...inactive,
    student: { ...inactive.student, active: false },
  });
  expect(built).toMatchObject({ action: 'skip', reason: { code: 'SKIP_STUDENT_INACTIVE' } });
});

test('whatever was sent is sent again by restoring its values', () => {
  fc.assert(
    fc.property(anyResult, anyResult, (one, two) => {
      const before = buildResult(aClass(), aLineItem(), 'sis-li', { ...one, ackedVersion: 1 });
      fc.pre(before.action === 'body');
      const held = resultValues(before.body);
      const over = { ...two, student: one.student, version: 2, ackedVersion: 2, restored: restored(held, 2) };
      const again = buildResult(aClass(), aLineItem(), 'sis-li', over);
      if (again.action !== 'body') throw new Error(again.action);
      expect(validateBody('PUT', '/results/x', { result: again.body })).toEqual([]);
      expect(differing(held, shownBy('result', again.body) ?? {}, 'UTC')).toEqual([]);
    }),
  );
});

test('an assignment gets back its title, dates, category and points, in the order that dates must have', () => {
  const li = (held: Shown) => {
    const built = buildLineItem(aClass(), aLineItem({ restored: restored(held) }));
    if (built.action !== 'body') throw new Error(built.action);
    return OneRosterLineItem.parse(built.body);
  };
  const held = {
    title: 'As it was',
    dueDate: '2026-09-30T23:59:00.000Z',
    assignDate: '2026-09-20T05:00:00.000Z',
    categorySourcedId: 'sis-quiz',
    resultValueMax: 20,
  };
  expect(lineItemValues(li(held))).toEqual(held);
  const seen = li({ title: 'Seen', dueDate: '2020-01-02' });
  expect(seen).toMatchObject({ title: 'Seen', dueDate: '2020-01-02T00:00:00.000Z' });
  expect(seen.assignDate <= seen.dueDate).toBe(true);
});

describe('a tombstone', () => {
  const at = new Date('2026-11-01T10:00:00Z');
  const lineItem = {
    sourcedId: 'x',
    linkedTo: 'sis-class',
    acked: {
      title: 'Quiz',
      dueDate: '2026-09-30T23:59:00.000Z',
      categorySourcedId: 'sis-hw',
      resultValueMax: 20,
    },
    at,
  };
  const result = {
    sourcedId: 'x',
    linkedTo: '["sis-li","sis-s"]',
    acked: { score: 7, scoreStatus: 'fully graded' },
    at,
  };

  test('is a complete body, and says of which object', () => {
    const item = lineItemTombstone(aClass(), lineItem);
    expect(item).toMatchObject({ sourcedId: 'x', status: 'tobedeleted', class: { sourcedId: 'sis-class' } });
    expect(validateBody('PUT', '/lineItems/x', { lineItem: item })).toEqual([]);
    const score = resultTombstone(aClass(), result);
    expect(score).toMatchObject({
      ...{ sourcedId: 'x', status: 'tobedeleted', score: 7 },
      ...{ lineItem: { sourcedId: 'sis-li' }, student: { sourcedId: 'sis-s' } },
    });
    expect(validateBody('PUT', '/results/x', { result: score })).toEqual([]);
  });

  test('names its grading period where 1.1 wants one', () => {
    const at1p1 = { oneRosterVersion: '1.1' as const };
    const gradingPeriod = { sourcedId: 'q1', type: 'academicSession' };
    expect(lineItemTombstone(aClass(at1p1), lineItem)).toMatchObject({ gradingPeriod });
    expect(lineItemTombstone(aClass(), lineItem)).not.toHaveProperty('gradingPeriod');
    expect(lineItemTombstone(aClass({ ...at1p1, gradingPeriods: [] }), lineItem)).toBeNull();
  });

  test('is none where too little is known', () => {
    expect(lineItemTombstone(aClass(), { ...lineItem, acked: null })).toBeNull();
    expect(lineItemTombstone(aClass({ schoolSourcedId: null }), lineItem)).toBeNull();
    expect(resultTombstone(aClass(), { ...result, linkedTo: null })).toBeNull();
    expect(resultTombstone(aClass({ gradebookUrl: null }), result)).toBeNull();
  });
});
