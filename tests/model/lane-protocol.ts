/**
 * The lane protocol, as a model small enough to read and to walk through completely (docs/adr/0017).
 *
 * The LMS says what one cell should be: version 1, 2, 3 … Two worker processes bring it to an SIS that holds one
 * value. At any point a worker may die, or be stopped (SIGSTOP) and wake later with its memory; a request may be
 * applied and its answer lost, never be applied, or be applied late: after we gave it up, perhaps over a newer one.
 *
 *   lane    epoch · owner · whether the lease lives. A claim raises the epoch; a settlement needs epoch and owner.
 *   row     version · dirtyN, cleanN, releaseN · what was acknowledged · the epoch that has it in its hands ·
 *           whether a read-back is due. Dirty: dirtyN > cleanN. Due: releaseN > cleanN.
 *   worker  claim → (take → send → answer → settle | read → compare)* → give back. It learns of its lane's fate when
 *           it settles: before that, one that was stopped and wakes goes on, and sends.
 *
 * What an answer or a reading does to a row is not modelled: that is the product's own settle.ts and read-back.ts,
 * from src/passback (see lane-row.ts).
 * A `Design` changes one thing of all this, to show that the model would notice.
 *
 * Assumed: a request is applied, or gone, before its sender has died or its sender's lease has run out, unless it is
 * a late one, which is a fault of its own. Time is no number: what may happen later may happen now.
 */
import { answered, claimed, compared, edited, raised, taken } from './lane-row.ts';
import {
  dirty,
  due,
  holds,
  idle,
  NOBODY,
  withWorker,
  type Budget,
  type Design,
  type Task,
  type Worker,
  type World,
} from './lane-world.ts';

export interface Step {
  name: string;
  /** it happens in the end if nothing else does; faults, and what people do, need not */
  fair: boolean;
  to: World;
}

function readDue(w: World, d: Design): boolean {
  if (d.readBack === 'none' || dirty(w) || w.row.ackedVersion === 0) return false;
  // the quiet period is longer than anything older of ours can take
  const older = w.late.length > 0 || w.workers.some((it) => it.task !== null && it.epoch !== w.lane.epoch);
  return d.readBack === 'daily' || (w.row.readDue && !older);
}

