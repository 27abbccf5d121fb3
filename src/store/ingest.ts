/**
 * Scores in: one statement for many rows (DESIGN §4). Requests that wait together share one; a batch has its own.
 * Answers after the commit, so that what was said to be accepted is on disk.
 */
import { findingsOnArrival } from './arrival.ts';
import { sqlState, type Database } from './database.ts';
import { relinkResults } from './deletion-plan.ts';
import { haltLanes, wakeLanes } from './duty.ts';
import {
  holdClasses,
  is,
  keptOf,
  ofClass,
  ofEach,
  type Cell,
  type Kept,
  type Row,
  type Writing,
} from './ingest-statement.ts';
import type { Finding } from '../gradebook/preflight/finding.ts';
import type { Scope } from '../passback/ports/callers.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

/** Keeps all cells that it can, in one transaction; of one cell twice the caller must have chosen one. */
async function write(db: Database, { text, classes, params, place }: Writing): Promise<Kept[]> {
  const rows = await db.transaction(async (sql) => {
    // both are sent at once; PostgreSQL begins the second when it has done the first
    const [, rows] = await Promise.all([sql.rows(holdClasses, classes), sql.rows<Row>(text, params)]);
    const written = rows.sort((a, b) => Number(a.ord) - Number(b.ord));
    const [first] = written;
    if (first === undefined) return [];
    const placed = written.map((row) => ({ row, at: place(row, first) }));
    const recalled = placed.flatMap(({ row, at }) =>
      is(row, 'recall') && at.connection_id ? [at.connection_id] : [],
    );
    await haltLanes(sql, [...new Set(recalled)], 'sameSis');
    const cellsBack = placed.flatMap(({ row: { line_item_id, student_id }, at }) =>
      at.links_wait && line_item_id !== null && student_id !== null
        ? [{ lineItemId: line_item_id, studentId: student_id }]
        : [],
    );
    if (cellsBack.length > 0) await relinkResults(sql, cellsBack);
    return placed;
  });
  const wake = new Map<string, number>();
  for (const { row, at } of rows)
    if (is(row, 'due') && at.connection_id && at.sending === 'on')
      wake.set(at.connection_id, Math.min(at.gather_seconds, wake.get(at.connection_id) ?? Infinity));
  // best effort: they are kept, and the sweep finds what a lost wake-up leaves
  for (const [connection, after] of wake) await wakeLanes(db, [connection], after).catch(() => undefined);
  return rows.map(({ row, at }) => keptOf(row, at));
}

/** What is known of each before it is sent; nothing of one that was not kept. */
async function findingsOf(db: Database, given: ResultRow[], kept: Kept[]): Promise<Finding[][]> {
  const found = kept.map((): Finding[] => []);
  const arrived = kept.flatMap((one, index) =>
    one.missing !== null || one.older ? [] : [{ index, row: given[index]!, ...one.at }],
  );
  const findings = await findingsOnArrival(db, arrived);
  arrived.forEach(({ index }, n) => (found[index] = findings[n]!));
  return found;
}

export interface Ingest {
  one(cell: Cell): Promise<Kept & { findings: Finding[] }>;
  /** rows of one class, each cell once */
  many(scope: Scope, classKey: string, rows: ResultRow[]): Promise<(Kept & { findings: Finding[] })[]>;
}

/** More than this in one statement: single scores would make its first callers wait longer than they gain. */
const TOGETHER = 500;

interface Waiting {
  cell: Cell;
  resolve(kept: Kept & { findings: Finding[] }): void;
  reject(error: unknown): void;
}

export function createIngest(db: Database): Ingest {
  let waiting: Waiting[] = [];
  let writing = false;

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
    try {
      const cells = together.map((one) => one.cell);
      const kept = await write(db, ofEach(cells));
      const findings = await findingsOf(
        db,
        cells.map((cell) => cell.row),
        kept,
      );
      together.forEach((one, index) => one.resolve({ ...kept[index]!, findings: findings[index]! }));
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
      const kept = await write(db, ofClass(scope, classKey, rows));
      const findings = await findingsOf(db, rows, kept);
      return kept.map((one, index) => ({ ...one, findings: findings[index]! }));
    },
  };
}
