/** Quiet hours: what goes by itself (schedules, automatic work) waits until they end; what somebody presses does not. */
import type { EffectiveSettings } from '../gradebook/settings.ts';
import { instantOf, wallTimeAt } from './wall-clock.ts';

const DAY = 86_400_000;

/**
 * When they end, if it is quiet now; null: it is not. They may go over midnight. Each evening they begin and end once:
 * in the hour that is shown twice at its first showing, in one that is leapt over when the clock has leapt.
 */
export function quietUntil(now: Date, hours: EffectiveSettings['quietHours'], zone: string): Date | null {
  if (!hours || hours.from === hours.to) return null;
  const from = minutes(hours.from) * 60_000;
  const to = minutes(hours.to) * 60_000 + (hours.to < hours.from ? DAY : 0);
  const today = Math.floor(wallTimeAt(zone, now.getTime()) / DAY) * DAY;
  const ends = [today - DAY, today]
    .filter((day) => instantOf(zone, day + from) <= now.getTime())
    .map((day) => instantOf(zone, day + to))
    .filter((end) => end > now.getTime());
  return ends.length === 0 ? null : new Date(Math.max(...ends));
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
