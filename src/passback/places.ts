/** Under which id each row of a run goes, and whether it may: what is looked for in the SIS before it is sent. */
import { lineItemIdOf } from '../gradebook/line-item.ts';
import { sisIdOf } from '../gradebook/references.ts';
import { studentOf } from '../gradebook/values.ts';
import type { ClassRun, LineItem, Result } from './class-run.ts';
import type { LaneHealth } from './lane-health.ts';
import type { LaneParts } from './lane-parts.ts';
import { placeOfLineItem, placeOfResult } from './look-first.ts';
import { looksOver, placeOverLineItem, placeOverResult } from './look-over.ts';
import { Moment } from './moment.ts';
import type { SisClient } from './ports/sis.ts';
import type { Place, SendParts } from './send.ts';

/** What the looks of one run share. */
export interface PlaceParts {
  parts: LaneParts;
  client: SisClient;
  health: LaneHealth;
  /** the SIS is known to take many results in one request, and gives them ids of its own then */
  bulk: boolean;
  /** it lets itself be read, as far as we know */
  readable: boolean;
}

export class Places {
  private readonly run: PlaceParts;
  private readonly moment: Moment;
  /** ids in the SIS that were found to be ours in this run, and which row's */
  private readonly found = new Map<string, string>();

  constructor(run: PlaceParts) {
    this.run = run;
    this.moment = new Moment(() => run.parts.uptimeMs());
  }

  /** A lineItem of ours is new there: nobody can have entered anything for it yet. */
  made(lineItemSourcedId: string): void {
    this.moment.isEmpty(lineItemSourcedId);
  }

  ofLineItem(facts: ClassRun, lineItem: LineItem): SendParts['placeOfLineItem'] {
    const { parts, client, health, readable } = this.run;
    const { unheard } = lineItem;
    const by = { client, lanes: parts.lanes, health, found: this.found, listed: null };
    if (unheard) return (cls, body) => placeOfLineItem(cls, { ...lineItem, unheard }, body, by);
    // what was not acknowledged in this class was made, or linked, by a decision of its own
    if (!readable) return null;
    return async (cls, body, action) => {
      const looks = action === 'update' && lineItem.acked !== null && looksOver(cls, lineItem);
      if (!looks) return body;
      const classId = body.class.sourcedId;
      const ids = new Set(facts.takenIds());
      const list = (of: string, enough: ReadonlySet<string>) =>
        this.moment.list(of, () => client.readLineItems(classId, enough));
      const first = list(`class ${classId}`, ids);
      // listed for others, it may have ended before this one
      const listed = () =>
        first &&
        first.then(
          (answer) =>
            (answer.kind === 'read' &&
              !answer.value.some((item) => item.sourcedId === body.sourcedId) &&
              list(`class ${classId} ${body.sourcedId}`, new Set([body.sourcedId]))) ||
            answer,
        );
      return this.lookUnlessNewer(`class ${classId}`, `lineItem ${lineItem.id}`, lineItem, body, () =>
        placeOverLineItem(cls, lineItem, body, { listed, health }),
      );
    };
  }

  ofResult(facts: ClassRun, lineItem: LineItem, result: Result): SendParts['placeOfResult'] {
    const { parts, client, health, readable, bulk } = this.run;
    const { unheard } = result;
    // posted, it may have an id of the SIS's although its lineItem has ours
    const afterPost = (classId: string, id: string) => facts.list(id, () => client.readResults(classId, id));
    const by = { client, lanes: parts.lanes, health, found: this.found, listed: bulk ? afterPost : null };
    // the SIS had the lineItem before us: whatever the policy, what is there has an id of its own
    const linked = lineItem.handLinked === true && result.sourcedId === null;
    return async (cls, body, action) => {
      const first = unheard ? await placeOfResult(cls, lineItem, { ...result, unheard }, body, by) : body;
      if ('how' in first) return first;
      if (!linked && !(readable && looksOver(cls, result))) return first;
      const to = { ...body, sourcedId: first.sourcedId };
      const of = to.lineItem.sourcedId;
      const list = this.resultsOf(to.class?.sourcedId ?? '', of);
      const listed = () => list;
      const triedByOthers = (linkedTo: string) => parts.lanes.triedByOthers(result.id, linkedTo);
      // that it went for another student says nothing of what this one has there
      return this.lookUnlessNewer(of, `${result.id} ${to.student.sourcedId}`, result, to, () =>
        placeOverResult(cls, result, to, action, { listed, health, triedByOthers }),
      );
    };
  }

  /**
   * Looks, unless something was stored for `who` since the same list let it through: the list is older than what we
   * wrote ourselves then, and of a row that is edited again and again it shows what nobody remembers to have sent.
   */
  private async lookUnlessNewer(
    of: string,
    who: string,
    row: Pick<Result, 'acked' | 'ackedVersion' | 'version'>,
    place: { sourcedId: string },
    look: () => Promise<Place>,
  ): Promise<Place> {
    const passed = this.moment.passedBy(of);
    const before = passed.get(who);
    if (before !== undefined && row.acked !== null && row.ackedVersion >= before) return place;
    const found = await look();
    if (!('how' in found) && before === undefined) passed.set(who, row.version);
    return found;
  }

  /** Those whose student the SIS shows a result of already: each goes by itself, under the id that it has there. */
  async standing(facts: ClassRun, on: LineItem, group: Result[]): Promise<Set<Result>> {
    const { cls } = facts;
    const [first] = group;
    const classId = sisIdOf(cls, cls.settings);
    const sourcedId = lineItemIdOf(cls, on);
    if (!first || !this.run.readable || classId === null || !group.some((row) => looksOver(cls, row)))
      return new Set();
    const listed = await this.resultsOf(classId, sourcedId);
    // whatever is wrong with the list, each of them meets it, and is told
    if (listed && listed.kind !== 'read') return listed.kind === 'refused' ? new Set() : new Set(group);
    const students = new Set(listed?.value.map(studentOf));
    return new Set(group.filter(({ student }) => students.has(sisIdOf(student, cls.settings) ?? undefined)));
  }

  /** What the SIS shows of a lineItem now, asked for once for all that is sent to it in the same moment. */
  private resultsOf(classId: string, lineItemId: string) {
    return this.moment.list(lineItemId, () => this.run.client.readResults(classId, lineItemId));
  }
}
