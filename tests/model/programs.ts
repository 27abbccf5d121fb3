/** Programs: what happens, one thing after the other, as data, so that one that went wrong can be kept as a test. */
import fc from 'fast-check';
import { answers, type Answer } from './hand-sis.ts';
import { lineItems, students, type LineItemKey, type StudentKey } from './lms.ts';
import type { RealWorld } from './real-world.ts';

/** The words of a program, and what each does. */
export const acts = {
  score: (w: RealWorld, ...[item, student, score]: [LineItemKey, StudentKey, number]) =>
    w.lms.score(item, student, score),
  batch: (w: RealWorld, score: number) => w.lms.batch(score),
  lineItem: (w: RealWorld, ...[item, title]: [LineItemKey, string]) => w.lms.lineItem(item, title),
  removeLineItem: (w: RealWorld, item: LineItemKey) => w.lms.removeLineItem(item),
  removeScore: (w: RealWorld, ...[item, student]: [LineItemKey, StudentKey]) =>
    w.lms.removeScore(item, student),
  student: (w: RealWorld, ...[student, active]: [StudentKey, boolean]) => w.lms.student(student, active),
  auto: (w: RealWorld, on: boolean) => w.auto(on),
  category: (w: RealWorld, id: 'hw' | 'tests') => w.category(id),
  press: (w: RealWorld, mode: 'changes' | 'all') => w.presses.press(mode),
  /** a person’s press: the class is read from the SIS before */
  pressReading: (w: RealWorld) => w.presses.press('changes', { readSis: true }),
  pressLineItem: (w: RealWorld, item: LineItemKey) => w.presses.press('changes', { lineItemIds: [item] }),
  pressStudent: (w: RealWorld, student: StudentKey) => w.presses.press('changes', { studentIds: [student] }),
  retry: (w: RealWorld) => w.presses.retry(),
  cancel: (w: RealWorld) => w.presses.cancel(),
  exclude: (w: RealWorld, excluded: boolean) => w.exclude(excluded),
  newSecret: (w: RealWorld) => w.newSecret(),
  moveTo: (w: RealWorld, address: number) => w.moveTo(address),
  claim: (w: RealWorld, i: Which) => w.workers[i].start(),
  halt: (w: RealWorld, i: Which) => w.workers[i].halt(),
  nudge: (w: RealWorld, i: Which) => w.workers[i].nudge(),
  renew: (w: RealWorld, i: Which) => w.workers[i].renew(),
  pause: (w: RealWorld, i: Which) => w.workers[i].pause(),
  wake: (w: RealWorld, ...[i, knows]: [Which, boolean]) => w.workers[i].wake(knows),
  crash: (w: RealWorld, i: Which) => w.crash(i),
  leaseRunsOut: (w: RealWorld) => w.leaseRunsOut(),
  /** one is stopped in the middle of something, and the other goes on in its place */
  takeOver: async (w: RealWorld, by: Which) => {
    w.workers[by === 0 ? 1 : 0].pause();
    await w.leaseRunsOut();
    await w.workers[by].start();
  },
  answer: (w: RealWorld, ...[nth, how]: [number, Answer]) => w.answer(nth, how),
  /** all that wait, and what comes of it */
  answerAll: (w: RealWorld, ...[how, first]: [Answer, 'oldest' | 'newest']) => w.answerAll(how, first),
  applyLate: (w: RealWorld, nth: number) => w.applyLate(nth),
  sisDeletes: (w: RealWorld, nth: number) => w.sisDeletes(nth),
  timePasses: (w: RealWorld, aDay: boolean) => w.timePasses(aDay),
  sweep: (w: RealWorld) => w.sweep(),
};
type Which = 0 | 1;

type Acts = typeof acts;
type Given<A> = A extends (world: RealWorld, ...given: infer G) => unknown ? G : never;
export type Act = { [Name in keyof Acts]: [Name, ...Given<Acts[Name]>] }[keyof Acts];
export type Program = Act[];

