/** What the teacher's page knows about its class, and how it is read. */
import { path, type Api } from '../api.ts';
import type { Cell, CellState, LineItem, Reason, SchoolClass, Student, Sync } from '../answers.ts';
import type { ClassSending, Conflict, Deletion } from './teacher-answers.ts';
import { isUpToDate, needsSomeone } from '../words.ts';

export type Assignment = LineItem;
export interface ClassData {
  schoolClass: SchoolClass;
  assignments: Assignment[];
  students: Map<string, Student>;
  sending: ClassSending;
  lastSync: Sync | null;
  causes: Cause[];
  /** there are more scores that need somebody than were read */
  moreCauses: boolean;
  conflicts: Conflict[];
  moreConflicts: boolean;
  /** deleted here, and somebody should know that the SIS still has it */
  deletions: Deletion[];
}
/** Everything that waits for one and the same thing. */
export interface Cause {
  reason: Reason;
  assignments: LineItem[];
  scores: Cell[];
}

/** Enough to work with; more than that is one cause in many rows. */
const MOST = 1_000;

export async function readClass(api: Api, classId: string): Promise<ClassData> {
  const [schoolClass, students, items, sending, syncs, deletions] = await Promise.all([
    api.get<SchoolClass>(path`classes/${classId}`),
    api.all<Student>(path`classes/${classId}/students`),
    api.all<LineItem>(path`classes/${classId}/lineItems`),
    api.get<ClassSending>(path`classes/${classId}/sending`),
    api.get<{ items: Sync[] }>(`syncs?classId=${encodeURIComponent(classId)}&limit=20`),
    api.some<Deletion>(path`classes/${classId}/deletions`, MOST),
  ]);
  // what no assignment has is not asked for
  const any = (state: CellState) =>
    items.some((item) => item.state === state || (item.cells[state] ?? 0) > 0);
  const [attention, conflicts] = await Promise.all([
    any('needsAttention')
      ? api.some<Cell>(path`classes/${classId}/results?state=needsAttention`, MOST)
      : nothing<Cell>(),
    // what the SIS keeps to itself, or puts back again and again, needs somebody, and is decided about there
    any('conflict') || any('needsAttention')
      ? api.some<Conflict>(path`classes/${classId}/conflicts`, MOST)
      : nothing<Conflict>(),
  ]);
  const assignments = items.toSorted(
    (a, b) => byDate(a.dueDate, b.dueDate) || a.title.localeCompare(b.title),
  );
  return {
    schoolClass,
    students: new Map(students.map((student) => [student.studentId, student])),
    assignments,
    sending,
    lastSync: lastOf(syncs.items.filter((sync) => !sync.dryRun)),
    causes: causesOf(items, attention.items),
    moreCauses: attention.more,
    conflicts: conflicts.items,
    moreConflicts: conflicts.more,
    deletions: deletions.items.filter(({ state }) => state !== 'done'),
  };
}
/** What somebody has pressed and waits for is not hidden by what goes by itself. */
const lastOf = (syncs: Sync[]): Sync | null =>
  syncs.find(
    ({ trigger, status }) =>
      trigger !== 'automatic' && (status === 'processing' || status === 'awaitingConfirmation'),
  ) ??
  syncs[0] ??
  null;
const nothing = <T>() => ({ items: [] as T[], more: false });

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

export function sumOf(item: Pick<LineItem, 'cells'>, test: (state: CellState) => boolean): number {
  return Object.entries(item.cells).reduce(
    (n, [state, count]) => n + (test(state as CellState) ? count : 0),
    0,
  );
}

export const scoresInSis = (assignments: LineItem[]) =>
  assignments.reduce((all, item) => all + sumOf(item, isUpToDate), 0);

/** How an assignment stands together with its scores: each is in exactly one of these. */
export type Standing = 'upToDate' | 'changed' | 'attention' | 'notSynced';
export function standingOf(item: Assignment): Standing {
  if (needsSomeone(item.state) || sumOf(item, needsSomeone) > 0) return 'attention';
  if (item.state === 'skipped' || item.state === 'suppressed') return 'notSynced';
  const waits = (state: CellState) => !isUpToDate(state) && state !== 'skipped';
  return waits(item.state) || sumOf(item, waits) > 0 ? 'changed' : 'upToDate';
}

/** Names one score of the class. */
export const cellName = (lineItemId: string, studentId: string): string =>
  JSON.stringify([lineItemId, studentId]);

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
    if (item.state === 'needsAttention' && item.reason) causeOf(item.reason).assignments.push(item);
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