/** All that may happen next. */
export function steps(w: World, d: Design): Step[] {
  const all: Step[] = [];
  const may = (name: string, to: World, fair = true) => all.push({ name, fair, to });
  const spend = (kinds: (keyof Budget)[], name: string, to: World) => {
    if (kinds.every((kind) => w.left[kind] > 0))
      may(
        name,
        { ...to, left: kinds.reduce((left, kind) => ({ ...left, [kind]: left[kind] - 1 }), w.left) },
        false,
      );
  };

  spend(['edits'], 'the LMS edits', edited(w));
  spend(['replans'], 'a setting changes', { ...w, row: raised(w.row) });
  spend(['cancels'], 'cancel', { ...w, row: { ...w.row, releaseN: w.row.cleanN } });
  // somebody who has cancelled presses again
  if (dirty(w) && !due(w, d)) may('press', { ...w, row: { ...w.row, releaseN: w.row.dirtyN } });
  const freed = { epoch: w.lane.epoch + 1, owner: NOBODY, alive: false };
  spend(['rotations'], 'the secret is changed', { ...w, lane: freed });
  for (const value of new Set(w.late)) {
    const gone = { ...w, late: w.late.toSpliced(w.late.indexOf(value), 1) };
    may(`the SIS applies ${value}, late`, stored(gone, value));
    may(`the SIS never applies ${value}`, gone);
  }

  for (const i of [0, 1] as const) {
    const it = w.workers[i];
    const { task } = it;
    const who = 'AB'.charAt(i);
    const now = (change: Partial<Worker>, to = w) => withWorker(to, i, { ...it, ...change });
    const next = (is: Task['is'], to = w) => now({ task: { n: 0, version: 0, found: 0, ...task, is } }, to);
    const late = task ? { ...w, late: [...w.late, task.version].sort() } : w;

    if (it.epoch > 0) {
      spend(['crashes'], `${who} dies`, withWorker(w, i, idle));
      if (task?.is === 'sent')
        spend(['crashes', 'late'], `${who} dies, its request does not`, withWorker(late, i, idle));
      if (!it.stopped) spend(['pauses'], `${who} is stopped`, now({ stopped: true }));
    }
    // whoever lives and runs renews his lease
    if (w.lane.alive && w.lane.owner === i && (it.stopped || !holds(w, i))) {
      const over = { ...w.lane, alive: false };
      if (task?.is !== 'sent') may(`${who}’s lease runs out`, { ...w, lane: over });
      else {
        spend(['lost'], `${who}’s lease runs out, its request is lost`, { ...next('ambiguous'), lane: over });
        spend(['late'], `${who}’s lease runs out under its request`, {
          ...next('ambiguous', late),
          lane: over,
        });
      }
    }
    if (task?.is === 'sent')
      may(`the SIS applies ${task.version} of ${who}`, next('answered', stored(w, task.version)));
    if (it.stopped) {
      may(`${who} wakes`, now({ stopped: false }));
      continue;
    }
    if (it.epoch === 0) {
      const free = w.lane.owner === NOBODY ? due(w, d) || readDue(w, d) : !w.lane.alive;
      if (free) may(`${who} claims`, claimed(w, i));
      continue;
    }
    if (!task) {
      if (!holds(w, i)) may(`${who} sees that it has lost its lane`, withWorker(w, i, idle));
      else if (due(w, d)) {
        if (w.row.sendingEpoch !== it.epoch) may(`${who} takes`, taken(w, i, d));
      } else {
        if (readDue(w, d)) {
          const read: Task = { n: w.row.dirtyN, version: w.row.ackedVersion, is: 'read', found: w.sis };
          may(`${who} reads ${w.sis}`, now({ task: read }));
        }
        may(
          `${who} gives the lane back`,
          withWorker({ ...w, lane: { ...w.lane, owner: NOBODY, alive: false } }, i, idle),
        );
      }
      continue;
    }
    switch (task.is) {
      case 'taken':
        may(`${who} sends ${task.version}`, next('sent'));
        if (!d.queue) may(`${who} puts it back`, answered(w, i, d, 'untried'));
        break;
      case 'sent':
        spend(['lost'], `the request of ${who} is lost`, next('ambiguous'));
        spend(['late'], `${who} gives up waiting`, next('ambiguous', late));
        spend(['swallowed'], `the SIS swallows ${task.version} of ${who}`, next('answered'));
        break;
      case 'answered':
        may(`${who} settles ${task.version}: acknowledged`, answered(w, i, d, 'acknowledged'));
        spend(['lost'], `the answer to ${who} is lost`, next('ambiguous'));
        break;
      case 'read':
        may(`${who} compares`, compared(w, i, task));
        break;
      case 'ambiguous':
      case 'unchanged':
        may(`${who} settles ${task.version}: ${task.is}`, answered(w, i, d, task.is));
    }
  }
  return all;
}

/** What must hold whatever happens; null: it does. Of a design with a queue only the end can be judged. */
export function broken(w: World, d: Design): string | null {
  const { row } = w;
  if (d.queue) return null;
  if (row.cleanN > row.dirtyN || row.releaseN > row.dirtyN || row.ackedVersion > row.version)
    return 'the counters are impossible';
  if (holds(w, 0) && holds(w, 1)) return 'two workers hold the lane';
  if (dirty(w)) return due(w, d) || !w.steady ? null : 'a change waits, and nobody will send it';
  if (row.ackedVersion !== row.version) return 'an older version has settled a newer one';
  if (w.ever < row.version && w.honest) return 'settled, although the SIS never had it';
  return null;
}

/** Everything is quiet, and as it should be. From every state this must be reachable by what happens by itself. */
export function arrived(w: World, d: Design): boolean {
  const quiet = w.workers.every((it) => it.epoch === 0) && w.lane.owner === NOBODY && w.late.length === 0;
  const done = d.queue ? w.queue.length + w.held.length === 0 : !dirty(w);
  return quiet && done && w.sis === w.row.version && (d.readBack !== 'afterQuiet' || !w.row.readDue);
}

function stored(w: World, value: number): World {
  return { ...w, sis: value, ever: Math.max(w.ever, value) };
}
