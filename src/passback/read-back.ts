/**
 * What a reading says about a row: pure. Sent is not stored (DESIGN §3.4): only what the SIS shows after a quiet while
 * tells whether a write was kept, dropped, overtaken by an older one, or changed by somebody there.
 *
 *   verified  it shows what it acknowledged
 *   missing   it does not have it
 *   stale     it shows something older of ours: a late write landed over a newer one, or was never overwritten
 *   altered   it shows its own form of ours (rounded, cut, coerced): sending it again would change nothing
 *   foreign   it shows what we never sent: somebody's own edit, which is not ours to overwrite unasked
 */
import { canonicalHash } from '../gradebook/canonical.ts';
import type { Reason } from '../gradebook/dictionary.ts';
import type { Found } from '../gradebook/facts.ts';
import type { EffectiveSettings } from '../gradebook/settings.ts';
import {
  differing,
  inWords,
  isFormOf,
  isGone,
  sameScoreDate,
  type Shown,
  type Values,
} from '../gradebook/values.ts';

export type Verdict = 'verified' | 'missing' | 'stale' | 'altered' | 'foreign';

/** More than these, for one version, would be a quarrel with the SIS. */
export const MOST_REPAIRS = 3;

/**
 * `tried`: all that we sent or may have sent. `rewritten`: it was sent once more after a reading showed otherwise; what
 * then still could be the SIS's form of it, is.
 */
export function compare(
  ours: Values,
  tried: Values[],
  shown: Shown | null,
  zone: string,
  rewritten = false,
): Verdict {
  if (!shown) return isGone(ours) ? 'verified' : 'missing';
  const equals = (values: Values) => !isGone(values) && differing(values, shown, zone).length === 0;
  const dated = (values: Values) => sameScoreDate(values, shown, zone);
  if (equals(ours)) return dated(ours) || !tried.some((t) => equals(t) && dated(t)) ? 'verified' : 'stale';
  const form = !isGone(ours) && isFormOf(ours, shown, zone);
  if (form && rewritten) return 'altered';
  if (tried.some(equals)) return 'stale';
  if (form) return 'altered';
  return tried.some((values) => !isGone(values) && isFormOf(values, shown, zone)) ? 'stale' : 'foreign';
}

/** The row as it stands while nobody else can change it. */
export interface Standing {
  version: number;
  dirtyN: number;
  cleanN: number;
  releaseN: number;
  ackedVersion: number;
  ackedHash: string | null;
  verifiedVersion: number;
  repairs: number;
  lastReason: Reason | null;
  found: Found | null;
}
export interface Seen {
  /** what the SIS acknowledged */
  ours: Values;
  tried: Values[];
  /** what we would send now; null: nothing, or not known */
  wanted: Values | null;
  shown: Shown | null;
  zone: string;
  policy: EffectiveSettings['conflictPolicy'];
  /** what is missing or overwritten there is sent again by itself; else it waits for somebody to press */
  heals: boolean;
}

/** What a reading does to a row that nobody was writing. */
export function afterReading(now: Standing, seen: Seen): Standing {
  const { ours, tried, shown, zone, policy } = seen;
  const verdict = compare(ours, tried, shown, zone, now.repairs > 0);
  const verified = { ...now, verifiedVersion: now.ackedVersion };
  switch (verdict) {
    case 'verified':
      return { ...verified, found: null };
    case 'altered':
      return { ...verified, found: finding('altered', now, seen) };
    case 'missing':
    case 'stale':
      return repaired(now, seen, null, { code: 'NOT_STORED' });
    case 'foreign': {
      // somebody entered there what would be sent from here
      if (isWanted(seen)) return { ...unsure(now), found: null };
      const held = heldOn(now, seen);
      if (held) return { ...unsure(now), found: held };
      const again = now.found !== null && now.found.how !== 'foreign' && sameAs(now.found, shown);
      if (again) return { ...unsure(now), found: finding('insists', now, seen) };
      if (policy === 'lmsWins') return repaired(now, seen, finding('overwritten', now, seen), null);
      return { ...unsure(now), found: finding('foreign', now, seen) };
    }
  }
}

