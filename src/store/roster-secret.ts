/**
 * The key of a connection's copy of the roster. It is derived, so that none is stored: with another first key of
 * SECRET_KEYS it is another one, and what was kept with the former is read anew by the next pull (roster-lane.ts).
 */
import { createHmac } from 'node:crypto';
import type { Seal } from './seal.ts';
import type { RosterSecret } from '../gradebook/roster/items.ts';

/** `print`: tells it from others, and nothing of it. */
export function rosterSecret(seal: Seal, connectionId: string): { secret: RosterSecret; print: string } {
  const secret = seal.derived(['roster', connectionId]);
  const print = createHmac('sha256', secret).update('print').digest('base64url').slice(0, 16);
  return { secret, print };
}
