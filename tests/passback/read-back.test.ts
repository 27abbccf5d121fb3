import fc from 'fast-check';
import type { Found } from '../../src/gradebook/facts.ts';
import { buildLineItem } from '../../src/gradebook/line-item.ts';
import { buildResult } from '../../src/gradebook/result.ts';
import {
  lineItemValues,
  resultValues,
  shownBy,
  type Shown,
  type Values,
} from '../../src/gradebook/values.ts';
import {
  afterReading,
  atAGlance,
  compare,
  conflictOver,
  MOST_REPAIRS,
  type Seen,
  type Standing,
} from '../../src/passback/read-back.ts';
import { anyClass, anyLineItem, anyResult } from '../gradebook/facts.ts';

const zone = 'America/Chicago';
const graded = (score: number | null, more: Partial<Values> = {}): Values => ({
  scoreStatus: score === null ? 'exempt' : 'fully graded',
  score,
  late: false,
  missing: false,
  scoreDate: '2026-10-05',
  ...more,
});
/** As a result of an SIS, which shows no more than it has to. */
const inSis = (item: Record<string, unknown>): Shown =>
  shownBy('result', { scoreStatus: 'fully graded', scoreDate: '2026-10-05', ...item })!;
const verdict = (
  ours: Values,
  shown: Record<string, unknown> | null,
  tried: Values[] = [],
  rewritten = false,
) => compare(ours, tried, shown && inSis(shown), zone, rewritten);

describe('what the SIS shows of a score', () => {
  test.each<[string, Values, Record<string, unknown>]>([
    ['the same', graded(91.456), { score: 91.456 }],
    ['as a text, with zeros', graded(88), { score: '88.00' }],
    ['without what is optional', graded(88, { late: true, comment: 'well done' }), { score: 88 }],
    ['with flags that are off', graded(88), { score: 88, late: 'false', missing: false }],
    ['no score for none', graded(null), { scoreStatus: 'Exempt', score: null }],
    ['the day as an instant', graded(5), { score: 5, scoreDate: '2026-10-05T23:10:00-05:00' }],
    ['another day', graded(5), { score: 5, scoreDate: '2026-11-30' }],
  ])('%s: it is verified', (_, ours, shown) => {
    expect(verdict(ours, shown)).toBe('verified');
  });

  test.each<[string, Values, Record<string, unknown>]>([
    ['rounded', graded(91.456), { score: 91.46 }],
    ['rounded to a whole', graded(91.456), { score: 91 }],
    ['cut off', graded(91.456), { score: 91.45 }],
    ['cut off below zero', graded(-1.29), { score: -1.2 }],
    ['without a place for late', graded(5, { late: true }), { score: 5, late: 'false' }],
    ['exempt, with a 0', graded(null), { scoreStatus: 'exempt', score: 0 }],
    [
      'the only word it has',
      graded(7, { scoreStatus: 'partially graded' }),
      { score: 7, scoreStatus: 'fully graded' },
    ],
    ['a comment that is cut', graded(7, { comment: 'very well done' }), { score: 7, comment: 'very we…' }],
  ])('%s: it is the SIS’s form of it', (_, ours, shown) => {
    expect(verdict(ours, shown)).toBe('altered');
  });

  test.each<[string, Values, Record<string, unknown>]>([
    ['another score', graded(91), { score: 92 }],
    ['no score for a score', graded(91), {}],
    ['a score for none', graded(null), { score: 0 }],
    ['a 0 for what is only handed in', graded(null, { scoreStatus: 'submitted' }), { score: 0 }],
    ['late, which was not said', graded(5), { score: 5, late: 'true' }],
    ['more than rounding', graded(91.456), { score: 91.6 }],
    ['three decimals of a whole', graded(91), { score: 91.004 }],
  ])('%s: nobody here sent that', (_, ours, shown) => {
    expect(verdict(ours, shown)).toBe('foreign');
  });

  test('something older of ours is stale, in the SIS’s form too; nothing is missing', () => {
    expect(verdict(graded(95), { score: 40 }, [graded(40), graded(95)])).toBe('stale');
    expect(verdict(graded(95), { score: 40.3 }, [graded(40.333)])).toBe('stale');
    expect(verdict(graded(95), null, [graded(40)])).toBe('missing');
    // equal but for the day: the older write is the one that is there
    const older = graded(95, { scoreDate: '2026-10-01' });
    expect(verdict(graded(95), { score: 95, scoreDate: '2026-10-01' }, [older])).toBe('stale');
  });

  test('what is an older score and a form of the newest is sent once more, and then is the form', () => {
    const tried = [graded(91.5), graded(91.456)];
    expect(verdict(graded(91.456), { score: 91.5 }, tried)).toBe('stale');
    expect(verdict(graded(91.456), { score: 91.5 }, tried, true)).toBe('altered');
  });

  test('what is to be deleted is gone', () => {
    expect(shownBy('result', { score: 5, status: 'tobedeleted' })).toBeNull();
    expect(shownBy('lineItem', undefined)).toBeNull();
  });
});

