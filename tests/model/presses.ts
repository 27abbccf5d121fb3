/** The syncs that somebody pressed, and the cells that each was seen to hold: it must tell of every one. */
import { randomUUID } from 'node:crypto';
import type { Principal, Scope } from '../../src/passback/ports/callers.ts';
import type { Store } from '../../src/passback/ports/store.ts';
import type { SyncRequest } from '../../src/gradebook/local.ts';
import { Refusal } from '../../src/passback/refusal.ts';
import type { Database } from '../../src/store/database.ts';

interface Pressed {
  cells: Set<string>;
  /** cancelled, or of another SIS now: it need not tell of all */
  excused: boolean;
}

export class Presses {
  readonly syncs = new Map<string, Pressed>();
  private readonly db: Database;
  private readonly store: Store;
  private readonly place: { scope: Scope; cls: string };

  constructor(db: Database, store: Store, place: { scope: Scope; cls: string }) {
    this.db = db;
    this.store = store;
    this.place = place;
  }

  press(mode: 'changes' | 'all', only?: Partial<SyncRequest>): Promise<void> {
    const { scope, cls } = this.place;
    return this.began(() => this.store.syncs.start(scope, cls, { mode, dryRun: false, ...only }, somebody));
  }
  async retry(): Promise<void> {
    const last = [...this.syncs.keys()].at(-1);
    if (last !== undefined) await this.began(() => this.store.syncs.retry(this.place.scope, last, somebody));
  }
  async cancel(): Promise<void> {
    for (const [id, sync] of this.syncs) {
      const { status } = await this.store.syncs.get(this.place.scope, id);
      if (status !== 'processing') continue;
      await this.store.syncs.cancel(this.place.scope, id);
      sync.excused = true;
    }
  }

  excuseAll(): void {
    for (const sync of this.syncs.values()) sync.excused = true;
  }
  removed(cell: string): void {
    for (const sync of this.syncs.values()) sync.cells.delete(cell);
  }

  private async began(ask: () => Promise<{ sync: { id: string } }>): Promise<void> {
    try {
      await this.look((await ask()).sync.id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  private async look(id: string): Promise<void> {
    const sync = this.syncs.get(id) ?? { cells: new Set(), excused: false };
    this.syncs.set(id, sync);
    const held = await this.db.rows<{ cell: string }>(
      `SELECT l.key || ' ' AS cell FROM line_item l WHERE l.sync_id = $1
       UNION ALL SELECT l.key || ' ' || s.key FROM result r JOIN line_item l ON l.id = r.line_item_id JOIN student s ON s.id = r.student_id
        WHERE r.sync_id = $1`,
      [id],
    );
    for (const { cell } of held) sync.cells.add(cell);
  }
}

const somebody: Principal = {
  kind: 'key',
  role: 'lms',
  keyId: randomUUID(),
  tenantId: null,
  domainId: null,
  classKeys: null,
  subject: null,
  name: 'LMS',
};
