/** What is asked for a class, one of its assignments, one student, or one score. */
import { path } from '../api.ts';

export interface About {
  classId: string;
  assignmentId: string | null;
  studentId: string | null;
}

export function standingOf({ classId, assignmentId, studentId }: About): string {
  const of = { lineItemId: assignmentId, studentId };
  const query = new URLSearchParams(Object.entries(of).flatMap(([k, v]) => (v ? [[k, v]] : [])));
  return path`classes/${classId}/standing` + (query.size > 0 ? `?${query.toString()}` : '');
}

export function pressOf({ classId, assignmentId, studentId }: About): { where: string; body: object } {
  if (!assignmentId)
    return { where: path`classes/${classId}/syncs`, body: studentId ? { studentIds: [studentId] } : {} };
  const where = studentId
    ? path`classes/${classId}/lineItems/${assignmentId}/results/${studentId}/syncs`
    : path`classes/${classId}/lineItems/${assignmentId}/syncs`;
  return { where, body: {} };
}
