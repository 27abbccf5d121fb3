/** An edit that was made on what its author had read is not carried out on something else. */
import { contentTag } from '../gradebook/canonical.ts';
import { Refusal } from './refusal.ts';

/** `ifTag`: of what was read; null: whatever stands there. The caller holds `now` still. */
export function refuseUnlessAsRead(now: object, ifTag: string | null): void {
  if (ifTag !== null && ifTag !== contentTag(now))
    throw new Refusal('STALE', 'Somebody changed this meanwhile; nothing of yours was saved.');
}
