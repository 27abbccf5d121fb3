/** What the teacher's page makes of a plan, of days at the school, and of what somebody else has changed. */
import type { PlanAction } from '../../src/pages/answers.ts';
import type { Plan, PlanEntry } from '../../src/pages/teacher/teacher-answers.ts';
import { languageOf, speak } from '../../src/pages/language.ts';
import { reviewOf, tableFile, totalOf } from '../../src/pages/teacher/review-plan.ts';
import { atEndOfDay, dayOf } from '../../src/pages/teacher/school-day.ts';
import { sameValues } from '../../src/pages/teacher/stale-edit.ts';
import { countWords, dueDate, standing, syncSentence, when } from '../../src/pages/words.ts';

const reason = (code: string, message = code) => ({
  code,
  message,
  fix: 'Mend it.',
  fixBy: 'teacher' as const,
});
const entry = (lineItemId: string, action: PlanAction, more: Partial<PlanEntry> = {}): PlanEntry => ({
  ...{ kind: 'result', lineItemId, studentId: 's', action, reason: null, body: null },
  ...{ findings: [], acknowledged: null },
  ...more,
});
const planOf = (entries: PlanEntry[]): Plan => ({ entries }) as Plan;
const itself = { kind: 'lineItem' as const, studentId: null };

test('a plan is read by assignment: what goes, what cannot, and only what goes can be ticked', () => {
  const review = reviewOf(
    planOf([
      entry('a', 'create', itself),
      entry('a', 'create'),
      entry('a', 'update'),
      entry('a', 'blocked', { reason: reason('MAP_STUDENT') }),
      entry('b', 'blocked', { ...itself, reason: reason('DUE_MISSING') }),
      entry('b', 'blocked', { reason: reason('LINE_ITEM_WAITS') }),
      entry('c', 'unchanged', itself),
      entry('c', 'skip', { reason: reason('SKIP_HELD_BACK') }),
    ]),
  );
  expect(review.assignments).toMatchObject([
    { lineItemId: 'a', fresh: 1, changed: 1, cannot: 1, itself: true, goes: true },
    { lineItemId: 'b', cannot: 1, goes: false },
    { lineItemId: 'c', goes: false },
  ]);
  // a score that only waits for its assignment is no cause of its own
  expect(review.blocked.map((cause) => [cause.reason.code, cause.entries.length])).toEqual([
    ['MAP_STUDENT', 1],
    ['DUE_MISSING', 1],
  ]);
  expect(review.leftOut).toBe(1);
  expect(totalOf(review, new Set(['a', 'b']))).toEqual({ scores: 2, items: 1, removed: 0 });
  expect(totalOf(review, new Set())).toEqual({ scores: 0, items: 0, removed: 0 });
});

test('what somebody typed into the SIS is told apart: left alone, or written over', () => {
  const graded = (score: number) => ({ score, scoreStatus: 'fully graded' });
  const { differ, replaced } = reviewOf(
    planOf([
      entry('a', 'conflict', { sis: graded(5), reason: reason('SCORE_CHANGED_IN_SIS') }),
      entry('b', 'update', { sis: graded(5), acknowledged: graded(4), body: graded(6) }),
      // as it was sent from here, or not read at all
      entry('c', 'update', { sis: graded(4), acknowledged: graded(4), body: graded(6) }),
      entry('d', 'update', { acknowledged: graded(4), body: graded(6) }),
      entry('e', 'create', { sis: null, body: graded(6) }),
    ]),
  );
  expect(differ.map(({ lineItemId }) => lineItemId)).toEqual(['a']);
  expect(replaced.map(({ lineItemId }) => lineItemId)).toEqual(['b']);
});

test('a file for spreadsheets runs nothing that a name could hold', async () => {
  const file = tableFile(
    ['Who', 'What'],
    [
      ['=cmd()', '-1'],
      ['a "b", c', '+x'],
    ],
  );
  // text() would leave the mark out, by which spreadsheets know the encoding
  const text = Buffer.from(await file.arrayBuffer()).toString();
  expect(text).toBe(`\u{feff}Who,What\r\n'=cmd(),-1\r\n"a ""b"", c",'+x\r\n`);
});

test('a day is the school’s, also where its clocks change and where the teacher is elsewhere', () => {
  for (const [day, zone, end] of [
    ['2026-11-20', 'America/Chicago', '2026-11-21T05:59:00.000Z'],
    ['2026-03-08', 'America/New_York', '2026-03-09T03:59:00.000Z'],
    ['2026-11-01', 'America/New_York', '2026-11-02T04:59:00.000Z'],
    ['2026-06-01', 'Pacific/Kiritimati', '2026-06-01T09:59:00.000Z'],
  ] as const) {
    expect(atEndOfDay(day, zone)).toBe(end);
    expect(dayOf(end, zone)).toBe(day);
  }
});

test('an edit is stale when a value is another one, not when it is written otherwise', () => {
  expect(sameValues({ map: { a: '1', b: '2' }, default: null }, { map: { b: '2', a: '1' } })).toBe(true);
  expect(sameValues({ map: { a: '1' } }, { map: { a: '2' } })).toBe(false);
  expect(sameValues({ sisTitle: 'x' }, {})).toBe(false);
});

test('each language says how many, when, and which of three, in its own way', () => {
  expect([languageOf(null, ['fr', 'es-MX']), languageOf('es', ['en']), languageOf('xx', [])]).toEqual([
    ...(['es', 'es', 'en'] as const),
  ]);
  const cells = { verified: 1, acknowledged: 1, needsAttention: 1, unsent: 2, skipped: 1 };
  const now = new Date('2026-11-22T15:00:00');
  const sync = {
    ...{ status: 'complete', counts: { failed: 0, conflicts: 0 } },
    byKind: { lineItems: { created: 1, updated: 0 }, results: { created: 2, updated: 1 } },
  } as Parameters<typeof syncSentence>[0];
  const all = () => [
    countWords(cells),
    standing('verified', 'Maple'),
    standing('unsent', 'Maple'),
    when('2026-11-21T18:00:00', now),
    dueDate('2026-11-21T05:59:00Z', 'America/Chicago'),
    syncSentence(sync, 'Maple', 3),
  ];
  speak('en', ['en-US']);
  expect(all()).toEqual([
    '2 of 5 up to date · 1 needs attention · 2 to send · 1 skipped',
    'confirmed by reading Maple',
    'waiting here',
    'yesterday 6:00 PM',
    'Nov 20, 2026',
    '3 scores and 1 assignment sent to Maple.',
  ]);
  speak('es', ['es-ES']);
  expect(all()).toEqual([
    '2 de 5 al día · 1 necesita atención · 2 por enviar · 1 omitida',
    'confirmada al leer Maple',
    'espera aquí',
    'ayer, 18:00',
    '20 nov 2026',
    'Se envió a Maple: 3 calificaciones y 1 tarea.',
  ]);
  speak('en');
});
