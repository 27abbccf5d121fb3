/** What one batch knows of one class; reads from the SIS are shared and make the facts stale. */
import { planLineItem } from './planner.ts';
import type { ClassWork, Lanes } from './ports/lanes.ts';
import type { ReadOutcome } from './ports/sis.ts';
import type { LineItemDecision } from '../gradebook/decision.ts';
import type { ClassFacts, LineItemFacts } from '../gradebook/facts.ts';
import type { Sent } from './send.ts';

export type LineItem = ClassWork['lineItems'][number];
export type Result = ClassWork['results'][number];

type Listed = Promise<ReadOutcome<Record<string, unknown>[]>>;

export class ClassRun {
  cls: ClassWork['cls'];
  /** set by a read, until the facts are read again: one reload for all who wait for it */
  private stale = false;
  private reloaded: Promise<void> = Promise.resolve();
  private readonly byId: Map<string, LineItem>;
  private readonly reading = new Map<string, Promise<Sent | null>>();
  private readonly plans = new WeakMap<LineItemFacts, { cls: ClassFacts; decision: LineItemDecision }>();
  private readonly lists = new Map<string, Listed>();
  private readonly asPut = new Map<string, LineItem>();

  constructor(work: ClassWork) {
    this.cls = work.cls;
    this.byId = new Map(work.lineItems.map((l) => [l.id, l]));
  }

  lineItem(id: string): LineItem | undefined {
    return this.byId.get(id);
  }

  /** by which the SIS knows those that are in hand now */
  takenIds(): string[] {
    return [...this.byId.values()].flatMap(({ sourcedId }) => (sourcedId === null ? [] : [sourcedId]));
  }

  /** The lineItem as this run has put it. */
  put(lineItem: LineItem, sourcedId: string): LineItem {
    const known = this.asPut.get(lineItem.id);
    if (known?.sourcedId === sourcedId) return known;
    const put = { ...lineItem, sourcedId };
    this.asPut.set(lineItem.id, put);
    return put;
  }

  /** Each of its results asks for the same plan. */
  plan(cls: ClassFacts, lineItem: LineItemFacts): LineItemDecision {
    const known = this.plans.get(lineItem);
    if (known?.cls === cls) return known.decision;
    const decision = planLineItem(cls, lineItem);
    this.plans.set(lineItem, { cls, decision });
    return decision;
  }

  async current(lanes: Lanes): Promise<ClassWork['cls']> {
    if (this.stale) {
      this.stale = false;
      this.reloaded = lanes.classFacts(this.cls.id).then((cls) => {
        if (cls) this.cls = cls;
      });
    }
    await this.reloaded;
    return this.cls;
  }

  /** What the SIS has of one lineItem, read once for all rows of the batch that want to know. */
  list(lineItemSourcedId: string, read: () => Listed): Listed {
    const reading = this.lists.get(lineItemSourcedId) ?? read();
    this.lists.set(lineItemSourcedId, reading);
    return reading;
  }

  once(what: string, read: () => Promise<Sent | null>): Promise<Sent | null> {
    const running =
      this.reading.get(what) ??
      read().then((failed) => {
        if (!failed) this.stale = true;
        return failed;
      });
    this.reading.set(what, running);
    return running;
  }
}
