/**
 * Rows whose answers stopped the lane. What looks like a broken connection may be one row's own: a text that a firewall
 * answers with a web page. Once it stops the lane; when others were taken since, the next time it waits alone. Where
 * there are no others, it is believed to be the row after some stops, if others were taken right before the first.
 */
import { z } from 'zod';

/** Enough for the sick rows of a class; the oldest are forgotten. */
const KEPT = 20;
/** So often a row stops the lane while nobody else is accused, and every probe is answered. */
const LONELY_STOPS = 3;

export const Accused = z.object({
  who: z.string(),
  stops: z.int().positive(),
  /** in the run in which it was accused first, rows had been taken */
  worked: z.boolean(),
});
type Accused = z.infer<typeof Accused>;

export class Suspects {
  /** nothing was taken since they stopped the lane: it may well be the connection */
  private accused: Accused[];
  /** others were taken since */
  private alone: string[];

  constructor(accused: Accused[], alone: string[]) {
    this.accused = accused;
    this.alone = alone;
  }

  isAlone(who: string | null): boolean {
    if (who === null) return false;
    const [first, second] = this.accused;
    const lonely = first?.who === who && !second && first.worked && first.stops >= LONELY_STOPS;
    return lonely || this.alone.includes(who);
  }

  accuse(who: string | null, worked: boolean): void {
    if (who === null) return;
    const before = this.accused.find((one) => one.who === who);
    const now = { who, stops: (before?.stops ?? 0) + 1, worked: before?.worked ?? worked };
    this.accused = [...this.accused.filter((one) => one !== before), now].slice(-KEPT);
  }

  taken(who: string | null): void {
    if (this.accused.length + this.alone.length === 0) return;
    const names = [...this.alone, ...this.accused.map((one) => one.who)];
    this.alone = names.filter((one) => one !== who).slice(-KEPT);
    this.accused = [];
  }

  saved(): { accused?: Accused[]; alone?: string[] } {
    return {
      ...(this.accused.length > 0 ? { accused: this.accused } : {}),
      ...(this.alone.length > 0 ? { alone: this.alone } : {}),
    };
  }
}
