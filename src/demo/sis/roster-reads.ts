/** The reads of the rostering service that a passback client needs. */
import { allEnrollments, oneEnrollment } from './enrollments.ts';
import { SCOPES } from './oauth.ts';
import type { Wire } from './query.ts';
import type { Read } from './reads.ts';
import type { AcademicSession, Records, SchoolClass } from './records.ts';
import type { Wires } from './wire.ts';

const BASE = ['sourcedId', 'status', 'dateLastModified', 'metadata'];
const ORG = [...BASE, 'name', 'type', 'identifier'];
const CLASS = [...BASE, 'title', 'classCode', 'classType', 'course', 'school', 'terms'];
const SESSION = [...BASE, 'title', 'startDate', 'endDate', 'type', 'schoolYear', 'parent', 'children'];
const ENROLLMENT = [...BASE, 'user', 'class', 'school', 'role'];
const USER = [...BASE, 'enabledUser', 'givenName', 'familyName', 'email', 'identifier', 'roles'];

type SessionType = AcademicSession['type'];

export function rosterReads(records: Records, wires: Wires): Read[] {
  const scopes = [SCOPES.roster, SCOPES.rosterCore];
  // roster-core stops at whole collections and single objects
  const nested = { scopes: [SCOPES.roster] };
  const sessions = (keep: (session: AcademicSession) => boolean) =>
    records
      .list('academicSessions')
      .filter(keep)
      .map((session) => wires.academicSession(session));
  const session = (id: string, ...types: SessionType[]) => {
    const found = records.get('academicSessions', id);
    return found && types.includes(found.type) ? wires.academicSession(found) : undefined;
  };
  const students = (ids: string[]) => {
    const schools = wires.schools(ids);
    return ids.flatMap((id) => records.get('students', id) ?? []).map((s) => wires.student(s, schools));
  };
  const studentsOfClass = (id: string) => students(records.get('classes', id)?.studentSourcedIds ?? []);
  const classesWhere = (keep: (given: SchoolClass) => boolean) =>
    records
      .list('classes')
      .filter(keep)
      .map((c) => wires.schoolClass(c));

  const orgs = () => records.list('schools').map((school) => wires.org(school));
  const org = (id: string) => orgs().find((found) => found['sourcedId'] === id);
  // a district is read page by page, and each page is cut from the whole list
  const kept = (make: () => Wire[]) => {
    let at = -1;
    let made: Wire[] = [];
    return () => {
      if (at !== records.changes) [made, at] = [make(), records.changes];
      return [...made];
    };
  };
  const users = kept(() => students(records.list('students').map((s) => s.sourcedId)));
  const user = (id: string) => students([id])[0];

  const orgRows = ['/orgs', '/schools'].flatMap((path): Read[] => [
    { path, envelope: 'orgs', fields: ORG, scopes, all: orgs },
    { path: `${path}/:id`, envelope: 'org', fields: ORG, scopes, one: ({ id }) => org(id) },
  ]);
  const userRows = ['/users', '/students'].flatMap((path): Read[] => [
    { path, envelope: 'users', fields: USER, scopes, all: users },
    { path: `${path}/:id`, envelope: 'user', fields: USER, scopes, one: ({ id }) => user(id) },
  ]);
  const sessionTypes: [string, SessionType[]][] = [
    ['/academicSessions', ['term', 'gradingPeriod']],
    ['/terms', ['term']],
    ['/gradingPeriods', ['gradingPeriod']],
  ];
  const sessionRows = sessionTypes.flatMap(([path, types]): Read[] => [
    {
      path,
      envelope: 'academicSessions',
      fields: SESSION,
      scopes,
      all: () => sessions((s) => types.includes(s.type)),
    },
    {
      path: `${path}/:id`,
      envelope: 'academicSession',
      fields: SESSION,
      scopes,
      one: ({ id }) => session(id, ...types),
    },
  ]);
  const classes = { envelope: 'classes', fields: CLASS };
  return [
    ...orgRows,
    ...userRows,
    ...sessionRows,
    {
      path: '/enrollments',
      envelope: 'enrollments',
      fields: ENROLLMENT,
      scopes,
      all: kept(() => allEnrollments(records, wires)),
    },
    {
      path: '/enrollments/:id',
      envelope: 'enrollment',
      fields: ENROLLMENT,
      scopes,
      one: ({ id }) => oneEnrollment(id, records, wires),
    },
    { ...classes, path: '/classes', scopes, all: () => classesWhere(() => true) },
    {
      ...classes,
      path: '/classes/:id',
      envelope: 'class',
      scopes,
      one: ({ id }) => classesWhere((c) => c.sourcedId === id)[0],
    },
    {
      ...classes,
      ...nested,
      path: '/schools/:schoolId/classes',
      all: ({ schoolId }) => classesWhere((c) => c.schoolSourcedId === schoolId),
    },
    {
      ...classes,
      ...nested,
      path: '/students/:id/classes',
      all: ({ id }) => classesWhere((c) => c.studentSourcedIds.includes(id)),
    },
    // The specification gives these nested lists no 404: an unknown parent has none.
    ...['/classes/:classId/students', '/schools/:schoolId/classes/:classId/students'].map((path): Read => ({
      ...nested,
      path,
      envelope: 'users',
      fields: USER,
      all: (p) => studentsOfClass(p.classId),
    })),
    {
      ...nested,
      path: '/terms/:id/gradingPeriods',
      envelope: 'academicSessions',
      fields: SESSION,
      all: ({ id }) => sessions((s) => s.type === 'gradingPeriod' && s.parentSourcedId === id),
    },
    {
      ...nested,
      ...classes,
      path: '/terms/:id/classes',
      all: ({ id }) => classesWhere((c) => c.termSourcedIds.includes(id)),
    },
  ];
}
