/**
 * One page of a list of the rostering service. When a list has ended whoever reads it decides; here it is only seen
 * whether the SIS has answered that nothing is left.
 */
import { classify } from '../gradebook/classify.ts';
import type { Asked } from '../gradebook/outcome-table.ts';
import {
  rosterItem,
  type RosterList,
  type RosterPage,
  type RosterSecret,
} from '../gradebook/roster/items.ts';
import type { ReadOutcome } from '../passback/ports/sis.ts';
import { listIn, totalOf, unreadable } from './pages.ts';
import type { Send } from './request.ts';

/** Large SISs advise a thousand and more; a page of these stays well below the largest answer that is taken. */
const PAGE = 500;

/** Students only: what is not read of others need not be kept from anybody. */
const lists: Record<RosterList, { path: string; key: string }> = {
  academicSessions: { path: 'academicSessions', key: 'academicSessions' },
  classes: { path: 'classes', key: 'classes' },
  enrollments: { path: 'enrollments', key: 'enrollments' },
  users: { path: 'students', key: 'users' },
};

export async function readRosterPage(
  send: Send,
  rosteringUrl: string,
  list: RosterList,
  {
    offset,
    since,
    lastPage,
    secret,
  }: { offset: number; since: Date | null; lastPage: number | null; secret: RosterSecret },
): Promise<ReadOutcome<RosterPage>> {
  const { path, key } = lists[list];
  const asked: Asked = { method: 'GET', about: list === 'classes' ? 'class' : 'students' };
  const filter = since ? `&filter=${encodeURIComponent(`dateLastModified>'${since.toISOString()}'`)}` : '';
  const reply = await send(asked, `${rosteringUrl}/${path}?limit=${PAGE}&offset=${offset}${filter}`);
  const { answer } = reply;
  const ends = [404, 416, ...((lastPage ?? PAGE) < PAGE ? [400, 422] : [])];
  if (offset > 0 && answer.kind === 'response' && ends.includes(answer.status))
    return { kind: 'read', value: { items: [], received: 0, total: null, pastEnd: true } };
  const outcome = classify(asked, answer, new Date());
  if (outcome.kind !== 'acknowledged') return outcome;
  const objects = listIn(answer, key);
  if (!objects) return unreadable(asked, answer);
  const items = objects.flatMap((object) => rosterItem(list, object, secret) ?? []);
  return {
    kind: 'read',
    value: { items, received: objects.length, total: totalOf(reply) ?? null, pastEnd: false },
  };
}
