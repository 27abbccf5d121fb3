/** Who is, or was, in which class: the demo SIS keeps that with its classes, OneRoster as objects of their own. */
import type { Records, SchoolClass } from './records.ts';
import type { Wire } from './query.ts';
import type { Wires } from './wire.ts';

export function allEnrollments(records: Records, wires: Wires): Wire[] {
  return records.list('classes').flatMap((given) => enrollmentsOf(given, wires));
}

export function oneEnrollment(id: string, records: Records, wires: Wires): Wire | undefined {
  return allEnrollments(records, wires).find((enrollment) => enrollment['sourcedId'] === id);
}

function enrollmentsOf(given: SchoolClass, wires: Wires): Wire[] {
  const left = given.leftStudents ?? [];
  return [
    ...given.studentSourcedIds.map((user) => wires.enrollment(given, user, { at: given.joinedAt?.[user] })),
    ...left.map(({ sourcedId, at }) => wires.enrollment(given, sourcedId, { at, left: true })),
  ];
}

/** The class without the student, or with him: a change that a reader of changes sees. */
export function moved(given: SchoolClass, student: string, joins: boolean, at: string): SchoolClass {
  const others = given.studentSourcedIds.filter((id) => id !== student);
  const gone = (given.leftStudents ?? []).filter(({ sourcedId }) => sourcedId !== student);
  return joins
    ? {
        ...given,
        studentSourcedIds: [...others, student],
        leftStudents: gone,
        joinedAt: { ...given.joinedAt, [student]: at },
      }
    : { ...given, studentSourcedIds: others, leftStudents: [...gone, { sourcedId: student, at }] };
}
