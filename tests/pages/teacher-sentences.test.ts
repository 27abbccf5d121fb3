/** What the teacher's page says of a sync, an assignment and a plan is so. */
import type { LineItem, PlanAction, Sync, SyncCounts } from '../../src/pages/answers.ts';
import { speak } from '../../src/pages/language.ts';
import { categoryTold, dueTold, findsItsCategory } from '../../src/pages/teacher/as-sent.ts';
import { threeWords, wholeStanding } from '../../src/pages/teacher/assignment-state.ts';
import { Problem, type Api } from '../../src/pages/api.ts';
import { changeStored } from '../../src/pages/teacher/change-stored.ts';
import { decidedWords, meantBy } from '../../src/pages/teacher/decided.ts';
import { InOrder } from '../../src/pages/teacher/in-order.ts';
import { changesIn, isWhole, pressFor, reviewOf, totalOf } from '../../src/pages/teacher/review-plan.ts';
import { isSameRestore, type RestoreEntry } from '../../src/pages/teacher/restore-plan.ts';
import { goesUnseen, skipSmallRuns } from '../../src/pages/teacher/small-runs.ts';
import { changedSince } from '../../src/pages/teacher/stale-edit.ts';
import { lastSyncWords, resultOf } from '../../src/pages/teacher/sync-result.ts';
import type {
  ClassSending,
  Conflict,
  Deletion,
  Plan,
  PlanEntry,
} from '../../src/pages/teacher/teacher-answers.ts';

afterEach(() => speak('en'));

const none: SyncCounts = {
  ...{ created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0, conflicts: 0 },
};
function ended(
  results: Partial<SyncCounts>,
  lineItems: Partial<SyncCounts> = {},
  status: Sync['status'] = 'complete',
): Sync {
  const byKind = { results: { ...none, ...results }, lineItems: { ...none, ...lineItems } };
  const counts = { ...none };
  for (const name of Object.keys(none) as (keyof SyncCounts)[])
    counts[name] = byKind.results[name] + byKind.lineItems[name];
  return { status, counts, byKind } as Sync;
}
const told = (sync: Sync, student: string | null = null, scoresInSis: number | null = null) =>
  resultOf(sync, 'Maple', { student, scoresInSis }).text;

test('"the score of Ada was sent" is said of a sync that is complete and about her score alone', () => {
  const hers = 'The score of Ada was sent to Maple.';
  expect(told(ended({ updated: 1 }), 'Ada')).toBe(hers);
  expect(told(ended({ created: 1 }, { created: 1 }), 'Ada')).toBe(hers);
  expect(told(ended({ updated: 2 }), 'Ada')).toBe('2 scores sent to Maple.');
  expect(told(ended({ updated: 1, failed: 1 }, {}, 'completeWithProblems'), 'Ada')).toBe(
    '1 score sent to Maple, 1 needs attention.',
  );
  expect(told(ended({}, { updated: 1 }), 'Ada')).toBe('1 assignment sent to Maple.');
  expect(told(ended({ updated: 1 }, {}, 'cancelled'), 'Ada')).toBe(
    '1 score sent to Maple. Then the sync was cancelled.',
  );
  expect(told(ended({ skipped: 1 }, {}, 'cancelled'), 'Ada')).toBe('The sync was cancelled.');
  expect(told(ended({ updated: 1 }))).toBe('1 score sent to Maple.');
});

test('what a sync has removed is told; "all" is said of the whole class only', () => {
  const both = ended({ updated: 1, deleted: 1, failed: 1 }, { deleted: 1 }, 'completeWithProblems');
  expect(told(both)).toBe('1 score sent to Maple, 2 removed there, 1 needs attention.');
  expect(told(ended({ deleted: 1 }))).toBe('1 removed in Maple.');
  expect(told(ended({ unchanged: 3 }), null, 12)).toBe(
    'Nothing new to send – all 12 scores were already in Maple.',
  );
  expect(told(ended({ unchanged: 3 }))).toBe('Nothing new to send – it was already in Maple.');
  expect(told(ended({ skipped: 3 }))).toBe('Nothing to send yet.');
  speak('es');
  expect(told(both)).toBe('Se envió a Maple: 1 calificación; se eliminaron 2 allí; 1 necesita atención.');
  expect(told(ended({ deleted: 1 }))).toBe('Se eliminó 1 en Maple.');
});

test('the colour of a result says whether something is left to do', () => {
  const tone = (sync: Sync) => resultOf(sync, 'Maple', { student: null, scoresInSis: null }).tone;
  expect(tone(ended({ updated: 1 }))).toBe('good');
  expect(tone(ended({ deleted: 1, failed: 1 }, {}, 'completeWithProblems'))).toBe('warn');
  expect(tone(ended({ failed: 1 }, {}, 'failed'))).toBe('bad');
  expect(tone(ended({}, {}, 'cancelled'))).toBe('plain');
});

