/**
 * Reading a whole collection, page by page. Neither X-Total-Count nor Link is believed when it says "that is all"
 * (some SISs send none, some put the size of the page there); when one says that there is more, more is asked for.
 * A list ends with an empty page, with a page that brings nothing new, or with a page so short that the SIS cannot
 * have cut it.
 */
import { classify } from '../gradebook/classify.ts';
import type { Asked } from '../gradebook/outcome-table.ts';
import { NotJson, type SisAnswer } from '../gradebook/outcome.ts';
import type { PageSizes, ReadOutcome } from '../passback/ports/sis.ts';
import { isRecord, type SisReply } from './answer.ts';
import type { Send } from './request.ts';

/** The default of the specification: every SIS takes it, and a class fits. */
const pageLimit = 100;
/** Far above what one class can hold: an SIS that goes on for longer is not counting. */
const mostPages = 500;

export type Item = Record<string, unknown> & { sourcedId: string };

/**
 * `key`: the member that holds the list (`categories`, `users`, …). `sizes` are kept per connection, so that proof is
 * paid once. `enough`: who only wants to see these needs no proof that the list has ended. `short`: the list is never so
 * long that an SIS would cut it, and if it were, somebody would see what is missing: an X-Total-Count is proof enough.
 */
export async function readAll(
  send: Send,
  asked: Asked,
  url: string,
  key: string,
  sizes: PageSizes,
  { enough, short = false }: { enough?: ReadonlySet<string> | undefined; short?: boolean } = {},
): Promise<ReadOutcome<Item[]>> {
  const found = new Map<string, Item>();
  let received = 0;
  let last = 0;
  let total = 0;
  let ended = false;
  for (let page = 0; page < mostPages; page++) {
    const reply = await send(asked, `${url}?limit=${pageLimit}&offset=${received}`);
    // Past the end some SISs answer with an error instead of an empty page.
    if (page > 0 && isPastEnd(reply.answer, last)) {
      ended = true;
      break;
    }
    const outcome = classify(asked, reply.answer, new Date());
    if (outcome.kind !== 'acknowledged') return outcome;
    const list = listIn(reply.answer, key);
    if (!list) return unreadable(asked, reply.answer);

    total = Math.max(total, totalOf(reply) ?? 0);
    const before = found.size;
    for (const item of list) {
      const sourcedId = idOf(item);
      if (sourcedId !== undefined) found.set(sourcedId, { ...item, sourcedId });
    }
    if (found.size === before) {
      if (page === 1) sizes.complete = Math.max(sizes.complete, last);
      ended = true;
      break;
    }
    if (enough && [...enough].every((id) => found.has(id))) break;
    received += list.length;
    last = list.length;
    const told = (short || last <= sizes.complete) && totalOf(reply) === received;
    const uncut = last < sizes.largest || told;
    sizes.largest = Math.max(sizes.largest, last);
    if (last < pageLimit && uncut && !saysMore(reply, received)) {
      ended = true;
      break;
    }
  }
  // cut by ourselves, or by an SIS that gives less than it says it has: what is not here is not known to be missing
  const whole = ended && total <= received;
  return { kind: 'read', value: [...found.values()], ...(!whole && { partial: true as const }) };
}

/** The list in an answer; undefined where it is not the answer of a OneRoster collection. */
export function listIn(answer: SisAnswer, key: string): Record<string, unknown>[] | undefined {
  if (answer.kind !== 'response') return undefined;
  const list = isRecord(answer.body) ? answer.body[key] : answer.body;
  return Array.isArray(list) ? list.filter(isRecord) : undefined;
}

function idOf({ sourcedId }: Record<string, unknown>): string | undefined {
  if (typeof sourcedId === 'number') return String(sourcedId);
  return typeof sourcedId === 'string' && sourcedId !== '' ? sourcedId : undefined;
}

/** JSON, but not the object that was asked for: as unreadable as a web page. */
export function unreadable(asked: Asked, answer: SisAnswer): ReadOutcome<never> {
  const outcome = classify(
    asked,
    answer.kind === 'response' ? { ...answer, body: NotJson } : answer,
    new Date(),
  );
  return outcome.kind === 'acknowledged'
    ? { kind: 'retry', code: 'SIS_NOT_JSON', ambiguous: false, said: {} }
    : outcome;
}

function isPastEnd(answer: SisAnswer, lastPage: number): boolean {
  if (answer.kind !== 'response') return false;
  // After a full page a 400 may mean that the SIS knows no offset: then the rest is missing, not absent.
  return [404, 416, ...(lastPage < pageLimit ? [400, 422] : [])].includes(answer.status);
}

export function totalOf({ headers }: SisReply): number | undefined {
  const total = headers['x-total-count'];
  return total && /^\d{1,9}$/.test(total.trim()) ? Number(total) : undefined;
}

const saysMore = (reply: SisReply, received: number): boolean =>
  (totalOf(reply) ?? 0) > received || /rel="?next\b/i.test(reply.headers.link ?? '');
