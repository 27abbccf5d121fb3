/** What the teacher's page knows about its class, and how it is read. */
import { path, type Api } from '../api.ts';
import type { Cell, LineItem, Reason, SchoolClass, Student, Sync } from '../answers.ts';
import { isUpToDate } from '../words.ts';

export type Assignment = LineItem;
export interface ClassData {
  schoolClass: SchoolClass;
  assignments: Assignment[];
  students: Map<string, Student>;
  lastSync: Sync | null;
  causes: Cause[];
}
/** Everything that waits for one and the same thing. */
export interface Cause {
  reason: Reason;
  assignments: LineItem[];
  scores: Cell[];
}

export async function readClass(api: Api, classId: string): Promise<ClassData> {
  const schoolClass = await api.get<SchoolClass>(path`classes/${classId}`);
  const [students, changing] = await Promise.all([
    api.all<Student>(path`classes/${classId}/students`),
    readChanging(api, classId),
  ]);
  return { schoolClass, students: new Map(students.map((s) => [s.studentId, s])), ...changing };
}

/** The part that changes while the page is open. */
export async function readChanging(
  api: Api,
  classId: string,
): Promise<Pick<ClassData, 'assignments' | 'lastSync' | 'causes'>> {
  const [items, syncs, attention, conflicts] = await Promise.all([
    api.all<LineItem>(path`classes/${classId}/lineItems`),
    api.get<{ items: Sync[] }>(`syncs?classId=${encodeURIComponent(classId)}&limit=20`),
    api.all<Cell>(path`classes/${classId}/results?state=needsAttention`),
    api.all<Cell>(path`classes/${classId}/results?state=conflict`),
  ]);
  const assignments = items.toSorted(
    (a, b) => byDate(a.dueDate, b.dueDate) || a.title.localeCompare(b.title),
  );
  return {
    assignments,
    lastSync: syncs.items.find((sync) => !sync.dryRun) ?? null,
    causes: causesOf(items, [...attention, ...conflicts]),
  };
}

const holdUps = new Set([
  'PASSBACK_OFF',
  'DOMAIN_EXCLUDED',
  'NO_CONNECTION',
  'DOMAIN_PAUSED',
  'CONNECTION_BROKEN',
]);

/** Is there something that holds up the whole class? It is said once, at the top, not at each assignment. */
export const holdsUp = (reason: Reason | null) => reason !== null && holdUps.has(reason.code);

export function holdUpOf(assignments: LineItem[]): Reason | null {
  return assignments.find(({ reason }) => holdsUp(reason))?.reason ?? null;
}

export const syncsToSis = (item: Assignment) => item.overrides.syncToSis ?? item.syncToSis;

export const scoresInSis = (assignments: LineItem[]) =>
  assignments.reduce(
    (all, { cells }) =>
      all +
      Object.entries(cells).reduce((n, [state, count]) => n + (isUpToDate(state as never) ? count : 0), 0),
    0,
  );

export function studentName(students: ClassData['students'], studentId: string): string {
  const student = students.get(studentId);
  const name = [student?.familyName, student?.givenName].filter(Boolean).join(', ');
  return name || studentId;
}

/** One entry per cause, not per score; a score that only waits for its assignment is told by the assignment's own. */
function causesOf(items: LineItem[], cells: Cell[]): Cause[] {
  const causes = new Map<string, Cause>();
  const causeOf = (reason: Reason) => {
    const key = `${reason.code} ${reason.message}`;
    const cause = causes.get(key) ?? { reason, assignments: [], scores: [] };
    causes.set(key, cause);
    return cause;
  };
  for (const item of items) {
    if ((item.state === 'needsAttention' || item.state === 'conflict') && item.reason) {
      causeOf(item.reason).assignments.push(item);
    }
  }
  for (const cell of cells) {
    if (cell.reason && cell.reason.code !== 'LINE_ITEM_WAITS') causeOf(cell.reason).scores.push(cell);
  }
  return [...causes.values()].sort(
    (a, b) => b.assignments.length - a.assignments.length || b.scores.length - a.scores.length,
  );
}

const byDate = (a: string | null, b: string | null) =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : Date.parse(a) - Date.parse(b);
