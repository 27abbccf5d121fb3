/** What the model of the lane protocol is made of; what may happen to it is in lane-protocol.ts. */
/** What may go wrong or be done, and how often; each is spent by its use. */
export interface Budget {
  edits: number;
  /** a setting that moves no version: the row is looked at again */
  replans: number;
  cancels: number;
  /** the secret is changed: the running lane loses its fence at once */
  rotations: number;
  crashes: number;
  pauses: number;
  /** no answer: the SIS had applied the request, or never will */
  lost: number;
  /** no answer, and applied at any time later, or never */
  late: number;
  /** answered with 2xx, not stored */
  swallowed: number;
}

export interface Design {
  name: string;
  /** what is left in the row by a fence lost, or an answer that never came */
  doubt: 'counter' | 'mark' | 'nothing';
  /** afterQuiet: when nothing older of ours is under way · daily: at any time, again and again */
  readBack: 'none' | 'afterQuiet' | 'daily';
  /** an answer about an older version settles the newest */
  anyVersionSettles?: boolean;
  /** an answer counts, whoever has the lane now */
  anyEpochSettles?: boolean;
  /** work is a queue of scores instead of a row */
  queue?: boolean;
}

export interface Task {
  n: number;
  version: number;
  is: 'taken' | 'sent' | 'answered' | 'ambiguous' | 'unchanged' | 'read';
  found: number;
}
export interface Worker {
  /** 0: runs no lane */
  epoch: number;
  stopped: boolean;
  task: Task | null;
}
export interface Row {
  version: number;
  dirtyN: number;
  cleanN: number;
  releaseN: number;
  ackedVersion: number;
  ackedHash: string | null;
  sendingEpoch: number;
  readDue: boolean;
  /** rewritten after a reading, for this version; after too many the SIS is left alone */
  repairs: number;
  insists: boolean;
}
export interface World {
  row: Row;
  lane: { epoch: number; owner: number; alive: boolean };
  workers: [Worker, Worker];
  /** what the SIS holds, and the newest that it ever held */
  sis: number;
  ever: number;
  late: number[];
  /** scores that wait, and those in somebody's hands; only in the design of that name */
  queue: number[];
  held: number[];
  /** it stores what it acknowledges */
  honest: boolean;
  /** what is released stays so */
  steady: boolean;
  left: Budget;
}
export const NOBODY = -1;
export const idle: Worker = { epoch: 0, stopped: false, task: null };
const nothing = {
  replans: 0,
  cancels: 0,
  rotations: 0,
  crashes: 0,
  pauses: 0,
  lost: 0,
  late: 0,
  swallowed: 0,
};

export function begin(budget: Partial<Budget>): World {
  const counters = { version: 1, dirtyN: 1, cleanN: 0, releaseN: 1 };
  return {
    row: {
      ...counters,
      ackedVersion: 0,
      ackedHash: null,
      sendingEpoch: 0,
      readDue: false,
      repairs: 0,
      insists: false,
    },
    lane: { epoch: 0, owner: NOBODY, alive: false },
    workers: [idle, idle],
    sis: 0,
    ever: 0,
    late: [],
    queue: [1],
    held: [],
    honest: !budget.swallowed,
    steady: !budget.cancels,
    left: { edits: 1, ...nothing, ...budget },
  };
}

export const dirty = ({ row }: World) => row.dirtyN > row.cleanN;
export const due = ({ row, queue }: World, d: Design) =>
  d.queue ? queue.length > 0 : row.releaseN > row.cleanN;
export const holds = ({ lane, workers }: World, i: 0 | 1) =>
  lane.owner === i && lane.epoch === workers[i].epoch;

export function withWorker(w: World, i: 0 | 1, worker: Worker): World {
  return { ...w, workers: i === 0 ? [worker, w.workers[1]] : [w.workers[0], worker] };
}
