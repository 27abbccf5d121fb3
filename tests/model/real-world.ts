/**
 * The product's own store on a real PostgreSQL, two workers that run its lanes, and SISs that answer by hand; beside
 * them what the LMS said last. `acts` are the words of a program; `heal` is what comes after it: everything is
 * answered, everybody runs, and time passes.
 */
import { randomUUID } from 'node:crypto';
import { Refusal } from '../../src/passback/refusal.ts';
import type { Lanes } from '../../src/passback/ports/lanes.ts';
import type { Principal, Scope, Store } from '../../src/passback/ports/store.ts';
import type { Database } from '../../src/store/database.ts';
import { sweep } from '../../src/store/sweep.ts';
import { HandSis, type Answer } from './hand-sis.ts';
import { Worker } from './worker.ts';

export const lineItems = ['a', 'b'] as const;
export const students = ['s1', 's2'] as const;
export type LineItemKey = (typeof lineItems)[number];
export type StudentKey = (typeof students)[number];
export const addresses = [
  'https://one.example/ims/oneroster/gradebook/v1p2',
  'https://two.example/ims/oneroster/gradebook/v1p2',
];

export interface Lms {
  /** title by lineItem; score by cell */
  titles: Map<LineItemKey, string>;
  scores: Map<string, number>;
  inactive: Set<StudentKey>;
}
/** A sync that was pressed, and what it was seen to hold. */
interface Pressed {
  rows: Set<string>;
  excused: boolean;
}

export class RealWorld {
  readonly db: Database;
  readonly store: Store & { lanes: Lanes };
  readonly sis = new HandSis();
  readonly workers: [Worker, Worker];
  readonly lms: Lms = { titles: new Map(), scores: new Map(), inactive: new Set() };
  readonly syncs = new Map<string, Pressed>();
  readonly cls = `c-${randomUUID().slice(0, 8)}`;
  readonly tenantKey = `t-${randomUUID().slice(0, 8)}`;
  scope: Scope = { tenantId: '', domainId: null, classKeys: null };
  address = 0;
  /** something happened that nothing but the SIS itself can tell of */
  needsReading = false;
  private secret = 0;
  private excluded = false;
  private readonly traffic = { calls: 0 };

  constructor(db: Database, store: Store & { lanes: Lanes }) {
    this.db = db;
    this.store = store;
    const world = { lanes: store.lanes, sis: this.sis, traffic: this.traffic };
    this.workers = [new Worker('A', world), new Worker('B', world)];
  }

  async begin(): Promise<void> {
    // lanes of earlier programs are nobody's any more
    await this.db.rows(`UPDATE lane SET wake_at = NULL, owner = NULL, lease_until = NULL`);
    await this.store.domains.put(null, this.tenantKey, { name: 'District', timeZone: 'UTC' });
    this.scope = { ...this.scope, tenantId: (await this.store.access.tenantByKey(this.tenantKey))! };
    await this.store.domains.put(this.scope, 'school', { name: 'School', parentId: this.tenantKey });
    await this.settings();
    const place = {
      domainId: 'school',
      title: 'Algebra',
      sourcedId: 'sis-class',
      schoolSourcedId: 'sis-school',
    };
    const categories = ['hw', 'tests'].map((id) => ({ id, title: id }));
    await this.store.classes.put(this.scope, this.cls, {
      ...place,
      categories,
      gradingPeriods: [],
      published: true,
    });
    for (const student of students) await this.student(student, true);
  }

  async settings(): Promise<void> {
    await this.store.settings.put(
      this.scope,
      this.tenantKey,
      {
        passbackEnabled: true,
        baseUrl: addresses[this.address]!,
        auth: { method: 'accessToken', accessToken: `secret ${this.secret}` },
        gatherSeconds: 0,
        verifyAfterSeconds: 120,
        maxConcurrentRequests: 2,
        excludedDomainIds: this.excluded ? ['school'] : [],
      },
      null,
    );
  }
  async exclude(excluded: boolean): Promise<void> {
    this.excluded = excluded;
    await this.settings();
  }
  async moveTo(address: number): Promise<void> {
    // the former SIS keeps what it has; rows that went there are told of in syncs that may end otherwise now
    if (address !== this.address) for (const sync of this.syncs.values()) sync.excused = true;
    this.address = address;
    await this.settings();
  }
  async newSecret(): Promise<void> {
    this.secret++;
    await this.settings();
  }

