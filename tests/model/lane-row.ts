/** What src/store does in SQL around the product's own functions: hand-over, fence, and the row that comes of it. */
import type { Settlement } from '../../src/passback/ports/lanes.ts';
import { afterReading, type Standing } from '../../src/passback/read-back.ts';
import { settled, superseded, type DutyNow } from '../../src/passback/settle.ts';
import {
  dirty,
  holds,
  idle,
  withWorker,
  type Design,
  type Row,
  type Task,
  type World,
} from './lane-world.ts';

export function edited(w: World): World {
  const version = w.row.version + 1;
  return { ...w, row: { ...raised(w.row), version }, queue: [...w.queue, version] };
}
/** A reason to look again, sent automatically. */
export function raised(row: Row): Row {
  return { ...row, dirtyN: row.dirtyN + 1, releaseN: row.dirtyN + 1 };
}

/** lanes.ts, claim. (A queue gives back what a dead worker had in its hands.) */
export function claimed(w: World, i: 0 | 1): World {
  const epoch = w.lane.epoch + 1;
  const back = { queue: [...w.queue, ...w.held], held: [] };
  return withWorker({ ...w, ...back, lane: { epoch, owner: i, alive: true } }, i, { ...idle, epoch });
}

/** take.ts: the row as it is now. The planner sends nothing where the hash is the acknowledged one. */
export function taken(w: World, i: 0 | 1, d: Design): World {
  const { row, queue, held } = w;
  const worker = w.workers[i];
  if (d.queue) {
    const version = queue[0]!;
    const task: Task = { n: 0, version, is: 'taken', found: 0 };
    return withWorker({ ...w, queue: queue.slice(1), held: [...held, version] }, i, { ...worker, task });
  }
  const is = row.ackedHash === hashOf(row.version) ? 'unchanged' : 'taken';
  const task: Task = { n: row.dirtyN, version: row.version, is, found: 0 };
  return withWorker({ ...w, row: { ...row, sendingEpoch: worker.epoch } }, i, { ...worker, task });
}

/** settle.ts: the lane's fence, whether a later run has the row, and the product's own function between them. */
export function answered(w: World, i: 0 | 1, d: Design, how: How): World {
  const { epoch, task } = w.workers[i];
  const after = over(w, i);
  if (d.queue) return inQueue(after, task!.version, how);
  const row = dutyNow(w.row);
  const s = settlement(how, task!, w.row, d);
  const later = w.row.sendingEpoch > epoch;
  const ours = d.anyEpochSettles || holds(w, i);
  const counts = d.anyEpochSettles || (ours && !later);
  const { dirtyN, cleanN, releaseN, ackedVersion, ackedHash } = counts
    ? settled(row, s, NEVER)
    : d.doubt === 'nothing'
      ? row
      : superseded(row, s);
  const sendingEpoch = ours && !later ? 0 : w.row.sendingEpoch;
  const readDue = w.row.readDue || (counts && how === 'acknowledged');
  const repairs = ackedVersion > w.row.ackedVersion ? 0 : w.row.repairs;
  return {
    ...after,
    row: { ...w.row, dirtyN, cleanN, releaseN, ackedVersion, ackedHash, sendingEpoch, readDue, repairs },
  };
}

/** read-back.ts: a row that has moved since is left for the next reading. */
export function compared(w: World, i: 0 | 1, { n, found }: Task): World {
  const { row } = w;
  const after = over(w, i);
  if (!holds(w, i) || dirty(w) || row.dirtyN !== n || row.sendingEpoch !== 0) return after;
  const before: Standing = { ...row, verifiedVersion: 0, lastReason: null, found: null };
  // any of ours may still be in the SIS
  const tried = Array.from({ length: row.version }, (_, version) => valuesOf(version + 1));
  const ours = valuesOf(row.ackedVersion);
  const shown = found === 0 ? null : valuesOf(found);
  const read = { ours, tried, wanted: ours, shown, zone: 'UTC', policy: 'ask', heals: true } as const;
  const { dirtyN, releaseN, ackedHash, repairs, found: finding } = afterReading(before, read);
  return {
    ...after,
    row: { ...row, dirtyN, releaseN, ackedHash, repairs, insists: finding !== null, readDue: false },
  };
}
const valuesOf = (version: number) => ({ scoreStatus: 'fully graded', score: version });

/** The task is done; a run whose fence is lost ends. */
function over(w: World, i: 0 | 1): World {
  return withWorker(w, i, holds(w, i) ? { ...w.workers[i], task: null } : idle);
}

function inQueue(w: World, version: number, how: How): World {
  const at = w.held.indexOf(version);
  if (at < 0) return w;
  return {
    ...w,
    queue: how === 'ambiguous' ? [...w.queue, version] : w.queue,
    held: w.held.toSpliced(at, 1),
  };
}

const hashOf = (version: number) => `h${version}`;
const NEVER = new Date(0);
export type How = 'acknowledged' | 'ambiguous' | 'unchanged' | 'untried';

function settlement(how: How, { n, version }: Task, row: Row, d: Design): Settlement {
  const about = {
    kind: 'result',
    id: '1',
    classId: '1',
    version: d.anyVersionSettles ? row.version : version,
  } as const;
  // a mark is wiped as a whole, by an answer about the version that the row has
  const wipes = d.anyVersionSettles || (d.doubt === 'mark' && version === row.version);
  const s = { ...about, n: wipes ? row.dirtyN : n };
  switch (how) {
    case 'acknowledged':
      return { ...s, how, created: false, hash: hashOf(s.version), acked: {}, sourcedId: '1' };
    case 'ambiguous': {
      const ambiguous = d.doubt !== 'nothing';
      return {
        ...s,
        how: 'retry',
        reason: { code: 'CONN_TIMEOUT' },
        nextAttemptAt: NEVER,
        ambiguous,
        counts: true,
      };
    }
    case 'unchanged':
    case 'untried':
      return { ...s, how };
  }
}

/** Neither attempts nor times: when a row is tried again is not what this is about. */
const elsewhere = {
  attempts: 0,
  failingSince: null,
  nextAttemptAt: NEVER,
  sourcedId: '1',
  acked: {},
  parkedN: null,
  lastReason: null,
  syncId: null,
};
function dutyNow({ version, dirtyN, cleanN, releaseN, ackedVersion, ackedHash }: Row): DutyNow {
  return { ...elsewhere, version, dirtyN, cleanN, releaseN, ackedVersion, ackedHash };
}