describe('what the SIS shows of an assignment', () => {
  const ours: Values = {
    title: 'A title of some length',
    dueDate: '2026-11-21T05:59:00.000Z',
    assignDate: '2026-11-01T05:00:00.000Z',
    categorySourcedId: 'hw',
    resultValueMax: 100,
  };
  const of = (item: Record<string, unknown>, tried: Values[] = []) =>
    compare(ours, tried, shownBy('lineItem', item), zone);
  test.each<[string, Record<string, unknown>]>([
    ['all of it', { ...ours, category: { sourcedId: 'hw' } }],
    ['the local day of it', { title: ours.title, dueDate: '2026-11-20' }],
    ['midnight of its local day', { title: ours.title, dueDate: '2026-11-20T00:00:00Z' }],
    ['its title alone', { title: 'A title  of some length ' }],
    ['its points as a text', { title: ours.title, resultValueMax: '100.0' }],
  ])('%s: it is verified', (_, item) => {
    expect(of(item)).toBe('verified');
  });
  test('a title that was cut is the SIS’s form; another one, day or category is somebody’s edit', () => {
    expect(of({ title: 'A title of' })).toBe('altered');
    expect(of({ title: 'A title of so…' })).toBe('altered');
    expect(of({ title: 'Quiz' })).toBe('foreign');
    expect(of({ title: ours.title, dueDate: '2026-11-22' })).toBe('foreign');
    expect(of({ title: ours.title, category: { sourcedId: 'tests' } })).toBe('foreign');
    expect(of({ title: 'Quiz' }, [{ ...ours, title: 'Quiz' }])).toBe('stale');
  });
});

describe('for whatever is sent', () => {
  const read = (body: object): Record<string, unknown> =>
    JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
  test('an SIS that keeps it shows it verified, and an older one is stale and never foreign', () => {
    let seen = 0;
    fc.assert(
      fc.property(anyClass, anyLineItem, anyResult, anyResult, (cls, li, r, older) => {
        const lineItem = buildLineItem(cls, li);
        if (lineItem.action === 'body')
          expect(
            compare(
              lineItemValues(lineItem.body),
              [],
              shownBy('lineItem', read(lineItem.body)),
              cls.timeZone,
            ),
          ).toBe('verified');
        const [now, before] = [r, older].map((one) => buildResult(cls, li, 'li', one));
        if (now?.action !== 'body') return;
        const ours = resultValues(now.body);
        expect(compare(ours, [], shownBy('result', read(now.body)), cls.timeZone)).toBe('verified');
        if (before?.action !== 'body') return;
        seen++;
        const was = resultValues(before.body);
        const stale = compare(ours, [was, ours], shownBy('result', read(before.body)), cls.timeZone);
        expect(['stale', 'verified']).toContain(stale);
      }),
      { numRuns: 1000 },
    );
    expect(seen).toBeGreaterThan(50);
  });
});

