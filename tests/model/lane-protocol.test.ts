/** The lane protocol and what would become of it with one thing changed: every state, walked through (docs/adr/0017). */
import { explore } from './explore.ts';
import type { Budget, Design } from './lane-world.ts';

const queue: Design = { name: 'queue of scores', doubt: 'nothing', readBack: 'none', queue: true };
const fence: Design = { name: 'row, lease, fence', doubt: 'nothing', readBack: 'none' };
const mark: Design = { name: 'and a dirty mark', doubt: 'mark', readBack: 'none' };
const markRead: Design = { name: 'mark, read-back', doubt: 'mark', readBack: 'afterQuiet' };
const counter: Design = { name: 'and a dirty counter', doubt: 'counter', readBack: 'none' };
const ours: Design = { name: 'counter, read-back', doubt: 'counter', readBack: 'afterQuiet' };

const faults = {
  none: {},
  crash: { crashes: 1 },
  pause: { pauses: 1 },
  late: { late: 1 },
  'crash + pause': { crashes: 1, pauses: 1 },
} satisfies Record<string, Partial<Budget>>;
type Fault = keyof typeof faults;

const figures: string[] = [];
afterAll(() => void process.stderr.write(`${figures.join('\n')}\n`));

function walk(design: Design, what: string, budget: Partial<Budget>) {
  const walked = explore(design, budget);
  const { states, depth, wrong } = walked;
  const verdict = wrong ? `✗ ${wrong.what}` : 'ok';
  figures.push(`${design.name.padEnd(20)} ${what.padEnd(34)} ${states} states, depth ${depth}: ${verdict}`);
  return walked;
}

describe('the last score arrives, whatever single thing goes wrong,', () => {
  test.each<{ design: Design; withstands: Fault[] }>([
    { design: queue, withstands: ['none'] },
    { design: fence, withstands: ['none', 'crash'] },
    // wiped by the next acknowledgement, which is about a request from before the doubt
    { design: mark, withstands: ['none', 'crash'] },
    // whoever dies after a stale write cannot tell of it
    { design: counter, withstands: ['none', 'crash', 'pause'] },
    { design: markRead, withstands: ['none', 'crash', 'pause', 'late', 'crash + pause'] },
    { design: ours, withstands: ['none', 'crash', 'pause', 'late', 'crash + pause'] },
  ])('$design.name: in no other case than these', ({ design, withstands }) => {
    const held = (Object.keys(faults) as Fault[]).filter(
      (fault) => !walk(design, fault, faults[fault]).wrong,
    );
    expect(held).toEqual(withstands);
  });
});

describe('the protocol as it is built', () => {
  test.each<[string, Partial<Budget>]>([
    ['two crashes, two stopped workers and two late writes', { crashes: 2, pauses: 2, late: 2 }],
    ['answers that never come', { edits: 2, lost: 3, crashes: 1 }],
    ['an SIS that swallows what it acknowledges', { edits: 2, swallowed: 2, late: 1 }],
    ['a cancel', { edits: 2, cancels: 1, crashes: 1, pauses: 1, lost: 1 }],
    ['a secret that is changed', { edits: 2, rotations: 1, crashes: 1, late: 1 }],
    ['settings that move no version', { edits: 2, replans: 1, pauses: 1, lost: 1 }],
  ])(
    'withstands %s',
    (what, budget) => {
      expect(walk(ours, what, budget).wrong).toBeNull();
    },
    120_000,
  );

  test('needs no assumption about how late a write may come, if it reads every day', () => {
    expect(
      walk({ ...ours, readBack: 'daily' }, 'read every day', { crashes: 1, pauses: 1, late: 2 }).wrong,
    ).toBeNull();
  });

  test('mends three late writes over one version; after a fourth it leaves the SIS alone', () => {
    const daily: Design = { ...ours, readBack: 'daily' };
    expect(walk(daily, 'three late writes', { late: 3 }).wrong).toBeNull();
    expect(walk(daily, 'four late writes', { late: 4 }).wrong).not.toBeNull();
  });
});

describe('one thing changed shows at once:', () => {
  const shortest = (change: Partial<Design>, budget: Partial<Budget>) =>
    walk({ ...counter, name: Object.keys(change).join(), ...change }, Object.keys(budget).join(' + '), budget)
      .wrong;

  test('without the version in the answer, an edit during a request is lost', () => {
    const wrong = shortest({ anyVersionSettles: true }, {});
    expect(wrong?.what).toBe('settled, although the SIS never had it');
    expect(wrong?.way.filter((step) => !step.includes('claims'))).toEqual([
      'A takes',
      'the LMS edits',
      'A sends 1',
      'the SIS applies 1 of A',
      'A settles 1: acknowledged',
    ]);
  });

  test('without the epoch in the answer, a worker that was stopped hides its stale write', () => {
    expect(shortest({ anyEpochSettles: true }, { pauses: 1 })?.way).toContain('A is stopped');
  });

  test('without the read-back, a late write stays for ever', () => {
    expect(shortest({ readBack: 'none' }, { late: 1 })?.way.at(-1)).toBe('the SIS applies 1, late');
  });
});