  async lineItem(key: LineItemKey, title: string): Promise<void> {
    const input = { title, categoryId: 'hw', dueDate: '2026-11-20T23:59:00Z', resultValueMax: 100 };
    await this.store.gradebook.putLineItem(this.scope, this.cls, key, {
      ...input,
      published: true,
      syncToSis: true,
      assignedTo: 'everyone',
      dueDateVaries: false,
    });
    this.lms.titles.set(key, title);
  }
  async removeLineItem(key: LineItemKey): Promise<void> {
    if (!this.lms.titles.delete(key)) return;
    for (const student of students) this.forget(key, student);
    this.lost(`${key} `);
    await this.store.gradebook.removeLineItem(this.scope, this.cls, key);
  }
  async score(key: LineItemKey, student: StudentKey, score: number): Promise<void> {
    if (!this.lms.titles.has(key)) await this.lineItem(key, `Title of ${key}`);
    const row = { lineItemId: key, studentId: student, score, late: false, posted: true };
    await this.store.gradebook.putResult(this.scope, this.cls, row);
    this.lms.scores.set(`${key} ${student}`, score);
  }
  async batch(score: number): Promise<void> {
    const cells = [...this.lms.titles.keys()].flatMap((key) => students.map((student) => ({ key, student })));
    const rows = cells.map(({ key, student }, i) => ({
      lineItemId: key,
      studentId: student,
      score: score + i,
      late: false,
      posted: true,
    }));
    await this.store.gradebook.putResults(this.scope, this.cls, rows);
    rows.forEach((row) => this.lms.scores.set(`${row.lineItemId} ${row.studentId}`, row.score));
  }
  async removeScore(key: LineItemKey, student: StudentKey): Promise<void> {
    if (!this.lms.scores.has(`${key} ${student}`)) return;
    this.forget(key, student);
    await this.store.gradebook.removeResult(this.scope, this.cls, key, student);
  }
  async student(key: StudentKey, active: boolean): Promise<void> {
    if (active) this.lms.inactive.delete(key);
    else this.lms.inactive.add(key);
    await this.store.classes.putStudent(this.scope, this.cls, key, { sourcedId: `sis-${key}`, active });
  }
  async auto(on: boolean): Promise<void> {
    await this.store.classes.putSyncSettings(this.scope, this.cls, { autoSync: on ? 'on' : 'off' });
  }
  async category(id: 'hw' | 'tests'): Promise<void> {
    await this.store.classes.putMapping(this.scope, this.cls, { map: { hw: `sis-${id}` } });
  }

  async press(
    mode: 'changes' | 'all',
    only?: { lineItemIds?: string[]; studentIds?: string[] },
  ): Promise<void> {
    const started = await this.unlessRefused(() =>
      this.store.syncs.start(this.scope, this.cls, { mode, dryRun: false, ...only }, presser),
    );
    if (started) await this.saw(started.sync.id);
  }
  async retry(): Promise<void> {
    const [id] = [...this.syncs.keys()].slice(-1);
    if (id === undefined) return;
    const started = await this.unlessRefused(() => this.store.syncs.retry(this.scope, id, presser));
    if (started) await this.saw(started.sync.id);
  }
  async cancel(): Promise<void> {
    for (const [id, sync] of this.syncs) {
      const { status } = await this.store.syncs.get(this.scope, id);
      if (status !== 'processing') continue;
      await this.store.syncs.cancel(this.scope, id);
      sync.excused = true;
    }
  }

