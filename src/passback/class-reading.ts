/**
 * Reads what the SIS holds of a whole class: all results in one list, where it has such a list, else lineItem by
 * lineItem; its lineItems only where they have something to tell. Never more than one request per page and lineItem.
 */
import { lineItemIsGone } from './lane-readings.ts';
import type { ClassReading, ClassToRead } from './ports/lanes.ts';
import type { ReadOutcome, SisClient } from './ports/sis.ts';

type Item = Record<string, unknown>;
type Listed = { items: Item[]; whole: boolean };
export type Unread = Exclude<ReadOutcome<unknown>, { kind: 'read' }>;
/** What is wanted beside the results. */
export interface AlsoRead {
  /** the lineItems in any case: somebody may have changed one there */
  lineItems: boolean;
  students: boolean;
}

export async function readClass(
  client: SisClient,
  due: ClassToRead & { classSourcedId: string },
  also: AlsoRead,
): Promise<ClassReading | Unread> {
  const { classSourcedId: classId } = due;
  const known = due.lineItems.filter((item) => item.known);
  let lineItems: Listed | null = null;
  // of a class that has nothing in the SIS as far as we know, its lineItems tell whether there is anything to look for
  if (known.length === 0 && due.lineItems.length > 0) {
    const listed = await list(client.readLineItems(classId));
    if (isUnread(listed)) return listed;
    lineItems = listed;
  }
  const there = new Set(lineItems?.items.map((item) => item.sourcedId));
  const standing = due.lineItems.filter((item) => item.known || there.has(item.sourcedId));
  const results =
    standing.length === 0
      ? { items: [], whole: lineItems?.whole ?? true }
      : await resultsOf(client, due, standing);
  if (isUnread(results)) return results;

  const listedOf = new Set(results.items.map(lineItemOf));
  const silent = known.some((item) => !listedOf.has(item.sourcedId));
  const fresh = due.lineItems.some((item) => !item.known);
  if (!lineItems && (also.lineItems || silent || fresh)) {
    const enough = fresh ? undefined : new Set(known.map((item) => item.sourcedId));
    const listed = await list(client.readLineItems(classId, enough));
    // it has its results: that it lists no lineItems is a limit of the SIS, and no reason to know nothing
    if (!isUnread(listed)) lineItems = listed;
    else if (listed.kind !== 'refused') return listed;
  }
  return {
    classId: due.cls.id,
    at: due.at,
    lineItems,
    results,
    gone: lineItems ? await goneOf(client, known, lineItems) : [],
    students: also.students ? await studentsOf(client, classId) : null,
  };
}

export const isUnread = (read: object): read is Unread => 'kind' in read;

async function resultsOf(
  client: SisClient,
  due: ClassToRead & { classSourcedId: string },
  standing: ClassToRead['lineItems'],
): Promise<Listed | Unread> {
  const enough = due.whole ? undefined : new Set(standing.flatMap((item) => item.resultIds));
  const all = await list(client.readResultsOfClass(due.classSourcedId, enough));
  if (!isUnread(all) || !hasNoSuchList(all)) return all;
  const found: Listed = { items: [], whole: true };
  let answered = false;
  for (const { sourcedId, resultIds } of standing) {
    const own = due.whole ? undefined : new Set(resultIds);
    const of = await list(client.readResults(due.classSourcedId, sourcedId, own));
    if (isUnread(of)) {
      // of a lineItem that is gone there are none; whether it is, is asked for
      if (of.kind === 'refused' && of.said.status === 404) {
        found.whole = false;
        answered ||= of.said.codeMinor !== undefined;
        continue;
      }
      return of;
    }
    answered = true;
    found.items.push(...of.items);
    found.whole &&= of.whole;
  }
  // it has neither kind of list: nothing was seen, which is not to be told as a reading
  return answered || standing.length === 0 ? found : all;
}

async function goneOf(client: SisClient, known: ClassToRead['lineItems'], listed: Listed): Promise<string[]> {
  const there = new Set(listed.items.map((item) => item.sourcedId));
  const gone: string[] = [];
  for (const item of known)
    // a list may be cut short or shift while it is read: only the lineItem itself proves that it is gone
    if (!there.has(item.sourcedId) && (await lineItemIsGone(client, item.sourcedId))) gone.push(item.id);
  return gone;
}

async function studentsOf(client: SisClient, classId: string): Promise<string[] | null> {
  const answer = await client.readClassStudents(classId);
  if (answer.kind !== 'read' || answer.partial) return null;
  return answer.value.map(({ sourcedId }) => sourcedId);
}

async function list(read: Promise<ReadOutcome<Item[]>>): Promise<Listed | Unread> {
  const answer = await read;
  return answer.kind === 'read' ? { items: answer.value, whole: answer.partial !== true } : answer;
}

/** No such route, or no right to it; a 404 in the words of the specification is about the class. */
export function hasNoSuchList({ kind, said }: Unread): boolean {
  const { status, codeMinor } = said;
  return (
    kind === 'refused' &&
    (status === 403 || status === 405 || status === 501 || (status === 404 && !codeMinor))
  );
}

/** The lineItem that a result of an SIS is of. */
export const lineItemOf = (result: Item): unknown => (result.lineItem as Item | null | undefined)?.sourcedId;