/**
 * What a reading says of a row that may be on its way, or that was never acknowledged: only what is certainly somebody
 * else's, for everything of ours may be the trace of a write that is still to land.
 */
export function atAGlance(now: Standing, seen: Seen): Standing {
  const { ours, tried, shown, zone } = seen;
  const over = { ...now, found: holds(now.found) ? null : now.found };
  if (!shown || isWanted(seen)) return over;
  // some SISs have an empty result for every student: nobody entered that
  if (now.ackedVersion === 0 && isEmpty(shown)) return over;
  if (compare(ours, tried, shown, zone) !== 'foreign') return over;
  const held = heldOn(now, seen);
  if (held) return { ...now, found: held };
  // somebody has decided about this very value: it is on its way, or was a moment ago
  if (now.found?.how !== 'foreign' && now.found && sameAs(now.found, shown)) return now;
  return { ...unsure(now), found: finding('foreign', now, seen) };
}

const isWanted = ({ wanted, shown, zone }: Seen): boolean =>
  wanted !== null && !isGone(wanted) && shown !== null && differing(wanted, shown, zone).length === 0;

const isEmpty = ({ score, scoreStatus }: Shown): boolean =>
  score === null && scoreStatus !== 'exempt' && scoreStatus !== 'fully graded';

/** The SIS's own was chosen, or is all that the SIS allows: whatever it becomes there, until it changes here. */
function heldOn(now: Standing, seen: Seen): Found | null {
  const { found } = now;
  if (!seen.shown || (found?.how !== 'kept' && found?.how !== 'owned')) return null;
  if (now.version > found.version && !sameAs(found, seen.shown)) return null;
  return { ...finding(found.how, now, seen), code: found.code, version: found.version };
}

/** Sent again, though not for ever. What has not been released since is not sent for the sake of what was. */
function repaired(now: Standing, seen: Seen, found: Found | null, reason: Reason | null): Standing {
  // touched by a mapping or setting that changed nothing of it, it is still what was released
  const same = seen.wanted !== null && canonicalHash(seen.wanted) === canonicalHash(seen.ours);
  if (now.dirtyN > now.cleanN && !same)
    return { ...unsure(now), found: found && { ...found, how: 'foreign' } };
  if (now.repairs >= MOST_REPAIRS) return { ...unsure(now), found: finding('insists', now, seen) };
  const n = now.dirtyN + 1;
  return {
    ...unsure(now),
    dirtyN: n,
    releaseN: seen.heals ? n : now.releaseN,
    ackedHash: null,
    repairs: now.repairs + 1,
    lastReason: reason,
    found,
  };
}

const unsure = (now: Standing): Standing => ({ ...now, verifiedVersion: 0 });

function finding(how: Found['how'], now: Standing, { ours, shown, zone }: Seen): Found {
  const names = shown ? differing(ours, shown, zone) : [];
  const zeroed = how === 'altered' && ours.scoreStatus === 'exempt' && names.includes('score');
  return {
    how,
    code: !shown
      ? 'NOT_STORED'
      : zeroed
        ? 'EXEMPT_SHOWN_AS_ZERO'
        : how === 'altered'
          ? 'SIS_OWN_FORM'
          : how === 'insists'
            ? 'SIS_ALTERS_VALUE'
            : now.ackedVersion === 0
              ? 'SCORE_ALREADY_IN_SIS'
              : 'SCORE_CHANGED_IN_SIS',
    ...(shown && { params: { sis: inWords(names, shown), ours: inWords(names, ours) } }),
    shown,
    version: now.ackedVersion,
  };
}

function sameAs(found: Found, shown: Shown | null): boolean {
  return canonicalHash(found.shown ?? {}) === canonicalHash(shown ?? {});
}

/** Something kept the row from being sent, and is over. */
export function conflictOver(before: Standing, after: Standing): boolean {
  return holds(before.found) && !holds(after.found);
}
const holds = (found: Found | null): boolean => found !== null && holding.has(found.how);
const holding: ReadonlySet<Found['how']> = new Set(['foreign', 'insists', 'kept', 'owned']);
