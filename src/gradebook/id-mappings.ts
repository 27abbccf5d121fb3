/**
 * A list of ids of the SIS for classes and students, against what is known here: what it would change, and what is
 * wrong with which line. Pure; whoever writes it down writes exactly what stands in `writes`.
 */

/** One line of the list; an id that is left empty (null) stays as it is. */
export interface IdRow {
  /** of the file, the header being 1 */
  line: number;
  kind: 'class' | 'student';
  /** null: every class that has the student */
  classKey: string | null;
  studentKey: string | null;
  sourcedId: string | null;
  customId: string | null;
}
/** A line that cannot be read, and why. */
export interface BadIdRow {
  line: number;
  detail: string;
}

interface Ids {
  sourcedId: string | null;
  customId: string | null;
}
export interface KnownClass extends Ids {
  key: string;
}
/** One student in one class. */
export interface KnownStudent extends Ids {
  classKey: string;
  key: string;
  active: boolean;
}

export type IdOutcome = 'changed' | 'unchanged' | 'unknown' | 'duplicate' | 'invalid';
export interface IdChange {
  classKey: string;
  /** null: the class's own id */
  studentKey: string | null;
  field: keyof Ids;
  from: string | null;
  to: string;
}
export interface IdRowReport {
  line: number;
  outcome: IdOutcome;
  detail: string | null;
  changes: IdChange[];
  /** classes in which another active student would then have the same id: nobody's scores go until that is mended */
  sharedIn: string[];
}
export interface IdPlan {
  rows: IdRowReport[];
  /** as they will be */
  writes: { classes: KnownClass[]; students: KnownStudent[] };
}

type Target = { class: KnownClass; student: KnownStudent | null };

/** The lines in the order of the file; of two that say something of the same, the first one counts. */
export function planIds(
  rows: readonly (IdRow | BadIdRow)[],
  classes: readonly KnownClass[],
  students: readonly KnownStudent[],
): IdPlan {
  const found = finder(classes, students);
  const saidIn = new Map<Ids, number>();
  const changed = new Map<Ids, Ids>();
  const reports = rows.map((row): IdRowReport => {
    const report = (outcome: IdOutcome, detail: string | null = null, changes: IdChange[] = []) => ({
      ...{ line: row.line, outcome, detail, changes, sharedIn: [] },
    });
    if ('detail' in row) return report('invalid', row.detail);
    const targets = found(row);
    if (targets.length === 0) return report('unknown', nobody(row));
    const things = targets.map((t) => t.student ?? t.class);
    const before = things.map((thing) => saidIn.get(thing)).find((line) => line !== undefined);
    if (before !== undefined) return report('duplicate', `line ${before} is about the same`);
    for (const thing of things) saidIn.set(thing, row.line);
    const changes = targets.flatMap((target) => changesOf(row, target));
    if (changes.length === 0) return report('unchanged');
    for (const thing of things) changed.set(thing, idsAfter(row, thing));
    return report('changed', null, changes);
  });
  const classesAfter = classes.flatMap((c) => after(c, changed));
  const studentsAfter = students.flatMap((s) => after(s, changed));
  return {
    rows: withShared(reports, students, changed),
    writes: { classes: classesAfter, students: studentsAfter },
  };
}

/** Nothing is amiss: all of it can be written. */
export const isFine = (row: IdRowReport): boolean => row.outcome === 'changed' || row.outcome === 'unchanged';

function finder(classes: readonly KnownClass[], students: readonly KnownStudent[]): (row: IdRow) => Target[] {
  const classOf = new Map(classes.map((c) => [c.key, c]));
  const studentsOf = new Map<string, KnownStudent[]>();
  for (const s of students) studentsOf.set(s.key, [...(studentsOf.get(s.key) ?? []), s]);
  return ({ kind, classKey, studentKey }) => {
    if (kind === 'class')
      return [classOf.get(classKey ?? '')].flatMap((c) => (c ? [{ class: c, student: null }] : []));
    return (studentsOf.get(studentKey ?? '') ?? [])
      .filter((s) => classKey === null || s.classKey === classKey)
      .flatMap((student) =>
        [classOf.get(student.classKey)].flatMap((c) => (c ? [{ class: c, student }] : [])),
      );
  };
}

/** What lies outside of the caller's domain is told in the same words as what there is not. */
function nobody({ kind, classKey }: IdRow): string {
  if (kind === 'class') return 'there is no class of this id here';
  return classKey === null
    ? 'no class here has a student of this id'
    : 'this class has no student of this id, or is not here';
}

const idsAfter = (row: Ids, thing: Ids): Ids => ({
  sourcedId: row.sourcedId ?? thing.sourcedId,
  customId: row.customId ?? thing.customId,
});

function changesOf(row: IdRow, target: Target): IdChange[] {
  const thing = target.student ?? target.class;
  return (['sourcedId', 'customId'] as const).flatMap((field) => {
    const to = row[field];
    if (to === null || to === thing[field]) return [];
    const of = { classKey: target.class.key, studentKey: target.student?.key ?? null };
    return [{ ...of, field, from: thing[field], to }];
  });
}

const after = <T extends Ids>(thing: T, changed: Map<Ids, Ids>): T[] => {
  const ids = changed.get(thing);
  return ids ? [{ ...thing, ...ids }] : [];
};

/** Which changes give two active students of a class the same id. */
function withShared(
  reports: IdRowReport[],
  students: readonly KnownStudent[],
  changed: Map<Ids, Ids>,
): IdRowReport[] {
  const name = (classKey: string, field: string, id: string) => JSON.stringify([classKey, field, id]);
  const owners = new Map<string, number>();
  for (const s of students.filter((s) => s.active))
    for (const field of ['sourcedId', 'customId'] as const) {
      const id = (changed.get(s) ?? s)[field];
      if (id !== null)
        owners.set(name(s.classKey, field, id), (owners.get(name(s.classKey, field, id)) ?? 0) + 1);
    }
  return reports.map((report) => {
    const shared = report.changes.filter(
      (c) => c.studentKey !== null && (owners.get(name(c.classKey, c.field, c.to)) ?? 0) > 1,
    );
    return { ...report, sharedIn: [...new Set(shared.map((c) => c.classKey))] };
  });
}
