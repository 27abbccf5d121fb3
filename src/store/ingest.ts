/**
 * Scores in: one statement for many rows (DESIGN §4). Requests that wait together share one; a batch has its own.
 * Answers after the commit, so that what was said to be accepted is on disk.
 */
import { Arrival } from './arrival.ts';
import { sqlState, type Database, type Sql } from './database.ts';
import { relinkResults } from './deletion-plan.ts';
import { haltLanes, wakeLanes } from './duty.ts';
import { writeBatch } from './ingest-batch.ts';
import { is, type Written } from './ingest-row.ts';
import { writeSingles, type Cell } from './ingest-singles.ts';
import type { Finding } from '../gradebook/preflight/finding.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

/** What became of one score; `missing` names what is not there (for this caller). */
export type Kept =
  | { missing: 'class' | 'lineItem' | 'student' }
  | {
      missing: null;
      version: number;
      due: boolean;
      dirty: boolean;
      older: boolean;
      sending: string;
      /** what is known of it before it is sent */
      findings: Finding[];
    };

/** Keeps what it can of `given`, in one transaction: `put` writes it, and answers in its order. */
async function write(
  db: Database,
  given: ResultRow[],
  put: (sql: Sql, arrival: Arrival) => Promise<Written[]>,
): Promise<Kept[]> {
  const [written, arrival] = await db.transaction(async (sql) => {
    const arrival = new Arrival(db, given);
    const written = await put(sql, arrival);
    await alsoNow(sql, written);
    return [written, arrival] as const;
  });
  await wake(db, written);
  const found = await arrival.findings();
  return written.map((one, index) => keptOf(one, found[index]!));
}

/** What must happen in the moment in which they are written. */
async function alsoNow(sql: Sql, written: Written[]): Promise<void> {
  const recalled = written.flatMap((row) =>
    is(row, 'recall') && row.place.connection_id ? [row.place.connection_id] : [],
  );
  await haltLanes(sql, [...new Set(recalled)], 'sameSis');
  const cellsBack = written.flatMap(({ place, line_item_id, student_id }) =>
    place.links_wait && line_item_id !== null && student_id !== null
      ? [{ lineItemId: line_item_id, studentId: student_id }]
      : [],
  );
  if (cellsBack.length > 0) await relinkResults(sql, cellsBack);
}

/** Best effort: they are kept, and the sweep finds what a lost wake-up leaves. */
async function wake(db: Database, written: Written[]): Promise<void> {
  const after = new Map<string, number>();
  for (const row of written) {
    const { connection_id, sending, gather_seconds } = row.place;
    if (is(row, 'due') && connection_id && sending === 'on')
      after.set(connection_id, Math.min(gather_seconds, after.get(connection_id) ?? Infinity));
  }
  for (const [connection, seconds] of after)
    await wakeLanes(db, [connection], seconds).catch(() => undefined);
}

function keptOf(row: Written, findings: Finding[]): Kept {
  if (row.place.class_id === null) return { missing: 'class' };
  if (row.line_item_id === null) return { missing: 'lineItem' };
  if (row.student_id === null) return { missing: 'student' };
  const { version, place } = row;
  const flags = { due: is(row, 'due'), dirty: is(row, 'dirty'), older: is(row, 'older') };
  return { missing: null, version, ...flags, sending: place.sending, findings };
}

export interface Ingest {
  one(cell: Cell): Promise<Kept>;
  /** rows of one class, each cell once */
  many(scope: Scope, classKey: string, rows: ResultRow[]): Promise<Kept[]>;
}

/** More than this in one statement: single scores would make its first callers wait longer than they gain. */
const TOGETHER = 500;

interface Waiting {
  cell: Cell;
  resolve(kept: Kept): void;
  reject(error: unknown): void;
}

export function createIngest(db: Database): Ingest {
  let waiting: Waiting[] = [];
  let writing = false;
  /** The last batch of each class that has one: the next begins behind it, for one that waits in PostgreSQL holds a connection. */
  const turns = new Map<string, Promise<unknown>>();

  async function flush(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const seen = new Set<string>();
      const now: typeof waiting = [];
      const later: typeof waiting = [];
      for (const one of waiting) {
        const { scope, classKey, row } = one.cell;
        const key = JSON.stringify([scope.tenantId, classKey, row.lineItemId, row.studentId]);
        // one statement may touch a row once; the second edit of a cell goes with the next one
        if (seen.has(key) || now.length >= TOGETHER) later.push(one);
        else {
          seen.add(key);
          now.push(one);
        }
      }
      waiting = later;
      await keep(now);
    }
    writing = false;
  }

  async function keep(together: Waiting[]): Promise<void> {
    const cells = together.map((one) => one.cell);
    try {
      const rows = cells.map((cell) => cell.row);
      const kept = await write(db, rows, (sql, arrival) => writeSingles(sql, cells, arrival));
      together.forEach((one, index) => one.resolve(kept[index]!));
    } catch (error) {
      // a value that PostgreSQL will not have fails the statement: only its own caller shall hear of it
      if (together.length > 1 && sqlState(error)?.startsWith('22'))
        for (const one of together) await keep([one]);
      else for (const one of together) one.reject(error);
    }
  }

  return {
    one: (cell) =>
      new Promise((resolve, reject) => {
        waiting.push({ cell, resolve, reject });
        // the requests that arrive in this turn of the loop go together, those during the write with the next one
        if (!writing) {
          writing = true;
          setImmediate(() => void flush());
        }
      }),
    async many(scope, classKey, rows) {
      const key = JSON.stringify([scope.tenantId, classKey]);
      const before = turns.get(key) ?? Promise.resolve();
      const mine = before
        .catch(() => undefined)
        .then(() => write(db, rows, (sql, arrival) => writeBatch(sql, scope, classKey, rows, arrival)));
      turns.set(key, mine);
      try {
        return await mine;
      } finally {
        if (turns.get(key) === mine) turns.delete(key);
      }
    },
  };
}