test('a value of ours that was decided for goes now only where nothing keeps it here', () => {
  const said = (sending: ClassSending['sending'], sync: Partial<Sync> | null) =>
    decidedWords(
      { resolved: 2, left: 0, syncId: null },
      sync && { status: 'processing', waitingFor: null, ...sync },
      { sending },
      'Maple',
    );
  expect(said('on', {})).toBe('2 values go from here with the sync that has begun.');
  const waits = 'Decided: 2 values count as they are here and wait until sending goes on.';
  const waitingFor = { code: 'CONNECTION_BROKEN', message: '', since: null, nextAttemptAt: null };
  expect(said('paused', {})).toBe(waits);
  expect(said('on', { waitingFor })).toBe(waits);
  expect(said('on', { status: 'awaitingConfirmation' })).toBe(waits);
  expect(said('paused', null)).toBe('2 values stay as in Maple.');
});

test('a decision about all that differs leaves out what only the SIS can change, where ours is to be sent', () => {
  const differ = (['changed', 'owned', 'altered'] as const).map(
    (cause) => ({ id: cause, cause }) as Conflict,
  );
  const ids = (keep: 'lms' | 'sis') => meantBy(keep, differ).map(({ id }) => id);
  expect([ids('lms'), ids('sis')]).toEqual([
    ['changed', 'altered'],
    ['changed', 'owned', 'altered'],
  ]);
});

test('the last sync is told as what it was', () => {
  const last = (status: Sync['status']) =>
    lastSyncWords({
      ...ended({}, {}, status),
      ...{ trigger: 'manual', startedBy: 'Ann', startedAt: '2020-11-03T16:42:00Z', finishedAt: null },
    });
  expect(last('complete')).toMatch(/^Last sync Nov 3, 2020, \d?\d:42 (AM|PM) by Ann$/);
  expect(last('failed')).toMatch(/ by Ann – Failed$/);
  expect(last('awaitingConfirmation')).toMatch(/ by Ann – Waits to be confirmed$/);
});

const assignment = (more: Partial<LineItem>) =>
  ({ state: 'verified', cells: {}, lastSentAt: null, ...more }) as LineItem;

test('of an assignment with 12 of 13 scores confirmed the counts are told, not that it waits here', () => {
  const most = assignment({ cells: { verified: 12, unsent: 1 } });
  expect(wholeStanding(most, 'Maple')).toBeNull();
  expect(threeWords(most)).toBe('12 confirmed · 1 waiting here');
  expect(wholeStanding(assignment({ cells: { verified: 13 } }), 'Maple')).toBe('confirmed by reading Maple');
  expect(wholeStanding(assignment({ cells: { verified: 12, acknowledged: 1 } }), 'Maple')).toBe(
    'stored by Maple',
  );
});

test('category and due date are those of the SIS, beside those of here where they are others', () => {
  const item = (asSent: Partial<LineItem['asSent']>, more: Partial<LineItem> = {}) =>
    assignment({
      ...{ categoryId: 'hw', dueDate: '2026-11-21T05:59:00.000Z', ...more },
      asSent: { title: 'Quiz', dueDate: null, categorySourcedId: null, categoryTitle: null, ...asSent },
    });
  const categories = [{ id: 'hw', title: 'Homework ' }];
  const category = (asSent: Partial<LineItem['asSent']>) => categoryTold(item(asSent), { categories });
  expect(category({ categorySourcedId: 'c1', categoryTitle: 'homework' })).toEqual({
    ...{ there: 'homework', here: null },
  });
  expect(category({ categorySourcedId: 'c1', categoryTitle: 'Tests' })).toEqual({
    ...{ there: 'Tests', here: 'Homework ' },
  });
  expect(category({ categorySourcedId: 'c1' })).toEqual({ there: 'c1', here: 'Homework ' });
  expect(category({})).toEqual({ there: null, here: 'Homework ' });
  // the names of the SIS are not read yet; or they are, and none fits
  const finds = (more: Partial<LineItem>) =>
    findsItsCategory(item({}, { reason: null, findings: [], ...more }));
  const missing = { code: 'CAT_MISSING', message: '', fix: '', fixBy: 'teacher' as const };
  expect([finds({}), finds({ reason: missing }), finds({ categoryId: null })]).toEqual([true, false, false]);

  const sameDay = (a: string, b: string) => a.slice(0, 10) === b.slice(0, 10);
  const due = (iso: string | null, here?: string | null) =>
    dueTold(item({ dueDate: iso }, here === undefined ? {} : { dueDate: here }), sameDay);
  expect(due('2026-11-21T12:00:00.000Z').here).toBeNull();
  expect(due('2026-11-30T05:59:00.000Z')).toEqual({
    ...{ there: '2026-11-30T05:59:00.000Z', here: '2026-11-21T05:59:00.000Z' },
  });
  expect(due('2026-11-30T05:59:00.000Z', null)).toEqual({ there: '2026-11-30T05:59:00.000Z', here: null });
});

const entry = (lineItemId: string, action: PlanAction, more: Partial<PlanEntry> = {}): PlanEntry => ({
  ...{ kind: 'result', lineItemId, studentId: 's', action, reason: null, body: null },
  ...{ findings: [], acknowledged: null },
  ...more,
});
const planOf = (...entries: PlanEntry[]): Plan => ({ entries }) as Plan;