  /** What was to wait is over: tries, rests, and `aDay`: the quiet while before a reading. */
  async timePasses(aDay: boolean): Promise<void> {
    for (const table of ['line_item', 'result'])
      await this.db.rows(`UPDATE ${table} SET next_attempt_at = now() WHERE domain_id IN (${mine})`, [
        this.tenantId,
      ]);
    await this.db.rows(
      `UPDATE lane SET paused_until = CASE WHEN paused_until IS NOT NULL THEN now() END, wake_at = now() WHERE ${myLane}`,
      [this.tenantId],
    );
    if (!aDay) return;
    for (const table of ['line_item', 'result'])
      await this.db.rows(
        `UPDATE ${table} SET last_sent_at = last_sent_at - interval '1 day' WHERE domain_id IN (${mine})`,
        [this.tenantId],
      );
    await this.db.rows(
      `UPDATE line_item SET verify_at = verify_at - interval '2 days' WHERE domain_id IN (${mine})`,
      [this.tenantId],
    );
  }
  /** It knows of nothing that it has in its hands; if its lane was another's already, only a reading will tell. */
  async crash(i: 0 | 1): Promise<void> {
    const worker = this.workers[i];
    if (worker.isRunning && (await this.holder()) !== worker) this.needsReading = true;
    worker.crash();
  }
  private async holder(): Promise<Worker | undefined> {
    const [lane] = await this.db.rows<{ owner: string; epoch: string }>(
      `SELECT owner, epoch FROM lane WHERE ${myLane} AND owner IS NOT NULL`,
      [this.tenantId],
    );
    return this.workers.find((worker) => lane && worker.name === lane.owner && worker.holds(lane.epoch));
  }
  async leaseRunsOut(): Promise<void> {
    const [lane] = await this.db.rows<{ owner: string | null }>(`SELECT owner FROM lane WHERE ${myLane}`, [
      this.tenantId,
    ]);
    // whoever lives and runs renews it
    if ((await this.holder())?.isStopped !== false && lane?.owner)
      await this.db.rows(`UPDATE lane SET lease_until = now() - interval '1 second' WHERE ${myLane}`, [
        this.tenantId,
      ]);
  }
  sweep = () => sweep(this.db);
  answer(nth: number, how: Answer): void {
    if (how === 'swallowed') this.needsReading = true;
    this.sis.answer(nth, how);
  }
  async answerAll(how: Answer): Promise<void> {
    for (let n = 0; n < 100 && this.sis.waiting.length > 0; n++) {
      this.sis.answer(0, how);
      await this.quiet();
    }
  }
  applyLate(nth: number): void {
    const [write] = this.sis.adrift.splice(nth % Math.max(1, this.sis.adrift.length), 1);
    if (!write) return;
    this.needsReading = true;
    this.sis.apply(write);
  }

  /** Everybody waits for somebody else: for an answer, for work, or to be woken. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 8; still++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.traffic.calls > 0) still = 0;
    }
    for (const worker of this.workers)
      if (worker.failure) throw new Error(`worker ${worker.name} failed`, { cause: worker.failure });
  }

  get tenantId(): string {
    return this.scope.tenantId;
  }

  /** The rows that carry a sync must all be told of in it, whatever becomes of them. */
  private async saw(id: string): Promise<void> {
    const sync = this.syncs.get(id) ?? { rows: new Set(), excused: false };
    this.syncs.set(id, sync);
    const rows = await this.db.rows<{ cell: string }>(
      `SELECT l.key || ' ' AS cell FROM line_item l WHERE l.sync_id = $1
       UNION ALL SELECT l.key || ' ' || s.key FROM result r JOIN line_item l ON l.id = r.line_item_id JOIN student s ON s.id = r.student_id
        WHERE r.sync_id = $1`,
      [id],
    );
    for (const { cell } of rows) sync.rows.add(cell);
  }
  private lost(cell: string): void {
    for (const sync of this.syncs.values()) sync.rows.delete(cell);
  }
  private forget(key: LineItemKey, student: StudentKey): void {
    this.lms.scores.delete(`${key} ${student}`);
    this.lost(`${key} ${student}`);
  }
  private async unlessRefused<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }
}

const myLane = `connection_id IN (SELECT connection_id FROM domain WHERE tenant_id = $1)`;
export const mine = `SELECT id FROM domain WHERE tenant_id = $1`;
const presser: Principal = {
  kind: 'key',
  role: 'lms',
  keyId: randomUUID(),
  tenantId: null,
  domainId: null,
  classKeys: null,
  subject: null,
  name: 'LMS',
};
