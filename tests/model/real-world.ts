/**
 * The product's own store on a real PostgreSQL, two workers that run its lanes, and SISs that answer by hand; beside
 * them what the LMS said last. Time passes when somebody says so.
 */
import { randomUUID } from 'node:crypto';
import type { Lanes } from '../../src/passback/ports/lanes.ts';
import type { Scope } from '../../src/passback/ports/callers.ts';
import type { Store } from '../../src/passback/ports/store.ts';
import type { Database } from '../../src/store/database.ts';
import { sweep } from '../../src/store/sweep.ts';
import { HandSis, type Answer, type Held } from './hand-sis.ts';
import { Lms, students } from './lms.ts';
import { Presses } from './presses.ts';
import { Worker } from './worker.ts';

const addresses = ['one', 'two'].map((name) => `https://${name}.example/ims/oneroster/gradebook/v1p2`);
/** Every program has a tenant of its own; they need $1. */
export const mine = `SELECT id FROM domain WHERE tenant_id = $1`;
const myLane = `connection_id IN (SELECT connection_id FROM domain WHERE tenant_id = $1)`;

export class RealWorld {
  readonly tenantKey: string;
  readonly tenantId: string;
  readonly cls: string;
  readonly scope: Scope;
  readonly db: Database;
  readonly store: Store;
  readonly lms: Lms;
  readonly presses: Presses;
  readonly workers: [Worker, Worker];
  readonly sis = new HandSis();
  /** something happened that nothing but the SIS itself can tell of */
  needsReading = false;
  /** to another SIS, or there and back */
  hasMoved = false;
  /** the LMS has deleted something: where that was sent, it stays */
  removed = false;
  private readonly traffic = { calls: 0 };
  private readonly settings = { address: 0, secret: 0, excluded: false };

  private constructor(db: Database, store: Store & { lanes: Lanes }, tenantKey: string, tenantId: string) {
    this.db = db;
    this.store = store;
    this.tenantKey = tenantKey;
    this.tenantId = tenantId;
    this.scope = { tenantId, domainId: null, classKeys: null };
    this.cls = `class of ${tenantKey}`;
    const place = { scope: this.scope, cls: this.cls };
    this.presses = new Presses(db, store, place);
    this.lms = new Lms(store, {
      ...place,
      removed: (cell) => {
        this.presses.removed(cell);
        this.removed = true;
      },
    });
    const parts = { lanes: store.lanes, sis: this.sis, traffic: this.traffic };
    this.workers = [new Worker('A', parts), new Worker('B', parts)];
  }

  static async begin(db: Database, store: Store & { lanes: Lanes }): Promise<RealWorld> {
    // lanes of earlier programs are nobody's any more
    await db.rows(`UPDATE lane SET wake_at = NULL, owner = NULL, lease_until = NULL`);
    const key = randomUUID().slice(0, 8);
    await store.domains.put(null, key, { name: 'District', timeZone: 'UTC' });
    const world = new RealWorld(db, store, key, (await store.access.tenantByKey(key))!);
    const { scope } = world;
    await store.domains.put(scope, 'school', { name: 'School', parentId: key });
    await world.put({});
    await store.classes.put(scope, world.cls, {
      domainId: 'school',
      title: 'Algebra',
      sourcedId: 'sis-class',
      schoolSourcedId: 'sis-school',
      categories: ['hw', 'tests'].map((id) => ({ id, title: id })),
      gradingPeriods: [],
      noticeEmails: [],
      published: true,
    });
    for (const student of students) await world.lms.student(student, true);
    return world;
  }

  /** What the SIS of these settings holds. */
  get held(): Held {
    return this.sis.at(addresses[this.settings.address]!);
  }

  exclude = (excluded: boolean) => this.put({ excluded });
  newSecret = () => this.put({ secret: this.settings.secret + 1 });
  async moveTo(address: number): Promise<void> {
    if (address !== this.settings.address) {
      this.presses.excuseAll();
      this.hasMoved = true;
    }
    await this.put({ address });
  }
  async auto(on: boolean): Promise<void> {
    const settings = {
      autoSync: on ? ('on' as const) : ('off' as const),
      conflictPolicy: 'inherit' as const,
    };
    await this.store.classes.putSyncSettings(this.scope, this.cls, settings, null);
  }
  async category(id: 'hw' | 'tests'): Promise<void> {
    await this.store.classes.putMapping(this.scope, this.cls, { map: { hw: `sis-${id}` } }, null);
  }