test('what was deleted here goes with all of the class or not at all, and is nothing to tick', () => {
  const itself = { kind: 'lineItem' as const, studentId: null };
  const review = reviewOf(
    planOf(entry('a', 'update'), entry('gone', 'delete', itself), entry('a', 'delete')),
  );
  expect(review.assignments.map(({ lineItemId, goes }) => [lineItemId, goes])).toEqual([['a', true]]);
  expect(totalOf(review, new Set(['a']))).toEqual({ scores: 1, items: 0, removed: 2 });
  expect(totalOf(review, new Set())).toEqual({ scores: 0, items: 0, removed: 0 });
  // nothing else is to be sent: the press is for the whole class
  const only = reviewOf(planOf(entry('gone', 'delete', itself)));
  expect([isWhole(only, new Set()), totalOf(only, new Set()).removed]).toEqual([true, 1]);
});

test('what was shown is what is asked for: without a look into the SIS no plan, and of a part its assignments', () => {
  const plan = { ...planOf(entry('a', 'update'), entry('b', 'create')), planId: 'p', readAt: null };
  const asked = (readAt: string | null, ...ticked: string[]) =>
    pressFor('changes', { ...plan, readAt }, reviewOf(plan), new Set(ticked), ['c', 'b', 'a']);
  expect(asked(null, 'a', 'b')).toEqual({ mode: 'changes' });
  expect(asked('2026-11-22T15:00:00Z', 'b')).toEqual({ mode: 'changes', planId: 'p', lineItemIds: ['b'] });
});

test('a small run goes without being shown, but never one that removes something there', () => {
  const assignments = [assignment({ cells: { unsent: 30 } })];
  const deletion = (state: Deletion['state']) => [{ state } as Deletion];
  const unseen = (deletions: Deletion[]) => goesUnseen({ assignments, deletions });
  expect(unseen([])).toBe(false);
  skipSmallRuns(true);
  expect([unseen([]), unseen(deletion('toDoByHand')), unseen(deletion('planned'))]).toEqual([
    ...[true, true, false],
  ]);
  skipSmallRuns(false);
});

test('a restore that was refused for its age alone is told from one that would do something else by now', () => {
  const one = (action: PlanAction, score: number) =>
    ({ ...{ lineItemId: 'a', studentId: 's', action, to: { score } } }) as unknown as RestoreEntry;
  const of = (...entries: RestoreEntry[]) => ({ entries });
  expect(isSameRestore(of(one('update', 1), one('unchanged', 2)), of(one('update', 1)))).toBe(true);
  expect(isSameRestore(of(one('update', 1)), of(one('update', 2)))).toBe(false);
});

test('of two plans it is told what would be done otherwise now, and what not any more', () => {
  const body = (score: number) => ({ body: { score } });
  const before = planOf(
    entry('a', 'update', body(1)),
    entry('b', 'update', body(2)),
    entry('c', 'create', body(3)),
    entry('d', 'unchanged'),
  );
  const now = planOf(
    entry('a', 'update', body(1)),
    entry('b', 'update', body(9)),
    entry('c', 'conflict'),
    entry('d', 'update', body(4)),
  );
  const { other, gone } = changesIn(now, before);
  expect([other.map((one) => one.lineItemId), gone.map((one) => one.lineItemId)]).toEqual([
    ['b', 'd'],
    ['c'],
  ]);
});

test('an answer that was asked for before the one that is shown is not shown any more', () => {
  const order = new InOrder();
  const [first, second, third] = [order.ask(), order.ask(), order.ask()];
  expect([second(), first(), third()]).toEqual([true, false, true]);
});

test('what is typed while a form is being saved is not taken for saved', () => {
  const sent = { sisTitle: 'One', sisDueDate: null };
  expect(changedSince(sent, { ...sent, sisTitle: 'Two' })).toEqual({ sisTitle: 'Two' });
  expect(changedSince(sent, { ...sent })).toEqual({});
});

test('what somebody else changes beside it at the same moment stays', async () => {
  let stored: Record<string, string> = { autoSync: 'inherit', conflictPolicy: 'ask' };
  let others = 1;
  const api = {
    request: (method: string, _where: string, body: typeof stored, headers: Record<string, string> = {}) => {
      const etag = JSON.stringify(stored);
      if (method === 'GET') return Promise.resolve({ status: 200, value: stored, etag });
      if (others-- > 0) stored = { ...stored, conflictPolicy: `another ${others}` };
      if (headers['if-match'] !== JSON.stringify(stored)) return Promise.reject(new Problem(412, {}));
      return Promise.resolve({ status: 200, value: (stored = body), etag: null });
    },
  } as unknown as Api;
  const settings = { autoSync: 'on', conflictPolicy: 'another 0' };
  expect(await changeStored(api, 'syncSettings', { autoSync: 'on' })).toEqual(settings);
  // whoever is quicker every time is told of in the end
  others = 9;
  await expect(changeStored(api, 'syncSettings', { autoSync: 'off' })).rejects.toThrow('412');
});
