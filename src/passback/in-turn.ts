/** A client whose every request waits for its turn, and is not made when the lane has stopped meanwhile. */
import type { SisClient } from './ports/sis.ts';

/** Nothing was asked: the row goes back as it was. */
export class NotSent extends Error {}

/** `turn` answers false when the request must not be made any more. */
export function inTurn(client: SisClient, turn: () => Promise<boolean>): SisClient {
  const waiting =
    <A extends unknown[], R>(ask: (...asked: A) => Promise<R>) =>
    async (...asked: A): Promise<R> => {
      if (!(await turn())) throw new NotSent('the lane has stopped');
      return ask(...asked);
    };
  return {
    putLineItem: waiting((id, body) => client.putLineItem(id, body)),
    putResult: waiting((id, body) => client.putResult(id, body)),
    postResults: waiting((lineItemId, bodies) => client.postResults(lineItemId, bodies)),
    deleteLineItem: waiting((id) => client.deleteLineItem(id)),
    deleteResult: waiting((id) => client.deleteResult(id)),
    readCategories: waiting((id) => client.readCategories(id)),
    readClassSchool: waiting((id) => client.readClassSchool(id)),
    readClassStudents: waiting((id) => client.readClassStudents(id)),
    readLineItem: waiting((id) => client.readLineItem(id)),
    readLineItems: waiting((id, enough) => client.readLineItems(id, enough)),
    readResults: waiting((id, lineItemId, enough) => client.readResults(id, lineItemId, enough)),
    readResultsOfClass: waiting((id, enough) => client.readResultsOfClass(id, enough)),
    readRosterPage: waiting((list, at) => client.readRosterPage(list, at)),
    probe: waiting(() => client.probe()),
    learned: () => client.learned(),
    close: () => client.close(),
  };
}
