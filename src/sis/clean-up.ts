/** Takes away what the connection test has made in the SIS, whatever became of the test, and says what stays. */
import type { Capabilities } from '../gradebook/capabilities.ts';
import type { LeftBehind, SisClient } from '../passback/ports/sis.ts';
import type { Found } from './class-test.ts';
import type { Trial } from './trial.ts';

export interface CleanUp {
  trial: Trial;
  client: SisClient;
  classSourcedId: string;
  /** what the titles of all that was made begin with */
  begin: string;
  /** the lineItem as it goes on the wire, to be put once more as one that is to be deleted */
  lineItem(sourcedId: string): Record<string, unknown> | null;
  into: Capabilities;
  leftBehind: LeftBehind[];
}

export async function cleanUp(by: CleanUp): Promise<Found> {
  const { trial, into } = by;
  if (trial.lineItems.size === 0) return { status: 'ok', detail: 'Nothing was made.' };
  const before = await ours(by);
  const items = before ?? [...trial.lineItems];
  if (items.length === 0) return { status: 'ok', detail: 'Nothing of the test is in the SIS.' };
  for (const id of trial.results) {
    const { outcome } = await trial.remove('result', id);
    // the lineItem takes them with it; a right that is missing shows there again
    if (outcome.kind !== 'acknowledged') break;
  }
  let marked = false;
  let unsure = false;
  for (const id of items) {
    const { outcome } = await trial.remove('lineItem', id);
    if (outcome.kind === 'acknowledged') continue;
    // an SIS in trouble has not said that it forbids it
    if (outcome.kind === 'refused') into.deleteLineItem = false;
    else unsure = true;
    const body = by.lineItem(id);
    marked ||= body !== null && (await trial.put('lineItem', id, body)).outcome.kind === 'acknowledged';
  }
  const left = await ours(by);
  if (left?.length === 0 && !marked) {
    into.deleteLineItem = true;
    return { status: 'ok', detail: 'All that was made is removed again.' };
  }
  if (left?.length === 0)
    return {
      status: 'warning',
      detail: `${unsure ? 'The SIS could not delete it now' : 'This key may not delete assignments in the SIS'}; what was made is put there as to be deleted.`,
    };
  if (left === null && into.deleteLineItem === null && !unsure) {
    into.deleteLineItem = true;
    return { status: 'warning', detail: 'The SIS says that all is deleted; whether it is, cannot be read.' };
  }
  for (const sourcedId of left ?? items) by.leftBehind.push({ kind: 'lineItem', sourcedId, title: by.begin });
  return {
    status: 'failed',
    detail: `The assignment “${by.begin}” could not be removed: delete it in the SIS by hand.`,
    code: 'ITEM_DELETE_REFUSED',
  };
}

/** What of the test the class shows; null: its list cannot be read. Asked by title, for ids may be the SIS's own. */
async function ours({ client, classSourcedId, begin }: CleanUp): Promise<string[] | null> {
  const list = await client.readLineItems(classSourcedId);
  if (list.kind !== 'read' || list.partial) return null;
  return list.value
    .filter(({ title, status }) => status !== 'tobedeleted' && String(title).startsWith(begin))
    .map(({ sourcedId }) => String(sourcedId));
}
