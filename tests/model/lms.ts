/** What the LMS says of one class, and what it said last. */
import type { Scope } from '../../src/passback/ports/callers.ts';
import type { Store } from '../../src/passback/ports/store.ts';

export const lineItems = ['a', 'b'] as const;
export const students = ['s1', 's2'] as const;
export type LineItemKey = (typeof lineItems)[number];
export type StudentKey = (typeof students)[number];
/** A result; a lineItem is the cell of no student. */
export const cellOf = (key: string, student = '') => `${key} ${student}`;

export class Lms {
  readonly titles = new Map<LineItemKey, string>();
  /** by cell */
  readonly scores = new Map<string, number>();
  readonly inactive = new Set<StudentKey>();
  private readonly store: Store;
  private readonly place: { scope: Scope; cls: string; removed(cell: string): void };

  /** `removed` is told of cells that the LMS has no more */
  constructor(store: Store, place: { scope: Scope; cls: string; removed(cell: string): void }) {
    this.store = store;
    this.place = place;
  }

  async lineItem(key: LineItemKey, title: string): Promise<void> {
    const { scope, cls } = this.place;
    await this.store.gradebook.putLineItem(scope, cls, key, {
      title,
      categoryId: 'hw',
      dueDate: '2026-11-20T23:59:00Z',
      resultValueMax: 100,
      published: true,
      syncToSis: true,
      assignedTo: 'everyone',
      dueDateVaries: false,
    });
    this.titles.set(key, title);
  }
  async removeLineItem(key: LineItemKey): Promise<void> {
    if (!this.titles.delete(key)) return;
    for (const student of students) this.forget(key, student);
    this.place.removed(cellOf(key));
    await this.store.gradebook.removeLineItem(this.place.scope, this.place.cls, key);
  }
  async score(key: LineItemKey, student: StudentKey, score: number): Promise<void> {
    if (!this.titles.has(key)) await this.lineItem(key, `Title of ${key}`);
    const { scope, cls } = this.place;
    await this.store.gradebook.putResult(scope, cls, rowOf(key, student, score));
    this.scores.set(cellOf(key, student), score);
  }
  /** All cells at once, each with another score. */
  async batch(score: number): Promise<void> {
    const { scope, cls } = this.place;
    const cells = [...this.titles.keys()].flatMap((key) => students.map((student) => ({ key, student })));
    const rows = cells.map(({ key, student }, i) => rowOf(key, student, score + i));
    await this.store.gradebook.putResults(scope, cls, rows);
    for (const row of rows) this.scores.set(cellOf(row.lineItemId, row.studentId), row.score);
  }
  async removeScore(key: LineItemKey, student: StudentKey): Promise<void> {
    if (!this.scores.has(cellOf(key, student))) return;
    this.forget(key, student);
    await this.store.gradebook.removeResult(this.place.scope, this.place.cls, key, student);
  }
  async student(key: StudentKey, active: boolean): Promise<void> {
    if (active) this.inactive.delete(key);
    else this.inactive.add(key);
    const { scope, cls } = this.place;
    await this.store.classes.putStudent(scope, cls, key, { sourcedId: `sis-${key}`, active });
  }

  private forget(key: LineItemKey, student: StudentKey): void {
    this.scores.delete(cellOf(key, student));
    this.place.removed(cellOf(key, student));
  }
}

const rowOf = (lineItemId: LineItemKey, studentId: StudentKey, score: number) => ({
  lineItemId,
  studentId,
  score,
  late: false,
  posted: true,
});
