/**
 * The demo district: two schools (one excluded), three classes of 30 students, eight assignments each, with every
 * kind of cell that a real gradebook has. The same on every run of one day: no chance in it.
 */
import { cellKinds, type CellPut, type SisCell } from './cells.ts';
import { courses, familyNames, givenNames, schools, templates, UNLINKED, UNPUBLISHED } from './riverbend.ts';
import type { DistrictSeed } from './sis/seed.ts';

export interface DemoStudent {
  studentId: string;
  /** null: nobody has linked this student yet */
  sourcedId: string | null;
  givenName: string;
  familyName: string;
}
export interface DemoCell {
  student: DemoStudent;
  /** what the LMS sends; null: never scored */
  put: CellPut | null;
  /** what the SIS must hold in the end; null: nothing */
  sis: SisCell | null;
}
export interface DemoAssignment {
  lineItemId: string;
  /** the body of PUT …/lineItems/{id} */
  put: Record<string, unknown>;
  /** what the SIS must hold in the end; null: it is not sent */
  sis: { title: string; categorySourcedId: string; dueLocal: string; max: number } | null;
  cells: DemoCell[];
}
export interface DemoClass {
  classId: string;
  domainId: string;
  title: string;
  sourcedId: string;
  schoolSourcedId: string;
  excluded: boolean;
  teacher: string;
  categories: { id: string; title: string }[];
  /** category id here → in the SIS, for the one whose name differs there */
  mapping: Record<string, string>;
  sisCategories: { sourcedId: string; title: string }[];
  students: DemoStudent[];
  assignments: DemoAssignment[];
}
export interface DemoDistrict {
  domainId: string;
  name: string;
  timeZone: string;
  schools: { domainId: string; name: string; sourcedId: string; excluded: boolean }[];
  gradingPeriods: { sourcedId: string; title: string; startDate: string; endDate: string }[];
  classes: DemoClass[];
}

/** The district as it is on a given day of the district. */
export function riverbend(today: string): DemoDistrict {
  const timeZone = 'America/Chicago';
  const gradingPeriods = periodsAround(today);
  return {
    domainId: 'riverbend',
    name: 'Riverbend School District',
    timeZone,
    schools,
    gradingPeriods,
    classes: courses.map((course, index) => demoClass(course, index, today, gradingPeriods)),
  };
}

function demoClass(
  course: (typeof courses)[number],
  index: number,
  today: string,
  periods: DemoDistrict['gradingPeriods'],
): DemoClass {
  const { classId, title, teacher } = course;
  const school = schools[course.school] as (typeof schools)[number];
  const students = givenNames.map((givenName, i): DemoStudent => {
    const studentId = `${classId}-s${String(i + 1).padStart(2, '0')}`;
    const familyName = familyNames[(i * 7 + index * 11) % familyNames.length] ?? '';
    return {
      studentId,
      sourcedId: studentId === UNLINKED ? null : `sis-${studentId}`,
      givenName,
      familyName,
    };
  });
  const sisCategories = ['Homework', 'Tests', 'Projects'].map((name) => ({
    sourcedId: `sis-${classId}-${name.toLowerCase()}`,
    title: name,
  }));
  return {
    classId,
    domainId: school.domainId,
    title,
    teacher,
    sourcedId: `sis-${classId}`,
    schoolSourcedId: school.sourcedId,
    excluded: school.excluded,
    categories: [
      // Two find their SIS category by name; the third has another name here and is mapped.
      { id: 'homework', title: 'Homework' },
      { id: 'tests', title: 'tests' },
      { id: 'projects', title: 'Essays and projects' },
    ],
    mapping: { projects: `sis-${classId}-projects` },
    sisCategories,
    students,
    assignments: templates.map((template, at) => {
      const dueOn = template.due === null ? null : shift(today, -7 * template.due);
      const published = template.id !== UNPUBLISHED;
      const name = template.title.replace('{subject}', course.subject);
      const assignedOn = shift(dueOn ?? today, -7);
      const dueDefault = periods.find((p) => p.startDate <= assignedOn && assignedOn <= p.endDate)?.endDate;
      return {
        lineItemId: template.id,
        put: {
          title: name,
          categoryId: template.category,
          assignDate: `${assignedOn}T15:00:00Z`,
          ...(dueOn === null ? {} : { dueDate: `${shift(dueOn, 1)}T04:30:00Z` }),
          resultValueMin: 0,
          resultValueMax: template.max,
          published,
        },
        sis: published
          ? {
              title: name,
              categorySourcedId: `sis-${classId}-${template.category}`,
              dueLocal:
                dueOn === null ? `${dueDefault ?? ''} 23:59` : localText(`${shift(dueOn, 1)}T04:30:00Z`),
              max: template.max,
            }
          : null,
        cells: students.map((student, i) =>
          // The unlinked student came to the class lately: one score that needs attention shows what that is like.
          student.sourcedId === null && at > 0
            ? { student, put: null, sis: null }
            : demoCell(student, (i * 7 + at * 11) % 30, template.max, dueOn ?? today, published),
        ),
      };
    }),
  };
}

/** `slot` runs through 0…29 once per assignment, so that each has every kind of cell, each time at other students. */
function demoCell(
  student: DemoStudent,
  slot: number,
  max: number,
  day: string,
  published: boolean,
): DemoCell {
  const kind = cellKinds[slot];
  if (!kind) throw new Error(`There is no cell kind ${slot}.`);
  const { put, sis } = kind.of({ max, share: (slot * 37 + max) % 30, day });
  return { student, put, sis: published && student.sourcedId !== null ? sis : null };
}

/** What the demo SIS knows before the first sync: schools, terms, classes, students, categories; no grades. */
export function sisSeed(district: DemoDistrict): DistrictSeed {
  const [first, last] = [district.gradingPeriods[0], district.gradingPeriods.at(-1)];
  const term = {
    sourcedId: 'sis-year',
    title: 'School year',
    startDate: first?.startDate ?? '',
    endDate: last?.endDate ?? '',
  };
  return {
    schools: district.schools.map(({ sourcedId, name }) => ({ sourcedId, title: name })),
    terms: [term],
    gradingPeriods: district.gradingPeriods.map((period) => ({ ...period, termSourcedId: term.sourcedId })),
    students: district.classes.flatMap(({ students }) =>
      // The unlinked student is in the SIS too, only we do not know under which id.
      students.map(({ studentId, givenName, familyName }) => ({
        sourcedId: `sis-${studentId}`,
        givenName,
        familyName,
      })),
    ),
    classes: district.classes.map((c) => ({
      sourcedId: c.sourcedId,
      title: c.title,
      schoolSourcedId: c.schoolSourcedId,
      termSourcedIds: [term.sourcedId],
      categories: c.sisCategories,
      studentSourcedIds: c.students.map(({ studentId }) => `sis-${studentId}`),
    })),
  };
}

function periodsAround(today: string): DemoDistrict['gradingPeriods'] {
  const year = Number(today.slice(0, 4)) - (today.slice(5, 7) < '07' ? 1 : 0);
  return [
    {
      sourcedId: 'sis-semester-1',
      title: 'First semester',
      startDate: `${year}-07-01`,
      endDate: `${year}-12-31`,
    },
    {
      sourcedId: 'sis-semester-2',
      title: 'Second semester',
      startDate: `${year + 1}-01-01`,
      endDate: `${year + 1}-06-30`,
    },
  ];
}

function shift(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Date and minute in the district's zone: how people there read a due date. */
export function localText(iso: string, timeZone = 'America/Chicago'): string {
  return new Date(iso).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
}
