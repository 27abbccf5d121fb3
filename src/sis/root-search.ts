/**
 * A gradebook answers otherwise than one: it may be at another of the usual addresses. Only on the same server, for the
 * token was entered for that one, and with few requests.
 */
import { classify } from '../gradebook/classify.ts';
import { usualRoots } from '../gradebook/service-roots.ts';
import { readStatusInfo } from '../gradebook/status-info.ts';
import { isRecord } from './answer.ts';
import { type Channel, createSend } from './request.ts';

const MOST = 10;

/** The address to enter; null: none of those that were tried is one. */
export async function findRoot(channel: Channel): Promise<string | null> {
  const { gradebookUrl } = channel.connection;
  const send = createSend(channel);
  for (const root of usualRoots(gradebookUrl).slice(0, MOST)) {
    const asked = { method: 'GET', about: 'probe' } as const;
    const { answer } = await send(asked, `${root}/categories?limit=1`);
    // the server is gone, or we are told to stop
    if (answer.kind !== 'response') return null;
    const { body, status } = answer;
    const lists = classify(asked, answer, new Date()).kind === 'acknowledged' && isRecord(body);
    if (lists && Array.isArray(body.categories)) return root;
    // it says no in the words of OneRoster: it is there, and something else is missing
    const speaks = readStatusInfo(body).codeMajor !== undefined;
    if (speaks && [400, 403, 422, 429].includes(status)) return root;
  }
  return null;
}
