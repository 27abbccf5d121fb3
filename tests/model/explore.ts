/** Walks through every state that a model can reach, breadth first, and finds what is wrong by the shortest way. */
import { arrived, broken, steps } from './lane-protocol.ts';
import { begin, type Budget, type Design, type World } from './lane-world.ts';

export interface Walk {
  states: number;
  /** steps on the longest of the shortest ways */
  depth: number;
  /** null: nothing is wrong */
  wrong: { what: string; way: string[] } | null;
}

/**
 * Wrong is a state that breaks what must always hold, or one from which the good end is out of reach by what
 * happens by itself: a cell that stays wrong, a row that is stuck, workers that hinder each other for ever.
 */
export function explore(design: Design, budget: Partial<Budget>): Walk {
  const worlds: World[] = [];
  const cameBy: { from: number; name: string }[] = [];
  const known = new Map<string, number>();
  /** where a fair step leads from, to find back from the good ends */
  const fairFrom: number[][] = [];
  const meet = (world: World, from: number, name: string): number => {
    const id = canonical(world);
    const at = known.get(id) ?? worlds.push(world) - 1;
    if (at === known.size) {
      known.set(id, at);
      cameBy.push({ from, name });
      fairFrom.push([]);
    }
    return at;
  };
  const way = (at: number): string[] => {
    const names: string[] = [];
    for (let here = at; here > 0; here = cameBy[here]!.from) names.unshift(cameBy[here]!.name);
    return names;
  };
  const depth = () => way(worlds.length - 1).length;

  meet(begin(budget), -1, '');
  for (let at = 0; at < worlds.length; at++) {
    const world = worlds[at]!;
    const what = broken(world, design);
    if (what) return { states: worlds.length, depth: depth(), wrong: { what, way: way(at) } };
    for (const { name, fair, to } of steps(world, design)) {
      const next = meet(to, at, name);
      if (fair) fairFrom[next]!.push(at);
    }
  }
  const good = new Uint8Array(worlds.length);
  const reached = worlds.flatMap((world, at) => (arrived(world, design) ? [at] : []));
  for (const at of reached) good[at] = 1;
  while (reached.length > 0)
    for (const before of fairFrom[reached.pop()!]!)
      if (!good[before]) {
        good[before] = 1;
        reached.push(before);
      }
  const lost = good.indexOf(0);
  const wrong = lost < 0 ? null : { what: 'the SIS never gets the last score', way: way(lost) };
  return { states: worlds.length, depth: depth(), wrong };
}

/** Two states in which the same can happen are one: counters and epochs are compared, never read; the workers are alike. */
function canonical(w: World): string {
  const { row, lane, workers, left } = w;
  const counts = [
    row.cleanN,
    row.releaseN,
    row.dirtyN,
    workers[0].task?.n ?? row.dirtyN,
    workers[1].task?.n ?? row.dirtyN,
  ];
  const least = Math.min(...counts);
  let used = 0;
  for (const n of counts) used |= 1 << (n - least);
  const rank = (n: number) => ones(used & ((1 << (n - least)) - 1));
  const worker = (i: 0 | 1) => {
    const { epoch, stopped, task } = workers[i];
    if (epoch === 0) return lane.owner === i ? 'o' : '';
    const other = workers[i === 0 ? 1 : 0].epoch;
    const where = `${+(epoch === lane.epoch)}${+(epoch > other)}${Math.sign(row.sendingEpoch - epoch)}`;
    // the third letter tells the words apart
    const has = task ? `${task.is[2]}${rank(task.n)}${task.version}${task.found}` : '';
    return `${where}${+stopped}${+(lane.owner === i)}${has}`;
  };
  const [a, b] = [worker(0), worker(1)];
  const duty = `${row.version}${rank(row.cleanN)}${rank(row.releaseN)}${rank(row.dirtyN)}${row.ackedVersion}${row.ackedHash}${+row.readDue}${row.repairs}${+row.insists}`;
  const budget = `${left.edits}${left.replans}${left.cancels}${left.rotations}${left.crashes}${left.pauses}${left.lost}${left.late}${left.swallowed}`;
  const sis = `${w.sis}${w.ever} ${w.late.join('')} ${w.queue.join('')} ${w.held.join('')}`;
  return `${duty} ${+lane.alive} ${a < b ? a : b} ${a < b ? b : a} ${sis} ${budget}`;
}
function ones(bits: number): number {
  let n = 0;
  for (let rest = bits; rest > 0; rest &= rest - 1) n++;
  return n;
}
