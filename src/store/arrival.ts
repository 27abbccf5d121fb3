/** What is known of a score in the moment in which it comes: from what its own statement has seen, and its class. */
import { setImmediate } from 'node:timers/promises';
import { readClassFacts } from './class-facts.ts';
import type { Database } from './database.ts';
import type { Finding } from '../gradebook/preflight/finding.ts';
import { preflightResultsOf, type Under } from '../gradebook/preflight/preflight.ts';
import type { ClassFacts } from '../gradebook/facts.ts';
import type { Scored } from '../gradebook/result-draft.ts';
import type { ResultRow } from '../passback/ports/gradebook.ts';

/** What stands around a cell; the JSON of `aroundSql`. */
export interface Around {
  lineItem: Under;
  student: Omit<Scored['student'], 'id' | 'key'>;
  ackedVersion: number;
  linkedTo: string | null;
}
/** Needs `l` (line_item). */
export const lineItemSql = `jsonb_build_object('key', l.key, 'linkedTo', l.linked_to, 'sourcedId', l.sourced_id,
     'resultValueMin', l.result_value_min, 'resultValueMax', l.result_value_max)`;
/** Needs `s` (student). */
export const studentSql = `jsonb_build_object('sourcedId', s.sourced_id, 'customId', s.custom_id, 'active', s.active,
     'sourcedIdShared', s.sourced_id_shared, 'customIdShared', s.custom_id_shared)`;
/** Needs `l` (line_item), `s` (student), and `put` or `was` (the cell). */
export const aroundSql = `jsonb_build_object('lineItem', ${lineItemSql}, 'student', ${studentSql},
  'ackedVersion', coalesce(put.acked_version, was.acked_version, 0), 'linkedTo', coalesce(put.linked_to, was.linked_to))`;

export interface Arrived {
  /** null: there is no such class */
  classId: string | null;
  /** null: its lineItem or student is not there, or what stands there is newer */
  around: Around | null;
}

/**
 * Looks for findings while PostgreSQL is at the rows and at their commit. What it asks goes over another connection, so who
 * holds one must not wait for it (but within a transaction of somebody else's, where it goes over that one's).
 */
export class Arrival {
  private readonly db: Database;
  private readonly rows: ResultRow[];
  private classIds: string[] = [];
  private arrived: Arrived[] = [];
  private classes = Promise.resolve(new Map<string, ClassFacts>());
  private found: Promise<Finding[][]>;

  /** Of these rows nothing is known yet. */
  constructor(db: Database, rows: ResultRow[]) {
    this.db = db;
    this.rows = rows;
    this.found = Promise.resolve(rows.map(() => []));
  }

  /** In these classes. */
  in(classIds: string[]): void {
    this.classIds = classIds;
    this.classes = this.read();
    this.classes.catch(() => undefined);
  }

  /** What became of each. */
  of(arrived: Arrived[]): void {
    this.arrived = arrived;
    // whoever is about to commit does so first: it would wait for us, with all that it has locked
    this.found = Promise.all([this.classes, setImmediate()]).then(([classes]) => this.look(classes));
    this.found.catch(() => undefined);
  }

  /** Of each, in their order. For who holds no connection. */
  async findings(): Promise<Finding[][]> {
    try {
      return await this.found;
    } catch {
      // there may have been no connection for it; what was kept shall not be answered with an error for that
      return this.look(await this.read());
    }
  }

  private async read(): Promise<Map<string, ClassFacts>> {
    if (this.classIds.length === 0) return new Map();
    return readClassFacts(this.db, this.classIds, { titles: 'never' });
  }

  private look(classes: Map<string, ClassFacts>): Finding[][] {
    return findAll(classes, this.arrived, this.rows);
  }
}

function findAll(classes: Map<string, ClassFacts>, arrived: Arrived[], rows: ResultRow[]): Finding[][] {
  // a batch has many of each
  const rules = new Map<Under, ReturnType<typeof preflightResultsOf>>();
  return arrived.map(({ classId, around }, index) => {
    const cls = classId === null ? undefined : classes.get(classId);
    // deleted in this moment
    if (!cls || !around) return [];
    const { lineItem, student, ackedVersion, linkedTo } = around;
    const find = rules.get(lineItem) ?? preflightResultsOf(cls, lineItem);
    rules.set(lineItem, find);
    const row = rows[index]!;
    return find({
      student: { id: '', key: row.studentId, ...student },
      score: row.score == null ? null : String(row.score),
      status: row.status ?? null,
      late: row.late,
      posted: row.posted,
      ackedVersion,
      linkedTo,
    });
  });
}
