/** How the demo SIS's own records look in OneRoster 1.2: rostering objects and categories. */
import type { AcademicSession, OwnedCategory, Records, School, SchoolClass, Student } from './records.ts';
import type { Wire } from './query.ts';

const PATH_OF = {
  org: 'orgs',
  class: 'classes',
  academicSession: 'academicSessions',
  course: 'courses',
  user: 'users',
};

/** The records carry no date of their own; the SIS says when it was started with them. */
export class Wires {
  #rosteringUrl: string;
  #records: Records;
  #since = new Date().toISOString();

  constructor(rosteringUrl: string, records: Records) {
    this.#rosteringUrl = rosteringUrl;
    this.#records = records;
  }

  org(school: School): Wire {
    return {
      ...this.#base(school.sourcedId),
      name: school.title,
      type: 'school',
      identifier: school.sourcedId,
    };
  }

  schoolClass(given: SchoolClass): Wire {
    return {
      ...this.#base(given.sourcedId, given),
      title: given.title,
      ...(given.classCode === undefined ? {} : { classCode: given.classCode }),
      classType: 'scheduled',
      course: this.#ref('course', `course-of-${given.sourcedId}`),
      school: this.#ref('org', given.schoolSourcedId),
      terms: given.termSourcedIds.map((id) => this.#ref('academicSession', id)),
    };
  }

  academicSession(session: AcademicSession): Wire {
    const { sourcedId, title, startDate, endDate, type, schoolYear, parentSourcedId } = session;
    const children = this.#records.list('academicSessions').filter((s) => s.parentSourcedId === sourcedId);
    return {
      ...this.#base(sourcedId),
      title,
      startDate,
      endDate,
      type,
      schoolYear,
      ...(parentSourcedId === undefined ? {} : { parent: this.#ref('academicSession', parentSourcedId) }),
      ...(children.length === 0
        ? {}
        : { children: children.map((c) => this.#ref('academicSession', c.sourcedId)) }),
    };
  }

  student(student: Student, own = this.schools([student.sourcedId])): Wire {
    const school = own.get(student.sourcedId) ?? this.#records.list('schools')[0]?.sourcedId ?? 'unknown';
    return {
      ...this.#base(student.sourcedId, student),
      enabledUser: 'true',
      givenName: student.givenName,
      familyName: student.familyName,
      ...(student.email === undefined ? {} : { email: student.email }),
      ...(student.identifier === undefined ? {} : { identifier: student.identifier }),
      roles: [{ roleType: 'primary', role: 'student', org: this.#ref('org', school) }],
    };
  }

  /** The school of each of these students: that of the first class that he is in. */
  schools(students: string[]): Map<string, string> {
    const asked = new Set(students);
    const found = new Map<string, string>();
    for (const { studentSourcedIds, schoolSourcedId } of this.#records.list('classes'))
      for (const id of studentSourcedIds) if (asked.has(id) && !found.has(id)) found.set(id, schoolSourcedId);
    return found;
  }

  enrollment(of: SchoolClass, user: string, { at, left }: { at?: string | undefined; left?: true }): Wire {
    const id = `${of.sourcedId}.${user}`;
    return {
      ...this.#base(id, { status: left ? 'tobedeleted' : 'active', dateLastModified: at }),
      user: this.#ref('user', user),
      class: this.#ref('class', of.sourcedId),
      school: this.#ref('org', of.schoolSourcedId),
      role: 'student',
    };
  }

  /** Where a category belongs to one class, metadata.classId says so, as Canvas and Microsoft read it. */
  category({ classSourcedIds, ...category }: OwnedCategory): Wire {
    const [classId, ...more] = classSourcedIds ?? [];
    if (classId === undefined || more.length > 0) return category;
    return { ...category, metadata: { ...category.metadata, classId } };
  }

  /** The categories that a class may use: its own and those of everyone. */
  categoriesOf(classId: string): Wire[] {
    const all = this.#records.list('categories');
    return all.filter((c) => c.classSourcedIds?.includes(classId) ?? true).map((c) => this.category(c));
  }

  #base(
    sourcedId: string,
    { status = 'active', dateLastModified = this.#since }: Pick<Student, 'status' | 'dateLastModified'> = {},
  ): Wire {
    return { sourcedId, status, dateLastModified };
  }

  #ref(type: keyof typeof PATH_OF, sourcedId: string) {
    return {
      href: `${this.#rosteringUrl}/${PATH_OF[type]}/${encodeURIComponent(sourcedId)}`,
      sourcedId,
      type,
    };
  }
}
