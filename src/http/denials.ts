/**
 * Refused access in the audit trail: a role that does not suffice, an object that lies outside of the caller's scope, a
 * credential that is none. A sample of it, for a flood of bad requests must not become a flood of records: a few per
 * caller and minute, some more for all callers together; how many were passed over, the next record says.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { LmsId } from '../gradebook/local.ts';
import { errorFields, type Log } from '../log.ts';
import type { Audit, AuditEntry, Place } from '../passback/ports/audit.ts';
import type { Principal } from '../passback/ports/callers.ts';
import { Refusal } from '../passback/refusal.ts';
import { network } from './auth.ts';
import { actor } from './effect.ts';

/** looks: at what is "not found", whether it is there for others; most of it is nowhere, and a look is not a record */
export const denialsPerMinute = { ofOne: 3, ofAll: 30, looksOfOne: 30 };
const mostRemembered = 10_000;

export interface Denied {
  error: unknown;
  /** null: nobody that we know */
  principal: Principal | null;
  operationId: string;
  params: Record<string, string>;
  requestId: string;
  address: string;
}
export interface Denials {
  /** Never fails, and is not waited for: the refusal is out before it is written, and so tells nothing by its duration. */
  note(denied: Denied): void;
}

export function createDenials(audit: Audit, log: Log): Denials {
  const ofOne = new RateLimiterMemory({ points: denialsPerMinute.ofOne, duration: 60 });
  const ofAll = new RateLimiterMemory({ points: denialsPerMinute.ofAll, duration: 60 });
  const looks = new RateLimiterMemory({ points: denialsPerMinute.looksOfOne, duration: 60 });
  const passedOver = new Map<string, number>();

  /** Is there room for another record of this caller? Those with keys and those without have a room each. */
  const room = async (who: string, everybody: string): Promise<boolean> => {
    const taken = await ofOne.consume(who).then(() => ofAll.consume(everybody).then(yes, no), no);
    if (!taken && (passedOver.has(who) || passedOver.size < mostRemembered))
      passedOver.set(who, (passedOver.get(who) ?? 0) + 1);
    return taken;
  };

  const write = async (denied: Denied, code: string): Promise<void> => {
    const { principal, params, address } = denied;
    const who = principal ? `${principal.keyId} ${principal.subject}` : network(address);
    if (code === 'NOT_FOUND' && !(await looks.consume(who).then(yes, no))) return;
    const where = principal === null ? null : await whereDenied(audit, principal, params, code);
    if (where === 'not denied' || !(await room(who, principal ? 'known' : 'unknown'))) return;
    const more = passedOver.get(who);
    passedOver.delete(who);
    const entry: AuditEntry = {
      action: principal ? 'access.denied' : 'signIn.failed',
      by: actor(principal),
      place: where,
      subject: principal ? named(params) : {},
      detail: { code, operation: denied.operationId, ...(more === undefined ? {} : { unrecorded: more }) },
      requestId: denied.requestId,
      address: principal ? address : network(address),
    };
    await audit.add(entry);
  };

  return {
    note(denied) {
      const code = denied.error instanceof Refusal ? denied.error.code : null;
      const counts = denied.principal
        ? code === 'FORBIDDEN' || code === 'ORIGIN_NOT_ALLOWED' || code === 'NOT_FOUND'
        : code === 'UNAUTHENTICATED' || code === 'TOO_MANY_ATTEMPTS';
      if (!counts || code === null) return;
      write(denied, code).catch((error: unknown) =>
        log.warn('a refused access was not recorded', errorFields(error)),
      );
    },
  };
}

/** Refused before they were looked at: one that no id can be must not keep the refusal out of the trail. */
function named({ studentId: _personal, ...ids }: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => LmsId.safeParse(id).success));
}

const yes = () => true;
const no = () => false;

/**
 * A role that does not suffice is recorded where the caller belongs. "Not found" is a refusal only if the object is
 * there and he may not see it: recorded where it lies, so that nobody finds out by reading the trail. What lies in
 * another tenant (only a sync's or key's id can be known from there) is for root keys alone to read.
 */
async function whereDenied(
  audit: Audit,
  principal: Principal,
  ids: Record<string, string>,
  code: string,
): Promise<Place | null | 'not denied'> {
  const { tenantId, domainId, classKeys } = principal;
  if (code !== 'NOT_FOUND') return tenantId === null ? null : { tenantId, domainId };
  if (tenantId === null || (await audit.place({ tenantId, domainId, classKeys }, ids)) !== null)
    return 'not denied';
  const here = await audit.place({ tenantId, domainId: null, classKeys: null }, ids);
  if (here !== null) return here;
  const global = Object.entries(ids).filter(
    ([name]) => name === 'syncId' || name === 'scheduleId' || name === 'keyId',
  );
  const elsewhere = global.length === 0 ? null : await audit.place(null, Object.fromEntries(global));
  return elsewhere === null ? 'not denied' : null;
}
