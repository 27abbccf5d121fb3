/**
 * Rows whose answers stopped the lane. What looks like a broken connection may be one row's own: a text that a firewall
 * answers with a web page. Once it stops the lane; when others were taken since, the next time it waits alone.
 */

/** Enough for every sick row of a large class; the oldest are forgotten. */
const KEPT = 30;

export class Suspects {
  /** nothing was taken since they stopped the lane: it may well be the connection */
  private accused: string[];
  /** others were taken since */
  private alone: string[];

  constructor(accused: string[], alone: string[]) {
    this.accused = accused;
    this.alone = alone;
  }

  isAlone(who: string | null): boolean {
    return who !== null && this.alone.includes(who);
  }

  accuse(who: string | null): void {
    if (who === null) return;
    this.accused = [...this.accused.filter((one) => one !== who), who].slice(-KEPT);
  }

  taken(who: string | null): void {
    if (this.accused.length + this.alone.length === 0) return;
    const others = (names: string[]) => names.filter((one) => one !== who);
    this.alone = [...others(this.alone), ...others(this.accused)].slice(-KEPT);
    this.accused = [];
  }

  saved(): { accused?: string[]; alone?: string[] } {
    return {
      ...(this.accused.length > 0 ? { accused: this.accused } : {}),
      ...(this.alone.length > 0 ? { alone: this.alone } : {}),
    };
  }
}
