/** The roster of a class: one student, or all of them at once. */
import { z } from 'zod';
import { RosterInput, StudentInput } from '../gradebook/local.ts';
import { bulkBodyLimit } from './body.ts';
import { everyone, gradebookWriters, noContent, ok, putAnswer, type Route, route } from './route.ts';
import {
  answered,
  answers,
  flag,
  FromSis,
  listOf,
  pageOf,
  PageQuery,
  putResponses,
  removed,
} from './views.ts';

export const StudentView = z
  .strictObject({ studentId: z.string(), ...answered(StudentInput.shape), fromSis: FromSis })
  .meta({ id: 'Student' });
const RosterView = z
  .strictObject({ active: z.int(), created: z.int(), updated: z.int(), deactivated: z.int() })
  .meta({ id: 'RosterAnswer' });
const tag = 'Students';

export const studentRoutes: Route[] = [
  route({
    method: 'get',
    path: '/v1/classes/{classId}/students',
    operationId: 'listStudents',
    summary: 'The students of a class',
    tag,
    roles: everyone,
    query: PageQuery,
    responses: answers(listOf(StudentView)),
    handle: async (c) => ok(await c.store.classes.students(c.scope, c.params.classId, pageOf(c.query))),
  }),
  route({
    method: 'put',
    path: '/v1/classes/{classId}/students',
    operationId: 'putRoster',
    summary: 'The whole roster: students who are not in it become inactive',
    tag,
    roles: gradebookWriters,
    query: z.strictObject({
      confirm: flag.meta({
        description: 'true: also if more than a fifth (and more than 5) would become inactive',
      }),
    }),
    body: RosterInput,
    bodyLimit: bulkBodyLimit,
    responses: answers(RosterView, 'Replaced'),
    handle: async (c) =>
      ok(await c.store.classes.putRoster(c.scope, c.params.classId, c.body, c.query.confirm ?? false)),
  }),
  route({
    method: 'get',
    path: '/v1/classes/{classId}/students/{studentId}',
    operationId: 'getStudent',
    summary: 'One student of a class',
    tag,
    roles: everyone,
    responses: answers(StudentView),
    handle: async (c) => ok(await c.store.classes.student(c.scope, c.params.classId, c.params.studentId)),
  }),
  route({
    method: 'put',
    path: '/v1/classes/{classId}/students/{studentId}',
    operationId: 'putStudent',
    summary: 'Enrol or replace one student',
    tag,
    roles: gradebookWriters,
    body: StudentInput,
    responses: putResponses(StudentView),
    handle: async (c) =>
      putAnswer(await c.store.classes.putStudent(c.scope, c.params.classId, c.params.studentId, c.body)),
  }),
  route({
    method: 'delete',
    path: '/v1/classes/{classId}/students/{studentId}',
    operationId: 'deleteStudent',
    summary: 'Remove one student from a class',
    tag,
    roles: gradebookWriters,
    responses: removed,
    handle: async (c) => {
      await c.store.classes.removeStudent(c.scope, c.params.classId, c.params.studentId);
      return noContent;
    },
  }),
];