describe('what a reading does to a row', () => {
  const row: Standing = {
    version: 2,
    dirtyN: 4,
    cleanN: 4,
    releaseN: 4,
    ackedVersion: 2,
    ackedHash: 'hash',
    verifiedVersion: 0,
    repairs: 0,
    lastReason: null,
    found: null,
  };
  const seen = (shown: Record<string, unknown> | null, more: Partial<Seen> = {}): Seen => ({
    ours: graded(95),
    tried: [graded(40), graded(95)],
    wanted: graded(95),
    shown: shown && inSis(shown),
    zone,
    policy: 'ask',
    heals: true,
    ...more,
  });
  const due = (s: Standing) => s.releaseN > s.cleanN;

  test('it shows what it acknowledged: verified, and nothing else changes', () => {
    expect(afterReading(row, seen({ score: 95 }))).toEqual({ ...row, verifiedVersion: 2 });
  });

  test.each([
    ['missing', null],
    ['overtaken by an older write', { score: 40 }],
  ])('%s: it goes again, at most three times for a version, then somebody must look', (_, shown) => {
    let now: Standing = { ...row, verifiedVersion: 2 };
    for (let i = 1; i <= MOST_REPAIRS; i++) {
      now = afterReading(now, seen(shown));
      expect(now).toMatchObject({ repairs: i, ackedHash: null, verifiedVersion: 0, found: null });
      expect(now.lastReason?.code).toBe('NOT_STORED');
      expect(due(now)).toBe(true);
      now = { ...now, cleanN: now.dirtyN, ackedHash: 'hash', lastReason: null };
    }
    const last = afterReading(now, seen(shown));
    expect(due(last)).toBe(false);
    expect(last.found).toMatchObject({ how: 'insists', version: 2 });
    expect(afterReading(last, seen(shown))).toEqual(last);
    // and if it comes right after all
    const well = afterReading(last, seen({ score: 95 }));
    expect(well).toMatchObject({ found: null, verifiedVersion: 2 });
    expect(conflictOver(last, well)).toBe(true);
  });

  test('its own form of it is verified, with what it shows; nothing is sent', () => {
    const after = afterReading(row, seen({ score: 91.5 }, { ours: graded(91.456) }));
    expect(after).toMatchObject({
      verifiedVersion: 2,
      dirtyN: 4,
      found: { how: 'altered', code: 'SIS_OWN_FORM', params: { sis: '91.5', ours: '91.456' } },
    });
    const exempt = seen({ scoreStatus: 'exempt', score: 0 }, { ours: graded(null) });
    expect(afterReading(row, exempt).found).toMatchObject({ how: 'altered', code: 'EXEMPT_SHOWN_AS_ZERO' });
  });

  describe('somebody’s own edit', () => {
    test.each(['ask', 'keepSis'] as const)('under %s it stays', (policy) => {
      const after = afterReading({ ...row, verifiedVersion: 2 }, seen({ score: 99 }, { policy }));
      expect(after).toMatchObject({
        dirtyN: 4,
        verifiedVersion: 0,
        found: { how: 'foreign', code: 'SCORE_CHANGED_IN_SIS', params: { sis: '99', ours: '95' } },
      });
      expect(due(after)).toBe(false);
      const back = afterReading(after, seen({ score: 95 }, { policy }));
      expect(back).toMatchObject({ found: null, verifiedVersion: 2 });
      expect(conflictOver(after, back)).toBe(true);
    });
    test('under lmsWins it is sent over; if it comes back, it is the SIS that insists', () => {
      const by = seen({ score: 99 }, { policy: 'lmsWins' });
      const after = afterReading(row, by);
      expect(after).toMatchObject({ repairs: 1, found: { how: 'overwritten' } });
      expect(due(after)).toBe(true);
      const sent = { ...after, cleanN: after.dirtyN, ackedHash: 'hash' };
      const insists = afterReading(sent, by);
      expect(insists.found).toMatchObject({ how: 'insists', code: 'SIS_ALTERS_VALUE' });
      expect(due(insists)).toBe(false);
      // another value is another edit
      const other = afterReading(sent, seen({ score: 98 }, { policy: 'lmsWins' }));
      expect(other).toMatchObject({ repairs: 2, found: { how: 'overwritten' } });
    });
    test('of what is to be sent from here: there is nothing to decide', () => {
      const edited = { ...row, dirtyN: 5 };
      const after = afterReading(edited, seen({ score: 97 }, { wanted: graded(97) }));
      expect(after).toEqual(edited);
    });
  });

  test('an edit here that nobody has released is not sent for the sake of a repair', () => {
    const edited = { ...row, dirtyN: 5, verifiedVersion: 2 };
    for (const shown of [null, { score: 40 }]) {
      const after = afterReading(edited, seen(shown, { wanted: graded(96) }));
      expect(after).toEqual({ ...edited, verifiedVersion: 0 });
    }
    const found: Found = {
      how: 'foreign',
      code: 'SCORE_CHANGED_IN_SIS',
      shown: inSis({ score: 99 }),
      version: 2,
    };
    expect(afterReading({ ...edited, found }, seen(null, { wanted: graded(96) })).found).toBeNull();
  });

  test('what a mapping or setting has touched without changing it is repaired all the same', () => {
    const touched = { ...row, dirtyN: 5 };
    const after = afterReading(touched, seen(null, { wanted: graded(95) }));
    expect(after).toMatchObject({ dirtyN: 6, ackedHash: null, lastReason: { code: 'NOT_STORED' } });
    expect(due(after)).toBe(true);
  });

  test('where nothing heals by itself, what is missing is told and waits', () => {
    const after = afterReading({ ...row, verifiedVersion: 2 }, seen(null, { heals: false }));
    expect(after).toMatchObject({ dirtyN: 5, ackedHash: null, lastReason: { code: 'NOT_STORED' } });
    expect(due(after)).toBe(false);
    const edited = afterReading(row, seen({ score: 99 }, { policy: 'lmsWins', heals: false }));
    expect([due(edited), edited.found?.how]).toEqual([false, 'overwritten']);
  });

  describe('what was left to the SIS', () => {
    const kept: Standing = {
      ...row,
      found: {
        how: 'kept',
        code: 'SIS_VALUE_CHOSEN',
        params: { sis: '99', ours: '95' },
        shown: inSis({ score: 99 }),
        version: 2,
      },
    };
    test('stays its own, whatever it becomes there', () => {
      expect(afterReading(kept, seen({ score: 99 }))).toEqual(kept);
      expect(afterReading(kept, seen({ score: 98 })).found).toMatchObject({
        how: 'kept',
        code: 'SIS_VALUE_CHOSEN',
        params: { sis: '98' },
        version: 2,
      });
    });
    test('after a new score here it is still no conflict, but another value there is one', () => {
      const newer = { ...kept, version: 3, dirtyN: 5 };
      const wanted = { wanted: graded(80) };
      expect(afterReading(newer, seen({ score: 99 }, wanted))).toEqual(newer);
      expect(afterReading(newer, seen({ score: 98 }, wanted)).found?.how).toBe('foreign');
    });
    test('is over when the SIS shows ours again, or what is here, or nothing', () => {
      expect(afterReading(kept, seen({ score: 95 }))).toMatchObject({ found: null, verifiedVersion: 2 });
      expect(afterReading(kept, seen({ score: 80 }, { wanted: graded(80) })).found).toBeNull();
      const gone = afterReading(kept, seen(null));
      expect([gone.found, due(gone)]).toEqual([null, true]);
      expect(conflictOver(kept, gone)).toBe(true);
    });
    test('an SIS that owns it may show anything', () => {
      const owned: Standing = {
        ...kept,
        found: { how: 'owned', code: 'SCORE_OWNED_BY_SIS', shown: null, version: 2 },
      };
      expect(afterReading(owned, seen({ score: 12 })).found).toMatchObject({
        how: 'owned',
        code: 'SCORE_OWNED_BY_SIS',
        params: { sis: '12' },
      });
      expect(afterReading(owned, seen(null)).found).toBeNull();
    });
  });
});

