/** Whether so many tries fail that the connection is in doubt: five in a row, or seven of ten within a minute. */

const IN_A_ROW = 5;
const WINDOW_MS = 60_000;
const LEAST = 10;
const RATIO = 0.7;

export class FailureRate {
  private inARow = 0;
  private from = 0;
  private tries = 0;
  private failed = 0;

  count(ok: boolean, now: number): void {
    if (now - this.from > WINDOW_MS) {
      this.from = now;
      this.tries = 0;
      this.failed = 0;
    }
    this.tries++;
    if (!ok) this.failed++;
    this.inARow = ok ? 0 : this.inARow + 1;
  }

  get high(): boolean {
    return this.inARow >= IN_A_ROW || (this.tries >= LEAST && this.failed / this.tries >= RATIO);
  }

  /** A probe has answered: what was counted was the rows' own. */
  forget(): void {
    this.inARow = 0;
    this.tries = 0;
    this.failed = 0;
  }
}