  /** What was to wait is over: tries, rests, and `aDay`: the quiet while before a reading. */
  async timePasses(aDay: boolean): Promise<void> {
    const rows = (table: string, set: string) =>
      this.db.rows(`UPDATE ${table} SET ${set} WHERE domain_id IN (${mine})`, [this.tenantId]);
    const both = async (set: string) => [await rows('line_item', set), await rows('result', set)];
    await both('next_attempt_at = now()');
    await this.db.rows(
      `UPDATE lane SET paused_until = CASE WHEN paused_until IS NOT NULL THEN now() END, wake_at = now() WHERE ${myLane}`,
      [this.tenantId],
    );
    if (!aDay) return;
    await both(`last_sent_at = last_sent_at - interval '1 day'`);
    await rows('line_item', `verify_at = verify_at - interval '2 days'`);
  }

  /** Of whoever lives and runs it is renewed. */
  async leaseRunsOut(): Promise<void> {
    const { lane, holder } = await this.lane();
    if (lane && (!holder || holder.isStopped))
      await this.db.rows(`UPDATE lane SET lease_until = now() - interval '1 second' WHERE ${myLane}`, [
        this.tenantId,
      ]);
  }
  /** It knows of nothing that it has in its hands; if its lane was another's already, only a reading will tell. */
  async crash(i: 0 | 1): Promise<void> {
    const worker = this.workers[i];
    if (worker.isRunning && (await this.lane()).holder !== worker) this.needsReading = true;
    worker.crash();
  }
  sweep = () => sweep(this.db);

  answer(nth: number, how: Answer): void {
    if (how === 'swallowed') this.needsReading = true;
    this.sis.answer(nth, how);
  }
  /** All that wait, and what comes of it. */
  async answerAll(how: Answer, first: 'oldest' | 'newest' = 'oldest'): Promise<void> {
    for (let n = 0; n < 100 && this.sis.waiting.length > 0; n++) {
      this.answer(first === 'oldest' ? 0 : this.sis.waiting.length - 1, how);
      await this.quiet();
    }
  }
  applyLate(nth: number): void {
    const [write] = this.sis.adrift.splice(nth % Math.max(1, this.sis.adrift.length), 1);
    if (!write) return;
    this.needsReading = true;
    this.sis.apply(write);
  }

  /** Somebody deletes a lineItem in the SIS, and its results with it. */
  sisDeletes(nth: number): void {
    const { lineItems, results } = this.held;
    const id = [...lineItems.keys()][nth];
    if (id === undefined) return;
    this.needsReading = true;
    lineItems.delete(id);
    for (const [key, result] of results) if (result.lineItem.sourcedId === id) results.delete(key);
  }

  /** Everybody waits for somebody else: for an answer, for work, or to be woken. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 8; still++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.traffic.calls > 0) still = 0;
    }
    for (const { name, failure } of this.workers)
      if (failure) throw new Error(`worker ${name} failed`, { cause: failure });
  }

  private async lane(): Promise<{ lane: boolean; holder: Worker | undefined }> {
    const [lane] = await this.db.rows<{ owner: string; epoch: string }>(
      `SELECT owner, epoch FROM lane WHERE ${myLane} AND owner IS NOT NULL`,
      [this.tenantId],
    );
    const holder = this.workers.find(
      (worker) => lane && worker.name === lane.owner && worker.holds(lane.epoch),
    );
    return { lane: lane !== undefined, holder };
  }

  private async put(change: Partial<RealWorld['settings']>): Promise<void> {
    const { address, secret, excluded } = Object.assign(this.settings, change);
    const settings = {
      passbackEnabled: true,
      baseUrl: addresses[address]!,
      auth: { method: 'accessToken' as const, accessToken: `secret ${secret}` },
      gatherSeconds: 0,
      verifyAfterSeconds: 120,
      maxConcurrentRequests: 2,
      excludedDomainIds: excluded ? ['school'] : [],
    };
    await this.store.settings.put(this.scope, this.tenantKey, settings, null);
  }
}