const item = fc.constantFrom(...lineItems);
const student = fc.constantFrom(...students);
const which = fc.constantFrom<Which>(0, 1);
const score = fc.integer({ min: 0, max: 9 });
const nth = fc.integer({ min: 0, max: 3 });
type Arbitraries<Given extends unknown[]> = { [K in keyof Given]: fc.Arbitrary<Given[K]> };
const act = <Name extends keyof Acts>(name: Name, ...given: Arbitraries<Given<Acts[Name]>>) =>
  fc.tuple(fc.constant(name), ...(given as fc.Arbitrary<unknown>[])) as unknown as fc.Arbitrary<Act>;

/** Most of what happens is scores, work and answers; the rest is what goes wrong around them. */
const anything: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: act('score', item, student, score) },
  { weight: 1, arbitrary: act('batch', score) },
  { weight: 1, arbitrary: act('lineItem', item, fc.constantFrom('One', 'Two')) },
  { weight: 1, arbitrary: act('removeLineItem', item) },
  { weight: 1, arbitrary: act('removeScore', item, student) },
  { weight: 1, arbitrary: act('student', student, fc.boolean()) },
  { weight: 2, arbitrary: act('auto', fc.boolean()) },
  { weight: 1, arbitrary: act('category', fc.constantFrom('hw', 'tests')) },
  { weight: 4, arbitrary: act('press', fc.constantFrom('changes', 'changes', 'all')) },
  { weight: 3, arbitrary: act('pressReading') },
  { weight: 1, arbitrary: act('pressLineItem', item) },
  { weight: 1, arbitrary: act('pressStudent', student) },
  { weight: 1, arbitrary: act('retry') },
  { weight: 1, arbitrary: act('cancel') },
  { weight: 1, arbitrary: act('exclude', fc.boolean()) },
  { weight: 1, arbitrary: act('newSecret') },
  { weight: 1, arbitrary: act('moveTo', fc.constantFrom(0, 1)) },
  { weight: 8, arbitrary: act('claim', which) },
  { weight: 1, arbitrary: act('halt', which) },
  { weight: 2, arbitrary: act('nudge', which) },
  { weight: 1, arbitrary: act('renew', which) },
  { weight: 2, arbitrary: act('pause', which) },
  { weight: 2, arbitrary: act('wake', which, fc.boolean()) },
  { weight: 2, arbitrary: act('crash', which) },
  { weight: 2, arbitrary: act('leaseRunsOut') },
  { weight: 3, arbitrary: act('takeOver', which) },
  { weight: 10, arbitrary: act('answer', nth, fc.constant('stored')) },
  { weight: 4, arbitrary: act('answerAll', fc.constant('stored'), fc.constantFrom('oldest', 'newest')) },
  { weight: 8, arbitrary: act('answer', nth, fc.constantFrom(...answers)) },
  { weight: 2, arbitrary: act('applyLate', nth) },
  { weight: 1, arbitrary: act('sisDeletes', fc.integer({ min: 0, max: 1 })) },
  { weight: 4, arbitrary: act('timePasses', fc.constantFrom(false, false, false, true)) },
  { weight: 1, arbitrary: act('sweep') },
);
/**
 * Chance alone seldom brings it about: one worker is stopped with a score under way, the other sends a newer one, and
 * the older lands on top of it. `both`: the other has not heard that it was stored when the first one wakes.
 */
const overlap: fc.Arbitrary<Program> = fc
  .tuple(item, student, score, score, which, fc.boolean(), fc.boolean())
  .map(([item, student, older, newer, i, knows, both]): Program => {
    const other = i === 0 ? 1 : 0;
    const stopped: Program = both ? [['pause', other]] : [];
    const woken: Program = both ? [['wake', other, false]] : [];
    return [
      ['auto', true],
      ['score', item, student, older],
      ['claim', i],
      ['answer', 0, 'stored'],
      ['pause', i],
      ['score', item, student, newer],
      ['takeOver', other],
      ...stopped,
      ['answerAll', 'stored', 'newest'],
      ['wake', i, knows],
      ...woken,
    ];
  });
const single = anything.map((act): Program => [act]);
export const programs = fc
  .array(fc.oneof({ weight: 25, arbitrary: single }, { weight: 1, arbitrary: overlap }), {
    minLength: 1,
    maxLength: 40,
    size: 'max',
  })
  .map((pieces) => pieces.flat());

export async function perform(world: RealWorld, [name, ...given]: Act): Promise<void> {
  await (acts[name] as (world: RealWorld, ...given: unknown[]) => unknown)(world, ...given);
  await world.quiet();
}
