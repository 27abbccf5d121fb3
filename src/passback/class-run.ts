/** What one batch knows of one class; reads from the SIS are shared and make the facts stale. */
import type { ClassWork, Lanes } from './ports/lanes.ts';
import type { Sent } from './send.ts';

export type LineItem = ClassWork['lineItems'][number];
export type Result = ClassWork['results'][number];

export class ClassRun {
  cls: ClassWork['cls'];
  /** set by a read, until the facts are read again: one reload for all who wait for it */
  private stale = false;
  private reloaded: Promise<void> = Promise.resolve();
  private readonly byId: Map<string, LineItem>;
  private readonly reading = new Map<string, Promise<Sent | null>>();

  constructor(work: ClassWork) {
    this.cls = work.cls;
    this.byId = new Map(work.lineItems.map((l) => [l.id, l]));
  }

  lineItem(id: string): LineItem | undefined {
    return this.byId.get(id);
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
