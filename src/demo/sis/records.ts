/** What the demo SIS holds: its collections in memory, with the indexes that its reads need. */
import type { Category, LineItem, Result } from './schemas.ts';

export interface School {
  sourcedId: string;
  title: string;
}
export interface AcademicSession {
  sourcedId: string;
  title: string;
  type: 'term' | 'gradingPeriod';
  startDate: string;
  endDate: string;
  schoolYear: string;
  parentSourcedId?: string | undefined;
}
/** What readers of changes ask by; left out: as when the SIS was started. */
interface Dated {
  status?: 'active' | 'tobedeleted' | undefined;
  dateLastModified?: string | undefined;
}
export interface SchoolClass extends Dated {
  sourcedId: string;
  title: string;
  classCode?: string | undefined;
  schoolSourcedId: string;
  termSourcedIds: string[];
  studentSourcedIds: string[];
  leftStudents?: { sourcedId: string; at: string }[] | undefined;
  /** of those who came later */
  joinedAt?: Record<string, string> | undefined;
}
export interface Student extends Dated {
  sourcedId: string;
  givenName: string;
  familyName: string;
  email?: string | undefined;
  identifier?: string | undefined;
}
/** A category with the classes that it belongs to; one without classes is offered to all of them. */
export type OwnedCategory = Category & { classSourcedIds?: string[] | undefined };

export interface Collections {
  schools: School;
  academicSessions: AcademicSession;
  classes: SchoolClass;
  students: Student;
  categories: OwnedCategory;
  lineItems: LineItem;
  results: Result;
  /** lineItems that a teacher has locked */
  locks: { sourcedId: string };
}
export type CollectionName = keyof Collections;
export type Contents = { [N in CollectionName]: Collections[N][] };
export type Change =
  | { put: CollectionName; object: Collections[CollectionName] }
  | { remove: CollectionName; sourcedId: string };

export const COLLECTION_NAMES: CollectionName[] = [
  'schools',
  'academicSessions',
  'classes',
  'students',
  'categories',
  'lineItems',
  'results',
  'locks',
];

export class Records {
  #maps: { [N in CollectionName]: Map<string, Collections[N]> } = {
    schools: new Map(),
    academicSessions: new Map(),
    classes: new Map(),
    students: new Map(),
    categories: new Map(),
    lineItems: new Map(),
    results: new Map(),
    locks: new Map(),
  };
  // Without these two, reading one lineItem's results back would walk all results of the district.
  #lineItemsByClass = new Map<string, Set<string>>();
  #resultsByLineItem = new Map<string, Set<string>>();
  #activeResultByPair = new Map<string, string>();
  /** goes up with every change */
  changes = 0;
  /** Told of every change, after it; the journal of the state file listens here. */
  onChange: (change: Change) => void = () => {};

  get<N extends CollectionName>(name: N, id: string): Collections[N] | undefined {
    return this.#maps[name].get(id);
  }

  list<N extends CollectionName>(name: N): Collections[N][] {
    return [...this.#maps[name].values()];
  }

  put<N extends CollectionName>(name: N, object: Collections[N]): void {
    this.changes++;
    this.#unindex(name, object.sourcedId);
    this.#maps[name].set(object.sourcedId, object);
    if (name === 'lineItems') addTo(this.#lineItemsByClass, (object as LineItem).class.sourcedId, object);
    if (name === 'results') this.#indexResult(object as Result);
    this.onChange({ put: name, object });
  }

  remove(name: CollectionName, id: string): boolean {
    this.changes++;
    this.#unindex(name, id);
    const removed = this.#maps[name].delete(id);
    if (removed) this.onChange({ remove: name, sourcedId: id });
    return removed;
  }

  lineItemsOfClass(classId: string): LineItem[] {
    return [...(this.#lineItemsByClass.get(classId) ?? [])].flatMap((id) => this.get('lineItems', id) ?? []);
  }

  resultsOfLineItem(lineItemId: string): Result[] {
    return [...(this.#resultsByLineItem.get(lineItemId) ?? [])].flatMap(
      (id) => this.get('results', id) ?? [],
    );
  }

  /** The result that counts for a student, if there is one: a record to be deleted counts no more. */
  resultOf(lineItemId: string, studentId: string): Result | undefined {
    return this.get('results', this.#activeResultByPair.get(pair(lineItemId, studentId)) ?? '');
  }

  contents(): Contents {
    return Object.fromEntries(COLLECTION_NAMES.map((name) => [name, this.list(name)])) as Contents;
  }

  apply(change: Change): void {
    if ('put' in change) this.put(change.put, change.object);
    else this.remove(change.remove, change.sourcedId);
  }

  #indexResult(result: Result): void {
    addTo(this.#resultsByLineItem, result.lineItem.sourcedId, result);
    const key = pair(result.lineItem.sourcedId, result.student.sourcedId);
    if (result.status === 'active') this.#activeResultByPair.set(key, result.sourcedId);
  }

  #unindex(name: CollectionName, id: string): void {
    const lineItem = name === 'lineItems' ? this.get('lineItems', id) : undefined;
    if (lineItem) this.#lineItemsByClass.get(lineItem.class.sourcedId)?.delete(id);
    const result = name === 'results' ? this.get('results', id) : undefined;
    if (!result) return;
    this.#resultsByLineItem.get(result.lineItem.sourcedId)?.delete(id);
    const key = pair(result.lineItem.sourcedId, result.student.sourcedId);
    if (this.#activeResultByPair.get(key) === id) this.#activeResultByPair.delete(key);
  }
}

const pair = (lineItemId: string, studentId: string): string => JSON.stringify([lineItemId, studentId]);

function addTo(index: Map<string, Set<string>>, key: string, object: { sourcedId: string }): void {
  const ids = index.get(key) ?? new Set();
  index.set(key, ids.add(object.sourcedId));
}
