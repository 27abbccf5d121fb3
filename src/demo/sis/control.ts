/** The levers behind the demo SIS's back: faults, tokens, objects, rules, and what it saw. */
import { moved } from './enrollments.ts';
import type { RequestEntry } from './exchange.ts';
import { Faults } from './faults.ts';
import type { ArmedFault, FaultSpec } from './faults.ts';
import type { Tokens } from './oauth.ts';
import type { CollectionName, Collections, Contents, Records } from './records.ts';
import { DEFAULT_RULES } from './rules.ts';
import type { Rules } from './rules.ts';
import { seedRecords } from './seed.ts';
import type { DistrictSeed } from './seed.ts';
import { removeWhole } from './writes.ts';
import type { StaleWrites } from './writes.ts';

/** Bodies of this many requests are kept; the counts go on for ever. */
const LOG_LIMIT = 50_000;

export type EntryFilter = Partial<Pick<RequestEntry, 'method' | 'kind' | 'status' | 'sourcedId' | 'fault'>>;

export class Control {
  /** every request since the last reset, oldest first, those of the token endpoint included */
  requests: RequestEntry[] = [];
  readonly rules: Rules = { ...DEFAULT_RULES };
  readonly faults: Faults;
  readonly staleWrites: StaleWrites = { count: 0 };
  latencyMs: number;
  /** most requests that were under way at once since the last reset */
  mostAtOnce = 0;
  #records: Records;
  #tokens: Tokens;
  #counts = new Map<string, number>();
  #underWay = 0;

  constructor(records: Records, tokens: Tokens, latencyMs: number, randomSeed: number) {
    this.#records = records;
    this.#tokens = tokens;
    this.latencyMs = latencyMs;
    this.faults = new Faults(randomSeed);
  }

  /** @internal Called by the SIS for each request as it arrives. */
  record(entry: RequestEntry): void {
    this.requests.push(entry);
    // A whole chunk at a time: shifting one by one would cost more than the request.
    if (this.requests.length > LOG_LIMIT * 1.2) this.requests = this.requests.slice(-LOG_LIMIT);
    const key = `${entry.method} ${entry.kind}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** @internal Called by the SIS as a request comes; answers how many are under way with it. */
  begun(): number {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay);
    return this.#underWay;
  }
  /** @internal */
  ended(): void {
    this.#underWay--;
  }

  get tokenRequests(): RequestEntry[] {
    return this.requests.filter((entry) => entry.kind === 'token');
  }

  /** Requests by method and kind, e.g. `{'PUT result': 60, 'GET lineItems': 1, 'POST token': 1}`. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** How many logged requests agree with every field that is given. */
  count(filter: EntryFilter): number {
    const fields = Object.entries(filter) as [keyof EntryFilter, unknown][];
    return this.requests.filter((entry) => fields.every(([name, value]) => entry[name] === value)).length;
  }

  /** PUT, POST and DELETE that reached the gradebook. */
  writes(): RequestEntry[] {
    return this.requests.filter((entry) => entry.method !== 'GET' && entry.kind !== 'token');
  }

  resetCounts(): void {
    this.requests = [];
    this.#counts.clear();
    this.mostAtOnce = 0;
    this.staleWrites.count = 0;
  }

  seed(district: DistrictSeed): void {
    seedRecords(this.#records, district);
  }
  /** A misspelt rule is refused: one that changes nothing proves nothing. */
  setRules(changed: Partial<Rules>): void {
    const strange = Object.keys(changed).find((name) => !(name in DEFAULT_RULES));
    if (strange !== undefined) throw new Error(`there is no rule ${strange}`);
    Object.assign(this.rules, changed);
  }
  setLatency(ms: number): void {
    this.latencyMs = ms;
  }
  arm(fault: FaultSpec): string {
    return this.faults.arm(fault);
  }
  disarm(id?: string): void {
    this.faults.disarm(id);
  }
  armed(): ArmedFault[] {
    return this.faults.list();
  }
  revokeTokens(): void {
    this.#tokens.revokeAll();
  }
  rotateSecret(clientId: string, secret: string): void {
    this.#tokens.rotateSecret(clientId, secret);
  }

  contents(): Contents {
    return this.#records.contents();
  }
  get<N extends CollectionName>(collection: N, id: string): Collections[N] | undefined {
    return this.#records.get(collection, id);
  }
  /** The result that counts for a student, whatever its sourcedId. */
  resultOf(lineItemId: string, studentId: string): Collections['results'] | undefined {
    return this.#records.resultOf(lineItemId, studentId);
  }
  /** Stores an object as given, without any check. */
  put<N extends CollectionName>(collection: N, object: Collections[N]): void {
    this.#records.put(collection, object);
  }
  /** Changes fields of an object behind the caller's back; false when there is no such object. */
  edit<N extends CollectionName>(collection: N, id: string, changed: Partial<Collections[N]>): boolean {
    const object = this.#records.get(collection, id);
    if (object) this.#records.put(collection, { ...object, ...changed });
    return object !== undefined;
  }
  remove(collection: CollectionName, id: string): boolean {
    return collection === 'lineItems'
      ? removeWhole(this.#records, collection, id)
      : this.#records.remove(collection, id);
  }
  /** A teacher locks the assignment: writes to it and to its results get 409. */
  lock(lineItemId: string): void {
    this.#records.put('locks', { sourcedId: lineItemId });
  }
  unlock(lineItemId: string): void {
    this.#records.remove('locks', lineItemId);
  }
  /** The student leaves the class; results stay. */
  dropStudent(classId: string, studentId: string): boolean {
    return this.#move(classId, studentId, false);
  }
  addStudent(classId: string, studentId: string): boolean {
    return this.#move(classId, studentId, true);
  }
  #move(classId: string, studentId: string, joins: boolean): boolean {
    const given = this.#records.get('classes', classId);
    return (
      given !== undefined &&
      this.edit('classes', classId, moved(given, studentId, joins, new Date().toISOString()))
    );
  }

  /** Waits until the predicate holds; rejects after the timeout. */
  async waitFor(predicate: (control: Control) => boolean, timeoutMs = 5000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!predicate(this)) {
      if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${String(predicate)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