describe('a glance at a row that may be on its way, or that was never sent', () => {
  const fresh: Standing = {
    version: 1,
    dirtyN: 1,
    cleanN: 0,
    releaseN: 0,
    ackedVersion: 0,
    ackedHash: null,
    verifiedVersion: 0,
    repairs: 0,
    lastReason: null,
    found: null,
  };
  const seen = (shown: Record<string, unknown> | null, more: Partial<Seen> = {}): Seen => ({
    ours: graded(95),
    tried: [],
    wanted: graded(95),
    shown: shown && inSis(shown),
    zone,
    policy: 'ask',
    heals: true,
    ...more,
  });

  test.each<[string, Record<string, unknown> | null]>([
    ['nothing', null],
    ['the same', { score: 95 }],
    ['an empty result, as some SISs have for every student', { scoreStatus: 'not submitted' }],
  ])('the SIS has %s: nothing stands in its way', (_, shown) => {
    expect(atAGlance(fresh, seen(shown))).toEqual(fresh);
  });
  test('another value is somebody’s own', () => {
    const after = atAGlance(fresh, seen({ score: 12 }));
    expect(after).toEqual({
      ...fresh,
      found: {
        how: 'foreign',
        code: 'SCORE_ALREADY_IN_SIS',
        params: { sis: '12', ours: '95' },
        shown: inSis({ score: 12 }),
        version: 0,
      },
    });
    expect(atAGlance(after, seen(null)).found).toBeNull();
  });
  test('exempt, or fully graded without a score, is not empty', () => {
    for (const scoreStatus of ['exempt', 'fully graded'])
      expect(atAGlance(fresh, seen({ scoreStatus })).found?.how).toBe('foreign');
  });
  test('whatever of ours is there, it is never a conflict, and nothing is repaired', () => {
    const sent: Standing = {
      ...fresh,
      ackedVersion: 1,
      ackedHash: 'hash',
      dirtyN: 2,
      cleanN: 1,
      releaseN: 2,
    };
    const tried = [graded(40), graded(60)];
    for (const score of [40, 60, 95])
      expect(atAGlance(sent, seen({ score }, { ours: graded(60), tried }))).toEqual(sent);
    expect(atAGlance(sent, seen(null, { ours: graded(60), tried }))).toEqual(sent);
    expect(atAGlance(sent, seen({ score: 41 }, { ours: graded(60), tried })).found?.how).toBe('foreign');
  });
  test('a value that somebody has decided about is no new conflict; another one is', () => {
    const decided: Standing = {
      ...fresh,
      found: { how: 'overwritten', code: 'SCORE_ALREADY_IN_SIS', shown: inSis({ score: 12 }), version: 0 },
    };
    expect(atAGlance(decided, seen({ score: 12 }))).toEqual(decided);
    expect(atAGlance(decided, seen({ score: 13 })).found).toMatchObject({ how: 'foreign' });
  });
});
