/** How long a title may be: one that is long, read back; where it is refused, a search in few steps. */
import type { Capabilities } from '../gradebook/capabilities.ts';
import { titleLength } from '../gradebook/title.ts';
import type { Found } from './class-test.ts';

/** As far as it is looked; the longest that OneRoster's CSV form promises to carry. */
const LONGEST = 255;
/** Limits that SISs are known to have, each with the first length that would be too long. */
const known = [50, 51, 30, 31, 100, 101, 60, 61, 40, 41, 64, 65, 80, 81, 128, 129, 150, 151, 200, 201, 254];
const MOST_STEPS = 14;

/** PUTs the title; what the SIS then shows, null where it refuses, undefined where that is not known. */
export type TryTitle = (length: number) => Promise<string | null | undefined>;

/** `kept`: the length of the title that the SIS has kept whole already. */
export async function titleTrial(
  attempt: TryTitle,
  kept: number,
  into: Pick<Capabilities, 'longTitle' | 'titleLimit'>,
): Promise<Found> {
  const shown = await attempt(LONGEST);
  if (shown === undefined) return unknown;
  if (shown !== null) return seen(titleLength(shown), into);
  into.longTitle = 'refused';
  let [most, least] = [kept, LONGEST];
  for (let step = 0; least - most > 1 && step < MOST_STEPS; step++) {
    const between = (length: number) => length > most && length < least;
    const length = known.find(between) ?? Math.floor((most + least) / 2);
    const now = await attempt(length);
    if (now === undefined) break;
    if (now === null) least = length;
    else if (titleLength(now) < length) return seen(titleLength(now), into);
    else most = length;
  }
  into.titleLimit = most;
  const exactly = least - most === 1;
  const detail = exactly
    ? `Titles of up to ${most} characters are taken, longer ones are refused.`
    : `Titles of ${most} characters are taken, those of ${least} are refused; where between, was not found out.`;
  return { status: 'ok', detail };
}

function seen(length: number, into: Pick<Capabilities, 'longTitle' | 'titleLimit'>): Found {
  into.longTitle = length < LONGEST ? 'cut' : 'kept';
  into.titleLimit = length < LONGEST ? length : null;
  return length < LONGEST
    ? { status: 'ok', detail: `Titles are cut to ${length} characters.` }
    : { status: 'ok', detail: `A title of ${LONGEST} characters is kept whole.` };
}

const unknown: Found = {
  status: 'skipped',
  detail: 'A long title was sent, but what became of it is not known.',
};
